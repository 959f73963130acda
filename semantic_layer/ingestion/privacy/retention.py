"""Rows that a source keeps only for some days are removed when their time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.warehouse import table_columns, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Rows of one source that were removed, and the day before which rows are not kept."""

    source: str
    before: date
    rows: int


def expire(
    connection: duckdb.DuckDBPyConnection, specs: Sequence[SourceSpec], times: dict[str, str], today: date
) -> tuple[Expired, ...]:
    """Remove what is older than `keep_days` of its source.

    `times` names the time field of a source; the age of rows without one, or without a value in it, is that of their load.
    """
    done = []
    for spec in specs:
        if spec.keep_days is None or not table_columns(connection, "clean", spec.name):
            continue
        before = today - timedelta(days=spec.keep_days)
        rows = _old_rows(connection, spec.name, times.get(spec.name), before)
        _remove(connection, spec.name, rows)
        done.append(Expired(source=spec.name, before=before, rows=len(rows)))
    return tuple(done)


def _old_rows(connection: duckdb.DuckDBPyConnection, source: str, time: str | None, before: date) -> list[str]:
    own = f"clean_rows.{identifier(time)}" if time else "NULL"
    statement = (
        f"SELECT clean_rows._row FROM {qualified('clean', source)} AS clean_rows "
        "LEFT JOIN work.loads AS loads ON loads.load = clean_rows._load "
        f"WHERE coalesce(CAST({own} AS DATE), CAST(loads.started_at AS DATE)) < ?"
    )
    return [row for (row,) in connection.execute(statement, [before]).fetchall()]


def _remove(connection: duckdb.DuckDBPyConnection, source: str, rows: list[str]) -> None:
    if not rows:
        return
    with transaction(connection):
        for schema in ("raw", "clean"):
            connection.execute(
                f"DELETE FROM {qualified(schema, source)} WHERE list_contains(?::VARCHAR[], _row)", [rows]
            )
