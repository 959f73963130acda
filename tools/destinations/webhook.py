"""Webhooks: messages as signed JSON, after the Standard Webhooks specification, with an Idempotency-Key.

The signature is that of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, as `v1,BASE64` in `webhook-signature`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from semantic_layer.errors import Text, UserError
from semantic_layer.query.codec import Json
from tools.destinations.http import Answer, Request, Surroundings, as_json
from tools.destinations.secrets import Secrets
from tools.destinations.services import Service, out_of_use, receipt
from tools.destinations.sources import shown
from tools.destinations.specs import WebhookSpec
from tools.destinations.types import Ability, Fate, Message, Receipt

_PREFIX: Final = "whsec_"
_STATUS: Final = {"accepted": Fate.ACCEPTED, "refused": Fate.REFUSED, "again": Fate.AGAIN}


class Webhook(Service):
    """A `Destination` that posts batches of messages to one address.

    An answer may hold `{"results": [{"id", "status": "accepted"|"refused"|"again", "reference", "why"}]}`; without it the
    status of the answer counts for every message of the batch. A message that is sent again has the id it had.
    """

    def __init__(self, spec: WebhookSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url, (spec.secret,), secrets=secrets, around=around)
        self._spec = spec

    @property
    def ability(self) -> Ability:
        return replace(
            super().ability, batch=self._spec.batch, remembers=self._spec.idempotent, needs=("url", "secret")
        )

    def preview(self, messages: Sequence[Message]) -> str:
        return self._request([shown(one) for one in messages], signature="****", now=self._clock()).shown()

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        if not messages:
            return ()
        now = self._clock()
        try:
            (secret,) = self._read()
            signature = signed(secret, parcel_id(messages), int(now.timestamp()), _body(messages))
        except (UserError, ValueError) as error:
            return out_of_use(messages, _why(error), now)
        answer = self._caller.call(self._request(messages, signature=signature, now=now))
        told = _results(answer)
        at = self._clock()
        return tuple(_receipt(message, answer, told.get(message.id), at) for message in messages)

    def _request(self, messages: Sequence[Message], *, signature: str, now: datetime) -> Request:
        parcel = parcel_id(messages)
        return Request(
            method="POST",
            url=self._spec.url,
            body=_body(messages),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": parcel,
                "webhook-id": parcel,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signature,
            },
        )


def parcel_id(messages: Sequence[Message]) -> str:
    """The key of a request: the id of its only message, or one that stands for these messages and no others."""
    if len(messages) == 1:
        return messages[0].id
    return hashlib.sha256("\n".join(message.id for message in messages).encode()).hexdigest()[:32]


def signed(secret: str, parcel: str, timestamp: int, body: bytes) -> str:
    """`v1,BASE64` for a secret that is `whsec_` and BASE64, or any text. Raises `ValueError` for broken BASE64."""
    key = (
        base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else secret.encode()
    )
    said = f"{parcel}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def _body(messages: Sequence[Message]) -> bytes:
    return as_json({"messages": [_entry(message) for message in messages]})


def _entry(message: Message) -> dict[str, Json]:
    return {
        "id": message.id,
        "campaign": message.campaign,
        "variant": message.variant,
        "address": message.address,
        "subject": message.subject,
        "body": message.body,
        "unsubscribe": message.unsubscribe,
        "fields": dict(message.fields),
    }


def _results(answer: Answer) -> dict[str, Mapping[str, Json]]:
    if answer.fate is not Fate.ACCEPTED:
        return {}
    found = answer.read().get("results")
    entries = found if isinstance(found, list) else []
    return {str(one["id"]): one for one in entries if isinstance(one, dict) and "id" in one}


def _receipt(message: Message, answer: Answer, told: Mapping[str, Json] | None, at: datetime) -> Receipt:
    if told is None:
        return receipt(message, answer, at)
    said = str(told.get("why") or "")
    return Receipt(
        id=message.id,
        fate=_STATUS.get(str(told.get("status")), Fate.UNSURE),
        at=at,
        reference=str(told.get("reference") or ""),
        why=Text(said, said),
    )


def _why(error: Exception) -> Text:
    if isinstance(error, UserError):
        return error.message
    return Text(
        "密钥以 whsec_ 开头，但后面不是 Base64", "the secret begins with whsec_, but what follows is not Base64"
    )
