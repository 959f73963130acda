"""Sends a campaign: at least once where a destination knows ids, at most once where it does not, and never in silence.

What is about to leave is written down before it leaves. A process that is killed loses nothing: another one finds those
rows. With a destination that remembers ids they are simply sent again; with one that does not (mail, SMS) they are shown as
unsure, one message for each worker at most, and a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from threading import Event, Thread
from typing import Final

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, InvalidPlanError, Text
from tools.campaigns.gate import Handover, SendGate
from tools.campaigns.types import LeftOut, State
from tools.destinations.deliveries import OPEN, Deliveries, Delivery, NotHeldError, Step, Tally
from tools.destinations.invalid import InvalidContacts
from tools.destinations.outcomes import UNSAID, WHY_LEFT_OUT, after, interrupted
from tools.destinations.pace import Pace, Rate
from tools.destinations.types import Destination, Message, Receipt

Progress = Callable[[int, int], None]  # (people done with, people in all)

_DOWNS: Final = 3  # rounds in a row without use of the destination, after which a person should look


class Ended(StrEnum):
    """Why a run of the sender came to an end."""

    FINISHED = "finished"  # nothing is left to send or to decide
    LATER = "later"  # the rest is not due yet: come back at `next_try`
    UNDECIDED = "undecided"  # only unsure ones are left: a person decides
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    HELD_UP = "held_up"  # the destination cannot be used: `problems` say why, nothing was lost
    ELSEWHERE = "elsewhere"  # another process sends this campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How far a campaign is when a run ended."""

    ended: Ended
    tally: Tally
    problems: tuple[Text, ...] = ()

    @property
    def next_try(self) -> datetime | None:
        return self.tally.next_try


