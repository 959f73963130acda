"""How fast and how often: waits between attempts, and messages a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Waits that grow: `first` seconds, each `factor` times the one before, `most` at most, `attempts` in all.

    `jitter` is the share of a wait that is left to chance, so that many senders do not come back in the same second.
    """

    first: float = 2.0
    factor: float = 2.0
    most: float = 600.0
    jitter: float = 0.5
    attempts: int = 8

    def wait(self, attempt: int, chance: float) -> float:
        """Seconds after the attempt of this number (from 1); `chance` is between 0 and 1."""
        whole = min(self.first * self.factor ** min(attempt - 1, 60), self.most)
        return whole * (1 - self.jitter * chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a sender works.

    `lease`: for how long a campaign is held without a sign of life. `round`: for how many people at once the gate is asked,
    so that an opt-out takes effect after that many messages at the latest (a destination that takes larger batches is asked
    for a batch). `patience`: how long a run waits for an attempt that is not due yet, before it ends and says when to come
    back. `later`: when those put off by quiet hours are asked for again.
    """

    lease: timedelta = timedelta(seconds=30)
    round: int = 20
    patience: timedelta = timedelta(seconds=5)
    later: timedelta = timedelta(minutes=15)
    retry: Retry = field(default_factory=Retry)


class Rate:
    """Lets through `per_second` at most, evenly, over all threads that ask; 0 lets everything through."""

    def __init__(self, per_second: float, *, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self._gap = timedelta(seconds=1 / per_second) if per_second > 0 else None
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: datetime | None = None

    def pass_(self, number: int) -> None:
        """Wait until so many more may leave."""
        if self._gap is None:
            return
        with self._lock:
            now = self._clock()
            start = now if self._next is None else max(now, self._next)
            self._next = start + self._gap * number
        if start > now:
            self._sleep((start - now).total_seconds())
