"""The demo company's festivals against the notices of the State Council and the lunar calendar, written down by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import semantic_layer.examples
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.load import load_model
from semantic_layer.model.types import SemanticModel
from semantic_layer.query.time import Holiday

RETAIL = Path(semantic_layer.examples.__file__).parent / "retail" / "model"
YEARS = (2024, 2025, 2026)

# Public holidays as published: first day off, last day off.
HOLIDAYS = {
    "元旦": ("2023-12-30..2024-01-01", "2025-01-01..2025-01-01", "2026-01-01..2026-01-03"),
    "春节": ("2024-02-10..2024-02-17", "2025-01-28..2025-02-04", "2026-02-15..2026-02-23"),
    "清明": ("2024-04-04..2024-04-06", "2025-04-04..2025-04-06", "2026-04-04..2026-04-06"),
    "五一": ("2024-05-01..2024-05-05", "2025-05-01..2025-05-05", "2026-05-01..2026-05-05"),
    "端午": ("2024-06-08..2024-06-10", "2025-05-31..2025-06-02", "2026-06-19..2026-06-21"),
    "国庆": ("2024-10-01..2024-10-07", "2025-10-01..2025-10-08", "2026-10-01..2026-10-07"),
}
# The day itself.
DAYS = {
    "除夕": ("2024-02-09", "2025-01-28", "2026-02-16"),
    "春节": ("2024-02-10", "2025-01-29", "2026-02-17"),
    "小年": ("2024-02-02", "2025-01-22", "2026-02-10"),
    "腊八": ("2024-01-18", "2025-01-07", "2026-01-26"),
    "元宵": ("2024-02-24", "2025-02-12", "2026-03-03"),
    "清明": ("2024-04-04", "2025-04-04", "2026-04-05"),
    "端午": ("2024-06-10", "2025-05-31", "2026-06-19"),
    "七夕": ("2024-08-10", "2025-08-29", "2026-08-19"),
    "中元节": ("2024-08-18", "2025-09-06", "2026-08-27"),
    "中秋": ("2024-09-17", "2025-10-06", "2026-09-25"),
    "重阳": ("2024-10-11", "2025-10-29", "2026-10-18"),
    "冬至": ("2024-12-21", "2025-12-21", "2026-12-22"),
    "母亲节": ("2024-05-12", "2025-05-11", "2026-05-10"),
    "父亲节": ("2024-06-16", "2025-06-15", "2026-06-21"),
    "感恩节": ("2024-11-28", "2025-11-27", "2026-11-26"),
    "黑五": ("2024-11-29", "2025-11-28", "2026-11-27"),
    "网络星期一": ("2024-12-02", "2025-12-01", "2026-11-30"),
    **{
        name: tuple(f"{year}-{day}" for year in YEARS)
        for name, day in {
            "元旦": "01-01", "情人节": "02-14", "38节": "03-08", "五一": "05-01", "青年节": "05-04", "520": "05-20", "儿童节": "06-01",
            "618": "06-18", "99大促": "09-09", "教师节": "09-10", "国庆": "10-01", "万圣节": "10-31", "双11": "11-11", "双12": "12-12",
            "圣诞": "12-25",
        }.items()
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> SemanticModel:
    return load_model(RETAIL)


def named(model: SemanticModel, word: str) -> str:
    (name,) = [f.name for f in model.festivals if word in (f.words.label.zh, *f.words.synonyms)]
    return name


def calendar(model: SemanticModel) -> CompanyCalendar:
    return CompanyCalendar(model.conventions, model.festivals, date(2026, 12, 31))


@pytest.mark.parametrize(("word", "expected"), HOLIDAYS.items())
def test_days_off_are_those_that_were_published(model: SemanticModel, word: str, expected: tuple[str, ...]) -> None:
    spans = [calendar(model).resolve(Holiday(named(model, word), year=year)) for year in YEARS]
    assert tuple(f"{span.start}..{span.end}" for span in spans) == expected


@pytest.mark.parametrize(("word", "expected"), DAYS.items())
def test_the_day_itself_is_right(model: SemanticModel, word: str, expected: tuple[str, ...]) -> None:
    spans = [calendar(model).resolve(Holiday(named(model, word), year=year, day_only=True)) for year in YEARS]
    assert tuple(str(span.start) for span in spans) == expected


@pytest.mark.parametrize("word", ["年货节", "618", "双11", "双12", "三八节", "99大促"])
def test_shopping_seasons_are_known_for_all_years(model: SemanticModel, word: str) -> None:
    assert {calendar(model).resolve(Holiday(named(model, word), year=year)).start.year for year in YEARS} == set(YEARS)


def test_the_two_big_sales_have_presales_that_end_the_day_before(model: SemanticModel) -> None:
    for word in ("618", "双11"):
        for year in YEARS:
            name = named(model, word)
            presale = calendar(model).resolve(Holiday(name, year=year, phase="presale"))
            sale = calendar(model).resolve(Holiday(name, year=year))
            assert (sale.start - presale.end).days == 1


def test_a_year_outside_the_table_says_which_years_it_has(model: SemanticModel) -> None:
    for festival in model.festivals:
        with pytest.raises(InvalidPlanError) as caught:
            calendar(model).resolve(Holiday(festival.name, year=2031))
        assert "已有的年份：2024, 2025, 2026" in caught.value.message.zh
        assert "the years it has: 2024, 2025, 2026" in caught.value.message.en
        assert caught.value.suggestions == ("2024", "2025", "2026")
