"""Fiscal years made of whole weeks, against the calendar that the National Retail Federation prints (4-5-4).

fiscal year   begins        ends          weeks
2022          2022-01-30    2023-01-28    52
2023          2023-01-29    2024-02-03    53
2024          2024-02-04    2025-02-01    52
2025          2025-02-02    2026-01-31    52
2026          2026-02-01    2027-01-30    52
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.calendar.fiscal import FiscalCalendar
from semantic_layer.calendar.resolve import CompanyCalendar, DateSpan
from semantic_layer.model.grain import FiscalWeeks
from semantic_layer.model.types import Conventions
from semantic_layer.query.time import Calendar, Comparison, Grain

M, Q, Y = Grain.MONTH, Grain.QUARTER, Grain.YEAR
RETAIL = FiscalWeeks(pattern=(4, 5, 4), weekday=6, month=1, rule="nearest", named_by="start")


def company(as_of: str, weeks: FiscalWeeks = RETAIL) -> CompanyCalendar:
    return CompanyCalendar(Conventions(fiscal_weeks=weeks), (), date.fromisoformat(as_of))


def span(start: str, end: str) -> DateSpan:
    return DateSpan(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("number", "start", "end"),
    [
        (2022, "2022-01-30", "2023-01-28"),
        (2023, "2023-01-29", "2024-02-03"),
        (2024, "2024-02-04", "2025-02-01"),
        (2025, "2025-02-02", "2026-01-31"),
        (2026, "2026-02-01", "2027-01-30"),
    ],
)
def test_years_begin_and_end_as_printed(number: int, start: str, end: str) -> None:
    assert FiscalCalendar(Conventions(fiscal_weeks=RETAIL)).numbered(number) == span(start, end)


@pytest.mark.parametrize(
    ("pattern", "months"),
    [
        ((4, 4, 5), ["2026-02-01", "2026-03-01", "2026-03-29"]),
        ((4, 5, 4), ["2026-02-01", "2026-03-01", "2026-04-05"]),
        ((5, 4, 4), ["2026-02-01", "2026-03-08", "2026-04-05"]),
    ],
)
def test_months_are_as_long_as_the_pattern_says(pattern: tuple[int, int, int], months: list[str]) -> None:
    weeks = FiscalWeeks(pattern=pattern, weekday=6, month=1, rule="nearest")
    calendar = FiscalCalendar(Conventions(fiscal_weeks=weeks))
    first = date(2026, 2, 1)
    assert [calendar.period(first, M, at).start.isoformat() for at in range(3)] == months
    assert calendar.period(first, M, 3).start == date(2026, 5, 3)  # each quarter has thirteen weeks


def test_this_and_last_periods_are_fiscal_ones() -> None:
    today = company("2026-10-31")  # the last day of fiscal October, the last month of the third quarter
    assert today.resolve(Calendar(M, 0, fiscal=True)) == span("2026-10-04", "2026-10-31")
    assert today.resolve(Calendar(M, -1, fiscal=True)) == span("2026-08-30", "2026-10-03")  # five weeks
    assert today.resolve(Calendar(Q, 0, fiscal=True)) == span("2026-08-02", "2026-10-31")
    assert today.resolve(Calendar(Q, -3, fiscal=True)) == span("2025-11-02", "2026-01-31")
    assert today.resolve(Calendar(Y, -1, fiscal=True)) == span("2025-02-02", "2026-01-31")
    assert company("2026-11-01").resolve(Calendar(Q, 0, fiscal=True)) == span("2026-11-01", "2026-11-01")


def test_the_last_saturday_is_another_day_than_the_nearest_one() -> None:
    last = FiscalWeeks(pattern=(4, 4, 5), weekday=6, month=1, rule="last", named_by="start")
    calendar = FiscalCalendar(Conventions(fiscal_weeks=last))
    assert calendar.numbered(2023) == span("2023-01-29", "2024-01-27")
    assert calendar.numbered(2025) == span(
        "2025-01-26", "2026-01-31"
    )  # 53 weeks, two years later than by the other rule


def test_a_year_is_called_by_the_end_that_the_company_says() -> None:
    by_end = FiscalWeeks(pattern=(4, 4, 5), weekday=6, month=1, rule="nearest")
    assert FiscalCalendar(Conventions(fiscal_weeks=by_end)).numbered(2026) == span("2025-02-02", "2026-01-31")
    december = FiscalWeeks(pattern=(4, 4, 5), weekday=5, month=12, rule="nearest", named_by="start")
    assert FiscalCalendar(Conventions(fiscal_weeks=december)).numbered(2026) == span("2026-01-03", "2027-01-01")


# ---- a 53rd week


def test_week_one_meets_week_one_after_a_year_of_53_weeks() -> None:
    """The year before began a week earlier than 52 weeks ago."""
    found = company("2024-02-10").compare(Calendar(Y, 0, fiscal=True), Comparison.YEAR_BEFORE)
    assert found == span("2023-01-29", "2023-02-04")


def test_the_53rd_week_of_the_year_before_is_left_out_and_said() -> None:
    today = company("2025-03-01")  # fiscal 2024 is over
    time = Calendar(Y, -1, fiscal=True)
    assert today.compare(time, Comparison.YEAR_BEFORE) == span("2023-01-29", "2024-01-27")
    note = today.comparison_note(time, Comparison.YEAR_BEFORE)
    assert note is not None
    assert "第 53 周（2024-01-28 至 2024-02-03）没有计入" in note.zh
    assert "week 53 (2024-01-28 to 2024-02-03) is left out" in note.en


def test_a_53rd_week_without_a_week_to_meet_is_said() -> None:
    today = company("2024-02-10")
    for time, before in (
        (Calendar(Y, -1, fiscal=True), span("2022-01-30", "2023-01-28")),
        (Calendar(Q, -1, fiscal=True), span("2022-10-30", "2023-01-28")),
        (Calendar(M, -1, fiscal=True), span("2023-01-01", "2023-01-28")),
    ):
        assert today.compare(time, Comparison.YEAR_BEFORE) == before
        note = today.comparison_note(time, Comparison.YEAR_BEFORE)
        assert note is not None
        assert "2023 财年有 53 周，2022 财年有 52 周" in note.zh
        assert "week 53 (2024-01-28 to 2024-02-03) has none to meet" in note.en


def test_years_of_the_same_length_need_no_note() -> None:
    assert company("2026-10-31").comparison_note(Calendar(Y, -1, fiscal=True), Comparison.YEAR_BEFORE) is None
    assert company("2024-02-10").comparison_note(Calendar(Q, -2, fiscal=True), Comparison.YEAR_BEFORE) is None


def test_the_period_before_is_the_fiscal_one_before() -> None:
    today = company("2026-10-20")
    found = today.compare(Calendar(M, 0, fiscal=True), Comparison.PERIOD_BEFORE)
    assert found == span("2026-08-30", "2026-09-15")  # as many days of the month of five weeks
    whole = today.compare(Calendar(M, -1, fiscal=True), Comparison.PERIOD_BEFORE)
    assert whole == span("2026-08-02", "2026-08-29")


@given(
    day=st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    pattern=st.sampled_from([(4, 4, 5), (4, 5, 4), (5, 4, 4)]),
    weekday=st.integers(1, 7),
    month=st.integers(1, 12),
    nearest=st.booleans(),
)
def test_months_quarters_and_years_cut_time_without_gaps(
    day: date, pattern: tuple[int, int, int], weekday: int, month: int, *, nearest: bool
) -> None:
    weeks = FiscalWeeks(pattern=pattern, weekday=weekday, month=month, rule="nearest" if nearest else "last")
    calendar = FiscalCalendar(Conventions(fiscal_weeks=weeks))
    year = calendar.week_year(day)
    assert day in year.span
    assert year.weeks in (52, 53)
    assert year.span.end.isoweekday() == weekday
    months = [year.period(M, at) for at in range(12)]
    assert months[0].start == year.span.start
    assert months[-1].end == year.span.end
    assert all(one.end + timedelta(days=1) == other.start for one, other in pairwise(months))
    assert sum(each.days for each in months) == year.span.days
    assert [year.period(Q, at).start for at in range(4)] == [each.start for each in months[::3]]
    assert calendar.period(day, M, 0).start in [each.start for each in months]
    assert day in calendar.period(day, M, 0)
