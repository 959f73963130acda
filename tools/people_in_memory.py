"""The fake of `tools.layer.PeopleLayer`: people given as rows, conditions evaluated one person at a time.

Behaviour (`Did`, `HasMetric`, `Ranked`) is looked up in `holds`, as facts that a test states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from semantic_layer.engines.base import Cancel
from semantic_layer.layer import ValueCount
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar, Sensitivity
from semantic_layer.policy.types import User
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
    conjoin,
    conjuncts,
)
from semantic_layer.query.types import Audience, Order, Query
from semantic_layer.table import Cell, ResultColumn, Table

Person = Mapping[str, Cell]
Behaviour = Callable[[Did | HasMetric | Ranked | InSegment, Person], bool]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table in the place where the layer gives its result."""

    table: Table


class PeopleInMemory:
    """Rows by entity; each row maps qualified field names to values, and `key` to its key."""

    def __init__(
        self,
        index: ModelIndex,
        rows: Mapping[str, Sequence[Person]],
        *,
        behaviour: Behaviour = lambda _condition, _person: False,
        metrics: Callable[[Query], Table] | None = None,
        contacts_visible: bool = False,
    ) -> None:
        self.index = index
        self.asked: list[Audience] = []
        self._rows = rows
        self._behaviour = behaviour
        self._metrics = metrics
        self._contacts_visible = contacts_visible

    def people_of(self, entity: str) -> Sequence[Person]:
        """The rows as they were given."""
        return self._rows[entity]

    def run(self, query: Query, user: User, *, cancel: Cancel | None = None) -> Rows:
        return Rows(self._metrics(query) if self._metrics else Table((), ()))

    def count(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> int:
        return len(self._who(audience))

    def waterfall(
        self, audience: Audience, user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Predicate | None, int], ...]:
        parts = conjuncts(audience.where)
        steps = [(part, len(self._who(Audience(where=conjoin(parts[: at + 1]))))) for at, part in enumerate(parts)]
        return ((None, len(self._who(Audience()))), *steps)

    def distribution(
        self,
        audience: Audience,
        fields: Sequence[str],
        user: User,
        *,
        base: Audience | None = None,
        cancel: Cancel | None = None,
    ) -> Mapping[str, tuple[ValueCount, ...]]:
        inside, all_ = self._who(audience), self._who(base or Audience(entity=audience.entity))
        found: dict[str, tuple[ValueCount, ...]] = {}
        for field in fields:
            values = dict.fromkeys(_scalar(person.get(field)) for person in (*inside, *all_))
            found[field] = tuple(
                ValueCount(value, _having(inside, field, value), _having(all_, field, value)) for value in values
            )
        return found

    def people(
        self,
        audience: Audience,
        user: User,
        *,
        fields: tuple[str, ...] | None = None,
        order: Sequence[Order] = (),
        limit: int | None = None,
        offset: int = 0,
        cancel: Cancel | None = None,
    ) -> Rows:
        who = self._who(audience)
        for one in reversed(order):
            who.sort(key=lambda person, by=one.by: (person.get(by) is not None, person.get(by)), reverse=one.descending)  # type: ignore[misc]
        chosen = fields if fields is not None else tuple(f.qualified for f in self.index.fields_of(audience.entity))
        key = ResultColumn(
            name="key", label=self.index.entity(audience.entity).words.label, role="key", source=audience.entity
        )
        columns = (key, *(self._column(name) for name in chosen))
        stop = None if limit is None else offset + limit
        rows = tuple(
            (
                person["key"],
                *(self._cell(person.get(name), column) for name, column in zip(chosen, columns[1:], strict=True)),
            )
            for person in who[offset:stop]
        )
        return Rows(Table(columns, rows))

    def _column(self, name: str) -> ResultColumn:
        field = self.index.field(name)
        hidden = field.sensitivity is not Sensitivity.NONE and not self._contacts_visible
        return ResultColumn(
            name=field.name,
            label=field.words.label,
            role="attribute",
            source=name,
            sensitivity=field.sensitivity,
            masked=hidden,
        )

    def _cell(self, value: Cell, column: ResultColumn) -> Cell:
        return f"{str(value)[:3]}****" if column.masked and value is not None else value

    def _who(self, audience: Audience) -> list[Person]:
        self.asked.append(audience)
        return [person for person in self._rows[audience.entity] if self._meets(audience.where, person)]

    def _meets(self, where: Predicate | None, person: Person) -> bool:
        match where:
            case None:
                return True
            case And(items):
                return all(self._meets(item, person) for item in items)
            case Or(items):
                return any(self._meets(item, person) for item in items)
            case Not(item):
                return not self._meets(item, person)
            case Did() | HasMetric() | Ranked() | InSegment():
                return self._behaviour(where, person)
            case Moment():
                raise NotImplementedError("people in memory have no moments")
            case Compare() | Among() | Between() | IsNull() | Contains():
                return _field_meets(where, person)
            case unreachable:
                assert_never(unreachable)


def _field_meets(where: Compare | Among | Between | IsNull | Contains, person: Person) -> bool:
    value = _scalar(person.get(where.field))
    if isinstance(where, IsNull) or value is None:
        return isinstance(where, IsNull) and value is None
    match where:
        case Among(values=values):
            return value in values
        case Contains(text=text):
            return text.casefold() in str(value).casefold()
        case Between(low=low, high=high):
            return _at_most(low, value) and _at_most(value, high)
        case Compare(op=op, value=bound):
            return {
                "=": value == bound,
                "!=": value != bound,
                "<=": _at_most(value, bound),
                ">=": _at_most(bound, value),
                "<": not _at_most(bound, value),
                ">": not _at_most(value, bound),
            }[op]


def _at_most(one: Scalar, two: Scalar) -> bool:
    if isinstance(one, str) or isinstance(two, str):
        return str(one) <= str(two)
    return one <= two


def _having(people: Sequence[Person], field: str, value: Scalar | None) -> int:
    return sum(1 for person in people if _scalar(person.get(field)) == value)


def _scalar(value: Cell) -> Scalar | None:
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value.isoformat() if isinstance(value, date) else float(value)
