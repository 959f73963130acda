"""Presales, waves and the days beside a festival, on tables small enough to check by eye.

double_11     presale             sale                 day itself
2024          10-14 … 10-31       11-01 … 11-11        11-11
2025          10-15 … 10-31       11-01 … 11-11        11-11
2026          10-15 … 10-31       11-01 … 11-11        11-11      today is 2026-10-31

june          wave 1              wave 2
2025          06-01 … 06-18       -
2026          05-31 … 06-03       06-15 … 06-20
"""

from __future__ import annotations

from datetime import date

import pytest

from semantic_layer.calendar.resolve import CompanyCalendar, DateSpan
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import Conventions, Festival, Words
from semantic_layer.query.time import Across, Beside, Comparison, Grain, Holiday, TimeRange

D, W = Grain.DAY, Grain.WEEK
FESTIVALS = (
    Festival(
        name="double_11",
        words=Words(label=Text("双11", "Double 11")),
        spans=tuple((f"{year}-11-01", f"{year}-11-11") for year in (2024, 2025, 2026)),
        days=("2024-11-11", "2025-11-11", "2026-11-11"),
        presales=(("2024-10-14", "2024-10-31"), ("2025-10-15", "2025-10-31"), ("2026-10-15", "2026-10-31")),
    ),
    Festival(
        name="june",
        words=Words(label=Text("618", "618")),
        spans=(("2025-06-01", "2025-06-18"), ("2026-05-31", "2026-06-03"), ("2026-06-15", "2026-06-20")),
        days=("2025-06-18", "2026-06-01", "2026-06-18"),
        presales=(None, ("2026-05-20", "2026-05-30"), None),
    ),
    Festival(
        name="spring",
        words=Words(label=Text("春节", "Spring Festival")),
        spans=(("2025-01-28", "2025-02-04"), ("2026-02-15", "2026-02-23")),
        days=("2025-01-29", "2026-02-17"),
    ),
)


def calendar(as_of: str = "2026-10-31") -> CompanyCalendar:
    return CompanyCalendar(Conventions(), FESTIVALS, date.fromisoformat(as_of))


def span(start: str, end: str) -> DateSpan:
    return DateSpan(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("time", "start", "end"),
    [
        (Holiday("double_11", phase="presale"), "2026-10-15", "2026-10-31"),  # has begun; the sale itself has not
        (Holiday("double_11"), "2025-11-01", "2025-11-11"),
        (Holiday("double_11", phase="presale", offset=-1), "2025-10-15", "2025-10-31"),
        (Holiday("double_11", phase="presale", year=2024), "2024-10-14", "2024-10-31"),
        (Across(Holiday("double_11", phase="presale", offset=-1), Holiday("double_11")), "2025-10-15", "2025-11-11"),
        (Holiday("june", nth=1, year=2026), "2026-05-31", "2026-06-03"),
        (Holiday("june", nth=2, offset=0), "2026-06-15", "2026-06-20"),
        (Holiday("june", nth=2, year=2026, day_only=True), "2026-06-18", "2026-06-18"),
        (Holiday("june", nth=1), "2026-05-31", "2026-06-03"),
        (Holiday("june", year=2025), "2025-06-01", "2025-06-18"),
        (Holiday("june", phase="presale", year=2026), "2026-05-20", "2026-05-30"),
        (Beside(Holiday("spring", offset=0), 2, W, "before"), "2026-02-01", "2026-02-14"),
        (Beside(Holiday("spring", offset=0), 3, D, "after"), "2026-02-24", "2026-02-26"),
        (Beside(Holiday("spring", day_only=True), 1, D, "before"), "2026-02-16", "2026-02-16"),
    ],
)
def test_gives_the_days_meant(time: TimeRange, start: str, end: str) -> None:
    assert calendar().resolve(time) == span(start, end)


