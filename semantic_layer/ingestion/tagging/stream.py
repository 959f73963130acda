"""Events become visible within seconds: a few at a time, with the tags of the customers they concern, as a small new version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.landing.intake import EventBatch
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.changes import Changes
from semantic_layer.ingestion.tagging.refresh import Applied, TagRefresh

MOST = 5_000
"""Events of one batch: enough to catch up, few enough to be seen soon."""
_FEW_DAYS = 7
_BATCH = "memory.work.batch"
_READ = "memory.work.read"


class EventFeed(Protocol):
    """Where events wait. A batch that was taken is given again until it is settled."""

    def take(self, most: int) -> EventBatch | None:
        """The next events, columns event_id, source, body (JSON text) and received_at (UTC); `None` without any."""
        ...

    def settle(self, batch: EventBatch) -> None:
        """The events have arrived and will not come again."""
        ...


class CustomerLookup(Protocol):
    """Says whose events are."""

    def customers(self, clues: pa.Table) -> Sequence[int | None]:
        """A customer's key for each row, `None` for nobody known. Columns are kinds of clue (phone, device, …) as text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShape:
    """How events of a source become rows: `columns` and `clues` name fields of the event by column and by kind of clue.

    A column that is not named takes the field of its own name. `time` is the field that says when it happened; without one
    it is when it was received.
    """

    table: str
    key: str
    customer: str
    moment: str
    time: str = "time"
    columns: Mapping[str, str] = field(default_factory=dict)
    clues: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An event that does not fit its table, with the first field that does not."""

    source: str
    event_id: str
    field: str
    value: str
    reason: Text


Refuse = Callable[[Sequence[RefusedEvent]], None]
"""Puts refused events where a person finds them. Called again for the same events when a batch comes again."""


class MicroBatches:
    """Takes waiting events into the published version. One process runs one of them for a data set."""

    def __init__(
        self,
        feed: EventFeed,
        lookup: CustomerLookup,
        shapes: Mapping[str, EventShape],
        refresh: TagRefresh,
        *,
        refuse: Refuse,
        most: int = MOST,
    ) -> None:
        self._feed = feed
        self._lookup = lookup
        self._shapes = shapes
        self._refresh = refresh
        self._refuse = refuse
        self._most = most

    def step(self) -> Applied | None:
        """Take in what waits, at most one batch, and publish it; `None` when nothing waits.

        A batch is settled after it is published; when the process dies between the two it comes again, and as rows are
        known by their events nothing is doubled.

        Raises:
            DataError: when no version could be published; the batch stays and comes again.
        """
        batch = self._feed.take(self._most)
        if batch is None:
            return None
        refused: list[RefusedEvent] = []

        def stage(bench: Bench, changes: Changes) -> None:
            refused.extend(self._stage(batch, bench, changes))

        applied = self._refresh.apply(stage, events=batch.events.num_rows, past_days=_FEW_DAYS)
        if refused:
            self._refuse(refused)
        self._feed.settle(batch)
        return applied

    def run(
        self, stop: Cancel, pause: Callable[[float], object], *, idle: float = 0.2, after_failure: float = 5.0
    ) -> None:
        """Step until stopped; `pause` waits so many seconds. A failure is written beside the version, and tried again."""
        while not stop.pressed:
            try:
                seconds = 0.0 if self.step() is not None else idle
            except DataError:
                seconds = after_failure
            if seconds:
                pause(seconds)

    def _stage(self, batch: EventBatch, bench: Bench, changes: Changes) -> list[RefusedEvent]:
        refused: list[RefusedEvent] = []
        bench.connection.register("events_taken", batch.events)
        bench.run(f"CREATE OR REPLACE TABLE {_BATCH} AS SELECT * FROM events_taken")
        bench.connection.unregister("events_taken")
        for (source,) in bench.run(f"SELECT DISTINCT source FROM {_BATCH} ORDER BY source"):
            shape = self._shapes.get(str(source))
            if shape is None:
                refused += _without_shape(bench, str(source), tuple(self._shapes))
            else:
                refused += self._stage_source(str(source), shape, bench, changes)
        return refused

    def _stage_source(self, source: str, shape: EventShape, bench: Bench, changes: Changes) -> list[RefusedEvent]:
        rows, _ = changes.stage(shape.table)
        columns = bench.columns(shape.table)
        self._add_customers(source, shape, bench)
        given = {name: f for name in columns if (f := _field(shape, name)) is not None}
        raw = ", ".join(f"json_extract_string(body, ?) AS {_given(name)}" for name in given)
        bench.run(
            f"CREATE OR REPLACE TABLE memory.work.said AS SELECT event_id, source, received_at, customer, {raw} "
            "FROM memory.work.with_customers",
            [_path(name) for name in given.values()],
        )
        zone = self._refresh.book.model.conventions.time_zone
        cells = ", ".join(f"{_cell(shape, name, kind)} AS {identifier(name)}" for name, kind in columns.items())
        zones = [zone, zone] if shape.moment in columns else []
        bench.run(
            f"CREATE OR REPLACE TABLE {_READ} AS SELECT event_id, {', '.join(_given(name) for name in given)}, {cells} "
            "FROM memory.work.said",
            zones,
        )
        refused = [one for name, called in given.items() for one in _unfit(bench, source, called, name, columns[name])]
        bench.run("CREATE OR REPLACE TABLE memory.work.refused (event_id VARCHAR)")
        if refused:
            bench.connection.executemany(
                "INSERT INTO memory.work.refused VALUES (?)", [[one.event_id] for one in refused]
            )
        names = ", ".join(identifier(name) for name in columns)
        key = identifier(shape.key)
        bench.run(
            f"INSERT INTO {rows} SELECT {names} FROM {_READ} ANTI JOIN memory.work.refused USING (event_id) "
            f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY event_id) = 1"
        )
        return refused

    def _add_customers(self, source: str, shape: EventShape, bench: Bench) -> None:
        """The batch's events of a source, each with the customer that the lookup finds by its clues."""
        clues = ", ".join(f"json_extract_string(body, ?) AS {identifier(kind)}" for kind in shape.clues)
        paths = [_path(name) for name in shape.clues.values()]
        bench.run(
            f"CREATE OR REPLACE TABLE memory.work.of_source AS SELECT event_id, source, body, received_at"
            f"{', ' + clues if clues else ''}, ROW_NUMBER() OVER () - 1 AS place FROM {_BATCH} WHERE source = ?",
            [*paths, source],
        )
        kinds = ", ".join(identifier(kind) for kind in shape.clues) or "event_id"
        table: pa.Table = bench.connection.sql(
            f"SELECT {kinds} FROM memory.work.of_source ORDER BY place"
        ).to_arrow_table()
        found = pa.table(
            {
                "place": pa.array(range(table.num_rows), pa.int64()),
                "customer": pa.array(self._lookup.customers(table), pa.int64()),
            }
        )
        bench.connection.register("customers_found", found)
        bench.run(
            "CREATE OR REPLACE TABLE memory.work.with_customers AS "
            "SELECT o.*, f.customer FROM memory.work.of_source AS o JOIN customers_found AS f USING (place)"
        )
        bench.connection.unregister("customers_found")


