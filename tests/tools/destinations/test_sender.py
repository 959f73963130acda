"""The sender: who got what, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Text
from tests.tools.destinations.posts import PACE, START, Clock, Post, gate_for, sender_for
from tools.campaigns.types import LeftOut, State
from tools.destinations.deliveries import DeliveriesInMemory, Step
from tools.destinations.invalid import InvalidInMemory
from tools.destinations.outcomes import interrupted
from tools.destinations.pace import Pace, Rate, Retry
from tools.destinations.sender import Ended
from tools.destinations.types import Ability, Fate, Message, Receipt, message_id

REMEMBERS = Ability(remembers=True)


def test_everybody_gets_one() -> None:
    clock, gate = Clock(), gate_for(23)
    sender, deliveries = sender_for(gate, clock)
    post = Post(clock)
    told: list[tuple[int, int]] = []
    sent = sender.send("c1", post, progress=lambda done, of: told.append((done, of)))
    assert (sent.ended, sent.tally.counts) == (Ended.FINISHED, {Step.ACCEPTED: 23})
    assert post.handed == dict.fromkeys(range(1, 24), 1)
    assert set(gate.sent) == set(range(1, 24))
    assert gate.now is State.SENT
    assert told == [(5, 23), (10, 23), (15, 23), (20, 23), (23, 23)]
    assert deliveries.of_message(message_id("c1", 7)) == deliveries.one("c1", 7)


def test_a_second_run_sends_nothing_more() -> None:
    clock, gate = Clock(), gate_for(3)
    sender, _ = sender_for(gate, clock)
    post = Post(clock)
    sender.send("c1", post)
    gate.now = State.SENDING
    assert sender.send("c1", post).ended is Ended.FINISHED
    assert post.handed == {1: 1, 2: 1, 3: 1}


def test_batches_are_as_large_as_the_destination_takes_them() -> None:
    clock, gate = Clock(), gate_for(12)
    sender, _ = sender_for(gate, clock)
    post = Post(clock, ability=Ability(batch=8))
    sender.send("c1", post)
    assert [len(batch) for batch in post.batches] == [8, 4]


def test_several_work_side_by_side_and_nobody_gets_two() -> None:
    clock, gate = Clock(), gate_for(200)
    sender, _ = sender_for(gate, clock, pace=Pace(round=40))
    post = Post(clock, ability=Ability(at_once=8))
    assert sender.send("c1", post).tally.counts == {Step.ACCEPTED: 200}
    assert post.handed == dict.fromkeys(range(1, 201), 1)


def test_waits_grow_and_at_last_it_gives_up() -> None:
    clock, gate = Clock(), gate_for(1)
    sender, deliveries = sender_for(gate, clock, pace=Pace(round=5, patience=timedelta(hours=1), retry=PACE.retry))
    moments = []

    def busy(message: Message) -> Fate:
        moments.append((clock.now - START).total_seconds())
        return Fate.AGAIN

    sent = sender.send("c1", Post(clock, busy))
    assert moments == pytest.approx([0, 1, 3, 7])
    (row,) = deliveries.rows("c1")
    assert (sent.ended, row.step, row.attempts) == (Ended.FINISHED, Step.REFUSED, 4)
    assert "4" in row.why.en


def test_a_server_that_says_when_is_asked_then_and_the_run_does_not_wait_for_it() -> None:
    clock, gate = Clock(), gate_for(2)
    sender, _ = sender_for(gate, clock)
    grey = {1}

    def answer(message: Message) -> Receipt | Fate:
        if message.key in grey:
            return Receipt(id=message.id, fate=Fate.AGAIN, at=clock.now, wait=300)
        return Fate.ACCEPTED

    post = Post(clock, answer)
    first = sender.send("c1", post)
    assert (first.ended, first.next_try) == (Ended.LATER, START + timedelta(seconds=300))
    assert first.tally.counts == {Step.AGAIN: 1, Step.ACCEPTED: 1}
    grey.clear()
    clock.now += timedelta(seconds=299)
    assert sender.send("c1", post).ended is Ended.FINISHED  # a second is waited for
    assert post.handed == {1: 2, 2: 1}


def test_unsure_is_never_sent_again_by_itself() -> None:
    clock, gate = Clock(), gate_for(3)
    sender, deliveries = sender_for(gate, clock)
    unsure = {2}
    post = Post(clock, lambda message: Fate.UNSURE if message.key in unsure else Fate.ACCEPTED)
    assert sender.send("c1", post).ended is Ended.UNDECIDED
    assert sender.send("c1", post).ended is Ended.UNDECIDED
    assert post.handed == {1: 1, 2: 1, 3: 1}
    assert gate.now is State.SENDING  # not over while somebody has to decide

    unsure.clear()
    assert deliveries.decide("c1", [2, 3], to=Step.WAITING, why=Text("重发", "resend"), at=clock.now) == 1
    assert sender.send("c1", post).ended is Ended.FINISHED
    assert post.handed == {1: 1, 2: 2, 3: 1}


def test_unsure_ones_may_be_left_as_they_are() -> None:
    clock, gate = Clock(), gate_for(2)
    sender, deliveries = sender_for(gate, clock)
    post = Post(clock, lambda message: Fate.UNSURE)
    sender.send("c1", post)
    deliveries.decide("c1", [1, 2], to=Step.LET_BE, why=Text("不动", "let be"), at=clock.now)
    sent = sender.send("c1", post)
    assert (sent.ended, sent.tally.counts) == (Ended.FINISHED, {Step.LET_BE: 2})
    assert post.handed == {1: 1, 2: 1}


def test_who_remembers_is_asked_again_when_it_is_not_sure() -> None:
    clock, gate = Clock(), gate_for(1)
    sender, _ = sender_for(gate, clock)
    answers = iter([Fate.UNSURE, Fate.UNSURE, Fate.ACCEPTED])
    post = Post(clock, lambda message: next(answers), ability=REMEMBERS)
    assert sender.send("c1", post).ended is Ended.FINISHED
    assert post.handed == {1: 3}


def test_an_opt_out_during_the_send_holds_from_the_next_round() -> None:
    clock, gate = Clock(), gate_for(20)
    sender, deliveries = sender_for(gate, clock)
    post = Post(clock)

    def say_no(messages: object) -> None:
        if sum(post.handed.values()) == 5:
            gate.no[LeftOut.UNSUBSCRIBED] = BitMap([2, 15])
            gate.no[LeftOut.CAPPED] = BitMap([16])

    post.before = say_no
    sent = sender.send("c1", post)
    assert set(post.handed) == set(range(1, 21)) - {15, 16}
    left = {row.key: (row.reference, row.why.en) for row in deliveries.rows("c1", steps=[Step.LEFT_OUT])}
    assert left == {15: ("unsubscribed", "unsubscribed"), 16: ("capped", "a frequency cap was reached")}
    assert sent.tally.counts == {Step.ACCEPTED: 18, Step.LEFT_OUT: 2}


def test_pause_and_stop_act_before_the_next_message() -> None:
    clock, gate = Clock(), gate_for(20)
    sender, _ = sender_for(gate, clock)
    post = Post(clock)

    def pause(messages: object) -> None:
        if sum(post.handed.values()) == 6:
            gate.now = State.PAUSED

    post.before = pause
    sent = sender.send("c1", post)
    assert (sent.ended, sum(post.handed.values())) == (Ended.PAUSED, 7)  # the one that was under way
    assert sent.tally.counts == {Step.ACCEPTED: 7, Step.WAITING: 13}

    gate.now = State.SENDING
    post.before = lambda messages: setattr(gate, "now", State.STOPPED)
    assert sender.send("c1", post).ended is Ended.STOPPED
    assert sum(post.handed.values()) == 8

    gate.now = State.SENDING
    post.before = lambda messages: None
    assert sender.send("c1", post).ended is Ended.FINISHED
    assert post.handed == dict.fromkeys(range(1, 21), 1)


def test_cancel_ends_the_run_and_not_the_campaign() -> None:
    clock, gate, cancel = Clock(), gate_for(20), Cancel()
    sender, _ = sender_for(gate, clock)
    post = Post(clock)
    post.before = lambda messages: cancel.press()
    assert sender.send("c1", post, cancel=cancel).ended is Ended.CANCELLED
    assert gate.now is State.SENDING
    assert sum(post.handed.values()) == 1


def test_quiet_hours_put_off_and_come_back() -> None:
    clock, gate = Clock(), gate_for(3)
    sender, _ = sender_for(gate, clock)
    gate.no[LeftOut.QUIET_HOURS] = BitMap([2])
    post = Post(clock)
    first = sender.send("c1", post)
    assert (first.ended, first.next_try) == (Ended.LATER, START + PACE.later)
    gate.no.clear()
    clock.now += PACE.later
    assert sender.send("c1", post).ended is Ended.FINISHED
    assert post.handed == {1: 1, 2: 1, 3: 1}


def test_a_destination_out_of_use_costs_no_attempt() -> None:
    clock, gate = Clock(), gate_for(3)
    sender, deliveries = sender_for(gate, clock)
    why = Text("换了证书", "another certificate")
    post = Post(clock, lambda m: Receipt(id=m.id, fate=Fate.AGAIN, at=clock.now, why=why, down=True))
    post.before = lambda messages: setattr(post, "problems", (why,))
    sent = sender.send("c1", post)
    assert (sent.ended, sent.problems) == (Ended.HELD_UP, (why,))
    assert {row.attempts for row in deliveries.rows("c1")} == {0}
    assert sent.tally.of(Step.WAITING) == 3
    assert sender.send("c1", post).ended is Ended.HELD_UP  # at once: its own check says so

    post.problems, post.before, post.answer = (), (lambda messages: None), (lambda message: Fate.ACCEPTED)
    clock.now += timedelta(minutes=10)
    assert sender.send("c1", post).ended is Ended.FINISHED


def test_a_destination_that_only_refuses_itself_is_not_asked_for_ever() -> None:
    clock, gate = Clock(), gate_for(2)
    sender, _ = sender_for(gate, clock, pace=Pace(round=5, patience=timedelta(hours=1), retry=PACE.retry))
    why = Text("密钥不对", "the key is wrong")
    post = Post(clock, lambda m: Receipt(id=m.id, fate=Fate.AGAIN, at=clock.now, why=why, down=True))
    sent = sender.send("c1", post)
    assert (sent.ended, sent.problems) == (Ended.HELD_UP, (why,))
    assert post.handed == {1: 3, 2: 3}


def test_what_a_killed_process_was_handing_over_is_unsure() -> None:
    clock, gate = Clock(), gate_for(4)
    sender, deliveries = sender_for(gate, clock)
    post = Post(clock)

    def die(messages: object) -> None:
        if sum(post.handed.values()) == 2:
            raise KeyboardInterrupt

    post.before = die
    with pytest.raises(KeyboardInterrupt):
        sender.send("c1", post)
    assert deliveries.tally("c1").counts == {Step.ACCEPTED: 2, Step.HANDING: 1, Step.WAITING: 1}
    post.before = lambda messages: None
    sent = sender.send("c1", post)
    assert sent.ended is Ended.UNDECIDED
    assert sent.tally.counts == {Step.ACCEPTED: 3, Step.UNSURE: 1}
    assert post.handed == {1: 1, 2: 1, 4: 1}
    assert set(gate.sent) == {1, 2, 4}  # the first two were written down, but the gate had not been told


def test_with_a_destination_that_remembers_it_is_sent_again() -> None:
    clock, gate = Clock(), gate_for(2)
    sender, deliveries = sender_for(gate, clock)
    post = Post(clock, ability=REMEMBERS)
    post.before = lambda messages: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        sender.send("c1", post)
    post.before = lambda messages: None
    assert sender.send("c1", post).ended is Ended.FINISHED
    assert deliveries.rows("c1")[0].attempts == 2  # the attempt that ended badly counts


def test_two_senders_of_one_campaign_and_exactly_one_works() -> None:
    clock, gate, deliveries = Clock(), gate_for(10), DeliveriesInMemory()
    first, _ = sender_for(gate, clock, deliveries)
    second, _ = sender_for(gate, clock, deliveries)
    ends = []
    post = Post(clock)
    other = Post(clock)
    second._new_id = lambda: "another"
    post.before = lambda messages: ends.append(second.send("c1", other).ended)
    assert first.send("c1", post).ended is Ended.FINISHED
    assert set(ends) == {Ended.ELSEWHERE}
    assert not other.batches


def test_who_lost_the_campaign_hands_over_nothing_more() -> None:
    """A process that slept past its lease wakes up: another one sends by now."""
    clock, gate, deliveries = Clock(), gate_for(3), DeliveriesInMemory()
    first, _ = sender_for(gate, clock, deliveries)
    post = Post(clock)

    def taken_over(messages: object) -> None:
        later = clock.now + timedelta(minutes=5)
        deliveries._held["c1"] = ("another", later)

    post.before = taken_over
    assert first.send("c1", post).ended is Ended.ELSEWHERE
    assert post.handed == {1: 1}
    # What it knows about the message that was under way is true all the same.
    assert deliveries.rows("c1")[0].step is Step.ACCEPTED


def test_nobody_without_an_address_is_lost() -> None:
    clock, gate = Clock(), gate_for(3)
    sender, deliveries = sender_for(gate, clock)
    real = gate.messages
    gate_messages = lambda campaign, keys: tuple(m for m in real(campaign, keys) if m.key != 2)  # noqa: E731
    sender._gate = type(
        "Gate", (), {"__getattr__": lambda self, name: getattr(gate, name), "messages": staticmethod(gate_messages)}
    )()
    assert sender.send("c1", Post(clock)).tally.counts == {Step.ACCEPTED: 2, Step.LEFT_OUT: 1}
    assert deliveries.rows("c1", steps=[Step.LEFT_OUT])[0].reference == "invalid_contact"


def test_nobody_is_written_to_at_an_address_that_leads_nowhere() -> None:
    clock, gate = Clock(), gate_for(4)
    sender, deliveries = sender_for(gate, clock)
    sender._invalid = InvalidInMemory()
    sender._invalid.note_invalid("post", BitMap([3]), START, "bounce 5.1.1")
    sender._invalid.note_invalid("another", BitMap([1]), START, "bounce 5.1.1")
    post = Post(clock)
    sender.send("c1", post)
    assert set(post.handed) == {1, 2, 4}
    assert deliveries.one("c1", 3).reference == "invalid_contact"


def test_a_campaign_goes_where_it_is_meant_to() -> None:
    clock, gate = Clock(), gate_for(1)
    sender, _ = sender_for(gate, clock)
    post = Post(clock)
    post.name = "another"
    with pytest.raises(InvalidPlanError, match="meant for 'post'"):
        sender.send("c1", post)
    assert not post.batches


def test_a_destination_that_forgets_a_receipt_makes_it_unsure() -> None:
    clock, gate = Clock(), gate_for(2)
    sender, deliveries = sender_for(gate, clock)
    post = Post(clock, ability=Ability(batch=2))
    whole = post.send
    post.send = lambda messages: whole(messages)[:1]  # type: ignore[method-assign]
    assert sender.send("c1", post).ended is Ended.UNDECIDED
    assert [row.step for row in deliveries.rows("c1")] == [Step.ACCEPTED, Step.UNSURE]


def test_messages_a_second() -> None:
    clock, gate = Clock(), gate_for(10)
    sender, _ = sender_for(gate, clock)
    sender.send("c1", Post(clock, ability=Ability(per_second=2)))
    assert clock.now - START == timedelta(seconds=4.5)


def test_a_rate_counts_batches_by_their_messages() -> None:
    clock = Clock()
    rate = Rate(10, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        rate.pass_(5)
    assert clock.slept == [0.5, 0.5]
    Rate(0, clock=clock, sleep=clock.sleep).pass_(1000)
    assert len(clock.slept) == 2


def test_waits_between_attempts() -> None:
    retry = Retry(first=2, factor=3, most=30, jitter=0.5, attempts=9)
    assert [retry.wait(attempt, 0.0) for attempt in (1, 2, 3, 4, 99)] == [2, 6, 18, 30, 30]
    assert retry.wait(2, 1.0) == 3


def test_interrupted_says_what_to_do() -> None:
    assert interrupted(remembers=True)[0] is Step.AGAIN
    step, why = interrupted(remembers=False)
    assert step is Step.UNSURE
    assert why.zh
    assert why.en
