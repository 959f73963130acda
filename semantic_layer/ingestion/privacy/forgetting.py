"""Deleting a person from the warehouse: every row that is theirs, in every room, and a mark that keeps them from coming back.

What is published is made anew without them afterwards. Files that left the house are the matter of `tools.export.rosters`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.warehouse import table_columns, transaction

_ROW_TABLES: Final = ("raw", "clean")
_FORGOTTEN: Final = """
CREATE TABLE IF NOT EXISTS work.forgotten (source VARCHAR, digest VARCHAR, forgotten_at TIMESTAMP, forgotten_by VARCHAR)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was removed: rows of each table, and the customer keys that had been the person's."""

    customer_key: int
    rows: Mapping[str, int]
    keys: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def would_forget(connection: duckdb.DuckDBPyConnection, customer_key: int) -> Forgotten:
    """The same without removing anything: what there is of this person, and where."""
    connection.execute("BEGIN")
    try:
        return _removed(connection, customer_key, None)
    finally:
        connection.execute("ROLLBACK")


def forget(
    connection: duckdb.DuckDBPyConnection, customer_key: int, *, secret: str, now: datetime, by: str
) -> Forgotten:
    """Remove everything of one customer, all or nothing. Their source rows are known again by a keyed digest only."""
    connection.execute(_FORGOTTEN)
    with transaction(connection):
        done = _removed(connection, customer_key, _Marks(secret, now, by))
    connection.execute("CHECKPOINT")  # so that freed pages are written over by what comes next
    return done


def drop_forgotten(connection: duckdb.DuckDBPyConnection, source: str, *, secret: str) -> int:
    """Remove rows of `source` that came again after their person was deleted. Returns how many."""
    connection.execute(_FORGOTTEN)
    known = {
        digest
        for (digest,) in connection.execute("SELECT digest FROM work.forgotten WHERE source = ?", [source]).fetchall()
    }
    if not known or not table_columns(connection, "raw", source):
        return 0
    rows = connection.execute(f"SELECT _row FROM {qualified('raw', source)}").fetchall()
    again = [row for (row,) in rows if _digest(secret, source, row) in known]
    for schema in _ROW_TABLES:
        if again and table_columns(connection, schema, source):
            connection.execute(
                f"DELETE FROM {qualified(schema, source)} WHERE list_contains(?::VARCHAR[], _row)", [again]
            )
    return len(again)


@dataclass(frozen=True, slots=True)
class _Marks:
    secret: str
    now: datetime
    by: str


def _removed(connection: duckdb.DuckDBPyConnection, customer_key: int, marks: _Marks | None) -> Forgotten:
    keys = _all_keys(connection, customer_key)
    records = connection.execute(
        "SELECT DISTINCT source, record FROM identity.members WHERE list_contains(?::INTEGER[], customer_key)",
        [list(keys)],
    ).fetchall()
    counts: dict[str, int] = {}
    by_source: dict[str, list[str]] = {}
    for source, record in records:
        by_source.setdefault(source, []).append(record)
    for source, rows in by_source.items():
        if marks is not None:
            connection.executemany(
                "INSERT INTO work.forgotten VALUES (?, ?, ?, ?)",
                [[source, _digest(marks.secret, source, row), marks.now, marks.by] for row in rows],
            )
        for table, column in _places_of(connection, source):
            counts[table] = counts.get(table, 0) + _delete_rows(connection, table, column, source, rows)
    for table in _tables_with(connection, "customer_key", ("identity", "tags")):
        counts[table] = counts.get(table, 0) + _delete_keys(connection, table, keys)
    return Forgotten(customer_key=customer_key, rows={name: n for name, n in counts.items() if n}, keys=keys)


def _all_keys(connection: duckdb.DuckDBPyConnection, customer_key: int) -> tuple[int, ...]:
    """The key, and the keys that were merged into it."""
    found = {customer_key}
    if table_columns(connection, "identity", "ledger"):
        merged = connection.execute("SELECT old_key, new_key FROM identity.ledger WHERE kind = 'merge'").fetchall()
        grown = True
        while grown:
            more = {old for old, new in merged if new in found and old is not None} - found
            found |= more
            grown = bool(more)
    return tuple(sorted(found))


def _places_of(connection: duckdb.DuckDBPyConnection, source: str) -> list[tuple[str, str]]:
    """Tables that hold rows of the source, as (qualified name, column of the row)."""
    own = connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal AND "
        "((schema_name IN ('raw', 'clean') AND table_name = ? AND column_name = '_row') OR "
        "(schema_name IN ('raw', 'work', 'identity') AND column_name IN ('row', 'record', '_row', 'event_id') AND table_name <> ? AND "
        "(schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_columns() WHERE column_name = 'source')))",
        [source, source],
    ).fetchall()
    return [(qualified(schema, table), column) for schema, table, column in own]


def _delete_rows(connection: duckdb.DuckDBPyConnection, table: str, column: str, source: str, rows: list[str]) -> int:
    has_source = any(table == qualified(schema, source) for schema in _ROW_TABLES)
    where = "" if has_source else "source = ? AND "
    given: list[object] = [rows] if has_source else [source, rows]
    statement = f"DELETE FROM {table} WHERE {where}list_contains(?::VARCHAR[], {identifier(column)})"
    return int(connection.execute(statement, given).fetchall()[0][0])


def _tables_with(connection: duckdb.DuckDBPyConnection, column: str, schemas: tuple[str, ...]) -> list[str]:
    found = connection.execute(
        "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() "
        "WHERE NOT internal AND column_name = ? AND list_contains(?::VARCHAR[], schema_name) ORDER BY ALL",
        [column, list(schemas)],
    ).fetchall()
    return [qualified(schema, table) for schema, table in found]


def _delete_keys(connection: duckdb.DuckDBPyConnection, table: str, keys: tuple[int, ...]) -> int:
    done = connection.execute(f"DELETE FROM {table} WHERE list_contains(?::INTEGER[], customer_key)", [list(keys)])
    return int(done.fetchall()[0][0])


def _digest(secret: str, source: str, row: str) -> str:
    return hmac.new(secret.encode(), f"{source}\x00{row}".encode(), hashlib.sha256).hexdigest()
