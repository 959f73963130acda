"""The answer to "how did it do": the verdict first, one number, the intervals as a picture, and everything it rests on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant.replies.effects import measure
from assistant.resources import Asked, Resources
from semantic_layer.errors import InvalidPlanError, NotYetError, UnknownNameError
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Measure, Predict
from semantic_layer.query.plan import ListPeople, Plan
from tools.chart.effects import Whisker, effect_chart
from tools.effect.effects import Effects

ADMIN = User(name="a", roles=("admin",))


@pytest.fixture(scope="module")
def resources(assistant) -> Resources:
    return replace(assistant.resources, effects=Effects(assistant.resources.layer))


def ask(resources: Resources, language: str = "zh", **step):
    one = Measure(**step)
    return measure(one, Asked(text="", language=language, user=ADMIN, plan=Plan((one,))), resources)


@pytest.mark.parametrize(("language", "words"), [("zh", "8月挽回活动"), ("en", "the August win-back campaign")])
def test_it_worked(resources, language: str, words: str) -> None:
    found = ask(resources, language, campaign=words)
    assert found.headline.value.startswith("+3.")
    assert found.headline.good is True
    assert ("有效：" if language == "zh" else " works:") in found.text
    raw, cuped = found.table.rows
    assert found.table.columns[1].label.zh == "触达组人数"
    assert raw[1] == cuped[1]
    assert raw[5] == pytest.approx(100 * (raw[2] - raw[4]), abs=0.006)
    assert raw[6] < raw[5] < raw[7]
    titles = [section.title for section in found.sections]
    assert len(titles) == 3
    lines = dict(found.sections[0].lines)
    assert any("10.0%" in value for value in lines.values())
    assert len(found.remarks) >= 2
    drawn = json.loads(found.chart.spec)
    assert len(drawn["data"]["values"]) == 2
    assert drawn["data"]["values"][0]["hue"] == "up"


def test_what_next(resources) -> None:
    steps = [one.plan.steps[0] for one in ask(resources, campaign="8月挽回活动").follow_ups]
    assert any(isinstance(step, Predict) and step.target == "uplift" for step in steps)
    assert any(isinstance(step, Measure) and step.by is not None for step in steps)
    people = next(step for step in steps if isinstance(step, ListPeople))
    found = ask(resources, campaign="8月挽回活动").table.rows[0]
    counted = resources.layer.count(people.audience, ADMIN)
    assert counted == round(found[1] * (1 - found[2]))


def test_refused_without_a_lift(resources) -> None:
    found = ask(resources, campaign="2026年618会员日", by="customer.gender")
    assert "不可信" in found.text
    assert "不按客户分开" in found.text
    assert (found.headline, found.chart, found.follow_ups) == (None, None, ())
    assert found.table.rows == ((found.table.rows[0][0], found.table.rows[0][1], pytest.approx(0.43, abs=0.01)),)


def test_not_final_and_by_tag(resources) -> None:
    found = ask(resources, "en", campaign="2026年双11预热", by="customer.gender")
    assert "not final" in found.text
    assert "not final" in found.headline.label
    assert "when the window is over" in found.text
    assert all(row["hue"] != "up" for row in json.loads(found.chart.spec)["data"]["values"])


def test_clicks(resources) -> None:
    found = ask(resources, campaign="8月挽回活动", outcome="click")
    assert found.chart is None
    assert found.headline.value.endswith("%")
    assert "没有可比的点击" in found.text


def test_which_campaign(resources) -> None:
    with pytest.raises(InvalidPlanError) as several:
        ask(resources, campaign="挽回活动")
    assert len(several.value.suggestions) == 2
    with pytest.raises(UnknownNameError):
        ask(resources, campaign="2024年春节活动")
    with pytest.raises(NotYetError):
        ask(replace(resources, effects=None), campaign="8月挽回活动")


def test_a_picture_of_intervals_holds_zero_and_cuts_what_is_far_too_wide() -> None:
    rows = [
        Whisker(name="全部", value=0.03, low=0.01, high=0.05, text="+3.0（+1.0 到 +5.0）"),
        Whisker(name="少数", value=0.02, low=-0.9, high=0.94, text="+2.0（-90.0 到 +94.0）", tone="quiet"),
    ]
    chart = effect_chart(rows, "zh", title="转化率相差", subtitle="虚线是没有差别")
    drawn = json.loads(chart.spec)
    first, wide = drawn["data"]["values"]
    assert first["low"] == 0.01
    assert -0.9 < wide["low"] < 0 < wide["high"] < 0.94
    assert effect_chart([], "zh", title="") is None
