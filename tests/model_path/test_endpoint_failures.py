"""Endpoints that fail in each way, and stops: the rules' own question back is given, with the reason and in time."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError
from tests.assistant.interpreters.openai_server import (
    OpenAIServer,
    Step,
    breaks_off,
    calls,
    drips,
    hangs_up,
    page,
    refuses,
    says,
    silent,
    status,
)
from tests.model_path.conftest import OpenScene
from tests.model_path.scene import fell_back, right
from tests.model_path.scripts import (
    EN_CHANNELS,
    EN_GUANGDONG,
    EN_SILENT,
    ZH_GUANGDONG,
    Case,
    said_in,
)

FAILURES: dict[str, tuple[Step, dict[str, Any], dict[str, str]]] = {
    "an empty answer": (says(""), {}, {"zh": "没有给出结果", "en": "gave no result"}),
    "a refusal": (refuses("I can't."), {}, {"zh": "拒绝回答", "en": "will not answer"}),
    "busy": (status(429, "slow down", retry_after="60"), {}, {"zh": "60 秒后再试", "en": "again in 60 seconds"}),
    "a wrong key": (status(401, "bad key"), {}, {"zh": "QUNXIANG_MODEL_KEY", "en": "does not take the key"}),
    "a page": (page(), {}, {"zh": "不是 OpenAI 形式", "en": "not as OpenAI does (Welcome)"}),
    "too long a prompt": (
        status(400, "This model's maximum context length is 512 tokens."),
        {},
        {"zh": "QUNXIANG_MODEL_CONTEXT", "en": "longer than the model takes"},
    ),
    "a stream that breaks": (breaks_off('{"kind": "plan"'), {}, {"zh": "中途断开", "en": "broke off"}),
    "a stream that ends early": (
        breaks_off('{"kind": "plan"', cleanly=True),
        {},
        {"zh": "中途断开", "en": "broke off"},
    ),
    "an answer cut off": (says('{"kind"', finish="length"), {}, {"zh": "没有写完", "en": "was cut off"}),
    "silence": (silent(), {"model_seconds": 1.5}, {"zh": "秒内没有答完", "en": "did not finish within 1"}),
    "one byte at a time": (drips(), {"model_seconds": 1.0}, {"zh": "秒内没有答完", "en": "did not finish within"}),
    "no such model": (
        status(404, "The model `scripted-model` does not exist"),
        {},
        {"zh": "没有名为", "en": "no model called"},
    ),
}


@pytest.mark.parametrize(("place", "name"), enumerate(FAILURES), ids=FAILURES)
def test_an_endpoint_that_fails(scene_of: OpenScene, place: int, name: str) -> None:
    (step, changes, why), case = FAILURES[name], (ZH_GUANGDONG, EN_GUANGDONG)[place % 2]
    scene = scene_of(model_retries=0, **changes)
    asked = scene.ask(case.text, step)
    asks = [seen for seen in asked.requests if seen.method == "POST"]
    assert len(asks) == 1
    assert asks[0].body["stream"]
    fell_back(asked, scene, case.text, said_in(case, why), requests=len(asked.requests))


@pytest.mark.parametrize("profile", ["tools", "schema", "text"])
@pytest.mark.parametrize(
    "first", [status(500, "oops"), status(429, "slow down", retry_after="0"), hangs_up()], ids=["500", "429", "cut"]
)
def test_a_failure_that_passes_is_tried_again(scene_of: OpenScene, first: Step, profile: str) -> None:
    scene = scene_of(model_profile=profile, model_retries=1)
    step = calls(("reading", ZH_GUANGDONG.long)) if profile == "tools" else says(ZH_GUANGDONG.long)
    right(scene.ask(ZH_GUANGDONG.text, first, step), scene, ZH_GUANGDONG, requests=2)


def test_a_failure_that_stays_is_tried_as_often_as_is_set(scene_of: OpenScene) -> None:
    scene = scene_of(model_retries=2)
    asked = scene.ask(ZH_GUANGDONG.text, status(503, "overloaded", retry_after="0"))
    fell_back(asked, scene, ZH_GUANGDONG.text, "overloaded", requests=3)
    assert asked.answered == 0


def test_a_failure_after_an_answer_that_could_not_be_used(scene_of: OpenScene) -> None:
    scene = scene_of(model_retries=0)
    asked = scene.ask(EN_CHANNELS.text, says("{}"), status(500, "oops"))
    fell_back(asked, scene, EN_CHANNELS.text, "failed inside", requests=2)
    assert asked.kept.tokens == 120


def test_silence_at_the_repair_is_within_the_same_budget(scene_of: OpenScene) -> None:
    scene = scene_of(model_retries=0, model_seconds=2.0)
    asked = scene.ask(EN_CHANNELS.text, says("{}"), silent())
    fell_back(asked, scene, EN_CHANNELS.text, "did not finish within", requests=2)
    assert asked.read is not None
    assert asked.read.usage.seconds < 2.0 + 1.0  # the budget, and the time to end a thread


def test_an_endpoint_that_dies_between_two_questions_and_comes_back(scene_of: OpenScene) -> None:
    with OpenAIServer() as mortal:
        scene = scene_of(model_url=mortal.url, model_retries=0)
        scene.server = mortal
        right(scene.ask(EN_GUANGDONG.text, says(EN_GUANGDONG.long)), scene, EN_GUANGDONG)
    asked = scene.ask(EN_GUANGDONG.text)
    fell_back(asked, scene, EN_GUANGDONG.text, "nothing listens there", requests=0)
    assert scene.assistant.ask("sales last month").understood_by.en == "understood by rules"


@pytest.mark.parametrize("case", [ZH_GUANGDONG, EN_SILENT], ids=["zh", "en"])
def test_stop_while_the_model_is_silent(scene_of: OpenScene, case: Case) -> None:
    scene, stop = scene_of(model_seconds=60.0, model_retries=0), Cancel()
    scene.server.arrived.clear()
    waiting = threading.Thread(target=lambda: (scene.server.arrived.wait(20), stop.press()), daemon=True)
    waiting.start()
    with pytest.raises(CancelledError):  # long before the sixty seconds that it had
        scene.ask(case.text, silent(), cancel=stop)
    waiting.join()
    assert not [thread for thread in threading.enumerate() if thread.name == "model-request"]
    right(scene.ask(case.text, says(case.long)), scene, case)  # the next question is answered as ever
