"""Takes wide tables apart: what a table repeats by an id (the invoice, the customer, the product of a line) becomes a table
of its own, with one row an id, so that a count of things is no count of lines.

An id is a column whose name ends in a word for ids with a noun before it. Its noun is a thing when it is a word for people,
the table's own noun, or a time or other columns depend on it. Tables whose keys or links are declared are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import duckdb

from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.lexicon import Lexicon, has_han
from semantic_layer.ingestion.draft.readings import MISSING, readings_of
from semantic_layer.ingestion.draft.types import Described, Reading, Thing
from semantic_layer.ingestion.names import identifier
from semantic_layer.model.types import ColumnType

LEAST_ROWS: Final = 1.5  # rows a value, on average
LEAST_VALUES: Final = 10
DEPENDS: Final = 0.999  # share of values that must have one value of a column for it to depend on them
AT_ONCE: Final = 0.99  # the same for times: of what is written down line by line, some spans two minutes
CONTAINED: Final = 0.98
AMOUNT: Final = "amount"
_LOOKED_AT: Final = 20_000  # rows that tell numbers and times from text
_TIMES: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})
_NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.DECIMAL})


@dataclass(frozen=True, slots=True)
class Split:
    """The tables as they are to be drafted, and the things among them."""

    tables: tuple[str, ...]
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Id:
    """An id-like column of a table. `varying`: columns that depend on it, with how many of its values have several."""

    column: str
    nouns: tuple[str, ...]
    values: int
    rows: int  # that have one
    varying: Mapping[str, int] = field(default_factory=dict)
    covered: frozenset[str] = frozenset()  # columns that are empty wherever it is


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that may be wide."""

    name: str
    rows: int
    readings: Mapping[str, Reading]
    distinct: Mapping[str, int]
    ids: tuple[_Id, ...]

    @property
    def is_keyed(self) -> bool:
        """Has one id that no two rows share: it holds things already."""
        return any(one.values == self.rows for one in self.ids)


def split_tables(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[str], described: Described, lexicon: Lexicon
) -> Split:
    """Take wide tables of the connection apart, and give lines with a quantity and a price their amount."""
    told = described.keys.keys() | {link.table for link in described.links}
    looked = [_look(connection, name, lexicon) for name in tables if name.lower() not in told]
    splitting = _Splitting(connection, lexicon, list(tables), looked)
    for nouns in dict.fromkeys(one.nouns for table in looked for one in table.ids):
        splitting.consider(nouns)
    splitting.finish()
    for name in splitting.tables:
        if name.lower() not in told:
            _add_amount(connection, name, lexicon)
    return Split(tuple(splitting.tables), tuple(splitting.things))


