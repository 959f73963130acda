"""Words that were once passed over or taken for something else, each with other questions of the same shape in both languages.

Expected plans are written by hand. What is not within reach must be asked about, never answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from assistant.interpreters.base import Declined, Outcome, Understood
from semantic_layer.query.acts import Predict
from semantic_layer.query.plan import Explain, ListPeople, Plan
from semantic_layer.query.predicate import Among, Compare, Did, Moment, Not, Predicate, conjoin, conjuncts
from semantic_layer.query.time import Against, Calendar, Comparison, DatePart, Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import ByField, ByTime, Order, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

REGION, GENDER, LEVEL = ByField("city.region"), ByField("customer.gender"), ByField("customer.member_level")
GENDERS = frozenset({"男", "女"})
OUTDOOR = Compare("product.category", "=", "户外装备")
YOGA = Compare("product.category", "=", "瑜伽健身")
AGREED = Did(entity="consent", where=Compare("consent.granted", "=", True))


def only(plan: Plan) -> Query:
    (step,) = plan.steps
    assert isinstance(step, Query)
    return step


def people(plan: Plan) -> frozenset[Predicate]:
    """The conditions on the people who are counted or listed."""
    (step,) = plan.steps
    where = step.where if isinstance(step, Query) else step.audience.where if isinstance(step, ListPeople) else None
    return frozenset(conjuncts(where))


def _seen(kind: str, thing: Predicate | None, time: TimeRange | None) -> Did:
    kinds = Compare("event.event_type", "=", kind)
    return Did(entity="event", where=conjoin((kinds, thing) if thing is not None else (kinds,)), time=time)


# ---- up to, so far


@pytest.mark.parametrize(
    ("question", "metric", "time"),
    [
        ("what's our gross profit up to so far this quarter", "gross_profit", Calendar(Grain.QUARTER)),
        ("what is our order count up to so far this year", "orders", Calendar(Grain.YEAR)),
        ("what are sales up to this month", "sales", Calendar(Grain.MONTH)),
        ("what did sales come up to last month", "sales", Calendar(Grain.MONTH, -1)),
        ("今年到目前为止的新客数", "new_customers", Calendar(Grain.YEAR)),
        ("这个季度到现在为止毛利是多少", "gross_profit", Calendar(Grain.QUARTER)),
    ],
)
def test_what_a_number_has_come_to_has_a_beginning(
    plan_of: PlanOf, question: str, metric: str, time: TimeRange
) -> None:
    query = only(plan_of(question))
    assert (query.metrics, query.time) == ((metric,), time)


def test_an_end_is_still_an_end(plan_of: PlanOf) -> None:
    assert only(plan_of("total sales up to last month")).time == Span(None, date(2026, 9, 30))


# ---- places where something is done


@pytest.mark.parametrize(
    "question",
    [
        "昨天有多少人上了我们的APP",
        "昨天逛了我们APP的有多少人",
        "How many people fired up the app yesterday?",
        "How many people were on our app yesterday",
    ],
)
def test_going_to_a_place_is_what_is_done_there(plan_of: PlanOf, question: str) -> None:
    used = Did(entity="event", time=Calendar(Grain.DAY, -1))
    assert only(plan_of(question)) == Query(metrics=("customers",), where=used)


@pytest.mark.parametrize("question", ["APP里看过瑜伽用品的会员", "customers who viewed yoga gear in the app"])
def test_a_place_beside_what_is_only_done_there_adds_nothing(plan_of: PlanOf, question: str) -> None:
    assert people(plan_of(question)) == {_seen("view", YOGA, None)}


@pytest.mark.parametrize("question", ["在门店退过货的客户", "在小程序里退过货的客户有几个"])
def test_a_mark_of_rows_is_found_in_the_place(plan_of: PlanOf, question: str) -> None:
    (done,) = people(plan_of(question))
    assert isinstance(done, Did)
    assert done.entity == "order_line"
    assert {part.field for part in conjuncts(done.where) if isinstance(part, Compare)} == {
        "order.channel",
        "order_line.returned",
    }


@pytest.mark.parametrize(
    "question",
    [
        "APP用户有多少",
        "app users last month",
        "上了天猫的客户",
        "how many customers used the mini program last week",
        "customers in the app last week",
        "customers who complained in the app",
        "people who searched in the app for yoga",
    ],
)
def test_asks_what_was_done_there(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


# ---- whole lists


@pytest.mark.parametrize(
    ("question", "by", "order"),
    [
        ("哪个城市的销售额最高，把各城市的都列出来", ByField("customer.city"), Order("sales")),
        ("销售额最高的城市是哪个，把所有城市都列出来", ByField("customer.city"), Order("sales")),
        ("哪个月销售额最低，把今年各月的都列出来", ByTime(Grain.MONTH), Order("sales", descending=False)),
    ],
)
def test_a_list_is_not_cut_to_its_best(plan_of: PlanOf, question: str, by: ByField | ByTime, order: Order) -> None:
    query = only(plan_of(question))
    assert (query.by, query.order, query.limit) == ((by,), (order,), None)


def test_all_seven_days_are_listed(plan_of: PlanOf) -> None:
    query = only(plan_of("上个月礼拜几单子最多，把周一到周日的单量都列出来"))
    assert query.limit is None
    assert query.by == (ByField("order.weekday"),)
    assert query.where == Moment(op=">=", value=1, part=DatePart.DAY_OF_WEEK)


# ---- numbers of people and of things


@pytest.mark.parametrize(
    "question",
    ["male vs female headcount in our member base", "headcount of men and women respectively", "男vs女的人数"],
)
def test_a_headcount_counts_people(plan_of: PlanOf, question: str) -> None:
    query = only(plan_of(question))
    assert (query.metrics, query.by) == (("customers",), (GENDER,))
    assert isinstance(query.where, Among)
    assert frozenset(query.where.values) == GENDERS


@pytest.mark.parametrize(
    "question",
    [
        "revenue headcount by region",
        "上个月销售额和会员人数",
        "how many sales did we make yesterday",
        "how many refunds last month",
        "上个月有多少订单，销售额是多少",
    ],
)
def test_asks_rather_than_tell_another_number(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


# ---- separately


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("How many people bought in September by region, men and women separately", (REGION, GENDER)),
        ("各省的男会员和女会员各有多少", (ByField("city.province"), GENDER)),
        ("各大区金卡和黑金会员分别有多少", (REGION, LEVEL)),
        ("average order value of gold and black gold members separately by region", (REGION, LEVEL)),
        ("华东和华南每个月的销售额分别是多少", (ByTime(Grain.MONTH), REGION)),
    ],
)
def test_values_told_separately_are_a_grouping(
    plan_of: PlanOf, question: str, by: tuple[ByField | ByTime, ...]
) -> None:
    assert only(plan_of(question)).by == by


def test_two_kinds_of_people_are_not_one_by_the_other(ask: Ask) -> None:
    assert not isinstance(ask("高价值和流失风险的会员分别有多少"), Understood)


# ---- how something changed, and why


@pytest.mark.parametrize(
    ("question", "metric", "time"),
    [
        (
            "去年一到十二月，金卡客人的平均订单金额是怎么变的",
            "average_order_value",
            Span(date(2025, 1, 1), date(2025, 12, 31)),
        ),
        ("今年客单价是如何变化的", "average_order_value", Calendar(Grain.YEAR)),
        ("今年一到六月销售额怎么变的", "sales", Span(date(2026, 1, 1), date(2026, 6, 30))),
    ],
)
def test_how_it_changed_is_shown_over_time(plan_of: PlanOf, question: str, metric: str, time: TimeRange) -> None:
    query = only(plan_of(question))
    assert (query.metrics, query.by, query.time) == ((metric,), (ByTime(Grain.MONTH),), time)


@pytest.mark.parametrize("question", ["销售额怎么下降了", "9月的复购率怎么变低了", "客单价为什么变了"])
def test_why_it_fell_is_still_a_reason(plan_of: PlanOf, question: str) -> None:
    assert isinstance(plan_of(question).steps[0], Explain)


# ---- two questions in one


@pytest.mark.parametrize(
    "question",
    [
        "last month, what did we sell online and what in the stores",
        "what did we sell online and in the stores last month",
        "线上和门店的销售额各是多少",
        "线上卖了多少，线下卖了多少",
        "上个月天猫的销售额是多少，京东的订单数是多少",
        "how many people opened the app and how many bought",
        "which city has the most customers and which has the most orders",
        "what was revenue in Shanghai and what was it in Beijing",
    ],
)
def test_asks_when_two_things_are_asked_at_once(ask: Ask, question: str) -> None:
    outcome = ask(question)
    assert not isinstance(outcome, Understood), outcome


# ---- what a number leaves out


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("Which brand had the most pieces sent back in Q3?", "returned_items"),
        ("which category had the most items returned last quarter", "returned_items"),
        ("pieces sent back by category last quarter", "returned_items"),
        ("items kept by brand", "items"),
    ],
)
def test_what_was_sent_back_is_not_what_was_kept(plan_of: PlanOf, question: str, metric: str) -> None:
    query = only(plan_of(question))
    assert (query.metrics, query.where) == ((metric,), None)
    assert all(order.by == metric for order in query.order)


# ---- the place of one among all


@pytest.mark.parametrize(
    "question",
    [
        "where does Shanghai rank among cities by revenue over the past 12 months",
        "where does Tmall rank among channels",
        "what rank is Qinghe among brands by gross profit",
        "上海的销售额排名第几",
        "北京的会员数排名",
    ],
)
def test_asks_for_the_rank_of_one(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


def test_some_are_still_ranked_among_themselves(plan_of: PlanOf) -> None:
    query = only(plan_of("rank cities in East China by sales"))
    assert (query.by, query.where) == ((ByField("customer.city"),), Compare("city.region", "=", "华东"))


# ---- any


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many customers haven't agreed to be contacted on any channel at all?", Not(AGREED)),
        ("members who have not agreed to any channel", Not(AGREED)),
        ("没有同意任何渠道的会员", Not(AGREED)),
        ("customers who never bought anything on any channel", Not(Did(entity="order"))),
        ("members with no orders on any channel this year", Not(Did(entity="order", time=Calendar(Grain.YEAR)))),
    ],
)
def test_any_is_no_grouping(plan_of: PlanOf, question: str, expected: Predicate) -> None:
    plan = plan_of(question)
    assert people(plan) == {expected}
    assert not getattr(plan.steps[0], "by", ())


@pytest.mark.parametrize(
    ("question", "kind", "thing"),
    [
        ("How many people have looked at outdoor gear in the app yet never bought any?", "view", OUTDOOR),
        ("people who searched for yoga gear but never bought one", "search", YOGA),
        ("people who viewed outdoor gear but did not buy", "view", OUTDOOR),
        ("viewed but never bought outdoor gear customers", "view", OUTDOOR),
        ("看过户外装备但从来没买过的人有多少", "view", OUTDOOR),
        ("加购过瑜伽用品却没有买的客户有哪些", "add_to_cart", YOGA),
        ("看过但没买过户外装备的人", "view", OUTDOOR),
    ],
)
def test_what_was_never_bought_is_what_was_looked_at(
    plan_of: PlanOf, question: str, kind: str, thing: Predicate
) -> None:
    assert people(plan_of(question)) == {_seen(kind, thing, None), Not(Did(entity="order_line", where=thing))}


def test_neither_bought_nor_looked_at(plan_of: PlanOf) -> None:
    expected = {Not(Did(entity="order_line", where=OUTDOOR)), Not(_seen("view", OUTDOOR, None))}
    assert people(plan_of("从没买过户外装备也没看过的客户")) == expected


def test_the_time_in_front_is_that_of_both(plan_of: PlanOf) -> None:
    time = Rolling(30, Grain.DAY)
    expected = {_seen("view", YOGA, time), Not(Did(entity="order_line", where=YOGA, time=time))}
    assert people(plan_of("最近30天看过瑜伽用品但没有购买的会员")) == expected


@pytest.mark.parametrize("question", ["customers who never bought any", "一个短信都没收到的会员"])
def test_asks_of_what_there_was_never_any(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


# ---- shares


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what percent of members are gold or black gold", Among("customer.member_level", ("金卡", "黑金"))),
        ("百分之多少的会员是金卡或黑金", Among("customer.member_level", ("金卡", "黑金"))),
        ("what proportion of customers are in East or South China", Among("city.region", ("华东", "华南"))),
    ],
)
def test_a_part_of_all_people_is_those_people(plan_of: PlanOf, question: str, expected: Predicate) -> None:
    assert only(plan_of(question)) == Query(metrics=("customers",), where=expected)


@pytest.mark.parametrize(
    "question", ["share of sales from gold and black gold members", "运动鞋和运动服的销售额占比", "黑金会员里女性占比"]
)
def test_asks_for_a_share_that_is_no_row(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


# ---- the period before, of which unit


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("昨天的销售额与上周同期对比", Against(Calendar(Grain.DAY, -8))),
        ("yesterday's sales vs the same day last week", Against(Calendar(Grain.DAY, -8))),
        ("10月30日的订单数周环比", Against(Span(date(2026, 10, 23), date(2026, 10, 23)))),
        ("9月1日到9月15日的销售额跟上月同期比", Against(Span(date(2026, 8, 1), date(2026, 8, 15)))),
        ("sales on October 20 vs the same day last month", Against(Span(date(2026, 9, 20), date(2026, 9, 20)))),
        ("本周订单数与上周同期相比", Comparison.PERIOD_BEFORE),
        ("本月销售额跟上个月比", Comparison.PERIOD_BEFORE),
        ("sales today vs yesterday", Comparison.PERIOD_BEFORE),
    ],
)
def test_days_are_held_against_the_days_that_were_named(
    plan_of: PlanOf, question: str, expected: Comparison | Against
) -> None:
    assert only(plan_of(question)).compare_to == (expected,)


@pytest.mark.parametrize(
    ("turns"),
    [
        ("昨天的销售额跟上周比",),
        ("last 7 days orders vs last month",),
        ("orders in Q3 vs last month",),
        ("国庆期间的销售额跟上周比",),
    ],
)
def test_asks_when_a_time_is_held_against_another_unit(ask: Ask, turns: tuple[str]) -> None:
    assert not isinstance(ask(*turns), Understood)


def test_the_days_named_in_a_second_turn_count_too(plan_of: PlanOf) -> None:
    query = only(plan_of("昨天的销售额", "跟上周同期比"))
    assert query.compare_to == (Against(Calendar(Grain.DAY, -8)),)


# ---- dates that come again every year


@pytest.mark.parametrize(
    ("question", "month"),
    [
        ("下个月过生日的会员有多少", 11),
        ("birthdays next month", 11),
        ("how many women have a birthday this month", 10),
        ("这个月过生日的高价值客户有几个", 10),
        ("明年1月过生日的会员", 1),
        ("12月生日的金卡会员", 12),
    ],
)
def test_a_birthday_to_come_is_a_month(plan_of: PlanOf, question: str, month: int) -> None:
    assert Compare("customer.birthday_month", "=", month) in people(plan_of(question))


def test_what_people_will_do_is_still_a_prediction(ask: Ask, plan_of: PlanOf) -> None:
    born = Compare("customer.birthday_month", "=", 11)
    assert plan_of("下个月过生日的会员会流失吗") == Plan((Predict(target="churn", where=born),))
    assert isinstance(ask("下个月的销售额会有多少"), Declined)


# ---- what stands in a contact column is no way of reaching people


@pytest.mark.parametrize(
    "question",
    [
        "List the emails of gold members",
        "emails of customers in Shanghai",
        "e-mails of women",
        "女性客户的电子邮箱",
        "列出金卡会员的手机号",
    ],
)
def test_contacts_are_not_listed_whatever_they_are_called(ask: Ask, question: str) -> None:
    assert isinstance(ask(question), Declined)
