"""What must outlive a restart: deliveries that were taken, plans behind buttons, choices for places. With its fake."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from assistant.channels.slack.values import Kept, Place, Seat, Unfinished

DELIVERIES_LAST: Final = timedelta(days=2)  # Slack gives up after about an hour
BUTTONS_LAST: Final = timedelta(days=30)
RESUMED_WITHIN: Final = timedelta(minutes=30)
MOST_TRIES: Final = 2  # a question that ends the process is not asked for ever


def thread_at(moment: datetime) -> str:
    """The name of a thread that began then: Slack names threads by seconds since 1970, so their order is that of time."""
    return f"{moment.timestamp():.6f}"


class SlackStore(Protocol):
    """Raises `DataError` when nothing can be read or written."""

    def take(self, keys: Sequence[str], job: str, *, at: datetime) -> bool:
        """Take a delivery on, once: false when any of its keys is known. `job` is kept until `done`; empty for none."""
        ...

    def posted(self, key: str, message: str) -> None:
        """Remember the message that says a job is being worked on."""
        ...

    def done(self, key: str) -> None:
        """The job was answered; what was asked is forgotten, the key is not."""
        ...

    def resume(self, *, before: datetime) -> tuple[Unfinished, ...]:
        """Jobs that were taken not long before a moment and never done, oldest first; each is given only once."""
        ...

    def tidy(self, *, now: datetime) -> None:
        """Forget what is too old: deliveries, replies behind buttons, choices for threads."""
        ...

    def keep(self, kept: Kept) -> None: ...

    def kept(self, reply: str, *, now: datetime) -> Kept | None:
        """A reply behind a button, unless it is too old."""
        ...

    def seat(self, place: Place) -> Seat: ...

    def put_seat(self, place: Place, seat: Seat) -> None: ...


@dataclass(frozen=True, slots=True)
class _Delivery:
    at: datetime
    job: str
    message: str = ""
    tries: int = 1
    open: bool = True


class SlackStoreInMemory:
    """The fake: keeps everything as long as the process lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deliveries: dict[str, _Delivery] = {}
        self._kept: dict[str, Kept] = {}
        self._seats: dict[Place, Seat] = {}

    def take(self, keys: Sequence[str], job: str, *, at: datetime) -> bool:
        with self._lock:
            if any(key in self._deliveries for key in keys):
                return False
            for index, key in enumerate(keys):
                self._deliveries[key] = _Delivery(at, "" if index else job, open=bool(job) and not index)
            return True

    def posted(self, key: str, message: str) -> None:
        with self._lock:
            if key in self._deliveries:
                self._deliveries[key] = replace(self._deliveries[key], message=message)

    def done(self, key: str) -> None:
        with self._lock:
            if key in self._deliveries:
                self._deliveries[key] = replace(self._deliveries[key], job="", open=False)

    def resume(self, *, before: datetime) -> tuple[Unfinished, ...]:
        with self._lock:
            left = [
                (key, one)
                for key, one in self._deliveries.items()
                if one.open and one.tries < MOST_TRIES and before - RESUMED_WITHIN <= one.at < before
            ]
            for key, one in left:
                self._deliveries[key] = replace(one, tries=one.tries + 1)
        return tuple(Unfinished(key, one.job, one.message) for key, one in left)

    def tidy(self, *, now: datetime) -> None:
        with self._lock:
            self._deliveries = {k: d for k, d in self._deliveries.items() if d.at >= now - DELIVERIES_LAST}
            self._kept = {k: one for k, one in self._kept.items() if one.at >= now - BUTTONS_LAST}
            oldest = thread_at(now - BUTTONS_LAST)
            self._seats = {p: seat for p, seat in self._seats.items() if not p.thread or p.thread >= oldest}

    def keep(self, kept: Kept) -> None:
        with self._lock:
            self._kept[kept.id] = kept

    def kept(self, reply: str, *, now: datetime) -> Kept | None:
        with self._lock:
            found = self._kept.get(reply)
        return found if found is not None and found.at >= now - BUTTONS_LAST else None

    def seat(self, place: Place) -> Seat:
        with self._lock:
            return self._seats.get(place, Seat())

    def put_seat(self, place: Place, seat: Seat) -> None:
        with self._lock:
            self._seats[place] = seat
