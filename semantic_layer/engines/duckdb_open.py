"""One open version: a locked connection over its files, shared by statements that each have a cursor of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.engines.duckdb_words import closed, missing, unusable
from semantic_layer.engines.recent import Recent
from semantic_layer.engines.sealed import OPEN_SEALED, SEALED_TABLE, Opener, SealedReader
from semantic_layer.engines.version import BASE
from semantic_layer.policy.types import Limits

_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "max_temp_directory_size": "4GB",
}
_SPILL_FOLDER = ".spill"
_FIRST_WITH_TIME_LIMIT = 2  # older versions have the watch only
_LAID: Final = "laid"
"""The name of the delta where it is attached beside the base."""


class OpenFile:
    """One locked connection and how many statements use it, so that nobody's statement loses its file.

    `sealed` opens the personal columns; `None` where the version has none.
    """

    def __init__(self, path: Path, delta: Path | None, limits: Limits, opener: Opener | None = None) -> None:
        self.recent = Recent()
        self.path = path
        self.delta = delta
        self.sealed: SealedReader | None = None
        self._connection = _connect(path, delta, limits)
        columns = _sealed_columns(self._connection)
        if columns:
            self._connection.close()
            self.sealed = SealedReader(opener)
            self._connection = _connect_sealed(path, delta, limits, columns, self.sealed)
        self._lock = threading.Lock()
        self._running = 0
        self._retired = False

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor of its own for one statement, counted from now until the block ends."""
        with self._lock:
            if self._retired:
                raise closed(self.path)
            cursor = self._connection.cursor()
            self._running += 1
        return self._lent(cursor)

    @contextmanager
    def _lent(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            if self.sealed is not None:  # the views stand in memory, where one could write
                cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._running -= 1
                self._close_if_idle()

    def retire(self) -> None:
        """Let no new statement start, and close the file when the last one that runs has ended."""
        with self._lock:
            self._retired = True
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._retired and self._running == 0:
            self._connection.close()


def _connect(path: Path, delta: Path | None, limits: Limits) -> duckdb.DuckDBPyConnection:
    for file in (path, delta):
        if file is not None and not file.is_file():
            raise missing(file)
    config = _config(path, limits)
    if delta is not None:
        del config["enable_external_access"]  # off as soon as the base is attached
    try:
        connection = duckdb.connect(str(delta or path), read_only=True, config=config)
        _lock(connection, limits, {BASE: path} if delta else {})
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise unusable(path, error) from error
    return connection


def _connect_sealed(
    path: Path, delta: Path | None, limits: Limits, columns: Mapping[str, frozenset[str]], reader: SealedReader
) -> duckdb.DuckDBPyConnection:
    """A connection whose tables are views over those of the files, with the sealed columns opened."""
    config = _config(path, limits)
    del config["enable_external_access"]
    try:
        connection = duckdb.connect(":memory:", config=config)
        connection.create_function(OPEN_SEALED, reader, ["VARCHAR"], "VARCHAR", type="arrow")  # type: ignore[call-overload]  # names stand for kinds
        files = {BASE: path} if delta is None else {BASE: path, _LAID: delta}
        for name, file in files.items():
            _attach(connection, name, file)
        _write_views(connection, BASE if delta is None else _LAID, columns)
        _lock(connection, limits, {})
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise unusable(path, error) from error
    return connection


def _write_views(connection: duckdb.DuckDBPyConnection, catalog: str, columns: Mapping[str, frozenset[str]]) -> None:
    found = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() "
        "WHERE NOT internal AND schema_name = 'main' AND database_name = ? AND table_name <> ? GROUP BY 1 ORDER BY 1",
        [catalog, SEALED_TABLE],
    ).fetchall()
    for table, names in found:
        opened = [
            f"{OPEN_SEALED}({_quoted(name)}) AS {_quoted(name)}" for name in names if name in columns.get(table, ())
        ]
        replaced = f" REPLACE ({', '.join(opened)})" if opened else ""
        source = f"{catalog}.main.{_quoted(table)}"
        connection.execute(f"CREATE VIEW main.{_quoted(table)} AS SELECT *{replaced} FROM {source}")  # noqa: S608  # names of the file's own tables, quoted


def _sealed_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """The sealed columns of each table that has some."""
    try:
        rows = connection.table(f"main.{SEALED_TABLE}").fetchall()
    except duckdb.CatalogException:
        return {}
    return {str(table): frozenset(name for other, name in rows if other == table) for table, _ in rows}


def _config(path: Path, limits: Limits) -> dict[str, str | bool | int | float | list[str]]:
    return {
        **_LOCKED,
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": str(limits.threads),
        "temp_directory": str(path.parent / _SPILL_FOLDER),
    }


def _lock(connection: duckdb.DuckDBPyConnection, limits: Limits, further: Mapping[str, Path]) -> None:
    """Set what `connect` cannot, then forbid every further setting. A file that this process already has open is locked."""
    locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if locked is not None and locked[0]:
        return
    for name, file in further.items():
        _attach(connection, name, file)
    connection.execute("SET GLOBAL enable_external_access=false")
    if int(duckdb.__version__.split(".", maxsplit=1)[0]) >= _FIRST_WITH_TIME_LIMIT:
        connection.execute(f"SET GLOBAL max_execution_time={int(limits.seconds * 1000) + 1000}")
    connection.execute("SET lock_configuration=true")


def _attach(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    place = str(file).replace("'", "''")
    connection.execute(f"ATTACH IF NOT EXISTS '{place}' AS {name} (READ_ONLY)")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
