"""A plan that leaves out what a question surely says is seen; one that says it in another way is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.evaluation.cases import read_cases
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.llm.accounted import added, lost, unexplained
from assistant.interpreters.names import Gloss
from assistant.interpreters.spans import Gaps
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Define, Funnel, ListPeople, Occurrence, Plan, Step
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, InSegment, Not, Ranked, Then
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling, Span
from semantic_layer.query.types import Audience, Bound, ByField, Order, Query
from semantic_layer.vocabulary.terms import MetricTerm
from tests.assistant.interpreters.reading_scene import gaps_over

CASES = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "cases" / "questions.yml"
SHANGHAI = Compare("customer.city", "=", "上海")
VALUABLE = Compare("customer.high_value", "=", True)
ORDERED = Did(entity="order")
LAST_MONTH = Calendar(Grain.MONTH, -1)
DAYS_30 = Rolling(30, Grain.DAY)
SALES = Query(metrics=("sales",), where=SHANGHAI, time=LAST_MONTH)
CITIES = Query(metrics=("sales",), by=(ByField("customer.city"),), order=(Order("sales"),), limit=10, time=LAST_MONTH)
LAPSED = ListPeople(Audience(where=And((SHANGHAI, VALUABLE, Not(replace(ORDERED, time=DAYS_30))))))
FREQUENT = ListPeople(Audience(where=replace(ORDERED, op=">", count=3, time=DAYS_30)))
RATE = Query(
    metrics=("return_rate",),
    by=(ByField("product.category"),),
    having=(Bound(metric="return_rate", op=">", value=0.2),),
)

ZH_SALES, EN_SALES = "上月上海的销售额", "sales in Shanghai last month"
ZH_CITIES, EN_CITIES = "上月销售额最高的10个城市", "top 10 cities by sales last month"
ZH_LAPSED, EN_LAPSED = (
    "近30天没有下单的上海高价值客户",
    "high-value customers in Shanghai who have not ordered in the last 30 days",
)
ZH_FREQUENT, EN_FREQUENT = "近30天下单超过3次的客户", "customers who ordered more than 3 times in the last 30 days"
ZH_RATE, EN_RATE = "退货率超过20%的品类", "categories with a return rate above 20%"


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


@pytest.fixture(scope="module")
def meanings(retail_index: ModelIndex) -> Meanings:
    return Meanings(retail_index)


@pytest.fixture
def lost_of(gaps: Gaps, meanings: Meanings):
    def found(text: str, step: Step, *glosses: Gloss) -> set[str]:
        return set(lost(gaps.of(text), Plan((step,)), glosses, meanings))

    return found


def named(said: str, label: str = "销售额") -> Gloss:
    return Gloss(said=said, term=None, label=Text(label, label), named=True)


def passed(said: str) -> Gloss:
    return Gloss(said=said, term=None)


RIGHT = [
    (ZH_SALES, SALES),
    (EN_SALES, SALES),
    (ZH_CITIES, CITIES),
    (EN_CITIES, CITIES),
    (ZH_LAPSED, LAPSED),
    (EN_LAPSED, LAPSED),
    (ZH_FREQUENT, FREQUENT),
    (EN_FREQUENT, FREQUENT),
    (ZH_RATE, RATE),
    (EN_RATE, RATE),
]


@pytest.mark.parametrize(("text", "step"), RIGHT)
def test_a_right_plan_loses_and_adds_nothing(gaps: Gaps, lost_of, text: str, step: Step) -> None:
    assert lost_of(text, step) == set()
    assert not added(gaps.of(text), Plan((step,)))


@pytest.mark.parametrize(
    ("text", "step", "said"),
    [
        # a value
        (ZH_SALES, replace(SALES, where=None), {"上海"}),
        (EN_SALES, replace(SALES, where=None), {"Shanghai"}),
        (ZH_SALES, replace(SALES, where=Compare("customer.gender", "=", "女")), {"上海"}),
        # a metric
        (ZH_SALES, replace(SALES, metrics=("orders",)), {"销售额"}),
        (EN_SALES, replace(SALES, metrics=("orders",)), {"sales"}),
        # a time
        (ZH_SALES, replace(SALES, time=None), {"上月"}),
        (EN_SALES, replace(SALES, time=None), {"last month"}),
        (ZH_SALES, replace(SALES, time=Calendar(Grain.MONTH, 0)), {"上月"}),
        (EN_SALES, replace(SALES, time=Rolling(1, Grain.MONTH)), {"last month"}),
        (ZH_FREQUENT, ListPeople(Audience(where=replace(ORDERED, op=">", count=3))), {"近30天"}),
        # a number
        (ZH_CITIES, replace(CITIES, limit=5), {"10个"}),
        (EN_CITIES, replace(CITIES, limit=None), {"10"}),
        (ZH_FREQUENT, ListPeople(Audience(where=replace(ORDERED, time=DAYS_30))), {"3次"}),
        (EN_FREQUENT, ListPeople(Audience(where=replace(ORDERED, time=DAYS_30))), {"3 times"}),
        (ZH_RATE, replace(RATE, having=(Bound(metric="return_rate", op=">", value=0.02),)), {"20%"}),
        # what things are grouped by
        (ZH_CITIES, replace(CITIES, by=(ByField("product.category"),)), {"城市"}),
        (EN_CITIES, replace(CITIES, by=()), {"cities"}),
        # a denial
        (ZH_LAPSED, ListPeople(Audience(where=And((SHANGHAI, VALUABLE, replace(ORDERED, time=DAYS_30))))), {"没有"}),
        (
            EN_LAPSED,
            ListPeople(Audience(where=And((SHANGHAI, VALUABLE, replace(ORDERED, time=DAYS_30))))),
            {"have not"},
        ),
        ("除了上海以外的客户数", Query(metrics=("customers",), where=SHANGHAI), {"除了"}),
        # a tag
        (ZH_LAPSED, ListPeople(Audience(where=And((SHANGHAI, Not(replace(ORDERED, time=DAYS_30)))))), {"高价值客户"}),
        (
            EN_LAPSED,
            ListPeople(Audience(where=And((SHANGHAI, Not(replace(ORDERED, time=DAYS_30)))))),
            {"high-value customers"},
        ),
        # what it is compared with
        ("上月销售额同比", Query(metrics=("sales",), time=LAST_MONTH), {"同比"}),
        (
            "上月销售额同比",
            Query(metrics=("sales",), time=LAST_MONTH, compare_to=(Comparison.PERIOD_BEFORE,)),
            {"同比"},
        ),
        # a segment by its name
        ("“双十一人群”有多少人", Query(metrics=("customers",)), {"“双十一人群”"}),
        # several at once
        (ZH_SALES, Query(metrics=("orders",)), {"上月", "上海", "销售额"}),
    ],
)
def test_what_is_left_out_is_told_as_it_was_typed(lost_of, text: str, step: Step, said: set[str]) -> None:
    assert lost_of(text, step) == said


@pytest.mark.parametrize(
    ("text", "step"),
    [
        # the same name is a value of another field too
        ("上海的销售额", Query(metrics=("sales",), where=Compare("city.province", "=", "上海"))),
        ("上海的销售额", Query(metrics=("sales",), where=Compare("store.store_city", "=", "上海"))),
        # a value by the number that it is made of
        ("customers under 18", ListPeople(Audience(where=Compare("customer.age", "<", 18)))),
        # a percentage as it stands, or as a part of one
        ("消费前10%的客户", ListPeople(Audience(where=Ranked(metric="sales", share=0.1)))),
        ("消费前10%的客户", ListPeople(Audience(where=Ranked(metric="sales", share=10)))),
        # a length of time, as how long something may take
        (
            "加购后7天内没有下单的客户",
            ListPeople(
                Audience(
                    where=Did(
                        entity="event",
                        where=Compare("event.event_type", "=", "add_to_cart"),
                        then=Then(entity="order", count=7, unit=Grain.DAY, happened=False),
                    )
                )
            ),
        ),
        (
            "注册后7天内下单的客户漏斗",
            Funnel(steps=(Occurrence(entity="customer"), Occurrence(entity="order")), within=(7, Grain.DAY)),
        ),
        # denials in other forms
        ("没有流失风险的客户数", Query(metrics=("customers",), where=Compare("customer.churn_risk", "!=", "高"))),
        (
            "客单价不超过300的客户",
            ListPeople(Audience(where=HasMetric(metric="average_order_value", op="<=", value=300))),
        ),
        ("不是高价值客户的客户数", Query(metrics=("customers",), where=Compare("customer.high_value", "=", False))),
        # the way to a field
        (EN_CITIES, replace(CITIES, by=(ByField("buyer>home>customer.city"),))),
        ("“双十一人群”有多少人", Query(metrics=("customers",), where=InSegment("双十一人群"))),
        # a definition needs the name of one thing
        ("没有下单的客户是什么意思", Define("customer.lifecycle_stage")),
    ],
)
def test_other_ways_to_say_it_are_taken(lost_of, text: str, step: Step) -> None:
    assert lost_of(text, step) == set()


# ---- words that the model took for something


def test_a_name_may_be_taken_for_another_one_by_name(lost_of) -> None:
    orders = replace(SALES, metrics=("orders",))
    assert lost_of(ZH_SALES, orders, named("销售额", "订单数")) == set()
    assert lost_of(ZH_SALES, orders, passed("销售额")) == {"销售额"}


@pytest.mark.parametrize("gloss", [passed(ZH_SALES), named(ZH_SALES), passed("上海的销售额"), named("上月上海")])
def test_a_piece_with_several_names_in_it_explains_none_of_them(lost_of, gloss: Gloss) -> None:
    assert lost_of(ZH_SALES, Query(metrics=("orders",)), gloss) == {"上月", "上海", "销售额"}


def test_a_denial_inside_what_was_taken_for_a_name_is_in_that_name(gaps: Gaps, lost_of) -> None:
    text = "没咋冒泡的上海客户"
    silent = And((Compare("customer.lifecycle_stage", "=", "沉默"), SHANGHAI))
    step = ListPeople(Audience(where=silent))
    assert lost_of(text, step, named("没咋冒泡", "沉默")) == set()
    assert "没" in lost_of(text, step)


def test_a_denial_of_what_is_passed_over_denies_nothing(lost_of) -> None:
    text = "not bothered: customers in Shanghai"
    step = ListPeople(Audience(where=SHANGHAI))
    assert lost_of(text, step) == {"not"}
    assert lost_of(text, step, passed("bothered")) == set()
    assert lost_of(text, step, named("bothered", "打扰")) == {"not"}


def test_letters_inside_another_word_are_no_denial_of_it(lost_of) -> None:
    """ "no" stands in "knobs", and is still there."""
    text = "customers with no knobs in Shanghai"
    assert "no" in lost_of(text, ListPeople(Audience(where=SHANGHAI)), named("knobs", "箱包"))


def test_gaps_that_the_model_says_nothing_about_stay_open(gaps: Gaps) -> None:
    found = gaps.of("鲸鱼、海豚的销售额")
    assert unexplained(found, ()) == ("鲸鱼", "海豚")
    assert unexplained(found, (passed("鲸鱼"),)) == ("海豚",)
    assert unexplained(found, (named("鲸鱼"), passed("海豚的"))) == ()
    assert unexplained(found, (passed("鲸鱼、海豚的销售额"),)) == ("鲸鱼", "海豚")  # it holds a name


# ---- times out of nowhere


@pytest.mark.parametrize("time", [LAST_MONTH, DAYS_30, Span(date(2026, 1, 1), None)])
def test_a_time_that_nobody_said_is_seen(gaps: Gaps, time: object) -> None:
    for text in ("上海的销售额", "sales in Shanghai"):
        assert added(gaps.of(text), Plan((replace(SALES, time=time),)))
        assert not added(gaps.of(text), Plan((replace(SALES, time=None),)))


def test_a_length_that_was_said_as_a_number_is_no_new_time(gaps: Gaps) -> None:
    found = gaps.of("有多少会员60天没打开过APP了")
    away = Not(Did(entity="event", time=Rolling(60, Grain.DAY)))
    assert not added(found, Plan((Query(metrics=("customers",), where=away),)))
    away = Not(Did(entity="event", time=Rolling(90, Grain.DAY)))
    assert added(found, Plan((Query(metrics=("customers",), where=away),)))


def test_terms_of_glosses_do_not_matter_here(lost_of) -> None:
    gloss = Gloss(said="销售额", term=MetricTerm("orders"), label=Text("订单数", "orders"), named=True)
    assert lost_of(ZH_SALES, replace(SALES, metrics=("orders",)), gloss) == set()


def test_the_plans_written_by_hand_for_the_example_questions_lose_and_add_nothing(
    gaps: Gaps, meanings: Meanings
) -> None:
    cases = [case for case in read_cases(CASES) if case.plans and not case.before]
    assert len(cases) > 50
    for case in cases:
        found, plan = gaps.of(case.question), case.plans[0]
        assert lost(found, plan, (), meanings) == (), case.question
        assert not added(found, plan), case.question
