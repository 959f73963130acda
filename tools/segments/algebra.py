"""Set operations on people and references between segments, as predicates. Nothing is counted or stored here."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from semantic_layer.errors import InvalidPlanError, Text
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
from semantic_layer.query.types import Audience
from tools.segments.types import name_key


class SetOperation(StrEnum):
    UNION = "union"  # ∪ in one or the other
    INTERSECTION = "intersection"  # ∩ in both
    DIFFERENCE = "difference"  # − in the first, not in the second


def combine(operation: SetOperation, left: Audience | str, right: Audience | str) -> Audience:
    """Two audiences, or saved segments by name, as one audience. Names stay names, so the result moves with them.

    Raises `InvalidPlanError` for audiences of different things or of different days, and for all people minus themselves.
    """
    one, two = _as_audience(left), _as_audience(right)
    if (
        isinstance(left, Audience)
        and isinstance(right, Audience)
        and (one.entity, one.as_of) != (two.entity, two.as_of)
    ):
        raise InvalidPlanError(
            Text(
                "这两群人不是同一类对象，或者日期不同，不能合并。",
                "These two are not of the same kind, or not of the same day.",
            )
        )
    base = one if isinstance(left, Audience) else two if isinstance(right, Audience) else one
    return replace(base, where=_joined(operation, one.where, two.where))


def _as_audience(given: Audience | str) -> Audience:
    return Audience(where=InSegment(given)) if isinstance(given, str) else given


def _joined(operation: SetOperation, one: Predicate | None, two: Predicate | None) -> Predicate | None:
    match operation:
        case SetOperation.UNION:
            return None if one is None or two is None else Or((one, two))
        case SetOperation.INTERSECTION:
            return And((one, two)) if one is not None and two is not None else one or two
        case SetOperation.DIFFERENCE:
            if two is None:
                raise InvalidPlanError(Text("减去全部客户后没有人了。", "Without all customers nobody is left."))
            return Not(two) if one is None else And((one, Not(two)))
        case unreachable:
            assert_never(unreachable)


def segments_in(where: Predicate | None) -> frozenset[str]:
    """The names of saved segments that a predicate rests on, however deep."""
    match where:
        case InSegment(name):
            return frozenset({name})
        case And(items) | Or(items):
            return frozenset().union(*(segments_in(item) for item in items))
        case Not(item):
            return segments_in(item)
        case Did(where=inner, then=then):
            return segments_in(inner) | segments_in(then.where if then is not None else None)
        case HasMetric(where=inner):
            return segments_in(inner)
        case None | Compare() | Among() | Between() | IsNull() | Contains() | Moment() | Ranked():
            return frozenset()
        case unreachable:
            assert_never(unreachable)


def names_in(where: Predicate | None) -> frozenset[str]:
    """The fields and metrics that a predicate names, however deep; not what the segments in it rest on."""
    match where:
        case Moment(field=name):
            return frozenset({name} if name else ())
        case Compare(field=name) | Among(field=name) | Between(field=name) | IsNull(field=name) | Contains(field=name):
            return frozenset({name})
        case And(items) | Or(items):
            return frozenset().union(*(names_in(item) for item in items))
        case Not(item):
            return names_in(item)
        case Did(where=inner, then=then):
            return names_in(inner) | names_in(then.where if then is not None else None)
        case HasMetric(metric=name, where=inner):
            return frozenset({name}) | names_in(inner)
        case Ranked(metric=name):
            return frozenset({name})
        case None | InSegment():
            return frozenset()
        case unreachable:
            assert_never(unreachable)


def rests_on(where: Predicate | None, name: str) -> bool:
    """Whether a predicate refers to the segment `name`."""
    return any(name_key(used) == name_key(name) for used in segments_in(where))


def renamed_in(where: Predicate, old: str, new: str) -> Predicate:
    """The predicate with each reference to segment `old` now to `new`."""
    match where:
        case InSegment(name):
            return InSegment(new) if name_key(name) == name_key(old) else where
        case And(items):
            return And(tuple(renamed_in(item, old, new) for item in items))
        case Or(items):
            return Or(tuple(renamed_in(item, old, new) for item in items))
        case Not(item):
            return Not(renamed_in(item, old, new))
        case Did(where=inner, then=then):
            after = replace(then, where=_renamed(then.where, old, new)) if then is not None else None
            return replace(where, where=_renamed(inner, old, new), then=after)
        case HasMetric(where=inner):
            return replace(where, where=_renamed(inner, old, new))
        case Compare() | Among() | Between() | IsNull() | Contains() | Moment() | Ranked():
            return where
        case unreachable:
            assert_never(unreachable)


def _renamed(where: Predicate | None, old: str, new: str) -> Predicate | None:
    return None if where is None else renamed_in(where, old, new)
