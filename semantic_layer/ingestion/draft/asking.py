"""One row of figures from a connection, read to its end so that the connection is free again."""

from __future__ import annotations

from typing import Any

import duckdb


def one_row(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    """The only row of a statement that always gives one."""
    rows = connection.execute(statement).fetchall()
    row: tuple[Any, ...] = rows[0]
    return row
