"""Queries of the search: the whole, the groups of fields, single parts inside and outside. One home for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from semantic_layer.compiler.metrics import reaches
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.layer import Result
from semantic_layer.model.types import Scalar
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Explain
from semantic_layer.query.predicate import Compare, Did, HasMetric, IsNull, Not, Predicate, conjoin, conjuncts
from semantic_layer.query.time import Span
from semantic_layer.query.types import ByField, Query
from semantic_layer.restate.periods import default_window
from semantic_layer.table import Cell, Table
from tools.change.candidates import MOST_VALUES, Mode, row_entity
from tools.change.decompose import Pair
from tools.change.makeup import Bounded, Makeup
from tools.change.types import ChangeLayer
from tools.predicates import fields_in

Values = tuple[Scalar | None, ...]
_Groups = dict[Values, Pair | None]
"""Totals by values; `None` for a group that is withheld from the user."""


@dataclass(slots=True)
class Log:
    """What has been asked so far: for the answer's definitions, notes and times."""

    queries: int = 0
    uses: dict[str, None] = field(default_factory=dict)
    notes: dict[Text, None] = field(default_factory=dict)
    compile_ms: float = 0.0
    run_ms: float = 0.0

    def add(self, result: Result) -> None:
        self.queries += 1
        self.notes.update(dict.fromkeys(result.notes))
        self.compile_ms += result.compile_ms
        self.run_ms += result.run_ms


@dataclass(frozen=True, slots=True)
class Cut:
    """The metric's totals by the values of some fields, and what these values are to it."""

    fields: tuple[str, ...]
    mode: Mode
    groups: Mapping[Values, Pair]
    sql: str = ""


class Asker:
    """Asks for the totals of one change: those of the metric's makeup, or for a metric without totals the metric itself."""

    def __init__(
        self, layer: ChangeLayer, step: Explain, makeup: Makeup, user: User, cancel: Cancel | None = None
    ) -> None:
        self._layer = layer
        self._index = layer.index
        self._step = step
        self._names = makeup.made.leaves if makeup.made is not None else (step.metric,)
        self._counted = makeup.counted
        self._bounded = makeup.bounded
        self._user = user
        self._cancel = cancel
        self.log = Log()
        time = step.time or default_window(layer.calendar.conventions)
        own, other = layer.calendar.resolve(time), layer.calendar.compare(time, step.compare_to)
        self.days = (other.days, own.days)
        self._spans = (Span(other.start, other.end), Span(own.start, own.end))

    def whole(self, more: Sequence[str] = ()) -> tuple[Pair, Result]:
        """All of it: the metric itself, its totals, and `more` metrics beside them."""
        names = tuple(dict.fromkeys((self._step.metric, *self._names, *more)))
        result = self._compared(names, self._step.where)
        self.log.uses.update(dict.fromkeys(result.uses))
        return _only_row(result.table, names), result

    def cut(self, fields: tuple[str, ...], mode: Mode) -> Cut | None:
        """The groups of `fields`; `None` when they are too many to be groups. Those withheld from the user are left out.

        A bound on people ("at least two orders") is held against all that they did in the period, not only with the group.
        """
        bounds = self._bounded if mode == "having" else ()
        names = tuple(name for name in self._names if name not in {bound.leaf for bound in bounds})
        sources: list[_Groups | None] = []
        sql: list[str] = []
        if names:
            result = self._compared(names, self._step.where, fields)
            sources.append(_groups(result.table, len(fields), names))
            sql.append(result.sql)
        sources += [self._bounded_groups(bound, fields, sql) for bound in bounds]
        known = [source for source in sources if source is not None]
        return Cut(fields, mode, _merged(known), sql[0]) if len(known) == len(sources) else None

    def _bounded_groups(self, bound: Bounded, fields: tuple[str, ...], sql: list[str]) -> _Groups | None:
        """The people who meet a bound, period by period, as each has its own."""
        having, name = bound.having, bound.plain
        sides: list[_Groups] = []
        for span in self._spans:
            meets = HasMetric(metric=having.metric, op=having.op, value=having.value, time=span, where=self._step.where)
            where = conjoin((*conjuncts(self._step.where), meets))
            result = self._run(Query(metrics=(name,), by=_by(fields), where=where, time=span), _most(fields))
            sql.append(result.sql)
            found = _groups(result.table, len(fields), (name,))
            if found is None:
                return None
            sides.append(found)
        before, after = sides
        nothing = Pair({}, {})
        groups: _Groups = {}
        for values in {**before, **after}:
            one, two = before.get(values, nothing), after.get(values, nothing)
            groups[values] = (
                None
                if one is None or two is None
                else Pair({bound.leaf: one.after.get(name, 0.0)}, {bound.leaf: two.after.get(name, 0.0)})
            )
        return groups

    def without(self, fields: tuple[str, ...], values: Values) -> Pair:
        """The totals over all rows but those of the part."""
        where = conjoin((*conjuncts(self._step.where), Not(rows_where(fields, values))))
        return _only_row(self._compared(self._names, where).table, self._names)

    def where(self, fields: tuple[str, ...], values: Values, mode: Mode) -> Predicate:
        """The condition that finds a part in the period asked about: on rows, or on people who had such rows."""
        customer = self._index.model.customer_entity
        if mode == "having" and self._counted == customer:
            return self._people_where(fields, values) or rows_where(fields, values)
        return rows_where(fields, values)

    def _people_where(self, fields: tuple[str, ...], values: Values) -> Predicate | None:
        """What people are, and that they had a row with the rest in the period; the question's own conditions on rows hold
        for that row too. `None` where no rows lead to all of these fields.
        """
        pairs = list(zip(fields, values, strict=True))
        asked = [part for part in conjuncts(self._step.where) if self._is_about_rows(*fields_in(part))]
        of_rows = [
            name for name in (*fields, *(n for part in asked for n in fields_in(part))) if self._is_about_rows(name)
        ]
        entity = row_entity(self._index, [self._index.metric(name) for name in self._names], of_rows)
        if entity is None:
            return None
        theirs = [equals(name, value) for name, value in pairs if self._is_about_rows(name)]
        own = [equals(name, value) for name, value in pairs if not self._is_about_rows(name)]
        return conjoin(
            (*own, Did(entity=entity, where=conjoin((*asked, *theirs)), time=self._step.time or self._spans[1]))
        )

    def _is_about_rows(self, *fields: str) -> bool:
        """Whether one of the fields is not a person's own."""
        customer = self._index.model.customer_entity
        return any(not reaches(self._index, customer, self._index.field(field).entity) for field in fields)

    def _compared(self, names: tuple[str, ...], where: Predicate | None, fields: tuple[str, ...] = ()) -> Result:
        against = (self._step.compare_to,)
        query = Query(metrics=names, by=_by(fields), where=where, time=self._step.time, compare_to=against)
        return self._run(query, _most(fields) if fields else None)

    def _run(self, query: Query, most: int | None = None) -> Result:
        result = self._layer.run(query, self._user, most_rows=most, cancel=self._cancel)
        self.log.add(result)
        return result


