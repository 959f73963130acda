"""Saying no: a signed address in every message, and what happens when it is used (one click, RFC 8058)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, Text
from tools.destinations.deliveries import Deliveries

PATH: Final = "/unsubscribe/"
_BY_MAIL: Final = "unsubscribe-"
_SIGNED: Final = 16  # bytes of the signature that go into the address
_LONGEST: Final = 400


class Optouts(Protocol):
    """Where a no is written down; a `SendGate` is one."""

    def note_unsubscribed(self, campaign_id: str, keys: BitMap, at: datetime, source: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Who says no, to the channel of which campaign."""

    campaign: str
    key: int


class Unsubscribing:
    """Makes the addresses and takes them back. They hold for good: somebody may look at an old message.

    `secret` signs them; whoever changes it makes all addresses invalid that are out there.
    """

    def __init__(self, secret: bytes, *, base_url: str, optouts: Optouts, clock: Callable[[], datetime]) -> None:
        self._secret = hashlib.sha256(b"qunxiang unsubscribe:" + secret).digest()
        self._base_url = base_url.rstrip("/")
        self._optouts = optouts
        self._clock = clock

    def link(self, campaign: str, key: int) -> str:
        """The address for one message. A POST to it is the no; a GET must only show a page that asks, for mail filters open
        every link.
        """
        return f"{self._base_url}{PATH}{self.token(campaign, key)}"

    def token(self, campaign: str, key: int) -> str:
        said = f"{campaign}\n{key}".encode()
        return f"{_text(said)}.{_text(self._signature(said))}"

    def read(self, token: str) -> Refusal:
        """What a token stands for; raises `InvalidPlanError` when it was not made here."""
        said_text, _, signature = token.partition(".")
        try:
            said = _bytes(said_text if len(token) <= _LONGEST else "")
            genuine = hmac.compare_digest(_bytes(signature), self._signature(said))
            campaign, key = said.decode().split("\n")
            refusal = Refusal(campaign=campaign, key=int(key))
        except (ValueError, binascii.Error):
            genuine = False
        if not genuine:
            raise InvalidPlanError(
                Text(
                    "这个退订地址不完整或不是由这里发出的。请从邮件里完整复制，或直接回复邮件说明退订。",
                    "This address is incomplete or was not made here. Copy the whole of it from the message, or answer the "
                    "message and say that you want no more.",
                )
            )
        return refusal

    def confirm(self, token: str) -> Refusal:
        """Write the no down. Saying it twice changes nothing. Raises as `read` does."""
        refusal = self.read(token)
        self._optouts.note_unsubscribed(refusal.campaign, BitMap([refusal.key]), self._clock(), "link")
        return refusal

    def confirm_mail(self, subject: str, deliveries: Deliveries) -> Refusal | None:
        """A mail to the unsubscribe address, by its subject; `None` when it names no message that was sent."""
        _, found, message = subject.strip().partition(_BY_MAIL)
        delivery = deliveries.of_message(message.split()[0]) if found and message.split() else None
        if delivery is None:
            return None
        self._optouts.note_unsubscribed(delivery.campaign, BitMap([delivery.key]), self._clock(), "mail")
        return Refusal(campaign=delivery.campaign, key=delivery.key)

    def _signature(self, said: bytes) -> bytes:
        return hmac.new(self._secret, said, hashlib.sha256).digest()[:_SIGNED]


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
