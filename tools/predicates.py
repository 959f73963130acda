"""Reading predicates: which fields they rest on, and a plain wording for where no restatement is at hand."""

from __future__ import annotations

from typing import assert_never

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
    Not,
    Or,
    Predicate,
    Ranked,
)


def fields_in(where: Predicate | None) -> frozenset[str]:
    """The qualified names of fields that a predicate on people compares, however deep; not those inside behaviour."""
    match where:
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
