"""What changed definitions do to numbers: metrics by month, tags by customers, segments by size, old beside new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from semantic_layer.calendar.arithmetic import plus_months
from semantic_layer.compiler.meanings import Meanings
from semantic_layer.compiler.timed import is_timed
from semantic_layer.compiler.uses import Ref, Uses
from semantic_layer.errors import Text, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar, Unit
from semantic_layer.query.time import Grain, Span
from semantic_layer.query.types import Audience, ByTime, Query
from semantic_layer.review.changes import Change
from semantic_layer.review.data import SERVICE
from semantic_layer.review.tags import counts_of, having
from semantic_layer.table import Cell

MONTHS = 12
_OF_ALL = frozenset({"missing", "time_zone", "as_of", "as_of_from"})
"""Conventions that reach every number."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A number under the old and under the new definitions; `None` where there is none."""

    before: float | str | None
    after: float | str | None

    @property
    def change(self) -> float | None:
        if isinstance(self.before, str) or isinstance(self.after, str) or self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def relative(self) -> float | None:
        """The change against the old number."""
        if self.change is None or isinstance(self.before, str) or not self.before:
            return None
        return self.change / abs(self.before)

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricShift:
    """A metric that a change touches. `through` names the changed definitions behind it, when it is not itself changed.

    `months` are in order; a metric without time has the one number of now, under `None`. `failures` say, for old and new,
    why it could not be computed there.
    """

    name: str
    label: Text
    unit: Unit
    through: tuple[Ref, ...]
    months: tuple[tuple[date | None, Pair], ...]
    failures: tuple[Text | None, Text | None] = (None, None)

    @property
    def largest(self) -> float | None:
        """The largest change of a month against its old number, with its sign."""
        found = [pair.relative for _, pair in self.months if pair.relative is not None]
        return max(found, key=abs, default=None)

    @property
    def differs(self) -> bool:
        return any(pair.differs for _, pair in self.months) or self.failures[0] != self.failures[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeShift:
    """The customers of a tag or of a saved segment. Of a tag, `values` tells those of each value."""

    name: str
    label: Text
    size: Pair
    values: tuple[tuple[str, Pair], ...] = ()
    failures: tuple[Text | None, Text | None] = (None, None)

    @property
    def differs(self) -> bool:
        return self.size.differs or any(pair.differs for _, pair in self.values) or self.failures[0] != self.failures[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One state of the definitions over the data."""

    index: ModelIndex
    layer: SemanticLayer

    @property
    def as_of(self) -> date:
        return self.layer.as_of


def touched_metrics(old: Side, new: Side, changes: Sequence[Change]) -> tuple[MetricShift, ...]:
    """Every metric whose number can differ, by month. Those that are on one side only stand on that side only."""
    names = [*(metric.name for metric in new.index.model.metrics), *(metric.name for metric in old.index.model.metrics)]
    before, after = Meanings(old.index.model), Meanings(new.index.model)
    everything = _reaches_all(changes)
    renamed = {one.name for one in changes if one.kind == "metric" and one.same_as}
    uses = (Uses(old.index.model), Uses(new.index.model))
    found: list[MetricShift] = []
    for name in dict.fromkeys(names):
        both = old.index.has_metric(name) and new.index.has_metric(name)
        if name in renamed or (both and not everything and before.metric(name) == after.metric(name)):
            continue
        found.append(_shift(name, old, new, _through(("metric", name), changes, uses)))
    return tuple(found)


def touched_tags(old: Side, new: Side, changes: Sequence[Change]) -> tuple[SizeShift, ...]:
    """Every tag whose customers can differ."""
    before, after = Meanings(old.index.model), Meanings(new.index.model)
    everything = _reaches_all(changes)
    renamed = {one.name for one in changes if one.kind == "tag" and one.same_as}
    names = [one.qualified for one in (*new.index.model.tags, *old.index.model.tags)]
    found: list[SizeShift] = []
    for name in dict.fromkeys(names):
        both = old.index.has_field(name) and new.index.has_field(name)
        if name in renamed or (both and not everything and before.tag(name) == after.tag(name)):
            continue
        found.append(_tag(name, old, new))
    return tuple(found)


def segment_sizes(old: Side, new: Side, segments: Mapping[str, Audience]) -> tuple[SizeShift, ...]:
    """The size of every saved segment."""
    found: list[SizeShift] = []
    for name, audience in segments.items():
        (before, left), (after, right) = _size(old, audience), _size(new, audience)
        found.append(SizeShift(name=name, label=Text(name, name), size=Pair(before, after), failures=(left, right)))
    return tuple(found)


def _reaches_all(changes: Iterable[Change]) -> bool:
    return any(detail.key in _OF_ALL for change in changes if change.kind == "conventions" for detail in change.details)


def _through(ref: Ref, changes: Sequence[Change], uses: tuple[Uses, Uses]) -> tuple[Ref, ...]:
    """The changed definitions that something rests on, in the order of the changes; none when it is changed itself."""
    changed: list[Ref] = [(one.kind, one.name) for one in changes if one.changes_meaning]
    if ref in changed:
        return ()
    behind = uses[0].closure([ref]) | uses[1].closure([ref])
    if _reaches_all(changes):
        behind |= {("conventions", "conventions")}
    return tuple(one for one in changed if one in behind)


def _shift(name: str, old: Side, new: Side, through: tuple[Ref, ...]) -> MetricShift:
    last = max(old.as_of, new.as_of)
    span = Span(plus_months(last.replace(day=1), 1 - MONTHS), last)
    (before, left), (after, right) = _by_month(old, name, span), _by_month(new, name, span)
    periods = sorted({*before, *after}, key=lambda one: (one is not None, one or date.min))
    side = new if new.index.has_metric(name) else old
    return MetricShift(
        name=name,
        label=side.index.metric(name).words.label,
        unit=side.index.metric(name).unit,
        through=through,
        months=tuple((period, Pair(before.get(period), after.get(period))) for period in periods),
        failures=(left, right),
    )


def _by_month(side: Side, name: str, span: Span) -> tuple[dict[date | None, float | str | None], Text | None]:
    """The metric by month, or now; or why it cannot be computed. What is not defined on this side is no failure."""
    if not side.index.has_metric(name):
        return {}, None
    try:
        if not is_timed(side.index, name):
            rows = side.layer.run(Query(metrics=(name,)), SERVICE).table.rows
            return {None: _number(rows[0][0]) if rows else None}, None
        query = Query(metrics=(name,), by=(ByTime(Grain.MONTH),), time=span)
        rows = side.layer.run(query, SERVICE).table.rows
    except UserError as error:
        return {}, error.message
    return {_day(period): _number(value) for period, value in rows}, None


def _tag(name: str, old: Side, new: Side) -> SizeShift:
    (before, left), (after, right) = _values(old, name), _values(new, name)
    side = new if new.index.has_field(name) else old
    sizes = [
        None if failed or counts is None else having(counts) for counts, failed in ((before, left), (after, right))
    ]
    values = [one for one in dict.fromkeys((*(after or {}), *(before or {}))) if one is not None]
    told = [
        (str(value), Pair((before or {}).get(value, 0), (after or {}).get(value, 0)))
        for value in values
        if not isinstance(value, bool)
    ]
    return SizeShift(
        name=name,
        label=side.index.tag(name).words.label,
        size=Pair(*sizes),
        values=tuple(told),
        failures=(left, right),
    )


def _values(side: Side, name: str) -> tuple[Mapping[Scalar | None, int] | None, Text | None]:
    if not side.index.has_field(name):
        return None, None
    try:
        return counts_of(side.index.tag(name), side.layer), None
    except UserError as error:
        return None, error.message


def _size(side: Side, audience: Audience) -> tuple[int | None, Text | None]:
    try:
        return side.layer.count(audience, SERVICE), None
    except UserError as error:
        return None, error.message


def _number(cell: Cell) -> float | str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return cell.isoformat()
    return int(cell) if isinstance(cell, int) else float(cell) if isinstance(cell, Decimal | float) else str(cell)


def _day(cell: Cell) -> date | None:
    return cell if isinstance(cell, date) else None
