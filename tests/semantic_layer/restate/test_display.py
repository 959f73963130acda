"""The words of chips and audiences on the demo company's definitions, each written by hand in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Not,
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import Against, Calendar, Comparison, Grain, Holiday, Rolling, Span
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Order, Query
from semantic_layer.restate.display import Display

MODEL = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"

SHANGHAI = Compare("customer.city", "=", "上海")
HIGH_VALUE = Compare("customer.high_value", "=", True)
RISK = Among("customer.churn_risk", ("高", "中"))
SHOES = Compare("product.category", "=", "运动鞋")
JIANGZHEHU = Among("city.province", ("江苏", "浙江", "上海"), "jiangzhehu")
DAYS_30 = Rolling(30, Grain.DAY)
MONTHS_3 = Rolling(3, Grain.MONTH)


@pytest.fixture(scope="module")
def words() -> tuple[Display, Display]:
    """Chinese and English."""
    model = load_model(MODEL)
    calendar = CompanyCalendar(model.conventions, model.festivals, date(2026, 10, 31))
    index = ModelIndex(model)
    return Display(index, calendar, "zh"), Display(index, calendar, "en")


CONDITIONS: list[tuple[Predicate, str, str]] = [
    (SHANGHAI, "上海", "Shanghai"),
    (Compare("city.province", "=", "上海"), "省份：上海", "Shanghai municipality"),
    (Not(SHANGHAI), "不是上海", "not Shanghai"),
    (Compare("customer.city", "!=", "上海"), "不是上海", "not Shanghai"),
    (HIGH_VALUE, "高价值客户", "high-value customers"),
    (Not(HIGH_VALUE), "非高价值客户", "not high-value customers"),
    (Compare("customer.high_value", "=", False), "非高价值客户", "not high-value customers"),
    (RISK, "流失风险：高、中", "churn risk: high or medium"),
    (Not(RISK), "流失风险：不是高或中", "churn risk: not high or medium"),
    (
        Among("customer.member_level", ("金卡", "黑金")),
        "会员等级：金卡及以上",
        "member level: gold and above",
    ),
    (Among("customer.member_level", ("普通", "银卡")), "会员等级：银卡及以下", "member level: silver and below"),
    (Among("customer.member_level", ("普通", "黑金")), "会员等级：普通、黑金", "member level: basic or black gold"),
    (Compare("customer.favourite_category", "=", "运动鞋"), "品类偏好：运动鞋", "favourite category: running shoes"),
    (Compare("order.coupon_used", "=", True), "是否用券：用券", "coupon used: with a coupon"),
    (Compare("customer.age", "<", 18), "年龄 < 18", "age < 18"),
    (Between("customer.age", 25, 35), "年龄 25–35", "age 25–35"),
    (Compare("order.order_amount", ">=", 2000), "订单金额 ≥ ¥2,000", "order amount ≥ ¥2,000"),
    (
        Or((JIANGZHEHU, Compare("customer.city", "=", "北京"))),
        "江浙沪或北京",
        "Jiangsu, Zhejiang and Shanghai, or Beijing",
    ),
    (
        Or((And((SHANGHAI, HIGH_VALUE)), RISK)),
        "（上海且高价值客户）或流失风险：高、中",
        "(Shanghai and high-value customers) or churn risk: high or medium",
    ),
    (Did(entity="order_line", where=SHOES), "买过运动鞋", "bought running shoes"),
    (Not(Did(entity="order_line", where=SHOES)), "没买过运动鞋", "never bought running shoes"),
    (Not(Did(entity="order", time=DAYS_30)), "最近 30 天没有下单", "no order in the last 30 days"),
    (Did(entity="order", time=DAYS_30), "最近 30 天下过单", "ordered in the last 30 days"),
    (
        Did(entity="order", time=DAYS_30, count=3),
        "最近 30 天下单至少 3 次",
        "ordered at least 3 times in the last 30 days",
    ),
    (
        Did(entity="order", where=Compare("order.channel", "=", "天猫")),
        "下过单（渠道：天猫）",
        "ordered (sales channel: Tmall)",
    ),
    (Did(entity="ticket", where=Compare("ticket.ticket_type", "=", "投诉")), "投诉过", "complained"),
    (
        Not(Did(entity="ticket", where=Compare("ticket.ticket_type", "=", "投诉"))),
        "没投诉过",
        "never complained",
    ),
    (
        Did(entity="event", where=And((Compare("event.event_type", "=", "view"), SHOES)), time=Rolling(7, Grain.DAY)),
        "最近 7 天浏览过运动鞋",
        "viewed running shoes in the last 7 days",
    ),
    (
        HasMetric(metric="average_order_value", op=">", value=500, time=MONTHS_3),
        "客单价 > ¥500（最近 3 个月）",
        "average order value > ¥500 (last 3 months)",
    ),
    (
        HasMetric(metric="average_order_value", op=">=", value=300, high=800),
        "客单价 ¥300–¥800（最近 12 个月）",
        "average order value ¥300–¥800 (last 12 months)",
    ),
    (HasMetric(metric="app_events", op=">", value=0, time=MONTHS_3), "最近 3 个月活跃", "active in the last 3 months"),
    (
        HasMetric(metric="app_events", op=">", value=5, time=MONTHS_3),
        "APP行为次数 > 5（最近 3 个月）",
        "number of app events > 5 (last 3 months)",
    ),
    (
        HasMetric(metric="repurchase_rate", op=">=", value=0.3, time=Calendar(Grain.YEAR, 0)),
        "复购率 ≥ 30%（今年）",
        "repurchase rate ≥ 30% (this year)",
    ),
    (Ranked(metric="sales", share=0.1), "销售额前 10%（最近 12 个月）", "top 10% by sales (last 12 months)"),
    (
        Ranked(metric="sales", direction="bottom", count=100, time=Calendar(Grain.MONTH, -1)),
        "销售额后 100 名（上个月）",
        "bottom 100 by sales (last month)",
    ),
    (InSegment("沉睡唤醒"), "人群「沉睡唤醒」", "segment “沉睡唤醒”"),
    (IsNull("customer.city"), "城市未知", "city unknown"),
    (Not(IsNull("customer.city")), "城市已知", "city known"),
    (Contains("event.search_text", "跑步"), "搜索词包含「跑步」", "search text contains “跑步”"),
]


@pytest.mark.parametrize(("condition", "zh", "en"), CONDITIONS)
def test_says_a_condition_the_way_a_chip_shows_it(
    words: tuple[Display, Display], condition: Predicate, zh: str, en: str
) -> None:
    assert (words[0].predicate(condition), words[1].predicate(condition)) == (zh, en)


AUDIENCES: list[tuple[Predicate | None, str, str]] = [
    (None, "全部客户", "all customers"),
    (
        And((SHANGHAI, RISK, HIGH_VALUE)),
        "上海的高价值客户，流失风险为高或中",
        "high-value customers in Shanghai with churn risk high or medium",
    ),
    (
        And((Did(entity="order_line", where=SHOES), Not(Did(entity="order", time=DAYS_30)))),
        "买过运动鞋、最近 30 天没有下单的客户",
        "customers with no order in the last 30 days who bought running shoes",
    ),
    (
        And((Not(SHANGHAI), HIGH_VALUE)),
        "高价值客户，不在上海",
        "high-value customers not in Shanghai",
    ),
    (Compare("customer.gender", "=", "女"), "女客户", "female customers"),
    (
        Ranked(metric="sales", share=0.1, time=MONTHS_3),
        "销售额前 10%（最近 3 个月）的客户",
        "customers in the top 10% by sales (last 3 months)",
    ),
]


@pytest.mark.parametrize(("where", "zh", "en"), AUDIENCES)
def test_names_an_audience_as_people_are_named(
    words: tuple[Display, Display], where: Predicate | None, zh: str, en: str
) -> None:
    audience = Audience(where=where)
    assert (words[0].who(audience), words[1].who(audience)) == (zh, en)


def test_says_on_which_day_an_audience_is_fixed(words: tuple[Display, Display]) -> None:
    audience = Audience(where=HIGH_VALUE, as_of=date(2026, 6, 30))
    assert words[0].who(audience) == "高价值客户（截至 2026-06-30）"
    assert words[1].who(audience) == "high-value customers (as of 2026-06-30)"


def test_says_a_time_with_its_days(words: tuple[Display, Display]) -> None:
    assert words[0].time(Calendar(Grain.MONTH, -1)) == "上个月（2026年9月）"
    assert words[1].time(Calendar(Grain.MONTH, -1)) == "last month (Sep 2026)"
    assert words[0].time(None) == "最近 12 个月（2025-11-01 至 2026-10-31）"
    assert words[1].time(Span(date(2026, 7, 1), date(2026, 9, 30))) == "Q3 2026"


def test_names_a_time_that_has_no_days_yet(words: tuple[Display, Display]) -> None:
    assert words[0].time(Calendar(Grain.MONTH, 2)) == "2 个月后"


def test_says_groupings_comparisons_and_bounds(words: tuple[Display, Display]) -> None:
    zh, en = words
    assert (zh.grouping(ByField("customer.city")), en.grouping(ByField("customer.city"))) == ("按城市", "by city")
    assert (zh.grouping(ByTime(Grain.MONTH)), en.grouping(ByTime(Grain.MONTH))) == ("按月", "by month")
    assert zh.comparison(Comparison.YEAR_BEFORE) == "对比去年同期"
    assert en.comparison(Against(Holiday("six_eighteen", offset=-1))) == "vs 618 last year"
    assert zh.bound(Bound(metric="repurchase_rate", op=">", value=0.3)) == "复购率 > 30%"


@pytest.mark.parametrize(
    ("order", "limit", "zh", "en"),
    [
        (Order("sales"), 10, "销售额最高的 10 个", "top 10 by sales"),
        (Order("return_rate", descending=False), 5, "退货率最低的 5 个", "bottom 5 by return rate"),
        (Order("gross_margin"), 1, "毛利率最高", "highest gross margin"),
        (Order("sales"), None, "销售额从高到低", "sales, high to low"),
        (Order("sales", what="change"), 3, "销售额增长最多的 3 个", "3 largest increases in sales"),
        (Order("time", descending=False), None, "时间从早到晚", "earliest first"),
        (None, 5, "前 5 个", "first 5"),
    ],
)
def test_says_order_and_limit_together(
    words: tuple[Display, Display], order: Order | None, limit: int | None, zh: str, en: str
) -> None:
    query = Query(
        metrics=("sales",), by=(ByField("customer.city"),), order=(order,) if order is not None else (), limit=limit
    )
    assert (words[0].order(query), words[1].order(query)) == (zh, en)
