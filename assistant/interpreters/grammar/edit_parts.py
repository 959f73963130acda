"""Parts of a plan as an edit sees them: what a condition is about, its window, the groups and the order of a query."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.pieces import Frame
from semantic_layer.query.predicate import (
    Among,
    Between,
    Compare,
    Did,
    HasMetric,
    Not,
    Predicate,
    Ranked,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import ByField, Grouping, Order, Query


def groupings(frame: Frame) -> tuple[Grouping, ...]:
    return frame.by + tuple(ByField(f) for f in dict.fromkeys(frame.heads) if ByField(f) not in frame.by)


def named(grouping: Grouping) -> str:
    return grouping.field if isinstance(grouping, ByField) else "time"


def ordered(query: Query, frame: Frame) -> Query | None:
    if frame.has("REMOVE") and (frame.cut or frame.ordering):
        return replace(query, order=(), limit=None)
    if frame.cut is not None and frame.cut.share is not None:
        return None
    if frame.ordering is None and frame.cut is None and not frame.has("RANKW"):
        return query
    if not query.by:
        return None
    known = query.order[0] if query.order else Order(query.metrics[0]) if query.metrics else None
    if known is None:
        return None
    by = frame.ordering.metric if frame.ordering and frame.ordering.metric in query.metrics else known.by
    descending = (
        frame.ordering.descending if frame.ordering else frame.cut.descending if frame.cut else known.descending
    )
    limit = frame.cut.count if frame.cut is not None else query.limit
    return replace(query, order=(Order(by or known.by, descending, known.what),), limit=limit)


def field_of(predicate: Predicate) -> str | None:
    match predicate:
        case Compare(field=field) | Among(field=field) | Between(field=field):
            return field
        case Not(item=item):
            return field_of(item)
        case _:
            return None


def values_of(predicate: Predicate) -> frozenset[object]:
    match predicate:
        case Compare(value=value):
            return frozenset({value})
        case Among(values=values):
            return frozenset(values)
        case _:
            return frozenset()


def with_times(where: Predicate | None, time: TimeRange) -> Predicate | None:
    """The conditions with their window changed to `time`; `None` when none has a window."""
    parts = conjuncts(where)
    changed = tuple(_moved(part, time) for part in parts)
    if changed == parts and not any(isinstance(p, (HasMetric, Ranked)) for p in parts):
        return None
    return conjoin(changed)


def _moved(predicate: Predicate, time: TimeRange) -> Predicate:
    match predicate:
        case Did() if predicate.time is not None or predicate.then is not None:
            return replace(predicate, time=time)
        case HasMetric() | Ranked():
            return replace(predicate, time=time)
        case Not(item=item):
            return Not(_moved(item, time))
        case _:
            return predicate
