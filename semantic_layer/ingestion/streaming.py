"""Events on their way: seen in the published version at once, and taken into the warehouse by the next load."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import duckdb
import pyarrow as pa

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.blueprint import Blueprint
from semantic_layer.ingestion.identity.tables import prepare as prepare_identity
from semantic_layer.ingestion.identity.touching import LOOKED_UP, lookup_many
from semantic_layer.ingestion.landing.intake import BatchSource, EventBatch, EventIntake
from semantic_layer.ingestion.landing.loading import land
from semantic_layer.ingestion.landing.runs import Load, LoadState
from semantic_layer.ingestion.landing.tables import prepare
from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.stream import EventShape, MicroBatches, RefusedEvent
from semantic_layer.ingestion.warehouse import Warehouse

MOST: Final = 2_000
_ASKED: Final = "streaming_asked"
_AFTER_BREAKDOWN: Final = 1.0


class WarehouseLookup:
    """Whose events are, by the identifiers that the last match of people knows."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def customers(self, clues: pa.Table) -> Sequence[int | None]:
        """A customer's key for each row, `None` for nobody known. Raises `DataError` when the warehouse cannot be read."""
        if not clues.num_columns or not clues.num_rows:
            return [None] * clues.num_rows
        try:
            with self._warehouse.reading() as connection:
                connection.register(_ASKED, clues)
                try:
                    lookup_many(connection, _ASKED)
                    rows = connection.execute(f"SELECT customer_key FROM {LOOKED_UP}").fetchall()
                finally:
                    connection.unregister(_ASKED)
        except duckdb.Error as error:
            raise _not_looked_up(error) from error
        return [None if key is None else int(key) for (key,) in rows]


class Stream:
    """Takes events from the intake into the published version until it is stopped.

    They stay with the intake until the next load takes them into the warehouse: see `land_events`.
    """

    def __init__(self, warehouse: Warehouse, intake: EventIntake, blueprint: Blueprint, refresh: TagRefresh) -> None:
        self._batches = MicroBatches(
            intake, WarehouseLookup(warehouse), event_shapes(blueprint), refresh, refuse=_later, most=MOST
        )

    def step(self) -> bool:
        """One batch; whether there was one."""
        return self._batches.step() is not None

    def run(self, stop: Cancel) -> None:
        """Until stopped. When the warehouse breaks down in the middle, what was being done is done again."""
        while not stop.pressed:
            with suppress(duckdb.Error):
                self._batches.run(stop, time.sleep)
            if not stop.pressed:
                time.sleep(_AFTER_BREAKDOWN)


def _later(_: Sequence[RefusedEvent]) -> None:
    """An event with a value that does not fit is not shown yet. The next load cleans it like any row: what can be read of
    it is published then, and the value waits in quarantine.
    """


def land_events(
    warehouse: Warehouse, spec: SourceSpec, *, now: Callable[[], datetime], by: str = "qunxiang"
) -> Load | None:
    """Take the events of a source that the stream has taken on into the warehouse, each once; `None` when there are none.

    Also those that it is publishing at this moment: they have the same key there and here, so that a new base which holds
    them and a delta which brings them again are one row.
    """
    with warehouse.writing() as connection:
        prepare(connection)
        connection.execute("CREATE TABLE IF NOT EXISTS work.landed_events (source VARCHAR, batch BIGINT)")
        events = connection.sql(
            "SELECT e.event_id, e.source, e.body, e.received_at, e.batch FROM work.events AS e "
            "WHERE e.source = ? AND e.batch > "
            "(SELECT coalesce(max(l.batch), -1) FROM work.landed_events AS l WHERE l.source = e.source) ORDER BY e.batch",
            params=[spec.name],
        ).to_arrow_table()
    if not events.num_rows:
        return None
    last = max(events.column("batch").to_pylist())
    batch = EventBatch(number=last, events=events.drop_columns(["batch"]), again=False)
    done = land(warehouse, spec, BatchSource(batch, spec), now=now, progress=lambda *_: None, cancel=Cancel(), by=by)
    if done.state is LoadState.DONE:
        with warehouse.writing() as connection:
            connection.execute("INSERT INTO work.landed_events VALUES (?, ?)", [spec.name, last])
    return done


def place_events(warehouse: Warehouse, spec: SourceSpec, clues: Sequence[str]) -> int:
    """Give the events of a source that came after the last match of people the customers that their identifiers lead to.

    `clues` are the fields of the source that are identifiers. The next match decides anew. Returns how many found one.
    """
    table = qualified("clean", spec.name)
    if not clues:
        return 0
    with warehouse.writing() as connection:
        prepare_identity(connection)
        names = ", ".join(f"r.{identifier(name)}" for name in clues)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE events_placed AS SELECT r._row AS record, {names} FROM {table} AS r "
            "ANTI JOIN (SELECT record FROM identity.members WHERE source = ?) AS m ON m.record = r._row",
            [spec.name],
        )
        found = lookup_many(connection, "events_placed")
        connection.execute(
            f"INSERT INTO identity.members (source, record, customer_key, tier) SELECT ?, record, customer_key, 'exact' "
            f"FROM {LOOKED_UP} WHERE customer_key IS NOT NULL",
            [spec.name],
        )
    return found


def event_sources(blueprint: Blueprint) -> tuple[SourceSpec, ...]:
    """The declared sources of events."""
    return tuple(spec for spec in blueprint.specs if spec.kind is SourceKind.EVENTS)


def clues_of(blueprint: Blueprint, spec: SourceSpec) -> tuple[str, ...]:
    """The fields of a source that say whose a row is."""
    identifiers = {field.name for field in blueprint.standard.fields if field.identifier is not None}
    return tuple(mapping.field for mapping in spec.columns if mapping.field in identifiers)


def event_shapes(blueprint: Blueprint) -> Mapping[str, EventShape]:
    """How the events of each source become rows of their table: by the columns that the source maps."""
    shapes = {}
    for spec in event_sources(blueprint):
        entity = blueprint.entity_of(spec)
        if entity is None:
            continue
        customer = next(
            (
                link.from_columns[0]
                for link in blueprint.model.relationships
                if link.from_entity == entity.name and link.to_entity == blueprint.model.customer_entity
            ),
            "",
        )
        if customer in {mapping.field for mapping in spec.columns}:
            customer = ""  # the events say it themselves
        moment = blueprint.time_of(spec)
        named = {mapping.field: mapping.column for mapping in spec.columns}
        own = {column.name for column in entity.columns}
        shapes[spec.name] = EventShape(
            table=entity.table,
            key=entity.primary_key[0],
            customer=customer,
            moment=moment,
            time=named.get(moment, "time"),
            columns={field: column for field, column in named.items() if field in own},
            clues={field: named[field] for field in clues_of(blueprint, spec)},
        )
    return shapes


def _not_looked_up(error: Exception) -> DataError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return DataError(
        Text(
            f"暂时查不到事件属于哪位客户：{reason}。事件保留着，稍后会自动重试。",
            f"Whose events these are cannot be looked up at the moment: {reason}. They are kept and tried again.",
        )
    )