class _Splitting:
    """One run over the tables of a connection; `things` are those made so far."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lexicon: Lexicon, tables: list[str], looked: Sequence[_Table]
    ) -> None:
        self.tables = tables
        self.things: list[Thing] = []
        self._connection = connection
        self._lexicon = lexicon
        self._looked = looked
        self._chosen: dict[str, list[tuple[_Id, str]]] = {}  # table → its ids that are things, with the things' names

    def consider(self, nouns: tuple[str, ...]) -> None:
        """Is what these words name a thing of its own, that has no table yet?"""
        holders = [(table, one) for table in self._looked for one in table.ids if one.nouns == nouns]
        wide = [(table, one) for table, one in holders if self._is_thing(table, one)]
        if not wide:
            return
        table, one = max(wide, key=lambda pair: pair[0].rows)
        name = self._called(one)
        own = [t for t, each in holders if each.values == t.rows and each.rows == t.rows and t is not table]
        people = self._is_people(nouns)
        if any(self._lexicon.nouns(t)[-1:] == self._lexicon.nouns(name)[-1:] for t in self.tables if t != table.name):
            return
        if own and (not people or self._contained(table, one, own[0]) >= CONTAINED):
            return
        self._chosen.setdefault(table.name, []).append((one, name))

    def finish(self) -> None:
        """Make the tables of all things that were chosen, then take what moved out of the wide ones."""
        for table in self._looked:
            chosen = self._chosen.get(table.name, [])
            homes = {one.column: self._moving(table, one, [each for each, _ in chosen]) for one, _ in chosen}
            lines = self._lines(table, [name for _, name in chosen])
            if lines != table.name:
                self._connection.execute(f"ALTER TABLE {identifier(table.name)} RENAME TO {identifier(lines)}")
                self.tables[self.tables.index(table.name)] = lines
            for one, name in chosen:
                self._make(replace(table, name=lines), one, name, homes[one.column])
            for column in (column for moved in homes.values() for column in moved):
                self._connection.execute(f"ALTER TABLE {identifier(lines)} DROP COLUMN {identifier(column)}")

    # ---- what is a thing

    def _is_people(self, nouns: Sequence[str]) -> bool:
        return any(word in self._lexicon.people or _has_person(word, self._lexicon) for word in nouns[:-1])

    def _is_thing(self, table: _Table, one: _Id) -> bool:
        if one.values < LEAST_VALUES or one.rows < LEAST_ROWS * one.values:
            return False
        if self._is_people(one.nouns):
            return True
        if table.is_keyed:
            return False
        own = one.nouns[-2:-1] == self._lexicon.nouns(table.name)[-1:]
        return own or _is_event(table, one) or any(self._may_leave(table, column) for column in one.varying)

    def _may_leave(self, table: _Table, column: str) -> bool:
        """Ids, times and what is measured stay with the lines, and so does what is the same everywhere."""
        kind = table.readings[column].type
        ids = {one.column for one in table.ids}
        return column not in ids and kind not in _TIMES | _NUMBERS and table.distinct[column] > 1

    def _moving(self, table: _Table, one: _Id, chosen: Sequence[_Id]) -> tuple[str, ...]:
        """Columns whose home this is: of the things that they depend on, the one with the fewest values."""
        moved = []
        for column in one.varying:
            fitting = [each for each in chosen if column in each.varying and column in each.covered]
            if not fitting or min(fitting, key=lambda each: each.values) is not one:
                continue
            if self._may_leave(table, column) or self._is_repeated_amount(table, one, column):
                moved.append(column)
        return tuple(moved)

    def _is_repeated_amount(self, table: _Table, one: _Id, column: str) -> bool:
        """An amount of the whole that every line says again: its sum over lines would be too large."""
        amount = self._lexicon.says("currency", column) and not self._lexicon.says("never_sum", column)
        event = _is_event(table, one) and one.varying[column] == 0
        return amount and event and table.readings[column].type in _NUMBERS

    def _called(self, one: _Id) -> str:
        if has_han(one.column):
            cues = [cue for cue in self._lexicon.cues["identifier"] if one.column.endswith(cue)]
            return one.column.removesuffix(max(cues, key=len, default=""))
        words = [word for word in one.nouns[:-1] if word]
        return "_".join(self._lexicon.things.get(word, word) for word in words)

    def _lines(self, table: _Table, names: Sequence[str]) -> str:
        """The wide table is called by the lines of the thing that it was called by."""
        nouns = self._lexicon.nouns(table.name)
        name = next((one for one in names if self._lexicon.nouns(one)[-1:] == nouns[-1:]), None)
        if name is None:
            return table.name
        return f"{name}明细" if has_han(name) else f"{name}_line"

    def _contained(self, table: _Table, one: _Id, own: _Table) -> float:
        there = next(each for each in own.ids if each.nouns == one.nouns)
        row = one_row(
            self._connection,
            f"SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM {identifier(own.name)} AS o "
            f"WHERE CAST(o.{identifier(there.column)} AS VARCHAR) = v)) / count(*) "
            f"FROM (SELECT DISTINCT CAST({identifier(one.column)} AS VARCHAR) AS v FROM {identifier(table.name)} "
            f"WHERE {_there(one.column)})",
        )
        return float(row[0])

    # ---- the table of a thing

    def _make(self, lines: _Table, one: _Id, name: str, moved: Sequence[str]) -> None:
        """One row for each id that stands anywhere; what is known of it in a table of its own goes along."""
        key = identifier(one.column)
        copied = _copied(lines, one) if not self._is_people(one.nouns) else ()
        columns = "".join(
            f", {'mode' if one.varying[column] else 'max'}({identifier(column)}) AS {identifier(column)}"
            for column in (*moved, *copied)
        )
        self._connection.execute(
            f"CREATE TABLE {identifier(name)} AS SELECT {key}{columns} FROM {identifier(lines.name)} "
            f"WHERE {_there(one.column)} GROUP BY {key} ORDER BY {key}"
        )
        for table in self._looked:
            other = next((each for each in table.ids if each.nouns == one.nouns), None)
            if other is not None and table.name in self.tables:
                self._add_ids(name, one.column, table.name, other.column)
                if other.values == table.rows == other.rows:
                    self._take_in(name, one.column, table, other.column)
        rows = int(one_row(self._connection, f"SELECT count(*) FROM {identifier(name)}")[0])
        self.tables.append(name)
        self.things.append(
            Thing(
                table=name,
                lines=lines.name,
                column=one.column,
                complete=rows == one.values,
                event=_is_event(lines, one) and not self._is_people(one.nouns),
                evidence="; ".join(_evidence(lines, one, moved)),
            )
        )

    def _add_ids(self, name: str, key: str, other: str, column: str) -> None:
        self._connection.execute(
            f"INSERT INTO {identifier(name)} ({identifier(key)}) SELECT DISTINCT {identifier(column)} "
            f"FROM {identifier(other)} AS o WHERE {_there(column)} AND NOT EXISTS (SELECT 1 FROM {identifier(name)} AS n "
            f"WHERE CAST(n.{identifier(key)} AS VARCHAR) = CAST(o.{identifier(column)} AS VARCHAR))"
        )

    def _take_in(self, name: str, key: str, table: _Table, column: str) -> None:
        """A table with one row for some of the ids gives its columns, and is no table of its own any more."""
        mine = {str(row[0]).lower() for row in self._connection.execute(f"DESCRIBE {identifier(name)}").fetchall()}
        others = [each for each in table.readings if each != column and each.lower() not in mine]
        listed = "".join(f", o.{identifier(each)}" for each in others)
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT n.*{listed} FROM {identifier(name)} AS n LEFT JOIN "
            f"{identifier(table.name)} AS o ON CAST(n.{identifier(key)} AS VARCHAR) = CAST(o.{identifier(column)} AS VARCHAR)"
        )
        self._connection.execute(f"DROP TABLE {identifier(table.name)}")
        self.tables.remove(table.name)


def _has_person(word: str, lexicon: Lexicon) -> bool:
    return has_han(word) and any(has_han(one) and one in word for one in lexicon.people)


def _is_event(table: _Table, one: _Id) -> bool:
    """Does a moment belong to it?"""
    return any(table.readings[column].type in _TIMES for column in one.varying)


def _copied(table: _Table, one: _Id) -> tuple[str, ...]:
    """When it happened and whom it is of stand with the lines and with what happens."""
    if not _is_event(table, one):
        return ()
    ids = [each.column for each in table.ids if one.varying.get(each.column) == 0]
    times = [column for column in one.varying if table.readings[column].type in _TIMES]
    return (*times[:1], *ids)


def _evidence(lines: _Table, one: _Id, moved: Sequence[str]) -> Iterator[str]:
    yield f"taken out of {lines.name}: {one.values} different {one.column} in {one.rows} rows"
    for column in moved:
        varies = one.varying[column]
        kept = f", {varies} of them have several and keep the commonest" if varies else ""
        yield f"{column} depends on it{kept}"


# ---- looking at a table


def _look(connection: duckdb.DuckDBPyConnection, name: str, lexicon: Lexicon) -> _Table:
    stored = connection.execute(f"DESCRIBE {identifier(name)}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in stored]
    some = f"(SELECT * FROM {identifier(name)} LIMIT {_LOOKED_AT})"
    readings = readings_of(connection, some, columns, lexicon)
    candidates = [column for column, _ in columns if _is_id(column, lexicon)]
    counts = "".join(
        f", count(DISTINCT {identifier(column)}) FILTER (WHERE {_there(column)}), count(*) FILTER (WHERE {_there(column)})"
        for column in candidates
    )
    row = one_row(connection, f"SELECT count(*){counts} FROM {identifier(name)}")  # quoted names
    ids = [
        _Id(column=column, nouns=lexicon.nouns(column), values=int(row[1 + 2 * at]), rows=int(row[2 + 2 * at]))
        for at, column in enumerate(candidates)
        if readings[column].type not in (ColumnType.FLOAT, ColumnType.DECIMAL, ColumnType.BOOLEAN, *_TIMES)
    ]
    rows = int(row[0])
    repeated = any(one.values >= LEAST_VALUES and one.rows >= LEAST_ROWS * one.values for one in ids)
    distinct = _distinct(connection, name, list(readings)) if repeated else dict.fromkeys(readings, 0)
    found = tuple(_with_dependents(connection, name, one, readings) for one in ids)
    return _Table(name=name, rows=rows, readings=readings, distinct=distinct, ids=found)


def _is_id(column: str, lexicon: Lexicon) -> bool:
    """`invoice no`, `customer_id`, 会员号; not `id` alone, nor the code of a country."""
    nouns = lexicon.nouns(column)
    named = lexicon.ends_with("identifier", column) and len(nouns) > 1
    return named and not any(word in lexicon.cues["geographic"] for word in nouns)


def _there(column: str) -> str:
    """SQL: has the row a value of it?"""
    listed = ", ".join(f"'{one}'" for one in MISSING)
    text = f"lower(trim(CAST({identifier(column)} AS VARCHAR)))"
    return f"({identifier(column)} IS NOT NULL AND {text} NOT IN ({listed}))"


def _distinct(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]) -> dict[str, int]:
    counts = ", ".join(f"approx_count_distinct({identifier(column)})" for column in columns)
    row = one_row(connection, f"SELECT {counts} FROM {identifier(name)}")  # quoted names
    return {column: int(count) for column, count in zip(columns, row, strict=True)}


def _with_dependents(connection: duckdb.DuckDBPyConnection, name: str, one: _Id, columns: Mapping[str, Reading]) -> _Id:
    if one.values < LEAST_VALUES or one.rows < LEAST_ROWS * one.values:
        return one
    others = [column for column in columns if column != one.column]
    if not others:
        return one
    several = ", ".join(f"min({identifier(c)}) <> max({identifier(c)}) AS v{at}" for at, c in enumerate(others))
    counted = ", ".join(f"count(*) FILTER (WHERE v{at})" for at in range(len(others)))
    varying = one_row(
        connection,
        f"SELECT {counted} FROM (SELECT {several} FROM {identifier(name)} WHERE {_there(one.column)} "
        f"GROUP BY {identifier(one.column)})",
    )
    alone = ", ".join(f"count({identifier(c)})" for c in others)
    left = one_row(connection, f"SELECT {alone} FROM {identifier(name)} WHERE NOT {_there(one.column)}")
    most = {c: (1 - (AT_ONCE if columns[c].type in _TIMES else DEPENDS)) * one.values for c in others}
    return replace(
        one,
        varying={c: int(count) for c, count in zip(others, varying, strict=True) if count <= most[c]},
        covered=frozenset(c for c, count in zip(others, left, strict=True) if not count),
    )


# ---- amounts


def _add_amount(connection: duckdb.DuckDBPyConnection, name: str, lexicon: Lexicon) -> None:
    """Quantity times unit price, where no column says what a line comes to. Returns stay negative."""
    stored = connection.execute(f"DESCRIBE {identifier(name)}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in stored]
    money = [c for c, _ in columns if lexicon.says("currency", c)]
    prices = [c for c in money if lexicon.says("unit_price", c)]
    times = [c for c, _ in columns if lexicon.ends_with("quantity", c)]
    if len(prices) != 1 or len(times) != 1 or any(not lexicon.says("never_sum", c) for c in money):
        return
    wanted = [pair for pair in columns if pair[0] in (prices[0], times[0])]
    readings = readings_of(connection, identifier(name), wanted, lexicon)
    if any(one.type not in _NUMBERS for one in readings.values()):
        return
    factors = " * ".join(f"CAST(({one.sql}) AS DOUBLE)" for one in readings.values())
    table, amount = identifier(name), identifier(AMOUNT)
    connection.execute(f"ALTER TABLE {table} ADD COLUMN {amount} DECIMAL(18,4)")
    connection.execute(f"UPDATE {table} SET {amount} = TRY_CAST({factors} AS DECIMAL(18,4))")
