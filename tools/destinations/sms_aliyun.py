"""SMS over Aliyun: SendSms of Dysmsapi 2017-05-25 (help.aliyun.com, document 101414), signature version 1.0 of its RPC style."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from semantic_layer.errors import Text, UserError
from tools.destinations.http import Answer, Request, Surroundings
from tools.destinations.secrets import Secrets
from tools.destinations.services import Service, out_of_use, receipt, refused
from tools.destinations.sources import filled, missing, shown
from tools.destinations.specs import AliyunSmsSpec
from tools.destinations.types import Ability, Fate, Message, Receipt

_BUSY: Final = ("isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "Throttling", "ServiceUnavailable")
_PERSON: Final = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.TEMPLATE_PARAMS_ILLEGAL",
                  "isv.PARAM_LENGTH_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.INVALID_PARAMETERS",
                  "isv.TEMPLATE_MISSING_PARAMETERS", "isv.PARAM_NOT_SUPPORT_URL")  # fmt: skip
_ASK_AGAIN: Final = 3600.0  # limits of Aliyun are by minute, hour and day


class AliyunSms(Service):
    """A `Destination`: one request a message. Aliyun does not know ids that it has seen, `OutId` only carries ours."""

    def __init__(self, spec: AliyunSmsSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url, (spec.access_key, spec.access_secret), secrets=secrets, around=around)
        self._spec = spec
        self._new_id = around.new_id

    @property
    def ability(self) -> Ability:
        return replace(super().ability, needs=("access_key", "access_secret", "sign_name", "template"))

    def preview(self, messages: Sequence[Message]) -> str:
        return "\n\n".join(
            f"POST {self._spec.url}\n\n"
            + "\n".join(f"{k}={v}" for k, v in {**self._parameters(shown(one), "****"), "Signature": "****"}.items())
            for one in messages
        )

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        try:
            key, secret = self._read()
        except UserError as error:
            return out_of_use(messages, error.message, self._clock())
        return tuple(self._one(message, key, secret) for message in messages)

    def _one(self, message: Message, key: str, secret: str) -> Receipt:
        if lacking := missing(message, tuple(self._spec.parameters.values())):
            names = "、".join(lacking)
            return refused(message, Text(f"模板缺少 {names}", f"the template lacks {names}"), self._clock())
        parameters = self._parameters(message, key)
        body = urlencode({**parameters, "Signature": signature("POST", parameters, secret)}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = self._caller.call(Request(method="POST", url=self._spec.url, body=body, headers=headers))
        return self._receipt(message, answer)

    def _parameters(self, message: Message, key: str) -> dict[str, str]:
        return {
            "AccessKeyId": key,
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": message.id,
            "PhoneNumbers": message.address.removeprefix("+86"),
            "RegionId": self._spec.region,
            "SignName": self._spec.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": self._new_id(),
            "SignatureVersion": "1.0",
            "TemplateCode": self._spec.template,
            "TemplateParam": json.dumps(filled(message, self._spec.parameters), ensure_ascii=False),
            "Timestamp": _moment(self._clock()),
            "Version": "2017-05-25",
        }

    def _receipt(self, message: Message, answer: Answer) -> Receipt:
        at, told = self._clock(), answer.read()
        code = str(told.get("Code") or "")
        if not code:
            # An answer that is none of Aliyun's says nothing about whether the message went out.
            found = receipt(message, answer, at)
            return found if answer.fate is not Fate.ACCEPTED else Receipt(id=message.id, fate=Fate.UNSURE, at=at)
        if code == "OK":
            return Receipt(id=message.id, fate=Fate.ACCEPTED, at=at, reference=str(told.get("BizId") or ""))
        said = Text(f"阿里云：{code} {told.get('Message', '')}", f"Aliyun: {code} {told.get('Message', '')}")
        if code.startswith(_BUSY):
            return Receipt(id=message.id, fate=Fate.AGAIN, at=at, why=said, wait=_ASK_AGAIN)
        return Receipt(
            id=message.id,
            fate=Fate.REFUSED if code in _PERSON else Fate.AGAIN,
            at=at,
            why=said,
            down=code not in _PERSON,
        )


def signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA1 over `METHOD&%2F&` and the sorted, encoded parameters, in BASE64."""
    sorted_ones = "&".join(f"{_encoded(name)}={_encoded(parameters[name])}" for name in sorted(parameters))
    said = f"{method}&{_encoded('/')}&{_encoded(sorted_ones)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), said.encode(), hashlib.sha1).digest()).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
