"""Arithmetic on days and spans of days: pure functions that know grains, but no company and no "today"."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.time import Grain

BEGINNING = date(1900, 1, 1)
"""Stands for "from the beginning" in a span without a first day. No earlier day can be asked about."""

MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
DAYS_IN = {Grain.DAY: 1, Grain.WEEK: 7}
ONE_DAY = timedelta(days=1)

_WITHIN_DAY = {
    Grain.MILLISECOND: ("毫秒", "millisecond"),
    Grain.SECOND: ("秒", "second"),
    Grain.MINUTE: ("分钟", "minute"),
    Grain.HOUR: ("小时", "hour"),
}
_SECONDS_IN = {Grain.MILLISECOND: 0.001, Grain.SECOND: 1, Grain.MINUTE: 60, Grain.HOUR: 3600}
_SECONDS_IN_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from `start` to `end`, both inside."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def open_start(self) -> bool:
        """Whether the span reaches back without limit."""
        return self.start == BEGINNING

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def too_far() -> InvalidPlanError:
    return InvalidPlanError(
        Text(
            zh=f"时间超出了日历范围，请使用 {BEGINNING:%Y} 年至 9999 年之间的日期。",
            en=f"That time is outside the calendar; use dates between {BEGINNING:%Y} and 9999.",
        )
    )


def plus_days(day: date, days: int) -> date:
    try:
        moved = day + timedelta(days=days)
    except OverflowError as error:
        raise too_far() from error
    if moved < BEGINNING:
        raise too_far()
    return moved


def plus_months(day: date, months: int) -> date:
    """`day` moved by calendar months; a day that the month does not have becomes its last day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not BEGINNING.year <= year <= 9999:
        raise too_far()
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def finer_than_days(count: int, unit: Grain) -> InvalidPlanError:
    """Why a span cannot be told in hours or less; the nearest span of days is the suggestion."""
    zh, en = _WITHIN_DAY[unit]
    days = max(1, ceil(count * _SECONDS_IN[unit] / _SECONDS_IN_DAY))
    nearest = Text("今天", "today") if days == 1 else Text(f"最近 {days} 天", f"the last {days} days")
    plural = "" if count == 1 else "s"
    return InvalidPlanError(
        Text(
            zh=f"时间范围以整天为单位，不能按 {count} {zh}来截取；最接近的是“{nearest.zh}”，也可以按小时分组。",
            en=f"Time ranges are made of whole days, not of {count} {en}{plural}; the nearest is {nearest.en!r}. "
            "Results can be grouped by hour.",
        ),
        suggestions=[nearest.zh, nearest.en],
    )


def plus(day: date, count: int, unit: Grain) -> date:
    """`day` moved by `count` units. Raises `InvalidPlanError` for units within a day, and beyond the calendar."""
    if unit.is_within_day:
        raise finer_than_days(abs(count), unit)
    if unit in DAYS_IN:
        return plus_days(day, count * DAYS_IN[unit])
    return plus_months(day, count * MONTHS_IN[unit])


def end_plus_months(day: date, months: int) -> date:
    """A last day moved by months: the end of a month stays the end of a month, whatever its length.

    Works on the day after, so that 30 September moved by a month back is 31 August, and 30 March is 28 February.
    """
    after = plus_days(day, 1)
    moved = plus_months(after, months)
    if moved.day < after.day:  # the month is shorter: all of it is inside
        return moved
    return plus_days(moved, -1)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def whole_months(span: DateSpan) -> int:
    """How many calendar months the span covers exactly; 0 when it does not begin and end with a month."""
    if span.start.day != 1 or span.end != month_end(span.end) or span.end < span.start:
        return 0
    return (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
