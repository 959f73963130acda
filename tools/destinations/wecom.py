"""WeCom: tasks to send a message to customers, which an employee confirms (developer.work.weixin.qq.com, document 92135)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from semantic_layer.errors import Text, UserError
from tools.destinations.http import Answer, Request, Surroundings, as_json
from tools.destinations.secrets import Secrets
from tools.destinations.services import Service, in_order, out_of_use, receipts, refused
from tools.destinations.sources import shown, value_of
from tools.destinations.specs import WeComSpec
from tools.destinations.types import Ability, Fate, Message, Receipt

_TOKEN_OVER: Final = (40014, 41001, 42001)
_BUSY: Final = (-1, 45009, 45033)
_PERSON: Final = (40096, 41048, 41062, 84061)  # no such external user, none left to send to
_ASK_AGAIN: Final = 60.0
_EARLIER: Final = timedelta(minutes=5)
_TASK: Final = Text(
    "已建群发任务，员工在企业微信里确认后才会发出",
    "a task was made: it goes out when the employee confirms it in WeCom",
)


class WeCom(Service):
    """A `Destination`: one task for all messages of one employee and one text.

    Nothing reaches a customer until the employee confirms, so `ACCEPTED` means that the task is there.
    """

    def __init__(self, spec: WeComSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url, (spec.secret,), secrets=secrets, around=around)
        self._spec = spec
        self._token: tuple[str, datetime] | None = None
        self._lock = threading.Lock()

    @property
    def ability(self) -> Ability:
        return replace(super().ability, batch=self._spec.batch, needs=("corp_id", "secret", "employee"))

    def preview(self, messages: Sequence[Message]) -> str:
        parcels = self._parcels([shown(one) for one in messages])
        return "\n\n".join(self._request(parcel, employee, "****").shown() for employee, parcel in parcels)

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        found: list[Receipt] = []
        reachable = []
        for message in messages:
            if self._employee(message):
                reachable.append(message)
            else:
                why = Text("没有负责这位客户的员工", "no employee is responsible for this customer")
                found.append(refused(message, why, self._clock()))
        for employee, parcel in self._parcels(reachable):
            found += self._task(parcel, employee)
        return in_order(messages, found)

    def _employee(self, message: Message) -> str:
        source = self._spec.employee_from
        return self._spec.employee if source is None else value_of(message, source) or ""

    def _parcels(self, messages: Sequence[Message]) -> list[tuple[str, list[Message]]]:
        parcels: dict[tuple[str, str], list[Message]] = {}
        for message in messages:
            parcels.setdefault((self._employee(message), message.body), []).append(message)
        return [(employee, parcel) for (employee, _), parcel in parcels.items()]

    def _task(self, messages: Sequence[Message], employee: str) -> tuple[Receipt, ...]:
        token = self._access()
        if not isinstance(token, str):
            return out_of_use(messages, token.why, self._clock())
        answer = self._caller.call(self._request(messages, employee, token))
        at, told = self._clock(), answer.read()
        code = told.get("errcode")
        if answer.fate is not Fate.ACCEPTED or not isinstance(code, int):
            unclear = replace(answer, fate=Fate.UNSURE) if answer.fate is Fate.ACCEPTED else answer
            return receipts(messages, unclear, at)
        if code != 0:
            return self._failed(messages, code, str(told.get("errmsg") or ""), at)
        failed = told.get("fail_list")
        not_reached = set(map(str, failed)) if isinstance(failed, list) else set()
        reference = str(told.get("msgid") or "")
        return tuple(
            refused(one, Text("企业微信不能发给这位客户", "WeCom cannot reach this customer"), at)
            if one.address in not_reached
            else Receipt(id=one.id, fate=Fate.ACCEPTED, at=at, reference=reference, why=_TASK)
            for one in messages
        )

    def _failed(self, messages: Sequence[Message], code: int, said: str, at: datetime) -> tuple[Receipt, ...]:
        why = Text(f"企业微信：{code} {said}", f"WeCom: {code} {said}")
        if code in _TOKEN_OVER:
            with self._lock:
                self._token = None
            return receipts(messages, Answer(fate=Fate.AGAIN, why=why), at)
        if code in _BUSY:
            return receipts(messages, Answer(fate=Fate.AGAIN, why=why, wait=_ASK_AGAIN), at)
        if code in _PERSON:
            return receipts(messages, Answer(fate=Fate.REFUSED, why=why), at)
        return out_of_use(messages, why, at)

    def _access(self) -> str | Answer:
        """The access token, fetched anew before it runs out."""
        with self._lock:
            now = self._clock()
            if self._token is not None and self._token[1] > now:
                return self._token[0]
            try:
                (secret,) = self._read()
            except UserError as error:
                return Answer(fate=Fate.AGAIN, why=error.message)
            asked = urlencode({"corpid": self._spec.corp_id, "corpsecret": secret})
            answer = self._caller.call(
                Request(method="GET", url=f"{self._spec.url.rstrip('/')}/cgi-bin/gettoken?{asked}", body=b"")
            )
            told = answer.read()
            token, seconds = told.get("access_token"), told.get("expires_in")
            if not isinstance(token, str) or not token:
                said = f"{told.get('errcode', '')} {told.get('errmsg', '')}"
                lacking = Text(f"没有拿到企业微信的 access_token：{said}", f"WeCom gave no access token: {said}")
                return Answer(fate=Fate.AGAIN, why=answer.why if answer.why.en else lacking)
            lasts = timedelta(seconds=seconds if isinstance(seconds, int) else 7200)
            self._token = (token, now + max(lasts - _EARLIER, timedelta(0)))
            return token

    def _request(self, messages: Sequence[Message], employee: str, token: str) -> Request:
        body = as_json(
            {
                "chat_type": "single",
                "external_userid": [message.address for message in messages],
                "sender": employee,
                "text": {"content": messages[0].body},
            }
        )
        return Request(
            method="POST",
            url=f"{self._spec.url.rstrip('/')}/cgi-bin/externalcontact/add_msg_template?access_token={token}",
            body=body,
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
