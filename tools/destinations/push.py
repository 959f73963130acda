"""App push: JPush (docs.jiguang.cn, Push API v3) and Firebase Cloud Messaging (HTTP v1 API)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from semantic_layer.errors import Text, UserError
from semantic_layer.query.codec import Json
from tools.destinations.http import Answer, Request, Surroundings, as_json
from tools.destinations.secrets import Secrets
from tools.destinations.services import Service, out_of_use, receipt, refused
from tools.destinations.sources import shown
from tools.destinations.specs import FcmSpec, JPushSpec
from tools.destinations.types import Ability, Fate, Message, Receipt

_JSON: Final = "application/json; charset=utf-8"
_JPUSH_PERSON: Final = (1011, 1003, 1005)  # nobody there to push to; content or its length is wrong
_JPUSH_BUSY: Final = (2002, 2008, 1030)
_FCM_PERSON: Final = ("UNREGISTERED", "INVALID_ARGUMENT", "SENDER_ID_MISMATCH")
_ASK_AGAIN: Final = 60.0


class JPush(Service):
    """A `Destination`: one request a message, to a registration id or an alias."""

    def __init__(self, spec: JPushSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url, (spec.app_key, spec.master_secret), secrets=secrets, around=around)
        self._spec = spec

    @property
    def ability(self) -> Ability:
        return replace(super().ability, needs=("app_key", "master_secret"))

    def preview(self, messages: Sequence[Message]) -> str:
        return "\n\n".join(self._request(shown(one), "****").shown() for one in messages)

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        try:
            key, secret = self._read()
        except UserError as error:
            return out_of_use(messages, error.message, self._clock())
        allowed = basic(key, secret)
        return tuple(self._receipt(one, self._caller.call(self._request(one, allowed))) for one in messages)

    def _request(self, message: Message, allowed: str) -> Request:
        notification: dict[str, str] = {"alert": message.body}
        if message.subject:
            notification["title"] = message.subject
        body = as_json(
            {
                "platform": "all",
                "audience": {self._spec.audience: [message.address]},
                "notification": {
                    "alert": message.body,
                    "android": {**notification, "extras": {"message": message.id}},
                    "ios": {"alert": message.body, "extras": {"message": message.id}},
                },
                "options": {"apns_production": self._spec.production},
            }
        )
        return Request(
            method="POST",
            url=f"{self._spec.url.rstrip('/')}/v3/push",
            body=body,
            headers={"Content-Type": _JSON, "Authorization": allowed},
        )

    def _receipt(self, message: Message, answer: Answer) -> Receipt:
        at, told = self._clock(), answer.read()
        error = told.get("error")
        if isinstance(error, dict):
            code = error.get("code")
            why = Text(f"极光：{code} {error.get('message', '')}", f"JPush: {code} {error.get('message', '')}")
            if code in _JPUSH_PERSON:
                return refused(message, why, at)
            wait = _ASK_AGAIN if code in _JPUSH_BUSY else 0.0
            return Receipt(id=message.id, fate=Fate.AGAIN, at=at, why=why, wait=wait, down=code not in _JPUSH_BUSY)
        reference = str(told.get("msg_id") or "")
        if answer.fate is Fate.ACCEPTED and not reference:
            return Receipt(id=message.id, fate=Fate.UNSURE, at=at)
        return receipt(message, answer, at, reference=reference)


class Fcm(Service):
    """A `Destination`: one request a message, to a registration token."""

    def __init__(self, spec: FcmSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url, (spec.token,), secrets=secrets, around=around)
        self._spec = spec

    @property
    def ability(self) -> Ability:
        return replace(super().ability, needs=("project", "token"))

    def preview(self, messages: Sequence[Message]) -> str:
        return "\n\n".join(self._request(shown(one), "****").shown() for one in messages)

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        try:
            (token,) = self._read()
        except UserError as error:
            return out_of_use(messages, error.message, self._clock())
        return tuple(self._receipt(one, self._caller.call(self._request(one, token))) for one in messages)

    def _request(self, message: Message, token: str) -> Request:
        body = as_json(
            {
                "message": {
                    "token": message.address,
                    "notification": {"title": message.subject, "body": message.body},
                    "data": {"message": message.id},
                }
            }
        )
        return Request(
            method="POST",
            url=f"{self._spec.url.rstrip('/')}/v1/projects/{self._spec.project}/messages:send",
            body=body,
            headers={"Content-Type": _JSON, "Authorization": f"Bearer {token}"},
        )

    def _receipt(self, message: Message, answer: Answer) -> Receipt:
        at, told = self._clock(), answer.read()
        error = told.get("error")
        if not isinstance(error, dict):
            reference = str(told.get("name") or "")
            if answer.fate is Fate.ACCEPTED and not reference:
                return Receipt(id=message.id, fate=Fate.UNSURE, at=at)
            return receipt(message, answer, at, reference=reference)
        codes = {str(error.get("status") or ""), *_fcm_codes(error.get("details"))}
        why = Text(f"FCM：{'、'.join(sorted(codes))}", f"FCM: {', '.join(sorted(codes))}")
        if codes & set(_FCM_PERSON):
            return refused(message, why, at)
        return receipt(message, replace(answer, why=why), at)


def basic(user: str, password: str) -> str:
    """HTTP Basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _fcm_codes(details: Json) -> set[str]:
    found = details if isinstance(details, list) else []
    return {str(one["errorCode"]) for one in found if isinstance(one, dict) and "errorCode" in one}
