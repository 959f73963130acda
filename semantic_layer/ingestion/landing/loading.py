"""Take the rows of a source in: each chunk with the place it reached in one transaction, so that a kill loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, Text
from semantic_layer.ingestion.landing import runs
from semantic_layer.ingestion.landing.differences import Seen, examine, settle_absent
from semantic_layer.ingestion.landing.headers import note_columns
from semantic_layer.ingestion.landing.merging import Reading, Tally, merge, stage
from semantic_layer.ingestion.landing.overrides import apply_overrides
from semantic_layer.ingestion.landing.parts import (
    FILES,
    Planned,
    Reached,
    Step,
    begin_again,
    copies,
    end_again,
    keep_reached,
    keep_watermark,
    moved,
    planned,
    reached,
    rename,
)
from semantic_layer.ingestion.landing.runs import Load, LoadState
from semantic_layer.ingestion.landing.tables import prepare, prepare_raw, raw_columns, stored
from semantic_layer.ingestion.snapshot import Progress
from semantic_layer.ingestion.sources.port import Chunk, Part, Source
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from semantic_layer.ingestion.warehouse import Warehouse, transaction

_SHOWN: Final = 3  # reasons that a load tells; the others are counted


def land(
    warehouse: Warehouse,
    spec: SourceSpec,
    source: Source,
    *,
    now: Callable[[], datetime],
    progress: Progress,
    cancel: Cancel,
    by: str = "qunxiang",
) -> Load:
    """Read what is new at a source into `raw."<source>"`, and write down all that happened.

    A part that cannot be read, or whose columns differ, leaves the others alone: then the load that is returned is `failed`
    or `held` and says why. When `cancel` is pressed it is `failed` too, keeps what was read, and the next load goes on there.
    `progress` is told the part with the rows read of it, and how much of the sizes of all parts is done.

    Raises:
        ClaimedError: when this source is being loaded by this process already.
        DataError: when another process has the warehouse open, or the disk is full; what was committed before stays, and the
            next load goes on there.
    """
    with warehouse.claim(spec.name, by=by, since=now()), warehouse.reading():
        return _Landing(warehouse, spec, source, now, progress, cancel).run()


class _Landing:
    """One load."""

    def __init__(
        self,
        warehouse: Warehouse,
        spec: SourceSpec,
        source: Source,
        now: Callable[[], datetime],
        progress: Progress,
        cancel: Cancel,
    ) -> None:
        self._warehouse = warehouse
        self._spec = spec
        self._source = source
        self._now = now
        self._progress = progress
        self._cancel = cancel
        self._number = 0
        self._size_done = 0
        self._size_all = 0
        self._failures: list[Text] = []
        self._held: list[Text] = []
        self._seen: list[Seen] = []
        self._headers: tuple[str, ...] = ()
        self._places: tuple[str, ...] = ()

    def run(self) -> Load:
        with self._warehouse.writing() as connection, transaction(connection):
            prepare(connection)
            prepare_raw(connection, self._spec.name)
        try:
            self._read_all()
        except CancelledError as error:
            self._failures.append(error.message)
        except BaseException as error:
            with suppress(DataError, duckdb.Error):  # the disk may be full: then the load shows as interrupted
                self._end(LoadState.FAILED, _why_of(error))
            raise
        state = LoadState.FAILED if self._failures else LoadState.HELD if self._held else LoadState.DONE
        return self._end(state, _together((*self._failures, *self._held)))

    def _read_all(self) -> None:
        try:
            parts = _parts(self._spec, self._source)
        except DataError as error:
            self._failures.append(error.message)
            parts = ()
        plan = self._begin(parts)
        self._size_all = sum(one.part.size for one in plan)
        for one in plan:
            if one.step is not Step.SKIP:
                self._part(one)
            self._size_done += one.part.size
        self._progress(self._spec.name, self._size_all, self._size_all)

    def _begin(self, parts: Sequence[Part]) -> tuple[Planned, ...]:
        """The number of the load, and what is to be done with each part."""
        name = self._spec.name
        with self._warehouse.writing() as connection, transaction(connection):
            self._number = _number(connection, name, parts, stored(self._now()))
            for was, now in moved(parts, reached(connection, name)):
                rename(connection, self._spec, was, now, load=self._number)
            known = reached(connection, name)
            doubled = copies(parts, known)
            once = [part for part in parts if part.name not in doubled]
            return planned(once, known, load=self._number, goes_on=_goes_on(self._spec))

    def _part(self, plan: Planned) -> None:
        self._stop_if_pressed()
        part = plan.part
        try:
            found = self._source.columns(part)
        except DataError as error:
            self._failures.append(error.message)
            return
        with self._warehouse.writing() as connection, transaction(connection):
            seen = examine(connection, self._spec, part.name, found, at=stored(self._now()))
            self._seen.append(seen)
            if seen.why is None:
                self._headers = tuple(column.name for column in found)
                self._places = note_columns(connection, self._spec, found, at=stored(self._now()))
        if seen.why is not None:
            self._held.append(seen.why)
            return
        reading = self._reading(plan)
        if plan.step is Step.AGAIN:
            with self._warehouse.writing() as connection, transaction(connection):
                begin_again(connection, reading)
                self._keep(connection, plan, position="", rows=0, done=False)
        self._rows(plan, reading)

    def _reading(self, plan: Planned) -> Reading:
        numbered = self._spec.kind in FILES
        return Reading(
            source=self._spec.name,
            part=plan.part.name,
            load=self._number,
            key=self._spec.key,
            numbered=numbered,
            fresh=plan.step is Step.BEGIN or (numbered and plan.step is Step.GO_ON and not plan.again),
            again=plan.again,
            at=stored(self._now()),
        )

    def _rows(self, plan: Planned, reading: Reading) -> None:
        position, rows, size = plan.after, plan.rows, 0
        with closing(_given(self._source.read(plan.part, after=plan.after))) as chunks:
            while True:
                try:
                    chunk = next(chunks)
                except StopIteration:
                    break
                except DataError as error:
                    self._failures.append(error.message)
                    return
                position, rows = chunk.position, rows + chunk.rows.num_rows + len(chunk.bad)
                self._chunk(plan, reading, chunk, rows)
                size += chunk.rows.nbytes if reading.numbered else chunk.rows.num_rows
                self._progress(
                    f"{plan.part.name} · {rows:,}", self._size_done + min(size, plan.part.size), self._size_all
                )
                self._stop_if_pressed()
        with self._warehouse.writing() as connection, transaction(connection):
            gone = end_again(connection, reading) if plan.again else 0
            self._keep(connection, plan, position=position, rows=rows, done=True)
            runs.add(connection, self._number, Tally(changed=gone), files=1)

    def _chunk(self, plan: Planned, reading: Reading, chunk: Chunk, rows: int) -> None:
        at = stored(self._now())
        with self._warehouse.writing() as connection:
            self._find_places(connection, tuple(chunk.rows.column_names), at)
            all_columns = raw_columns(connection, self._spec.name)
            stage(connection, reading, chunk, self._places, all_columns)
            with transaction(connection):
                tally = merge(connection, reading, chunk.bad, self._places, all_columns)
                self._keep(connection, plan, position=chunk.position, rows=rows, done=False)
                if chunk.watermark:
                    keep_watermark(
                        connection, self._spec.name, plan.part.name, chunk.watermark, load=self._number, at=at
                    )
                runs.add(connection, self._number, tally)

    def _find_places(self, connection: duckdb.DuckDBPyConnection, headers: tuple[str, ...], at: datetime) -> None:
        """Columns of raw for those of a chunk; records may have some that the beginning of their part did not show."""
        if headers != self._headers:
            with transaction(connection):
                self._places = note_columns(connection, self._spec, headers, at=at)
            self._headers = headers

    def _keep(
        self, connection: duckdb.DuckDBPyConnection, plan: Planned, *, position: str, rows: int, done: bool
    ) -> None:
        now = Reached(
            path=plan.part.name,
            fingerprint=plan.part.fingerprint,
            position=position,
            rows=rows,
            done=done,
            again=plan.again and not done,
            load=self._number,
        )
        keep_reached(connection, self._spec.name, plan.part.size, now, at=stored(self._now()))

    def _end(self, state: LoadState, why: Text) -> Load:
        at = stored(self._now())
        with self._warehouse.writing() as connection, transaction(connection):
            if not self._number:
                self._number = _number(connection, self._spec.name, (), at)
            apply_overrides(connection, self._spec.name, load=self._number)
            if state is not LoadState.FAILED:
                settle_absent(connection, self._spec.name, self._seen, at=at)
            runs.end(connection, self._number, state, why, at)
            return runs.one(connection, self._number)

    def _stop_if_pressed(self) -> None:
        if self._cancel.pressed:
            raise CancelledError(
                Text(
                    zh="已按要求停止；已读入的都已保存，下次从这里继续。",
                    en="Stopped as asked; what was read is kept, and the next load goes on from here.",
                )
            )


def _parts(spec: SourceSpec, source: Source) -> Sequence[Part]:
    if spec.watermark and not spec.key:
        raise DataError(
            Text(
                zh=f"来源「{spec.name}」声明了 watermark 而没有 key，无法把新读到的行和已有的行对上。请加上 key，或去掉 watermark。",
                en=f"The source {spec.name!r} has a watermark and no key, so nothing tells which row that comes again is which. "
                "Declare a key, or leave the watermark out.",
            )
        )
    return source.parts()


def _goes_on(spec: SourceSpec) -> bool:
    """Whether the source gives only what came since the last load: then what it does not give is not gone."""
    return spec.kind not in FILES and (bool(spec.watermark) or spec.kind is SourceKind.EVENTS)


def _given(chunks: Iterator[Chunk]) -> Generator[Chunk, None, None]:
    """The chunks, from an iterator that can be closed."""
    yield from chunks


def _number(connection: duckdb.DuckDBPyConnection, source: str, parts: Sequence[Part], at: datetime) -> int:
    """The load that was interrupted, when all that it had begun is still as it was; else a new one."""
    last = connection.execute(
        "SELECT load FROM work.loads WHERE source = ? AND state = 'running' ORDER BY load DESC LIMIT 1", [source]
    ).fetchall()
    if last:
        now = {part.name: part.fingerprint for part in parts}
        begun = [one for one in reached(connection, source) if one.load == last[0][0] and not one.done]
        if parts and all(now.get(one.path) == one.fingerprint for one in begun):
            return int(last[0][0])
    connection.execute(
        "UPDATE work.loads SET state = 'failed', ended_at = ?, why_zh = ?, why_en = ? WHERE source = ? AND state = 'running'",
        [at, "程序中途退出。", "The program ended half-way.", source],
    )
    connection.execute("DELETE FROM work.seen WHERE source = ?", [source])
    number = runs.next_number(connection)
    runs.begin(connection, number, source, at)
    return number


def _why_of(error: BaseException) -> Text:
    if isinstance(error, DataError):
        return error.message
    return Text(
        zh="导入时发生意外错误，详见日志。已读入的都已保存。",
        en="Something unexpected went wrong, see the log. What was read is kept.",
    )


def _together(reasons: Sequence[Text]) -> Text:
    more = len(reasons) - _SHOWN
    zh = "".join(reason.zh for reason in reasons[:_SHOWN]) + (f"另有 {more} 处。" if more > 0 else "")
    en = " ".join(reason.en for reason in reasons[:_SHOWN]) + (f" And {more} more." if more > 0 else "")
    return Text(zh=zh, en=en)
