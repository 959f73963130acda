"""What customers did is kept once, attributed by what was sent alone, and a no holds at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pyroaring import BitMap

from semantic_layer.errors import DataError, Text
from semantic_layer.query.types import Audience
from tools.campaigns.consent import ConsentLedger
from tools.campaigns.in_memory import CampaignsInMemory
from tools.campaigns.store import Said
from tools.campaigns.types import Campaign
from tools.destinations.answering import SentByDeliveries
from tools.destinations.deliveries import DeliveriesInMemory, Delivery, Step
from tools.effect.hearing import Hearing
from tools.effect.intake import Parsed
from tools.effect.ours import LedgerOptouts, SentByUs
from tools.effect.response_store import SqlResponses
from tools.effect.responses import (
    Heard,
    Response,
    ResponseKind,
    ResponsesInMemory,
    ResponseStore,
    SentMessage,
    Standing,
)
from tools.storage import open_storage

SENT = datetime(2026, 8, 5, 2, tzinfo=UTC)
NOW = datetime(2026, 8, 7, tzinfo=UTC)
DATA = "retail"


class Sent:
    """Campaign c1 sent message m1 to customer 1 and m2 to customer 2."""

    def of_message(self, message: str) -> SentMessage | None:
        keys = {"m1": 1, "m2": 2}
        return self.to("c1", keys[message]) if message in keys else None

    def to(self, campaign: str, key: int) -> SentMessage | None:
        if campaign != "c1" or key not in (1, 2):
            return None
        return SentMessage(campaign="c1", key=key, channel="短信", at=SENT, days=30)


class Noes:
    def __init__(self) -> None:
        self.said: list[tuple[str, int, datetime, str]] = []

    def unsubscribe(self, channel: str, key: int, at: datetime, source: str) -> None:
        self.said.append((channel, key, at, source))


def event(id_: str, kind: ResponseKind = ResponseKind.CLICK, *, hours: float = 1, **more) -> Heard:
    return Heard(id=id_, kind=kind, at=SENT + timedelta(hours=hours), source="webhook", **more)


@pytest.fixture(params=["memory", "sqlite"])
def store(request) -> ResponseStore:
    return ResponsesInMemory() if request.param == "memory" else SqlResponses(open_storage())


@pytest.fixture
def noes() -> Noes:
    return Noes()


@pytest.fixture
def hearing(store, noes) -> Hearing:
    return Hearing(store, Sent(), noes, data_set=DATA, everybody=lambda: BitMap([1, 2, 3]), clock=lambda: NOW)


def test_a_click_belongs_to_its_message(hearing, store) -> None:
    taken = hearing.take(Parsed(events=(event("e1", message="m1"), event("e2", campaign="c1", key=2))))
    assert (taken.new, taken.known, taken.standings) == (2, 0, {Standing.COUNTS: 2})
    assert store.people("c1", ResponseKind.CLICK) == BitMap([1, 2])
    (one,) = store.of_person(DATA, 1)
    assert (one.channel, one.at, one.message) == ("短信", SENT + timedelta(hours=1), "m1")


def test_the_same_event_again_changes_nothing(hearing, store, noes) -> None:
    first = Parsed(events=(event("e1", ResponseKind.UNSUBSCRIBE, message="m1"), event("e1", message="m2")))
    assert hearing.take(first).new == 1
    again = hearing.take(first)
    assert (again.new, again.known, again.optouts) == (0, 2, 0)
    assert len(noes.said) == 1
    assert store.people("c1", ResponseKind.CLICK) == BitMap()


def test_unknown_people_are_kept_aside_and_never_attributed(hearing, store) -> None:
    events = (
        event("e1", message="nobody"),
        event("e2", campaign="c1", key=99),
        event("e3", ResponseKind.UNSUBSCRIBE, campaign="c1", channel="短信"),
    )
    taken = hearing.take(Parsed(events=events))
    assert (taken.new, taken.aside, taken.optouts) == (3, 3, 0)
    assert store.people("c1", ResponseKind.CLICK) == BitMap()
    assert {one.id for one in store.aside(DATA)} == {"e1", "e2", "e3"}
    assert all(one.key is None for one in store.aside(DATA))


def test_a_customer_who_is_gone_is_unknown(store, noes) -> None:
    gone = Hearing(store, Sent(), noes, data_set=DATA, everybody=lambda: BitMap([2]), clock=lambda: NOW)
    assert gone.take(Parsed(events=(event("e1", message="m1"),))).aside == 1


def test_answers_before_the_send_and_after_the_window_are_flagged(hearing, store) -> None:
    hearing.take(
        Parsed(
            events=(
                event("early", hours=-2, message="m1"),
                event("in time", hours=-0.05, message="m1"),  # a clock three minutes behind
                event("last moment", hours=30 * 24, message="m2"),
                event("late", hours=30 * 24 + 1, message="m2"),
            )
        )
    )
    assert store.tally(DATA, "c1") == {
        (ResponseKind.CLICK, Standing.BEFORE_SEND): 1,
        (ResponseKind.CLICK, Standing.COUNTS): 2,
        (ResponseKind.CLICK, Standing.AFTER_WINDOW): 1,
    }


def test_a_no_holds_at_once_even_where_the_event_does_not_count(hearing, noes) -> None:
    taken = hearing.take(
        Parsed(
            events=(
                event("late", ResponseKind.UNSUBSCRIBE, hours=40 * 24, message="m1"),
                event("spam", ResponseKind.COMPLAINT, message="m2"),
                event("plain", ResponseKind.UNSUBSCRIBE, key=3, channel="邮件"),
            )
        )
    )
    assert taken.optouts == 3
    assert [(channel, key, source) for channel, key, _, source in noes.said] == [
        ("短信", 1, "webhook:unsubscribe"),
        ("短信", 2, "webhook:complaint"),
        ("邮件", 3, "webhook:unsubscribe"),
    ]
    assert noes.said[0][2] == NOW  # a clock that runs ahead does not put it off
    assert taken.standings[Standing.NO_CAMPAIGN] == 1


def test_nothing_is_lost_when_it_cannot_be_kept(noes) -> None:
    class Broken(ResponsesInMemory):
        def add(self, responses) -> int:
            raise DataError(Text("磁盘已满", "the disk is full"))

    broken = Broken()
    events = Parsed(events=(event("e1", ResponseKind.UNSUBSCRIBE, message="m1"),))
    failing = Hearing(broken, Sent(), noes, data_set=DATA, everybody=lambda: BitMap([1]), clock=lambda: NOW)
    with pytest.raises(DataError):
        failing.take(events)
    assert len(noes.said) == 1
    later = Hearing(ResponsesInMemory(), Sent(), noes, data_set=DATA, everybody=lambda: BitMap([1]), clock=lambda: NOW)
    assert later.take(events).new == 1  # the sender sends it again
    assert len(noes.said) == 2


def test_counts_by_channel(store, hearing) -> None:
    hearing.take(
        Parsed(events=(event("a", message="m1"), event("b", message="m1"), event("c", message="m2", hours=-99)))
    )
    assert store.counts(DATA, ResponseKind.CLICK, SENT) == {("短信", 1): 2}
    assert store.counts("other", ResponseKind.CLICK, SENT) == {}


def test_a_person_is_forgotten_and_the_number_of_events_stays(store, hearing) -> None:
    hearing.take(Parsed(events=(event("a", message="m1"), event("b", message="m2"))))
    assert store.forget(DATA, 1) == 1
    assert store.of_person(DATA, 1) == ()
    assert sum(store.tally(DATA).values()) == 2
    assert store.people("c1", ResponseKind.CLICK) == BitMap([2])
    assert store.forget(DATA, 1) == 0


def test_all_or_none_are_kept_and_ids_are_of_one_data_set(store) -> None:
    def response(id_: str, data_set: str) -> Response:
        return Response(
            id=id_, data_set=data_set, kind=ResponseKind.OPEN, at=SENT, source="file", standing=Standing.COUNTS, key=1
        )

    assert store.add([response("a", DATA), response("a", "other"), response("a", DATA)]) == 2
    assert store.known(DATA, ["a", "b"]) == frozenset({"a"})
    assert store.add([]) == 0


def test_over_the_deliveries_and_the_ledger_of_the_other_rooms() -> None:
    deliveries = DeliveriesInMemory()
    deliveries.enlist("c1", "file", [1, 2], at=SENT)
    deliveries.hold("c1", "us", until=NOW, now=SENT)
    handed = deliveries.hand("us", deliveries.due("c1", now=SENT, limit=1), at=SENT)
    done = Delivery(campaign="c1", key=1, destination="file", step=Step.ACCEPTED, at=SENT, message="m1", attempts=1)
    assert len(handed) == 1
    deliveries.settle([done])
    campaign = Campaign(
        id="c1",
        data_set=DATA,
        name="c",
        audience=Audience(),
        channel="短信",
        owner="o",
        created_at=SENT,
        updated_at=SENT,
    )
    ours = SentByDeliveries(deliveries, lambda _: campaign)
    ledger = ConsentLedger(CampaignsInMemory(), DATA, clock=lambda: NOW)
    store = ResponsesInMemory()
    optouts = LedgerOptouts(ledger, "responses")
    hearing = Hearing(store, ours, optouts, data_set=DATA, everybody=lambda: BitMap([1, 2]), clock=lambda: NOW)
    taken = hearing.take(
        Parsed(
            events=(
                event("a", ResponseKind.UNSUBSCRIBE, message="m1"),
                event("b", campaign="c1", key=2),  # planned, nothing sent yet
            )
        )
    )
    assert taken.standings == {Standing.COUNTS: 1, Standing.NO_CAMPAIGN: 1}
    assert [(one.channel, one.said) for one in ledger.of(1)] == [("短信", Said.NO)]
    assert SentByUs(deliveries).sent("c1") == BitMap([1])
