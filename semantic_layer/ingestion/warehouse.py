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

import errno
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.snapshot import BuildLimits, disk_error

SCHEMAS: Final = ("raw", "clean", "work", "identity", "tags")
_FULL: Final = ("no space left", "file too large", "disk quota", "max_temp_directory_size", "not enough space")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who works on something alone, and since when."""

    by: str
    since: datetime


class ClaimedError(DataError):
    """Somebody else of this process works on it; `claim` says who and since when."""

    def __init__(self, name: str, claim: Claim) -> None:
        at = claim.since.isoformat(sep=" ", timespec="seconds")
        super().__init__(
            Text(
                zh=f"「{name}」正在导入：由「{claim.by}」在 {at} 开始。请等它完成，或先停止它，再重试。",
                en=f"{name!r} is being loaded already: {claim.by!r} began at {at}. Wait until that has finished, "
                "or stop it, and try again.",
            )
        )
        self.name = name
        self.claim = claim


class Warehouse:
    """Connections to one warehouse file. Writers of this process take turns; readers see what was committed last.

    A process makes one of these for a file and shares it, for turns and claims are known to this object only.
    """

    def __init__(self, path: Path, limits: BuildLimits | None = None) -> None:
        self.path = path
        self._limits = limits or BuildLimits()
        self._turn = threading.RLock()
        self._guard = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._users = 0
        self._broken = False
        self._claims: dict[str, Claim] = {}

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
    def claim(self, name: str, *, by: str, since: datetime) -> Iterator[None]:
        """Keep `name` for oneself for as long as the block lasts.

        Raises:
            ClaimedError: at once, when somebody else has it.
        """
        with self._guard:
            if name in self._claims:
                raise ClaimedError(name, self._claims[name])
            self._claims[name] = Claim(by=by, since=since)
        try:
            yield
        finally:
            with self._guard:
                del self._claims[name]

    @property
    def claims(self) -> Mapping[str, Claim]:
        """What is kept now, by whom and since when."""
        with self._guard:
            return dict(self._claims)

    @contextmanager
    def _lent(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._cursor()
        try:
            yield cursor
        except duckdb.Error as error:
            if _fatal(error):
                self._broken = True
            if is_full(error):
                raise disk_error(OSError(errno.ENOSPC, str(error)), self.path) from error
            if _fatal(error):
                raise _unusable(self.path, error) from error
            raise
        finally:
            with suppress(duckdb.Error):  # a cursor of a database that has broken down
                cursor.close()
            self._give_back()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            if self._broken and self._users > 0:
                raise _breaking_down(self.path)
            if self._connection is None:
                self._connection = self._opened()
            self._users += 1
            return self._connection.cursor()

    def _give_back(self) -> None:
        with self._guard:
            self._users -= 1
            if self._users == 0 and self._connection is not None:
                connection, self._connection, self._broken = self._connection, None, False
                with suppress(duckdb.Error):  # what was committed stands in the log; it is written out another time
                    connection.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self._limits.memory,
            "threads": self._limits.threads,
            "temp_directory": f"{self.path}.spill",
        }
        connection: duckdb.DuckDBPyConnection | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(self.path), config=settings)
            for schema in SCHEMAS:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        except duckdb.Error as error:
            if connection is not None:
                connection.close()
            raise self._refused(error) from error
        except OSError as error:
            raise disk_error(error, self.path) from error
        return connection

    def _refused(self, error: duckdb.Error) -> DataError:
        if is_full(error):
            return disk_error(OSError(errno.ENOSPC, str(error)), self.path)
        if isinstance(error, duckdb.IOException) and "lock" in str(error).lower():
            return _busy(self.path)
        return _unusable(self.path, error)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All that is done in the block is kept, or nothing of it."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error):  # a commit that failed has undone itself
            connection.rollback()
        raise


def table_columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, None]:
    """The columns of a table in their order, as keys; none when there is no such table."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? "
        "AND table_catalog = current_database() ORDER BY ordinal_position",
        [schema, table],
    ).fetchall()
    return {str(row[0]): None for row in rows}


def is_full(error: Exception) -> bool:
    """Whether the disk, or what may be used of it, is full."""
    words = str(error).lower()
    return any(sign in words for sign in _FULL)


def _fatal(error: duckdb.Error) -> bool:
    return isinstance(error, duckdb.FatalException) or "database has been invalidated" in str(error)


def _busy(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"另一个程序正在导入这份数据（{path.name}）。请等它完成后重试；已在运行的导入不受影响。",
            en=f"Another program is loading this data ({path.name}). Wait until it has finished and try again; "
            "the load that is running is not disturbed.",
        )
    )


def _breaking_down(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"数据仓文件「{path.name}」出错后正在重新打开。已提交的内容都在；请几秒后重试。",
            en=f"The warehouse file {path.name!r} is being opened anew after an error. All that was committed is there; "
            "try again in a few seconds.",
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
