"""Copies the rows of some customers into a small database with the same table names, where the tags' statement then runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import Read, TagBook
from semantic_layer.model.types import Entity, Relationship

KEYS = "memory.work.keys"
"""The customers that are looked at: one column, named like the customer's key."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is needed of a table: columns, and where it is known, the column and the day from which on rows are."""

    columns: frozenset[str]
    since: tuple[str, date] | None


def wanted_by(reads: Sequence[Read]) -> dict[str, Wanted]:
    """What several statements need together."""
    found: dict[str, Wanted] = {}
    for read in reads:
        for table, columns in read.tables.items():
            since = read.since.get(table)
            known = found.get(table)
            if known is not None:
                columns = columns | known.columns  # noqa: PLW2901  # both
                same = since is not None and known.since is not None and since[0] == known.since[0]
                since = min(since, known.since) if same and since and known.since else None
            found[table] = Wanted(columns, since)
    return found


class Copies:
    """The small copies of a model's tables for the customers in `KEYS`."""

    def __init__(self, bench: Bench, book: TagBook) -> None:
        self._bench = bench
        self._book = book

    def make(self, wanted: Mapping[str, Wanted]) -> None:
        """Make each table of `wanted` with the named columns (and those that lead on): rows of these customers, and what
        they point at. Tables that lead to no customer are read whole, from where they are.
        """
        kept: dict[str, tuple[str, ...]] = {}
        for table, need in wanted.items():
            filters = [self._rows_of(entity) for entity in self._book.on(table)]
            there = self._bench.columns(table)
            source = f"target.main.{identifier(table)}"
            if not filters or None in filters:
                self._bench.run(f"CREATE OR REPLACE VIEW memory.main.{identifier(table)} AS SELECT * FROM {source}")
                continue
            needed = need.columns | self._leading(table)
            kept[table] = tuple(name for name in there if name in needed)
            names = ", ".join(identifier(name) for name in kept[table])
            where = " OR ".join(f"({one})" for one in dict.fromkeys(filters))
            if need.since is not None:
                column, day = need.since
                where = f"({where}) AND t.{identifier(column)} >= DATE '{day.isoformat()}'"
            self._bench.run(
                f"CREATE OR REPLACE TABLE memory.main.{identifier(table)} AS SELECT {names} FROM {source} AS t WHERE {where}"
            )
        self._add_pointed_at(kept)

    def clear(self, tables: Sequence[str]) -> None:
        """Remove the copies."""
        for table in tables:
            found = self._bench.run(
                "SELECT table_type FROM information_schema.tables WHERE table_catalog = 'memory' AND table_schema = 'main' "
                "AND table_name = ?",
                (table,),
            )
            for (kind,) in found:
                word = "VIEW" if kind == "VIEW" else "TABLE"
                self._bench.run(f"DROP {word} memory.main.{identifier(table)}")

    def keys_of(self, entity: Entity, rows: str) -> str | None:
        """A query for the customers of the rows that the query `rows` gives; `None` when its rows lead to no customer."""
        way = self._book.way(entity)
        if way is None:
            return None
        key = self._book.key
        if not way:
            return f"SELECT {identifier(key)} FROM ({rows})"
        statement, alias = f"FROM ({rows}) AS s0", "s0"
        for at, step in enumerate(way, 1):
            column = self._shortcut(step, at == len(way))
            if column is not None:
                return f"SELECT {alias}.{identifier(column)} AS {identifier(key)} {statement}"
            table = self._book.index.entity(step.to_entity).table
            statement += f" JOIN target.main.{identifier(table)} AS s{at} ON {_same(step, alias, f's{at}')}"
            alias = f"s{at}"
        return f"SELECT {alias}.{identifier(key)} {statement}"

    def _rows_of(self, entity: Entity) -> str | None:
        """Which rows of the entity, called `t`, belong to the customers; `None` when that cannot be said."""
        way = self._book.way(entity)
        if way is None:
            return None
        return self._leads_to_keys("t", way)

    def _leads_to_keys(self, alias: str, way: tuple[Relationship, ...]) -> str:
        key = identifier(self._book.key)
        if not way:
            return f"{alias}.{key} IN (SELECT {key} FROM {KEYS})"
        step, rest = way[0], way[1:]
        column = self._shortcut(step, not rest)
        if column is not None:
            return f"{alias}.{identifier(column)} IN (SELECT {key} FROM {KEYS})"
        table = identifier(self._book.index.entity(step.to_entity).table)
        onward = f"{alias}{len(rest)}"
        wanted = ", ".join(f"{onward}.{identifier(name)}" for name in step.to_columns)
        own = ", ".join(f"{alias}.{identifier(name)}" for name in step.from_columns)
        inner = f"SELECT {wanted} FROM target.main.{table} AS {onward} WHERE {self._leads_to_keys(onward, rest)}"
        return f"({own}) IN ({inner})" if len(step.from_columns) > 1 else f"{own} IN ({inner})"

    def _shortcut(self, step: Relationship, last: bool) -> str | None:  # noqa: FBT001  # one place, one meaning
        """The column that holds the customer's key already, so that the customer's row is not looked for."""
        if last and self._book.key in step.to_columns:
            return step.from_columns[step.to_columns.index(self._book.key)]
        return None

    def _leading(self, table: str) -> frozenset[str]:
        """The columns by which rows of the table are known and lead to others."""
        entities = {entity.name for entity in self._book.on(table)}
        names = {name for entity in self._book.on(table) for name in entity.primary_key}
        for step in self._book.model.relationships:
            names |= set(step.from_columns) if step.from_entity in entities else set()
            names |= set(step.to_columns) if step.to_entity in entities else set()
        return frozenset(names)

    def _add_pointed_at(self, kept: Mapping[str, tuple[str, ...]]) -> None:
        """A copied row may point at a row of somebody else (a line whose order is another's): that row is needed too."""
        grows = True
        while grows:
            grows = any(self._add_missing(step, kept) for step in self._book.model.relationships)

    def _add_missing(self, step: Relationship, kept: Mapping[str, tuple[str, ...]]) -> bool:
        source, target = (self._book.index.entity(name).table for name in (step.from_entity, step.to_entity))
        if source not in kept or target not in kept or source == target:
            return False
        small, other = f"memory.main.{identifier(source)}", f"memory.main.{identifier(target)}"
        pointing, pointed = (", ".join(identifier(n) for n in names) for names in (step.from_columns, step.to_columns))
        missing = f"SELECT {pointing} FROM {small} EXCEPT SELECT {pointed} FROM {other}"
        there = (
            f"SELECT {', '.join(identifier(name) for name in kept[target])} FROM target.main.{identifier(target)} "
            f"WHERE ({pointed}) IN ({missing})"
        )
        if not self._bench.number(f"SELECT COUNT(*) FROM ({missing})"):
            return False
        return bool(self._bench.number(f"INSERT INTO {other} {there}"))


def _same(step: Relationship, left: str, right: str) -> str:
    pairs = zip(step.from_columns, step.to_columns, strict=True)
    return " AND ".join(f"{left}.{identifier(one)} = {right}.{identifier(other)}" for one, other in pairs)
