"""The small parts: JSON in words, arguments against a schema, kinds of failures, work held to its time."""

from __future__ import annotations

import asyncio
import threading

import pytest

from assistant.interpreters.llm.arguments import argument_faults
from assistant.interpreters.llm.client import FailureKind
from assistant.interpreters.llm.failures import kind_of, redacted, words_of
from assistant.interpreters.llm.jsontext import json_text
from assistant.interpreters.llm.running import OutOfTimeError, StoppedError, run_within
from assistant.interpreters.llm.spending import estimated_tokens
from semantic_layer.engines.base import Cancel


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('  {"a": {"b": "}"}} tail', '{"a": {"b": "}"}}'),
        ('{not json} {"a": 1} {"b": 2}', '{"a": 1}'),
        ('```json\n{"a": "```"}\n```', '{"a": "```"}'),
        ('```\n[1]\n```\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ('<think>{"a": 0}</think>{"a": 1}', '{"a": 1}'),
        ('{"a": 1', '{"a": 1'),
        ("SELECT 1", "SELECT 1"),
        ("", ""),
        ("[1, 2]", "[1, 2]"),
        ("{" * 20_000, "{" * 20_000),
    ],
)
def test_json_is_found_as_it_was_written(said: str, found: str) -> None:
    assert json_text(said) == found


def test_deep_nesting_breaks_nothing() -> None:
    assert json_text('{"a":' * 100_000).startswith('{"a":')


SCHEMA = {
    "type": "object",
    "properties": {
        "word": {"type": "string"},
        "kind": {"type": "string", "enum": ["tag", "metric"]},
        "limit": {"type": ["integer", "null"]},
        "words": {"type": "array", "items": {"type": "string"}},
        "inner": {"type": "object", "properties": {"flag": {"type": "boolean"}}, "required": ["flag"]},
    },
    "required": ["word"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ({"word": "x", "kind": "tag", "limit": None, "words": ["a"], "inner": {"flag": True}}, ()),
        ({}, ("arguments lacks word.",)),
        ({"word": 1}, ("arguments.word must be of type string.",)),
        ({"word": "x", "kind": "row"}, ("arguments.kind must be one of tag, metric.",)),
        ({"word": "x", "limit": True}, ("arguments.limit must be of type integer or null.",)),
        ({"word": "x", "words": ["a", 2]}, ("arguments.words[1] must be of type string.",)),
        ({"word": "x", "inner": {"flag": 1}}, ("arguments.inner.flag must be of type boolean.",)),
        ({"word": "x", "inner": {}}, ("arguments.inner lacks flag.",)),
        ({"word": "x", "sql": "1"}, ("arguments has no sql; known are word, kind, limit, words, inner.",)),
    ],
)
def test_arguments_are_checked(arguments: dict[str, object], faults: tuple[str, ...]) -> None:
    assert argument_faults(SCHEMA, arguments) == faults


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, "maximum context length", FailureKind.CONTEXT),
        (401, "maximum context length", FailureKind.KEY),
        (429, "slow", FailureKind.RATE_LIMITED),
        (429, "You exceeded your current quota: insufficient_quota", FailureKind.OVER_BUDGET),
        (404, "model not found", FailureKind.NO_SUCH_MODEL),
        (404, "page not found", FailureKind.NOT_OPENAI_LIKE),
        (400, "content_filter", FailureKind.REFUSED),
        (418, "", FailureKind.NOT_OPENAI_LIKE),
        (503, "Loading model", FailureKind.SERVER),
        (408, "", FailureKind.SERVER),
    ],
)
def test_what_a_status_means(status: int, body: str, kind: FailureKind) -> None:
    assert kind_of(status, body) is kind


def test_words_of_an_endpoint_are_short_plain_and_without_keys() -> None:
    assert words_of('{"error": {"message": "bad\\n\\u0000 key abc123"}}', "abc123") == "bad key ***"
    assert words_of('{"error": "flat"}', "") == "flat"
    assert words_of('{"detail": [{"msg": "x"}]}', "") == '[{"msg": "x"}]'
    assert words_of("<html><title>Sign in</title></html>", "") == "Sign in"
    assert len(words_of("x" * 1000, "")) == 241
    assert redacted("key_required, pass key-1234567890", "") == "key_required, pass ***"
    assert redacted("Bearer abc.def sk-proj-123456789", "") == "Bearer *** ***"


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("客户", 2), ("客户abcd", 3)])
def test_tokens_are_estimated(text: str, tokens: int) -> None:
    assert estimated_tokens(text) == tokens


def test_work_is_held_to_its_time_and_what_it_left_is_ended() -> None:
    ended = []

    async def background() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("background")

    async def work() -> None:
        asyncio.get_running_loop().create_task(background())
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("work")

    with pytest.raises(OutOfTimeError):
        run_within(work, seconds=0.05, cancel=None)
    assert ended == ["work", "background"]


def test_errors_and_results_of_the_work_are_its_own() -> None:
    async def fails() -> None:
        raise TimeoutError("of its own")

    async def gives() -> int:
        return 7

    with pytest.raises(TimeoutError, match="of its own"):
        run_within(fails, seconds=5, cancel=None)
    assert run_within(gives, seconds=5, cancel=Cancel()) == 7


def test_work_that_blocks_its_thread_does_not_hold_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.interpreters.llm.running._GRACE", 0.05)
    release = threading.Event()

    async def blocks() -> None:
        release.wait(60)

    with pytest.raises(OutOfTimeError):
        run_within(blocks, seconds=0.05, cancel=None)
    assert not release.is_set()
    release.set()


def test_a_stop_ends_the_work() -> None:
    cancel, begun = Cancel(), threading.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(60)

    presser = threading.Thread(target=lambda: begun.wait(10) and cancel.press())
    presser.start()
    with pytest.raises(StoppedError):
        run_within(work, seconds=50, cancel=cancel)
    presser.join()