@pytest.mark.parametrize(
    ("as_of", "time", "start", "end"),
    [
        # a festival meets the same festival, a presale the same presale
        ("2026-10-20", Holiday("double_11", phase="presale"), "2025-10-15", "2025-10-20"),
        ("2025-12-01", Holiday("double_11", phase="presale"), "2024-10-14", "2024-10-31"),
        ("2026-10-31", Holiday("june", year=2026, nth=1), "2025-06-01", "2025-06-18"),
        # and the days beside it those beside it, although Spring Festival moved by 18 days
        ("2026-10-31", Beside(Holiday("spring", offset=0), 2, W, "before"), "2025-01-14", "2025-01-27"),
        ("2026-10-31", Beside(Holiday("spring"), 7, D, "after"), "2025-02-05", "2025-02-11"),
        ("2026-02-26", Beside(Holiday("spring"), 7, D, "after"), "2025-02-05", "2025-02-07"),
        (
            "2026-10-31",
            Across(Beside(Holiday("spring"), 1, W, "before"), Beside(Holiday("spring"), 1, W, "after")),
            "2025-01-21",
            "2025-02-11",
        ),
    ],
)
def test_the_year_before_lies_around_the_same_festival(as_of: str, time: TimeRange, start: str, end: str) -> None:
    assert calendar(as_of).compare(time, Comparison.YEAR_BEFORE) == span(start, end)


def test_the_period_before_days_beside_a_festival_is_the_days_before_them() -> None:
    time = Beside(Holiday("spring", offset=0), 7, D, "after")
    assert calendar().compare(time, Comparison.PERIOD_BEFORE) == span("2026-02-17", "2026-02-23")


def test_holidays_of_different_length_are_said() -> None:
    note = calendar().comparison_note(Holiday("spring", offset=0), Comparison.YEAR_BEFORE)
    assert note is not None
    assert "共 9 天" in note.zh
    assert "共 8 天" in note.zh
    assert "9 days" in note.en
    assert "the year before has 8" in note.en
    assert calendar().comparison_note(Holiday("double_11"), Comparison.YEAR_BEFORE) is None


@pytest.mark.parametrize(
    ("time", "zh", "en"),
    [
        (Holiday("double_11", phase="presale", year=2023), "2024, 2025, 2026", "no presale of Double 11 for 2023"),
        (Holiday("spring", phase="presale", year=2026), "定义里没有给出", "the definitions give none"),
        (Holiday("june", year=2026), "有 2 段", "has 2 parts: wave 1: 2026-05-31 – 2026-06-03; wave 2"),
        (Holiday("june", nth=3, year=2026), "618第 3 波", "no wave 3 of 618"),
        (Holiday("june", nth=2, year=2025), "已有的年份：2026", "the years it has: 2026"),
        (Holiday("june", phase="presale", year=2025), "已有的年份：2026", "the years it has: 2026"),
        (Beside(Holiday("spring"), 2, Grain.MONTH, "before"), "1 天或 1 周", "days or weeks"),
        (Beside(Holiday("spring"), 0, D, "after"), "1 天或 1 周", "days or weeks"),
    ],
)
def test_says_what_the_table_does_not_have(time: TimeRange, zh: str, en: str) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        calendar().resolve(time)
    assert zh in caught.value.message.zh
    assert en in caught.value.message.en


def test_a_wave_that_the_year_before_did_not_have_is_refused() -> None:
    with pytest.raises(InvalidPlanError) as caught:
        calendar().compare(Holiday("june", year=2026, nth=2), Comparison.YEAR_BEFORE)
    assert "wave 2" in caught.value.message.en
    assert "2025" in caught.value.message.en


@pytest.mark.parametrize(
    ("time", "zh", "en"),
    [
        (
            Holiday("double_11", phase="presale", offset=-1),
            "去年双11预售期 (2025-10-15 至 2025-10-31)",
            "Double 11 presale last year (2025-10-15 to 2025-10-31)",
        ),
        (
            Holiday("june", nth=2, year=2026),
            "2026年618第2波 (2026-06-15 至 2026-06-20)",
            "618 wave 2 2026 (2026-06-15 to 2026-06-20)",
        ),
        (
            Beside(Holiday("spring", offset=0), 2, W, "before"),
            "今年春节前 2 周 (2026-02-01 至 2026-02-14)",
            "the 2 weeks before Spring Festival this year (2026-02-01 to 2026-02-14)",
        ),
    ],
)
def test_is_called_by_what_was_said(time: TimeRange, zh: str, en: str) -> None:
    assert calendar().describe(time, "zh") == zh
    assert calendar().describe(time, "en") == en
