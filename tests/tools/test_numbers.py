"""Numbers are written with their unit, rounded half up, short or exact, in both languages."""

# ruff: noqa: DTZ001  # the data's times are local and have no zone

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from semantic_layer.errors import Language
from semantic_layer.model.types import Unit
from tools import numbers


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0, Unit.COUNT, "0", "0"),
        (214, Unit.COUNT, "214", "214"),
        (9_999, Unit.COUNT, "9,999", "9,999"),
        (12_345, Unit.COUNT, "1.2万", "12.3K"),
        (20_000, Unit.COUNT, "2万", "20K"),
        (99_999_999, Unit.COUNT, "1亿", "100M"),
        (99_949_999, Unit.COUNT, "9,995万", "99.9M"),
        (999_999, Unit.COUNT, "100万", "1M"),
        (345_000_000, Unit.CURRENCY, "¥3.5亿", "¥345M"),
        (Decimal("312.50"), Unit.CURRENCY, "¥312.50", "¥312.50"),
        (Decimal("-1234.56"), Unit.CURRENCY, "-¥1,235", "-¥1,235"),
        (-0.001, Unit.CURRENCY, "¥0.00", "¥0.00"),
        (0.3125, Unit.PERCENT, "31.3%", "31.3%"),
        (-0.0001, Unit.PERCENT, "0.0%", "0.0%"),
        (1.25, Unit.NUMBER, "1.25", "1.25"),
        (30, Unit.DAYS, "30 天", "30 days"),
        (None, Unit.COUNT, "–", "–"),
        (float("nan"), Unit.COUNT, "–", "–"),
    ],
)
def test_writes_short_numbers(value: float | None, unit: Unit, zh: str, en: str) -> None:
    assert numbers.compact(value, unit, "zh") == zh
    assert numbers.compact(value, unit, "en") == en


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (1234567, Unit.COUNT, "1,234,567"),
        (Decimal("1234567.8"), Unit.CURRENCY, "¥1,234,567.80"),
        (Decimal("-0.005"), Unit.CURRENCY, "-¥0.01"),
        (0.0625, Unit.PERCENT, "6.3%"),
        (1.5, Unit.NUMBER, "1.5"),
    ],
)
def test_writes_exact_numbers(value: float, unit: Unit, written: str) -> None:
    assert numbers.exact(value, unit, "zh") == written


def test_names_the_currency_of_the_model() -> None:
    assert numbers.compact(12_500_000, Unit.CURRENCY, "en", "USD") == "$12.5M"
    assert numbers.exact(5, Unit.CURRENCY, "en", "CHF") == "CHF 5.00"


def test_says_the_change_of_a_rate_in_percentage_points() -> None:
    assert numbers.change(0.25, 0.312, Unit.PERCENT, "zh") == "-6.2 个百分点"
    assert numbers.change(0.312, 0.25, Unit.PERCENT, "en") == "+6.2 percentage points"


def test_says_the_change_of_an_amount_with_its_sign() -> None:
    assert numbers.change(232, 214, Unit.COUNT, "zh") == "+18"
    assert numbers.change(100_000, 150_000, Unit.CURRENCY, "en") == "-¥50K"
    assert numbers.change(1, None, Unit.COUNT, "zh") == "–"


def test_has_no_relative_change_from_nothing() -> None:
    assert numbers.change_rate(5, 0) == "–"
    assert numbers.change_rate(150, 100) == "+50.0%"
    assert numbers.change_rate(-5, -10) == "+50.0%"


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [
        (None, "zh", "–"),
        (True, "zh", "是"),
        (False, "en", "no"),
        (date(2026, 10, 31), "zh", "2026-10-31"),
        (datetime(2026, 10, 31, 8, 5), "zh", "2026-10-31 08:05:00"),
        ("上海", "en", "上海"),
    ],
)
def test_writes_any_cell(value: str | bool | date | None, language: Language, written: str) -> None:
    assert numbers.cell(value, None, language) == written


def test_writes_days_in_words() -> None:
    assert numbers.day(date(2026, 10, 31), "zh") == "2026年10月31日"
    assert numbers.day(date(2026, 10, 31), "en") == "31 October 2026"
