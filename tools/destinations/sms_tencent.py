"""SMS over Tencent Cloud: SendSms of 2021-01-11 (cloud.tencent.com, document 382/55981), signed with TC3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from semantic_layer.errors import Text, UserError
from semantic_layer.query.codec import Json
from tools.destinations.http import Answer, Request, Surroundings, as_json
from tools.destinations.secrets import Secrets
from tools.destinations.services import Service, out_of_use, receipt, refused
from tools.destinations.sources import missing, shown, value_of
from tools.destinations.specs import TencentSmsSpec
from tools.destinations.types import Ability, Fate, Message, Receipt

_TYPE: Final = "application/json; charset=utf-8"
_LIMIT: Final = "LimitExceeded"
_PERSON: Final = (
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameterValue.ContentLengthLimit",
    "UnsupportedOperation.",
)
_ASK_AGAIN: Final = 3600.0


class TencentSms(Service):
    """A `Destination`: one request a message. Tencent does not know ids that it has seen, `SessionContext` only carries ours."""

    def __init__(self, spec: TencentSmsSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url, (spec.secret_id, spec.secret_key), secrets=secrets, around=around)
        self._spec = spec

    @property
    def ability(self) -> Ability:
        return replace(super().ability, needs=("secret_id", "secret_key", "app_id", "sign_name", "template"))

    def preview(self, messages: Sequence[Message]) -> str:
        return "\n\n".join(self._request(shown(one), "****", "****").shown() for one in messages)

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        try:
            secret_id, secret_key = self._read()
        except UserError as error:
            return out_of_use(messages, error.message, self._clock())
        return tuple(self._one(message, secret_id, secret_key) for message in messages)

    def _one(self, message: Message, secret_id: str, secret_key: str) -> Receipt:
        if lacking := missing(message, self._spec.parameters):
            names = "、".join(lacking)
            return refused(message, Text(f"模板缺少 {names}", f"the template lacks {names}"), self._clock())
        return self._receipt(message, self._caller.call(self._request(message, secret_id, secret_key)))

    def _request(self, message: Message, secret_id: str, secret_key: str) -> Request:
        number = message.address if message.address.startswith("+") else f"{self._spec.country}{message.address}"
        body = as_json(
            {
                "PhoneNumberSet": [number],
                "SmsSdkAppId": self._spec.app_id,
                "SignName": self._spec.sign_name,
                "TemplateId": self._spec.template,
                "TemplateParamSet": [value_of(message, source) or "" for source in self._spec.parameters],
                "SessionContext": message.id,
            }
        )
        at = self._clock()
        host = urlsplit(self._spec.url).netloc
        signed = authorization("sms", host, body, secret_id=secret_id, secret_key=secret_key, at=at, content_type=_TYPE)
        headers = {
            "Content-Type": _TYPE,
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": self._spec.region,
            "X-TC-Timestamp": str(int(at.timestamp())),
            "Authorization": signed,
        }
        return Request(method="POST", url=self._spec.url, body=body, headers=headers)

    def _receipt(self, message: Message, answer: Answer) -> Receipt:
        at, told = self._clock(), answer.read().get("Response")
        if not isinstance(told, dict):
            found = receipt(message, answer, at)
            return found if answer.fate is not Fate.ACCEPTED else Receipt(id=message.id, fate=Fate.UNSURE, at=at)
        error = told.get("Error")
        if isinstance(error, dict):
            return _failed(message, str(error.get("Code")), str(error.get("Message")), at)
        status = _first(told.get("SendStatusSet"))
        if status.get("Code") == "Ok":
            return Receipt(id=message.id, fate=Fate.ACCEPTED, at=at, reference=str(status.get("SerialNo") or ""))
        return _failed(message, str(status.get("Code")), str(status.get("Message")), at)


def _failed(message: Message, code: str, said: str, at: datetime) -> Receipt:
    why = Text(f"腾讯云：{code} {said}", f"Tencent Cloud: {code} {said}")
    if code.startswith(_LIMIT):
        return Receipt(id=message.id, fate=Fate.AGAIN, at=at, why=why, wait=_ASK_AGAIN)
    if code.startswith(_PERSON):
        return Receipt(id=message.id, fate=Fate.REFUSED, at=at, why=why)
    # Whatever else it is (an account in arrears, a template that was not approved), it is not about this person.
    return Receipt(id=message.id, fate=Fate.AGAIN, at=at, why=why, down=True)


def _first(value: Json) -> Mapping[str, Json]:
    found = value[0] if isinstance(value, list) and value else None
    return found if isinstance(found, dict) else {}


def authorization(
    service: str, host: str, body: bytes, *, secret_id: str, secret_key: str, at: datetime, content_type: str
) -> str:
    """The `Authorization` header of signature version 3 (cloud.tencent.com, document 382/52072), signing type and host."""
    day = at.astimezone(UTC).strftime("%Y-%m-%d")
    names = "content-type;host"
    asked = f"POST\n/\n\ncontent-type:{content_type}\nhost:{host}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{day}/{service}/tc3_request"
    said = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={signature}"