def _by(fields: tuple[str, ...]) -> tuple[ByField, ...]:
    return tuple(ByField(name) for name in fields)


def _most(fields: tuple[str, ...]) -> int:
    """One group more than there may be, so that one sees that there are too many."""
    return _most_groups(len(fields)) + 1


def _most_groups(width: int) -> int:
    return MOST_VALUES if width == 1 else MOST_VALUES * MOST_VALUES


def _groups(table: Table, width: int, names: Sequence[str]) -> _Groups | None:
    """The rows by their values; `None` for more than there may be."""
    if len(table) > _most_groups(width):
        return None
    return {tuple(_scalar(cell) for cell in row[:width]): _pair(table, row, names) for row in table}


def _merged(sources: Sequence[_Groups]) -> dict[Values, Pair]:
    """The totals of all sources side by side; a group that one of them withholds is left out, as is one without anything."""
    found: dict[Values, Pair] = {}
    for values in dict.fromkeys(values for source in sources for values in source):
        pairs = [source.get(values, Pair({}, {})) for source in sources]
        before = {name: amount for pair in pairs if pair is not None for name, amount in pair.before.items()}
        after = {name: amount for pair in pairs if pair is not None for name, amount in pair.after.items()}
        if None not in pairs and (any(before.values()) or any(after.values())):
            found[values] = Pair(before, after)
    return found


def rows_where(fields: tuple[str, ...], values: Values) -> Predicate:
    """The condition on rows that makes a part."""
    where = conjoin(tuple(equals(field, value) for field, value in zip(fields, values, strict=True)))
    if where is None:
        raise AssertionError("a part has a field")
    return where


def equals(field: str, value: Scalar | None) -> Predicate:
    return IsNull(field) if value is None else Compare(field, "=", value)


def _only_row(table: Table, names: Sequence[str]) -> Pair:
    return (_pair(table, table.rows[0], names) if table.rows else None) or Pair({}, {})


def _pair(table: Table, row: tuple[Cell, ...], names: Sequence[str]) -> Pair | None:
    """The row's totals in both periods; `None` when none is there, which is how a withheld row looks.

    A total that has no time is the same in both.
    """
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    for column, cell in zip(table.columns, row, strict=True):
        if column.source in names and column.role in ("metric", "previous") and _is_number(cell):
            (after if column.role == "metric" else before)[column.source] = float(cell)  # type: ignore[arg-type]
    if not before and not after:
        return None
    compared = {column.source for column in table.columns if column.role == "previous"}
    before.update({name: value for name, value in after.items() if name not in compared})
    return Pair(before, after)


def _is_number(cell: Cell) -> bool:
    return cell is not None and not isinstance(cell, str | bool | date)


def _scalar(cell: Cell) -> Scalar | None:
    if cell is None or isinstance(cell, str | int | float | bool):
        return cell
    return cell.isoformat() if isinstance(cell, date) else float(cell)
