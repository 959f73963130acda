"""Why people moved: what their conditions rest on, what happened to them since, and what was changed in their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, assert_never

from pyroaring import BitMap

from semantic_layer.errors import UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension
from semantic_layer.policy.hidden import Resting
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
from tools.segments.evaluation import Evaluation, Found
from tools.segments.membership import Cause, Moved, Side

_AS_OF = ":as_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """The customer keys that a change of identities or a correction touched between two versions of the data."""

    corrected: BitMap = field(default_factory=BitMap)
    merged: BitMap = field(default_factory=BitMap)
    split: BitMap = field(default_factory=BitMap)


class CorrectedKeys(Protocol):
    """Tells which customers were corrected, merged or split between two versions of the data."""

    def between(self, older: str, newer: str) -> Corrections: ...


class NoCorrections:
    """For data without a record of who was merged or corrected; the fake gives what it was told."""

    def __init__(self, known: Mapping[tuple[str, str], Corrections] | None = None) -> None:
        self._known = dict(known or {})

    def between(self, older: str, newer: str) -> Corrections:
        return self._known.get((older, newer), Corrections())


class Readings:
    """What the conditions of a model rest on: rows of things that happen, or the day they are asked on."""

    def __init__(self, index: ModelIndex) -> None:
        self._index = index
        self._resting = Resting(index.model)
        customer = index.model.customer_entity
        self._happening = frozenset(
            entity.name
            for entity in index.model.entities
            if entity.time is not None and entity.name != customer and customer in index.reachable(entity.name)
        )

    def happenings(self, where: Predicate) -> frozenset[str]:
        """The entities whose rows, each at its own time, decide a condition."""
        match where:
            case And(items=items) | Or(items=items):
                return frozenset().union(*(self.happenings(item) for item in items))
            case Not(item=item):
                return self.happenings(item)
            case Did(entity=entity):
                return frozenset({entity}) & self._happening
            case HasMetric(metric=metric) | Ranked(metric=metric):
                return frozenset(self._resting.entities_of(metric)) & self._happening or self._happening
            case Compare() | Among() | Between() | IsNull() | Contains() | Moment():
                return frozenset() if self._is_plain(where) else self._happening
            case InSegment():
                return self._happening
            case _:
                assert_never(where)

    def goes_by_time(self, where: Predicate) -> bool:
        """Whether a condition can begin or cease to hold for somebody to whom nothing happens."""
        match where:
            case And(items=items) | Or(items=items):
                return any(self.goes_by_time(item) for item in items)
            case Not(item=item):
                return self.goes_by_time(item)
            case Compare() | Among() | Between() | IsNull() | Contains() | Moment():
                found = self._field(where)
                return not isinstance(found, Dimension) or _AS_OF in found.expr
            case Did() | HasMetric() | Ranked() | InSegment():
                return True
            case _:
                assert_never(where)

    def _is_plain(self, where: Compare | Among | Between | IsNull | Contains | Moment) -> bool:
        return isinstance(self._field(where), Dimension)

    def _field(self, where: Compare | Among | Between | IsNull | Contains | Moment) -> object:
        return self._index.field(where.field) if where.field is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What stood before and on which day: who was in, by which rule, who was in the data, and what was corrected since.

    `until` is the day that it is held against. `everybody` is unknown for a day that was not looked at.
    """

    found: Found
    audience: Audience
    since: date
    until: date
    everybody: BitMap | None = None
    corrections: Corrections = field(default_factory=Corrections)


def movements(before: Before, found: Found, now: Evaluation, readings: Readings, *, edited: bool) -> tuple[Moved, ...]:
    """Everybody who came or went, each once, with the cause; largest first.

    With `edited`, those who moved because the rule is another one are told from those who would have moved under the old
    rule too, which is asked again of today's data. If it cannot be asked any more, all are put down to the edit.
    """
    old = before.found.keys
    sides: dict[Side, BitMap] = {"entered": found.keys - old, "left": old - found.keys}
    moved: list[Moved] = []
    if edited:
        under = _under_old_rule(before, now)
        anyway = under.keys if under is not None else old
        by_edit: dict[Side, BitMap] = {"entered": sides["entered"] - anyway, "left": sides["left"] & anyway}
        moved += _of_edit(by_edit, found, under)
        sides = {side: keys - by_edit[side] for side, keys in sides.items()}
        found = under or found
    explained = _Explained(before, now, readings)
    for side, keys in sides.items():
        moved += explained.moved(side, keys, found)
    return tuple(sorted((one for one in moved if one.keys), key=lambda one: -len(one.keys)))


