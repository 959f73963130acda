"""What a destination is: messages in, receipts out. Who gets a message, and whether, is decided before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from semantic_layer.errors import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person. `id` is its idempotency key: the same for every attempt, in this and any later process."""

    id: str
    key: int
    address: str
    body: str
    subject: str = ""
    variant: str = ""
    fields: Mapping[str, str] = field(
        default_factory=dict
    )  # what templates of a service, and columns of a file, are filled from
    unsubscribe: str = ""  # address at which the person can say no
    html: str = ""  # the body once more, for mail that is shown as a page
    campaign: str = ""  # what it belongs to: messages of one campaign make up one delivery of a list


class Fate(StrEnum):
    """What became of one attempt."""

    ACCEPTED = "accepted"  # the destination has it
    AGAIN = "again"  # not now: a later attempt may succeed
    REFUSED = "refused"  # never: a wrong address, a message that is not allowed
    UNSURE = "unsure"  # it may have arrived; asking again could mean twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to one message. `reference` is the destination's own id of it; `wait` seconds before the next attempt.

    With `down` it is the destination that cannot be used, and the message was not looked at: the attempt does not count.
    """

    id: str
    fate: Fate
    at: datetime
    reference: str = ""
    why: Text = Text("", "")  # frozen
    wait: float = 0.0
    down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What a destination can do: how many messages one call takes, and whether it knows an `id` that it has seen."""

    batch: int = 1
    remembers: bool = False  # sending an id twice gives one message
    at_once: int = 1  # calls of `send` that may run side by side
    per_second: float = 0.0  # most messages a second; 0: no limit
    needs: tuple[str, ...] = ()  # settings that must be there


class Destination(Protocol):
    """A place where messages go. Implementations are tried by the tests in `tests/tools/destinations/contract.py`."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Text: ...

    @property
    def ability(self) -> Ability: ...

    def check(self) -> tuple[Text, ...]:
        """What stands in the way of sending: a missing setting, an unreachable host, another certificate than before."""
        ...

    def preview(self, messages: Sequence[Message]) -> str:
        """Exactly what would leave for these messages, addresses masked; nothing leaves."""
        ...

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        """One receipt a message, in order. Raises nothing for what happens on the way: that is a fate."""
        ...

    def close(self) -> None: ...


def message_id(campaign: str, key: int) -> str:
    """The id of the message of a campaign to a person: 32 hexadecimal digits that say nothing about either."""
    return hashlib.sha256(f"{campaign}\n{key}".encode()).hexdigest()[:32]
