"""The words of chips for what people did in order, and for what happens in cohorts and funnels, by hand in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Occurrence
from semantic_layer.query.predicate import And, Compare, Did, Not, Predicate, Then
from semantic_layer.query.time import Calendar, Grain, Holiday, Rolling
from semantic_layer.query.types import Audience
from semantic_layer.restate.display import Display

MODEL = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"

CART = Compare("event.event_type", "=", "add_to_cart")
VIEW = Compare("event.event_type", "=", "view")
SHOES = Compare("product.category", "=", "运动鞋")
NOT_ORDERED = Then(entity="order", count=7, happened=False)
ABANDONED = Did(entity="event", where=CART, then=NOT_ORDERED)


@pytest.fixture(scope="module")
def words() -> tuple[Display, Display]:
    """Chinese and English."""
    model = load_model(MODEL)
    calendar = CompanyCalendar(model.conventions, model.festivals, date(2026, 10, 31))
    index = ModelIndex(model)
    return Display(index, calendar, "zh"), Display(index, calendar, "en")


CONDITIONS: list[tuple[Predicate, str, str]] = [
    (ABANDONED, "加购后 7 天内没有下单", "added to cart and had not ordered within 7 days"),
    (Not(ABANDONED), "不是（加购后 7 天内没有下单）", "not (added to cart and had not ordered within 7 days)"),
    (
        Did(entity="event", where=VIEW, then=Then(entity="order", happened=False)),
        "浏览后没有下单",
        "viewed and then never ordered",
    ),
    (Did(entity="event", where=VIEW, then=Then(entity="order")), "浏览后下单", "viewed and then ordered"),
    (
        Did(
            entity="order_line",
            where=SHOES,
            time=Holiday("double_eleven"),
            then=Then(entity="order", count=2, unit=Grain.WEEK),
        ),
        "双11 购买运动鞋后 2 周内下单",
        "bought running shoes during Double 11 and then ordered within 2 weeks",
    ),
    (
        Did(entity="customer", then=Then(entity="order", count=1, unit=Grain.MONTH)),
        "注册后 1 个月内下单",
        "registered and then ordered within 1 month",
    ),
    (
        Did(entity="order", time=Holiday("double_eleven"), which="first"),
        "双11 首次下单",
        "first ordered during Double 11",
    ),
    (
        Did(entity="event", where=CART, time=Calendar(Grain.MONTH, -1), which="last"),
        "上个月最后一次加购",
        "last added to cart last month",
    ),
]


@pytest.mark.parametrize(("predicate", "zh", "en"), CONDITIONS)
def test_says_what_people_did_in_order(words: tuple[Display, Display], predicate: Predicate, zh: str, en: str) -> None:
    assert (words[0].predicate(predicate), words[1].predicate(predicate)) == (zh, en)


def test_names_people_by_what_they_did_in_order(words: tuple[Display, Display]) -> None:
    recent = Did(entity="event", where=CART, time=Rolling(30, Grain.DAY), then=NOT_ORDERED)
    audience = Audience(where=And((Compare("customer.city", "=", "上海"), recent)))
    assert words[0].who(audience) == "上海的客户，最近 30 天加购后 7 天内没有下单"
    assert (
        words[1].who(audience)
        == "customers in Shanghai who added to cart in the last 30 days and had not ordered within 7 days"
    )


@pytest.mark.parametrize(
    ("happened", "zh", "en"),
    [
        (Occurrence(entity="event", where=CART), "加购", "add to cart"),
        (Occurrence(entity="order"), "下单", "order"),
        (Occurrence(entity="order_line", where=SHOES), "购买运动鞋", "bought running shoes"),
        (Occurrence(entity="customer"), "注册", "registered"),
        (Occurrence(entity="order", where=Compare("order.channel", "=", "天猫")), "下单（渠道：天猫）", "order (sales channel: Tmall)"),
    ],
)  # fmt: skip
def test_names_what_happens(words: tuple[Display, Display], happened: Occurrence, zh: str, en: str) -> None:
    assert (words[0].occurrence(happened), words[1].occurrence(happened)) == (zh, en)


def test_says_how_long(words: tuple[Display, Display]) -> None:
    assert [words[0].length(7, Grain.DAY), words[0].length(1, Grain.QUARTER)] == ["7 天", "1 个季度"]
    assert [words[1].length(7, Grain.DAY), words[1].length(1, Grain.QUARTER)] == ["7 days", "1 quarter"]
