"""Messages to nobody, to show what a destination would be given."""

from __future__ import annotations

from typing import Final

from tools.destinations.types import Message, message_id

_ADDRESSES: Final = {"email": "someone@example.com", "phone": "13800000000", "id": "M000000"}


def samples(kind: str = "") -> tuple[Message, ...]:
    """One message; `kind` is that of the settings (`email`, `sms`, …) and decides what the address looks like."""
    address = _ADDRESSES["email" if kind == "email" else "phone" if kind in ("", "file", "sms", "webhook") else "id"]
    return (
        Message(
            id=message_id("sample", 0),
            key=0,
            address=address,
            subject="示例 / Sample",
            body="这是一条示例消息。This is a sample message.",
            variant="A",
            campaign="sample",
            unsubscribe="https://example.com/unsubscribe/sample",
        ),
    )
