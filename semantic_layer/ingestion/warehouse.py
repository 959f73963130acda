"""The one DuckDB file in which the loads of a data set are kept. One process at a time has it open; its threads share it.

Schemas, each the work of one room:

    raw       one table a source: every cell as text, as it was found                      ingestion/landing
    clean     one table a source: fields of the standard, typed and in one spelling        ingestion/standard
    work      loads, files, drift, quarantine, quality reports, events taken in            ingestion/landing, quality
    identity  records, links, customers, the ledger of merges                              ingestion/identity
    tags      inputs, levels and history of tags                                           ingestion/tagging

Readers of the product never open this file: they read published snapshots.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.snapshot import BuildLimits, disk_error

SCHEMAS: Final = ("raw", "clean", "work", "identity", "tags")


class Warehouse:
    """Connections to one warehouse file. Writers of this process take turns; readers see what was committed last."""

    def __init__(self, path: Path, limits: BuildLimits | None = None) -> None:
        self.path = path
        self._limits = limits or BuildLimits()
        self._turn = threading.RLock()
        self._guard = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._users = 0

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that nobody else of this process writes with meanwhile. Whoever uses it commits.

        Raises:
            DataError: when another process has the file open, it is damaged, or the disk is full.
        """
        with self._turn, self._lent() as cursor:
            yield cursor

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to read with, beside a writer of this process. Raises as `writing` does."""
        with self._lent() as cursor:
            yield cursor

    @contextmanager
    def _lent(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._cursor()
        try:
            yield cursor
        finally:
            cursor.close()
            self._give_back()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            if self._connection is None:
                self._connection = self._opened()
            self._users += 1
            return self._connection.cursor()

    def _give_back(self) -> None:
        with self._guard:
            self._users -= 1
            if self._users == 0 and self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> duckdb.DuckDBPyConnection:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self._limits.memory,
            "threads": self._limits.threads,
            "temp_directory": f"{self.path}.spill",
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(self.path), config=settings)
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        except duckdb.IOException as error:
            raise (_busy(self.path) if "lock" in str(error).lower() else _unusable(self.path, error)) from error
        except duckdb.Error as error:
            raise _unusable(self.path, error) from error
        except OSError as error:
            raise disk_error(error, self.path) from error
        return connection


def _busy(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"另一个程序正在导入这份数据（{path.name}）。请等它完成后重试；已在运行的导入不受影响。",
            en=f"Another program is loading this data ({path.name}). Wait until it has finished and try again; "
            "the load that is running is not disturbed.",
        )
    )


def _unusable(path: Path, error: Exception) -> DataError:
    why = str(error).splitlines()[0][:200]
    return DataError(
        Text(
            zh=f"无法打开数据仓文件「{path}」：{why}。已发布的数据不受影响；请从备份恢复该文件，或删除它后重新导入全部来源。",
            en=f"The warehouse file {str(path)!r} cannot be opened: {why}. What is published is not affected; restore the "
            "file from a backup, or remove it and load all sources again.",
        )
    )
