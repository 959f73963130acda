"""The model of the settings: opened when it is needed, remembered, found anew when it moves, and never in the way."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant import language_model
from assistant.interpreters.base import Context, NotUnderstood, Understood
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.llm.ability import Ability, Trouble, remembered
from assistant.interpreters.llm.client import FailureKind, ModelError, Profile, ScriptedModel
from assistant.interpreters.llm.lookup_tools import LookUps
from assistant.interpreters.names import Names
from assistant.language_model import LanguageModel, Over, interpreter_over, serve
from assistant.serving import base as serving
from assistant.settings import Settings
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Query
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import MetricTerm
from tests.assistant.interpreters.reading_scene import Clock, ReviewedNear, ScriptedRanks, gaps_over

MODEL = Path(__file__).resolve().parents[2] / "semantic_layer" / "examples" / "retail" / "model"
ASKED = "上海卖掉的钱"
NEAR = [(MetricTerm("sales"), 0.8)]
SALES = Plan((Query(metrics=("sales",), where=Compare("customer.city", "=", "上海")),))
BRIEF = '{"asked": "销售额"}'
WHOLE = json.dumps({"kind": "plan", "words": [{"said": "卖掉的钱", "means": "sales"}], "plan": encode(SALES)})


@pytest.fixture(scope="module")
def over() -> Over:
    index = ModelIndex(load_model(MODEL))
    model = index.model
    calendar = CompanyCalendar(model.conventions, model.festivals, date(2026, 10, 31))
    ranks = ScriptedRanks({ASKED: NEAR, "卖掉的钱": NEAR})
    names = Names(index, ranks)
    return Over(
        index=index,
        gaps=gaps_over(index),
        ranks=ranks,
        names=names,
        reads=GrammarInterpreter(Vocabulary.build(index, {}), index, calendar),
        examples=ReviewedNear(),
        faults=lambda plan: None,
        look_ups=LookUps(index, names, lambda audience, user: 7),
        seconds=Clock(),
    )


class Opener:
    """Opens scripted models, one after the other, and keeps how."""

    def __init__(self, *scripts: tuple[str | ModelError, ...]) -> None:
        self._scripts = list(scripts)
        self.opened: list[tuple[Settings, Profile]] = []
        self.clients: list[ScriptedModel] = []

    def __call__(self, settings: Settings, profile: Profile) -> ScriptedModel:
        self.opened.append((settings, profile))
        self.clients.append(ScriptedModel(self._scripts.pop(0), profile=profile))
        return self.clients[-1]


def settings_of(home: Path, **changes: Any) -> Settings:
    fixed = {
        "model_profile": "schema",
        "model_form": "brief",
        "model_trust": "answer",
        "model_url": "http://127.0.0.1:9/v1",
        "model_name": "small",
    }
    return Settings(**{"home": home, **fixed, **changes})


def found_plan(read: Any) -> Plan:
    assert isinstance(read.outcome, Understood), read
    return read.outcome.reading.plan


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch):
    """What the probe finds, and how often it was asked."""
    asked: list[Settings] = []

    def set_to(found: Ability) -> list[Settings]:
        def probe(settings: Settings, open_model: object, **_: object) -> Ability:
            asked.append(settings)
            return found

        monkeypatch.setattr(language_model, "probe", probe)
        return asked

    return set_to


# ---- opening


def test_nothing_is_opened_before_a_question_and_one_client_serves_all(over: Over, tmp_path: Path) -> None:
    opener = Opener((BRIEF, BRIEF))
    model = LanguageModel(settings_of(tmp_path), over, opener)
    assert opener.opened == []
    assert (model.model, model.ready, model.said()) == ("small", True, Text("模型：small", "Model: small"))
    assert found_plan(model.read(ASKED, Context())).steps[0].where == Compare("customer.city", "=", "上海")  # type: ignore[union-attr]
    model.read(ASKED, Context())
    assert len(opener.opened) == 1
    assert opener.opened[0][1] is Profile.SCHEMA
    assert len(opener.clients[0].requests) == 2
    model.close()


@pytest.mark.parametrize(
    ("form", "profile", "said", "tools"),
    [
        ("brief", "schema", BRIEF, 0),
        ("brief", "tools", BRIEF, 0),  # the short form has nothing to look up
        ("plan", "schema", WHOLE, 0),
        ("plan", "text", WHOLE, 0),
        ("plan", "tools", WHOLE, 4),
    ],
)
def test_the_settings_say_what_is_filled_in_and_how(
    over: Over, tmp_path: Path, form: str, profile: str, said: str, tools: int
) -> None:
    opener = Opener((said,))
    read = LanguageModel(settings_of(tmp_path, model_form=form, model_profile=profile), over, opener).read(
        ASKED, Context()
    )
    (step,) = found_plan(read).steps
    assert isinstance(step, Query)
    assert (step.metrics, step.where) == (("sales",), Compare("customer.city", "=", "上海"))
    (request,) = opener.clients[0].requests
    assert len(request.tools) == tools
    assert opener.clients[0].profile == profile


def test_a_question_has_the_time_of_the_settings_and_can_be_stopped(over: Over, tmp_path: Path) -> None:
    opener, stop = Opener((BRIEF,)), Cancel()
    LanguageModel(settings_of(tmp_path, model_seconds=7.0), over, opener).read(ASKED, Context(cancel=stop))
    (request,) = opener.clients[0].requests
    assert (request.seconds, request.cancel) == (7.0, stop)


def test_an_interpreter_over_a_client_fills_in_one_form(over: Over) -> None:
    client = ScriptedModel((WHOLE,), profile=Profile.TOOLS)
    assert found_plan(interpreter_over(client, over, form="plan", budget=3.0).read(ASKED, Context())) == SALES
    assert client.requests[0].seconds == 3.0


# ---- what it can do


def test_what_the_model_can_do_is_tried_once_and_remembered(over: Over, tmp_path: Path, probed) -> None:
    settings = settings_of(tmp_path, model_profile="auto", model_form="auto", model_context=8192)
    able = Ability(
        url=settings.model_url, model="small", reachable=True, profile=Profile.TOOLS, form="plan", context=4096
    )
    asked = probed(able)
    opener = Opener((WHOLE,), (WHOLE,))
    assert found_plan(LanguageModel(settings, over, opener).read(ASKED, Context())) == SALES
    assert remembered(settings) == able
    # Another start: nothing is tried again, and the client is held to what was found.
    assert found_plan(LanguageModel(settings, over, opener).read(ASKED, Context())) == SALES
    assert len(asked) == 1
    for used, profile in opener.opened:
        assert (profile, used.model_context, used.model_stream) == (Profile.TOOLS, 4096, False)


def test_a_form_of_the_settings_stands_against_what_was_found(over: Over, tmp_path: Path, probed) -> None:
    settings = settings_of(tmp_path, model_profile="auto", model_form="brief")
    probed(Ability(url=settings.model_url, model="small", profile=Profile.SCHEMA, form="plan"))
    found_plan(LanguageModel(settings, over, Opener((BRIEF,))).read(ASKED, Context()))


def test_trouble_is_a_failure_and_is_tried_again_with_the_next_question(over: Over, tmp_path: Path, probed) -> None:
    settings = settings_of(tmp_path, model_profile="auto")
    refused = Text("密钥无效。", "The key is refused.")
    asked = probed(Ability(url="", model="", trouble=Trouble(kind=FailureKind.KEY, message=refused)))
    model = LanguageModel(settings, over, Opener((BRIEF,)))
    for _ in range(2):
        read = model.read(ASKED, Context())
        assert (read.outcome, read.failed, read.kind, read.model) == (None, refused, FailureKind.KEY, "small")
    assert len(asked) == 2
    assert remembered(settings) is None
    probed(Ability(url=settings.model_url, model="small", profile=Profile.SCHEMA))
    found_plan(model.read(ASKED, Context()))


def test_a_home_that_cannot_be_written_costs_only_the_memory(over: Over, tmp_path: Path, probed) -> None:
    home = tmp_path / "file"
    home.write_text("not a folder", encoding="utf-8")
    settings = settings_of(home, model_profile="auto", model_form="auto")
    probed(Ability(url=settings.model_url, model="small", profile=Profile.SCHEMA, form="brief"))
    found_plan(LanguageModel(settings, over, Opener((BRIEF,))).read(ASKED, Context()))


def test_a_client_that_cannot_be_opened_is_a_failure(over: Over, tmp_path: Path) -> None:
    def broken(settings: Settings, profile: Profile) -> ScriptedModel:
        raise ModelError(FailureKind.NOT_CONFIGURED, Text("没有地址。", "There is no address."))

    read = LanguageModel(settings_of(tmp_path), over, broken).read(ASKED, Context())
    assert (read.outcome, read.kind) == (None, FailureKind.NOT_CONFIGURED)


# ---- a model served on this machine


def at(port: int) -> serving.Ready:
    return serving.Ready(serving.Endpoint(url=f"http://127.0.0.1:{port}/v1", key="k", name="qwen", context=2048))


def test_a_served_model_is_read_where_it_is_now(over: Over, tmp_path: Path) -> None:
    served, opener = serving.ScriptedModel(at(1)), Opener((BRIEF, BRIEF), (BRIEF,))
    settings = settings_of(tmp_path, model_url="", model_name="", model_file=tmp_path / "qwen.gguf")
    model = LanguageModel(settings, over, opener, served)
    assert (model.model, model.ready, model.said().en) == ("qwen", True, "Model on this machine: qwen")
    model.read(ASKED, Context())
    model.read(ASKED, Context())
    served.become(at(2))  # after a restart
    found_plan(model.read(ASKED, Context()))
    assert [s.model_url for s, _ in opener.opened] == ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]
    used = opener.opened[0][0]
    assert (used.model_name, used.model_key.get_secret_value(), used.model_context) == ("qwen", "k", 2048)


@pytest.mark.parametrize(
    "state",
    [
        serving.Starting(Text("读入", "loading")),
        serving.Restarting(Text("内存不足。", "Out of memory.")),
        serving.Down(Text("文件不完整。", "The file is cut off.")),
    ],
)
def test_a_served_model_that_does_not_run_is_a_failure_with_the_reason(
    over: Over, tmp_path: Path, state: serving.State
) -> None:
    served, opener = serving.ScriptedModel(state), Opener((BRIEF,))
    model = LanguageModel(settings_of(tmp_path, model_name="", model_file=tmp_path / "qwen.gguf"), over, opener, served)
    read = model.read(ASKED, Context())
    assert (read.outcome, read.model, read.kind) == (None, "qwen", FailureKind.UNREACHABLE)
    assert read.failed == model.said()
    assert not model.ready
    assert opener.opened == []
    served.become(at(1))
    found_plan(model.read(ASKED, Context()))


def test_what_our_own_server_can_do_need_not_be_tried(over: Over, tmp_path: Path, probed) -> None:
    asked = probed(Ability(url="", model=""))
    settings = settings_of(tmp_path, model_profile="auto", model_form="auto", model_file=tmp_path / "qwen.gguf")
    opener = Opener((BRIEF,))
    found_plan(LanguageModel(settings, over, opener, serving.ScriptedModel(at(1))).read(ASKED, Context()))
    assert asked == []
    assert opener.opened[0][1] is Profile.SCHEMA


def test_closing_ends_the_served_model(over: Over, tmp_path: Path) -> None:
    served = serving.ScriptedModel(at(1))
    LanguageModel(settings_of(tmp_path), over, Opener(), served).close()
    assert served.state == serving.CLOSED


def test_without_a_file_nothing_is_served(tmp_path: Path) -> None:
    assert serve(settings_of(tmp_path)) is None


def test_a_no_of_the_model_is_no_failure(over: Over, tmp_path: Path) -> None:
    read = LanguageModel(settings_of(tmp_path), over, Opener(('{"asked": "都不是"}',))).read(ASKED, Context())
    assert isinstance(read.outcome, NotUnderstood)
    assert read.failed is None


def test_what_a_small_model_says_is_only_offered_unless_the_settings_trust_it(over: Over, tmp_path: Path) -> None:
    model = LanguageModel(settings_of(tmp_path, model_trust="offer"), over, Opener((BRIEF,)))
    found = model.read(ASKED, Context()).outcome
    assert isinstance(found, NotUnderstood)
    assert len(found.nearest) == 1
