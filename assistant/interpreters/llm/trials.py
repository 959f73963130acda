"""Small trials of an endpoint, over HTTP and without any framework between: what comes back is what the endpoint does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from assistant.interpreters.llm.arguments import argument_faults
from assistant.interpreters.llm.asking import Asking
from assistant.interpreters.llm.fields import fields_of, function_of
from assistant.interpreters.llm.spending import estimated_tokens
from semantic_layer.query.codec import Json

_SHORT: Final = 64  # tokens; a model that does not end by itself is cut off soon
_COUNTING: Final = "Count from 1 to 20 in digits, separated by spaces. Write nothing else."
_COLOURS: Final[Mapping[str, Json]] = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
_CODES: Final[Mapping[str, Json]] = {  # nobody would answer with these codes who is not held to them
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["K1", "K7"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
_SKY: Final = "What colour is the sky on a clear day?"
_NO_ENTRY: Final = (401, 403, 407)
_CONTEXT: Final = ("n_ctx", "max_model_len", "context_length", "context_window", "max_context_length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of an answer in words: `seconds` to its first words, and then `tokens_per_second`, when there were enough to tell."""

    streams: bool
    reports_usage: bool
    seconds: float
    tokens_per_second: float | None


class Trials:
    """Of one model at one endpoint. Every method raises `ModelError` when the endpoint gives nothing that can be judged."""

    def __init__(self, client: httpx2.AsyncClient, asking: Asking) -> None:
        self._client = client
        self._asking = asking
        self._url = asking.endpoint.url
        self._headers = {"authorization": f"Bearer {asking.key}"}

    async def models(self) -> tuple[tuple[str, ...], int | None]:
        """The models listed, and the context of the one in the settings where it is told; nothing of an endpoint that does
        not list.
        """
        try:
            answer = await self._client.get(f"{self._url}/models", headers=self._headers)
        except httpx2.HTTPError as error:
            raise self._asking.failure(error) from error
        if answer.status_code in _NO_ENTRY:
            raise self._asking.failure(ValueError("refused"))
        try:
            listed = [one for one in answer.json()["data"] if isinstance(one["id"], str)]
            own = [_context(one) for one in listed if one["id"] == self._asking.endpoint.name]
            return tuple(one["id"] for one in listed), next(iter(own), None)
        except (ValueError, LookupError, TypeError):
            return (), None

    async def words(self) -> Speed:
        """A plain answer, streamed where the endpoint does."""
        began = self._asking.clock()
        moments: list[float] = []
        finished, usage = False, 0
        async with self._client.stream("POST", self._chat, headers=self._headers, json=self._words_body()) as answer:
            await self._stand(answer)
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                await answer.aread()
                return self._in_full(answer, self._asking.clock() - began)
            async for line in answer.aiter_lines():
                event = _event(line)
                usage = _tokens(event) or usage
                choice = _choice(event)
                finished = finished or bool(choice.get("finish_reason"))
                if _part(choice):
                    moments.append(self._asking.clock())
        if not moments:
            raise self._asking.failure(ValueError("nothing was said"))
        return Speed(
            streams=finished,
            reports_usage=bool(usage),
            seconds=moments[0] - began,
            tokens_per_second=_speed((usage or len(moments)) - 1, moments[-1] - moments[0]),
        )

    def _in_full(self, answer: httpx2.Response, seconds: float) -> Speed:
        """Of an endpoint that does not stream: the first words come with the last."""
        said, told = str(self._message(answer).get("content") or ""), _tokens(_read(answer))
        speed = _speed(told or estimated_tokens(said), seconds)
        return Speed(streams=False, reports_usage=told > 0, seconds=seconds, tokens_per_second=speed)

    async def calls_tools(self) -> bool:
        """Whether a tool that must be called is called, with arguments that fit."""
        tool = function_of("pick", "Say the colour.", _COLOURS)
        try:
            said = await self._ask(_SKY, {"tools": [tool], "tool_choice": "required"})
            call = said["tool_calls"][0]["function"]
            return bool(call["name"] == "pick" and _fits(call["arguments"], _COLOURS))
        except (LookupError, TypeError):
            return False

    async def keeps_schema(self) -> bool:
        """Whether an answer is held to a schema: it must be one of two codes that nothing but the schema names."""
        named: dict[str, Json] = {"name": "colour", "schema": dict(_CODES)}
        said = await self._ask(_SKY, {"response_format": {"type": "json_schema", "json_schema": named}})
        return _fits(said.get("content"), _CODES)

    async def _ask(self, question: str, more: Mapping[str, Json]) -> dict[str, Any]:
        """The message that comes; an empty one when the endpoint does not take such a request."""
        answer = await self._client.post(self._chat, headers=self._headers, json=self._body(question) | dict(more))
        if answer.status_code in {400, 404, 405, 415, 422, 500, 501}:
            return {}
        await self._stand(answer)
        return self._message(answer)

    @property
    def _chat(self) -> str:
        return f"{self._url}/chat/completions"

    def _words_body(self) -> dict[str, Json]:
        return self._body(_COUNTING) | {"stream": True, "stream_options": {"include_usage": True}}

    def _body(self, question: str) -> dict[str, Json]:
        endpoint = self._asking.endpoint
        asked: dict[str, Json] = {"model": endpoint.name, "messages": [{"role": "user", "content": question}]}
        return asked | fields_of(endpoint, output=min(_SHORT, endpoint.output))

    async def _stand(self, answer: httpx2.Response) -> None:
        if answer.status_code != httpx2.codes.OK:
            await answer.aread()
            raise self._asking.failure(ValueError("refused"))

    def _message(self, answer: httpx2.Response) -> dict[str, Any]:
        try:
            return dict(_read(answer)["choices"][0]["message"])
        except (LookupError, TypeError, ValueError) as error:
            raise self._asking.failure(error) from error


def _read(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _event(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line.removeprefix("data:"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _choice(event: Mapping[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}


def _part(choice: Mapping[str, Any]) -> str:
    """What a piece of a stream says; a model that thinks first says something from then on."""
    delta = choice.get("delta")
    return str(delta.get("content") or delta.get("reasoning_content") or "") if isinstance(delta, dict) else ""


def _tokens(event: Mapping[str, Any]) -> int:
    usage = event.get("usage")
    found = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return found if isinstance(found, int) else 0


def _speed(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens > 0 and seconds > 0 else None


def _context(listed: Mapping[str, Any]) -> int | None:
    meta = listed.get("meta")
    for place in (listed, meta if isinstance(meta, dict) else {}):
        for name in _CONTEXT:
            if isinstance(place.get(name), int):
                return int(place[name])
    return None


def _fits(said: object, schema: Mapping[str, Json]) -> bool:
    try:
        found = json.loads(said) if isinstance(said, str) else None
    except ValueError:
        return False
    return isinstance(found, dict) and not argument_faults(schema, found)
