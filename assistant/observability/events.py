"""What happens, as typed events for whoever watches the product: monitoring, not the book of who did what.

No event holds words of a question, a plan, SQL, a name of a person or a value of the data, so that no observer can pass
them on. The audit store keeps those; `assistant.observability.observed` makes the events of what is written there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from assistant.observability.audit import Asked, OutcomeKind
from tools.export.proof import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """A question came, by the door `via`."""

    id: str
    at: datetime
    data_set: str
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRead:
    """It was read, by whom (`rules`, `model NAME` …), and what a language model took: tokens, and money in `currency`."""

    id: str
    at: datetime
    by: str
    milliseconds: float
    tokens: float
    cost: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReplied:
    """Its reply was ready. `refused` is the kind of a refusal; times are milliseconds, `milliseconds` the whole way."""

    id: str
    at: datetime
    outcome: OutcomeKind
    refused: str
    compile_ms: float
    run_ms: float
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Something left the house: `what` and `format` as in its proof."""

    id: str
    at: datetime
    data_set: str
    what: str
    format: str


Event = QuestionAsked | QuestionRead | QuestionReplied | Exported


class Observer(Protocol):
    """Who watches. Never blocks and never raises: an answer does not wait for it."""

    def observe(self, events: Sequence[Event]) -> None:
        """Events that belong to one happening, oldest first."""
        ...

    def close(self) -> None:
        """Hand on what is still held, within a few seconds."""
        ...


class NobodyWatches:
    """The observer of an installation that sends nothing anywhere."""

    def observe(self, events: Sequence[Event]) -> None:
        return

    def close(self) -> None:
        return


class Watching:
    """The fake: keeps every event in `seen`."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self.closed = False

    def observe(self, events: Sequence[Event]) -> None:
        self.seen.extend(events)

    def close(self) -> None:
        self.closed = True


def events_of(asked: Asked) -> tuple[QuestionAsked, QuestionRead, QuestionReplied]:
    """The events of one question, from its entry in the audit."""
    began = asked.at - timedelta(milliseconds=asked.milliseconds)
    read = QuestionRead(
        id=asked.id,
        at=began + timedelta(milliseconds=asked.interpret_ms),
        by=asked.understood_by,
        milliseconds=asked.interpret_ms,
        tokens=asked.tokens,
        cost=asked.cost,
        currency=asked.currency,
    )
    replied = QuestionReplied(
        id=asked.id,
        at=asked.at,
        outcome=asked.outcome,
        refused=asked.refused,
        compile_ms=asked.compile_ms,
        run_ms=asked.run_ms,
        milliseconds=asked.milliseconds,
    )
    return QuestionAsked(id=asked.id, at=began, data_set=asked.data_set, via=asked.via), read, replied


def event_of(proof: Proof) -> Exported:
    """The event of one export."""
    return Exported(id=proof.id, at=proof.at, data_set=proof.data_set, what=proof.what.value, format=proof.format.value)
