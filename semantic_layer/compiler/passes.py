"""All passes that a question needs: readings sorted by the rows and the way in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.aggregate import passes_over
from semantic_layer.compiler.balances import balances
from semantic_layer.compiler.conversions import conversions
from semantic_layer.compiler.groups import Group, periods_of
from semantic_layer.compiler.metrics import Leaf
from semantic_layer.compiler.readings import Bucket, Item, Pass, Reading, measure_for, time_of
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.running import at_other_times, with_every_period
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import NonAdditive, Simple
from semantic_layer.query.predicate import Predicate


def aggregate(
    scope: Scope, readings: Sequence[Reading], groups: Sequence[Group], where: Predicate | None = None
) -> tuple[Pass, ...]:
    """Adds the passes that compute `readings` by `groups` over the rows where `where` holds."""
    index = scope.context.index
    by_period = bool(periods_of(groups))
    buckets: dict[object, Bucket] = {}
    for reading in readings:
        measure = measure_for(scope, reading, groups, where)
        time = time_of(index, measure)
        like = _likeness(reading.leaf)
        alone = by_period or like.is_clocked or measure.non_additive is not None or like.converted is not None
        span: DateSpan | None = reading.span if alone else None
        stock: NonAdditive | None = measure.non_additive
        every = _shows_every_period(scope, reading) and by_period
        bucket = buckets.setdefault(
            (measure.entity, time, span, like, stock, every), Bucket(measure.entity, time, span, like)
        )
        bucket.items.append(Item(reading, measure))
        scope.statement.use(reading.leaf.metric)
    found: list[Pass] = []
    for bucket in buckets.values():
        passes = _passes(scope, bucket, groups, where)
        if by_period and scope.calendar.conventions.missing == "unknown":
            every = _shows_every_period(scope, bucket.items[0].reading)
            passes = [with_every_period(scope, one, groups, bucket.span, where) if every else one for one in passes]
        found += passes
    return tuple(found)


def _passes(scope: Scope, bucket: Bucket, groups: Sequence[Group], where: Predicate | None) -> list[Pass]:
    stock = bucket.items[0].measure.non_additive
    if bucket.like.converted is not None:
        return conversions(scope, bucket, groups, where)
    if stock is not None and bucket.is_clocked:
        label = scope.context.index.metric(bucket.items[0].reading.leaf.metric).words.label
        raise InvalidPlanError(
            Text(
                zh=f"「{label.zh}」是某一时点的存量，不能累计，也不能放到以前的时间上。",
                en=f"{label.en!r} is a balance: it can be neither added up over time nor moved in it.",
            )
        )
    if stock is not None:
        return balances(scope, bucket, stock, groups, where)
    if bucket.is_clocked:
        return at_other_times(scope, bucket, groups, where)
    return passes_over(scope, bucket, groups, where)


def _likeness(leaf: Leaf) -> Leaf:
    """What readings must share to be read in one pass: how they lie in time, and what they convert."""
    if leaf.converted is not None:
        return leaf
    return replace(Leaf(""), offsets=leaf.offsets, running=leaf.running)


def _shows_every_period(scope: Scope, reading: Reading) -> bool:
    body = scope.context.index.metric(reading.leaf.metric).body
    return isinstance(body, Simple) and body.every_period