def _under_old_rule(before: Before, now: Evaluation) -> Found | None:
    try:
        return now.rule(before.audience)
    except UserError:
        return None


def _of_edit(by_edit: Mapping[Side, BitMap], found: Found, under: Found | None) -> Iterator[Moved]:
    """Those who came fail a condition of the old rule, those who went one of the new rule."""
    failing: dict[Side, Found | None] = {"entered": under, "left": found}
    for side, keys in by_edit.items():
        rule = failing[side]
        for conditions, some in _by_conditions(keys, [(part, keys - met) for part, met in rule.parts] if rule else ()):
            yield Moved(side=side, cause=Cause.EDITED, keys=some, conditions=conditions)


def _by_conditions(
    keys: BitMap, flipped: Iterable[tuple[Predicate, BitMap]]
) -> Iterator[tuple[tuple[Predicate, ...], BitMap]]:
    """People split by which conditions changed for them, so that each is in one group."""
    groups: list[tuple[tuple[Predicate, ...], BitMap]] = [((), keys)]
    for part, changed in flipped:
        split = [((*conditions, part), some & changed) for conditions, some in groups]
        kept = [(conditions, some - changed) for conditions, some in groups]
        groups = [(conditions, some) for conditions, some in (*kept, *split) if some]
    yield from groups


class _Explained:
    """Causes of the movements of one look that no edit explains."""

    def __init__(self, before: Before, now: Evaluation, readings: Readings) -> None:
        self._before = before
        self._now = now
        self._readings = readings
        self._met = dict(before.found.parts)

    def moved(self, side: Side, keys: BitMap, found: Found) -> Iterator[Moved]:
        left = keys
        for cause, touched in self._of_identity(side):
            some = left & touched
            if some:
                yield Moved(side=side, cause=cause, keys=some)
            left -= some
        for conditions, some in _by_conditions(left, self._flipped(side, left, found)):
            yield from self._of_conditions(side, conditions, some)

    def _of_identity(self, side: Side) -> Iterator[tuple[Cause, BitMap]]:
        """What happened to who somebody is comes before what they did."""
        corrections, everybody = self._before.corrections, self._before.everybody
        yield Cause.MERGED, corrections.merged
        yield Cause.SPLIT, corrections.split
        if side == "left":
            yield Cause.GONE, self._before.found.keys - self._now.everybody(self._before.until)
        elif everybody is not None:
            yield Cause.NEW, self._now.everybody(self._before.until) - everybody
        yield Cause.CHANGED, corrections.corrected

    def _flipped(self, side: Side, keys: BitMap, found: Found) -> Iterator[tuple[Predicate, BitMap]]:
        """Who came did not meet a condition before; who went does not meet it now."""
        for part, met in found.parts:
            before = self._met.get(part)
            if side == "left":
                yield part, keys - met
            elif before is not None:
                yield part, keys - before

    def _of_conditions(self, side: Side, conditions: tuple[Predicate, ...], keys: BitMap) -> Iterator[Moved]:
        since, until = self._before.since, self._before.until
        entities = frozenset().union(*(self._readings.happenings(part) for part in conditions))
        acted = BitMap.union(BitMap(), *(self._now.acted(entity, since, until) for entity in sorted(entities))) & keys
        rest = keys - acted
        if acted:
            yield Moved(side=side, cause=Cause.BEHAVIOUR, keys=acted, conditions=conditions)
        if rest:
            waited = since < until and any(self._readings.goes_by_time(part) for part in conditions)
            cause = Cause.TIME if waited else Cause.CHANGED
            yield Moved(side=side, cause=cause, keys=rest, conditions=conditions)


def added(moved: Sequence[Moved], side: Side) -> dict[tuple[Cause, tuple[Predicate, ...]], BitMap]:
    """People of one side by cause and conditions, joined where several looks name the same."""
    found: dict[tuple[Cause, tuple[Predicate, ...]], BitMap] = {}
    for one in moved:
        if one.side == side:
            key = (one.cause, one.conditions)
            found[key] = found.get(key, BitMap()) | one.keys
    return found
