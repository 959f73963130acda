"""Why nobody is in an audience, why a person is or is not, and how audiences overlap. Facts; others word them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.model.types import DimensionKind, Tag
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import And, Compare, Not, Predicate, conjoin, conjuncts
from semantic_layer.query.types import Audience, Order
from semantic_layer.table import Cell
from tools.facts import Fact, facts_about, person
from tools.layer import PeopleLayer
from tools.relax import Kind, Surroundings, ladders, with_part

_MOST_RELAXATIONS: Final = 5
_MOST_COUNTS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """A near audience that has somebody: condition `was` is now `now` (`None`: left out)."""

    kind: Kind
    was: tuple[Predicate, ...]
    now: Predicate | None
    audience: Audience
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyZero:
    """Which condition empties the audience, and what would leave somebody, nearest first.

    `steps` is the waterfall; `alone` is how many meet the emptying condition by itself (0: it can never be met).
    """

    emptied_by: Predicate | None
    alone: int
    steps: tuple[tuple[Predicate | None, int], ...]
    relaxations: tuple[Relaxed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionCheck:
    """One condition on one person: does it hold, and what the person's own values are."""

    condition: Predicate
    holds: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Whether a person is in an audience, condition by condition."""

    key: str
    member: bool
    checks: tuple[ConditionCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapResult:
    """How groups share people. `pairs` are (first, second, people in both); `union` and `common` over all groups."""

    sizes: tuple[int, ...]
    pairs: tuple[tuple[int, int, int], ...]
    union: int
    common: int

    def share(self, pair: tuple[int, int, int]) -> float | None:
        """The part of the first group that is also in the second; `None` for an empty group."""
        first, _, both = pair
        return both / self.sizes[first] if self.sizes[first] else None


def why_zero(layer: PeopleLayer, audience: Audience, user: User, *, cancel: Cancel | None = None) -> WhyZero:
    """Explains an empty audience. For one that has people there is nothing to relax, and none is said to empty it."""
    steps = layer.waterfall(audience, user, cancel=cancel)
    if steps[-1][1] > 0:
        return WhyZero(emptied_by=None, alone=steps[-1][1], steps=steps, relaxations=())
    emptied_by = next((condition for condition, count in steps if count == 0), None)
    alone = layer.count(replace(audience, where=emptied_by), user, cancel=cancel) if emptied_by is not None else 0
    found = _Search(layer, audience, user, cancel).relaxations()
    return WhyZero(emptied_by=emptied_by, alone=alone, steps=steps, relaxations=found)


def why_member(
    layer: PeopleLayer, key: str, audience: Audience, user: User, *, cancel: Cancel | None = None
) -> Membership:
    """Condition by condition for the person whose label (member number) is `key`; `UnknownNameError` for nobody."""
    me = person(layer, key, user, entity=audience.entity, cancel=cancel)
    at_the_time = replace(audience, where=me)
    checks = []
    for part in conjuncts(audience.where):
        holds = layer.count(replace(audience, where=And((me, part))), user, cancel=cancel) > 0
        checks.append(
            ConditionCheck(condition=part, holds=holds, facts=facts_about(layer, at_the_time, part, user, cancel))
        )
    return Membership(key=key, member=all(check.holds for check in checks), checks=tuple(checks))


def overlap(
    layer: PeopleLayer, audiences: Sequence[Audience], user: User, *, cancel: Cancel | None = None
) -> OverlapResult:
    """Sizes, pairwise overlaps, union and common core of two to six audiences of the same kind and day."""
    if not 2 <= len(audiences) <= 6 or len({(a.entity, a.as_of) for a in audiences}) != 1:
        raise InvalidPlanError(
            Text(
                "重合分析需要 2 到 6 个同类、同一天的人群。",
                "An overlap needs two to six audiences of one kind and day.",
            )
        )

    def count(where: Predicate | None) -> int:
        return layer.count(replace(audiences[0], where=where), user, cancel=cancel)

    wheres = [audience.where for audience in audiences]
    sizes = tuple(count(where) for where in wheres)
    pairs = tuple((i, j, count(_all((wheres[i], wheres[j])))) for i, j in combinations(range(len(wheres)), 2))
    common = pairs[0][2] if len(wheres) == 2 else count(_all(wheres))
    if len(wheres) == 2:
        return OverlapResult(sizes=sizes, pairs=pairs, union=sum(sizes) - common, common=common)
    everybody = any(where is None for where in wheres)
    nobody = And(tuple(Not(where) for where in wheres if where is not None))
    union = count(None) if everybody else count(None) - count(nobody)
    return OverlapResult(sizes=sizes, pairs=pairs, union=union, common=common)


class _Search:
    """Counts looser forms of an audience until enough of them have somebody; at most `_MOST_COUNTS` counts."""

    def __init__(self, layer: PeopleLayer, audience: Audience, user: User, cancel: Cancel | None) -> None:
        self._layer = layer
        self._audience = audience
        self._parts = conjuncts(audience.where)
        self._user = user
        self._cancel = cancel
        self._left = _MOST_COUNTS

    def relaxations(self) -> tuple[Relaxed, ...]:
        loosened = [found for at in range(len(self._parts)) for found in self._loosened(at)]
        dropped = [found for at in range(len(self._parts)) if (found := self._dropped((at,)))]
        if not dropped:
            dropped = [found for pair in combinations(range(len(self._parts)), 2) if (found := self._dropped(pair))]
        loosened.sort(key=lambda found: found.count)
        dropped.sort(key=lambda found: found.count)
        shown = loosened[: _MOST_RELAXATIONS - 1] if dropped else loosened
        return tuple([*shown, *dropped][:_MOST_RELAXATIONS])

    def _loosened(self, at: int) -> list[Relaxed]:
        part = self._parts[at]
        others = with_part(self._audience, self._parts, at, None)
        around = Surroundings(
            edge=lambda condition, field, smallest: self._edge(others, condition, field, smallest=smallest),
            wider=self._wider,
        )
        found = []
        for ladder in ladders(part, self._layer.index, around):
            for form in ladder.forms:
                near = with_part(self._audience, self._parts, at, form)
                count = self._count(near)
                if count:
                    found.append(Relaxed(kind=ladder.kind, was=(part,), now=form, audience=near, count=count))
                    break
        return found

    def _dropped(self, positions: tuple[int, ...]) -> Relaxed | None:
        kept = tuple(part for at, part in enumerate(self._parts) if at not in positions)
        near = replace(self._audience, where=conjoin(kept))
        count = self._count(near)
        if not count or not kept:
            return None
        was = tuple(self._parts[at] for at in positions)
        return Relaxed(kind="drop", was=was, now=None, audience=near, count=count)

    def _count(self, audience: Audience) -> int:
        if self._left <= 0:
            return 0
        self._left -= 1
        try:
            return self._layer.count(audience, self._user, cancel=self._cancel)
        except NotAllowedError:
            return 0  # so few that this role may not see them: not a way to somebody

    def _edge(self, others: Audience, condition: Predicate, field: str, *, smallest: bool) -> Cell:
        """The nearest value that somebody among `others` has on the far side of a bound."""
        beyond = replace(others, where=_all((others.where, condition)))
        order = (Order(field, descending=not smallest),)
        table = self._layer.people(beyond, self._user, fields=(field,), order=order, limit=1, cancel=self._cancel).table
        column = next((c for c in table.columns if c.source == field), None)
        if column is None or column.masked or not table.rows:
            return None
        value = table.rows[0][table.index(column.name)]
        return _plain(value)

    def _wider(self, field: str, part: Predicate) -> list[Compare]:
        """Larger places that wholly hold this one, smallest first, as the people who live there show."""
        index = self._layer.index
        places = [
            other.qualified
            for entity in sorted(index.reachable(index.field(field).entity))
            for other in index.fields_of(entity)
            if not isinstance(other, Tag) and other.kind is DimensionKind.GEOGRAPHIC and other.qualified != field
        ]
        if not places:
            return []
        here = replace(self._audience, where=part)
        spread = self._layer.distribution(here, places, self._user, cancel=self._cancel)
        holding = []
        for name, values in spread.items():
            present = [found for found in values if found.count]
            if len(present) == 1 and present[0].value is not None and present[0].base_count > present[0].count:
                holding.append((present[0].base_count, Compare(name, "=", present[0].value)))
        return [place for _, place in sorted(holding, key=lambda pair: pair[0])]


def _all(parts: Sequence[Predicate | None]) -> Predicate | None:
    return conjoin(tuple(part for part in parts if part is not None))


def _plain(value: Cell) -> Cell:
    """A value as a predicate holds it: dates as ISO text, decimals as floats."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
