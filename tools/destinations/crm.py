"""A CRM: properties written onto the record of an external id. Writing the same twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from semantic_layer.errors import Text, UserError
from tools.destinations.http import Request, Surroundings, as_json
from tools.destinations.secrets import Secrets
from tools.destinations.services import Service, out_of_use, receipt, refused
from tools.destinations.sources import filled, missing, shown, value_of
from tools.destinations.specs import CrmSpec
from tools.destinations.types import Ability, Fate, Message, Receipt

_NO_RECORD: Final = 404


class Crm(Service):
    """A `Destination` that upserts one record a message: `PATCH https://…/{id}` with a bearer token."""

    def __init__(self, spec: CrmSpec, *, secrets: Secrets, around: Surroundings) -> None:
        super().__init__(spec, spec.url.replace("{id}", ""), (spec.token,), secrets=secrets, around=around)
        self._spec = spec

    @property
    def ability(self) -> Ability:
        return replace(super().ability, remembers=True, needs=("url", "token", "external_id", "properties"))

    def preview(self, messages: Sequence[Message]) -> str:
        return "\n\n".join(self._request(shown(message), "****").shown() for message in messages)

    def send(self, messages: Sequence[Message]) -> tuple[Receipt, ...]:
        try:
            (token,) = self._read()
        except UserError as error:
            return out_of_use(messages, error.message, self._clock())
        return tuple(self._one(message, token) for message in messages)

    def _one(self, message: Message, token: str) -> Receipt:
        lacking = missing(message, (self._spec.external_id, *self._spec.properties.values()))
        external = value_of(message, self._spec.external_id)
        if lacking or not external:
            names = "、".join(lacking) or self._spec.external_id
            return refused(message, Text(f"缺少 {names}", f"{names} is missing"), self._clock())
        answer = self._caller.call(self._request(message, token))
        found = receipt(message, answer, self._clock(), reference=external if answer.fate is Fate.ACCEPTED else "")
        if answer.status != _NO_RECORD:
            return found
        # An address with the id of one record in it that is not there says something about that record only.
        return refused(message, answer.why, self._clock())

    def _request(self, message: Message, token: str) -> Request:
        external = value_of(message, self._spec.external_id) or ""
        return Request(
            method=self._spec.method,
            url=self._spec.url.replace("{id}", quote(external, safe="")),
            body=as_json(dict(filled(message, self._spec.properties))),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": message.id,
            },
        )
