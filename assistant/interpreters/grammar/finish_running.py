"""Running totals and numbers at the end of a period: which metric, which ends and which time a question means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
from semantic_layer.model.types import Cumulative
from semantic_layer.query.time import Calendar, Grain, Span, TimeRange
from semantic_layer.query.types import ByTime, Query

_COARSER = tuple(Grain)
_DAYS = {Grain.WEEK: range(7, 8), Grain.MONTH: range(28, 32), Grain.QUARTER: range(90, 93), Grain.YEAR: range(365, 367)}


def at_ends(m: Meanings, frame: Frame) -> Frame | None:
    """With the metric and the periods that the end of a period asks for; `None` when there is no such number."""
    end = frame.period_end
    if end is None:
        return frame
    named, entities = frame.metrics, frame.entities
    if not named:
        counted = m.count_metric(entities[0]) if len(entities) == 1 else None
        named, entities = ((counted,), ()) if counted else ((), entities)
    stocks = tuple(stock for name in named if (stock := kinds.stock_of(m, name)) is not None)
    if not stocks or len(stocks) < len(named) or len(frame.times) > 1:
        return None
    entities = tuple(e for e in entities if e != m.person)
    by = frame.by
    if end.grain is not None and (end.each or not _one_period(frame.times, end.grain)):
        by = by if ByTime(end.grain) in by else (ByTime(end.grain), *by)
    marks = frame.marks - {"QC"}
    return replace(frame, metrics=stocks, entities=entities, by=by, period_end=None, marks=marks)


def _one_period(times: tuple[TimeRange, ...], grain: Grain) -> bool:
    """Is the time that was said one such period, so that it has one end?"""
    return bool(times) and unit_of(times[0]) is grain


def unit_of(time: TimeRange) -> Grain | None:
    """The unit of which the time is one whole period; `None` for any other time."""
    if isinstance(time, Calendar):
        return time.unit if time.part == "whole" else None
    if not isinstance(time, Span) or time.start is None or time.end is None:
        return None
    days = (time.end - time.start).days + 1
    begins = time.start.day == 1 and (time.end + timedelta(days=1)).day == 1
    return next((g for g, lengths in _DAYS.items() if days in lengths and (begins or g is Grain.WEEK)), None)


def to_date(m: Meanings, query: Query, *, trend: bool) -> Query | None:
    """With each running total the one that begins where the time of the question does.

    A sum over all of the time that was said needs no running total: the last 30 days' are what is sold in them.
    """
    metrics: list[str] = []
    time = query.time
    grains = [g.grain for g in query.by if isinstance(g, ByTime)]
    for name in query.metrics:
        own, body = kinds.to_date_unit(m, name), m.index.metric(name).body
        if own is None or not isinstance(body, Cumulative):
            metrics.append(name)
        elif query.time is None:
            whole = any(_COARSER.index(g) >= _COARSER.index(own) for g in grains)
            time = time if whole else time or Calendar(own, 0)
            metrics.append(name)
        elif name != kinds.running_of(m, body.input)[0]:
            metrics.append(name)  # it says itself since when
        elif (known := _since(m, name, query.time, over_time=trend or bool(grains))) is not None:
            metrics.append(known)
        else:
            return None
    return replace(query, metrics=tuple(dict.fromkeys(metrics)), time=time)


def since_any(m: Meanings, query: Query) -> tuple[str, ...]:
    """The metrics, with running totals since the start of the query's own time as if nobody had said since when."""
    unit = None if query.time is None else unit_of(query.time)
    metrics: list[str] = []
    for name in query.metrics:
        own, body = kinds.to_date_unit(m, name), m.index.metric(name).body
        general = own is not None and own is unit and isinstance(body, Cumulative)
        metrics.append(kinds.running_of(m, body.input)[0] if general and isinstance(body, Cumulative) else name)
    return tuple(metrics)


def _since(m: Meanings, name: str, time: TimeRange, *, over_time: bool) -> str | None:
    if isinstance(time, Span) and time.start is None and not over_time:
        return name  # as of a day: what has come together by then
    unit = unit_of(time)
    same = None if unit is None else kinds.running_since(m, name, unit)
    if same is not None or over_time:
        return same
    body = m.index.metric(name).body
    return body.input if isinstance(body, Cumulative) and m.adds_up(body.input) else None


def sums_so_far(m: Meanings, frame: Frame, query: Query) -> bool:
    """Is a sum so far, said of a metric without a running total, just its sum in the period that has begun?"""
    begun = isinstance(query.time, Calendar) and query.time.offset == 0 and query.time.part == "whole"
    over_time = frame.has("TREND") or any(isinstance(g, ByTime) for g in query.by)
    plain = all(m.adds_up(name) and not kinds.running_of(m, name) for name in query.metrics)
    return begun and plain and not over_time