def event_key(column_type: str) -> str:
    """The key of an event's row from its `source` and `event_id`, in SQL: text, or a number made of both.

    Numbers are 60 bits of a hash above all that systems count up to, so that events never take the place of other rows.
    """
    both = "source || chr(31) || event_id"
    if column_type == "VARCHAR":
        return both
    return f"CAST(('0x' || substr(md5({both}), 1, 15)) AS BIGINT) + 1152921504606846976"


def _field(shape: EventShape, column: str) -> str | None:
    """The field of an event that fills a column; `None` for the key and the customer, which are found."""
    if column in (shape.key, shape.customer):
        return None
    return shape.time if column == shape.moment else shape.columns.get(column, column)


def _given(column: str) -> str:
    return identifier(f"given_{column}")


def _cell(shape: EventShape, column: str, kind: str) -> str:
    """The value of a column from the texts given. That of the moment takes the company's time zone twice."""
    if column == shape.key:
        return f"CAST({event_key(kind)} AS {kind})"
    if column == shape.customer:
        return f"CAST(customer AS {kind})"
    text = _given(column)
    if column != shape.moment:
        return f"TRY_CAST({text} AS {kind})"
    return (
        f"CASE WHEN {text} IS NULL THEN timezone(?, timezone('UTC', received_at)) "
        f"WHEN regexp_matches({text}, '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') THEN timezone(?, TRY_CAST({text} AS TIMESTAMPTZ)) "
        f"ELSE TRY_CAST({text} AS TIMESTAMP) END"
    )


def _path(name: str) -> str:
    """Where a field stands in an event's JSON."""
    return '$."' + name.replace('"', '\\"') + '"'


def _unfit(bench: Bench, source: str, called: str, column: str, kind: str) -> list[RefusedEvent]:
    """The events whose field says something that the column cannot hold."""
    raw = _given(column)
    found = bench.run(
        f"SELECT event_id, {raw} FROM {_READ} WHERE {raw} IS NOT NULL AND {identifier(column)} IS NULL ORDER BY event_id"
    )
    return [
        RefusedEvent(
            source=source,
            event_id=str(event),
            field=called,
            value=str(value)[:200],
            reason=Text(
                zh=f"「{called}」的值不是 {kind} 类型。请改正后用新的 event_id 重发。",
                en=f"{called!r} is not a {kind}. Correct it and send it again with a new event_id.",
            ),
        )
        for event, value in found
    ]


def _without_shape(bench: Bench, source: str, known: tuple[str, ...]) -> list[RefusedEvent]:
    """Events of a source that nothing is declared for."""
    names = ", ".join(known)
    reason = Text(
        zh=f"没有为来源「{source}」声明事件的去向。已声明的来源：{names}。请先声明，再重发。",
        en=f"Nothing says where events of the source {source!r} belong. Declared are: {names}. Declare it and send again.",
    )
    found = bench.run(f"SELECT event_id FROM {_BATCH} WHERE source = ? ORDER BY event_id", (source,))
    return [
        RefusedEvent(source=source, event_id=str(event), field="source", value=source, reason=reason)
        for (event,) in found
    ]


@dataclass(slots=True)
class EventsInMemory:
    """The fake feed: tables given by hand, taken in turn."""

    waiting: list[EventBatch] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)

    def take(self, most: int) -> EventBatch | None:
        return self.waiting[0] if self.waiting else None

    def settle(self, batch: EventBatch) -> None:
        self.settled.append(batch.number)
        self.waiting = [one for one in self.waiting if one.number != batch.number]


@dataclass(frozen=True, slots=True)
class KeysByClue:
    """The fake lookup: keys by one kind of clue."""

    kind: str
    keys: Mapping[str, int]

    def customers(self, clues: pa.Table) -> Sequence[int | None]:
        return [self.keys.get(str(value)) for value in clues.column(self.kind).to_pylist()]
