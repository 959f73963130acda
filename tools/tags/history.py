"""What tags were: one customer's levels over time, who came to have a tag inside a period, and when tags were computed.

What the load recorded is read; for days before the first record the tag is computed anew as of that day, and the result says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.context import TAG_HISTORY, TAG_RUNS, Compiled
from semantic_layer.compiler.tag_history import (
    compile_having,
    compile_levels,
    compile_recorded_from,
    compile_runs,
    stored,
)
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import Scalar, Tag
from semantic_layer.policy.small_groups import refuse_small_audience
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Among, And, Compare, Predicate
from semantic_layer.query.types import Audience
from semantic_layer.runner import Runner
from semantic_layer.table import Cell
from tools.facts import person

_MONTHS_BACK: Final = 24  # ends of months that are looked at when nothing was recorded


@dataclass(frozen=True, slots=True)
class Having:
    """A tag with one of some values: "high-value", "churn risk high or medium"."""

    tag: Tag
    values: tuple[Scalar, ...]

    @property
    def where(self) -> Predicate:
        if len(self.values) == 1:
            return Compare(self.tag.qualified, "=", self.values[0])
        return Among(self.tag.qualified, self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A customer had `value` (as stored) of `tag` from `since` on and before `until`; `None` is open. `definition` is the version used.

    `begun_before` says that records begin on `since`, so that the stretch may be older.
    """

    tag: str
    value: str
    since: date
    until: date | None
    definition: str
    begun_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Since when a customer has had a tag. `day` is `None` when they do not have it, or had it at every day looked at.

    `has` says how it is now; `last` when they last had it if they do not; `earliest` the first day that was looked at.
    """

    has: bool
    day: date | None
    last: date | None
    earliest: date
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """People with a tag before and at the end of a period, and who came and went between the two."""

    before: int
    after: int
    came: int
    went: int
    span: DateSpan
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One computing of one tag."""

    tag: str
    definition: str
    data_date: date | None
    computed_at: datetime | None
    customers: int
    known: int
    state: str
    why: str


def having(where: Predicate, layer: SemanticLayer) -> Having:
    """The tag and the values that a condition names; raises `InvalidPlanError` for other conditions."""
    if isinstance(where, Compare | Among) and layer.index.has_field(where.field):
        tag = layer.index.field(where.field)
        values = where.values if isinstance(where, Among) else (where.value,)
        if isinstance(tag, Tag) and not (isinstance(where, Compare) and where.op != "="):
            return Having(tag, values)
    raise InvalidPlanError(
        Text("只能问一个标签什么时候变成某个值。", "Only of one tag can it be asked since when it has had a value.")
    )


