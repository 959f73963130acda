"""Near conditions for one that leaves nobody: ladders of looser forms, the nearest first. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, DimensionKind, Scalar, Tag, ValueGroup
from semantic_layer.query.predicate import Among, Between, Compare, Did, HasMetric, Not, Predicate, Ranked, conjoin
from semantic_layer.query.time import Calendar, Grain, Rolling, TimeRange
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell

Kind = Literal["bound", "level", "group", "place", "time", "times", "drop"]
_DOWN = (0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.2, 0.1)
_UP = (1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Looser forms of one condition, each looser than the one before."""

    kind: Kind
    forms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How to look at the people whom all other conditions leave. Both callables ask the data.

    `edge` gives their smallest or largest value of a field on one side of a bound; `wider` the places that hold a place.
    """

    edge: Callable[[Predicate, str, bool], Cell]  # (condition on the field, field, smallest?) -> value
    wider: Callable[[str, Predicate], Sequence[Compare]]


def ladders(part: Predicate, index: ModelIndex, around: Surroundings) -> Iterator[Ladder]:
    """Every way to loosen a condition short of dropping it; none for conditions that have no degrees."""
    match part:
        case Compare(field=name) | Among(field=name):
            yield from _field_ladders(part, index.field(name), around)
        case Between(name, low, high):
            yield Ladder(kind="bound", forms=_widened(name, low, high, around))
        case HasMetric():
            yield Ladder(kind="bound", forms=tuple(_looser_metric(part)))
            yield from _time_ladder(part, part.time)
        case Did():
            if part.op in (">=", ">", "=") and part.count > 1:
                fewer = (
                    replace(part, op=">=", count=count)
                    for count in sorted({part.count - 1, part.count // 2 or 1, 1}, reverse=True)
                )
                yield Ladder(kind="times", forms=tuple(fewer))
            yield from _time_ladder(part, part.time)
        case Not(Did(time=Rolling(count, unit)) as did) if count > 1:
            shorter = sorted({count // 2, count // 4} - {0}, reverse=True)
            yield Ladder(kind="time", forms=tuple(Not(replace(did, time=Rolling(n, unit))) for n in shorter))
        case Ranked(count=int(count)):
            yield Ladder(kind="bound", forms=tuple(replace(part, count=count * times) for times in (2, 5, 10)))
        case Ranked(share=float(share)):
            yield Ladder(
                kind="bound", forms=tuple(replace(part, share=s) for s in (share * 2, share * 3, 0.5) if share < s < 1)
            )
        case _:
            return


def _field_ladders(part: Compare | Among, field: Dimension | Tag, around: Surroundings) -> Iterator[Ladder]:
    numeric = isinstance(field, Dimension) and field.kind in (DimensionKind.NUMERIC, DimensionKind.TIME)
    if isinstance(part, Compare) and (numeric or not field.values) and part.op in (">", ">=", "<", "<="):
        edge = around.edge(
            Compare(part.field, "<" if part.op in (">", ">=") else ">", part.value), part.field, part.op in ("<", "<=")
        )
        if isinstance(edge, (int, float, str)) and not isinstance(edge, bool):
            yield Ladder(kind="bound", forms=(Compare(part.field, ">=" if part.op in (">", ">=") else "<=", edge),))
        return
    if field.ordered and field.values:
        yield Ladder(kind="level", forms=tuple(_more_levels(part, [v.value for v in field.values])))
    if isinstance(field, Dimension) and not (isinstance(part, Compare) and part.op != "="):
        yield Ladder(kind="group", forms=tuple(_groups_around(part, field.groups)))
        if field.kind is DimensionKind.GEOGRAPHIC:
            yield Ladder(kind="place", forms=tuple(around.wider(part.field, part)))


def _more_levels(part: Compare | Among, levels: list[Scalar]) -> Iterator[Predicate]:
    """One level lower, then two …; upwards only when nothing is lower or the bound is an upper one."""
    given = part.values if isinstance(part, Among) else (part.value,)
    places = [levels.index(value) for value in given if value in levels]
    if not places or (isinstance(part, Compare) and part.op == "!="):
        return
    if isinstance(part, Compare) and part.op in (">=", ">"):
        yield from (Compare(part.field, ">=", levels[at]) for at in range(places[0] - (part.op == ">="), -1, -1))
    elif isinstance(part, Compare) and part.op in ("<=", "<"):
        yield from (Compare(part.field, "<=", levels[at]) for at in range(places[0] + (part.op == "<="), len(levels)))
    else:
        for at in (*range(min(places) - 1, -1, -1), *range(max(places) + 1, len(levels))):
            low, high = min(at, *places), max(at, *places)
            yield Among(part.field, tuple(levels[low : high + 1]))


def _groups_around(part: Compare | Among, groups: Sequence[ValueGroup]) -> Iterator[Predicate]:
    given = set(part.values) if isinstance(part, Among) else {part.value}
    holding = [group for group in groups if given < set(group.members)]
    for group in sorted(holding, key=lambda group: len(group.members)):
        yield Among(part.field, group.members, group.name)


def _widened(name: str, low: Scalar, high: Scalar, around: Surroundings) -> tuple[Predicate, ...]:
    below = around.edge(Compare(name, "<", low), name, False)
    above = around.edge(Compare(name, ">", high), name, True)
    forms: list[Predicate] = []
    if isinstance(below, (int, float, str)):
        forms.append(Between(name, below, high))
    if isinstance(above, (int, float, str)):
        forms.append(Between(name, low, above))
    return tuple(sorted(forms, key=lambda form: _reach(form, low, high)))


def _reach(form: Predicate, low: Scalar, high: Scalar) -> float:
    """How far the widened end lies from the old one, so that the nearer side is tried first."""
    if not isinstance(form, Between) or isinstance(low, str) or isinstance(high, str):
        return 0.0
    new_low, new_high = form.low, form.high
    if isinstance(new_low, str) or isinstance(new_high, str):
        return 0.0
    return (float(low) - float(new_low)) + (float(new_high) - float(high))


def _looser_metric(part: HasMetric) -> Iterator[Predicate]:
    if part.high is not None:
        width = part.high - part.value
        for times in (1, 2, 5):
            yield replace(part, value=part.value - width * times / 2, high=part.high + width * times / 2)
        return
    downwards = (part.op in (">", ">=")) == (part.value >= 0)
    for factor in _DOWN if downwards else _UP:
        yield replace(part, value=_rounded(part.value * factor, part.value))


def _time_ladder(part: Did | HasMetric, time: TimeRange | None) -> Iterator[Ladder]:
    longer: list[TimeRange | None] = []
    match time:
        case None:
            return
        case Rolling(count, unit):
            longer = [Rolling(count * 2, unit), Rolling(count * 4, unit)]
        case Calendar(unit=Grain.DAY | Grain.WEEK | Grain.MONTH | Grain.QUARTER):
            longer = [Rolling(12, Grain.MONTH)]
        case _:
            longer = []
    if isinstance(part, Did):
        longer.append(None)
    yield Ladder(kind="time", forms=tuple(replace(part, time=wider) for wider in longer))


def _rounded(value: float, like: float) -> float:
    """A bound a person would say: whole where the old one was whole."""
    return float(round(value)) if float(like).is_integer() and abs(value) >= 1 else round(value, 4)


def with_part(audience: Audience, parts: Sequence[Predicate], at: int, form: Predicate | None) -> Audience:
    """The audience with its condition number `at` replaced, or dropped for `None`."""
    kept = tuple(form if position == at else part for position, part in enumerate(parts))
    return replace(audience, where=conjoin(tuple(part for part in kept if part is not None)))
