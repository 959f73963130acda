"""A destination in memory whose answers a test scripts, and a clock that sleeping moves."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from pyroaring import BitMap

from semantic_layer.errors import Text
from tools.campaigns.gate import GateInMemory, Handover
from tools.destinations.deliveries import Deliveries, DeliveriesInMemory
from tools.destinations.pace import Pace, Retry
from tools.destinations.sender import Sender
from tools.destinations.types import Ability, Fate, Message, Receipt

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Post:
    """`answer` says what becomes of a message; `before` is called with each batch."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        answer: Callable[[Message], Receipt | Fate] = lambda message: Fate.ACCEPTED,
        *,
        ability: Ability | None = None,
    ) -> None:
        self.clock = clock
        self.answer = answer
        self.ability = ability or Ability()
        self.problems: tuple[Text, ...] = ()
        self.batches: list[list[int]] = []
        self.before: Callable[[Sequence[Message]], None] = lambda messages: None
        self._lock = threading.Lock()

    name = "post"
    label = Text("信箱", "post")

    @property
    def handed(self) -> Counter[int]:
        return Counter(key for batch in self.batches for key in batch)

    def check(self) -> tuple[Text, ...]:
        return self.problems

    def preview(self, messages: Sequence[Message]) -> str:
        return ""

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        self.before(messages)
        with self._lock:
            self.batches.append([message.key for message in messages])
        found = [(message, self.answer(message)) for message in messages]
        return tuple(
            one if isinstance(one, Receipt) else Receipt(id=message.id, fate=one, at=self.clock())
            for message, one in found
        )

    def close(self) -> None:
        pass


def gate_for(people: int) -> GateInMemory:
    return GateInMemory(
        campaign=Handover(
            campaign="c1",
            data_set="retail",
            name="冬季",
            revision=1,
            destination="post",
            channel="邮件",
            keys=BitMap(range(1, people + 1)),
        )
    )


PACE = Pace(round=5, retry=Retry(first=1, factor=2, most=60, jitter=0, attempts=4))


def sender_for(
    gate: GateInMemory, clock: Clock, deliveries: Deliveries | None = None, pace: Pace = PACE
) -> tuple[Sender, Deliveries]:
    kept = deliveries or DeliveriesInMemory()
    ids = count()
    return (
        Sender(
            gate=gate,
            deliveries=kept,
            clock=clock,
            new_id=lambda: f"run{next(ids)}",
            chance=lambda: 0.0,
            sleep=clock.sleep,
            pace=pace,
        ),
        kept,
    )