class TagHistories:
    """Reads the records of one open data set under a user's rights; every call may raise a `UserError`."""

    def __init__(self, layer: SemanticLayer) -> None:
        self._layer = layer
        self._runner = Runner(layer.context, layer.policy, layer.engine, lambda: 0.0)

    def levels(self, key: str, user: User, *, cancel: Cancel | None = None) -> tuple[Stretch, ...]:
        """All levels of the customer whose label is `key`, oldest first; none where nothing was recorded."""
        entity = self._layer.index.model.customer_entity
        me = person(self._layer, key, user, entity=entity, cancel=cancel)
        begun = self._recorded(user, cancel)
        if not begun:
            return ()
        keys = self._layer.keys(Audience(where=me, entity=entity), user, cancel=cancel)
        rows = self._rows(compile_levels(keys[0], self._layer.context), user, cancel)
        return tuple(
            Stretch(
                tag=str(tag),
                value=str(value),
                since=_day(since),
                until=None if until is None else _day(until),
                definition=str(definition or ""),
                begun_before=_day(since) == begun.get(str(tag)),
            )
            for tag, value, since, until, definition in rows
            if since is not None
        )

    def beginning(self, what: Having, key: str, user: User, *, cancel: Cancel | None = None) -> Beginning:
        """Since when the customer whose label is `key` has had the tag, without a break."""
        levels = [one for one in self.levels(key, user, cancel=cancel) if one.tag == what.tag.name]
        spelled = {stored(value) for value in what.values}
        held = [one for one in levels if one.value in spelled]
        if held and not (held[0].begun_before and held[-1] is held[0]):
            now = held[-1].until is None or held[-1].until > self._layer.as_of
            since = _unbroken(held) if now else None
            last = None if now else (held[-1].until or self._layer.as_of) - timedelta(days=1)
            return Beginning(has=now, day=since, last=last, earliest=levels[0].since, recorded=True)
        return self._computed(what, key, user, cancel)

    def _computed(self, what: Having, key: str, user: User, cancel: Cancel | None) -> Beginning:
        """The same by computing the tag as of ends of months, back from today, then day by day inside one month."""
        me = person(self._layer, key, user, entity=what.tag.entity, cancel=cancel)

        def had(day: date) -> bool:
            audience = Audience(where=And((me, what.where)), entity=what.tag.entity, as_of=self._as_of(day))
            return bool(self._layer.keys(audience, user, cancel=cancel))

        now = had(self._layer.as_of)
        other, same = None, self._layer.as_of
        for day in _month_ends(self._layer.as_of):
            if had(day) is not now:
                other = day
                break
            same = day
        if other is None:
            return Beginning(has=now, day=None, last=None, earliest=same, recorded=False)
        while (same - other).days > 1:
            middle = other + (same - other) // 2
            if had(middle) is now:
                same = middle
            else:
                other = middle
        return Beginning(
            has=now, day=same if now else None, last=None if now else other, earliest=other, recorded=False
        )

    def movement(
        self, what: Having, span: DateSpan, user: User, *, among: Predicate | None = None, cancel: Cancel | None = None
    ) -> Movement:
        """Who had the tag on the day before `span` and on its last day, of the people for whom `among` holds today.

        Raises `InvalidPlanError` for a span without a first day, and `NotAllowedError` for too few people for this user.
        """
        if span.open_start:
            raise InvalidPlanError(Text("请说明是哪一段时间。", "Say which period is meant."))
        end = min(span.end, self._layer.as_of)
        before, told_before = self._having_on(what, span.start - timedelta(days=1), user, cancel)
        after, told_after = self._having_on(what, end, user, cancel)
        if among is not None:
            audience = Audience(where=among, entity=what.tag.entity)
            inside = frozenset(self._layer.keys(audience, user, cancel=cancel))
            before, after = before & inside, after & inside
        counts = (len(before), len(after), len(after - before), len(before - after))
        for count in counts:
            refuse_small_audience(count, self._runner.least(user))
        return Movement(
            before=counts[0],
            after=counts[1],
            came=counts[2],
            went=counts[3],
            span=DateSpan(span.start, end),
            recorded=told_before and told_after,
        )

    def runs(self, user: User, *, cancel: Cancel | None = None) -> tuple[Run, ...]:
        """When tags were computed, newest first; none where the load kept no records or this user may see none."""
        if not self._has(TAG_RUNS):
            return ()
        return tuple(_run(row) for row in self._rows(compile_runs(), user, cancel))

    def _having_on(
        self, what: Having, day: date, user: User, cancel: Cancel | None
    ) -> tuple[frozenset[int | str], bool]:
        """The keys of those who had it on a day, and whether that was recorded."""
        first = self._recorded(user, cancel).get(what.tag.name)
        if first is not None and first <= day:
            rows = self._rows(compile_having(what.tag, what.values, day, self._layer.context), user, cancel)
            return frozenset(cell for (cell,) in rows if isinstance(cell, int | str)), True
        audience = Audience(where=what.where, entity=what.tag.entity, as_of=self._as_of(day))
        return frozenset(self._layer.keys(audience, user, cancel=cancel)), False

    def _recorded(self, user: User, cancel: Cancel | None) -> dict[str, date]:
        """The first day of which a tag's values were kept, by the tag's name."""
        if not self._has(TAG_HISTORY):
            return {}
        rows = self._rows(compile_recorded_from(), user, cancel)
        return {str(tag): _day(since) for tag, since in rows if since is not None}

    def _as_of(self, day: date) -> date | None:
        return None if day == self._layer.as_of else day

    def _has(self, table: str) -> bool:
        return any(name == table for name, _ in self._layer.engine.tables())

    def _rows(self, compiled: Compiled, user: User, cancel: Cancel | None) -> tuple[tuple[Cell, ...], ...]:
        return self._runner.run(lambda: compiled, user, cancel).rows


def _unbroken(held: list[Stretch]) -> date | None:
    """The first day of the last stretches without a day between them; `None` when records begin with them."""
    first = held[-1]
    for before in reversed(held[:-1]):
        if before.until != first.since:
            break
        first = before
    return None if first.begun_before else first.since


def _month_ends(today: date) -> list[date]:
    """The last days of the months before today's, latest first."""
    found: list[date] = []
    day = today
    for _ in range(_MONTHS_BACK):
        day = day.replace(day=1) - timedelta(days=1)
        found.append(day)
    return found


def _run(row: tuple[Cell, ...]) -> Run:
    tag, definition, data_date, computed_at, customers, known, state, why = row
    return Run(
        tag=str(tag),
        definition=str(definition or ""),
        data_date=None if data_date is None else _day(data_date),
        computed_at=computed_at if isinstance(computed_at, datetime) else None,
        customers=customers if isinstance(customers, int) else 0,
        known=known if isinstance(known, int) else 0,
        state=str(state or ""),
        why=str(why or ""),
    )


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    raise TypeError(f"{cell!r} is not a date")
