"""How fresh tags are: all of them over a million people, some after new events, and one person's within seconds of an event.

The demo company's own tags and variations of them, forty in all. Everything is measured in one run.
"""

from __future__ import annotations

import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from assistant.bootstrap import open_assistant, prepare_data
from assistant.settings import Settings
from benchmarks.answers import MILLION, _text
from benchmarks.sql import PAIRS
from benchmarks.timing import milliseconds, paired_ratio, spread
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.ingestion.landing.intake import EventBatch, EventIntake
from semantic_layer.ingestion.snapshot import BuildLimits
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.changes import Changes
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.stream import EventShape, MicroBatches, RefusedEvent
from semantic_layer.ingestion.tagging.versions import Versions
from semantic_layer.ingestion.warehouse import Warehouse
from semantic_layer.model.types import PreferenceBody, QuantileBody, RuleBody, SemanticModel, Tag, TagBody

TAGS = 40
EVENTS = 10_000
A_SECOND = 500
SECONDS = 60
SENT_AT_ONCE = 50
ROUNDS = 3
SMALL = 20_000
WINDOWS = {"12 months": "6 months", "180 days": "120 days", "90 days": "60 days", "30 days": "14 days"}
FIRST_NEW = 8_000_000_000
SHAPE = EventShape(
    table="events", key="event_id", customer="customer_key", moment="occurred_at", clues={"account": "account"}
)


