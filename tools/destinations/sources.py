"""What a column of a file, a parameter of a template or a property of a CRM is filled from: one of these names of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tools.destinations.masking import masked
from tools.destinations.types import Message

FIELD: Final = "field:"
OWN: Final = ("address", "key", "id", "campaign", "variant", "subject", "body", "unsubscribe")


def value_of(message: Message, source: str) -> str | None:
    """The value of `address`, `body`, … or of `field:NAME`; `None` when the message has no such field."""
    if source.startswith(FIELD):
        return message.fields.get(source.removeprefix(FIELD))
    return str(getattr(message, source)) if source in OWN else None


def missing(message: Message, sources: Sequence[str]) -> tuple[str, ...]:
    """Those of `sources` that the message cannot fill."""
    return tuple(source for source in sources if value_of(message, source) is None)


def filled(message: Message, sources: Mapping[str, str]) -> dict[str, str]:
    """Name to value; a missing field is left empty (ask `missing` before)."""
    return {name: value_of(message, source) or "" for name, source in sources.items()}


def shown(message: Message) -> Message:
    """The message as a preview shows it: its address is masked wherever it stands."""
    address = message.address
    hidden = masked(address)

    def hide(text: str) -> str:
        return text.replace(address, hidden) if address else text

    return replace(
        message,
        address=hidden,
        subject=hide(message.subject),
        body=hide(message.body),
        html=hide(message.html),
        unsubscribe=hide(message.unsubscribe),
        fields={name: hide(value) for name, value in message.fields.items()},
    )
