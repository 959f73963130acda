"""Rows that are new, changed or gone: staged on the bench, laid over the base, and followed to the customers they concern.

Whoever brings rows makes a table for them with `stage` and fills it; the rows are whole, with the columns of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.copying import KEYS, Copies

Stage = Callable[[Bench, "Changes"], None]
"""Fills staged tables."""


@dataclass(slots=True)
class Touched:
    """What changes concern: the tables, whether everybody, and the earliest day on which a row happened or had happened."""

    tables: set[str] = field(default_factory=set)
    everybody: set[str] = field(default_factory=set)  # tables whose rows belong to no one customer
    first_day: date | None = None
    rows: int = 0


class Changes:
    """The changes of one version."""

    def __init__(self, bench: Bench, book: TagBook) -> None:
        self._bench = bench
        self._book = book
        self._copies = Copies(bench, book)
        self._staged: dict[str, tuple[str, ...]] = {}

    def stage(self, table: str) -> tuple[str, str]:
        """The names of two empty tables: for rows that are new or changed, and for keys of rows that are gone.

        Raises:
            DataError: for a table that the version does not have, or without a key.
        """
        rows, gone = f"memory.staged.{identifier(table)}", f"memory.gone.{identifier(table)}"
        if table not in self._staged:
            there = self._bench.columns(table)
            by = next((entity.primary_key for entity in self._book.on(table)), ())
            if not there or not by:
                raise _unknown(table, self._bench.tables())
            names = ", ".join(identifier(name) for name in by)
            self._bench.run(f"CREATE OR REPLACE TABLE {rows} AS SELECT * FROM target.main.{identifier(table)} LIMIT 0")
            self._bench.run(f"CREATE OR REPLACE TABLE {gone} AS SELECT {names} FROM {rows}")
            self._staged[table] = by
        return rows, gone

    def move(self, moves: Mapping[int, int]) -> None:
        """Stage everything that belongs to the old customers as belonging to the new ones; the old customers are gone.

        A row whose own key holds the customer gives way to the one that the new customer has already.
        """
        self._bench.run("CREATE OR REPLACE TABLE memory.work.moves (was BIGINT, now BIGINT)")
        self._bench.connection.executemany("INSERT INTO memory.work.moves VALUES (?, ?)", list(moves.items()))
        for step in self._book.model.relationships:
            if step.to_entity == self._book.customer.name and step.to_columns == (self._book.key,):
                self._move_rows(self._book.index.entity(step.from_entity).table, step.from_columns[0])
        _, gone = self.stage(self._book.customer.table)
        self._bench.run(f"INSERT INTO {gone} SELECT was FROM memory.work.moves")

    def apply(self) -> Touched:
        """Lay the staged rows over the tables; the customers concerned, before or after, are then in `KEYS`."""
        key = identifier(self._book.key)
        kind = self._bench.columns(self._book.customer.table)[self._book.key]
        self._bench.run(f"CREATE OR REPLACE TABLE {KEYS} ({key} {kind})")
        touched = Touched()
        changed = [table for table in self._staged if self._is_changed(table)]
        for table in changed:
            touched.tables.add(table)
            touched.rows += self._bench.number(f"SELECT COUNT(*) FROM memory.staged.{identifier(table)}")
            self._look_at(table, self._before(table), touched)
        for table in changed:
            by = self._staged[table]
            rows = f"SELECT * FROM memory.staged.{identifier(table)}"
            self._bench.replace_rows(table, by, self._keys(table), rows, likely=False)
        for table in changed:
            self._look_at(table, f"SELECT * FROM memory.staged.{identifier(table)}", touched)
        self._bench.run(f"CREATE OR REPLACE TABLE {KEYS} AS SELECT DISTINCT {key} FROM {KEYS} WHERE {key} IS NOT NULL")
        return touched

    def _move_rows(self, table: str, column: str) -> None:
        rows, gone = self.stage(table)
        name, source = identifier(column), f"target.main.{identifier(table)}"
        by = self._staged[table]
        keys = ", ".join(f"t.{identifier(one)}" for one in by)
        moved = (
            f"SELECT t.* REPLACE (m.now AS {name}) FROM {source} AS t JOIN memory.work.moves AS m ON m.was = t.{name}"
        )
        if column in by:
            names = ", ".join(identifier(one) for one in by)
            self._bench.run(
                f"INSERT INTO {gone} SELECT {keys} FROM {source} AS t JOIN memory.work.moves AS m ON m.was = t.{name}"
            )
            moved = (
                f"SELECT * FROM ({moved}) ANTI JOIN {source} USING ({names}) "
                f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {names}) = 1"
            )
        self._bench.run(f"INSERT INTO {rows} {moved}")

    def _is_changed(self, table: str) -> bool:
        return bool(self._bench.number(f"SELECT COUNT(*) FROM ({self._keys(table)})"))

    def _keys(self, table: str) -> str:
        names = ", ".join(identifier(one) for one in self._staged[table])
        name = identifier(table)
        return f"SELECT {names} FROM memory.staged.{name} UNION SELECT {names} FROM memory.gone.{name}"

    def _before(self, table: str) -> str:
        """The rows as they were until now."""
        names = ", ".join(identifier(one) for one in self._staged[table])
        return (
            f"SELECT t.* FROM target.main.{identifier(table)} AS t SEMI JOIN ({self._keys(table)}) AS k USING ({names})"
        )

    def _look_at(self, table: str, rows: str, touched: Touched) -> None:
        """Whose the rows are, and when they happened."""
        self._bench.run(f"CREATE OR REPLACE TABLE memory.work.looked_at AS {rows}")
        for entity in self._book.on(table):
            keys = self._copies.keys_of(entity, "SELECT * FROM memory.work.looked_at")
            if keys is None:
                touched.everybody.add(table)
            else:
                self._bench.run(f"INSERT INTO {KEYS} {keys}")
        day = self._book.day_of(table)
        if day is None:
            return
        found = self._bench.run(f"SELECT MIN({day}) FROM memory.work.looked_at")[0][0]
        if isinstance(found, date) and (touched.first_day is None or found < touched.first_day):
            touched.first_day = found


def _unknown(table: str, there: tuple[str, ...]) -> DataError:
    names = ", ".join(there)
    return DataError(
        Text(
            zh=f"已发布的数据里没有可以更新的表「{table}」（表须有主键）。现有的表：{names}。",
            en=f"The published data has no table {table!r} that can be updated (a table needs a key). There are: {names}.",
        )
    )
