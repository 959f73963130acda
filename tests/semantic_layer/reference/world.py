"""Tables as data frames, read row by row: fields of a row, and the rows of other entities that it leads to.

Everything is looked up by going through all rows. Two rows that lead to each other are found by comparing their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from semantic_layer.model.types import Dimension, Entity, Relationship, SemanticModel, Tag
from tests.semantic_layer.reference.fragments import evaluate

Value = Any


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an entity's table. `at` is its position, which tells apart rows with equal values."""

    entity: str
    at: int
    cells: Mapping[str, Value] = field(compare=False, hash=False)


class World:
    """One model over one set of tables, seen on one day. `frames` are by table name; missing values are `None`."""

    def __init__(self, model: SemanticModel, frames: Mapping[str, pd.DataFrame], today: date) -> None:
        self.model = model
        self.frames = frames
        self.today = today
        self.entities = {entity.name: entity for entity in model.entities}
        self.metrics = {metric.name: metric for metric in model.metrics}
        self.fields: dict[str, Dimension | Tag] = {one.qualified: one for one in (*model.dimensions, *model.tags)}
        self.metric_of: Callable[[Row, str, str], Value] = _no_metrics
        self._rows: dict[str, list[Row]] = {}
        self._led: dict[tuple[Row, str], Row | None] = {}

    def rows(self, entity: str) -> list[Row]:
        if entity not in self._rows:
            frame = self.frames[self.entities[entity].table]
            self._rows[entity] = [Row(entity, at, one) for at, one in enumerate(frame.to_dict("records"))]
        return self._rows[entity]

    # -- ways --------------------------------------------------------------------------------------------------------

    @cache  # noqa: B019  # one world lives as long as its test
    def way(self, start: str, end: str) -> tuple[Relationship, ...] | None:
        """The only shortest chain of many-to-one steps; `None` when there is none or more than one."""
        ways: list[tuple[Relationship, ...]] = [()]
        seen = {start}
        while ways:
            arrived = [way for way in ways if (way[-1].to_entity if way else start) == end]
            if arrived:
                return arrived[0] if len(arrived) == 1 else None
            ways = [
                (*way, step)
                for way in ways
                for step in self.model.relationships
                if step.from_entity == (way[-1].to_entity if way else start) and step.to_entity not in seen
            ]
            seen |= {way[-1].to_entity for way in ways}
        return None

    def steps(self, start: str, path: str) -> tuple[tuple[Relationship, ...] | None, str]:
        """The chain that a name such as `buyer>home>city.name` spells out, or the shortest; and the plain `city.name`."""
        *names, plain = path.split(">")
        if not names:
            return self.way(start, plain.split(".")[0]), plain
        chain: list[Relationship] = []
        here = start
        for name in names:
            step = next((one for one in self.model.relationships if (one.name, one.from_entity) == (name, here)), None)
            if step is None:
                return None, plain
            chain.append(step)
            here = step.to_entity
        rest = self.way(here, plain.split(".")[0])
        return (None if rest is None else (*chain, *rest)), plain

    def leads(self, row: Row, chain: tuple[Relationship, ...]) -> Row | None:
        """The row at the end of a chain; `None` where a key is missing or fits nothing."""
        here: Row | None = row
        for step in chain:
            here = None if here is None else self._one(here, step)
        return here

    def _one(self, row: Row, step: Relationship) -> Row | None:
        if (row, step.name) not in self._led:
            wanted = [row.cells[column] for column in step.from_columns]
            fits = [
                other
                for other in self.rows(step.to_entity)
                if None not in wanted and [other.cells[column] for column in step.to_columns] == wanted
            ]
            self._led[row, step.name] = fits[0] if fits else None
        return self._led[row, step.name]

    def key(self, row: Row, entity: str) -> Value:
        """The key of the `entity` row that a row belongs to, as the row itself names it: it need not be there."""
        chain = self.way(row.entity, entity)
        assert chain is not None
        (column, *others) = self.entities[entity].primary_key
        assert not others, "people are known by one column"
        if not chain:
            return row.cells[column]
        before = self.leads(row, chain[:-1])
        return None if before is None else before.cells[chain[-1].from_columns[0]]

    # -- fields ------------------------------------------------------------------------------------------------------

    def field(self, row: Row, path: str) -> Value:
        """A dimension of the row, or of the row that it leads to."""
        chain, plain = self.steps(row.entity, path)
        assert chain is not None, f"{row.entity} does not lead to {path}"
        found = self.fields[plain]
        assert isinstance(found, Dimension), "tags are not evaluated here"
        owner = self.entities[found.entity]
        if owner.primary_key == (found.expr,) and chain:
            before = self.leads(row, chain[:-1])
            return None if before is None else before.cells[chain[-1].from_columns[0]]
        there = self.leads(row, chain)
        return None if there is None else self.expression(there, found.expr)

    def expression(self, row: Row, sql: str) -> Value:
        """A definition's SQL over the columns and fields of a row, and over fields of others as `entity.field`."""

        def lookup(table: str, name: str) -> Value:
            if not table and self._entity(row).column(name) is not None:
                return row.cells[name]
            return self.field(row, f"{table or row.entity}.{name}")

        def metric(name: str, entity: str) -> Value:
            return self.metric_of(row, name, entity)

        return evaluate(sql, lookup, self.today, metric)

    def time(self, row: Row, name: str | None) -> Value:
        """A time dimension by its own name or as `entity.name`; `None` for no name."""
        return None if name is None else self.field(row, name if "." in name else f"{row.entity}.{name}")

    def _entity(self, row: Row) -> Entity:
        return self.entities[row.entity]


def _no_metrics(_row: Row, metric: str, _entity: str) -> Value:
    raise NotImplementedError(metric)


def frames_of(connection: Any, model: SemanticModel) -> dict[str, pd.DataFrame]:
    """The tables of a model out of a database, as plain Python values: decimals, dates, moments and `None`."""
    return {table: _frame(connection, table) for table in sorted({entity.table for entity in model.entities})}


def _frame(connection: Any, table: str) -> pd.DataFrame:
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    return pd.DataFrame(list(_columns(cursor.fetchall())), columns=names, dtype=object)


def _columns(rows: list[tuple[Value, ...]]) -> Iterator[tuple[Value, ...]]:
    yield from rows
