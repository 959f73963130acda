"""What followed, or did not follow, something that people did; and when they did it first or last. Plans by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from assistant.interpreters.base import NotUnderstood, Outcome, Understood
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, Not, Predicate, Then
from semantic_layer.query.time import Calendar, Grain, Holiday, Rolling, Span
from semantic_layer.query.types import Audience, ByField, ByTime, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]


def event(kind: str) -> Compare:
    return Compare("event.event_type", "=", kind)


def category(name: str) -> Compare:
    return Compare("product.category", "=", name)


CART = Did(entity="event", where=event("add_to_cart"))
VIEW = Did(entity="event", where=event("view"))
SHOES = Did(entity="order_line", where=category("运动鞋"))
GOLD = Compare("customer.member_level", "=", "金卡")


def ordered(count: int | None = None, unit: Grain = Grain.DAY, *, happened: bool = True) -> Then:
    return Then(entity="order", count=count, unit=unit, happened=happened)


def people(where: Predicate | None) -> Plan:
    return Plan((ListPeople(Audience(where=where)),))


def then(first: Did, after: Then) -> Did:
    return Did(entity=first.entity, where=first.where, time=first.time, which=first.which, then=after)


ABANDONED = then(CART, ordered(7, happened=False))


@pytest.mark.parametrize(
    "question",
    [
        "加购后7天内没有下单的客户",
        "加购之后7天没下单的人",
        "加购过但7天内没有下单的客户",
        "加了购物车以后7天之内未购买的会员有哪些",
        "没有在加购后七天内下单的客户",
        "Customers who added to cart and did not order within 7 days",
        "customers who added to cart but did not buy within 7 days",
        "people who did not order within 7 days of adding to cart",
        "who added to cart and then did not order within 7 days",
    ],
)
def test_what_did_not_follow_in_time(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == people(ABANDONED)


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("收藏后没有购买的客户", then(Did(entity="event", where=event("favourite")), ordered(happened=False))),
        ("customers who viewed but never ordered afterwards", then(VIEW, ordered(happened=False))),
        ("浏览后3天内没有购买的客户", then(VIEW, ordered(3, happened=False))),
        ("加购之后一周内没下单的人", then(CART, ordered(1, Grain.WEEK, happened=False))),
        (
            "people who did not order within a week of adding to cart",
            then(CART, ordered(1, Grain.WEEK, happened=False)),
        ),
        ("加购后24小时内下单的客户", then(CART, ordered(24, Grain.HOUR))),
        ("买过运动鞋之后半年内没有再下单的客户", then(SHOES, ordered(6, Grain.MONTH, happened=False))),
        ("先浏览后下单的客户", then(VIEW, ordered())),
        ("先浏览，然后下单的客户", then(VIEW, ordered())),
        ("先浏览再加购的客户", then(VIEW, Then(entity="event", where=event("add_to_cart")))),
        ("customers who added to cart and then ordered", then(CART, ordered())),
        ("customers who ordered after viewing", then(VIEW, ordered())),
        ("bought running shoes and came back within 30 days", then(SHOES, ordered(30))),
        ("customers who ordered within 30 days of buying running shoes", then(SHOES, ordered(30))),
        ("先买运动鞋后买运动服的客户", then(SHOES, Then(entity="order_line", where=category("运动服")))),
        (
            "customers who bought running shoes and then sportswear",
            then(SHOES, Then(entity="order_line", where=category("运动服"))),
        ),
        (
            "买过运动鞋，之后30天内又买了运动服的客户",
            then(SHOES, Then(entity="order_line", where=category("运动服"), count=30)),
        ),
        ("customers who ordered and ordered again within 30 days", then(Did(entity="order"), ordered(30))),
        ("注册后30天内下单的客户", then(Did(entity="customer"), ordered(30))),
        (
            "members who registered in March and ordered within 7 days",
            then(Did(entity="customer", time=Span(date(2026, 3, 1), date(2026, 3, 31))), ordered(7)),
        ),
        ("customers who registered and ordered within 30 days", then(Did(entity="customer"), ordered(30))),
        ("customers who ordered within 30 days of registering", then(Did(entity="customer"), ordered(30))),
        (
            "people who ordered after receiving an SMS",
            then(Did(entity="message", where=Compare("message.message_channel", "=", "短信")), ordered()),
        ),
    ],
)
def test_what_followed(plan_of: PlanOf, question: str, where: Did) -> None:
    assert plan_of(question) == people(where)


@pytest.mark.parametrize(
    "question", ["双11期间买过运动鞋但之后30天没再来的金卡会员", "双11买了运动鞋之后30天内没有再下单的金卡客户"]
)
def test_the_time_is_that_of_what_came_first(plan_of: PlanOf, question: str) -> None:
    first = Did(entity="order_line", where=category("运动鞋"), time=Holiday("double_eleven"))
    where = And((then(first, ordered(30, happened=False)), GOLD))
    assert plan_of(question) == people(where)


def test_the_time_is_that_of_what_came_first_in_english(plan_of: PlanOf) -> None:
    first = Did(entity="order_line", where=category("运动鞋"), time=Holiday("double_eleven"))
    question = "gold members who bought running shoes during Double 11 but did not come back within 30 days"
    assert plan_of(question) == people(And((GOLD, then(first, ordered(30, happened=False)))))


def test_the_last_thirty_days_are_not_thirty_days_after(plan_of: PlanOf) -> None:
    last = Not(Did(entity="order", time=Rolling(30, Grain.DAY)))
    assert plan_of("买过运动鞋但最近30天没有下单的客户") == people(And((SHOES, last)))
    question = "Customers who bought running shoes but have not ordered in the last 30 days"
    assert plan_of(question) == people(And((SHOES, last)))
    recent = Did(entity="event", where=event("add_to_cart"), time=Rolling(30, Grain.DAY))
    assert plan_of("最近30天加购后7天内没有下单的客户") == people(then(recent, ordered(7, happened=False)))


@pytest.mark.parametrize(
    "question",
    ["先浏览后加购但没有购买", "先浏览再加购，之后没有下单的客户", "viewed, then added to cart but did not buy"],
)
def test_three_things_in_a_row(plan_of: PlanOf, question: str) -> None:
    """Viewed before a cart, and a cart with no order after it: as good as one row of three (see `chain_not`)."""
    into_cart = then(VIEW, Then(entity="event", where=event("add_to_cart")))
    assert plan_of(question) == people(And((into_cart, then(CART, ordered(happened=False)))))


def test_the_time_of_three_things_is_that_of_the_first(plan_of: PlanOf) -> None:
    recent = Did(entity="event", where=event("view"), time=Rolling(30, Grain.DAY))
    into_cart = then(recent, Then(entity="event", where=event("add_to_cart")))
    expected = people(And((into_cart, then(CART, ordered(happened=False)))))
    assert plan_of("最近30天先浏览后加购但没有购买的客户") == expected


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("首单在双11的客户", Did(entity="order", time=Holiday("double_eleven"), which="first")),
        ("first order on Double 11", Did(entity="order", time=Holiday("double_eleven"), which="first")),
        ("customers whose first order was on Double 11", Did(entity="order", time=Holiday("double_eleven"), which="first")),
        ("双11首次下单的会员", Did(entity="order", time=Holiday("double_eleven"), which="first")),
        ("首单日期在今年的客户", Did(entity="order", time=Calendar(Grain.YEAR, 0), which="first")),
        ("最后一次下单在6月之前的客户", Did(entity="order", time=Span(None, date(2026, 5, 31)), which="last")),
        ("last order was before June", Did(entity="order", time=Span(None, date(2026, 5, 31)), which="last")),
        ("customers who last ordered before June", Did(entity="order", time=Span(None, date(2026, 5, 31)), which="last")),
        ("最近一次加购在上个月的客户", Did(entity="event", where=event("add_to_cart"), time=Calendar(Grain.MONTH, -1), which="last")),
        ("首次购买运动鞋在今年的客户", Did(entity="order_line", where=category("运动鞋"), time=Calendar(Grain.YEAR, 0), which="first")),
        ("people who first bought running shoes this year", Did(entity="order_line", where=category("运动鞋"), time=Calendar(Grain.YEAR, 0), which="first")),
        ("首单后30天内复购的客户", then(Did(entity="order", which="first"), ordered(30))),
        ("customers who ordered again within 30 days of their first order", then(Did(entity="order", which="first"), ordered(30))),
    ],
)  # fmt: skip
def test_the_first_or_the_last_time(plan_of: PlanOf, question: str, where: Did) -> None:
    assert plan_of(question) == people(where)


@pytest.mark.parametrize(
    ("question", "window"),
    [
        ("最近一次下单在90天前的客户", Rolling(90, Grain.DAY)),
        ("最近一次下单超过90天的客户", Rolling(91, Grain.DAY)),
        ("上次下单是三个月前的客户", Rolling(3, Grain.MONTH)),
        ("customers whose last purchase was at least 90 days ago", Rolling(90, Grain.DAY)),
        ("customers whose last purchase was more than 90 days ago", Rolling(91, Grain.DAY)),
    ],
)
def test_the_last_time_was_long_ago(plan_of: PlanOf, question: str, window: Rolling) -> None:
    """On the day 90 days ago or before: something was ordered, but not on the last 90 days, of which today is one."""
    once = Did(entity="order")
    assert plan_of(question) == people(And((once, Not(Did(entity="order", time=window)))))


def test_one_row_has_both_values(plan_of: PlanOf) -> None:
    coupon = And((Compare("campaign.kind", "=", "优惠券"), Compare("message.message_channel", "=", "短信")))
    assert plan_of("收到优惠券短信后下单的客户") == people(then(Did(entity="message", where=coupon), ordered()))


def test_people_of_a_sequence_are_counted_grouped_and_measured(plan_of: PlanOf) -> None:
    assert plan_of("加购后7天内没有下单的客户有多少") == Plan((Query(metrics=("customers",), where=ABANDONED),))
    by_level = Query(metrics=("customers",), by=(ByField("customer.member_level"),), where=ABANDONED)
    assert plan_of("加购后7天内没有下单的客户数按会员等级") == Plan((by_level,))
    spent = Query(metrics=("sales",), where=then(CART, ordered(7)))
    assert plan_of("加购后7天内下单的客户的销售额") == Plan((spent,))
    bound = And((ABANDONED, HasMetric(metric="sales", op=">", value=500.0)))
    assert plan_of("加购后7天内没有下单且消费超过500的客户") == people(bound)


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("加购后7天内下单的比例", ()),
        ("share of customers who order within 7 days of adding to cart", ()),
        ("从加购到下单的转化率是多少", ()),
        ("What is the conversion from cart to order?", ()),
        ("各月加购后7天内下单率", (ByTime(Grain.MONTH),)),
    ],
)
def test_a_share_of_people_is_the_metric_that_is_defined_so(
    plan_of: PlanOf, question: str, by: tuple[ByTime, ...]
) -> None:
    assert plan_of(question) == Plan((Query(metrics=("cart_to_order_rate",), by=by),))


def test_the_share_that_registers_and_orders(plan_of: PlanOf) -> None:
    expected = Query(metrics=("retention_rate",), by=(ByTime(Grain.MONTH),))
    assert plan_of("各月注册后30天下单率") == Plan((expected,))


@pytest.mark.parametrize(
    "question",
    [
        "加购后30天内下单的比例",  # defined within 7 days
        "下单后30天内退货的客户",  # nobody knows when it was returned
        "首单买运动鞋的客户",  # the first order of running shoes need not be the first order
        "加购3次后7天内没下单的客户",
        "加购后7天内下单至少2次的客户",
        "先浏览再加购再下单的客户",
        "首单的客户",
        "首次下单在90天前的客户",  # on that day, or on any before it?
    ],
)
def test_asks_back_where_the_order_of_things_cannot_be_told(ask: Ask, question: str) -> None:
    assert isinstance(ask(question), NotUnderstood)


def test_the_turn_after_changes_the_people(plan_of: PlanOf) -> None:
    first = "加购后7天内没有下单的客户"
    assert plan_of(first, "只看金卡") == people(And((ABANDONED, GOLD)))
    recent = Did(entity="event", where=event("add_to_cart"), time=Rolling(30, Grain.DAY))
    assert plan_of(first, "换成最近30天") == people(then(recent, ordered(7, happened=False)))


def test_says_which_field_a_word_of_several_was_taken_for(ask: Ask) -> None:
    outcome = ask("加购转化率按渠道对比")
    assert isinstance(outcome, Understood)
    expected = Query(metrics=("cart_to_order_rate",), by=(ByField("customer.registration_channel"),))
    assert outcome.reading.plan == Plan((expected,))
    assert "注册渠道" in {note.meaning.zh for note in outcome.reading.notes}
