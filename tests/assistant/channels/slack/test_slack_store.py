"""The store keeps its promises in memory and in the database alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assistant.channels.scripted_answers import NOBODY, SALES
from assistant.channels.slack.sql_store import SqlSlackStore
from assistant.channels.slack.store import BUTTONS_LAST, DELIVERIES_LAST, RESUMED_WITHIN, SlackStore, SlackStoreInMemory
from assistant.channels.slack.values import Kept, Offer, Place, Seat, Unfinished
from tools.storage import open_storage

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
KEPT = Kept(
    id="r1", at=NOW, owner="ana", data_set="retail", conversation="T1:C1:1.1", language="zh", question="销售额", answer="a1",
    read_by="rules", follows=True, plan=SALES, offers=(Offer("北京", NOBODY), Offer("按渠道", SALES)),
)  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> SlackStore:
    return SlackStoreInMemory() if request.param == "memory" else SqlSlackStore(open_storage())


def test_a_delivery_is_taken_once_by_any_of_its_names(store: SlackStore) -> None:
    assert store.take(("message:1", "event:1"), "job", at=NOW)
    assert not store.take(("message:1", "event:1"), "job", at=NOW)
    assert not store.take(("message:2", "event:1"), "job", at=NOW)
    assert store.take(("message:2", "event:2"), "", at=NOW)


def test_what_is_not_done_is_given_once_more(store: SlackStore) -> None:
    store.take(("m1", "e1"), "one", at=NOW)
    store.take(("m2", "e2"), "two", at=NOW + timedelta(seconds=1))
    store.take(("m3",), "", at=NOW)
    store.posted("m2", "C1:1.1")
    store.done("m1")
    store.take(("m4",), "new", at=(opened := NOW + timedelta(seconds=2)))
    assert store.resume(before=opened) == (Unfinished("m2", "two", "C1:1.1"),)
    assert store.resume(before=opened) == ()  # it ended the process twice


def test_what_is_too_old_is_not_answered_any_more(store: SlackStore) -> None:
    store.take(("m1",), "one", at=NOW)
    assert store.resume(before=NOW + RESUMED_WITHIN + timedelta(seconds=1)) == ()


def test_replies_come_back_as_they_were_until_they_expire(store: SlackStore) -> None:
    store.keep(KEPT)
    assert store.kept("r1", now=NOW + BUTTONS_LAST) == KEPT
    assert store.kept("r1", now=NOW + BUTTONS_LAST + timedelta(seconds=1)) is None
    assert store.kept("r2", now=NOW) is None


def test_tidying_forgets_old_deliveries_and_replies_only(store: SlackStore) -> None:
    store.take(("m1",), "one", at=NOW)
    store.keep(KEPT)
    store.tidy(now=NOW + DELIVERIES_LAST)
    assert not store.take(("m1",), "", at=NOW)
    store.tidy(now=NOW + DELIVERIES_LAST + timedelta(seconds=1))
    assert store.take(("m1",), "", at=NOW)
    assert store.kept("r1", now=NOW) == KEPT
    store.tidy(now=NOW + BUTTONS_LAST + timedelta(seconds=1))
    assert store.kept("r1", now=NOW) is None


def test_seats_are_of_one_place(store: SlackStore) -> None:
    place, thread = Place(team="T1", channel="C1"), Place(team="T1", channel="C1", thread="1.1")
    store.put_seat(place, Seat("retail", "x"))
    store.put_seat(place, Seat("second", "y"))
    assert store.seat(place) == Seat("second", "y")
    assert store.seat(thread) == Seat()


def test_choices_for_old_threads_are_forgotten_and_those_for_channels_are_not(store: SlackStore) -> None:
    channel = Place(team="T1", channel="C1")
    old = Place(team="T1", channel="C1", thread=f"{NOW.timestamp():.0f}.000100")
    new = Place(team="T1", channel="C1", thread=f"{NOW.timestamp() + 60:.0f}.000100")
    for place in (channel, old, new):
        store.put_seat(place, Seat("retail", "x"))
    store.tidy(now=NOW + BUTTONS_LAST + timedelta(seconds=30))
    assert [store.seat(place).data_set for place in (channel, old, new)] == ["retail", "", "retail"]
