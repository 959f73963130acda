"""When: spans of days that stay symbolic until a question is run.

"Last month" in a saved segment must move with the calendar, so ranges keep what was meant. The calendar package turns
them into days, given the as-of day and the company's conventions. All ends are inside the span.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from semantic_layer.model.grain import DatePart as DatePart  # noqa: PLC0414  # part of the language of questions
from semantic_layer.model.grain import Grain as Grain  # noqa: PLC0414


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

    With neither, the latest occurrence that has begun by the as-of day. `day_only` means the day itself. `phase` tells the
    festival from its presale. `nth` (from 1) is the wave meant where the table has several in a year.
    """

    name: str
    year: int | None = None
    offset: int | None = None
    day_only: bool = False
    phase: Literal["main", "presale"] = "main"
    nth: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """The `count` days or weeks right before or right after a festival; they keep their place beside it in every year."""

    festival: Holiday
    count: int
    unit: Grain
    side: Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Across:
    """From the first day of `first` to the last day of `last`."""

    first: TimeRange
    last: TimeRange


TimeRange = Span | Rolling | Calendar | Holiday | Beside | Across


class Comparison(StrEnum):
    """What a value is held against."""

    PERIOD_BEFORE = "period_before"  # 环比: the span of the same length or calendar unit just before
    YEAR_BEFORE = "year_before"  # 同比: the same span one year before
    YEAR_BEFORE_WEEKDAY = "year_before_weekday"  # 52 weeks before, so that a Saturday meets a Saturday


@dataclass(frozen=True, slots=True)
class Against:
    """An explicit other period: "this year's 618 with last year's"."""

    time: TimeRange


@dataclass(frozen=True, slots=True)
class Aligned:
    """The same days as they lay around a festival one year before: its first day meets its first day."""

    festival: str


CompareTo = Comparison | Against | Aligned
