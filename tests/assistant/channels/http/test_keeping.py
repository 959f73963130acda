"""Requests that are kept, places for streams, and threads that people take in turn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.channels.http.requests import (
    InProgressError,
    Kept,
    OtherRequestError,
    RequestKey,
    RequestsInMemory,
    RequestStore,
    once,
)
from assistant.channels.http.sql_requests import SqlRequestStore
from assistant.channels.http.workers import Job, Workers
from assistant.channels.streams import BusyError, OpenStreams
from semantic_layer.engines.base import Cancel
from tests.assistant.channels.http.scene import NOW, until
from tools.storage import open_storage

KEY = RequestKey(owner="ana", route="POST /segments", key="k")
DONE = Kept(status=201, headers=(("Content-Type", "application/json"),), body='{"名称": "上海"}', file="/a/b.csv")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RequestStore]:
    if request.param == "memory":
        yield RequestsInMemory()
        return
    engine = open_storage(f"sqlite:///{tmp_path / 'state.db'}")
    yield SqlRequestStore(engine)
    engine.dispose()


def test_a_response_is_given_again_as_it_was(store: RequestStore) -> None:
    assert store.begin(KEY, "d", at=NOW) is None
    store.finish(KEY, DONE)
    assert store.begin(KEY, "d", at=NOW + timedelta(hours=23, minutes=59)) == DONE


def test_another_digest_is_refused_while_it_is_under_way_and_after(store: RequestStore) -> None:
    store.begin(KEY, "d", at=NOW)
    with pytest.raises(OtherRequestError):
        store.begin(KEY, "e", at=NOW)
    store.finish(KEY, DONE)
    with pytest.raises(OtherRequestError):
        store.begin(KEY, "e", at=NOW)


def test_owners_routes_and_keys_are_told_apart(store: RequestStore) -> None:
    store.begin(KEY, "d", at=NOW)
    for other in (
        RequestKey(owner="ben", route=KEY.route, key="k"),
        RequestKey(owner="ana", route="POST /exports", key="k"),
        RequestKey(owner="ana", route=KEY.route, key="K"),
    ):
        assert store.begin(other, "e", at=NOW) is None


def test_one_under_way_is_in_progress_until_its_process_must_be_gone(store: RequestStore) -> None:
    store.begin(KEY, "d", at=NOW)
    for minutes in (0, 14):
        with pytest.raises(InProgressError):
            store.begin(KEY, "d", at=NOW + timedelta(minutes=minutes))
    assert store.begin(KEY, "d", at=NOW + timedelta(minutes=15)) is None
    with pytest.raises(InProgressError):
        store.begin(KEY, "d", at=NOW + timedelta(minutes=16))


def test_after_a_day_or_when_forgotten_it_is_new(store: RequestStore) -> None:
    store.begin(KEY, "d", at=NOW)
    store.finish(KEY, DONE)
    assert store.begin(KEY, "e", at=NOW + timedelta(hours=24)) is None
    store.forget(KEY)
    assert store.begin(KEY, "f", at=NOW + timedelta(hours=24)) is None


def test_of_many_at_once_one_is_carried_out(store: RequestStore) -> None:
    carried: list[int] = []
    refused: list[object] = []
    gate = threading.Barrier(6)

    def ask(number: int) -> None:
        gate.wait()
        try:
            once(store, KEY, "d", lambda: (carried.append(number), DONE)[1], clock=lambda: NOW)
        except InProgressError as error:
            refused.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(carried) == 1


def test_without_a_key_everything_is_carried_out(store: RequestStore) -> None:
    assert [once(store, None, "d", lambda: DONE, clock=lambda: NOW) for _ in range(2)] == [DONE, DONE]


def test_streams_are_counted_over_all_and_for_each_person() -> None:
    streams = OpenStreams(3, each=2)
    first, second = streams.open("ana"), streams.open("ana")
    with pytest.raises(BusyError, match="the most for one person"):
        streams.open("ana")
    with streams.open("ben"):
        with pytest.raises(BusyError, match="the most there may be"):
            streams.open("cho")
        assert streams.count == 3
    first.close()
    first.close()
    assert streams.count == 1
    second.close()
    assert streams.count == 0


def run(*work: object) -> None:
    async def all_of() -> None:
        for one in work:
            await one  # type: ignore[misc]

    asyncio.run(all_of())


class Gate:
    """One thread, busy until it is opened."""

    def __init__(self, most: int = 10, each: int = 10) -> None:
        self.workers = Workers(1, most=most, each=each)
        self.opened = threading.Event()
        begun = threading.Event()
        self.workers.submit("gate", lambda: (begun.set(), self.opened.wait(10)))  # type: ignore[arg-type,return-value]
        begun.wait(10)


def test_people_take_turns() -> None:
    gate, order = Gate(), []
    for name in ("ana", "ana", "ana", "ben", "cho", "ben"):
        gate.workers.submit(name, lambda name=name: order.append(name))
    gate.opened.set()
    until(lambda: len(order) == 6)
    assert order == ["ana", "ben", "cho", "ana", "ben", "ana"]


def test_the_queue_has_an_end_for_each_and_for_all() -> None:
    gate = Gate(most=3, each=2)
    places = [gate.workers.submit("ana", lambda: None) for _ in range(2)]
    with pytest.raises(BusyError):
        gate.workers.submit("ana", lambda: None)
    gate.workers.submit("ben", lambda: None)
    with pytest.raises(BusyError):
        gate.workers.submit("cho", lambda: None)
    assert gate.workers.drop(places[0])
    assert not gate.workers.drop(places[0])
    gate.workers.submit("cho", lambda: None)
    gate.opened.set()
    until(lambda: gate.workers.waiting == 0)


def test_a_job_gives_its_items_and_raises_what_its_work_raised() -> None:
    workers = Workers(2, most=5, each=5)

    def work(cancel: Cancel) -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("three")

    async def take() -> None:
        job: Job[int] = Job(workers, "ana", work)
        assert [await anext(job), await anext(job)] == [1, 2]
        for _ in range(2):
            with pytest.raises(ValueError, match="three"):
                await anext(job)

    run(take())


def test_a_job_that_is_stopped_while_it_waits_never_begins() -> None:
    gate, begun = Gate(), []

    async def stop() -> None:
        job: Job[int] = Job(gate.workers, "ana", lambda _: iter((begun.append(1),)))  # type: ignore[arg-type]
        job.stop()
        assert gate.workers.waiting == 0

    run(stop())
    gate.opened.set()
    until(lambda: gate.workers.waiting == 0)
    assert begun == []
