"""Answers about groups, baskets, uplift and advice over the demo company, in both languages."""

from __future__ import annotations

import pytest

from assistant.core import Assistant
from assistant.replies.baskets import basket
from assistant.replies.clusters import cluster
from assistant.replies.draft import Draft
from assistant.replies.recommend import recommend
from assistant.replies.uplift import keys_of_uplift, uplift
from assistant.resources import Asked
from semantic_layer.errors import InvalidPlanError
from semantic_layer.query.acts import Basket, Cluster, Predict, Recommend, StartCampaign
from semantic_layer.query.plan import ListPeople, Plan, SaveSegment, Step
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience

SHANGHAI = Compare("customer.city", "=", "上海")
SHOES = Compare("product.category", "=", "运动鞋")
GROUPS = Cluster(where=SHANGHAI, count=3)
HIGH = Audience(where=Compare("customer.high_value", "=", True))
MADE = {Cluster: cluster, Basket: basket, Predict: uplift, Recommend: recommend}


def said(step: Step, assistant: Assistant, language: str = "zh") -> Draft:
    asked = Asked(text="", language=language, user=assistant.user, plan=Plan((step,)))
    return MADE[type(step)](step, asked, assistant.resources)


def people(audience: Audience, assistant: Assistant) -> int:
    return assistant.resources.layer.count(audience, assistant.user)


@pytest.fixture(scope="module")
def groups(assistant: Assistant) -> Draft:
    return said(GROUPS, assistant)


def test_groups_are_told_with_shares_rules_and_a_picture(groups: Draft) -> None:
    assert groups.headline is not None
    assert groups.headline.value == "3"
    assert "上海" in groups.text
    assert "分成 3 类" in groups.text
    assert sum(row[1] for row in groups.table.rows[:-1]) == groups.table.rows[-1][1]  # everybody is the last row
    assert groups.sections[0].lines[0][0] == "规则"
    assert "年" in groups.sections[0].lines[0][1]
    assert groups.chart is not None
    assert '"zero": true' in groups.chart.spec
    assert any("近 12 个月没有购买" in remark.zh for remark in groups.remarks)
    assert any("RFM" in section.title for section in groups.sections)


def test_each_group_is_one_step_away_with_exactly_its_people(groups: Draft, assistant: Assistant) -> None:
    lists = [offer.plan.steps[0] for offer in groups.follow_ups if isinstance(offer.plan.steps[0], ListPeople)]
    assert [people(one.audience, assistant) for one in lists] == [row[1] for row in groups.table.rows[:-1]]


def test_a_group_can_be_kept_asked_about_and_turned_to(groups: Draft) -> None:
    steps = [offer.plan.steps[0] for offer in groups.follow_ups]
    assert {SaveSegment, Recommend, StartCampaign} <= {type(step) for step in steps}


def test_shoes_go_with_sportswear_and_the_offer_leads_to_who_lacks_it(assistant: Assistant) -> None:
    found = said(Basket(where=SHOES), assistant)
    assert "运动服" in found.text.split("他们还爱买：")[1]
    row = found.table.rows[0]
    assert row[0] == "运动服"
    without = found.follow_ups[0]
    assert without.label == "还没买运动服的那些人"
    bought = int(found.text.split("的有 ")[1].split(" 人")[0].replace(",", ""))
    assert row[3] == pytest.approx(row[1] / bought)
    assert people(without.plan.steps[0].audience, assistant) == bought - row[1]
    assert found.follow_ups[1].plan.steps[0].field != "product.category"
    assert any("检验" in remark.zh for remark in found.remarks)


@pytest.mark.slow
def test_in_general_each_pair_is_told_once(assistant: Assistant) -> None:
    names = [row[0] for row in said(Basket(), assistant).table.rows]
    things = [frozenset(part for side in name.split(" → ") for part in side.split(" + ")) for name in names]
    assert len(set(things)) == len(things) > 3


def test_nobody_is_picked_where_all_are_moved_alike(assistant: Assistant) -> None:
    step = Predict(target="uplift", campaign="8月挽回")
    found = said(step, assistant)
    assert "不要按增益挑人" in found.text
    assert found.headline.value == "+3.0"
    assert "未证实" in found.sections[0].title


@pytest.mark.slow
def test_nobody_is_saved_where_nobody_is_picked(assistant: Assistant) -> None:
    step = Predict(target="uplift", campaign="8月挽回")
    asked = Asked(text="", language="zh", user=assistant.user, plan=Plan((step,)))
    assert len(keys_of_uplift(step, asked, assistant.resources)) == 0


def test_a_campaign_without_control_or_end_says_why_not(assistant: Assistant) -> None:
    with pytest.raises(InvalidPlanError) as refused:
        said(Predict(target="uplift", campaign="2026年618会员日"), assistant)
    assert "分组和计划不符" in refused.value.message.zh


def test_what_suits_says_what_is_proven_and_what_was_only_seen(assistant: Assistant) -> None:
    found = said(Recommend(audience=HIGH), assistant)
    assert "内容首选「新品」" in found.text
    assert "有对照组证明" in found.text
    assert "企业微信" in found.text
    assert any("只是观察" in remark.zh for remark in found.remarks)
    start = found.follow_ups[0].plan.steps[0]
    assert isinstance(start, StartCampaign)
    assert (start.audience, start.channel) == (HIGH, "企业微信")


@pytest.mark.slow
def test_only_what_was_asked_for_is_advised(assistant: Assistant) -> None:
    channel = said(Recommend(audience=HIGH, advice="channel"), assistant)
    content = said(Recommend(audience=HIGH, advice="content"), assistant)
    assert "内容" not in channel.text
    assert "渠道" not in content.text
    assert channel.table.columns[0].name == "channel"
    assert content.table.columns[0].name == "kind"


@pytest.mark.parametrize(
    "step",
    [
        GROUPS,
        Basket(where=SHOES),
        pytest.param(Predict(target="uplift", campaign="8月挽回"), marks=pytest.mark.slow),
        pytest.param(Recommend(audience=HIGH), marks=pytest.mark.slow),
    ],
)
def test_english_answers_hold_no_chinese_of_ours(step: Step, assistant: Assistant) -> None:
    found = said(step, assistant, "en")
    names = ("2026年8月挽回活动", "2026年4月春季新品首发")
    told = (
        found.text + "".join(section.title for section in found.sections) + (found.chart.title if found.chart else "")
    )
    for name in names:
        told = told.replace(name, "")
    assert not [char for char in told if "\u4e00" <= char <= "\u9fff"]
