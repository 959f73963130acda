"""The tables of this room, made when they are missing, and times as they are kept in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import duckdb

from semantic_layer.ingestion.names import identifier, qualified

SYSTEM_COLUMNS: Final = ("_row", "_hash", "_place", "_load")
RAW_COLUMNS: Final = '"_row" VARCHAR, "_hash" VARCHAR, "_place" VARCHAR, "_load" BIGINT'
"""What stands before the source's own columns in raw."""
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS work.loads (load BIGINT PRIMARY KEY, source VARCHAR, state VARCHAR, started_at TIMESTAMP,
       ended_at TIMESTAMP, files BIGINT, rows_read BIGINT, rows_new BIGINT, rows_changed BIGINT, rows_same BIGINT,
       rows_held BIGINT, why_zh VARCHAR, why_en VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS work.files (source VARCHAR, path VARCHAR, fingerprint VARCHAR, size BIGINT, position VARCHAR,
       rows BIGINT, done BOOLEAN, again BOOLEAN, load BIGINT, updated_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS work.watermarks (source VARCHAR, path VARCHAR, watermark VARCHAR, load BIGINT,
       updated_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS work.columns (source VARCHAR, name VARCHAR, column_name VARCHAR, type VARCHAR,
       examples VARCHAR, ordinal INTEGER, found_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS work.drift (source VARCHAR, kind VARCHAR, column_name VARCHAR, now_called VARCHAR,
       was_type VARCHAR, now_type VARCHAR, examples VARCHAR, found_at TIMESTAMP, settled_at TIMESTAMP, answer VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS work.quarantine (source VARCHAR, row VARCHAR, place VARCHAR, load BIGINT, rule VARCHAR,
       field VARCHAR, value VARCHAR, reason_zh VARCHAR, reason_en VARCHAR, remedy_zh VARCHAR, remedy_en VARCHAR,
       held BOOLEAN, found_at TIMESTAMP, settled_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS work.raw_history (source VARCHAR, row VARCHAR, hash VARCHAR, place VARCHAR, load BIGINT,
       body VARCHAR, replaced_by BIGINT, replaced_at TIMESTAMP, why VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS work.overrides (source VARCHAR, row VARCHAR, column_name VARCHAR, was VARCHAR,
       becomes VARCHAR, said_by VARCHAR, said_at TIMESTAMP, load BIGINT)""",
    "CREATE TABLE IF NOT EXISTS work.seen (source VARCHAR, row VARCHAR)",
    "CREATE TABLE IF NOT EXISTS work.elsewhere (source VARCHAR, row VARCHAR, path VARCHAR)",
    """CREATE TABLE IF NOT EXISTS work.events (event_id VARCHAR, source VARCHAR, body VARCHAR, received_at TIMESTAMP,
       batch BIGINT, PRIMARY KEY (source, event_id))""",
    """CREATE TABLE IF NOT EXISTS work.event_batches (batch BIGINT PRIMARY KEY, events BIGINT, taken_at TIMESTAMP,
       settled_at TIMESTAMP)""",
)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make whichever tables of this room are missing."""
    connection.execute(";\n".join(_TABLES))


def prepare_raw(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make the table of a source without columns of its own, when it is missing."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {raw_table(source)} ({RAW_COLUMNS})")


def raw_table(source: str) -> str:
    """The table that the rows of a source land in, as a statement names it."""
    return qualified("raw", source)


def raw_columns(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[str, ...]:
    """The source's own columns in raw, oldest first. The table must be there."""
    described = connection.execute(f"SELECT * FROM {raw_table(source)} LIMIT 0").description or ()
    return tuple(str(column[0]) for column in described if column[0] not in SYSTEM_COLUMNS)


def body(columns: tuple[str, ...], values: tuple[str, ...]) -> str:
    """An expression: a row as JSON, from names of columns and the expressions of their values."""
    pairs = ", ".join(f"{identifier(name)} := {value}" for name, value in zip(columns, values, strict=True))
    return f"CAST(to_json(struct_pack({pairs})) AS VARCHAR)" if pairs else "'{}'"


def stored(at: datetime) -> datetime:
    """A time as tables keep it: UTC without saying so. A time without a zone is taken to be UTC."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo is not None else at


def told(at: datetime | None) -> datetime | None:
    """A time out of a table."""
    return None if at is None else at.replace(tzinfo=UTC)
