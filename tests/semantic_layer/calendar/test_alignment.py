"""The year before by date, by weekday and by festival, on dates read off a calendar.

2026-10-05 is a Monday, 2025-10-05 a Sunday, 2025-10-06 a Monday.
Spring Festival begins on 2026-02-15 and on 2025-01-28: 383 days apart.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.calendar.resolve import CompanyCalendar, DateSpan
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.types import Conventions, Festival, Words
from semantic_layer.query.codec import decode_query, encode
from semantic_layer.query.time import Aligned, Calendar, CompareTo, Comparison, Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import Query
from semantic_layer.restate.parts import comparison

YEAR, WEEKDAY, SPRING = Comparison.YEAR_BEFORE, Comparison.YEAR_BEFORE_WEEKDAY, Aligned("spring")
FESTIVALS = (
    Festival(
        name="spring",
        words=Words(label=Text("春节", "Spring Festival")),
        spans=(("2024-02-10", "2024-02-17"), ("2025-01-28", "2025-02-04"), ("2026-02-15", "2026-02-23")),
        days=("2024-02-10", "2025-01-29", "2026-02-17"),
    ),
)


def calendar(as_of: str = "2026-10-31") -> CompanyCalendar:
    return CompanyCalendar(Conventions(), FESTIVALS, date.fromisoformat(as_of))


def span(start: str, end: str) -> DateSpan:
    return DateSpan(date.fromisoformat(start), date.fromisoformat(end))


def days(start: str, end: str) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("time", "against", "start", "end"),
    [
        # Monday to Sunday
        (days("2026-10-05", "2026-10-11"), YEAR, "2025-10-05", "2025-10-11"),  # Sunday to Saturday
        (days("2026-10-05", "2026-10-11"), WEEKDAY, "2025-10-06", "2025-10-12"),  # Monday to Sunday
        (Calendar(Grain.MONTH, -1), WEEKDAY, "2025-09-02", "2025-10-01"),  # from a Tuesday to a Wednesday, both
        (Calendar(Grain.DAY, 0), WEEKDAY, "2025-11-01", "2025-11-01"),  # a Saturday and a Saturday
        (Rolling(7, Grain.DAY), WEEKDAY, "2025-10-26", "2025-11-01"),
        # the two weeks before Spring Festival, and the days around it
        (days("2026-02-01", "2026-02-14"), SPRING, "2025-01-14", "2025-01-27"),
        (days("2026-02-10", "2026-02-28"), SPRING, "2025-01-23", "2025-02-10"),
        (Calendar(Grain.MONTH, -8), SPRING, "2025-01-14", "2025-02-10"),  # February 2026
        (days("2025-01-15", "2025-02-15"), SPRING, "2024-01-28", "2024-02-28"),
    ],
)
def test_meets_the_right_days(time: TimeRange, against: CompareTo, start: str, end: str) -> None:
    assert calendar().compare(time, against) == span(start, end)


def test_a_period_that_is_not_over_is_held_against_as_many_days() -> None:
    assert calendar("2026-10-10").compare(Calendar(Grain.MONTH, 0), WEEKDAY) == span("2025-10-02", "2025-10-11")
    assert calendar("2026-02-08").compare(days("2026-02-01", "2026-02-14"), SPRING) == span("2025-01-14", "2025-01-21")


@pytest.mark.parametrize("against", [WEEKDAY, SPRING])
def test_a_time_without_a_first_day_cannot_be_aligned(against: CompareTo) -> None:
    with pytest.raises(InvalidPlanError, match="first day"):
        calendar().compare(Span(None, date(2026, 2, 14)), against)


def test_a_festival_too_far_away_or_too_early_is_refused_with_the_years_known() -> None:
    with pytest.raises(InvalidPlanError, match="2024, 2025, 2026"):
        calendar().compare(days("2022-06-01", "2022-06-30"), SPRING)  # a year and a half before the first one known
    with pytest.raises(InvalidPlanError, match="no Spring Festival for 2023"):
        calendar().compare(days("2024-02-01", "2024-02-14"), SPRING)  # the year before is not in the table


def test_an_unknown_festival_is_named() -> None:
    with pytest.raises(UnknownNameError, match="carnival"):
        calendar().compare(days("2026-02-01", "2026-02-14"), Aligned("carnival"))


def test_a_leap_day_has_no_day_to_meet_and_that_is_said() -> None:
    leap = days("2024-02-29", "2024-02-29")
    assert calendar().compare(leap, YEAR) == span("2023-02-28", "2023-02-28")
    note = calendar().comparison_note(leap, YEAR)
    assert note is not None
    assert "2024-02-29 在上一年没有对应的一天" in note.zh
    assert "held against 2023-02-28" in note.en
    assert calendar().comparison_note(days("2024-02-01", "2024-02-29"), YEAR) is None  # a whole month


@pytest.mark.parametrize(
    ("against", "grain", "allowed"),
    [
        (WEEKDAY, Grain.MONTH, ("day", "week")),
        (WEEKDAY, Grain.YEAR, ("day", "week")),
        (SPRING, Grain.WEEK, ("day",)),
        (SPRING, Grain.QUARTER, ("day",)),
    ],
)
def test_periods_that_would_not_meet_are_refused(against: CompareTo, grain: Grain, allowed: tuple[str, ...]) -> None:
    """30 September moved by 52 weeks is 1 October: by month it would be held against the wrong one."""
    with pytest.raises(InvalidPlanError) as refused:
        calendar().check_comparison(Calendar(Grain.MONTH, -1), against, grain)
    assert refused.value.suggestions == allowed


@pytest.mark.parametrize(
    ("against", "grain"), [(WEEKDAY, Grain.DAY), (WEEKDAY, Grain.WEEK), (SPRING, Grain.DAY), (YEAR, Grain.MONTH)]
)
def test_periods_that_meet_are_let_through(against: CompareTo, grain: Grain) -> None:
    calendar().check_comparison(Calendar(Grain.MONTH, -1), against, grain)


@pytest.mark.parametrize("against", [WEEKDAY, SPRING, YEAR])
def test_is_stored_and_read_back(against: CompareTo) -> None:
    query = Query(metrics=("sales",), time=days("2026-02-01", "2026-02-14"), compare_to=(against,))
    assert decode_query(encode(query)) == query


@pytest.mark.parametrize(
    ("against", "zh", "en"),
    [
        (WEEKDAY, "对比去年同期（按星期对齐）", "vs last year, aligned by weekday"),
        (SPRING, "对比去年（按春节对齐）", "vs last year, aligned by Spring Festival"),
    ],
)
def test_is_called_in_both_languages(against: CompareTo, zh: str, en: str) -> None:
    assert comparison(against, "zh", FESTIVALS) == zh
    assert comparison(against, "en", FESTIVALS) == en


@given(first=st.dates(date(2015, 1, 1), date(2026, 10, 31)), length=st.integers(0, 400))
def test_weekdays_meet_weekdays(first: date, length: int) -> None:
    last = min(first + timedelta(days=length), date(2026, 10, 31))
    found = calendar().compare(Span(first, last), WEEKDAY)
    assert found.days == (last - first).days + 1
    assert found.start.weekday() == first.weekday()
    assert (first - found.start).days == 364
