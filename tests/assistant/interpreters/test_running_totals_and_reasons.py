"""Sums to date, numbers at the end of a period, and why a number changed. Plans by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from assistant.interpreters.base import NotUnderstood, Outcome, Understood
from semantic_layer.query.plan import Explain, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Against, Calendar, Comparison, Grain, Holiday, Rolling, Span, TimeRange
from semantic_layer.query.types import ByField, ByTime, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

THIS_YEAR, THIS_MONTH, LAST_MONTH = Calendar(Grain.YEAR, 0), Calendar(Grain.MONTH, 0), Calendar(Grain.MONTH, -1)
SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))
BY_MONTH = (ByTime(Grain.MONTH),)
EAST = Compare("city.region", "=", "华东")


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("今年累计销售额", Query(metrics=("sales_to_date",), time=THIS_YEAR)),
        ("Sales to date this year", Query(metrics=("sales_to_date",), time=THIS_YEAR)),
        ("cumulative sales this year", Query(metrics=("sales_to_date",), time=THIS_YEAR)),
        ("今年销售额累计值", Query(metrics=("sales_to_date",), time=THIS_YEAR)),
        ("累计销售额是多少", Query(metrics=("sales_to_date",), time=THIS_YEAR)),
        ("年初至今累计销售额", Query(metrics=("sales_to_date",), time=THIS_YEAR)),
        ("running total of sales by month this year", Query(metrics=("sales_to_date",), by=BY_MONTH, time=THIS_YEAR)),
        ("今年各月的累计营业额", Query(metrics=("sales_to_date",), by=BY_MONTH, time=THIS_YEAR)),
        ("今年累计销售额走势", Query(metrics=("sales_to_date",), by=BY_MONTH, time=THIS_YEAR)),
        ("本月累计销售额按天", Query(metrics=("sales_month_to_date",), by=(ByTime(Grain.DAY),), time=THIS_MONTH)),
        ("month-to-date sales by day", Query(metrics=("sales_month_to_date",), by=(ByTime(Grain.DAY),), time=THIS_MONTH)),
        ("本季度累计销售额", Query(metrics=("sales_quarter_to_date",), time=Calendar(Grain.QUARTER, 0))),
        ("今年累计订单数", Query(metrics=("orders_to_date",), time=THIS_YEAR)),
        ("各渠道今年累计销售额", Query(metrics=("sales_to_date",), by=(ByField("order.channel"),), time=THIS_YEAR)),
        ("截至9月底的累计销售额", Query(metrics=("sales_to_date",), time=Span(None, date(2026, 9, 30)))),
        ("华东今年累计销售额", Query(metrics=("sales_to_date",), where=EAST, time=THIS_YEAR)),
    ],
)  # fmt: skip
def test_running_totals(plan_of: PlanOf, question: str, query: Query) -> None:
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    ("question", "metric", "time"),
    [
        ("今年累计毛利", "gross_profit", THIS_YEAR),
        ("今年累计新客数", "new_customers", THIS_YEAR),
        ("最近30天累计销售额", "sales", Rolling(30, Grain.DAY)),
        ("双11累计销售额", "sales", Holiday("double_eleven")),
    ],
)
def test_a_sum_over_the_whole_time_is_the_plain_number(
    plan_of: PlanOf, question: str, metric: str, time: TimeRange
) -> None:
    assert plan_of(question) == Plan((Query(metrics=(metric,), time=time),))


@pytest.mark.parametrize("question", ["今年各月累计毛利", "累计毛利", "今年累计客单价", "历史累计销售额"])
def test_asks_back_for_a_running_total_that_is_not_defined(ask: Ask, question: str) -> None:
    assert isinstance(ask(question), NotUnderstood)


def test_spending_so_far_is_still_a_bound_on_sales(plan_of: PlanOf) -> None:
    assert "HasMetric(metric='sales', op='>', value=5000.0" in repr(plan_of("累计消费超过5000的客户"))


def test_the_turn_after_begins_the_sum_where_its_time_does(plan_of: PlanOf) -> None:
    month = Query(metrics=("sales_month_to_date",), time=THIS_MONTH)
    assert plan_of("今年累计销售额", "换成本月") == Plan((month,))
    assert plan_of("本月累计销售额", "换成今年") == Plan((Query(metrics=("sales_to_date",), time=THIS_YEAR),))


MEMBERS = "members_at_period_end"


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("每个月末的会员数", Query(metrics=(MEMBERS,), by=BY_MONTH)),
        ("Members at each month end", Query(metrics=(MEMBERS,), by=BY_MONTH)),
        ("月末会员数", Query(metrics=(MEMBERS,), by=BY_MONTH)),
        ("各月底的客户数", Query(metrics=(MEMBERS,), by=BY_MONTH)),
        ("number of members at the end of each quarter", Query(metrics=(MEMBERS,), by=(ByTime(Grain.QUARTER),))),
        ("每季度末的会员数", Query(metrics=(MEMBERS,), by=(ByTime(Grain.QUARTER),))),
        ("今年各月末会员数", Query(metrics=(MEMBERS,), by=BY_MONTH, time=THIS_YEAR)),
        ("今年各月末会员数按会员等级", Query(metrics=(MEMBERS,), by=(*BY_MONTH, ByField("customer.member_level")), time=THIS_YEAR)),
        ("上海每个月末的会员数", Query(metrics=(MEMBERS,), by=BY_MONTH, where=Compare("customer.city", "=", "上海"))),
        ("9月底的会员数", Query(metrics=(MEMBERS,), time=SEPTEMBER, compare_to=(Comparison.PERIOD_BEFORE,))),
        ("members at the end of September", Query(metrics=(MEMBERS,), time=SEPTEMBER, compare_to=(Comparison.PERIOD_BEFORE,))),
        ("上个月末的会员数", Query(metrics=(MEMBERS,), time=LAST_MONTH, compare_to=(Comparison.PERIOD_BEFORE,))),
        ("去年年底会员数", Query(metrics=(MEMBERS,), time=Calendar(Grain.YEAR, -1), compare_to=(Comparison.PERIOD_BEFORE,))),
    ],
)  # fmt: skip
def test_numbers_at_the_end_of_a_period(plan_of: PlanOf, question: str, query: Query) -> None:
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize("question", ["每个月末的销售额", "月末订单数", "sales at each month end"])
def test_what_is_summed_over_time_has_no_end(ask: Ask, question: str) -> None:
    assert isinstance(ask(question), NotUnderstood)


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("为什么9月复购率下降了？", Explain(metric="repurchase_rate", time=SEPTEMBER)),
        ("Why did the repurchase rate fall in September?", Explain(metric="repurchase_rate", time=SEPTEMBER)),
        ("9月复购率下降的原因", Explain(metric="repurchase_rate", time=SEPTEMBER)),
        ("对9月复购率做归因分析", Explain(metric="repurchase_rate", time=SEPTEMBER)),
        ("why did sales drop last month", Explain(metric="sales", time=LAST_MONTH)),
        ("上个月销售额为什么下滑", Explain(metric="sales", time=LAST_MONTH)),
        ("explain the decline in sales last month", Explain(metric="sales", time=LAST_MONTH)),
        ("销售额为什么涨了", Explain(metric="sales")),
        ("why are sales down", Explain(metric="sales")),
        ("what caused the drop in sales", Explain(metric="sales")),
        ("why has the return rate gone up", Explain(metric="return_rate")),
        ("客单价同比下降的原因", Explain(metric="average_order_value", compare_to=Comparison.YEAR_BEFORE)),
        (
            "what drove the change in AOV in Q3 vs Q2",
            Explain(
                metric="average_order_value",
                time=Span(date(2026, 7, 1), date(2026, 9, 30)),
                compare_to=Against(Span(date(2026, 4, 1), date(2026, 6, 30))),
            ),
        ),
        ("华东的销售额9月为什么下降", Explain(metric="sales", time=SEPTEMBER, where=EAST)),
        ("why did sales in East China fall in September", Explain(metric="sales", time=SEPTEMBER, where=EAST)),
        ("为什么9月销售额下降了，按渠道分析", Explain(metric="sales", time=SEPTEMBER, by=("order.channel",))),
        ("why did sales fall last month, by channel and category", Explain(metric="sales", time=LAST_MONTH, by=("order.channel", "product.category"))),
        ("9月客单价为什么比去年低", Explain(metric="average_order_value", time=SEPTEMBER, compare_to=Comparison.YEAR_BEFORE)),
        ("which categories caused the drop in sales last month", Explain(metric="sales", time=LAST_MONTH, by=("product.category",))),
        ("复购率下降主要是哪些渠道造成的", Explain(metric="repurchase_rate", by=("order.channel",))),
    ],
)  # fmt: skip
def test_reasons(plan_of: PlanOf, question: str, step: Explain) -> None:
    assert plan_of(question) == Plan((step,))


@pytest.mark.parametrize(
    "question", ["为什么", "销售额下降", "销售额和客单价为什么下降", "为什么客户数下降了", "why did it rain"]
)
def test_asks_back_for_a_reason_of_nothing(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


def test_the_turn_after_asks_why_or_of_whom(plan_of: PlanOf) -> None:
    asked = "上个月的销售额是多少？"
    assert plan_of(asked, "为什么下降了？") == Plan((Explain(metric="sales", time=LAST_MONTH),))
    assert plan_of("sales last month", "why?") == Plan((Explain(metric="sales", time=LAST_MONTH),))
    why = "为什么9月复购率下降了？"
    beijing = Compare("customer.city", "=", "北京")
    assert plan_of(why, "那北京呢") == Plan((Explain(metric="repurchase_rate", time=SEPTEMBER, where=beijing),))
    assert plan_of(why, "那客单价呢？") == Plan((Explain(metric="average_order_value", time=SEPTEMBER),))
    in_english = Explain(metric="repurchase_rate", time=SEPTEMBER, by=("customer.gender",))
    assert plan_of("Why did the repurchase rate fall in September?", "by gender instead") == Plan((in_english,))
    year = Explain(metric="repurchase_rate", time=SEPTEMBER, compare_to=Comparison.YEAR_BEFORE)
    assert plan_of(why, "同比呢") == Plan((year,))
