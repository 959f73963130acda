"""Questions for metrics: alone, over time, by groups, compared, ranked, shared out. Expected plans are written by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from assistant.interpreters.base import Outcome
from semantic_layer.query.plan import ChartKind, Plan
from semantic_layer.query.predicate import Among, Between, Compare
from semantic_layer.query.time import Across, Against, Calendar, Comparison, Grain, Holiday, Rolling, Span
from semantic_layer.query.types import Bound, ByField, ByTime, Order, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

LAST_MONTH = Calendar(Grain.MONTH, -1)
THIS_YEAR = Calendar(Grain.YEAR, 0)
BEFORE = (Comparison.PERIOD_BEFORE,)
YEAR_BEFORE = (Comparison.YEAR_BEFORE,)


@pytest.mark.parametrize(
    "question",
    [
        "上个月的销售额是多少？",
        "上月销售额多少",
        "上个月GMV",
        "查一下上个月营业额",
        "What were sales last month?",
        "sales last month",
        "how much revenue last month",
    ],
)
def test_holds_one_number_of_a_past_period_against_the_period_before(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((Query(metrics=("sales",), time=LAST_MONTH, compare_to=BEFORE),))


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("今年的新客数", Query(metrics=("new_customers",), time=THIS_YEAR)),
        ("最近7天销售额", Query(metrics=("sales",), time=Rolling(7, Grain.DAY))),
        ("昨天有多少订单", Query(metrics=("orders",), time=Calendar(Grain.DAY, -1), compare_to=BEFORE)),
        ("number of orders yesterday", Query(metrics=("orders",), time=Calendar(Grain.DAY, -1), compare_to=BEFORE)),
        ("9月份的GMV", Query(metrics=("sales",), time=Span(date(2026, 9, 1), date(2026, 9, 30)), compare_to=BEFORE)),
        ("去年双11期间销售额是多少", Query(metrics=("sales",), time=Holiday("double_eleven", offset=-1))),
        ("Sales during Double 11 last year", Query(metrics=("sales",), time=Holiday("double_eleven", offset=-1))),
        ("去年双十一当天的订单数", Query(metrics=("orders",), time=Holiday("double_eleven", offset=-1, day_only=True))),
        (
            "从去年国庆到今年春节的新客数",
            Query(
                metrics=("new_customers",),
                time=Across(Holiday("national_day", offset=-1), Holiday("spring_festival", offset=0)),
            ),
        ),
    ],
)
def test_reads_the_time_of_a_number(plan_of: PlanOf, question: str, query: Query) -> None:
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    "question",
    [
        "今年每个月的复购率趋势",
        "今年各月复购率走势",
        "按月看今年的复购率",
        "repurchase rate by month this year",
        "monthly repurchase rate this year",
    ],
)
def test_reads_a_series_over_time(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((Query(metrics=("repurchase_rate",), by=(ByTime(Grain.MONTH),), time=THIS_YEAR),))


def test_draws_the_picture_that_was_asked_for(plan_of: PlanOf) -> None:
    query = Query(metrics=("repurchase_rate",), by=(ByTime(Grain.MONTH),), time=THIS_YEAR)
    assert plan_of("Monthly repurchase rate this year, as a line") == Plan((query,), ChartKind.LINE)
    assert plan_of("今年每个月的复购率，画成折线图") == Plan((query,), ChartKind.LINE)


@pytest.mark.parametrize(
    "question",
    [
        "近30天每天的活跃客户数",
        "最近30天每天活跃客户数",
        "Daily active customers in the last 30 days",
        "active customers by day in the last 30 days",
        "近30天按天看活跃人数",
    ],
)
def test_reads_a_daily_series(plan_of: PlanOf, question: str) -> None:
    query = Query(metrics=("active_customers",), by=(ByTime(Grain.DAY),), time=Rolling(30, Grain.DAY))
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    "question",
    [
        "按城市等级看客单价和复购率",
        "各城市等级的客单价、复购率",
        "客单价和复购率按城市等级分",
        "分城市等级统计客单价以及复购率",
        "Average order value and repurchase rate by city tier",
        "city tier breakdown of average order value and repurchase rate",
        "show average order value and repurchase rate for each city tier",
    ],
)
def test_groups_two_metrics_by_one_field(plan_of: PlanOf, question: str) -> None:
    query = Query(metrics=("average_order_value", "repurchase_rate"), by=(ByField("city.city_tier"),))
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    "question",
    [
        "上个月各大区销售额跟去年同期比",
        "上个月各大区销售额同比",
        "各大区上月销售额，与去年同期对比",
        "Sales by region last month against the same month last year",
        "region sales last month vs same month last year",
        "compare last month's sales by region with the same month last year",
    ],
)
def test_holds_groups_against_the_year_before(plan_of: PlanOf, question: str) -> None:
    query = Query(metrics=("sales",), by=(ByField("city.region"),), time=LAST_MONTH, compare_to=YEAR_BEFORE)
    assert plan_of(question) == Plan((query,))


def test_holds_one_festival_against_the_one_of_another_year(plan_of: PlanOf) -> None:
    this, last = Holiday("six_eighteen", offset=0), Holiday("six_eighteen", offset=-1)
    expected = Plan((Query(metrics=("sales",), time=this, compare_to=(Against(last),)),))
    assert plan_of("今年618和去年618的销售额对比") == expected
    assert plan_of("this year's 618 vs last year's 618 sales") == expected


@pytest.mark.parametrize(
    "question",
    [
        "北京和上海的销售额对比",
        "对比北京和上海的销售额",
        "compare sales of Beijing and Shanghai",
        "sales in Beijing versus Shanghai",
    ],
)
def test_compares_places_row_by_row(plan_of: PlanOf, question: str) -> None:
    places = Among("customer.city", ("北京", "上海"))
    assert plan_of(question) == Plan((Query(metrics=("sales",), by=(ByField("customer.city"),), where=places),))


@pytest.mark.parametrize(
    "question",
    [
        "销售额最高的10个城市",
        "销售额前10的城市",
        "销售额排名前十的城市",
        "哪10个城市销售额最高",
        "Top 10 cities by sales",
        "The 10 cities with the highest sales",
        "top ten cities by revenue",
    ],
)
def test_ranks_groups_from_the_top(plan_of: PlanOf, question: str) -> None:
    query = Query(metrics=("sales",), by=(ByField("customer.city"),), order=(Order("sales"),), limit=10)
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    "question",
    [
        "退货率最低的5个品类",
        "退货率最低的五个类目",
        "退货率倒数5名的品类",
        "The five categories with the lowest return rate",
        "5 categories with the lowest return rate",
        "bottom 5 categories by return rate",
    ],
)
def test_ranks_groups_from_the_bottom(plan_of: PlanOf, question: str) -> None:
    by = (ByField("product.category"),)
    query = Query(metrics=("return_rate",), by=by, order=(Order("return_rate", descending=False),), limit=5)
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize("question", ["毛利率最高的品类", "Category with the highest gross margin"])
def test_takes_the_one_best_group(plan_of: PlanOf, question: str) -> None:
    by = (ByField("product.category"),)
    assert plan_of(question) == Plan(
        (Query(metrics=("gross_margin",), by=by, order=(Order("gross_margin"),), limit=1),)
    )


@pytest.mark.parametrize("question", ["上个月销售额最高的3个门店", "best 3 shops by sales last month"])
def test_calls_things_by_their_name(plan_of: PlanOf, question: str) -> None:
    by = (ByField("store.store_name"),)
    query = Query(metrics=("sales",), by=by, time=LAST_MONTH, order=(Order("sales"),), limit=3)
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    "question",
    [
        "各渠道销售额占比",
        "各渠道的销售额占比是多少",
        "销售额按渠道的占比",
        "Share of sales by channel",
        "channel share of sales",
        "what share of sales does each channel have",
    ],
)
def test_shares_a_total_out_among_groups(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((Query(metrics=("sales",), by=(ByField("order.channel"),), share=True),))


@pytest.mark.parametrize(
    "question",
    [
        "复购率超过30%的城市",
        "哪些城市的复购率超过30%",
        "复购率大于三成的城市",
        "Cities with a repurchase rate above 30%",
        "which cities have a repurchase rate over 30 percent",
    ],
)
def test_keeps_groups_by_a_bound_on_their_metric(plan_of: PlanOf, question: str) -> None:
    bound = Bound(metric="repurchase_rate", op=">", value=0.3)
    query = Query(metrics=("repurchase_rate",), by=(ByField("customer.city"),), having=(bound,))
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    ("question", "op", "value"),
    [
        ("两千块以上的订单有多少", ">=", 2000),
        ("超过2000元的订单有多少", ">", 2000),
        ("How many orders over two thousand yuan", ">", 2000),
        ("How many orders over 2000", ">", 2000),
        ("不到100元的订单数", "<", 100),
    ],
)
def test_reads_a_bare_sum_as_the_amount_of_what_is_counted(plan_of: PlanOf, question: str, op: str, value: int) -> None:
    query = plan_of(question).steps[0]
    assert isinstance(query, Query)
    assert query.metrics == ("orders",)
    assert isinstance(query.where, Compare)
    assert (query.where.field, query.where.op, query.where.value) == ("order.order_amount", op, value)


def test_reads_a_range_of_amounts(plan_of: PlanOf) -> None:
    query = plan_of("500到1000元的订单有多少").steps[0]
    assert isinstance(query, Query)
    assert query.where == Between("order.order_amount", 500, 1000)


EAST = Compare("city.region", "=", "华东")


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "show me 华东 GMV by 渠道 last month",
            Query(metrics=("sales",), by=(ByField("order.channel"),), where=EAST, time=LAST_MONTH),
        ),
        ("按channel看East China的sales", Query(metrics=("sales",), by=(ByField("order.channel"),), where=EAST)),
        ("华东各城市的客单价", Query(metrics=("average_order_value",), by=(ByField("customer.city"),), where=EAST)),
        (
            "2026年Q3各品类销售额",
            Query(
                metrics=("sales",), by=(ByField("product.category"),), time=Span(date(2026, 7, 1), date(2026, 9, 30))
            ),
        ),
        (
            "Sales by category in Q3 2026",
            Query(
                metrics=("sales",), by=(ByField("product.category"),), time=Span(date(2026, 7, 1), date(2026, 9, 30))
            ),
        ),
        ("天猫渠道的销售额", Query(metrics=("sales",), where=Compare("order.channel", "=", "天猫"))),
        (
            "女性客户各品类的销售额",
            Query(metrics=("sales",), by=(ByField("product.category"),), where=Compare("customer.gender", "=", "女")),
        ),
        ("各活动的点击率", Query(metrics=("click_rate",), by=(ByField("campaign.campaign_name"),))),
        (
            "weekly orders by channel this year",
            Query(metrics=("orders",), by=(ByTime(Grain.WEEK), ByField("order.channel")), time=THIS_YEAR),
        ),
    ],
)
def test_filters_and_groups_together(plan_of: PlanOf, question: str, query: Query) -> None:
    assert plan_of(question) == Plan((query,))
