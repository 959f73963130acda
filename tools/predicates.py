"""Reading conditions and tags: which fields a predicate compares, which metrics it rests on."""

from __future__ import annotations

from typing import assert_never

from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Derived, PreferenceBody, QuantileBody, Ratio, RuleBody, Tag
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Or,
    Predicate,
    Ranked,
)


def fields_in(where: Predicate | None) -> frozenset[str]:
    """The qualified names of fields that a predicate on people compares, however deep; not those inside behaviour."""
    match where:
        case Moment(field=name):
            return frozenset({name} if name else ())
        case Compare(field=name) | Among(field=name) | Between(field=name) | IsNull(field=name) | Contains(field=name):
            return frozenset({name})
        case And(items) | Or(items):
            return frozenset().union(*(fields_in(item) for item in items))
        case Not(item):
            return fields_in(item)
        case None | Did() | HasMetric() | Ranked() | InSegment():
            return frozenset()
        case unreachable:
            assert_never(unreachable)


def inputs_of(tag: Tag) -> list[tuple[str, str]]:
    """The (metric, window) pairs a tag is made of; inputs with a filter of their own are left out."""
    match tag.body:
        case RuleBody(inputs=inputs):
            return [(given.metric, given.window) for given in inputs if not given.where]
        case QuantileBody(metric=metric, window=window, require=require):
            return [(metric, window), *((bound.metric, window) for bound in require)]
        case _:
            return []


def metrics_behind(where: Predicate | None, index: ModelIndex) -> frozenset[str]:
    """The metrics that decide whether a person meets a predicate: named in it, or behind its tags."""
    match where:
        case HasMetric(metric=name) | Ranked(metric=name):
            return _spelled_out(name, index)
        case And(items) | Or(items):
            return frozenset().union(*(metrics_behind(item, index) for item in items))
        case Not(item):
            return metrics_behind(item, index)
        case _:
            tags = (index.field(name) for name in fields_in(where))
            return frozenset().union(*(metrics_of(tag, index) for tag in tags if isinstance(tag, Tag)))


def metrics_of(tag: Tag, index: ModelIndex) -> frozenset[str]:
    """The metrics behind a tag, those inside ratios and formulas too."""
    if isinstance(tag.body, PreferenceBody):
        return _spelled_out(tag.body.metric, index)
    named = [given.metric for given in tag.body.inputs] if isinstance(tag.body, RuleBody) else []
    return frozenset().union(*(_spelled_out(name, index) for name in [*named, *(m for m, _ in inputs_of(tag))]))


def _spelled_out(name: str, index: ModelIndex) -> frozenset[str]:
    match index.metric(name).body:
        case Ratio(numerator=above, denominator=below):
            return frozenset({name}) | _spelled_out(above.metric, index) | _spelled_out(below.metric, index)
        case Derived(inputs=inputs):
            return frozenset({name}).union(*(_spelled_out(part.metric, index) for part in inputs))
        case _:
            return frozenset({name})