def measure(home: Path, *, million: bool, seconds: int = SECONDS) -> dict[str, object]:
    """All figures; a million people take minutes to generate the first time."""
    people = MILLION if million else SMALL
    settings = Settings(data="retail", home=home, role="admin", people=people, memory_mb=6144)
    snapshot = prepare_data(settings)
    model = with_variations(_model(settings), TAGS)
    with _folder(home / "tags_benchmark") as folder:
        refresh = TagRefresh(
            Versions(folder), TagBook(model), clock=lambda: datetime.now(UTC), limits=BuildLimits(memory="6GB")
        )
        found: dict[str, object] = {"tags": _kinds(model), "rows": _rows(snapshot)}
        full = _seconds(
            lambda: refresh.full(progress=lambda *_: None, build=lambda path: shutil.copyfile(snapshot, path))
        )
        found["full_s"] = full
        found["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
        found |= _in_part(refresh, full, people)
        found["stream"] = _stream(refresh, folder, people, seconds)
        found["questions"] = _reading(settings, folder)
        found["again_s"] = _seconds(lambda: refresh.full(progress=lambda *_: None))
        found["load_average"] = round(os.getloadavg()[0], 1)
    return found


def with_variations(model: SemanticModel, count: int) -> SemanticModel:
    """The model with tags added to make `count`: its own with other windows and shares, of each kind in turn."""
    kinds: dict[type[TagBody], list[Tag]] = {}
    for tag in model.tags:
        kinds.setdefault(type(tag.body), []).append(tag)
    added: list[Tag] = []
    number = 0
    while len(model.tags) + len(added) < count:
        for tags in kinds.values():
            if len(model.tags) + len(added) < count:
                tag = tags[number % len(tags)]
                added.append(replace(tag, name=f"{tag.name}_{number}", body=_varied(tag.body, number)))
        number += 1
    return replace(model, tags=(*model.tags, *added))


def _varied(body: TagBody, number: int) -> TagBody:
    match body:
        case QuantileBody():
            return replace(body, share=round(0.05 * (number + 1), 2), window=WINDOWS.get(body.window, body.window))
        case PreferenceBody():
            return replace(body, window=WINDOWS.get(body.window, body.window))
        case RuleBody():
            inputs = tuple(replace(one, window=WINDOWS.get(one.window, one.window)) for one in body.inputs)
            return replace(body, inputs=inputs)
        case _:
            return body


def _in_part(refresh: TagRefresh, full: float, people: int) -> dict[str, object]:
    """Seconds until a version with new rows is published, alone and as a part of a full refresh."""
    found: dict[str, object] = {}
    for what, stage in (("events", _new_events), ("orders", _new_orders)):
        begun = time.process_time()
        taken = [
            _seconds(lambda n=number, s=stage: refresh.apply(s(n, people), events=EVENTS)) for number in range(ROUNDS)
        ]
        middle = sorted(taken)[len(taken) // 2]
        found[f"after_{EVENTS}_{what}_s"] = middle
        found[f"after_{EVENTS}_{what}_cpu_s"] = round((time.process_time() - begun) / ROUNDS, 2)
        found[f"after_{EVENTS}_{what}_of_full"] = round(middle / full, 3)
    return found


def _new_events(number: int, people: int) -> Callable[[Bench, Changes], None]:
    def stage(bench: Bench, changes: Changes) -> None:
        rows, _ = changes.stage("events")
        bench.run(
            f"INSERT INTO {rows} SELECT ? + i, 1 + hash(i + ?) % ?, 'search', TIMESTAMP '2026-10-31 12:00:00', NULL, '瑜伽垫' "
            "FROM range(?) AS r(i)",
            (FIRST_NEW + number * EVENTS, number * EVENTS, people, EVENTS),
        )

    return stage


def _new_orders(number: int, people: int) -> Callable[[Bench, Changes], None]:
    """Orders like some that are there, of other people and of today."""

    def stage(bench: Bench, changes: Changes) -> None:
        orders, _ = changes.stage("orders")
        lines, _ = changes.stage("order_lines")
        bench.run(
            f"INSERT INTO {orders} SELECT * REPLACE (order_id + ? AS order_id, 1 + hash(order_id + ?) % ? AS customer_key, "
            "TIMESTAMP '2026-10-31 12:00:00' AS ordered_at) FROM (SELECT * FROM target.main.orders WHERE order_id < ? "
            "ORDER BY order_id LIMIT ?)",
            (FIRST_NEW + number * 10_000_000, number, people, FIRST_NEW, EVENTS),
        )
        bench.run(
            f"INSERT INTO {lines} SELECT l.* REPLACE (l.line_id + ? AS line_id, o.order_id AS order_id, "
            f"o.customer_key AS customer_key, o.ordered_at AS ordered_at) FROM target.main.order_lines AS l "
            f"JOIN {orders} AS o ON l.order_id + ? = o.order_id",
            (FIRST_NEW + number * 10_000_000, FIRST_NEW + number * 10_000_000),
        )

    return stage


class _KeysAsSent:
    """Finds the customer by the number that the event gives as account."""

    def customers(self, clues: pa.Table) -> Sequence[int | None]:
        return pc.cast(clues.column("account"), pa.int64()).to_pylist()


class _Timed:
    """The intake, remembering which events are under way."""

    def __init__(self, intake: EventIntake) -> None:
        self._intake = intake
        self.under_way: list[str] = []

    def take(self, most: int) -> EventBatch | None:
        batch = self._intake.take(most)
        self.under_way = [] if batch is None else batch.events.column("event_id").to_pylist()
        return batch

    def settle(self, batch: EventBatch) -> None:
        self._intake.settle(batch)


def _stream(refresh: TagRefresh, folder: Path, people: int, seconds: int) -> dict[str, object]:
    """Seconds from the moment an event is sent until a reader sees the tag that it gives, for each event."""
    engine = DuckDBEngine.open_version(folder)
    warehouse = Warehouse(folder / "events.warehouse")
    intake = EventIntake(warehouse, most_waiting=100_000, now=lambda: datetime.now(UTC))
    feed = _Timed(intake)
    batches = MicroBatches(feed, _KeysAsSent(), {"app": SHAPE}, refresh, refuse=_none_is_refused)
    sent: dict[str, float] = {}
    over = Cancel()
    sender = threading.Thread(target=_send, args=(intake, sent, people, seconds, over), daemon=True)
    taken: list[float] = []
    sizes: list[int] = []
    sender.start()
    while not over.pressed or intake.waiting:
        if batches.step() is None:
            time.sleep(0.02)
            continue
        engine.refresh()
        _must_be_active(engine, feed.under_way[-1], people)
        now = time.perf_counter()
        taken += [now - sent[event] for event in feed.under_way]
        sizes.append(len(feed.under_way))
    sender.join()
    intake.close()
    engine.close()
    if len(taken) != A_SECOND * seconds:
        raise AssertionError(f"{len(taken)} events became visible of {A_SECOND * seconds}")
    return {
        "events": len(taken),
        "events_a_second": A_SECOND,
        "batches": len(sizes),
        "visible_s": spread(taken) | {"max": round(max(taken), 2)},
    }


def _none_is_refused(refused: Sequence[RefusedEvent]) -> None:
    if refused:
        raise AssertionError(f"{len(refused)} events were refused: {refused[0]}")


def _send(intake: EventIntake, sent: dict[str, float], people: int, seconds: int, over: Cancel) -> None:
    begun = time.perf_counter()
    for number in range(A_SECOND * seconds // SENT_AT_ONCE):
        time.sleep(max(0.0, begun + number * SENT_AT_ONCE / A_SECOND - time.perf_counter()))
        now = time.perf_counter()
        events = []
        for at in range(SENT_AT_ONCE):
            name = str(number * SENT_AT_ONCE + at)
            sent[name] = now
            events.append(
                {
                    "event_id": name,
                    "account": str(_person(name, people)),
                    "event_type": "search",
                    "time": "2026-10-31T20:00:00",
                    "search_text": "瑜伽垫",
                }
            )
        intake.accept("app", events)
    over.press()


def _person(event: str, people: int) -> int:
    return 1 + int(event) * 7919 % people


def _must_be_active(engine: DuckDBEngine, event: str, people: int) -> None:
    """The tag that an event gives stands in the version that is open."""
    with engine._cursor() as cursor:  # noqa: SLF001  # as close to the file as a reader can be
        statement = "SELECT recently_active FROM customer_tags WHERE customer_key = ?"
        found = cursor.execute(statement, [_person(event, people)]).fetchall()
    if found != [(True,)]:
        raise AssertionError(f"the tag of event {event} is not visible: {found}")


def _reading(settings: Settings, folder: Path) -> dict[str, object]:
    """The time of questions on a base with a delta over that on the base alone, and how long moving to a version takes."""
    version = Versions(folder).current()
    assert version is not None
    assert version.delta is not None
    assistant = open_assistant(settings.model_copy(update={"memory_mb": 4096}))
    texts = {pair.kind: _text(assistant, pair.step) for pair in PAIRS}
    assistant.resources.layer.engine.close()
    with duckdb.connect(str(version.base), read_only=True) as base, duckdb.connect(":memory:") as over:
        over.execute(f"ATTACH '{version.delta}' AS d (READ_ONLY)")
        over.execute(f"ATTACH '{version.base}' AS base (READ_ONLY)")
        over.execute("USE d.main")
        ratios = {
            kind: paired_ratio(
                lambda text=text: over.execute(text).fetchall(), lambda text=text: base.execute(text).fetchall(), 5
            )
            for kind, text in texts.items()
        }
    opening = [milliseconds(lambda: DuckDBEngine.open_version(folder).close()) for _ in range(20)]
    return {"with_delta_over_base": ratios, "open_ms": spread(opening)}


def _model(settings: Settings) -> SemanticModel:
    from assistant.datasets import source_of

    return load_definitions(source_of(settings.data, settings.people).definitions)[0]


def _kinds(model: SemanticModel) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for tag in model.tags:
        kinds[tag.kind.value] = kinds.get(tag.kind.value, 0) + 1
    return kinds


def _rows(snapshot: Path) -> dict[str, int]:
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        return {
            table: int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchall()[0][0])
            for table in ("customers", "orders", "order_lines", "events")
        }


def _seconds(work: Callable[[], object]) -> float:
    return round(milliseconds(work) / 1000, 2)


@contextmanager
def _folder(folder: Path) -> Iterator[Path]:
    """A folder for the versions of this run; it takes twice the size of the snapshot."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
