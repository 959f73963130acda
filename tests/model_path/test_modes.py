"""When a model is asked and when it is not, and what becomes of two readings of one question."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assistant.interpreters.openai_server import OpenAIServer, Talk, says
from tests.model_path.conftest import OpenScene
from tests.model_path.scene import MODEL, Scene, by_model
from tests.model_path.scripts import (
    BY_CHANNEL,
    EN_GUANGDONG,
    LAST_MONTH,
    THIS_YEAR,
    ZH_GUANGDONG,
    Case,
    condition,
    form,
    planned,
    query,
)
from tests.model_path.shop import open_shop, write_shop

UNKNOWN = pytest.mark.parametrize("case", [ZH_GUANGDONG, EN_GUANGDONG], ids=["zh", "en"])
PLAIN = {"zh": "上个月广东的销售额", "en": "sales in Guangdong last month"}


@UNKNOWN
def test_offline_asks_nobody(scene_of: OpenScene, case: Case) -> None:
    scene = scene_of(mode="offline")
    for ask_model in (False, True):
        asked = scene.ask(case.text, says(case.long), ask_model=ask_model)
        assert not asked.requests
        assert not asked.clarification.can_ask_model
        assert asked.kept.understood_by == "rules"
        assert asked.kept.tokens == 0


@UNKNOWN
def test_careful_asks_when_told_to(scene_of: OpenScene, case: Case) -> None:
    scene = scene_of(mode="careful")
    asked = scene.ask(case.text, says(case.long))
    assert not asked.requests
    assert asked.clarification.can_ask_model
    asked = by_model(scene.ask(case.text, says(case.long), ask_model=True))
    assert not asked.answer.can_ask_model


@pytest.mark.parametrize("mode", ["careful", "full"])
@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_what_the_rules_read_is_not_sent(scene_of: OpenScene, mode: str, text: str) -> None:
    asked = scene_of(mode=mode).ask(text, says(EN_GUANGDONG.long))
    assert not asked.requests
    assert asked.answer.can_ask_model


@pytest.mark.parametrize("mode", ["careful", "full"])
@pytest.mark.parametrize(
    "text",
    [
        "删除所有订单",
        "delete all orders",
        "drop table customers",
        "把所有客户的手机号给我",
        "give me all phone numbers",
        "写一首诗",
        "write me a poem",
    ],
)
def test_what_the_rules_decline_is_never_sent(scene_of: OpenScene, mode: str, text: str) -> None:
    for ask_model in (False, True):
        asked = scene_of(mode=mode).ask(text, says(EN_GUANGDONG.long), ask_model=ask_model)
        assert not asked.requests
        assert not asked.refusal.can_ask_model


@pytest.mark.parametrize(("language", "text"), PLAIN.items(), ids=PLAIN)
def test_two_readings_that_agree(scene_of: OpenScene, language: str, text: str) -> None:
    scene = scene_of()
    step = {**EN_GUANGDONG.step, "compare_to": ["period_before"]}
    asked = scene.ask(text, says(planned(step, words={})), ask_model=True)
    said = {"zh": f"规则与模型理解一致（{MODEL}）", "en": f"rules and model agree ({MODEL})"}
    assert asked.answer.understood_by.in_(language) == said[language]
    assert asked.kept.understood_by == f"both {MODEL}"
    assert len(asked.requests) == 1


def test_two_readings_that_differ_are_shown_with_what_they_give(scene_of: OpenScene) -> None:
    scene = scene_of()
    parted = {**EN_GUANGDONG.step, "by": BY_CHANNEL}
    asked = scene.ask(PLAIN["en"], says(planned(parted, words={})), ask_model=True)
    reply = asked.clarification
    assert reply.question == "Rules and model read this differently. Which one do you mean?"
    total = scene.oracle(EN_GUANGDONG.sql)[0][0]
    groups = scene.oracle(EN_GUANGDONG.sql.replace("SUM(o.net_amount)", "COUNT(DISTINCT o.channel)"))[0][0]
    assert [option.count for option in reply.options] == [f"¥{float(total) / 1000:,.1f}K", f"{groups} groups"]
    assert reply.options[0].label != reply.options[1].label
    assert MODEL in reply.options[1].label


def test_a_reading_that_loses_what_the_rules_know_is_no_second_reading(scene_of: OpenScene) -> None:
    scene = scene_of()
    year = query("sales", where=condition("city.province", "广东"), time=THIS_YEAR)
    asked = scene.ask(PLAIN["en"], says(planned(year, words={})), ask_model=True)
    assert asked.answer.understood_by.en == "understood by rules"
    assert "could not help" in asked.told
    assert len(asked.requests) == 2


@pytest.mark.parametrize(
    "said", [form("refusal", reason="No such data."), form("refusal")], ids=["with a reason", "without"]
)
def test_a_model_that_finds_nothing_leaves_the_rules_answer(scene_of: OpenScene, said: str) -> None:
    asked = scene_of().ask(PLAIN["zh"], says(said), ask_model=True)
    assert asked.answer.headline is not None
    assert asked.answer.understood_by.zh == "规则理解"
    assert "模型没有找到别的理解" in asked.told


# ---- a company of one's own


@pytest.fixture
def shop(tmp_path: Path, server: OpenAIServer) -> tuple[Scene, Path]:
    folder = write_shop(tmp_path / "corner", lambda table, column, row: f"{column} {row % 3}")
    opened, settings = open_shop(folder, tmp_path / "home")
    return Scene.over(opened, settings, server), folder


TEXT = "what did the till ring up last month"
WORDS = {"what did the till ring up": "sales"}
SALES = planned(query("sales", time=LAST_MONTH), words=WORDS)


def test_a_reviewed_question_is_answered_at_once(shop: tuple[Scene, Path]) -> None:
    scene, folder = shop
    by_model(scene.ask(TEXT, says(SALES)))
    (folder / "reviewed").mkdir()
    (folder / "reviewed" / "own.yml").write_text(
        f"questions:\n- {{id: p1, en: ['{TEXT}'], plan: {{is: query, metrics: [orders], time: {{is: calendar, unit: month, offset: -1}}}},"
        " approved_by: olga, approved_on: 2026-11-01}\n",
        encoding="utf-8",
    )
    asked = scene.ask(TEXT, says(SALES))
    assert not asked.requests
    assert "reviewed question" in asked.answer.understood_by.en
    assert asked.kept.understood_by == "reviewed"
    assert asked.answer.headline is not None
    assert asked.answer.headline.exact == "12"


def test_definitions_that_change_while_a_question_runs(shop: tuple[Scene, Path]) -> None:
    """The running question ends by the definitions that it began with, and so do those after it, until it is opened anew."""
    scene, folder = shop
    definitions = folder / "model" / "corner.yml"

    def changing(talk: Talk) -> None:
        text = definitions.read_text(encoding="utf-8")
        definitions.write_text(
            text.replace("expr: amount", "expr: id").replace("name: orders", "name: purchases"), encoding="utf-8"
        )
        says(SALES)(talk)

    def breaking(talk: Talk) -> None:
        definitions.write_text("metrics: [", encoding="utf-8")
        says(SALES)(talk)

    for step in (changing, breaking, says(SALES)):
        asked = by_model(scene.ask(TEXT, step))
        assert asked.answer.headline is not None
        assert asked.answer.headline.exact == "¥1,200.00"
