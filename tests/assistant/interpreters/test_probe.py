"""What an endpoint can do is found out by trying, kept, and printed; each endpoint here can do something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.channels.cli_model import app
from assistant.interpreters.agent import open_agent
from assistant.interpreters.llm import exam
from assistant.interpreters.llm.ability import Ability, fitted, remember, remembered
from assistant.interpreters.llm.client import FailureKind, ModelClient, Profile
from assistant.interpreters.llm.probe import probe
from assistant.settings import Settings
from tests.assistant.interpreters.model_scene import KEY, settings_of
from tests.assistant.interpreters.openai_server import OpenAIServer, Step, Talk, calls, page, raw, says, status

NUMBERS = " ".join(str(number) for number in range(1, 21))


def model(
    *,
    tools: bool = True,
    schema: bool = True,
    streams: bool = True,
    right: int = 3,
    usage: bool = True,
    more: Any = None,
) -> Step:
    """An endpoint that can do just this; `right` of the questions of the exam are answered right."""
    how = {} if usage else {"usage": None}

    def answer(body: dict[str, Any]) -> Step:
        question = body["messages"][-1]["content"]
        for number, asked in enumerate(exam.QUESTIONS):
            if question == asked.told:
                text = json.dumps(asked.right) if number < right else '{"is": "box", "trays": []}'
                return calls(("box", text), **how) if "tools" in body else says(text, **how)
        if "tools" in body:
            return calls(("pick", {"colour": "blue"}), **how) if tools else says("It is blue.", **how)
        if "response_format" in body:
            return says('{"colour": "K7"}' if schema else "It is blue.", **how)
        return says(NUMBERS, **how)

    def step(talk: Talk) -> None:
        if not streams:
            talk.seen.body["stream"] = False
        (more or answer)(talk.seen.body)(talk)

    return step


def opener(settings: Settings, profile: Profile) -> ModelClient:
    return open_agent(settings, profile=profile)


def ticking() -> Callable[[], float]:
    moments = iter(range(1_800_000_000, 1_900_000_000))
    return lambda: float(next(moments))


def found(server: OpenAIServer, step: Step, **changes: Any) -> Ability:
    server.says(step)
    return probe(settings_of(server, **changes), opener)


@pytest.mark.parametrize(
    ("tools", "schema", "profile", "requests"),
    [
        (True, True, Profile.TOOLS, 1 + 1 + 3),
        (True, False, Profile.TOOLS, 1 + 1 + 3),
        (False, True, Profile.SCHEMA, 1 + 2 + 3),
        (False, False, Profile.TEXT, 1 + 2 + 3),
    ],
)
def test_the_profile_is_what_works(
    openai_server: OpenAIServer, tools: bool, schema: bool, profile: Profile, requests: int
) -> None:
    ability = found(openai_server, model(tools=tools, schema=schema))
    assert ability.usable
    assert (ability.profile, ability.form, ability.right, ability.asked) == (profile, "plan", 3, 3)
    assert ability.models == ("small-model", "large-model")
    assert (ability.reachable, ability.streams, ability.reports_usage, ability.trouble) == (True, True, True, None)
    assert len(openai_server.asked) == requests


@pytest.mark.parametrize("right", [0, 1, 2])
def test_one_mistake_in_the_exam_means_the_short_form(openai_server: OpenAIServer, right: int) -> None:
    ability = found(openai_server, model(right=right))
    assert (ability.usable, ability.form, ability.right, ability.asked) == (True, "brief", right, 3)


def test_the_right_answers_of_the_exam_keep_to_its_schema_and_are_told_apart() -> None:
    for question in exam.QUESTIONS:
        assert exam.is_right(question, json.dumps(question.right, sort_keys=True))
        assert not exam.is_right(question, json.dumps(question.right).replace("ball", "cube"))
        assert not exam.is_right(question, "")
        assert not exam.is_right(question, "[" * 100_000)
    assert len({question.told for question in exam.QUESTIONS}) == 3


def test_what_the_settings_fix_is_not_tried(openai_server: OpenAIServer) -> None:
    ability = found(openai_server, model(), model_profile="schema", model_form="brief")
    assert (ability.profile, ability.form, ability.asked) == (Profile.SCHEMA, "brief", 0)
    assert len(openai_server.asked) == 1


def test_an_endpoint_that_does_not_stream_is_usable_without(openai_server: OpenAIServer) -> None:
    ability = found(openai_server, model(streams=False, usage=False))
    assert (ability.usable, ability.streams, ability.reports_usage, ability.form) == (True, False, False, "plan")
    settings = fitted(settings_of(openai_server), ability)
    assert settings.model_stream is False
    assert [seen.body.get("stream") for seen in openai_server.asked[-3:]] == [False] * 3


def test_speed_is_told_by_the_clock(openai_server: OpenAIServer) -> None:
    openai_server.says(model())
    ability = probe(settings_of(openai_server, model_profile="text", model_form="brief"), opener, clock=ticking())
    # one tick of the clock from the question to the first piece, and one for each of the seven more pieces
    pieces = -(-len(NUMBERS) // 7)
    assert ability.seconds == 1.0
    assert ability.tokens_per_second == pytest.approx(19 / (pieces - 1), abs=0.1)


@pytest.mark.parametrize(
    ("listed", "context"),
    [
        ({"id": "small-model", "max_model_len": 4096}, 4096),
        ({"id": "small-model", "meta": {"n_ctx": 2048, "n_ctx_train": 32768}}, 2048),
        ({"id": "small-model", "context_length": "many"}, None),
        ({"id": "another", "max_model_len": 4096}, None),
    ],
)
def test_the_context_is_taken_from_the_list(
    openai_server: OpenAIServer, listed: dict[str, Any], context: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = json.dumps({"data": [listed]}).encode()
    take = openai_server._next

    def with_list(seen: Any) -> Step:
        step = take(seen)
        return raw(200, plain) if seen.method == "GET" else step

    monkeypatch.setattr(openai_server, "_next", with_list)
    ability = found(openai_server, model(), model_context=8192)
    assert ability.context == context
    assert fitted(settings_of(openai_server, model_context=8192), ability).model_context == min(8192, context or 8192)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (status(401, f"bad key {KEY}"), FailureKind.KEY),
        (status(404, "model small-model does not exist"), FailureKind.NO_SUCH_MODEL),
        (status(429, "slow down"), FailureKind.RATE_LIMITED),
        (status(500, "broken"), FailureKind.SERVER),
        (page(), FailureKind.NOT_OPENAI_LIKE),
    ],
)
def test_trouble_is_told_beside_what_was_found(openai_server: OpenAIServer, step: Step, kind: FailureKind) -> None:
    ability = found(openai_server, step)
    assert not ability.usable
    assert ability.reachable
    assert ability.trouble is not None
    assert ability.trouble.kind is kind
    assert KEY not in ability.trouble.message.en
    assert ability.models == ("small-model", "large-model")
    assert len(openai_server.asked) == 1


@pytest.mark.parametrize("code", [400, 404, 422, 500])
def test_an_endpoint_that_refuses_tools_and_schemas_gives_plain_text(openai_server: OpenAIServer, code: int) -> None:
    def plain(body: dict[str, Any]) -> Step:
        return status(code, "not supported") if {"tools", "response_format"} & body.keys() else says(NUMBERS)

    ability = found(openai_server, model(more=plain))
    assert (ability.usable, ability.profile, ability.form) == (True, Profile.TEXT, "brief")


def test_what_was_found_is_kept_without_the_key(openai_server: OpenAIServer, tmp_path: Path) -> None:
    settings = settings_of(openai_server, home=tmp_path)
    openai_server.says(model())
    ability = probe(settings, opener)
    assert remembered(settings) is None
    file = remember(ability, settings)
    assert file.is_relative_to(tmp_path)
    assert KEY not in file.read_text()
    assert remembered(settings) == ability
    assert remembered(settings.model_copy(update={"model_name": "large-model"})) is None
    assert remembered(settings.model_copy(update={"model_url": "http://127.0.0.1:1"})) is None


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"version": 1}', "\x00", "[" * 100_000])
def test_a_damaged_file_is_as_if_there_were_none(openai_server: OpenAIServer, tmp_path: Path, damage: str) -> None:
    settings = settings_of(openai_server, home=tmp_path)
    file = remember(Ability(url=openai_server.url, model="small-model", profile=Profile.TEXT), settings)
    file.write_text(damage)
    assert remembered(settings) is None


@pytest.fixture
def run(openai_server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("QUNXIANG_HOME", str(tmp_path))
    monkeypatch.setenv("QUNXIANG_MODEL_URL", openai_server.url)
    monkeypatch.setenv("QUNXIANG_MODEL_NAME", "small-model")
    monkeypatch.setenv("QUNXIANG_MODEL_KEY", KEY)
    return lambda *more: CliRunner().invoke(app, ["model", "check", *more])


def test_the_command_prints_both_languages_and_keeps_the_result(
    openai_server: OpenAIServer, run: Callable[..., Any]
) -> None:
    openai_server.says(model(right=2))
    result = run()
    assert result.exit_code == 0
    for words in (
        "可以使用 usable",
        "是 yes",
        "原生工具调用 native tool calls",
        "简短形式 the short form (2/3)",
        "没有设置 not set",
    ):
        assert words in result.stdout
    assert KEY not in result.output
    ability = remembered(Settings())
    assert ability is not None
    assert ability.right == 2


def test_the_command_prints_json(openai_server: OpenAIServer, run: Callable[..., Any]) -> None:
    openai_server.says(model(tools=False))
    result = run("--json")
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert (printed["usable"], printed["profile"], printed["form"]) == (True, "schema", "plan")
    assert (printed["models"], printed["trouble"]) == (["small-model", "large-model"], None)


def test_the_command_ends_with_one_and_keeps_nothing_when_the_model_cannot_be_used(
    openai_server: OpenAIServer, run: Callable[..., Any]
) -> None:
    openai_server.says(status(401, f"bad key {KEY}"))
    result = run()
    assert result.exit_code == 1
    assert "→ 模型服务不接受这个密钥" in result.stdout
    assert "→ The endpoint does not take the key" in result.stdout
    assert KEY not in result.output
    assert remembered(Settings()) is None


@pytest.mark.parametrize("name", ["QUNXIANG_MODEL_URL", "QUNXIANG_MODEL_NAME"])
def test_the_command_ends_with_two_when_nothing_is_configured(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "")
    result = run()
    assert result.exit_code == 2
    assert name in result.stdout
    if name == "QUNXIANG_MODEL_NAME":
        assert "It has: small-model, large-model" in result.stdout


def test_the_command_says_which_setting_is_wrong(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNXIANG_MODEL_RETRIES", "many")
    result = run()
    assert result.exit_code == 2
    assert "QUNXIANG_MODEL_RETRIES" in result.stdout


def test_a_home_that_cannot_be_written_costs_only_the_memory(
    openai_server: OpenAIServer, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("QUNXIANG_HOME", str(tmp_path / "file"))
    openai_server.says(model())
    result = run()
    assert result.exit_code == 0
    assert "was not kept" in result.output
