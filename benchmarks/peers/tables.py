"""MetricFlow's test tables in a database: as published, and with each row of the facts many times over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from semantic_layer.model.types import ColumnType

TIMES_OVER = {
    "fct_bookings": 350,
    "fct_revenue": 1000,
    "fct_views": 100,
    "fct_visits": 20,
    "fct_buys": 20,
}
"""About 100,000 bookings. The others stay small enough for statements that join facts row by row."""
_TYPES = {
    "VARCHAR": ColumnType.STRING,
    "BIGINT": ColumnType.INTEGER,
    "DOUBLE": ColumnType.FLOAT,
    "BOOLEAN": ColumnType.BOOLEAN,
    "TIMESTAMP": ColumnType.TIMESTAMP,
}


def columns(material: Path) -> Mapping[str, Mapping[str, ColumnType]]:
    """The types of the columns of every table."""
    schema = json.loads((material / "tables" / "schema.json").read_text(encoding="utf-8"))
    return {name: {column: _TYPES[kind] for column, kind in table["columns"]} for name, table in schema.items()}


def write(material: Path, path: Path, times_over: Mapping[str, int]) -> None:
    """Writes a database file at `path`."""
    with duckdb.connect(str(path)) as connection:
        for table in sorted((material / "tables").glob("*.parquet")):
            rows = f"read_parquet('{table}')"
            times = times_over.get(table.stem, 1)
            connection.execute(f"CREATE TABLE {table.stem} AS SELECT t.* FROM {rows} t, range({times})")