class Sender:
    """Sends campaigns, one run at a time each. `sleep` and `chance` (0 to 1) are arguments so that tests need not wait.

    With `invalid`, nobody is written to whose address is known to lead nowhere.
    """

    def __init__(
        self,
        *,
        gate: SendGate,
        deliveries: Deliveries,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        chance: Callable[[], float],
        sleep: Callable[[float], None],
        pace: Pace | None = None,
        invalid: InvalidContacts | None = None,
    ) -> None:
        self._gate = gate
        self._invalid = invalid
        self._deliveries = deliveries
        self._clock = clock
        self._new_id = new_id
        self._chance = chance
        self._sleep = sleep
        self._pace = pace or Pace()

    def send(
        self,
        campaign: str,
        destination: Destination,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Sent:
        """Go on with a campaign that was started, until nothing is due. May be called again and again, by any process.

        Raises what the gate raises (`UnknownNameError`, `InvalidPlanError`, `NotAllowedError`), `DataError`, and
        `InvalidPlanError` when the campaign is meant for another destination.
        """
        handover = self._gate.handover(campaign)
        _must_be_meant(handover, destination)
        now = self._clock()
        self._deliveries.enlist(campaign, handover.destination, handover.keys, at=now)
        holder = self._new_id()
        if not self._deliveries.hold(campaign, holder, until=now + self._pace.lease, now=now):
            return Sent(ended=Ended.ELSEWHERE, tally=self._deliveries.tally(campaign))
        with self._alive(campaign, holder) as lost:
            run = _Run(
                gate=self._gate,
                deliveries=self._deliveries,
                destination=destination,
                invalid=self._invalid,
                campaign=campaign,
                holder=holder,
                lost=lost,
                clock=self._clock,
                chance=self._chance,
                sleep=self._sleep,
                pace=self._pace,
                rate=Rate(destination.ability.per_second, clock=self._clock, sleep=self._sleep),
                progress=progress,
                cancel=cancel,
            )
            try:
                ended, problems = run.to_end()
            except NotHeldError:
                ended, problems = Ended.ELSEWHERE, ()
        return Sent(ended=ended, tally=self._deliveries.tally(campaign), problems=problems)

    @contextmanager
    def _alive(self, campaign: str, holder: str) -> Iterator[Event]:
        """Keeps holding the campaign from a thread, however slow the destination; the event says that it was lost."""
        lost, over = Event(), Event()
        every = self._pace.lease.total_seconds() / 3

        def keep() -> None:
            while not over.wait(every):
                now = self._clock()
                try:
                    held = self._deliveries.hold(campaign, holder, until=now + self._pace.lease, now=now)
                except DataError:
                    continue  # the database is busy or away: whoever writes next finds out whether we still hold it
                if not held:
                    lost.set()
                    return

        thread = Thread(target=keep, daemon=True)
        thread.start()
        try:
            yield lost
        finally:
            over.set()
            thread.join()
            self._deliveries.let_go(campaign, holder)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: what it works with, and what it has seen of the destination."""

    gate: SendGate
    deliveries: Deliveries
    destination: Destination
    invalid: InvalidContacts | None
    campaign: str
    holder: str
    lost: Event
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    sleep: Callable[[float], None]
    pace: Pace
    rate: Rate
    progress: Progress | None
    cancel: Cancel | None
    downs: int = 0  # rounds in a row in which the destination could not be used
    done: int = 0  # people whose turn is over, for whoever looks on
    people: int = 0

    def to_end(self) -> tuple[Ended, tuple[Text, ...]]:
        self._take_over()
        if problems := self.destination.check():
            return Ended.HELD_UP, problems
        size = max(self.pace.round, self.destination.ability.batch)
        before = self.deliveries.tally(self.campaign)
        self.people, self.done = before.total, before.total - before.of(*OPEN)
        while (ended := self._halted()) is None:
            due = self.deliveries.due(self.campaign, now=self.clock(), limit=size)
            if not due:
                if (ended := self._when_nothing_is_due()) is not None:
                    return ended, ()
                continue
            down = self._round(due)
            if self.progress is not None:
                self.progress(self.done, self.people)
            self.downs = self.downs + 1 if down is not None else 0
            if down is not None:
                problems = self.destination.check()
                if problems or self.downs >= _DOWNS:
                    return Ended.HELD_UP, problems or (down,)
        return ended, ()

    def _take_over(self) -> None:
        """Settle what a process left behind that ended in the middle."""
        remembers = self.destination.ability.remembers
        to, why = interrupted(remembers=remembers)
        self.deliveries.recover(self.campaign, self.holder, to=to, why=why, at=self.clock())
        noted = BitMap(self.deliveries.accepted_keys(self.campaign)) & self.gate.keys_to_send(self.campaign)
        if noted:
            self.gate.note_sent(self.campaign, noted, self.clock())

    def _halted(self) -> Ended | None:
        """Asked before everything that leaves."""
        if self.lost.is_set():
            return Ended.ELSEWHERE
        if self.cancel is not None and self.cancel.pressed:
            return Ended.CANCELLED
        state = self.gate.state(self.campaign)
        if state is State.SENDING:
            return None
        return Ended.PAUSED if state is State.PAUSED else Ended.FINISHED if state is State.SENT else Ended.STOPPED

    def _when_nothing_is_due(self) -> Ended | None:
        tally = self.deliveries.tally(self.campaign)
        if not tally.of(*OPEN):
            if tally.of(Step.UNSURE):
                return Ended.UNDECIDED
            self.gate.note_finished(self.campaign, self.clock())
            return Ended.FINISHED
        wait = (tally.next_try or self.clock()) - self.clock()
        if wait > self.pace.patience:
            return Ended.LATER
        # In short steps, so that pause and stop are heard meanwhile.
        self.sleep(min(max(wait.total_seconds(), 0.01), 0.5))
        return None

    def _round(self, due: Sequence[Delivery]) -> Text | None:
        """Ask the gate, then hand over what it allows; returns why the destination could not be used, if it could not."""
        by_key = {one.key: one for one in due}
        keys = BitMap(by_key)
        allowed = self.gate.still_allowed(self.campaign, keys)
        if allowed != keys:
            self._bar(by_key, keys - allowed)
        nowhere = BitMap() if self.invalid is None else allowed & self.invalid.people(self.destination.name)
        reached = allowed - nowhere
        messages = self.gate.messages(self.campaign, reached) if reached else ()
        without = allowed - BitMap(message.key for message in messages)
        if without:
            left_out = [self._left_out(by_key[key], LeftOut.INVALID_CONTACT) for key in without]
            self.deliveries.put_off(self.holder, left_out)
            self.done += len(left_out)
        size = self.destination.ability.batch
        parcels = [messages[start : start + size] for start in range(0, len(messages), size)]
        workers = min(self.destination.ability.at_once, len(parcels))
        if workers <= 1:
            results = [self._hand(parcel, by_key) for parcel in parcels]
        else:
            with ThreadPoolExecutor(workers) as pool:
                results = list(pool.map(lambda parcel: self._hand(parcel, by_key), parcels))
        settled = [row for rows, _ in results for row in rows]
        self.done += sum(row.step not in OPEN for row in settled)
        accepted = BitMap(row.key for row in settled if row.step is Step.ACCEPTED)
        if accepted:
            self.gate.note_sent(self.campaign, accepted, self.clock())
        return next((down for _, down in results if down is not None), None)

    def _bar(self, by_key: dict[int, Delivery], keys: BitMap) -> None:
        barred = self.gate.barred(self.campaign, keys)
        later = self.clock() + self.pace.later
        rows: list[Delivery] = []
        for reason, people in barred.items():
            if reason is LeftOut.QUIET_HOURS:
                rows += [self._later(by_key[key], later, reason) for key in people & keys]
            else:
                rows += [self._left_out(by_key[key], reason) for key in people & keys]
        named = BitMap(row.key for row in rows)
        if self.gate.state(self.campaign) is State.SENDING:
            # Not allowed, for no reason that is named: asked for again later rather than at once, over and over.
            rows += [self._later(by_key[key], later, None) for key in keys - named]
        self.deliveries.put_off(self.holder, rows)
        self.done += sum(row.step not in OPEN for row in rows)

    def _later(self, row: Delivery, moment: datetime, reason: LeftOut | None) -> Delivery:
        why = WHY_LEFT_OUT[reason] if reason is not None else Text("暂不允许", "not allowed for now")
        return replace(row, step=Step.WAITING, next_try=moment, why=why, at=self.clock())

    def _left_out(self, row: Delivery, reason: LeftOut) -> Delivery:
        why = WHY_LEFT_OUT[reason]
        return replace(row, step=Step.LEFT_OUT, reference=reason.value, why=why, at=self.clock(), next_try=None)

    def _hand(self, messages: Sequence[Message], by_key: dict[int, Delivery]) -> tuple[list[Delivery], Text | None]:
        """One call of the destination; returns what became of it, and why the destination could not be used."""
        self.rate.pass_(len(messages))
        if self._halted() is not None:
            return [], None
        named = [replace(by_key[m.key], message=m.id, variant=m.variant) for m in messages]
        handed = {row.key: row for row in self.deliveries.hand(self.holder, named, at=self.clock())}
        leaving = [message for message in messages if message.key in handed]
        receipts = {receipt.id: receipt for receipt in self.destination.send(leaving)} if leaving else {}
        rows = []
        for message in leaving:
            receipt = receipts.get(message.id) or Receipt(
                id=message.id, fate=UNSAID.fate, at=self.clock(), why=UNSAID.why
            )
            rows.append(
                after(
                    handed[message.key],
                    receipt,
                    remembers=self.destination.ability.remembers,
                    retry=self.pace.retry,
                    chance=self.chance(),
                    downs=self.downs,
                )
            )
        self.deliveries.settle(rows)
        return rows, next((receipt.why for receipt in receipts.values() if receipt.down), None)


def _must_be_meant(handover: Handover, destination: Destination) -> None:
    if handover.destination != destination.name:
        raise InvalidPlanError(
            Text(
                f"活动「{handover.name}」要发往「{handover.destination}」，不是「{destination.name}」。什么也没有发出。",
                f"{handover.name!r} is meant for {handover.destination!r}, not for {destination.name!r}. Nothing was sent.",
            ),
            suggestions=(handover.destination,),
        )
