"""What a model said, whichever way it came, and whether it is an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.interpreters.llm.client import FailureKind, ModelError
from assistant.interpreters.llm.failures import broken_off
from assistant.interpreters.llm.jsontext import json_text
from semantic_layer.errors import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call of a tool; `arguments` as they were written, which may be no JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a model. `finish` is why it ended, as the endpoint tells it; empty when it does not."""

    content: str = ""
    calls: tuple[Called, ...] = ()
    refusal: str = ""
    finish: str = ""

    @property
    def written(self) -> str:
        """All that was written, to estimate its tokens."""
        return self.content + self.refusal + "".join(call.name + call.arguments for call in self.calls)


def kept_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Of a message of the protocol, or a piece of one, what must not be lost: a refusal, and calls as they were written.

    Pieces can be joined: texts by appending, calls by their `index`.
    """
    kept: dict[str, Any] = {"refusal": message["refusal"]} if message.get("refusal") else {}
    if message.get("tool_calls"):
        kept["written"] = [_written(place, call) for place, call in enumerate(message["tool_calls"])]
    return kept


def _written(place: int, call: Mapping[str, Any]) -> dict[str, Any]:
    function, index = call.get("function") or {}, call.get("index")
    parts = {key: function[key] for key in ("name", "arguments") if function.get(key)}
    return {"index": place if index is None else index, **parts}


def said_with(content: str, kept: Mapping[str, Any], finish: object) -> Said:
    """The message whose pieces were kept."""
    calls = (Called(name=call.get("name", ""), arguments=call.get("arguments", "")) for call in kept.get("written", ()))
    return Said(content=content, calls=tuple(calls), refusal=str(kept.get("refusal") or ""), finish=str(finish or ""))


def check(said: Said, *, streamed: bool) -> None:
    """Raises `ModelError` when the message is none that can be used: too long, refused, broken off, or empty."""
    if said.finish.startswith("length"):
        raise ModelError(
            FailureKind.CUT_OFF,
            Text(
                "模型的回答超过了允许的长度，没有写完。可以调大 QUNXIANG_MODEL_OUTPUT，或把问题拆成几问。",
                "The answer of the model is longer than allowed and was cut off. Raise QUNXIANG_MODEL_OUTPUT, "
                "or ask in several questions.",
            ),
        )
    if said.refusal or said.finish.startswith("content_filter"):
        quoted = json_text(said.refusal)[:200]
        raise ModelError(
            FailureKind.REFUSED,
            Text(
                f"模型拒绝回答这个问题{quoted and f'：{quoted}'}。请换一种问法。".replace("。。", "。"),
                f"The model will not answer this question{quoted and f': {quoted}'}. Put it in other words.".replace(
                    "..", "."
                ),
            ),
        )
    if streamed and not said.finish:
        raise broken_off()
    if not said.content.strip() and not said.calls:
        raise _nothing()


def result_of(said: Said, result: str) -> str | None:
    """The result in a message: the arguments of the call named `result`, or JSON in the content. `None` when the model
    looks something up first. A call of a tool that does not exist is no result as long as it can be told so.
    """
    for call in said.calls:
        if call.name == result:
            return json_text(call.arguments)
    if said.calls:
        return None
    return json_text(said.content)


def last_result(said: Said, result: str, lookups: frozenset[str]) -> str:
    """The same when nothing more may be asked: a call under a wrong name is taken for the result, and checked like one.

    Raises:
        ModelError: EMPTY, when the model still looks things up.
    """
    found = result_of(said, result)
    if found is not None:
        return found
    candidates: Iterator[str] = (call.arguments for call in said.calls if call.name not in lookups)
    text = json_text(next(candidates, said.content))
    if not text:
        raise _nothing()
    return text


def _nothing() -> ModelError:
    return ModelError(
        FailureKind.EMPTY,
        Text(
            "模型没有给出结果。请再问一次；如果一直这样，请运行 qunxiang model check。",
            "The model gave no result. Ask again; if it goes on, run qunxiang model check.",
        ),
    )
