"""Questions for people and numbers of people, in other words than the examples. Expected plans are written by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.interpreters.base import Ambiguous, NoteKind, Outcome, Understood
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Among, And, Between, Compare, Did, HasMetric, Not, Or, Predicate, Ranked
from semantic_layer.query.time import Calendar, Grain, Rolling
from semantic_layer.query.types import Audience, ByField, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

HIGH = Compare("customer.high_value", "=", True)
SHANGHAI = Compare("customer.city", "=", "上海")
AT_RISK = Among("customer.churn_risk", ("高", "中"))
WOMEN = Compare("customer.gender", "=", "女")
GOLD = Compare("customer.member_level", "=", "金卡")
QUARTER = Rolling(3, Grain.MONTH)


def people(*parts: Predicate) -> Plan:
    where = None if not parts else parts[0] if len(parts) == 1 else And(parts)
    return Plan((ListPeople(Audience(where=where)),))


def count(*parts: Predicate, by: tuple[str, ...] = (), share: bool = False) -> Plan:
    where = None if not parts else parts[0] if len(parts) == 1 else And(parts)
    return Plan((Query(metrics=("customers",), by=tuple(ByField(f) for f in by), where=where, share=share),))


def orderless(plan: Plan) -> object:
    """The plan with its conjuncts as a set: their order follows the words and does not matter."""
    step = plan.steps[0]
    where = step.audience.where if isinstance(step, ListPeople) else step.where if isinstance(step, Query) else None
    parts = frozenset(where.items) if isinstance(where, And) else frozenset({where})
    bare = (
        ListPeople(Audience())
        if isinstance(step, ListPeople)
        else (step.metrics, step.by, step.time, step.share, step.order, step.limit)
        if isinstance(step, Query)
        else step
    )
    return bare, parts


@pytest.mark.parametrize(
    "question",
    [
        "上海有多少高价值客户？",
        "高价值客户在上海有几个",
        "上海高价值客户数量",
        "统计一下上海的高价值客户人数",
        "请问上海一共有多少位高价值会员",
        "上海有多少高價值客戶",
        "How many high-value customers are in Shanghai?",
        "number of high-value customers in Shanghai",
        "how many people in Shanghai are high-value",
        "count high value customers living in Shanghai",
        "show me how many 高价值客户 in 上海",
    ],
)
def test_counts_people_with_two_facts(plan_of: PlanOf, question: str) -> None:
    assert orderless(plan_of(question)) == orderless(count(SHANGHAI, HIGH))


@pytest.mark.parametrize(
    "question",
    [
        "上海有流失风险的高价值客户有哪些？",
        "列出上海有流失风险的高价值客户",
        "有流失风险的上海高价值客户名单",
        "给我上海高价值且有流失风险的客户",
        "上海哪些高价值客户有流失风险",
        "谁是上海有流失风险的高价值客户",
        "Which high-value customers in Shanghai are at churn risk?",
        "show me high-value customers in Shanghai who are at risk of churn",
        "list the high-value customers at churn risk in Shanghai",
        "customers in Shanghai that are high-value and at churn risk",
    ],
)
def test_lists_people_and_says_which_levels_a_tag_stands_for(ask: Ask, plan_of: PlanOf, question: str) -> None:
    assert orderless(plan_of(question)) == orderless(people(SHANGHAI, AT_RISK, HIGH))
    outcome = ask(question)
    assert isinstance(outcome, Understood)
    assert any(n.kind is NoteKind.DEFAULT and n.meaning.zh == "流失风险：高、中" for n in outcome.reading.notes)


@pytest.mark.parametrize(
    "question",
    [
        "最近三个月活跃且客单价超过500的女性客户",
        "近3个月活跃、客单价大于500元的女性会员",
        "过去三个月活跃并且客单价高于五百的女客户",
        "Female customers active in the last three months with an average order value over 500",
        "women active in the past 3 months whose average order value is above 500",
    ],
)
def test_shares_the_window_of_active_with_the_metric(plan_of: PlanOf, question: str) -> None:
    active = HasMetric(metric="app_events", op=">", value=0, time=QUARTER)
    basket = HasMetric(metric="average_order_value", op=">", value=500, time=QUARTER)
    assert orderless(plan_of(question)) == orderless(people(active, basket, WOMEN))


@pytest.mark.parametrize(
    "question",
    [
        "最近三个月活跃且单价超过500的女性客户",
        "Female customers with a unit price above 500",
        "单价不低于300的客户",
        "均价超过500的金卡会员",
    ],
)
def test_asks_back_when_a_word_has_two_definitions(ask: Ask, question: str) -> None:
    outcome = ask(question)
    assert isinstance(outcome, Ambiguous)
    assert {reading.label.en for reading in outcome.readings} == {"average order value", "price per item"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("流失风险高的金卡会员", (Compare("customer.churn_risk", "=", "高"), GOLD)),
        ("流失风险为中的女性客户", (Compare("customer.churn_risk", "=", "中"), WOMEN)),
        ("customers with high churn risk", (Compare("customer.churn_risk", "=", "高"),)),
        ("生命周期阶段为活跃的客户", (Compare("customer.lifecycle_stage", "=", "活跃"),)),
        ("沉默客户有哪些", (Compare("customer.lifecycle_stage", "=", "沉默"),)),
        ("只看金卡以上", (Among("customer.member_level", ("金卡", "黑金")),)),
        ("at least gold members", (Among("customer.member_level", ("金卡", "黑金")),)),
        ("品类偏好是运动鞋的客户", (Compare("customer.favourite_category", "=", "运动鞋"),)),
        ("注册渠道是天猫的客户", (Compare("customer.registration_channel", "=", "天猫"),)),
        ("年龄大于30的客户", (Compare("customer.age", ">", 30),)),
        ("30岁以上的客户", (Compare("customer.age", ">=", 30),)),
        ("不到18岁的会员", (Compare("customer.age", "<", 18),)),
        ("women aged 25-35", (WOMEN, Between("customer.age", 25, 35))),
        ("customers between 25 and 35 years old", (Between("customer.age", 25, 35),)),
        ("25至35岁的女性", (Between("customer.age", 25, 35), WOMEN)),
    ],
)
def test_binds_a_value_or_number_to_the_field_beside_it(
    plan_of: PlanOf, question: str, expected: tuple[Predicate, ...]
) -> None:
    assert orderless(plan_of(question)) == orderless(people(*expected))


@pytest.mark.parametrize(
    ("question", "op", "value"),
    [
        ("消费超过1.5万的客户", ">", 15000),
        ("消费大于一万五的客户", ">", 15000),
        ("消费不低于两万的客户", ">=", 20000),
        ("消费满3000元的客户", ">=", 3000),
        ("消费5000以上的客户", ">=", 5000),
        ("消费不到100的客户", "<", 100),
        ("消费不超过200的客户", "<=", 200),
        ("Customers who spent more than 15k", ">", 15000),
        ("customers who spent at least 2 million", ">=", 2000000),
        ("customers who spent less than 100 yuan", "<", 100),
        ("customers who spent no more than 200", "<=", 200),
        ("customers who spent 5000 or more", ">=", 5000),
    ],
)
def test_keeps_the_bound_and_the_unit_of_a_number(plan_of: PlanOf, question: str, op: str, value: float) -> None:
    found = plan_of(question).steps[0]
    assert isinstance(found, ListPeople)
    bound = found.audience.where
    assert isinstance(bound, HasMetric)
    assert (bound.metric, bound.op, bound.value, bound.high) == ("sales", op, value, None)


@pytest.mark.parametrize(
    "question",
    [
        "年龄25到35岁、客单价300到800之间的客户",
        "年龄在25岁到35岁之间且客单价在300到800元之间的客户",
        "25到35岁、客单价300-800的客户",
        "客单价300以上800以下、年龄25到35岁的客户",
        "Customers aged 25 to 35 with an average order value between 300 and 800",
    ],
)
def test_gives_each_range_to_its_own_field(plan_of: PlanOf, question: str) -> None:
    basket = HasMetric(metric="average_order_value", op=">=", value=300, high=800)
    assert orderless(plan_of(question)) == orderless(people(Between("customer.age", 25, 35), basket))


SHOES = Did(entity="order_line", where=Compare("product.category", "=", "运动鞋"))


def ordered(days: int) -> Did:
    return Did(entity="order", time=Rolling(days, Grain.DAY))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("买过运动鞋但最近30天没有下单的客户", (SHOES, Not(ordered(30)))),
        ("买过运动鞋，最近30天没有下单的客户", (SHOES, Not(ordered(30)))),
        ("最近30天没有下单但买过跑鞋的客户", (Not(ordered(30)), SHOES)),
        ("Customers who bought running shoes but have not ordered in the last 30 days", (SHOES, Not(ordered(30)))),
        ("customers who have not ordered in the last 30 days but bought sneakers", (Not(ordered(30)), SHOES)),
        ("没有买过运动鞋的客户", (Not(SHOES),)),
        ("从未下单的客户", (Not(Did(entity="order")),)),
        ("customers who never ordered", (Not(Did(entity="order")),)),
        ("最近90天没有下单的高价值客户", (Not(ordered(90)), HIGH)),
        ("high-value customers with no orders in the last 90 days", (HIGH, Not(ordered(90)))),
        ("high-value customers without an order in the last 90 days", (HIGH, Not(ordered(90)))),
        ("没有流失风险的金卡会员", (Not(AT_RISK), GOLD)),
        ("非高价值客户", (Not(HIGH),)),
        ("不是金卡的上海客户", (Not(GOLD), SHANGHAI)),
        ("customers who are not high-value", (Not(HIGH),)),
        ("下单3次以上的客户", (Did(entity="order", count=3),)),
        ("至少下单3次的客户", (Did(entity="order", count=3),)),
        ("customers who ordered at least twice this year", (Did(entity="order", count=2, time=Calendar(Grain.YEAR)),)),
        ("customers with at least 3 orders", (Did(entity="order", count=3),)),
        ("在天猫买过东西的客户", (Did(entity="order", where=Compare("order.channel", "=", "天猫")),)),
    ],
)
def test_reads_what_people_did_and_did_not(plan_of: PlanOf, question: str, expected: tuple[Predicate, ...]) -> None:
    assert orderless(plan_of(question)) == orderless(people(*expected))


@pytest.mark.parametrize(
    ("question", "event", "time"),
    [
        ("最近7天加购过的客户", "add_to_cart", Rolling(7, Grain.DAY)),
        ("customers who added to cart in the last 7 days", "add_to_cart", Rolling(7, Grain.DAY)),
        ("收藏过的客户", "favourite", None),
        ("customers who searched last month", "search", Calendar(Grain.MONTH, -1)),
    ],
)
def test_reads_an_event_by_its_name(
    plan_of: PlanOf, question: str, event: str, time: Rolling | Calendar | None
) -> None:
    expected = Did(entity="event", where=Compare("event.event_type", "=", event), time=time)
    assert plan_of(question) == people(expected)


def test_puts_the_kind_of_event_and_its_product_on_the_same_rows(plan_of: PlanOf) -> None:
    both = And((Compare("event.event_type", "=", "add_to_cart"), Compare("product.category", "=", "运动鞋")))
    assert plan_of("加购过运动鞋的客户") == people(Did(entity="event", where=both))


TIER = Compare("city.city_tier", "=", "一线")


@pytest.mark.parametrize(
    "question",
    [
        "除了上海以外的一线城市高价值客户数",
        "一线城市除上海外的高价值客户数",
        "上海以外的一线城市有多少高价值客户",
        "Number of high-value customers in first-tier cities other than Shanghai",
        "how many high-value customers in first-tier cities excluding Shanghai",
        "how many high-value customers are in tier 1 cities except Shanghai",
    ],
)
def test_takes_a_value_out_of_a_group(plan_of: PlanOf, question: str) -> None:
    assert orderless(plan_of(question)) == orderless(count(Not(SHANGHAI), TIER, HIGH))


@pytest.mark.parametrize(
    "question",
    ["来自江浙沪或者北京的金卡会员有多少", "江浙沪或北京的金卡会员数", "住在江浙沪或者北京的金卡会员有几个"],
)
def test_reads_or_between_a_group_and_a_value(plan_of: PlanOf, question: str) -> None:
    places = Or((Among("city.province", ("江苏", "浙江", "上海"), "jiangzhehu"), Compare("customer.city", "=", "北京")))
    assert orderless(plan_of(question)) == orderless(count(places, GOLD))


def test_reads_a_list_of_provinces_as_one_condition(plan_of: PlanOf) -> None:
    places = Among("city.province", ("江苏", "浙江", "上海", "北京"))
    question = "How many gold members are from Jiangsu, Zhejiang, Shanghai or Beijing"
    assert orderless(plan_of(question)) == orderless(count(GOLD, places))


@pytest.mark.parametrize(
    "question",
    [
        "消费前10%的客户都在哪些城市",
        "消费排名前10%的客户在哪些城市",
        "In which cities are the top 10% of customers by spend",
        "top 10% of customers by spend by city",
    ],
)
def test_ranks_people_before_grouping_them(plan_of: PlanOf, question: str) -> None:
    top = Ranked(metric="sales", share=0.1)
    assert orderless(plan_of(question)) == orderless(count(top, by=("customer.city",)))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("消费最高的100个客户", Ranked(metric="sales", count=100)),
        ("top 100 customers by spend", Ranked(metric="sales", count=100)),
        ("the 20 customers with the most orders", Ranked(metric="orders", count=20)),
        ("上个月消费前20名的客户", Ranked(metric="sales", count=20, time=Calendar(Grain.MONTH, -1))),
        ("消费后10%的客户", Ranked(metric="sales", direction="bottom", share=0.1)),
    ],
)
def test_ranks_people_by_a_metric(plan_of: PlanOf, question: str, expected: Ranked) -> None:
    assert plan_of(question) == people(expected)


@pytest.mark.parametrize(
    "question",
    ["上海客户的性别分布", "上海客户按性别分布", "gender distribution of Shanghai customers", "上海各性别客户占比"],
)
def test_shows_a_distribution_of_people(plan_of: PlanOf, question: str) -> None:
    assert orderless(plan_of(question)) == orderless(count(SHANGHAI, by=("customer.gender",), share=True))


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("上海的高价直客户", "高价直客户", "高价值客户"),
        ("high valeu customers in Shnaghai", "Shnaghai", "Shanghai"),
        ("上海的高价至客户", "高价至客户", "高价值客户"),
        ("hgih value customers in Shanghai", "hgih value customers", "high-value customer"),
        ("high-value custmers in Shanghai", "high-value custmers", "high-value customer"),
    ],
)
def test_says_how_a_misspelt_word_was_read(ask: Ask, plan_of: PlanOf, question: str, typed: str, meant: str) -> None:
    assert orderless(plan_of(question)) == orderless(people(SHANGHAI, HIGH))
    outcome = ask(question)
    assert isinstance(outcome, Understood)
    corrected = [n for n in outcome.reading.notes if n.kind is NoteKind.UNDERSTOOD_AS]
    assert any(typed == n.words and meant in (n.meaning.zh, n.meaning.en) for n in corrected)
