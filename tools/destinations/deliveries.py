"""What became of every message of a campaign: one row a person, written before and after each attempt."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from semantic_layer.errors import Text


class Step(StrEnum):
    """Where the message to one person is."""

    WAITING = "waiting"  # not tried yet, or put off
    HANDING = "handing"  # written before it leaves, so that after a crash nothing is thought unsent that may have left
    ACCEPTED = "accepted"
    AGAIN = "again"
    REFUSED = "refused"  # for good, or given up after the last attempt
    UNSURE = "unsure"  # it may have arrived: a person decides
    LET_BE = "let_be"  # a person decided to leave an unsure one as it is
    LEFT_OUT = "left_out"  # was not allowed any more when its turn came


OPEN: Final = (Step.WAITING, Step.AGAIN)
TO_DECIDE: Final = (Step.UNSURE, Step.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The message of a campaign to one person. `message` is its idempotency key, empty before the first attempt.

    `next_try` is when it may be tried; `None`: now. No address and no text is kept.
    """

    campaign: str
    key: int
    destination: str
    step: Step
    at: datetime
    message: str = ""
    variant: str = ""
    attempts: int = 0
    next_try: datetime | None = None
    reference: str = ""
    why: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many people of a campaign are at each step, and when the next attempt is due."""

    counts: Mapping[Step, int]
    next_try: datetime | None = None

    def of(self, *steps: Step) -> int:
        return sum(self.counts.get(step, 0) for step in steps)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class NotHeldError(Exception):
    """Another process sends this campaign now. It never reaches a person."""


class Deliveries(Protocol):
    """Keeps deliveries, and who may work on those of a campaign. Raises `DataError` when it cannot.

    A campaign is held by one `holder` at a time until a moment; whoever does not hold it hands over nothing.
    """

    def enlist(self, campaign: str, destination: str, keys: Iterable[int], *, at: datetime) -> int:
        """Everybody who is to get a message; those already there are left as they are. Returns how many are new."""
        ...

    def hold(self, campaign: str, holder: str, *, until: datetime, now: datetime) -> bool:
        """Take or keep the campaign; false when another one holds it."""
        ...

    def let_go(self, campaign: str, holder: str) -> None: ...

    def recover(self, campaign: str, holder: str, *, to: Step, why: Text, at: datetime) -> int:
        """What a process that ended was handing over becomes `to`. Raises `NotHeldError`."""
        ...

    def due(self, campaign: str, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Who may be tried now: first those never tried, by key, then by their moment."""
        ...

    def hand(self, holder: str, deliveries: Sequence[Delivery], *, at: datetime) -> tuple[Delivery, ...]:
        """Write that these are being handed over, each one attempt more; returns those that were still open.

        Raises `NotHeldError`.
        """
        ...

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Write what became of those handed over; anything else is left alone."""
        ...

    def put_off(self, holder: str, deliveries: Sequence[Delivery]) -> None:
        """Write those left out, or waiting until later, without an attempt. Raises `NotHeldError`."""
        ...

    def decide(self, campaign: str, keys: Iterable[int], *, to: Step, why: Text, at: datetime) -> int:
        """A person decides about unsure and refused ones: `WAITING` (once more, counted anew) or `LET_BE`."""
        ...

    def tally(self, campaign: str) -> Tally: ...

    def rows(
        self, campaign: str, *, steps: Sequence[Step] = (), after: int | None = None, limit: int | None = None
    ) -> tuple[Delivery, ...]:
        """By key, those at `steps` (all when empty); `after` (a key) turns the page."""
        ...

    def accepted_keys(self, campaign: str) -> tuple[int, ...]: ...

    def one(self, campaign: str, key: int) -> Delivery | None: ...

    def of_message(self, message: str) -> Delivery | None: ...

    def of_person(self, key: int) -> tuple[Delivery, ...]:
        """Everything that was tried towards one person, newest first."""
        ...


class DeliveriesInMemory:
    """The fake."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Delivery] = {}
        self._held: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.RLock()

    def enlist(self, campaign: str, destination: str, keys: Iterable[int], *, at: datetime) -> int:
        with self._lock:
            new = [key for key in dict.fromkeys(keys) if (campaign, key) not in self._rows]
            for key in new:
                self._rows[campaign, key] = Delivery(
                    campaign=campaign, key=key, destination=destination, step=Step.WAITING, at=at
                )
            return len(new)

    def hold(self, campaign: str, holder: str, *, until: datetime, now: datetime) -> bool:
        with self._lock:
            current, end = self._held.get(campaign, ("", now))
            if current not in ("", holder) and end > now:
                return False
            self._held[campaign] = (holder, until)
            return True

    def let_go(self, campaign: str, holder: str) -> None:
        with self._lock:
            if self._held.get(campaign, ("",))[0] == holder:
                del self._held[campaign]

    def recover(self, campaign: str, holder: str, *, to: Step, why: Text, at: datetime) -> int:
        with self._lock:
            self._must_hold(campaign, holder)
            found = [row for row in self._of(campaign) if row.step is Step.HANDING]
            self._put(replace(row, step=to, why=why, at=at, next_try=None) for row in found)
            return len(found)

    def due(self, campaign: str, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        with self._lock:
            found = [r for r in self._of(campaign) if r.step in OPEN and (r.next_try is None or r.next_try <= now)]
        found.sort(key=lambda row: (row.next_try.isoformat() if row.next_try else "", row.key))
        return tuple(found[:limit])

    def hand(self, holder: str, deliveries: Sequence[Delivery], *, at: datetime) -> tuple[Delivery, ...]:
        with self._lock:
            for campaign in {one.campaign for one in deliveries}:
                self._must_hold(campaign, holder)
            still = [one for one in deliveries if self._rows[one.campaign, one.key].step in OPEN]
            handed = [replace(one, step=Step.HANDING, attempts=one.attempts + 1, at=at) for one in still]
            self._put(handed)
            return tuple(handed)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        with self._lock:
            self._put(
                one for one in deliveries if self._rows[one.campaign, one.key].step in (Step.HANDING, Step.UNSURE)
            )

    def put_off(self, holder: str, deliveries: Sequence[Delivery]) -> None:
        with self._lock:
            for campaign in {one.campaign for one in deliveries}:
                self._must_hold(campaign, holder)
            self._put(one for one in deliveries if self._rows[one.campaign, one.key].step in OPEN)

    def decide(self, campaign: str, keys: Iterable[int], *, to: Step, why: Text, at: datetime) -> int:
        with self._lock:
            found = [self._rows[campaign, key] for key in keys if (campaign, key) in self._rows]
            found = [row for row in found if row.step in TO_DECIDE]
            self._put(replace(row, step=to, why=why, at=at, attempts=0, next_try=None) for row in found)
            return len(found)

    def tally(self, campaign: str) -> Tally:
        with self._lock:
            rows = self._of(campaign)
        moments = [row.next_try for row in rows if row.step in OPEN and row.next_try is not None]
        return Tally(counts=Counter(row.step for row in rows), next_try=min(moments, default=None))

    def rows(
        self, campaign: str, *, steps: Sequence[Step] = (), after: int | None = None, limit: int | None = None
    ) -> tuple[Delivery, ...]:
        with self._lock:
            found = [row for row in self._of(campaign) if not steps or row.step in steps]
        return tuple(row for row in found if after is None or row.key > after)[:limit]

    def accepted_keys(self, campaign: str) -> tuple[int, ...]:
        return tuple(row.key for row in self.rows(campaign, steps=(Step.ACCEPTED,)))

    def one(self, campaign: str, key: int) -> Delivery | None:
        with self._lock:
            return self._rows.get((campaign, key))

    def of_message(self, message: str) -> Delivery | None:
        with self._lock:
            return next((row for row in self._rows.values() if message and row.message == message), None)

    def of_person(self, key: int) -> tuple[Delivery, ...]:
        with self._lock:
            found = [row for row in self._rows.values() if row.key == key]
        return tuple(sorted(found, key=lambda row: (row.at, row.campaign), reverse=True))

    def _of(self, campaign: str) -> list[Delivery]:
        return sorted((row for row in self._rows.values() if row.campaign == campaign), key=lambda row: row.key)

    def _put(self, rows: Iterable[Delivery]) -> None:
        for row in rows:
            self._rows[row.campaign, row.key] = row

    def _must_hold(self, campaign: str, holder: str) -> None:
        if self._held.get(campaign, ("",))[0] != holder:
            raise NotHeldError(campaign)
