"""Turns that change the answer before. Every conversation starts with a whole question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.interpreters.base import NotUnderstood, Outcome
from semantic_layer.query.plan import ChartKind, Export, ListPeople, Plan, Profile, SaveSegment
from semantic_layer.query.predicate import Among, And, Compare, HasMetric, Not
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling
from semantic_layer.query.types import Audience, ByField, Order, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

SHANGHAI, BEIJING = Compare("customer.city", "=", "上海"), Compare("customer.city", "=", "北京")
HIGH = Compare("customer.high_value", "=", True)
GOLD_UP = Among("customer.member_level", ("金卡", "黑金"))
COUNT = Query(metrics=("customers",), where=And((SHANGHAI, HIGH)))
SALES = Query(metrics=("sales",), by=(ByField("city.region"),), time=Calendar(Grain.MONTH, -1))
ZH, EN = "上海有多少高价值客户？", "How many high-value customers are in Shanghai?"


@pytest.mark.parametrize(
    "turn",
    ["那北京呢？", "北京呢", "换成北京", "那北京的呢", "What about Beijing?", "and Beijing?", "how about Beijing"],
)
def test_another_place_takes_the_place_of_the_first(plan_of: PlanOf, turn: str) -> None:
    assert plan_of(ZH, turn) == Plan((replace(COUNT, where=And((BEIJING, HIGH))),))


@pytest.mark.parametrize(
    "turn", ["再按性别拆开", "按性别拆分", "按性别", "Now split it by gender", "by gender", "break it down by gender"]
)
def test_a_grouping_is_added(plan_of: PlanOf, turn: str) -> None:
    assert plan_of(ZH, turn) == Plan((replace(COUNT, by=(ByField("customer.gender"),)),))


def test_again_adds_a_second_grouping_and_a_change_replaces_the_first(plan_of: PlanOf) -> None:
    gender, level = ByField("customer.gender"), ByField("customer.member_level")
    assert plan_of(ZH, "按性别", "再按会员等级拆开") == Plan((replace(COUNT, by=(gender, level)),))
    assert plan_of(EN, "by gender", "by member level instead").steps[0] == replace(
        COUNT, where=And((HIGH, SHANGHAI)), by=(level,)
    )


@pytest.mark.parametrize("turn", ["只看金卡以上", "只要金卡及以上", "Only gold and above", "just gold or above"])
def test_a_restriction_is_added(plan_of: PlanOf, turn: str) -> None:
    assert plan_of(ZH, turn) == Plan((replace(COUNT, where=And((SHANGHAI, HIGH, GOLD_UP))),))


@pytest.mark.parametrize(
    "turn",
    ["换成最近半年", "改成最近六个月", "那最近半年呢", "最近半年", "Make it the last six months", "the last 6 months"],
)
def test_another_time_keeps_all_else(plan_of: PlanOf, turn: str) -> None:
    found = plan_of("Sales by region last month", turn)
    assert found == Plan((replace(SALES, time=Rolling(6, Grain.MONTH)),))


def test_another_time_moves_the_windows_of_conditions(plan_of: PlanOf) -> None:
    half = Rolling(6, Grain.MONTH)
    found = plan_of("最近三个月活跃且客单价超过500的女性客户", "换成最近半年").steps[0]
    assert isinstance(found, ListPeople)
    assert isinstance(found.audience.where, And)
    assert {p.time for p in found.audience.where.items if isinstance(p, HasMetric)} == {half}


@pytest.mark.parametrize("turn", ["画成柱状图", "用柱状图", "As a bar chart", "bar chart please"])
def test_another_picture_changes_the_picture_only(plan_of: PlanOf, turn: str) -> None:
    assert plan_of("Sales by region last month", turn) == Plan((SALES,), ChartKind.COLUMN)


@pytest.mark.parametrize(
    "turn", ["换成订单数", "订单数呢", "那订单数呢", "Switch to orders", "what about the number of orders"]
)
def test_another_metric_takes_the_place_of_the_first(plan_of: PlanOf, turn: str) -> None:
    assert plan_of("Sales by region last month", turn) == Plan((replace(SALES, metrics=("orders",)),))


@pytest.mark.parametrize("turn", ["跟去年同期比", "同比呢", "year over year", "compare with the same month last year"])
def test_a_comparison_is_added(plan_of: PlanOf, turn: str) -> None:
    expected = replace(SALES, compare_to=(Comparison.YEAR_BEFORE,))
    assert plan_of("Sales by region last month", turn) == Plan((expected,))


@pytest.mark.parametrize("turn", ["前3个", "只看前3名", "top 3"])
def test_a_cut_keeps_the_best(plan_of: PlanOf, turn: str) -> None:
    assert plan_of("Sales by region last month", turn) == Plan((replace(SALES, order=(Order("sales"),), limit=3),))


@pytest.mark.parametrize(
    "turn",
    [
        '把这些人保存成"上海挽回人群"',
        "保存成“上海挽回人群”",
        '存为"上海挽回人群"',
        'save these people as "上海挽回人群"',
    ],
)
def test_people_are_saved_under_the_name_in_quotes(plan_of: PlanOf, turn: str) -> None:
    people = Audience(where=And((SHANGHAI, HIGH)))
    assert plan_of("上海的高价值客户有哪些", turn) == Plan((SaveSegment("上海挽回人群", people),))


@pytest.mark.parametrize("turn", ["导出来", "导出", "下载", "把他们导出", "Export them", "download the list"])
def test_people_are_exported(plan_of: PlanOf, turn: str) -> None:
    people = Audience(where=And((SHANGHAI, HIGH)))
    assert plan_of("上海的高价值客户有哪些", turn) == Plan((Export(audience=people),))


def test_a_table_is_exported_as_it_is(plan_of: PlanOf) -> None:
    assert plan_of("Sales by region last month", "导出来") == Plan((Export(query=SALES),))


def test_a_condition_is_taken_away_or_ruled_out(plan_of: PlanOf) -> None:
    assert plan_of(ZH, "去掉上海") == Plan((Query(metrics=("customers",), where=HIGH),))
    gold = Compare("customer.member_level", "=", "金卡")
    assert plan_of(ZH, "去掉金卡") == Plan((replace(COUNT, where=And((SHANGHAI, HIGH, Not(gold)))),))


def test_a_number_of_people_turns_into_the_people_and_their_profile(plan_of: PlanOf) -> None:
    people = Audience(where=And((SHANGHAI, HIGH)))
    assert plan_of(ZH, "他们的画像") == Plan((Profile(people),))
    assert plan_of(ZH, "都有谁") == Plan((ListPeople(people),))


def test_a_whole_question_inherits_nothing(plan_of: PlanOf) -> None:
    alone = plan_of("北京有多少金卡会员")
    assert plan_of(ZH, "北京有多少金卡会员") == alone


@pytest.mark.parametrize(
    "turn", ["换成最近半年", "把这些人保存成“甲”", "导出来", "Export them", "Make it the last six months"]
)
def test_says_so_when_there_is_nothing_to_change(ask: Ask, turn: str) -> None:
    outcome = ask(turn)
    assert isinstance(outcome, NotUnderstood)
    assert outcome.why.zh


def test_asks_for_a_name_when_saving_without_one(ask: Ask, plan_of: PlanOf) -> None:
    outcome = ask("把这些人保存下来", plan_of("上海的高价值客户有哪些"))
    assert isinstance(outcome, NotUnderstood)
    assert "名字" in outcome.why.zh


def test_a_number_of_people_now_cannot_be_moved_in_time(ask: Ask, plan_of: PlanOf) -> None:
    assert isinstance(ask("换成最近半年", plan_of(ZH)), NotUnderstood)


def test_does_not_guess_what_more_means(ask: Ask, plan_of: PlanOf) -> None:
    assert isinstance(ask("还有呢", plan_of(ZH)), NotUnderstood)
