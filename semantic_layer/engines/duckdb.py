"""DuckDB behind the engine seam: one locked, read-only snapshot file, one cursor per statement, with limits and cancel."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.engines.base import Cancel, RawResult
from semantic_layer.engines.recent import Recent
from semantic_layer.engines.watch import Ending, Watch
from semantic_layer.errors import CancelledError, DataError, Text, TooLongError, UserError
from semantic_layer.policy.authorise import AuthorisedSql
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
_INFO_TABLE = "snapshot_info"
_SPILL_FOLDER = ".spill"
_FETCH = 10_000
_FIRST_WITH_TIME_LIMIT = 2  # older versions have the watch only


class DuckDBEngine:
    """Runs authorised SQL on one snapshot file. Many threads may use it at once; it never writes to the file."""

    dialect: Final = "duckdb"

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.path = path
        self.limits = limits or Limits()
        self._swap = threading.Lock()
        self._open = _OpenFile(path, self.limits)

    @classmethod
    def open_latest(cls, folder: Path, limits: Limits | None = None) -> DuckDBEngine:
        """Open the snapshot in `folder` whose name sorts last (names carry their time). Raises `DataError` for none."""
        snapshot = latest_snapshot(folder)
        if snapshot is None:
            raise DataError(
                Text(
                    zh=f"文件夹「{folder}」里没有数据快照（*.duckdb）。请先载入数据。",
                    en=f"The folder {str(folder)!r} holds no data snapshot (*.duckdb). Load the data first.",
                )
            )
        return cls(snapshot, limits)

    def run(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> RawResult:
        """All rows of `sql`. Raises `TooLongError`, `CancelledError` or `DataError`; the engine stays usable."""
        cancel = cancel or Cancel()
        if cancel.pressed:
            raise _cancelled()
        with self._swap:
            lent, recent = self._open.cursor(), self._open.recent
        with lent as cursor:
            known = recent.get(sql.text)
            if known is not None:
                return known
            watch = Watch(cursor.interrupt, self.limits.seconds)
            try:
                with watch.over(cancel):
                    result = self._fetch(cursor, sql.text, cancel)
            except duckdb.Error as error:
                raise self._explained(error, watch.ending) from error
            recent.keep(sql.text, result)
            return result

    def refresh(self) -> bool:
        """Move to a newer snapshot beside the open one; statements that run finish on the old. Whether it moved."""
        newest = latest_snapshot(self.path.parent)
        with self._swap:
            if newest is None or newest.name <= self.path.name:
                return False
            old, self._open, self.path = self._open, _OpenFile(newest, self.limits), newest
        old.retire()
        return True

    def tables(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """Every table of the snapshot with its columns as (name, engine type)."""
        listing = (
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE NOT internal AND schema_name = 'main' ORDER BY table_name, column_index"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        with self._cursor() as cursor:
            for table, column, kind in cursor.execute(listing).fetchall():
                found.setdefault(table, []).append((column, kind))
        return tuple((name, tuple(columns)) for name, columns in found.items())

    def data_date(self) -> date | None:
        """The day up to which the data goes, as the load wrote it down; `None` when it did not."""
        columns = dict(self.tables()).get(_INFO_TABLE)
        name = next((n for n in ("data_date", "as_of", "built_at") if n in {c for c, _ in columns or ()}), None)
        if name is None:
            return None
        with self._cursor() as cursor:
            row = cursor.table(_INFO_TABLE).max(name).fetchall()
        value = row[0][0] if row else None
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        return value.date() if isinstance(value, datetime) else value

    def close(self) -> None:
        """Let no new statement start, and close the file when the last one that runs has ended."""
        self._open.retire()

    def _cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        with self._swap:
            return self._open.cursor()

    def _fetch(self, cursor: duckdb.DuckDBPyConnection, text: str, cancel: Cancel) -> RawResult:
        cursor.execute(text)
        names = tuple(column[0] for column in cursor.description or ())
        rows: list[tuple[object, ...]] = []
        while batch := cursor.fetchmany(_FETCH):
            rows.extend(batch)
            if cancel.pressed:
                raise _cancelled()
            if len(rows) > self.limits.rows:
                raise TooLongError(
                    Text(
                        zh=f"结果超过 {self.limits.rows:,} 行。请增加筛选条件，或改看汇总。",
                        en=f"The result has more than {self.limits.rows:,} rows. Add a filter, or ask for a summary.",
                    )
                )
        return RawResult(names, tuple(rows))  # type: ignore[arg-type]  # the driver's cells are untyped

    def _explained(self, error: duckdb.Error, ending: Ending) -> UserError:
        if ending is Ending.PRESSED:
            return _cancelled()
        timed_out = isinstance(error, duckdb.InterruptException) or "max_execution_time" in str(error)
        if ending is Ending.OUT_OF_TIME or timed_out:
            return TooLongError(
                Text(
                    zh=f"查询超过 {self.limits.seconds:g} 秒，已停止。请缩小时间范围或增加筛选条件。",
                    en=f"The query took more than {self.limits.seconds:g} seconds and was stopped. "
                    "Narrow the time or add a filter.",
                )
            )
        if isinstance(error, duckdb.OutOfMemoryException):
            return TooLongError(
                Text(
                    zh=f"查询需要的内存超过 {self.limits.memory_mb} MB，已停止。请缩小范围或减少分组。",
                    en=f"The query needed more than {self.limits.memory_mb} MB of memory and was stopped. "
                    "Narrow it or group by fewer fields.",
                )
            )
        if isinstance(error, (duckdb.CatalogException, duckdb.BinderException)):
            return _mismatch(self.path, error)
        return _unusable(self.path, error)


class _OpenFile:
    """One locked connection and how many statements use it, so that nobody's statement loses its file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.recent = Recent()
        self._path = path
        self._connection = _connect(path, limits)
        self._lock = threading.Lock()
        self._running = 0
        self._retired = False

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor of its own for one statement, counted from now until the block ends."""
        with self._lock:
            if self._retired:
                raise _closed(self._path)
            cursor = self._connection.cursor()
            self._running += 1
        return self._lent(cursor)

    @contextmanager
    def _lent(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._running -= 1
                self._close_if_idle()

    def retire(self) -> None:
        with self._lock:
            self._retired = True
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._retired and self._running == 0:
            self._connection.close()


def latest_snapshot(folder: Path) -> Path | None:
    """The snapshot file whose name sorts last; a reader compares it with `engine.path` to know when to swap."""
    return max(folder.glob("*.duckdb"), key=lambda path: path.name, default=None)


def _connect(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    if not path.is_file():
        raise DataError(
            Text(
                zh=f"找不到数据文件「{path}」。请先载入数据，或检查路径。",
                en=f"The data file {str(path)!r} does not exist. Load the data first, or check the path.",
            )
        )
    config: dict[str, str | bool | int | float | list[str]] = {
        **_LOCKED,
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": str(limits.threads),
        "temp_directory": str(path.parent / _SPILL_FOLDER),
    }
    try:
        connection = duckdb.connect(str(path), read_only=True, config=config)
        _lock(connection, limits)
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error
    return connection


def _lock(connection: duckdb.DuckDBPyConnection, limits: Limits) -> None:
    """Set what `connect` cannot, then forbid every further setting. A file that this process already has open is locked."""
    locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if locked is not None and locked[0]:
        return
    if int(duckdb.__version__.split(".", maxsplit=1)[0]) >= _FIRST_WITH_TIME_LIMIT:
        connection.execute(f"SET GLOBAL max_execution_time={int(limits.seconds * 1000) + 1000}")
    connection.execute("SET lock_configuration=true")


def _cancelled() -> CancelledError:
    return CancelledError(Text(zh="已停止。", en="Stopped."))


def _closed(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"数据文件「{path.name}」已关闭，请重新打开。",
            en=f"The data file {path.name!r} is closed; open it again.",
        )
    )


def _unusable(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return DataError(
        Text(
            zh=f"无法读取数据文件「{path}」：{reason}。请重新载入数据；若文件正被其他程序写入，请稍后再试。",
            en=f"The data file {str(path)!r} cannot be read: {reason}. Load the data again; "
            "if another program is writing to it, try later.",
        )
    )


def _mismatch(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0][:200]
    return DataError(
        Text(
            zh=f"数据文件「{path.name}」与定义不符：{reason}。请用现在的定义重新载入数据，或检查定义中的表和列。",
            en=f"The data file {path.name!r} does not fit the definitions: {reason}. "
            "Load the data again with these definitions, or check the tables and columns they name.",
        )
    )
