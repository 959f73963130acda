"""Deliveries in memory and in a database behave alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.dialects import postgresql

from semantic_layer.errors import Text
from tests.tools.destinations.posts import START, Clock, Post, gate_for, sender_for
from tools.destinations import sql_deliveries
from tools.destinations.deliveries import Deliveries, DeliveriesInMemory, NotHeldError, Step
from tools.destinations.invalid import _INVALID, InvalidInMemory, SqlInvalidContacts
from tools.destinations.pins import _PINS, Pin, PinsInMemory, SqlPins
from tools.destinations.sender import Ended
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.destinations.types import Ability, Fate
from tools.storage import connect_storage

WHY = Text("原因", "reason")


@pytest.fixture(params=["memory", "sql"])
def deliveries(request: pytest.FixtureRequest, state: Callable[[], str]) -> Iterator[Deliveries]:
    if request.param == "memory":
        yield DeliveriesInMemory()
        return
    engine = connect_storage(state())
    yield SqlDeliveries(engine)
    engine.dispose()


def started(deliveries: Deliveries, people: int = 3) -> None:
    deliveries.enlist("c1", "mail", range(1, people + 1), at=START)
    assert deliveries.hold("c1", "me", until=START + timedelta(seconds=30), now=START)


def test_enlisting_again_changes_nothing(deliveries: Deliveries) -> None:
    assert deliveries.enlist("c1", "mail", [3, 1, 3], at=START) == 2
    assert deliveries.enlist("c1", "mail", [3, 1, 5], at=START) == 1
    assert deliveries.enlist("c2", "mail", [3], at=START) == 1
    assert [row.key for row in deliveries.rows("c1")] == [1, 3, 5]
    assert deliveries.tally("c1").counts == {Step.WAITING: 3}
    assert deliveries.rows("c1")[0].at == START


def test_one_holder_at_a_time(deliveries: Deliveries) -> None:
    started(deliveries)
    soon, later = START + timedelta(seconds=10), START + timedelta(seconds=31)
    until = START + timedelta(minutes=5)
    assert not deliveries.hold("c1", "you", until=until, now=soon)
    assert deliveries.hold("c1", "me", until=until, now=soon)
    assert not deliveries.hold("c1", "you", until=until, now=later)  # it was kept meanwhile
    deliveries.let_go("c1", "you")
    assert not deliveries.hold("c1", "you", until=until, now=later)
    deliveries.let_go("c1", "me")
    assert deliveries.hold("c1", "you", until=until, now=later)
    assert deliveries.hold("c1", "me", until=until + timedelta(1), now=until)  # its time is over


def test_only_the_holder_hands_over(deliveries: Deliveries) -> None:
    started(deliveries)
    due = deliveries.due("c1", now=START, limit=2)
    assert [row.key for row in due] == [1, 2]
    with pytest.raises(NotHeldError):
        deliveries.hand("you", due, at=START)
    with pytest.raises(NotHeldError):
        deliveries.put_off("you", due)
    with pytest.raises(NotHeldError):
        deliveries.recover("c1", "you", to=Step.UNSURE, why=WHY, at=START)
    handed = deliveries.hand("me", [replace(row, message=f"m{row.key}") for row in due], at=START)
    assert [(row.step, row.attempts, row.message) for row in handed] == [
        (Step.HANDING, 1, "m1"),
        (Step.HANDING, 1, "m2"),
    ]
    assert deliveries.hand("me", due, at=START) == ()  # they are on their way already
    assert deliveries.of_message("m2") == handed[1]
    assert deliveries.of_message("") is None
    assert deliveries.one("c1", 2) == handed[1]
    assert deliveries.one("c1", 9) is None


def test_what_was_left_in_the_middle(deliveries: Deliveries) -> None:
    started(deliveries)
    handed = deliveries.hand("me", deliveries.due("c1", now=START, limit=2), at=START)
    deliveries.settle([replace(handed[0], step=Step.ACCEPTED, reference="q1")])
    assert deliveries.recover("c1", "me", to=Step.UNSURE, why=WHY, at=START) == 1
    assert deliveries.accepted_keys("c1") == (1,)
    (unsure,) = deliveries.rows("c1", steps=[Step.UNSURE])
    assert (unsure.key, unsure.why) == (2, WHY)
    # The answer comes after all, from a process that was thought dead.
    deliveries.settle([replace(handed[1], step=Step.ACCEPTED)])
    assert deliveries.accepted_keys("c1") == (1, 2)
    # What is settled stays so.
    deliveries.settle([replace(handed[1], step=Step.REFUSED)])
    assert deliveries.accepted_keys("c1") == (1, 2)


def test_who_is_due(deliveries: Deliveries) -> None:
    started(deliveries, 4)
    first, second = deliveries.hand("me", deliveries.due("c1", now=START, limit=2), at=START)
    soon = START + timedelta(seconds=5)
    deliveries.settle(
        [
            replace(first, step=Step.AGAIN, next_try=soon + timedelta(milliseconds=1), why=WHY),
            replace(second, step=Step.AGAIN, next_try=soon),
        ]
    )
    assert [row.key for row in deliveries.due("c1", now=START, limit=9)] == [3, 4]
    assert [row.key for row in deliveries.due("c1", now=soon, limit=9)] == [3, 4, 2]
    assert [row.key for row in deliveries.due("c1", now=soon + timedelta(seconds=1), limit=9)] == [3, 4, 2, 1]
    tally = deliveries.tally("c1")
    assert (tally.counts, tally.next_try) == ({Step.WAITING: 2, Step.AGAIN: 2}, soon)
    assert tally.total == 4
    deliveries.put_off("me", [replace(deliveries.due("c1", now=START, limit=1)[0], step=Step.LEFT_OUT, why=WHY)])
    assert deliveries.tally("c1").of(Step.LEFT_OUT) == 1


def test_deciding_about_open_questions_only(deliveries: Deliveries) -> None:
    started(deliveries)
    rows = deliveries.hand("me", deliveries.due("c1", now=START, limit=3), at=START)
    steps = (Step.ACCEPTED, Step.UNSURE, Step.REFUSED)
    deliveries.settle([replace(row, step=step) for row, step in zip(rows, steps, strict=True)])
    assert deliveries.decide("c1", [1, 2, 3, 99], to=Step.WAITING, why=WHY, at=START) == 2
    assert [(row.step, row.attempts) for row in deliveries.rows("c1")] == [
        (Step.ACCEPTED, 1),
        (Step.WAITING, 0),
        (Step.WAITING, 0),
    ]


def test_pages_and_persons(deliveries: Deliveries) -> None:
    started(deliveries, 5)
    deliveries.enlist("c2", "sms", [4], at=START + timedelta(days=1))
    assert [row.key for row in deliveries.rows("c1", after=2, limit=2)] == [3, 4]
    assert [(row.campaign, row.destination) for row in deliveries.of_person(4)] == [("c2", "sms"), ("c1", "mail")]


def test_many_in_one_go(deliveries: Deliveries) -> None:
    started(deliveries, 1203)
    handed = deliveries.hand("me", deliveries.due("c1", now=START, limit=1203), at=START)
    deliveries.settle([replace(row, step=Step.ACCEPTED) for row in handed])
    assert deliveries.tally("c1").counts == {Step.ACCEPTED: 1203}


def test_the_sender_works_with_both(deliveries: Deliveries) -> None:
    clock, gate = Clock(), gate_for(12)
    sender, _ = sender_for(gate, clock, deliveries)
    answers = {3: Step.REFUSED}
    post = Post(clock, lambda m: Fate.REFUSED if m.key in answers else Fate.ACCEPTED, ability=Ability(at_once=3))
    sent = sender.send("c1", post)
    assert (sent.ended, sent.tally.counts) == (Ended.FINISHED, {Step.ACCEPTED: 11, Step.REFUSED: 1})


@pytest.mark.parametrize(
    "table", [sql_deliveries._DELIVERIES, sql_deliveries._SENDS, _PINS, _INVALID], ids=lambda t: t.name
)
def test_the_stores_know_every_column_on_both_databases(table: sa.Table, migrated: Path) -> None:
    engine = connect_storage(f"sqlite:///{migrated}")
    columns = {column["name"] for column in sa.inspect(engine).get_columns(table.name)}
    assert columns == {column.name for column in table.columns}
    engine.dispose()
    for statement in (sa.select(table), sa.insert(table), sa.update(table), sa.delete(table)):
        assert table.name in str(statement.compile(dialect=postgresql.dialect()))


def test_pins_in_memory_and_in_a_database(state: Callable[[], str]) -> None:
    engine = connect_storage(state())
    for pins in (PinsInMemory(), SqlPins(engine)):
        assert pins.pin("mail:587") is None
        pin = Pin(place="mail:587", fingerprint="ab", since=START)
        pins.put(pin)
        changed = replace(pin, offered="cd", offered_at=START)
        pins.put(changed)
        pins.put(Pin(place="a:443", fingerprint="", since=START, accepted_by="ann"))
        assert pins.pin("mail:587") == changed
        assert [one.place for one in pins.pins()] == ["a:443", "mail:587"]
    engine.dispose()


def test_invalid_contacts_in_memory_and_in_a_database(state: Callable[[], str]) -> None:
    engine = connect_storage(state())
    for kept in (InvalidInMemory(), SqlInvalidContacts(engine)):
        assert kept.people("mail") == BitMap()
        kept.note_invalid("mail", BitMap([3, 5]), START, "bounce 5.1.1")
        kept.note_invalid("mail", BitMap([5, 7]), START, "bounce 5.1.1")
        kept.note_invalid("sms", BitMap([9]), START, "")
        kept.valid_again("mail", BitMap([3, 99]))
        kept.valid_again("mail", BitMap())
        assert kept.people("mail") == BitMap([5, 7])
        assert kept.people("sms") == BitMap([9])
    engine.dispose()
