"""Finds conditions that exclude each other, so that nobody reads an empty result as a fact about the business."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeGuard

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar
from semantic_layer.query.predicate import Among, Between, Compare, Not, Or, Predicate, conjuncts


@dataclass(slots=True)
class _Bounds:
    """What the conditions seen so far leave of a field."""

    values: set[Scalar] | None = None
    low: float | None = None
    high: float | None = None
    strict: bool = field(default=False)  # a bound does not include its own value


def check_consistent(where: Predicate, index: ModelIndex) -> None:
    """Raises `InvalidPlanError` when conditions that must all hold leave a field no value."""
    bounds: dict[str, _Bounds] = {}
    for part in conjuncts(where):
        if isinstance(part, Or):
            for item in part.items:
                check_consistent(item, index)
            continue
        if isinstance(part, Not):
            continue
        name = _narrow(part, bounds)
        if name is not None and _is_empty(bounds[name]):
            label = index.field(name).words.label
            raise InvalidPlanError(
                Text(
                    zh=f"关于「{label.zh}」的条件互相矛盾，没有任何取值能同时满足。若是“任一”的意思，请用“或”。",
                    en=f"The conditions on {label.en!r} contradict each other: no value meets them all. "
                    "If any of them will do, join them with 'or'.",
                )
            )


def _narrow(part: Predicate, bounds: dict[str, _Bounds]) -> str | None:
    match part:
        case Compare(field=name, op="=", value=value):
            _keep(bounds.setdefault(name, _Bounds()), {value})
        case Among(field=name, values=values):
            _keep(bounds.setdefault(name, _Bounds()), set(values))
        case Compare(field=name, op=op, value=value) if _is_number(value) and op != "!=":
            known = bounds.setdefault(name, _Bounds())
            _limit(
                known, low=value if op[0] == ">" else None, high=value if op[0] == "<" else None, strict=len(op) == 1
            )
        case Between(field=name, low=low, high=high) if _is_number(low) and _is_number(high):
            _limit(bounds.setdefault(name, _Bounds()), low=low, high=high, strict=False)
        case _:
            return None
    return name


def _keep(known: _Bounds, values: set[Scalar]) -> None:
    known.values = values if known.values is None else known.values & values


def _limit(known: _Bounds, *, low: float | None, high: float | None, strict: bool) -> None:
    if low is not None and (known.low is None or low >= known.low):
        known.low = low
    if high is not None and (known.high is None or high <= known.high):
        known.high = high
    known.strict = known.strict or strict


def _is_empty(known: _Bounds) -> bool:
    if known.values is not None:
        return not any(_meets(value, known) for value in known.values)
    if known.low is None or known.high is None:
        return False
    return known.low > known.high or (known.low == known.high and known.strict)


def _meets(value: Scalar, known: _Bounds) -> bool:
    if not _is_number(value):
        return True
    return (known.low is None or value >= known.low) and (known.high is None or value <= known.high)


def _is_number(value: Scalar) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
