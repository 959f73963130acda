"""Days and periods, counted by hand: spans of a question, what they are held against, and the periods inside them.

Only the forms that the tests ask with are known: fixed days, calendar months, quarters and years, and so many days back.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from semantic_layer.query.time import (
    Against,
    Calendar,
    CompareTo,
    Comparison,
    DatePart,
    Grain,
    Rolling,
    Span,
    TimeRange,
)

Days = tuple[date, date]
"""The first and the last day, both inside."""

FIRST = date(1900, 1, 1)
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def day_of(moment: Any) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def days_meant(time: TimeRange, today: date) -> Days:
    match time:
        case Span(start=start, end=end):
            return start or FIRST, min(end or today, today)
        case Rolling(count=count, unit=Grain.DAY):
            return today - timedelta(days=count - 1), today
        case Rolling(count=count, unit=unit) if unit in _MONTHS:
            return moved(today + timedelta(days=1), -count * _MONTHS[unit]), today
        case Calendar(unit=unit, offset=offset, part="whole", fiscal=False) if unit in _MONTHS:
            start = moved(period_of(today, unit), offset * _MONTHS[unit])
            return start, min(moved(start, _MONTHS[unit]) - timedelta(days=1), today)
        case _:
            raise NotImplementedError(time)


def days_against(time: TimeRange, against: CompareTo, today: date) -> Days:
    start, end = days_meant(time, today)
    match against, time:
        case Against(time=other), _:
            return days_meant(other, today)
        case Comparison.YEAR_BEFORE, _:
            return moved(start, -12), _moved_end(end, -12)
        case Comparison.PERIOD_BEFORE, Calendar(unit=unit):
            return moved(start, -_MONTHS[unit]), _moved_end(end, -_MONTHS[unit])
        case Comparison.PERIOD_BEFORE, Rolling(count=count, unit=Grain.DAY):
            return start - timedelta(days=count), start - timedelta(days=1)
        case Comparison.PERIOD_BEFORE, Rolling(count=count, unit=unit):
            return moved(today + timedelta(days=1), -2 * count * _MONTHS[unit]), start - timedelta(days=1)
        case _:
            raise NotImplementedError(against, time)


def period_of(moment: Any, grain: Grain) -> date | None:
    """The first day of the period; weeks begin on Monday."""
    day = day_of(moment)
    if day is None:
        return None
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case Grain.YEAR:
            return date(day.year, 1, 1)
        case _:
            raise NotImplementedError(grain)


def periods_in(span: Days, grain: Grain) -> list[date]:
    """First days of the periods that have a day inside the span."""
    found: dict[date, None] = {}
    day = span[0]
    while day <= span[1]:
        found[period_of(day, grain) or day] = None
        day += timedelta(days=1)
    return list(found)


def part_of(moment: Any, part: DatePart) -> int | None:
    day = day_of(moment)
    if day is None:
        return None
    match part:
        case DatePart.YEAR:
            return day.year
        case DatePart.QUARTER:
            return (day.month + 2) // 3
        case DatePart.MONTH:
            return day.month
        case DatePart.WEEK:
            return day.isocalendar().week
        case DatePart.DAY:
            return day.day
        case DatePart.DAY_OF_WEEK:
            return day.isoweekday()
        case DatePart.DAY_OF_YEAR:
            return day.timetuple().tm_yday
        case DatePart.HOUR:
            return moment.hour if isinstance(moment, datetime) else 0


def moved(day: date, months: int) -> date:
    """By calendar months; a day that the month does not have becomes its last day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def _moved_end(day: date, months: int) -> date:
    """The last day of a month stays the last day of its month."""
    if (day + timedelta(days=1)).day == 1:
        return moved(day + timedelta(days=1), months) - timedelta(days=1)
    return moved(day, months)
