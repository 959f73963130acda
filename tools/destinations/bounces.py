"""Mail that came back: delivery reports (RFC 3464, statuses of RFC 3463) and complaints (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import default
from enum import StrEnum
from pathlib import Path
from typing import Final

from pyroaring import BitMap

from semantic_layer.errors import DataError, Text
from tools.destinations.deliveries import Deliveries, Delivery
from tools.destinations.invalid import InvalidContacts
from tools.destinations.unsubscribing import Optouts

_INVALID: Final = re.compile(r"5\.(1\.([01236]|10)|2\.1|4\.4)")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_RETURNED: Final = re.compile(r"\+([^@+\s<>]+)@")
_MESSAGE_ID: Final = re.compile(r"<([^@<>\s]+)@[^<>\s]+>")
_LARGEST: Final = 10 * 1024 * 1024
_SAID: Final = 300


class Kind(StrEnum):
    """What a message that came back says."""

    INVALID = "invalid"  # nobody can be reached at this address
    UNDELIVERED = "undelivered"  # this message did not arrive; the address may be right (mailbox full, refused as spam)
    DELAYED = "delayed"  # still under way
    DELIVERED = "delivered"
    COMPLAINT = "complaint"  # the person called it spam


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A report about one message. `message` is its idempotency key; `status` an enhanced status such as 5.1.1."""

    kind: Kind
    message: str
    status: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A report, and the delivery that it is about; `None` where it is about none that is known."""

    bounce: Bounce | None
    delivery: Delivery | None = None


class Bounces:
    """Takes in mail that came back: an invalid address is noted as such, a complaint is a no."""

    def __init__(
        self, deliveries: Deliveries, contacts: InvalidContacts, optouts: Optouts, *, clock: Callable[[], datetime]
    ) -> None:
        self._deliveries = deliveries
        self._contacts = contacts
        self._optouts = optouts
        self._clock = clock

    def take(self, raw: bytes) -> Taken:
        """One mail as it came. Taking it in twice changes nothing."""
        bounce = read_bounce(raw)
        delivery = self._deliveries.of_message(bounce.message) if bounce is not None and bounce.message else None
        if bounce is None or delivery is None:
            return Taken(bounce=bounce)
        people, now = BitMap([delivery.key]), self._clock()
        if bounce.kind is Kind.INVALID:
            self._contacts.note_invalid(delivery.destination, people, now, f"bounce {bounce.status}".strip())
        elif bounce.kind is Kind.COMPLAINT:
            self._optouts.note_unsubscribed(delivery.campaign, people, now, "complaint")
        return Taken(bounce=bounce, delivery=delivery)

    def take_folder(self, folder: Path) -> Iterator[Taken]:
        """Every `.eml` file of a folder; those about our messages go to `done/`, all others to `unknown/`."""
        try:
            for file in sorted(folder.glob("*.eml")):
                taken = self.take(file.read_bytes()[:_LARGEST])
                target = folder / ("done" if taken.delivery is not None else "unknown")
                target.mkdir(exist_ok=True)
                file.replace(target / file.name)
                yield taken
        except OSError as error:
            raise DataError(
                Text(
                    f"不能处理退信文件夹「{folder.name}」：{error}",
                    f"The folder {folder.name!r} of bounces failed: {error}",
                )
            ) from error


def read_bounce(raw: bytes) -> Bounce | None:
    """What a mail reports; `None` for any other mail, such as an answer or a notice of absence."""
    try:
        mail = message_from_bytes(raw, policy=default)
        if mail.get_content_type() != "multipart/report":
            return None
        report = str(mail.get_param("report-type") or "").lower()
        if report == "delivery-status":
            return _delivery_report(mail)
        if report == "feedback-report":
            return Bounce(kind=Kind.COMPLAINT, message=_about(mail))
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, IndexError):
        # Mail of strangers can break every rule, and the parser with it.
        return None
    return None


def _delivery_report(mail: Message) -> Bounce | None:
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            if isinstance(block, Message) and block.get("Action"):
                return _of_recipient(block, _about(mail))
    return None


def _of_recipient(block: Message, message: str) -> Bounce:
    action = str(block.get("Action")).strip().lower()
    found = _STATUS.search(str(block.get("Status", "")))
    status = found.group() if found else ""
    said = " ".join(str(block.get("Diagnostic-Code", "")).split())[:_SAID]
    if action == "failed":
        kind = Kind.INVALID if _INVALID.fullmatch(status) else Kind.UNDELIVERED
    elif action == "delayed":
        kind = Kind.DELAYED
    else:
        kind = Kind.DELIVERED
    return Bounce(kind=kind, message=message, status=status, said=said)


def _about(mail: Message) -> str:
    """The id of the message: from the address that the report came to, else from the returned message itself."""
    for header in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
        found = _RETURNED.search(str(mail.get(header, "")))
        if found:
            return found.group(1)
    for part in mail.walk():
        content = part.get_content_type()
        if content == "message/rfc822":
            returned = part.get_payload(0)
            text = str(returned.get("Message-ID", "")) if isinstance(returned, Message) else ""
        elif content == "text/rfc822-headers":
            headers = part.get_payload(decode=True)
            text = str(message_from_bytes(headers).get("Message-ID", "")) if isinstance(headers, bytes) else ""
        else:
            continue
        found = _MESSAGE_ID.search(text)
        if found:
            return found.group(1)
    return ""
