"""Profiles: shares and TGI counted by hand, significance against published tests, and nothing said without proof."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare, HasMetric
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell
from tools.people_in_memory import PeopleInMemory
from tools.profile import key_fields, profile, shown_tgi

HIGH = Audience(where=Compare("customer.high_value", "=", True))


def crowd(index: ModelIndex, *parts: tuple[int, str, str, bool]) -> PeopleInMemory:
    """People in blocks of (how many, city, level, high value)."""
    rows: list[Mapping[str, Cell]] = []
    for count, city, level, high in parts:
        one: Mapping[str, Cell] = {
            "customer.city": city,
            "customer.level": level,
            "customer.high_value": high,
            "customer.price_sensitive": False,
        }
        rows += [{**one, "key": len(rows) + number} for number in range(count)]
    return PeopleInMemory(index, {"customer": rows})


def test_looks_at_categories_places_and_tags_but_never_at_persons(index: ModelIndex) -> None:
    assert key_fields(index, "customer") == (
        "customer.city",
        "customer.level",
        "customer.high_value",
        "customer.price_sensitive",
        "place.province",
    )


def test_shares_and_tgi_are_those_counted_by_hand(index: ModelIndex, ana: User) -> None:
    layer = crowd(
        index,
        (60, "上海", "金卡", True),
        (40, "北京", "金卡", True),
        (100, "上海", "普通", False),
        (300, "北京", "普通", False),
    )
    result = profile(layer, HIGH, None, ana, fields=("customer.city",))
    assert (result.size, result.base_size, result.against) == (100, 500, Text("全部客户", "all customers"))
    shanghai, beijing = result.rows
    assert (shanghai.value_label.zh, shanghai.count, shanghai.share, shanghai.base_share) == (
        "上海",
        60,
        0.6,
        160 / 500,
    )
    assert shanghai.tgi == pytest.approx(187.5)
    assert (beijing.count, beijing.tgi) == (40, pytest.approx(100 * 0.4 / 0.68))
    assert shanghai.significant
    assert beijing.significant


def test_the_finding_names_value_share_base_and_index(index: ModelIndex, ana: User) -> None:
    layer = crowd(
        index,
        (60, "上海", "金卡", True),
        (40, "北京", "金卡", True),
        (100, "上海", "普通", False),
        (300, "北京", "普通", False),
    )
    result = profile(layer, HIGH, None, ana, fields=("customer.city",))
    assert result.findings == (
        Text(
            "城市为上海的占 60.0%，全部客户为 32.0%（TGI 188）。",
            "city: 上海, 60.0% against 32.0% of all customers (TGI 188).",
        ),
    )


def test_a_small_difference_is_not_called_one(index: ModelIndex, ana: User) -> None:
    layer = crowd(
        index,
        (11, "上海", "金卡", True),
        (9, "北京", "金卡", True),
        (500, "上海", "普通", False),
        (500, "北京", "普通", False),
    )
    result = profile(layer, HIGH, None, ana, fields=("customer.city",))
    assert not any(row.significant for row in result.rows)
    assert "没有可靠的差别" in result.findings[0].zh


def test_too_few_people_prove_nothing(index: ModelIndex, ana: User) -> None:
    layer = crowd(index, (4, "上海", "金卡", True), (1000, "北京", "普通", False))
    result = profile(layer, HIGH, None, ana, fields=("customer.city",))
    assert not any(row.significant for row in result.rows)


def test_the_border_of_significance_is_the_z_test_against_the_rest(index: ModelIndex, ana: User) -> None:
    """100 of 200 against x of 400 others: by hand, z = 1.96 lies between 166 and 167."""

    def z(others: int) -> float:
        pooled = (100 + others) / 600
        return (0.5 - others / 400) / math.sqrt(pooled * (1 - pooled) * (1 / 200 + 1 / 400))

    assert z(167) < 1.96 < z(166)
    for others, expected in ((167, False), (166, True)):
        layer = crowd(
            index,
            (100, "上海", "金卡", True),
            (100, "北京", "金卡", True),
            (others, "上海", "普通", False),
            (400 - others, "北京", "普通", False),
        )
        assert profile(layer, HIGH, None, ana, fields=("customer.city",)).rows[0].significant is expected


def test_many_looks_ask_for_stronger_proof(index: ModelIndex, ana: User) -> None:
    """One weak difference among ten equal values: alone it would pass at 5 %, after Benjamini-Hochberg it does not."""
    blocks: list[tuple[int, str, str, bool]] = [(130, "A", "金卡", True), (100, "A", "普通", False)]
    for city in "BCDEFGHIJ":
        blocks += [(97, city, "金卡", True), (100, city, "普通", False)]
    result = profile(crowd(index, *blocks), HIGH, None, ana, fields=("customer.city",))
    pooled = 230 / (1003 + 1000)
    alone = abs(130 / 1003 - 100 / 1000) / math.sqrt(pooled * (1 - pooled) * (1 / 1003 + 1 / 1000))
    assert alone > 1.96
    assert not any(row.significant for row in result.rows)


def test_what_defines_the_audience_is_not_a_finding(index: ModelIndex, ana: User) -> None:
    layer = crowd(index, (100, "上海", "金卡", True), (100, "上海", "普通", False))
    result = profile(layer, HIGH, None, ana, fields=("customer.high_value",))
    assert result.rows[0].significant
    assert "没有可靠的差别" in result.findings[0].zh


def test_a_tag_made_of_the_same_metric_comes_after_what_is_news(index: ModelIndex, ana: User) -> None:
    layer = crowd(
        index,
        (90, "上海", "金卡", True),
        (10, "北京", "金卡", True),
        (200, "上海", "普通", False),
        (700, "北京", "普通", False),
    )
    rich = Audience(where=HasMetric(metric="sales", op=">", value=500))
    rich_layer = PeopleInMemory(
        index,
        {"customer": layer.people_of("customer")},
        behaviour=lambda _, person: person["customer.high_value"] is True,
    )
    findings = profile(rich_layer, rich, None, ana, fields=("customer.high_value", "customer.city")).findings
    assert findings[0].zh.startswith("城市为上海")
    assert findings[1].zh.startswith("高价值客户")


def test_levels_stand_in_their_own_order(index: ModelIndex, ana: User) -> None:
    layer = crowd(index, (50, "上海", "金卡", True), (10, "上海", "普通", True), (30, "上海", "银卡", False))
    result = profile(layer, HIGH, None, ana, fields=("customer.level",))
    assert [row.value_label.en for row in result.rows] == ["basic", "silver", "gold"]


def test_compares_two_groups_that_do_not_hold_each_other(index: ModelIndex, ana: User) -> None:
    layer = crowd(
        index,
        (80, "上海", "金卡", True),
        (20, "北京", "金卡", True),
        (20, "上海", "普通", False),
        (80, "北京", "普通", False),
    )
    others = Audience(where=Compare("customer.level", "=", "普通"))
    result = profile(layer, HIGH, others, ana, fields=("customer.city",), against=Text("普通会员", "basic members"))
    assert (result.size, result.base_size) == (100, 100)
    assert result.findings == (
        Text(
            "城市为上海的占 80.0%，普通会员为 20.0%（TGI 400）。",
            "city: 上海, 80.0% against 20.0% of basic members (TGI 400).",
        ),
    )


def test_a_value_nobody_of_the_base_has_still_has_an_index(index: ModelIndex, ana: User) -> None:
    layer = crowd(index, (50, "上海", "金卡", True), (50, "北京", "普通", False))
    others = Audience(where=Compare("customer.level", "=", "普通"))
    shanghai = profile(layer, HIGH, others, ana, fields=("customer.city",)).rows[0]
    assert shanghai.base_share == 0
    assert shanghai.tgi == pytest.approx(100 * 1.0 / (0.5 / 50))


def test_an_empty_audience_has_no_profile(index: ModelIndex, ana: User) -> None:
    result = profile(crowd(index, (5, "上海", "普通", False)), HIGH, None, ana)
    assert (result.size, result.rows) == (0, ())


def test_unknown_values_are_shown_as_unknown(layer: PeopleInMemory, ana: User) -> None:
    result = profile(layer, Audience(), None, ana, fields=("customer.city",))
    assert {row.value_label.zh for row in result.rows} == {"上海", "苏州", "南京", "杭州", "未知"}


def test_a_base_that_is_almost_empty_is_not_given_as_a_huge_figure() -> None:
    assert shown_tgi(100.4) == "100"
    assert shown_tgi(1000) == "1000"
    assert shown_tgi(594_424) == "> 1,000"
