"""ISO weeks by number, against a printed calendar: 2015, 2020 and 2026 have 53 of them, 2024 and 2025 have 52."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.calendar.weeks import iso_week, weeks_in
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.types import Conventions
from semantic_layer.query.time import Span

CALENDAR = CompanyCalendar(Conventions(), (), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("year", "number", "start", "end"),
    [
        (2026, 1, "2025-12-29", "2026-01-04"),  # the first one holds the year's first Thursday
        (2026, 45, "2026-11-02", "2026-11-08"),
        (2026, 53, "2026-12-28", "2027-01-03"),
        (2020, 53, "2020-12-28", "2021-01-03"),
        (2021, 1, "2021-01-04", "2021-01-10"),
        (2024, 52, "2024-12-23", "2024-12-29"),
    ],
)
def test_a_numbered_week_is_the_iso_week(year: int, number: int, start: str, end: str) -> None:
    assert iso_week(year, number) == Span(date.fromisoformat(start), date.fromisoformat(end))


def test_the_company_s_own_first_day_of_the_week_does_not_move_numbered_weeks() -> None:
    sunday = CompanyCalendar(Conventions(week_start="sunday"), (), date(2026, 10, 31))
    assert sunday.week(40, 2026) == CALENDAR.week(40, 2026) == Span(date(2026, 9, 28), date(2026, 10, 4))


@pytest.mark.parametrize(("year", "number"), [(2025, 53), (2024, 53), (2026, 54), (2026, 0)])
def test_a_week_that_the_year_has_not_is_refused_with_its_last_one(year: int, number: int) -> None:
    last = {2024: "52", 2025: "52", 2026: "53"}[year]
    with pytest.raises(InvalidPlanError) as caught:
        iso_week(year, number)
    assert f"最后一周是第 {last} 周" in caught.value.message.zh
    assert f"its last is week {last}" in caught.value.message.en
    assert caught.value.suggestions == (f"{year}-W{last}",)


@pytest.mark.parametrize(
    ("number", "start"),
    [
        (44, "2026-10-26"),  # has begun
        (45, "2025-11-03"),  # that of 2026 has not
        (53, "2020-12-28"),  # that of 2026 has not, and no year between has one
    ],
)
def test_without_a_year_it_is_the_latest_that_has_begun(number: int, start: str) -> None:
    assert CALENDAR.week(number).start == date.fromisoformat(start)


@pytest.mark.parametrize("number", [0, 54])
def test_there_is_no_such_week_in_any_year(number: int) -> None:
    with pytest.raises(InvalidPlanError):
        CALENDAR.week(number)


@given(year=st.integers(1950, 2100))
def test_weeks_follow_each_other_without_gaps(year: int) -> None:
    starts = [iso_week(year, number).start for number in range(1, weeks_in(year) + 1)]
    assert all(start is not None and start.weekday() == 0 for start in starts)
    following = [start + timedelta(days=7) for start in starts if start is not None]
    assert following == [*starts[1:], iso_week(year + 1, 1).start]
