"""Questions that the rules decline, through real HTTP to a model that follows a script: each ends in the right answer, or
in the rules' own question back with the reason why the model did not help.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assistant.answer import Timing
from semantic_layer.policy.types import User
from tests.assistant.interpreters.openai_server import (
    calls,
    says,
)
from tests.model_path.conftest import OpenScene
from tests.model_path.scene import by_model, fell_back, right
from tests.model_path.scripts import (
    CASES,
    EN_GUANGDONG,
    LAST_MONTH,
    THIS_YEAR,
    ZH_CHANNELS,
    ZH_GUANGDONG,
    Case,
    condition,
    form,
    people,
    planned,
    query,
    said_in,
)

CASE = pytest.mark.parametrize("case", CASES, ids=[case.text for case in CASES])
UNUSABLE = {"zh": "模型的回答不能用", "en": "the model's answer could not be used"}


# ---- right answers, by each way to say them


@CASE
@pytest.mark.parametrize("profile", ["tools", "schema", "text"])
def test_a_right_plan(scene_of: OpenScene, case: Case, profile: str) -> None:
    scene = scene_of(model_profile=profile)
    step = calls(("reading", case.long)) if profile == "tools" else says(case.long)
    assert isinstance(scene.rules(case.text).unexplained, tuple)
    right(scene.ask(case.text, step), scene, case)


@CASE
def test_the_short_form(scene_of: OpenScene, case: Case) -> None:
    scene = scene_of(model_form="brief")
    right(scene.ask(case.text, says(case.short)), scene, case)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "in full"])
@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{0}\n```", "Here it is:\n```\n{0}\n```\nDone.", "<think>Hm {{}}.</think>{0}", "\ufeff {0}"],
    ids=["fenced", "between words", "after thoughts", "after a mark"],
)
def test_a_plan_with_something_around_it(scene_of: OpenScene, wrapped: str, stream: bool) -> None:
    scene = scene_of(model_profile="text", model_stream=stream)
    right(scene.ask(ZH_CHANNELS.text, says(wrapped.format(ZH_CHANNELS.long))), scene, ZH_CHANNELS)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "in full"])
def test_look_ups_and_then_the_plan(scene_of: OpenScene, stream: bool) -> None:
    scene = scene_of(model_profile="tools", model_stream=stream)
    looks = calls(
        ("search_vocabulary", {"words": "moolah"}),
        ("sample_values", {"field": "order.channel"}),
        ("count_audience", {"audience": people(condition("city.province", "广东"))["audience"]}),
        ("ask_user", {"question": "net or gross?"}),
    )
    asked = scene.ask(EN_GUANGDONG.text, looks, calls(("reading", EN_GUANGDONG.long)))
    right(asked, scene, EN_GUANGDONG, requests=2)
    found, declared, count, _ = (m["content"] for m in asked.requests[1].body["messages"] if m["role"] == "tool")
    assert "sales" in found
    assert declared == "天猫, 京东, 小程序, APP, 官网, 门店"
    n = scene.oracle("SELECT COUNT(*) FROM customers JOIN cities USING (city) WHERE province = '广东'")[0][0]
    assert count == f"{n:,}"
    assert [tool["function"]["name"] for tool in asked.requests[1].body["tools"]] == ["reading"]


def test_look_ups_count_what_the_person_who_asks_may_see(scene_of: OpenScene) -> None:
    scene = scene_of(model_profile="tools")
    looks = calls(("count_audience", {"audience": people(None)["audience"]}))
    east = User(name="lin", roles=("region_east",))
    asked = scene.ask(EN_GUANGDONG.text, looks, calls(("reading", EN_GUANGDONG.long)), user=east)
    count = next(m["content"] for m in asked.requests[1].body["messages"] if m["role"] == "tool")
    n = scene.oracle("SELECT COUNT(*) FROM customers JOIN cities USING (city) WHERE region = '华东'")[0][0]
    assert count == f"{n:,}"
    assert asked.kept.roles == ("region_east",)
    told = replace(asked.reply, id="", timing=Timing())  # ids and times hold any digits
    assert "401" not in repr(told)  # nobody of Guangdong is theirs


def test_look_ups_and_no_end(scene_of: OpenScene) -> None:
    """The second request is the last that a question may take, so what is looked up then leads nowhere."""
    scene = scene_of(model_profile="tools")
    asked = scene.ask(EN_GUANGDONG.text, calls(("search_vocabulary", {"words": "moolah"})))
    fell_back(asked, scene, EN_GUANGDONG.text, "gave no result", requests=2)
    assert asked.answered == 2


def test_look_ups_leave_nothing_for_a_repair(scene_of: OpenScene) -> None:
    scene = scene_of(model_profile="tools")
    asked = scene.ask(EN_GUANGDONG.text, calls(("search_vocabulary", {"words": "x"})), calls(("reading", "{}")))
    fell_back(asked, scene, EN_GUANGDONG.text, UNUSABLE["en"], requests=2)


# ---- wrong, and mended or not

WRONG = {
    "an enum": query("sales", where=condition("city.province", "广东"), time={**LAST_MONTH, "unit": "moon"}),
    "a metric that is not there": query("moolah", where=condition("city.province", "广东"), time=LAST_MONTH),
    "a field that is not there": query("sales", where=condition("city.realm", "广东"), time=LAST_MONTH),
    "a value that is not there": query("sales", where=condition("city.province", "Kuangtung"), time=LAST_MONTH),
    "a condition lost": query("sales", time=LAST_MONTH),
    "the time lost": query("sales", where=condition("city.province", "广东")),
    "another time": query("sales", where=condition("city.province", "广东"), time=THIS_YEAR),
    "a step that a model may not take": {"is": "save_segment", "name": "x", "audience": people(None)["audience"]},
    "an export": {"is": "export", "query": query("sales", time=LAST_MONTH)},
    "a card": {"is": "card", "key": "1"},
    "a step that is none": {"is": "sql", "text": "SELECT 1"},
}


@pytest.mark.parametrize(("place", "wrong"), enumerate(WRONG.values()), ids=WRONG)
def test_wrong_and_then_mended(scene_of: OpenScene, place: int, wrong: Any) -> None:
    scene, case = scene_of(), (ZH_GUANGDONG, EN_GUANGDONG)[place % 2]
    asked = scene.ask(case.text, says(planned(wrong, words=case.words)), says(case.long))
    right(asked, scene, case, requests=2)
    repair = asked.requests[1].body["messages"]
    assert [message["role"] for message in repair] == ["system", "user", "assistant", "user"]
    assert repair[1] == asked.requests[0].body["messages"][1]


@pytest.mark.parametrize("name", list(WRONG)[::2])
def test_wrong_twice(scene_of: OpenScene, name: str) -> None:
    scene = scene_of()
    asked = scene.ask(ZH_GUANGDONG.text, says(planned(WRONG[name], words=ZH_GUANGDONG.words)))
    fell_back(asked, scene, ZH_GUANGDONG.text, UNUSABLE["zh"], requests=2)
    assert asked.answered == 2


def test_a_time_that_nobody_said(scene_of: OpenScene) -> None:
    scene, text = scene_of(), "how much moolah came from Guangdong"
    timed = planned(EN_GUANGDONG.step, words={"how much moolah came from": "sales"})
    asked = scene.ask(text, says(timed))
    fell_back(asked, scene, text, UNUSABLE["en"], requests=2)
    assert "a time that the question does not say" in asked.requests[1].body["messages"][-1]["content"]


def test_unknown_words_that_the_model_passes_in_silence_are_asked_back(scene_of: OpenScene) -> None:
    scene = scene_of()
    asked = scene.ask(EN_GUANGDONG.text, says(planned(EN_GUANGDONG.step, words={})))
    reply = asked.clarification
    assert reply.unexplained == ("moolah came",)
    assert "¥401.2K" in reply.options[0].count
    assert len(asked.requests) == 1


def test_a_short_form_with_a_name_that_was_not_offered(scene_of: OpenScene) -> None:
    scene = scene_of(model_form="brief")
    wrong = json.dumps({"asked": "moolah", "A": "nothing"})
    right(scene.ask(EN_GUANGDONG.text, says(wrong), says(EN_GUANGDONG.short)), scene, EN_GUANGDONG, requests=2)
    fell_back(scene.ask(EN_GUANGDONG.text, says(wrong)), scene, EN_GUANGDONG.text, UNUSABLE["en"], requests=2)


SQL = "SELECT SUM(net_amount) FROM orders"


@pytest.mark.parametrize(("case", "model_form"), [(ZH_GUANGDONG, "plan"), (EN_GUANGDONG, "brief")], ids=["zh", "en"])
@pytest.mark.parametrize(
    "said",
    [SQL, json.dumps({"sql": SQL}), f"```sql\n{SQL}\n```", json.dumps({"kind": "sql", "plan": SQL}), "[1]", "42"],
)
def test_sql_or_something_else_in_place_of_a_plan(scene_of: OpenScene, case: Case, said: str, model_form: str) -> None:
    scene = scene_of(model_form=model_form)
    asked = scene.ask(case.text, says(said))
    fell_back(asked, scene, case.text, said_in(case, UNUSABLE), requests=2)


def test_a_question_back_has_counts(scene_of: OpenScene) -> None:
    scene = scene_of()
    paid = {**EN_GUANGDONG.step, "metrics": ["paid"]}
    options = [{"steps": [EN_GUANGDONG.step]}, {"steps": [paid]}, {"steps": [query("nonsense")]}]
    asked = scene.ask(
        EN_GUANGDONG.text, says(form("clarification", question="Before or after refunds?", options=options))
    )
    reply = asked.clarification
    assert reply.question == "Before or after refunds?"
    assert len(reply.options) == 2
    assert reply.options[0].count == "¥401.2K"
    by_model(asked)


def test_a_question_back_without_a_plan_that_holds(scene_of: OpenScene) -> None:
    scene = scene_of()
    asked = scene.ask(EN_GUANGDONG.text, says(form("clarification", question="?", options=[])))
    fell_back(asked, scene, EN_GUANGDONG.text, UNUSABLE["en"], requests=2)


def test_a_no_of_the_model_is_said_to_be_its_own(scene_of: OpenScene) -> None:
    scene, text = scene_of(), "can I get a refill of the coffee machine"
    refused = by_model(scene.ask(text, says(form("refusal", reason="Coffee machines are not customers.")))).refusal
    assert "Coffee machines are not customers." in refused.reason
    assert refused.reason != "Coffee machines are not customers."


def test_a_no_of_the_model_brings_no_numbers(scene_of: OpenScene) -> None:
    scene = scene_of()
    refused = by_model(scene.ask(EN_GUANGDONG.text, says(form("refusal", reason="It was ¥999,999 in all.")))).refusal
    assert "999" not in refused.reason
