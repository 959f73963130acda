"""Loads as they were: for the page of loads, and for whoever started one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

import duckdb

from semantic_layer.errors import Text
from semantic_layer.ingestion.landing.merging import Tally
from semantic_layer.ingestion.landing.tables import told


class LoadState(StrEnum):
    """How a load stands. `INTERRUPTED` is kept as running in `work.loads`: its process is gone, and the next run goes on."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    HELD = "held"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load of one source. Times are UTC; `files` counts parts read to their end; `why` is empty when all went well."""

    number: int
    source: str
    state: LoadState
    started_at: datetime
    ended_at: datetime | None
    files: int
    rows: Tally
    why: Text

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` before its end."""
        return None if self.ended_at is None else max((self.ended_at - self.started_at).total_seconds(), 0.0)

    @property
    def rows_a_second(self) -> float | None:
        """Rows read a second; `None` before the end, and when it took no time that could be measured."""
        return self.rows.read / self.seconds if self.seconds else None

    @property
    def message(self) -> Text:
        """What became of it, in one or two sentences."""
        rows = self.rows
        zh = (
            f"读取 {rows.read:,} 行：新增 {rows.new:,}，更新 {rows.changed:,}，未变 {rows.same:,}，隔离 {rows.held:,}。"
        )
        en = (
            f"{rows.read:,} rows read: {rows.new:,} new, {rows.changed:,} changed, {rows.same:,} the same, "
            f"{rows.held:,} in quarantine."
        )
        return Text(
            zh=f"{_STATES[self.state].zh}{zh}{self.why.zh}", en=f"{_STATES[self.state].en} {en} {self.why.en}".strip()
        )


def _said(state: LoadState) -> Text:
    match state:
        case LoadState.RUNNING:
            return Text("正在导入。", "Loading.")
        case LoadState.DONE:
            return Text("导入完成。", "Loaded.")
        case LoadState.FAILED:
            return Text("导入没有完成，已读入的都已保存。", "The load did not finish; what was read is kept.")
        case LoadState.HELD:
            return Text("部分数据等待确认。", "Some of the data waits for an answer.")
        case LoadState.INTERRUPTED:
            return Text("导入中断，下次从断点继续。", "The load was interrupted; the next run goes on from there.")
        case _:
            assert_never(state)


_STATES: Final = {state: _said(state) for state in LoadState}
_COLUMNS: Final = "load, source, state, started_at, ended_at, files, rows_read, rows_new, rows_changed, rows_same, rows_held, why_zh, why_en"


def history(
    connection: duckdb.DuckDBPyConnection,
    *,
    running: Collection[str],
    source: str | None = None,
    most: int = 50,
    before: int | None = None,
) -> tuple[Load, ...]:
    """The latest loads first: at most `most`, of one source or all, with numbers below `before`.

    `running` are the sources that this process loads now (`Warehouse.claims`). As one process at a time has the warehouse
    open, a load that is marked as running and is not among them was interrupted.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM work.loads WHERE (?::VARCHAR IS NULL OR source = ?) AND (?::BIGINT IS NULL OR load < ?) "
        "ORDER BY load DESC LIMIT ?",
        [source, source, before, before, most],
    ).fetchall()
    latest = dict(connection.execute("SELECT source, max(load) FROM work.loads GROUP BY source").fetchall())
    found: list[Load] = []
    for row in rows:
        state = LoadState(row[2])
        if state is LoadState.RUNNING and not (row[1] in running and latest[row[1]] == row[0]):
            state = LoadState.INTERRUPTED
        found.append(_load(row, state))
    return tuple(found)


def one(connection: duckdb.DuckDBPyConnection, number: int) -> Load:
    """A load by its number, as it is written down."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM work.loads WHERE load = ?", [number]).fetchall()[0]
    return _load(row, LoadState(row[2]))


def _load(row: tuple[object, ...], state: LoadState) -> Load:
    number, source, _, started, ended, files, *counts, zh, en = row
    started_at, ended_at = (at if isinstance(at, datetime) else None for at in (started, ended))
    assert started_at is not None
    since = told(started_at)
    assert since is not None
    return Load(
        number=int(str(number)),
        source=str(source),
        state=state,
        started_at=since,
        ended_at=told(ended_at),
        files=int(str(files or 0)),
        rows=Tally(*(int(str(count or 0)) for count in counts)),
        why=Text(zh=str(zh or ""), en=str(en or "")),
    )


def begin(connection: duckdb.DuckDBPyConnection, number: int, source: str, at: datetime) -> None:
    """Write down that a load begins."""
    connection.execute(
        "INSERT INTO work.loads VALUES (?, ?, 'running', ?, NULL, 0, 0, 0, 0, 0, 0, '', '')", [number, source, at]
    )


def add(connection: duckdb.DuckDBPyConnection, number: int, rows: Tally, *, files: int = 0) -> None:
    """Count rows and parts of a load."""
    connection.execute(
        "UPDATE work.loads SET files = files + ?, rows_read = rows_read + ?, rows_new = rows_new + ?, "
        "rows_changed = rows_changed + ?, rows_same = rows_same + ?, rows_held = rows_held + ? WHERE load = ?",
        [files, rows.read, rows.new, rows.changed, rows.same, rows.held, number],
    )


def end(connection: duckdb.DuckDBPyConnection, number: int, state: LoadState, why: Text, at: datetime) -> None:
    """Write down how a load ended."""
    connection.execute(
        "UPDATE work.loads SET state = ?, why_zh = ?, why_en = ?, ended_at = ? WHERE load = ?",
        [state.value, why.zh, why.en, at, number],
    )


def next_number(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of a load that begins now."""
    return int(connection.execute("SELECT coalesce(max(load), 0) + 1 FROM work.loads").fetchall()[0][0])
