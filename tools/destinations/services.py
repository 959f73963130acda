"""What adapters of services share: their calls, their secrets, and answers that become receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from semantic_layer.errors import Text, UserError
from tools.destinations.http import Answer, Caller, Surroundings
from tools.destinations.secrets import Secrets
from tools.destinations.specs import Remote
from tools.destinations.types import Ability, Fate, Message, Receipt


class Service:
    """The part of a `Destination` that is the same for every service behind an address. `references` are its secrets."""

    def __init__(
        self, spec: Remote, url: str, references: Sequence[str], *, secrets: Secrets, around: Surroundings
    ) -> None:
        self._own = spec
        self._references = tuple(references)
        self._secrets = secrets
        self._clock = around.clock
        self._caller = Caller(url, around, seconds=spec.seconds, trust=spec.trust, ca=spec.ca)

    @property
    def name(self) -> str:
        return self._own.name

    @property
    def label(self) -> Text:
        return self._own.text

    @property
    def ability(self) -> Ability:
        return Ability(at_once=self._own.at_once, per_second=self._own.per_second)

    def check(self) -> tuple[Text, ...]:
        return unread(self._secrets, self._references) or self._caller.check()

    def close(self) -> None:
        self._caller.close()

    def _read(self) -> tuple[str, ...]:
        """The secrets, in their order; raises `DataError`."""
        return tuple(self._secrets.read(reference) for reference in self._references)


def receipts(messages: Sequence[Message], answer: Answer, at: datetime, *, reference: str = "") -> tuple[Receipt, ...]:
    """The same receipt for every message of a request."""
    return tuple(receipt(message, answer, at, reference=reference) for message in messages)


def receipt(message: Message, answer: Answer, at: datetime, *, reference: str = "") -> Receipt:
    return Receipt(
        id=message.id,
        fate=answer.fate,
        at=at,
        reference=reference,
        why=answer.why,
        wait=answer.wait,
        down=answer.down,
    )


def out_of_use(messages: Sequence[Message], why: Text, at: datetime) -> tuple[Receipt, ...]:
    """Nothing left: the destination cannot be used now."""
    return tuple(Receipt(id=one.id, fate=Fate.AGAIN, at=at, why=why, down=True) for one in messages)


def refused(message: Message, why: Text, at: datetime) -> Receipt:
    return Receipt(id=message.id, fate=Fate.REFUSED, at=at, why=why)


def unread(secrets: Secrets, references: Sequence[str]) -> tuple[Text, ...]:
    """What is wrong with secrets, if anything."""
    found: list[Text] = []
    for reference in references:
        try:
            secrets.read(reference)
        except UserError as error:
            found.append(error.message)
    return tuple(found)


def in_order(messages: Sequence[Message], found: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """The receipts in the order of their messages."""
    by_id = {one.id: one for one in found}
    return tuple(by_id[message.id] for message in messages)
