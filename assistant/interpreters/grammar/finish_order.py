"""The order and the limit of a query, from words such as highest, first ten and sorted."""

from __future__ import annotations

from assistant.interpreters.grammar.pieces import Frame, Ordering
from semantic_layer.query.time import CompareTo
from semantic_layer.query.types import Grouping, Order

_DEFAULT_LIMIT = 10


def order_of(
    frame: Frame, metrics: tuple[str, ...], by: tuple[Grouping, ...], compare: tuple[CompareTo, ...]
) -> tuple[tuple[Order, ...] | None, int | None]:
    ordering, cut = frame.ordering, frame.cut
    if cut is not None and cut.share is not None:
        return None, None
    if ordering is not None and cut is not None and _nested(frame, ordering):
        return None, None  # the best of the ten first by something else
    if ordering is None and cut is None:
        return ((Order(metrics[0]),) if frame.has("RANKW") and by else ()), None
    if not by:
        return None, None
    descending = ordering.descending if ordering is not None else cut.descending if cut is not None else True
    if cut is not None and not cut.descending and (ordering is None or frame.has("by_metric")):
        descending = False
    metric = ordering.metric if ordering is not None and ordering.metric is not None else metrics[0]
    limit = cut.count if cut is not None else _limit(frame, ordering)
    what = "change" if frame.has("GROW") else ordering.what if ordering else "value"
    return (_entry(Ordering(descending, metric, what), compare),), limit


def _nested(frame: Frame, ordering: Ordering) -> bool:
    """Does the cut belong to another metric than the order?"""
    named = bool(frame.metrics) and ordering.metric is not None and ordering.metric not in frame.metrics
    unsaid = len(frame.metrics) > 1 and ordering.metric is None
    return (named or unsaid) and not ordering.whole and not frame.has("by_metric")


def _limit(frame: Frame, ordering: Ordering | None) -> int | None:
    """The best category is one; the best categories, asked for with "which", are ten; a sorted list is whole, and so is one
    that is asked for beside the question which is best.
    """
    if frame.has("listed") and frame.has("asked", "one", "many"):
        return None
    if ordering is None or ordering.whole or frame.has("by_metric") or not (frame.heads or frame.has("asked")):
        return None
    return _DEFAULT_LIMIT if frame.has("many") else 1


def _entry(ordering: Ordering, compare: tuple[CompareTo, ...]) -> Order:
    if ordering.what == "change" and compare:
        return Order(ordering.metric or "", ordering.descending, "change")
    return Order(ordering.metric or "", ordering.descending)
