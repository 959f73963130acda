"""What a person put in place of a value. It holds for later loads of the same row, for as long as the source gives that value."""

from __future__ import annotations

import duckdb

from semantic_layer.ingestion.landing.tables import raw_columns, raw_table
from semantic_layer.ingestion.names import identifier


def apply_overrides(connection: duckdb.DuckDBPyConnection, source: str, *, load: int) -> None:
    """Put corrected values in place of those that the source gave. Rows that change belong to `load` from now on.

    A value that the source itself has changed since is left alone: it is news, not the fault that was mended.
    """
    _enter_mended(connection, source, load)
    there = set(raw_columns(connection, source))
    wanted = connection.execute(
        "SELECT DISTINCT column_name FROM work.overrides WHERE source = ? AND column_name <> ''", [source]
    ).fetchall()
    for (name,) in sorted(wanted):
        if name not in there:
            continue
        column = identifier(name)
        connection.execute(
            f"UPDATE {raw_table(source)} AS r SET {column} = o.becomes, _load = ? FROM work.overrides o "
            f"WHERE o.source = ? AND o.column_name = ? AND o.row = r._row AND r.{column} IS NOT DISTINCT FROM o.was "
            "AND o.was IS DISTINCT FROM o.becomes",
            [load, source, name],
        )


def _enter_mended(connection: duckdb.DuckDBPyConnection, source: str, load: int) -> None:
    """Rows that a person entered where the source had none that could be taken in; their values are overrides too."""
    new = "o.source = ? AND o.column_name = '' AND o.becomes IS NOT NULL AND o.load IS NULL"
    connection.execute(
        f"INSERT INTO {raw_table(source)} (_row, _hash, _place, _load) SELECT o.becomes, 'mended', o.row, ? "
        f"FROM work.overrides o WHERE {new} AND NOT EXISTS (SELECT 1 FROM {raw_table(source)} r WHERE r._row = o.becomes)",
        [load, source],
    )
    connection.execute("UPDATE work.overrides SET load = ? WHERE source = ? AND load IS NULL", [load, source])
