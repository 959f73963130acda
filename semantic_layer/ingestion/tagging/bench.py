"""Where tags are computed: one connection over an in-memory database, with the version that is being written attached.

    target      the file that is being written: a new base, or a delta over a published base
    base        the published base, when a delta is being written
    work        a schema in memory: keys, results, differences
    staged      rows to be laid over the base; gone: keys of rows to be taken away

`target.main.<table>` always reads as a whole table: in a delta it is a view, the base without the rows that are hidden and
with those of the delta.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from semantic_layer.engines.version import BASE
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.snapshot import BuildLimits

SERIAL = "_serial"
"""The column of a delta's rows that says with which version they came."""


class Bench:
    """A connection over a new base; `DeltaBench` writes over a published one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        for schema in ("work", "staged", "gone"):
            connection.execute(f"CREATE SCHEMA memory.{schema}")

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Execute a statement and give all its rows."""
        return self.connection.execute(statement, list(parameters)).fetchall()

    def in_target(self, statement: str) -> list[tuple[object, ...]]:
        """Execute a statement whose tables are those of the target."""
        self.connection.execute("USE target.main")
        try:
            return self.run(statement)
        finally:
            self.connection.execute("USE memory.main")

    def number(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """The one number that a statement gives."""
        return int(str(self.run(statement, parameters)[0][0]))

    def columns(self, table: str, catalog: str = "target") -> dict[str, str]:
        """Name and type of each column of a table; empty when there is no such table."""
        try:
            rows = self.connection.sql(f"SELECT * FROM {identifier(catalog)}.main.{identifier(table)} LIMIT 0")
        except duckdb.CatalogException:
            return {}
        return {name: str(kind) for name, kind in zip(rows.columns, rows.types, strict=True)}

    def tables(self) -> tuple[str, ...]:
        """The tables and views of the target."""
        found = self.run(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = 'target' AND schema_name = 'main' "
            "ORDER BY table_name"
        )
        return tuple(str(name) for (name,) in found)

    def replace_rows(self, table: str, by: Sequence[str], keys: str, rows: str, *, likely: bool = True) -> None:
        """Take away the rows of a table whose columns `by` stand in the query `keys`, and add those of the query `rows`.

        `rows` has the columns of the table in their order. `likely` says that most of the keys are there already.
        """
        self.run(f"DELETE FROM target.main.{identifier(table)} AS t WHERE {_stands_in(keys, by)}")
        self.run(f"INSERT INTO target.main.{identifier(table)} {rows}")


class DeltaBench(Bench):
    """Writes a delta. `holds` says for a table which of its rows readers may see, in SQL over its columns."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, serial: int, holds: Mapping[str, str], *, fresh: bool
    ) -> None:
        super().__init__(connection)
        self._serial = serial
        self._holds = holds
        self._by: dict[str, tuple[str, ...]] = {} if fresh else hidden_by(self, "target")
        if fresh:
            for schema in ("delta", "hidden"):
                self.run(f"CREATE SCHEMA target.{schema}")
            for (table,) in self.run(
                "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = 'main'",
                (BASE,),
            ):
                self._write_view(str(table))

    def replace_rows(self, table: str, by: Sequence[str], keys: str, rows: str, *, likely: bool = True) -> None:
        """Keys that are likely there are hidden unseen; others are looked for, so that new rows alone hide nothing."""
        new, hidden = f"target.delta.{identifier(table)}", f"target.hidden.{identifier(table)}"
        names = ", ".join(identifier(name) for name in by)
        base = f"{BASE}.main.{identifier(table)}"
        self.run(f"CREATE TABLE IF NOT EXISTS {new} AS SELECT *, 0::BIGINT AS {SERIAL} FROM {base} LIMIT 0")
        self.run(f"CREATE TABLE IF NOT EXISTS {hidden} AS SELECT {names}, 0::BIGINT AS {SERIAL} FROM {base} LIMIT 0")
        self._by[table] = tuple(by)
        self.run(f"CREATE OR REPLACE TABLE memory.work.added AS {rows}")
        self.run(f"DELETE FROM {new} AS t WHERE {_stands_in(keys, by)}")
        self.run(f"DELETE FROM {hidden} AS t WHERE {_stands_in(keys, by)}")
        there = f"({keys})" if likely else f"{base} AS t WHERE {_stands_in(keys, by)}"
        self.run(f"INSERT INTO {hidden} SELECT DISTINCT {names}, {self._serial} FROM {there}")
        self.run(f"INSERT INTO {new} SELECT *, {self._serial} FROM memory.work.added")
        self._write_view(table)

    def _write_view(self, table: str) -> None:
        """The view is only as much as is needed: a plain copy of the base's table costs a reader nothing."""
        name, by = identifier(table), self._by.get(table, ())
        statement = f"SELECT t.* FROM {BASE}.main.{name} AS t"
        if by:
            if self.number(f"SELECT COUNT(*) FROM target.hidden.{name}"):
                statement += f" WHERE NOT {_stands_in(f'SELECT * FROM hidden.{name}', by)}"
            if self.number(f"SELECT COUNT(*) FROM target.delta.{name}"):
                statement += f" UNION ALL SELECT * EXCLUDE ({SERIAL}) FROM delta.{name}"
                if table in self._holds:
                    statement += f" WHERE {self._holds[table]}"
        self.connection.execute("USE target.main")
        self.run(f"CREATE OR REPLACE VIEW main.{name} AS {statement}")
        self.connection.execute("USE memory.main")


@contextmanager
def base_bench(path: Path, limits: BuildLimits) -> Iterator[Bench]:
    """A bench that writes into the base file `path`; other programs must not have it open."""
    with _connected(path, limits) as connection:
        yield Bench(connection)
        connection.execute("CHECKPOINT target")


@contextmanager
def delta_bench(
    target: Path, base: Path, serial: int, holds: Mapping[str, str], limits: BuildLimits
) -> Iterator[DeltaBench]:
    """A bench that writes the delta `target`, which is new or holds the rows of the version before."""
    fresh = not target.exists()
    with _connected(target, limits) as connection:
        connection.execute(f"ATTACH {_text(str(base))} AS {BASE} (READ_ONLY)")
        yield DeltaBench(connection, serial, holds, fresh=fresh)
        connection.execute("CHECKPOINT target")


@contextmanager
def _connected(target: Path, limits: BuildLimits) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": f"{target}.spill",
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        # Nobody knows the file before it is complete, so a log of its writes would save nothing.
        connection.execute(f"ATTACH {_text(str(target))} AS target (RECOVERY_MODE no_wal_writes)")
        yield connection


def hidden_by(bench: Bench, catalog: str) -> dict[str, tuple[str, ...]]:
    """The tables that a delta says anything of, with the columns that their rows are known by."""
    tables = bench.run(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'hidden' ORDER BY ALL",
        (catalog,),
    )
    found: dict[str, tuple[str, ...]] = {}
    for (table,) in tables:
        rows = bench.connection.sql(f"SELECT * FROM {identifier(catalog)}.hidden.{identifier(str(table))} LIMIT 0")
        found[str(table)] = tuple(name for name in rows.columns if name != SERIAL)
    return found


def attach(bench: Bench, path: Path, name: str) -> None:
    """Attach a further file to read from."""
    bench.run(f"ATTACH {_text(str(path))} AS {identifier(name)} (READ_ONLY)")


def _stands_in(keys: str, by: Sequence[str]) -> str:
    same = " AND ".join(f"k.{identifier(name)} = t.{identifier(name)}" for name in by)
    return f"EXISTS (SELECT 1 FROM ({keys}) AS k WHERE {same})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
