"""DuckDB behind the engine seam: one locked, read-only version, one cursor per statement, with limits and cancel.

A version is a snapshot file, or a delta file whose views lay changed rows over the snapshot; either is opened read-only. An
engine that was opened on a line of versions follows it: a statement that starts after a publication sees the new version.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypeVar

import duckdb

from semantic_layer.engines.base import Cancel, RawResult
from semantic_layer.engines.columns import Array, plain
from semantic_layer.engines.duckdb_open import OpenFile
from semantic_layer.engines.duckdb_words import cancelled, explained, too_many_rows, without_snapshot, without_version
from semantic_layer.engines.following import Following
from semantic_layer.engines.sealed import Opener, SealedReader
from semantic_layer.engines.version import CURRENT, Version, read_version
from semantic_layer.engines.watch import Ending, Watch
from semantic_layer.errors import DataError, UserError
from semantic_layer.policy.authorise import AuthorisedSql
from semantic_layer.policy.types import Limits

T = TypeVar("T")

_INFO_TABLE = "snapshot_info"
_FETCH = 10_000
_TRIES = 5  # a version may be published, and the one before the last removed, between reading its name and opening it


class DuckDBEngine:
    """Runs authorised SQL on one version. Many threads may use it at once; it never writes to the files.

    `sealer` opens personal columns that are sealed in the files; without it they cannot be read, all others can. `seconds`
    is the clock by which a line of versions is looked at.
    """

    dialect: Final = "duckdb"

    def __init__(
        self,
        path: Path,
        limits: Limits | None = None,
        *,
        delta: Path | None = None,
        line: str | None = None,
        sealer: Opener | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or Limits()
        self._line = line
        self._sealer = sealer
        self._swap = threading.Lock()
        self._moving = threading.Lock()
        self._closed = False
        self._open = self._opened(path, delta)
        self._following = None if line is None else Following(path.parent, line, seconds)

    @property
    def path(self) -> Path:
        """The base file of the open version."""
        return self._open.path

    @property
    def delta(self) -> Path | None:
        """The delta file of the open version, if it has one."""
        return self._open.delta

    @classmethod
    def open_version(
        cls,
        folder: Path,
        limits: Limits | None = None,
        *,
        line: str = CURRENT,
        sealer: Opener | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> DuckDBEngine:
        """Open the version that the manifest of `line` in `folder` names, and follow it. Raises `DataError`."""
        return _tried(
            folder,
            line,
            lambda found: cls(found.base, limits, delta=found.delta, line=line, sealer=sealer, seconds=seconds),
        )

    @classmethod
    def open_latest(cls, folder: Path, limits: Limits | None = None) -> DuckDBEngine:
        """Open the snapshot in `folder` whose name sorts last (names carry their time). Raises `DataError` for none."""
        snapshot = latest_snapshot(folder)
        if snapshot is None:
            raise without_snapshot(folder)
        return cls(snapshot, limits)

    def run(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> RawResult:
        """All rows of `sql`. Raises `TooLongError`, `CancelledError` or `DataError`; the engine stays usable."""
        cancel = cancel or Cancel()
        opened, lent = self._begun(cancel)
        with lent as cursor:
            known = opened.recent.get(sql.text)
            if known is not None:
                return known
            with self._watched(opened, cursor, cancel):
                result = self._fetch(cursor, sql.text, cancel)
            opened.recent.keep(sql.text, result)
            return result

    def columns(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> dict[str, Array]:
        """The result of `sql` as one array a column. Raises as `run` does; the row limit is that of the statement itself."""
        cancel = cancel or Cancel()
        opened, lent = self._begun(cancel)
        with lent as cursor, self._watched(opened, cursor, cancel):
            found = cursor.execute(sql.text).fetchnumpy()
        return {name: plain(values) for name, values in found.items()}

    def _begun(self, cancel: Cancel) -> tuple[OpenFile, AbstractContextManager[duckdb.DuckDBPyConnection]]:
        """The newest version, with a cursor lent for one statement."""
        if cancel.pressed:
            raise cancelled()
        self._follow()
        with self._swap:
            return self._open, self._open.cursor()

    @contextmanager
    def _watched(self, opened: OpenFile, cursor: duckdb.DuckDBPyConnection, cancel: Cancel) -> Iterator[None]:
        """Let a statement run no longer than it may, and say in words why it could not."""
        watch = Watch(cursor.interrupt, self.limits.seconds)
        try:
            with watch.over(cancel):
                yield
        except duckdb.Error as error:
            raise self._explained(opened, error, watch.ending) from error

    def refresh(self) -> bool:
        """Move to a newer version beside the open one; statements that run finish on the old. Whether it moved.

        Raises:
            DataError: when the newer version cannot be opened; the open one stays.
        """
        with self._moving:
            if self._closed:
                return False
            newer = self._newer_name() if self._line is None else self._newer_version(self._line)
            if newer is None:
                return False
            with self._swap:
                old, self._open = self._open, newer
        old.retire()
        return True

    def version(self) -> Version | None:
        """What the manifest says now, with the last failure; `None` for an engine that was opened on a file."""
        return None if self._line is None else read_version(self.path.parent, self._line)

    def _follow(self) -> None:
        """Look whether something was published, as often as that is due. What is open stays when the new cannot be read."""
        if self._following is None or not self._following.due():
            return
        try:
            self.refresh()
        except DataError:
            self._following.again()

    def _newer_version(self, line: str) -> OpenFile | None:
        folder = self.path.parent
        version = read_version(folder, line)
        if version is None or version.files == (self.path, self.delta):
            return None
        return _tried(folder, line, lambda found: self._opened(found.base, found.delta))

    def _newer_name(self) -> OpenFile | None:
        newest = latest_snapshot(self.path.parent)
        return self._opened(newest, None) if newest is not None and newest.name > self.path.name else None

    def _opened(self, path: Path, delta: Path | None) -> OpenFile:
        return OpenFile(path, delta, self.limits, self._sealer)

    def tables(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """Every table of the snapshot with its columns as (name, engine type)."""
        listing = (
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE NOT internal AND schema_name = 'main' AND database_name = current_database() ORDER BY table_name, column_index"
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
        with self._moving:
            self._closed = True
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
                raise cancelled()
            if len(rows) > self.limits.rows:
                raise too_many_rows(self.limits)
        return RawResult(names, tuple(rows))  # type: ignore[arg-type]  # the driver's cells are untyped

    def _explained(self, opened: OpenFile, error: duckdb.Error, ending: Ending) -> UserError:
        if opened.sealed is not None and opened.sealed.refusal is not None and SealedReader.MARK in str(error):
            return opened.sealed.refusal
        return explained(error, ending, opened.path, self.limits)


def latest_snapshot(folder: Path) -> Path | None:
    """The snapshot file whose name sorts last; a reader compares it with `engine.path` to know when to swap."""
    return max(folder.glob("*.duckdb"), key=lambda path: path.name, default=None)


def _tried(folder: Path, line: str, open_: Callable[[Version], T]) -> T:
    """Open the version that the manifest names; it is read again when its files have gone meanwhile."""
    for left in reversed(range(_TRIES)):
        version = read_version(folder, line)
        if version is None:
            raise without_version(folder)
        try:
            return open_(version)
        except DataError:
            if left == 0 or read_version(folder, line) == version:
                raise
    raise AssertionError
