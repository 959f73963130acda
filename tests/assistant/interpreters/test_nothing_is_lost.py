"""A reading must keep every word with a meaning; what it cannot keep is asked about. Expected plans are written by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.interpreters.base import Outcome, Understood
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Compare, Did, HasMetric, conjuncts
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling
from semantic_layer.query.types import Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

LAST_MONTH = Calendar(Grain.MONTH, -1)
SHOES = Compare("product.category", "=", "运动鞋")


@pytest.mark.parametrize("question", ["上个月运动鞋的退货率", "return rate of running shoes last month"])
def test_filters_the_rows_of_a_metric_by_what_they_are_about(plan_of: PlanOf, question: str) -> None:
    query = Query(metrics=("return_rate",), where=SHOES, time=LAST_MONTH, compare_to=(Comparison.PERIOD_BEFORE,))
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize("question", ["上个月运动鞋客户的销售额", "revenue from running shoe customers last month"])
def test_describes_people_when_people_are_named(plan_of: PlanOf, question: str) -> None:
    query = Query(
        metrics=("sales",),
        where=Did(entity="order_line", where=SHOES),
        time=LAST_MONTH,
        compare_to=(Comparison.PERIOD_BEFORE,),
    )
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    "question",
    [
        "去年在运动鞋上消费超过3000的客户",
        "customers who spent more than 3000 on running shoes last year",
    ],
)
def test_bounds_what_was_spent_on_one_category(plan_of: PlanOf, question: str) -> None:
    bound = HasMetric(metric="sales", op=">", value=3000.0, time=Calendar(Grain.YEAR, -1), where=SHOES)
    step = plan_of(question).steps[-1]
    assert isinstance(step, ListPeople)
    assert step.audience.where == bound


@pytest.mark.parametrize(
    "question",
    [
        "高价值客户和普通客户有多少",
        "高价值客户和普通客户的客单价",
        "sales, orders and customers by channel",
        "销售额前十的商品里退货率最高的是哪个",
        "周末和工作日的订单数",
        "周末下单最多的城市",
        "sales to new customers last month",
    ],
)
def test_asks_back_rather_than_leave_out_a_part(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


def test_does_not_take_a_negation_for_a_misspelling(plan_of: PlanOf) -> None:
    step = plan_of("customers who placed no order this year").steps[-1]
    assert isinstance(step, ListPeople)
    assert "Not(" in repr(step.audience.where)


def test_reads_a_full_question_alone_after_another(plan_of: PlanOf) -> None:
    assert plan_of("按城市等级看客单价和复购率", "销售额最高的10个城市") == plan_of("销售额最高的10个城市")


def test_a_number_belongs_to_what_stands_before_it(plan_of: PlanOf) -> None:
    question = "最近半年消费超过2000、买过户外装备的女士"
    spent = HasMetric(metric="sales", op=">", value=2000.0, time=Rolling(6, Grain.MONTH))
    bought = Did(entity="order_line", where=Compare("product.category", "=", "户外装备"))
    step = plan_of(question).steps[-1]
    assert isinstance(step, ListPeople)
    assert set(conjuncts(step.audience.where)) == {spent, bought, Compare("customer.gender", "=", "女")}
