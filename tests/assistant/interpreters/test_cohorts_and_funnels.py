"""Cohort tables and funnels: what begins, what follows, in which periods and for whom. Plans by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from assistant.interpreters.base import Outcome, Understood
from semantic_layer.query.plan import ChartKind, Funnel, Occurrence, Plan, Retention
from semantic_layer.query.predicate import And, Compare
from semantic_layer.query.time import Calendar, Grain, Rolling, Span
from semantic_layer.query.types import ByField, ByTime, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

NEW, ORDERED = Occurrence(entity="customer"), Occurrence(entity="order")
VIEW = Occurrence(entity="event", where=Compare("event.event_type", "=", "view"))
CART = Occurrence(entity="event", where=Compare("event.event_type", "=", "add_to_cart"))
SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))
THIS_YEAR = Calendar(Grain.YEAR, 0)
EAST = Compare("city.region", "=", "华东")


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("今年各月新客的次月留存率", Retention(start=NEW, back=ORDERED, periods=1, time=THIS_YEAR)),
        ("Next-month retention of new customers by month this year", Retention(start=NEW, back=ORDERED, periods=1, time=THIS_YEAR)),
        ("新客次月留存", Retention(start=NEW, back=ORDERED, periods=1)),
        ("next month retention rate", Retention(start=NEW, back=ORDERED, periods=1)),
        ("新客留存表", Retention(start=NEW, back=ORDERED)),
        ("retention of new customers by month", Retention(start=NEW, back=ORDERED)),
        ("同期群分析", Retention(start=NEW, back=ORDERED)),
        ("cohort analysis", Retention(start=NEW, back=ORDERED)),
        ("3月新客的留存情况", Retention(start=NEW, back=ORDERED, time=Span(date(2026, 3, 1), date(2026, 3, 31)))),
        ("今年各周新客留存", Retention(start=NEW, back=ORDERED, grain=Grain.WEEK, time=THIS_YEAR)),
        ("新客7日留存", Retention(start=NEW, back=ORDERED, grain=Grain.DAY, periods=7)),
        ("新客3个月留存", Retention(start=NEW, back=ORDERED, periods=3)),
        ("金卡会员的留存表", Retention(start=NEW, back=ORDERED, where=Compare("customer.member_level", "=", "金卡"))),
        ("weekly retention of customers who bought in September", Retention(start=ORDERED, back=ORDERED, grain=Grain.WEEK, time=SEPTEMBER)),
        ("9月购买客户的周留存", Retention(start=ORDERED, back=ORDERED, grain=Grain.WEEK, time=SEPTEMBER)),
        ("首购客户的留存", Retention(start=ORDERED, back=ORDERED)),
    ],
)  # fmt: skip
def test_cohorts(plan_of: PlanOf, question: str, step: Retention) -> None:
    assert plan_of(question) == Plan((step,))


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("留存率是多少", ()),
        ("retention rate", ()),
        ("各月留存率", (ByTime(Grain.MONTH),)),
        ("各注册渠道的客户留存", (ByField("customer.registration_channel"),)),
        ("retention by member level", (ByField("customer.member_level"),)),
    ],
)
def test_the_rate_alone_is_a_metric(plan_of: PlanOf, question: str, by: tuple[ByField | ByTime, ...]) -> None:
    assert plan_of(question) == Plan((Query(metrics=("retention_rate",), by=by),))


FULL = (VIEW, CART, ORDERED)


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("浏览→加购→下单的漏斗", Funnel(steps=FULL)),
        ("从浏览到加购到下单的转化漏斗", Funnel(steps=FULL)),
        ("浏览、加购、下单的漏斗", Funnel(steps=FULL)),
        ("浏览-加购-下单漏斗", Funnel(steps=FULL)),
        ("funnel from view to cart to order", Funnel(steps=FULL)),
        ("view to cart to order funnel", Funnel(steps=FULL)),
        ("7天内浏览到加购到下单的漏斗", Funnel(steps=FULL, within=(7, Grain.DAY))),
        ("funnel from view to order within 7 days", Funnel(steps=(VIEW, ORDERED), within=(7, Grain.DAY))),
        ("从浏览到加购到下单的漏斗按会员等级", Funnel(steps=FULL, by="customer.member_level")),
        ("9月华东客户从浏览到下单的漏斗", Funnel(steps=(VIEW, ORDERED), where=EAST, time=SEPTEMBER)),
        ("funnel of view, add to cart and order in September", Funnel(steps=FULL, time=SEPTEMBER)),
        ("从浏览到下单的转化", Funnel(steps=(VIEW, ORDERED))),
        ("注册到下单的漏斗", Funnel(steps=(NEW, ORDERED))),
    ],
)  # fmt: skip
def test_funnels(plan_of: PlanOf, question: str, step: Funnel) -> None:
    assert plan_of(question) == Plan((step,))


@pytest.mark.parametrize(
    "question",
    [
        "漏斗",
        "浏览漏斗",
        "下单到退货的漏斗",  # nobody knows when it was returned
        "浏览→加购→下单的漏斗按品类",  # one person views many categories
        "销售额的漏斗",
        "浏览到浏览的漏斗",
        "新客留存表按注册渠道",  # a cohort table has no groups yet
        "销售额的留存表",
    ],
)
def test_asks_back_where_there_is_no_such_table(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


def test_the_turn_after_changes_a_cohort_table(plan_of: PlanOf) -> None:
    first = "新客留存表"
    female = Compare("customer.gender", "=", "女")
    beijing = Compare("customer.city", "=", "北京")
    weekly = Retention(start=NEW, back=ORDERED, grain=Grain.WEEK)
    assert plan_of(first, "按周") == Plan((weekly,))
    assert plan_of(first, "只看女性") == Plan((Retention(start=NEW, back=ORDERED, where=female),))
    both = Retention(start=NEW, back=ORDERED, where=And((female, beijing)), time=Rolling(6, Grain.MONTH))
    assert plan_of(first, "只看女性", "换成最近半年", "那北京呢") == Plan((both,))
    assert plan_of(first, "画成热力图") == Plan((Retention(start=NEW, back=ORDERED),), ChartKind.HEATMAP)


def test_the_turn_after_changes_a_funnel(plan_of: PlanOf) -> None:
    first = "浏览→加购→下单的漏斗"
    assert plan_of(first, "按会员等级") == Plan((Funnel(steps=FULL, by="customer.member_level"),))
    assert plan_of(first, "换成9月", "只看华东") == Plan((Funnel(steps=FULL, time=SEPTEMBER, where=EAST),))


def test_says_what_a_funnel_takes_for_granted(ask: Ask) -> None:
    outcome = ask("浏览→加购→下单的漏斗")
    assert isinstance(outcome, Understood)
    assert any("30" in note.meaning.zh and "30" in note.meaning.en for note in outcome.reading.notes)
    said = ask("浏览→加购→下单的漏斗，30天内")
    assert isinstance(said, Understood)
    assert not said.reading.notes
