"""When: spans of days that stay symbolic until a question is run.

"Last month" in a saved segment must move with the calendar, so ranges keep what was meant. The calendar package turns
them into days, given the as-of day and the company's conventions. All ends are inside the span.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal


class Grain(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Span:
    """Fixed days, both inside; `None` means open on that side."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last `count` units, ending on the as-of day, which is inside."""

    count: int
    unit: Grain


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar period `offset` units from the current one: -1 is last month, 0 is this month to date."""

    unit: Grain
    offset: int = 0
    part: Literal["whole", "early", "middle", "late"] = (
        "whole"  # 上旬, 中旬, 下旬 of a month; 上半年 early, 下半年 late of a year
    )
    fiscal: bool = False  # quarters and years of the company's fiscal year


@dataclass(frozen=True, slots=True)
class Holiday:
    """A festival or shopping day of the table in the definitions. `year` is absolute; `offset` counts from the as-of year.

    With neither, the latest occurrence that has begun by the as-of day. `day_only` means the day itself.
    """

    name: str
    year: int | None = None
    offset: int | None = None
    day_only: bool = False


@dataclass(frozen=True, slots=True)
class Across:
    """From the first day of `first` to the last day of `last`."""

    first: TimeRange
    last: TimeRange


TimeRange = Span | Rolling | Calendar | Holiday | Across


class Comparison(StrEnum):
    """What a value is held against."""

    PERIOD_BEFORE = "period_before"  # 环比: the span of the same length or calendar unit just before
    YEAR_BEFORE = "year_before"  # 同比: the same span one year before


@dataclass(frozen=True, slots=True)
class Against:
    """An explicit other period: "this year's 618 with last year's"."""

    time: TimeRange


CompareTo = Comparison | Against
