"""Events are kept before they are confirmed, each once, and come again until what took them says that they arrived."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from semantic_layer.errors import UnknownNameError
from semantic_layer.ingestion.landing.intake import (
    MOST_BYTES,
    MOST_FIELDS,
    Accepted,
    BatchSource,
    EventIntake,
    FullError,
)
from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.sources.types import SourceKind
from tests.semantic_layer.ingestion.landing.scene import Scene, counts, spec

APP = spec("app", key=("event_id",), columns=("amount",), kind=SourceKind.EVENTS)


WRONG = [
    ({}, "event_id"),
    ({"event_id": ""}, "event_id"),
    ({"event_id": 7}, "event_id"),
    ({"event_id": "x" * 201}, "event_id"),
    ({"event_id": "a\nb"}, "event_id"),
    ({"event_id": "a", "time": "yesterday"}, "ISO 8601"),
    ({"event_id": "a", "time": 1761870000}, "ISO 8601"),
    ({"event_id": "a", "text": "x" * 8001}, "'text' is too long: 8,001"),
    ({"event_id": "a", "x" * 101: 1}, "name of a field"),
    ({"event_id": "a", **{f"f{number}": 1 for number in range(MOST_FIELDS)}}, "Too many fields"),
    ({"event_id": "a", "list": ["x" * 8000] * 5}, f"at most {MOST_BYTES:,}"),
    ({"event_id": "a", "n": float("nan")}, "JSON"),
    ({"event_id": "a", "text": "\ud800"}, "JSON"),
]


def intake(scene: Scene, **said) -> EventIntake:
    return EventIntake(scene.warehouse, **{"most_waiting": 1000, "now": scene.clock, **said})


def event(event_id: str, /, **fields) -> dict[str, object]:
    return {"event_id": event_id, **fields}


def test_events_are_on_the_disk_when_they_are_confirmed(scene: Scene) -> None:
    one = intake(scene)
    accepted = one.accept("app", [event("e1", time="2026-10-31T08:30:00+08:00", amount=3, name="张伟"), event("e2")])
    assert accepted == Accepted(new=2, known=0)
    one.close()
    rows = scene.rows("SELECT event_id, source, body, batch FROM work.events ORDER BY event_id")
    assert rows == [
        ("e1", "app", '{"event_id":"e1","time":"2026-10-31T08:30:00+08:00","amount":3,"name":"张伟"}', None),
        ("e2", "app", '{"event_id":"e2"}', None),
    ]


def test_an_event_counts_once_however_often_it_is_sent(scene: Scene) -> None:
    one = intake(scene)
    assert one.accept("app", [event("a"), event("a", amount=2), event("b")]) == Accepted(new=2, known=1, known_at=(1,))
    assert one.accept("app", [event("b"), event("c")]) == Accepted(new=1, known=1, known_at=(0,))
    assert one.accept("shop", [event("a")]) == Accepted(new=1, known=0)
    assert one.waiting == 4
    assert scene.rows("SELECT body FROM work.events WHERE event_id = 'a' AND source = 'app'") == [('{"event_id":"a"}',)]


def test_an_event_that_cannot_be_kept_is_refused_alone(scene: Scene) -> None:
    one = intake(scene)
    for number, (wrong, reason) in enumerate(WRONG):
        accepted = one.accept("app", [event(f"good{number}"), wrong, event(f"fine{number}")])
        assert (accepted.new, [at for at, _ in accepted.refused]) == (2, [1])
        said = accepted.refused[0][1]
        assert reason in said.en
        assert said.zh != said.en


def test_late_and_future_events_keep_their_own_time(scene: Scene) -> None:
    one = intake(scene)
    one.accept("app", [event("late", time="2019-01-01T00:00:00"), event("early", time="2031-01-01")])
    batch = one.take(10)
    assert [json.loads(body)["time"] for body in batch.events.column("body").to_pylist()] == [
        "2019-01-01T00:00:00",
        "2031-01-01",
    ]


def test_a_batch_comes_again_until_it_is_settled(scene: Scene) -> None:
    one = intake(scene)
    one.accept("app", [event("a"), event("b"), event("c")])
    batch = one.take(2)
    assert (batch.number, batch.again, batch.events.column("event_id").to_pylist()) == (1, False, ["a", "b"])
    one.close()
    after = intake(scene, most_waiting=10)
    again = after.take(5)
    assert (again.number, again.again, again.events.equals(batch.events)) == (1, True, True)
    assert after.waiting == 3
    after.settle(again)
    after.settle(again)
    assert after.waiting == 1
    last = after.take(5)
    assert (last.number, last.events.column("event_id").to_pylist()) == (2, ["c"])
    after.settle(last)
    assert after.take(5) is None
    after.close()


def test_when_too_many_wait_nothing_is_kept_and_it_says_when_to_come_back(scene: Scene) -> None:
    one = intake(scene, most_waiting=1000)
    one.accept("app", [event(str(number)) for number in range(1000)])
    with pytest.raises(FullError) as full:
        one.accept("app", [event("more")])
    assert full.value.retry_after == 2
    assert "2 seconds" in full.value.message.en
    one.settle(one.take(600))
    assert one.accept("app", [event("more")]).new == 1


def test_a_source_that_is_not_declared_is_refused_with_the_nearest(scene: Scene) -> None:
    with pytest.raises(UnknownNameError, match="'app'"):
        intake(scene, sources=("app", "shop")).accept("aap", [event("a")])


def test_settled_events_are_forgotten_after_a_time(scene: Scene) -> None:
    one = intake(scene)
    one.accept("app", [event("a")])
    one.settle(one.take(5))
    one.accept("app", [event("b")])
    assert one.forget(scene.clock.at + timedelta(days=1)) == 1
    assert one.accept("app", [event("a"), event("b")]) == Accepted(new=1, known=1, known_at=(1,))


def test_a_batch_lands_once_even_when_it_comes_again(scene: Scene) -> None:
    one = intake(scene)
    one.accept("app", [event("a", amount=3, tags=["x"]), event("b", time="2026-10-31T08:30:00"), event("other")])
    one.accept("shop", [event("z")])
    batch = one.take(10)
    load = scene.land(APP, BatchSource(batch, APP))
    assert (load.state, counts(load)) == (LoadState.DONE, (3, 3, 0, 0, 0))
    assert scene.raw("app", columns='_row, amount, tags, "time"') == [
        ("a", "3", '["x"]', None),
        ("b", None, None, "2026-10-31T08:30:00"),
        ("other", None, None, None),
    ]
    assert counts(scene.land(APP, BatchSource(batch, APP))) == (0, 0, 0, 0, 0)
    one.settle(batch)
    one.accept("app", [event("c", amount=5)])
    assert counts(scene.land(APP, BatchSource(one.take(10), APP))) == (1, 1, 0, 0, 0)
    assert len(scene.raw("app")) == 4


def test_many_senders_at_once_lose_and_double_nothing(scene: Scene) -> None:
    one = intake(scene)

    def send(first: int) -> None:
        for start in range(first, first + 60, 20):
            one.accept("app", [event(str(number)) for number in range(start, start + 30)])

    threads = [threading.Thread(target=send, args=(first,)) for first in (0, 30, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scene.rows("SELECT count(*), count(DISTINCT event_id) FROM work.events") == [(130, 130)]
    assert one.waiting == 130
