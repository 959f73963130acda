"""Events become rows and tags once each, whatever they look like and however often they come."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.engines.version import BASE
from semantic_layer.errors import DataError
from semantic_layer.ingestion.landing.intake import EventBatch
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.stream import (
    EventShape,
    EventsInMemory,
    KeysByClue,
    MicroBatches,
    RefusedEvent,
    event_key,
)
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import at, quiet, shop

SALE = EventShape(
    table="purchases",
    key="purchase_id",
    customer="member_id",
    moment="bought_at",
    columns={"amount": "paid"},
    clues={"phone": "phone"},
)
BY_PHONE = KeysByClue("phone", {"138": 5, "139": 4})
RECEIVED = at(2026, 10, 30, 16, 30)  # UTC: half past midnight of the 31st in Shanghai
NEW = "SELECT member_id, bought_at, channel, amount FROM purchases WHERE purchase_id > 9 ORDER BY ALL"


def batch(number: int, *events: tuple[str, Mapping[str, object] | str], source: str = "till") -> EventBatch:
    """Events by id; a text stands as the body itself."""
    bodies = [body if isinstance(body, str) else json.dumps({"event_id": name, **body}) for name, body in events]
    table = pa.table(
        {
            "event_id": [name for name, _ in events],
            "source": [source] * len(events),
            "body": bodies,
            "received_at": pa.array([RECEIVED] * len(events), pa.timestamp("us")),
        }
    )
    return EventBatch(number=number, events=table, again=False)


def sale(phone: str | None = "138", **more: object) -> Mapping[str, object]:
    return {"phone": phone, "time": "2026-10-31T08:00:00+08:00", "channel": "web", "paid": 500, **more}


@cache
def with_big_keys() -> dict[str, bytes]:
    """The shop, with room for keys of events in its purchases; computed once."""
    with tempfile.TemporaryDirectory() as place:
        _, refresh = shop(Path(place))

        def wider(path: Path) -> None:
            with duckdb.connect(str(path)) as connection:
                connection.execute(tiny.TABLES)
                connection.execute("ALTER TABLE purchases ALTER purchase_id TYPE BIGINT")

        refresh.full(progress=quiet, build=wider)
        return {path.name: path.read_bytes() for path in Path(place).iterdir()}


@pytest.fixture
def big_keys(tmp_path: Path) -> TagRefresh:
    for name, content in with_big_keys().items():
        (tmp_path / name).write_bytes(content)
    return shop(tmp_path)[1]


def taking(
    refresh: TagRefresh, *batches: EventBatch, most: int = 100
) -> tuple[MicroBatches, EventsInMemory, list[RefusedEvent]]:
    feed, refused = EventsInMemory(list(batches)), []
    return MicroBatches(feed, BY_PHONE, {"till": SALE}, refresh, refuse=refused.extend, most=most), feed, refused


def now_in(refresh: TagRefresh) -> duckdb.DuckDBPyConnection:
    version = refresh._versions.current()
    assert version is not None
    connection = duckdb.connect(":memory:")
    connection.execute(f"ATTACH '{version.delta or version.base}' AS v (READ_ONLY)")
    connection.execute(f"ATTACH IF NOT EXISTS '{version.base}' AS {BASE} (READ_ONLY)")
    connection.execute("USE v.main")
    return connection


def test_an_event_is_a_row_and_changes_the_tags_of_its_customer(big_keys: TagRefresh) -> None:
    events = batch(1, ("a", sale()), ("b", sale("139", time="2026-10-31T09:30:00", paid=20)))
    batches, feed, refused = taking(big_keys, events)
    applied = batches.step()
    assert applied is not None
    assert (applied.rows, applied.customers, applied.version.delta_events) == (2, 2, 2)
    assert (feed.settled, refused, batches.step()) == ([1], [], None)
    with now_in(big_keys) as connection:
        found = connection.execute(NEW).fetchall()
        assert [(row[0], row[1]) for row in found] == [
            (4, at(2026, 10, 31, 9, 30)),
            (5, at(2026, 10, 31, 8, 0)),
        ]
        assert connection.execute("SELECT stage, big_spender FROM customer_tags WHERE member_id = 5").fetchall() == [
            ("active", True)
        ]


def test_a_batch_that_comes_again_doubles_nothing(big_keys: TagRefresh) -> None:
    for _ in range(2):
        batches, _, _ = taking(big_keys, batch(1, ("a", sale()), ("a", sale()), ("b", sale(paid=1))))
        batches.step()
    with now_in(big_keys) as connection:
        assert len(connection.execute(NEW).fetchall()) == 2
    big_keys.full(progress=quiet)
    batches, _, _ = taking(big_keys, batch(1, ("a", sale())))
    batches.step()
    with now_in(big_keys) as connection:
        assert len(connection.execute(NEW).fetchall()) == 2


def test_times_are_those_of_the_company_and_missing_ones_those_of_arrival(big_keys: TagRefresh) -> None:
    events = batch(
        1,
        ("a", sale(time="2026-10-30T23:00:00Z")),
        ("b", sale(time=None)),
        ("c", sale(time="2026-10-29 10:00:00")),
    )
    batches, _, refused = taking(big_keys, events)
    batches.step()
    assert refused == []
    with now_in(big_keys) as connection:
        assert [row[1] for row in connection.execute(NEW).fetchall()] == [
            at(2026, 10, 29, 10, 0),
            at(2026, 10, 31, 0, 30),
            at(2026, 10, 31, 7, 0),
        ]


def test_an_event_of_nobody_known_is_kept_without_a_customer(big_keys: TagRefresh) -> None:
    batches, _, refused = taking(big_keys, batch(1, ("a", sale("000")), ("b", sale(None))))
    applied = batches.step()
    assert applied is not None
    assert (applied.rows, applied.customers, refused) == (2, 0, [])
    with now_in(big_keys) as connection:
        assert [row[0] for row in connection.execute(NEW).fetchall()] == [None, None]


def test_what_does_not_fit_waits_with_its_reason_and_the_rest_goes_on(big_keys: TagRefresh) -> None:
    events = batch(
        1, ("a", sale(paid="a lot")), ("b", sale(coupon="perhaps")), ("c", sale(time="yesterday")), ("d", sale())
    )
    batches, feed, refused = taking(big_keys, events)
    batches.step()
    assert {(one.event_id, one.field, one.value) for one in refused} == {
        ("a", "paid", "a lot"),
        ("b", "coupon", "perhaps"),
        ("c", "time", "yesterday"),
    }
    assert feed.settled == [1]
    with now_in(big_keys) as connection:
        assert len(connection.execute(NEW).fetchall()) == 1
    batches, _, refused = taking(big_keys, batch(2, ("e", sale()), source="nowhere"))
    batches.step()
    assert [(one.source, one.field) for one in refused] == [("nowhere", "source")]
    assert "till" in refused[0].reason.en


def test_a_failure_keeps_the_batch_and_the_stream_tries_again(
    big_keys: TagRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches, feed, _ = taking(big_keys, batch(1, ("a", sale())))
    real, failures = TagRefresh._compute, iter((True, True, False))

    def failing(self: TagRefresh, *arguments: object) -> object:
        if next(failures, False):
            raise duckdb.IOException("No space left on device")
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(TagRefresh, "_compute", failing)
    with pytest.raises(DataError):
        batches.step()
    assert feed.settled == []
    stop, pauses = Cancel(), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if feed.settled:
            stop.press()

    batches.run(stop, pause)
    assert (feed.settled, pauses) == ([1], [5.0, 0.2])


def test_keys_of_events_are_their_own() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE e AS SELECT * FROM (VALUES ('a', '1'), ('a', '2'), ('a1', ''), ('b', '1')) t(source, event_id)"
        )
        numbers = [n for (n,) in connection.execute(f"SELECT {event_key('BIGINT')} FROM e").fetchall()]
        texts = [n for (n,) in connection.execute(f"SELECT {event_key('VARCHAR')} FROM e").fetchall()]
    assert len(set(numbers)) == len(set(texts)) == 4
    assert all(2**60 <= number < 2**61 for number in numbers)
    assert texts[0] == "a\x1f1"
