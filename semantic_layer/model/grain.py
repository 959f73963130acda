"""Units of time: the grains of a calendar, the parts of a date, and a company's own calendar tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from semantic_layer.errors import Text


class Grain(StrEnum):
    """From fine to coarse. Weeks stand between days and months, although no month is made of whole weeks."""

    MILLISECOND = "millisecond"
    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def is_within_day(self) -> bool:
        return self in WITHIN_DAY


WITHIN_DAY = frozenset({Grain.MILLISECOND, Grain.SECOND, Grain.MINUTE, Grain.HOUR})
DATE_GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
"""The grains that people ask for without saying so; the finer ones are for data that has them."""


class DatePart(StrEnum):
    """A part of a moment that comes again: every Monday, every December, every day at 20:00."""

    YEAR = "year"
    QUARTER = "quarter"  # 1 to 4
    MONTH = "month"  # 1 to 12
    WEEK = "week"  # ISO week, 1 to 53
    DAY = "day"  # of the month, 1 to 31
    DAY_OF_WEEK = "day_of_week"  # ISO: Monday is 1, Sunday is 7
    DAY_OF_YEAR = "day_of_year"  # 1 to 366
    HOUR = "hour"  # 0 to 23


GRAIN_NAMES: Final = {
    Grain.MILLISECOND: Text("毫秒", "millisecond"),
    Grain.SECOND: Text("秒", "second"),
    Grain.MINUTE: Text("分钟", "minute"),
    Grain.HOUR: Text("小时", "hour"),
    Grain.DAY: Text("日期", "day"),
    Grain.WEEK: Text("周", "week"),
    Grain.MONTH: Text("月份", "month"),
    Grain.QUARTER: Text("季度", "quarter"),
    Grain.YEAR: Text("年份", "year"),
}
PART_NAMES: Final = {
    DatePart.YEAR: Text("年份", "year"),
    DatePart.QUARTER: Text("第几季度", "quarter of the year"),
    DatePart.MONTH: Text("几月", "month of the year"),
    DatePart.WEEK: Text("第几周", "week of the year"),
    DatePart.DAY: Text("几号", "day of the month"),
    DatePart.DAY_OF_WEEK: Text("星期", "weekday"),
    DatePart.DAY_OF_YEAR: Text("一年中的第几天", "day of the year"),
    DatePart.HOUR: Text("几点", "hour of the day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPeriod:
    """A grain of the company's own calendar (a 4-4-5 month, a season): the column of a time spine that names it."""

    name: str
    column: str
    label: Text = Text("", "")  # frozen
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpine:
    """A table with one row for each moment at `grain`, in `column`; `periods` are grains that its other columns give."""

    table: str
    column: str
    grain: Grain
    periods: tuple[OwnPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class Offset:
    """A length of time back: `count` of `unit` (a grain or an own period); or back `to_start` of the `unit` it is in."""

    unit: str
    count: int = 0
    to_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalWeeks:
    """A fiscal year made of whole weeks: it ends on the last `weekday` of a month, or on the one nearest to its end.

    `pattern` gives the weeks of the three months of a quarter. A year of 53 weeks has the extra one in its last month.
    """

    pattern: tuple[int, int, int]
    weekday: int  # ISO: Monday is 1, Sunday is 7
    month: int
    rule: Literal["last", "nearest"] = "last"
    named_by: Literal["end", "start"] = "end"  # which end of the year gives it its number
