"""The time of a query and what it is held against, from what was said of time."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal, TypeGuard

from assistant.interpreters.grammar.finish_running import unit_of
from assistant.interpreters.grammar.pieces import Back, Frame
from semantic_layer.query.predicate import Among
from semantic_layer.query.time import (
    Against,
    Aligned,
    Beside,
    Calendar,
    CompareTo,
    Comparison,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)
from semantic_layer.query.types import ByTime, Grouping

_ABOUT = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 30, Grain.QUARTER: 91, Grain.YEAR: 365}
_DAYS_OF = {
    Grain.DAY: range(1, 2),
    Grain.WEEK: range(7, 8),
    Grain.MONTH: range(28, 32),
    Grain.QUARTER: range(89, 93),
    Grain.YEAR: range(360, 367),
}


def times_of(
    frame: Frame, metrics: tuple[str, ...], by: tuple[Grouping, ...], said: TimeRange | None
) -> tuple[TimeRange | Literal[False] | None, tuple[CompareTo, ...]]:
    times, compared = _years_in(frame.times, _aligned(frame.compare))
    frame = replace(frame, times=times, compare=compared)
    if said is not None:
        if times and times != (said,):
            return False, ()
        times = (said,)
    if len(times) > 2 or (len(times) == 2 and not frame.has("VS", "DIFF")):
        return False, ()
    compare = _said(frame)
    if times and frame.back and not any(_per(g, b) for b in frame.back for g in by):
        moved = units_before(frame.back, times[0])
        if moved is None:
            return False, ()
        compare = tuple(c for c in compare if c is not Comparison.PERIOD_BEFORE) + moved
        frame = replace(frame, compare=compare)
    if not times:
        return None, compare
    if len(times) == 2:
        return times[0], (*frame.compare, _against(times[0], times[1]))
    beside = frame.has("NOCMP", "TREND", "RESP") or (frame.has("VS") and _side_by_side(frame))
    if compare or by or beside or len(metrics) != 1 or not _past_period(times[0]):
        return times[0], compare
    return times[0], (Comparison.PERIOD_BEFORE,)


def units_before(back: tuple[Back, ...], time: TimeRange) -> tuple[CompareTo, ...] | None:
    """What a time is held against when the words name a unit; `None` when the time is not such a unit and cannot be moved by it."""
    found = tuple(_unit_before(one, time) for one in back)
    return None if any(one is None for one in found) else tuple(one for one in found if one is not None)


def _unit_before(back: Back, time: TimeRange) -> CompareTo | None:
    if isinstance(time, Rolling):
        fits = time.unit is back.unit or time.count * _ABOUT[time.unit] in _DAYS_OF[back.unit]
        return Comparison.PERIOD_BEFORE if fits else None
    unit = Grain.DAY if _one_day(time) else unit_of(time)
    if unit is back.unit:
        return Comparison.PERIOD_BEFORE
    if not back.same:
        return None  # a day is not held against a whole week unless that is said
    if isinstance(time, Calendar) and unit is Grain.DAY and back.unit is Grain.WEEK:
        return Against(replace(time, offset=time.offset - 7))
    return _moved(time, back.unit) if isinstance(time, Span) else None


def _moved(time: Span, unit: Grain) -> Against | None:
    """The same days one unit earlier; `None` when that unit has no such days, or when they would overlap."""
    if time.start is None or time.end is None:
        return None
    start, end = _day_before(time.start, unit), _day_before(time.end, unit)
    return Against(Span(start, end)) if start is not None and end is not None and end < time.start else None


def _day_before(day: date, unit: Grain) -> date | None:
    if unit in (Grain.DAY, Grain.WEEK):
        return day - timedelta(days=_ABOUT[unit])
    months = day.year * 12 + day.month - 1 - {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[unit]
    year, month = divmod(months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, day.day) if day.day <= last else None


def _one_day(time: TimeRange) -> bool:
    if isinstance(time, Span):
        return time.start is not None and time.start == time.end
    return isinstance(time, Calendar) and time.unit is Grain.DAY


def _per(group: Grouping, back: Back) -> bool:
    return isinstance(group, ByTime) and group.grain is back.unit


def _aligned(compare: tuple[CompareTo, ...]) -> tuple[CompareTo, ...]:
    """Against last year, aligned by weekday: one comparison said in two places."""
    exact = any(c is Comparison.YEAR_BEFORE_WEEKDAY or isinstance(c, Aligned) for c in compare)
    return tuple(c for c in compare if not (exact and c is Comparison.YEAR_BEFORE))


def _years_in(
    times: tuple[TimeRange, ...], compare: tuple[CompareTo, ...]
) -> tuple[tuple[TimeRange, ...], tuple[CompareTo, ...]]:
    """With a year said apart from its festival put into it, and two periods held against each other told apart."""
    days = [t for t in times if isinstance(t, Holiday)]
    years = [t for t in times if _whole_year(t)]
    if len(days) == len(years) == 1 and len(times) == 2 and days[0].year is None and not days[0].offset:
        times = (replace(days[0], offset=years[0].offset),)
    against = [c.time for c in compare if isinstance(c, Against)]
    if not times and len(against) == len(compare) == 2:
        return (against[0],), (Against(against[1]),)
    if len(times) == len(against) == len(compare) == 1:
        day, other = times[0], against[0]
        if isinstance(day, Holiday) and day.offset is not None and _whole_year(other):
            same = replace(day, offset=other.offset)
            return ((same,), (Against(day),)) if other.offset > day.offset else ((day,), (Against(same),))
    return times, compare


def _whole_year(time: TimeRange) -> TypeGuard[Calendar]:
    return isinstance(time, Calendar) and time.unit is Grain.YEAR and time.part == "whole"


def _side_by_side(frame: Frame) -> bool:
    """Are values compared, not times?"""
    return any(isinstance(c, Among) and c.group is None for c in frame.conditions)


def _said(frame: Frame) -> tuple[CompareTo, ...]:
    """Growth without a period to grow from is held against the period before."""
    grows = frame.has("GROW") or (frame.ordering is not None and frame.ordering.what == "change")
    return (Comparison.PERIOD_BEFORE,) if grows and not frame.compare else frame.compare


def _past_period(time: TimeRange) -> bool:
    if isinstance(time, Calendar):
        return time.offset < 0
    if not isinstance(time, Span) or time.start is None or time.end is None:
        return False
    return time.start.day == 1 and (time.end.toordinal() + 1 == _first_of_next(time))


def _first_of_next(time: Span) -> int:
    assert time.end is not None
    year, month = (time.end.year + 1, 1) if time.end.month == 12 else (time.end.year, time.end.month + 1)
    return time.end.replace(year=year, month=month, day=1).toordinal()


def _against(first: TimeRange, second: TimeRange) -> CompareTo:
    """The other period; "last year's" after "this year's 618" is last year's 618."""
    if isinstance(second, Calendar) and second.unit is Grain.YEAR and second.part == "whole":
        if isinstance(first, Holiday) and first.offset is not None:
            return Against(replace(first, offset=second.offset))
        if not (isinstance(first, Calendar) and first.unit is Grain.YEAR) and second.offset == -1:
            return Comparison.YEAR_BEFORE
    return Against(second)


def comparable_grain(time: TimeRange | None) -> Grain:
    if (
        isinstance(time, Rolling)
        and time.unit in (Grain.DAY, Grain.WEEK)
        and time.count * (7 if time.unit is Grain.WEEK else 1) <= 45
    ):
        return Grain.DAY
    if isinstance(time, Rolling) and time.unit is Grain.MONTH and time.count == 1:
        return Grain.DAY
    if isinstance(time, Calendar) and time.unit in (Grain.MONTH, Grain.WEEK):
        return Grain.DAY
    if isinstance(time, Holiday | Beside):
        return Grain.DAY
    if isinstance(time, Span) and time.start and time.end and (time.end - time.start).days <= 45:
        return Grain.DAY
    return Grain.MONTH
