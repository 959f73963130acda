"""Events that other systems send in: kept before they are confirmed, each once, and handed on in batches."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from semantic_layer.errors import DataError, Text, UnknownNameError
from semantic_layer.ingestion.landing.tables import prepare, stored
from semantic_layer.ingestion.sources.chunks import as_text, text_table
from semantic_layer.ingestion.sources.port import Chunk, Part, SourceColumn
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.warehouse import Warehouse, transaction
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import ColumnType

EVENT_ID: Final = "event_id"
TIME: Final = "time"
RECEIVED_AT: Final = "received_at"
LONGEST_ID: Final = 200
LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 8_000
MOST_FIELDS: Final = 200
MOST_BYTES: Final = 32_768
"""Of one event as JSON in UTF-8."""
RATE: Final = 500
"""Events a second that taking on is counted on to manage, for the hint when too many wait."""


class FullError(DataError):
    """Too many events wait to be taken on; nothing of what was sent was kept. `retry_after` is in seconds."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(
            Text(
                zh=f"等待处理的事件太多（{waiting:,} 条），这一批没有保存。请 {retry_after} 秒后重发。",
                en=f"Too many events wait ({waiting:,}); nothing of this batch was kept. Send it again in {retry_after} seconds.",
            )
        )
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a batch. `known_at` and `refused` tell events by their index; all others are new and kept."""

    new: int
    known: int
    refused: tuple[tuple[int, Text], ...] = ()
    known_at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """Events that were taken on: columns event_id, source, body (JSON) as text, received_at (UTC). `again`: not the first time."""

    number: int
    events: pa.Table
    again: bool


class EventIntake:
    """Takes events in for a warehouse, and holds it open from the first one until `close`.

    `most_waiting` is how many may wait before senders are told to come back later. `sources` are those that events may
    name, any when left out. Threads may share it; a process makes one for a warehouse.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        most_waiting: int,
        now: Callable[[], datetime],
        sources: Sequence[str] | None = None,
    ) -> None:
        self._warehouse = warehouse
        self._most_waiting = most_waiting
        self._now = now
        self._sources = sources
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many events were accepted and not yet settled."""
        with self._lock:
            self._connection()
            return self._waiting

    def accept(self, source: str, events: Sequence[Mapping[str, object]]) -> Accepted:
        """Keep events. They are on the disk when this returns, each once, however often it is sent.

        An event has an `event_id`, may have a `time` (ISO 8601; early and late ones keep their own), and whatever else.
        Those that cannot be kept are refused one by one.

        Raises:
            UnknownNameError: when no source of events has this name.
            FullError: when too many wait; nothing was kept.
            DataError: when the warehouse cannot be written; nothing was kept.
        """
        if self._sources is not None and source not in self._sources:
            near = nearest(source, self._sources) or tuple(self._sources[:5])
            raise UnknownNameError(Text("事件来源", "source of events"), source, near)
        checked = [_checked(event) for event in events]
        refused = tuple((at, one) for at, one in enumerate(checked) if isinstance(one, Text))
        good = [(at, *one) for at, one in enumerate(checked) if not isinstance(one, Text)]
        new = self._kept(source, good) if good else frozenset()
        known_at = tuple(at for at, _, _ in good if at not in new)
        return Accepted(new=len(new), known=len(known_at), refused=refused, known_at=known_at)

    def take(self, most: int) -> EventBatch | None:
        """The batch that was taken and not settled, else the events that have waited longest, as a new one; `None` without any."""
        with self._lock:
            connection = self._connection()
            with self._minding():
                open_ = connection.execute(
                    "SELECT min(batch) FROM work.event_batches WHERE settled_at IS NULL"
                ).fetchall()[0][0]
                number = open_ if open_ is not None else self._marked(connection, most)
                if number is None:
                    return None
                events = connection.sql(
                    "SELECT event_id, source, body, received_at FROM work.events WHERE batch = ? ORDER BY received_at, rowid",
                    params=[number],
                ).to_arrow_table()
        return EventBatch(number=number, events=events, again=open_ is not None)

    def settle(self, batch: EventBatch) -> None:
        """The events of a batch have arrived where they belong; they will not come again. A second time does nothing."""
        with self._lock:
            connection = self._connection()
            with self._minding():
                settled = connection.execute(
                    "UPDATE work.event_batches SET settled_at = ? WHERE batch = ? AND settled_at IS NULL RETURNING events",
                    [stored(self._now()), batch.number],
                ).fetchall()
            self._waiting -= sum(events for (events,) in settled)

    def forget(self, before: datetime) -> int:
        """Remove settled events that came before a time; how many. From then on their ids count as new."""
        with self._lock:
            connection = self._connection()
            with self._minding():
                went = connection.execute(
                    "DELETE FROM work.events WHERE received_at < ? AND batch IN "
                    "(SELECT batch FROM work.event_batches WHERE settled_at IS NOT NULL)",
                    [stored(before)],
                ).fetchall()
        return int(went[0][0])

    def close(self) -> None:
        """Let go of the warehouse; the next use opens it again."""
        with self._lock:
            self._let_go()

    def _kept(self, source: str, good: Sequence[tuple[int, str, str]]) -> frozenset[int]:
        """Write events down; the indices of those that are new."""
        with self._lock:
            connection = self._connection()
            if self._waiting + len(good) > self._most_waiting:
                raise FullError(self._waiting, max(1, round(self._waiting / RATE)))
            first: dict[str, int] = {}
            for at, name, _ in good:
                first.setdefault(name, at)
            once = [(name, text) for at, name, text in good if first[name] == at]
            with self._minding():
                new = connection.execute(
                    "INSERT INTO work.events SELECT unnest(?::VARCHAR[]), ?, unnest(?::VARCHAR[]), ?, NULL "
                    "ON CONFLICT DO NOTHING RETURNING event_id",
                    [[name for name, _ in once], source, [text for _, text in once], stored(self._now())],
                ).fetchall()
            self._waiting += len(new)
        return frozenset(first[name] for (name,) in new)

    def _marked(self, connection: duckdb.DuckDBPyConnection, most: int) -> int | None:
        with transaction(connection):
            number = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM work.event_batches").fetchall()[0][0]
            taken = connection.execute(
                "UPDATE work.events SET batch = ? WHERE rowid IN "
                "(SELECT rowid FROM work.events WHERE batch IS NULL ORDER BY received_at, rowid LIMIT ?)",
                [number, most],
            ).fetchall()[0][0]
            if taken:
                connection.execute(
                    "INSERT INTO work.event_batches VALUES (?, ?, ?, NULL)", [number, taken, stored(self._now())]
                )
        return int(number) if taken else None

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._cursor is None:
            self._cursor = self._open.enter_context(self._warehouse.reading())
            try:
                with self._warehouse.writing() as writer, transaction(writer):
                    prepare(writer)
                self._waiting = self._cursor.execute(
                    "SELECT (SELECT count(*) FROM work.events WHERE batch IS NULL) + "
                    "(SELECT coalesce(sum(events), 0) FROM work.event_batches WHERE settled_at IS NULL)"
                ).fetchall()[0][0]
            except BaseException:
                self._let_go()
                raise
        return self._cursor

    def _minding(self) -> _Minding:
        return _Minding(self._let_go)

    def _let_go(self) -> None:
        self._cursor = None
        self._open.close()


@dataclass(slots=True)
class _Minding:
    """A connection that failed is not used again: the database may have to be opened anew."""

    let_go: Callable[[], None]

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.let_go()


def _checked(event: Mapping[str, object]) -> tuple[str, str] | Text:
    """The id and the JSON of an event, or why it cannot be kept."""
    name = event.get(EVENT_ID)
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_ID or not name.isprintable():
        return Text(
            zh=f"event_id 应为 1 到 {LONGEST_ID} 个可见字符的文字。",
            en=f"event_id must be text of 1 to {LONGEST_ID} visible characters.",
        )
    said = event.get(TIME)
    if said is not None and not _is_time(said):
        return Text(
            zh="time 应为 ISO 8601 时间，如 2026-10-31T08:30:00+08:00。",
            en="time must be ISO 8601, such as 2026-10-31T08:30:00+08:00.",
        )
    wrong = _too_much(event)
    if wrong is not None:
        return wrong
    try:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        size = len(body.encode())
    except (TypeError, ValueError, RecursionError):
        return Text(zh="内容不是有效的 JSON。", en="It holds something that JSON cannot.")
    if size > MOST_BYTES:
        return Text(
            zh=f"事件太大：{size:,} 字节，最多 {MOST_BYTES:,} 字节。",
            en=f"The event is too large: {size:,} bytes, at most {MOST_BYTES:,}.",
        )
    return name, body


def _too_much(event: Mapping[str, object]) -> Text | None:
    if len(event) > MOST_FIELDS:
        return Text(
            zh=f"字段太多：{len(event)} 个，最多 {MOST_FIELDS} 个。",
            en=f"Too many fields: {len(event)}, at most {MOST_FIELDS}.",
        )
    for field, value in event.items():
        if not field or len(field) > LONGEST_NAME:
            return Text(
                zh=f"字段名应为 1 到 {LONGEST_NAME} 个字符。",
                en=f"The name of a field must have 1 to {LONGEST_NAME} characters.",
            )
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            return Text(
                zh=f"字段「{field}」太长：{len(value):,} 个字符，最多 {LONGEST_VALUE:,} 个。",
                en=f"The field {field!r} is too long: {len(value):,} characters, at most {LONGEST_VALUE:,}.",
            )
    return None


def _is_time(said: object) -> bool:
    if not isinstance(said, str):
        return False
    try:
        datetime.fromisoformat(said)
    except ValueError:
        return False
    return True


class BatchSource:
    """The events of a batch that belong to one source, as rows to land: `event_id`, `received_at`, and a column a field."""

    def __init__(self, batch: EventBatch, spec: SourceSpec) -> None:
        self._mark = str(batch.number)
        mine = [event for event in batch.events.to_pylist() if event["source"] == spec.name]
        self._rows = [{RECEIVED_AT: event[RECEIVED_AT].isoformat(), **json.loads(event["body"])} for event in mine]
        declared = (*spec.key, *(mapping.column for mapping in spec.columns))
        self._names = tuple(
            dict.fromkeys((EVENT_ID, RECEIVED_AT, *declared, *(name for row in self._rows for name in row)))
        )

    def parts(self) -> tuple[Part, ...]:
        return (Part(name="events", fingerprint=self._mark, size=len(self._rows)),) if self._rows else ()

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        return tuple(SourceColumn(name=name, type=ColumnType.STRING) for name in self._names)

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        """One chunk, whose position is the number of the batch."""
        if after == self._mark:
            return
        rows = [[as_text(row.get(name)) for name in self._names] for row in self._rows]
        places = pa.array(np.arange(1, len(rows) + 1))
        yield Chunk(rows=text_table(self._names, rows), places=places, position=self._mark)
