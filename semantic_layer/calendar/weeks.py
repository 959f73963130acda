"""Numbered weeks. A number means the ISO week: Monday to Sunday, and the first one holds the year's first Thursday.

That is so whatever day the company's own weeks begin on, for "week 45" is written in calendars and not decided by anyone.
"""

from __future__ import annotations

from datetime import date, timedelta

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.time import Span

_SIX_DAYS = timedelta(days=6)


def weeks_in(year: int) -> int:
    """How many ISO weeks the year has: 52 or 53. 28 December always lies in the last one."""
    return date(year, 12, 28).isocalendar().week


def iso_week(year: int, number: int) -> Span:
    """Monday to Sunday of a numbered week. Raises `InvalidPlanError`, naming the last week, for one the year has not."""
    last = weeks_in(year)
    if not 1 <= number <= last:
        monday, sunday = _days(year, last)
        raise InvalidPlanError(
            Text(
                zh=f"{year} 年没有第 {number} 周：最后一周是第 {last} 周（{monday} 至 {sunday}）。",
                en=f"{year} has no week {number}: its last is week {last} ({monday} to {sunday}).",
            ),
            suggestions=[f"{year}-W{last:02}"],
        )
    return Span(*_days(year, number))


def latest_week(number: int, as_of: date) -> Span:
    """The latest week of that number that has begun; a 53rd is looked for in the years that have one."""
    if not 1 <= number <= 53:
        raise InvalidPlanError(
            Text(zh=f"没有第 {number} 周；周数是 1 到 53。", en=f"There is no week {number}; weeks go from 1 to 53.")
        )
    year = as_of.isocalendar().year
    while number > weeks_in(year) or _days(year, number)[0] > as_of:
        year -= 1
    return Span(*_days(year, number))


def _days(year: int, number: int) -> tuple[date, date]:
    monday = date.fromisocalendar(year, number, 1)
    return monday, monday + _SIX_DAYS
