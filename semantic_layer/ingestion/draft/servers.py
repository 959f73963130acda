"""The tables of a PostgreSQL or MySQL database as tables of text; what their values are is found out as for files."""

from __future__ import annotations

import time
from collections.abc import Mapping

import duckdb
import pyarrow as pa

from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.addresses import database_address
from semantic_layer.ingestion.sources.databases import Database, DatabaseSource
from semantic_layer.ingestion.sources.opening import open_database
from semantic_layer.ingestion.sources.retrying import Wait


def read_server(
    connection: duckdb.DuckDBPyConnection, address: str, variables: Mapping[str, str], *, wait: Wait = time.sleep
) -> None:
    """Copies all tables that the user of the address may see. Raises `DataError` when it cannot be reached."""
    copy_tables(connection, open_database(database_address(address, variables, "draft")), wait=wait)


def copy_tables(connection: duckdb.DuckDBPyConnection, database: Database, *, wait: Wait) -> None:
    """The same for a database that is known already."""
    session = database.connect()
    try:
        names = [table.name for table in session.tables()]
    finally:
        session.close()
    for name in names:
        source = DatabaseSource(database, name, wait=wait)
        (part,) = source.parts()
        columns = [column.name for column in source.columns(part)]
        listed = ", ".join(f"{identifier(column)} VARCHAR" for column in columns)
        connection.execute(f"CREATE TABLE {identifier(name)} ({listed})")
        for chunk in source.read(part):
            _insert(connection, name, chunk.rows.select(columns))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("chunk", rows)
    connection.execute(f"INSERT INTO {identifier(table)} SELECT * FROM chunk")  # a quoted name
    connection.unregister("chunk")
