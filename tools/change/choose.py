"""Of all parts that were measured, the few that are worth telling, and an order for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tools.change.score import excess
from tools.change.types import Part

_LEAST_EXCESS = 0.1  # of the change: less is no reason
_HIDING = 0.25  # of the change: what a part the other way must hide to be told
_SIMPLER = 0.9  # one field that stands out nearly as much as a pair says it in fewer words
_MOST_TOLD = 3
_MOST_LISTED = 12


def chosen(
    parts: Sequence[Part], change: float, splitting: frozenset[str], *, more: Callable[[Sequence[Part]], bool]
) -> tuple[Part, ...]:
    """The largest proven part, then others that share nothing with it, while `more` says that something is left.

    A part the other way is told last, when it hides a good deal of the change. `splitting` are fields of which every row
    or person has one value, so that two parts with different values of one share nothing.
    """
    told: list[Part] = []
    while len(told) < _MOST_TOLD and more(told):
        able = [part for part in _apart(parts, told, splitting) if _is_reason(part, change)]
        if not able:
            break
        told.append(_simplest(able, change))
    against = [
        part
        for part in _apart(parts, told, splitting)
        if part.significant is not False and -part.contribution * change >= _HIDING * change * change > 0
    ]
    if told and against and len(told) <= _MOST_TOLD:
        told.append(max(against, key=lambda part: rank(part, change)))
    return tuple(told)


def listed(
    parts: Sequence[Part], told: Sequence[Part], change: float, otherwise: tuple[str, ...] = ()
) -> tuple[Part, ...]:
    """What stands under the told parts: other values of the same fields first (of `otherwise` where none are told), then
    whatever surprises most.
    """
    fields = told[0].fields if told else otherwise
    rest = [part for part in parts if not any(_same(part, one) for one in told)]
    rest.sort(key=lambda part: (part.fields != fields, part.significant is False, -rank(part, change)))
    return tuple(rest[:_MOST_LISTED])


def _is_reason(part: Part, change: float) -> bool:
    return part.significant is not False and excess(part, change) > _LEAST_EXCESS * abs(change)


def rank(part: Part, change: float) -> float:
    """What makes one reason better than another: how far the part stands out from the rest, in standard errors.

    A part that is too wide mixes what moved with what did not, one that is too narrow leaves some of it outside; either
    weakens it. Where nothing is known of chance, what a part adds beyond its weight stands for this.
    """
    return part.strength if part.strength is not None else abs(excess(part, change))


def _simplest(able: Sequence[Part], change: float) -> Part:
    best = max(able, key=lambda part: rank(part, change))
    shorter = [
        part
        for part in able
        if len(part.fields) < len(best.fields) and rank(part, change) >= _SIMPLER * rank(best, change)
    ]
    return max(shorter, key=lambda part: rank(part, change), default=best)


def _apart(parts: Sequence[Part], told: Sequence[Part], splitting: frozenset[str]) -> list[Part]:
    return [part for part in parts if all(_share_nothing(part, one, splitting) for one in told)]


def _share_nothing(one: Part, two: Part, splitting: frozenset[str]) -> bool:
    mine, other = (dict(zip(part.fields, part.values, strict=True)) for part in (one, two))
    return any(mine[field] != other[field] for field in mine.keys() & other.keys() & splitting)


def _same(one: Part, two: Part) -> bool:
    return (one.fields, one.values) == (two.fields, two.values)
