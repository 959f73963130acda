"""The company's calendar on 31 October 2026, and on days where months, weeks and years are not over."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.calendar.resolve import CompanyCalendar, DateSpan
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.grain import DATE_GRAINS
from semantic_layer.model.types import Conventions, Festival, Words
from semantic_layer.query.time import (
    Across,
    Against,
    Calendar,
    Comparison,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)

D, W, M, Q, Y = Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR
PERIOD, YEAR = Comparison.PERIOD_BEFORE, Comparison.YEAR_BEFORE
AS_OF = date(2026, 10, 31)

FESTIVALS = (
    Festival(
        name="double_11",
        words=Words(label=Text("双11", "Double 11")),
        spans=(("2024-11-01", "2024-11-11"), ("2025-11-01", "2025-11-11")),
        days=("2024-11-11", "2025-11-11"),
    ),
    Festival(
        name="618",
        words=Words(label=Text("618", "618")),
        spans=(("2025-06-01", "2025-06-18"), ("2026-06-01", "2026-06-18")),
        days=("2025-06-18", "2026-06-18"),
    ),
    Festival(
        name="spring",
        words=Words(label=Text("春节", "Spring Festival")),
        spans=(("2025-01-28", "2025-02-04"), ("2026-02-15", "2026-02-23")),
    ),
    Festival(
        name="national",
        words=Words(label=Text("国庆", "National Day")),
        spans=(("2025-10-01", "2025-10-08"), ("2026-10-01", "2026-10-07")),
    ),
    Festival(
        name="new_year",
        words=Words(label=Text("元旦", "New Year")),
        spans=(("2023-12-30", "2024-01-01"), ("2026-01-01", "2026-01-03")),
    ),
)


def calendar(as_of: date = AS_OF, **conventions: object) -> CompanyCalendar:
    return CompanyCalendar(Conventions(**conventions), FESTIVALS, as_of)  # type: ignore[arg-type]


def span(start: str, end: str) -> DateSpan:
    return DateSpan(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("time", "start", "end"),
    [
        (Rolling(3, M), "2026-08-01", "2026-10-31"),
        (Rolling(30, D), "2026-10-02", "2026-10-31"),
        (Rolling(1, D), "2026-10-31", "2026-10-31"),
        (Rolling(2, W), "2026-10-18", "2026-10-31"),
        (Rolling(12, M), "2025-11-01", "2026-10-31"),
        (Rolling(1, Y), "2025-11-01", "2026-10-31"),
        (Rolling(2, Q), "2026-05-01", "2026-10-31"),
        (Calendar(D, 0), "2026-10-31", "2026-10-31"),
        (Calendar(D, -1), "2026-10-30", "2026-10-30"),
        (Calendar(W, 0), "2026-10-26", "2026-10-31"),
        (Calendar(W, -1), "2026-10-19", "2026-10-25"),
        (Calendar(M, 0), "2026-10-01", "2026-10-31"),
        (Calendar(M, -1), "2026-09-01", "2026-09-30"),
        (Calendar(M, -8), "2026-02-01", "2026-02-28"),
        (Calendar(Q, 0), "2026-10-01", "2026-10-31"),
        (Calendar(Q, -1), "2026-07-01", "2026-09-30"),
        (Calendar(Y, 0), "2026-01-01", "2026-10-31"),
        (Calendar(Y, -1), "2025-01-01", "2025-12-31"),
        (Calendar(M, -1, "early"), "2026-09-01", "2026-09-10"),
        (Calendar(M, -1, "middle"), "2026-09-11", "2026-09-20"),
        (Calendar(M, -1, "late"), "2026-09-21", "2026-09-30"),
        (Calendar(M, -8, "late"), "2026-02-21", "2026-02-28"),
        (Calendar(Y, -1, "early"), "2025-01-01", "2025-06-30"),
        (Calendar(Y, 0, "late"), "2026-07-01", "2026-10-31"),
        (Span(date(2026, 9, 1), date(2026, 9, 30)), "2026-09-01", "2026-09-30"),
        (Span(date(2026, 9, 1), None), "2026-09-01", "2026-10-31"),
        (Span(date(2026, 1, 1), date(2026, 12, 31)), "2026-01-01", "2026-10-31"),
        (Holiday("double_11"), "2025-11-01", "2025-11-11"),
        (Holiday("double_11", day_only=True), "2025-11-11", "2025-11-11"),
        (Holiday("double_11", offset=-1), "2025-11-01", "2025-11-11"),
        (Holiday("618", offset=0), "2026-06-01", "2026-06-18"),
        (Holiday("618", year=2025), "2025-06-01", "2025-06-18"),
        (Holiday("national"), "2026-10-01", "2026-10-07"),
        (Holiday("new_year", year=2024), "2023-12-30", "2024-01-01"),
        (Across(Holiday("national", offset=-1), Holiday("spring", offset=0)), "2025-10-01", "2026-02-23"),
        (Across(Calendar(M, -3), Calendar(D, 0)), "2026-07-01", "2026-10-31"),
    ],
)
def test_gives_the_days_meant(time: TimeRange, start: str, end: str) -> None:
    assert calendar().resolve(time) == span(start, end)


def test_a_time_without_a_first_day_is_open_at_the_start() -> None:
    found = calendar().resolve(Span(None, date(2025, 12, 31)))
    assert found.open_start
    assert found.end == date(2025, 12, 31)


def test_weeks_may_start_on_sunday() -> None:
    assert calendar(week_start="sunday").resolve(Calendar(W, -1)) == span("2026-10-18", "2026-10-24")


def test_fiscal_years_start_where_the_company_says() -> None:
    april = calendar(fiscal_year_start=4)
    assert april.resolve(Calendar(Y, 0, fiscal=True)) == span("2026-04-01", "2026-10-31")
    assert april.resolve(Calendar(Y, -1, fiscal=True)) == span("2025-04-01", "2026-03-31")
    assert april.resolve(Calendar(Q, -1, fiscal=True)) == span("2026-07-01", "2026-09-30")
    assert april.resolve(april.fiscal_year(2026)) == span("2025-04-01", "2026-03-31")
    assert calendar().resolve(calendar().fiscal_year(2025)) == span("2025-01-01", "2025-12-31")


@pytest.mark.parametrize(
    ("as_of", "time", "against", "start", "end"),
    [
        # a period that is over: the whole one before
        ("2026-10-31", Calendar(M, -1), PERIOD, "2026-08-01", "2026-08-31"),
        ("2026-10-31", Calendar(M, -1), YEAR, "2025-09-01", "2025-09-30"),
        ("2026-10-31", Calendar(Q, -1), PERIOD, "2026-04-01", "2026-06-30"),
        ("2026-10-31", Calendar(Y, -1), PERIOD, "2024-01-01", "2024-12-31"),
        ("2026-10-31", Calendar(W, -1), PERIOD, "2026-10-12", "2026-10-18"),
        ("2026-10-31", Calendar(D, -1), PERIOD, "2026-10-29", "2026-10-29"),
        # the last day of the month: the month is over, so all of the one before
        ("2026-10-31", Calendar(M, 0), PERIOD, "2026-09-01", "2026-09-30"),
        ("2026-02-28", Calendar(M, 0), PERIOD, "2026-01-01", "2026-01-31"),
        # to date: as much of the one before
        ("2026-10-15", Calendar(M, 0), PERIOD, "2026-09-01", "2026-09-15"),
        ("2026-03-30", Calendar(M, 0), PERIOD, "2026-02-01", "2026-02-28"),
        ("2026-10-15", Calendar(M, 0), YEAR, "2025-10-01", "2025-10-15"),
        ("2026-10-31", Calendar(Q, 0), PERIOD, "2026-07-01", "2026-07-31"),
        ("2026-10-31", Calendar(Y, 0), PERIOD, "2025-01-01", "2025-10-31"),
        ("2026-10-31", Calendar(Y, 0), YEAR, "2025-01-01", "2025-10-31"),
        ("2026-10-28", Calendar(W, 0), PERIOD, "2026-10-19", "2026-10-21"),
        # weeks a year before keep their weekdays
        ("2026-10-31", Calendar(W, -1), YEAR, "2025-10-20", "2025-10-26"),
        # leap years
        ("2024-02-29", Calendar(D, 0), YEAR, "2023-02-28", "2023-02-28"),
        ("2024-03-10", Calendar(M, -1), YEAR, "2023-02-01", "2023-02-28"),
        ("2025-03-10", Calendar(M, -1), YEAR, "2024-02-01", "2024-02-29"),
        # rolling: the same length just before
        ("2026-10-31", Rolling(30, D), PERIOD, "2026-09-02", "2026-10-01"),
        ("2026-10-31", Rolling(3, M), PERIOD, "2026-05-01", "2026-07-31"),
        ("2026-10-31", Rolling(30, D), YEAR, "2025-10-02", "2025-10-31"),
        ("2026-10-31", Rolling(3, M), YEAR, "2025-08-01", "2025-10-31"),
        # thirds and halves
        ("2026-10-31", Calendar(M, -1, "early"), PERIOD, "2026-08-21", "2026-08-31"),
        ("2026-10-31", Calendar(M, -1, "late"), PERIOD, "2026-09-11", "2026-09-20"),
        ("2026-10-31", Calendar(Y, 0, "early"), PERIOD, "2025-07-01", "2025-12-31"),
        ("2026-10-31", Calendar(Y, 0, "early"), YEAR, "2025-01-01", "2025-06-30"),
        # fixed days that are whole months move by months; others by their length
        ("2026-10-31", Span(date(2026, 9, 1), date(2026, 9, 30)), PERIOD, "2026-08-01", "2026-08-31"),
        ("2026-10-31", Span(date(2026, 7, 1), date(2026, 9, 30)), PERIOD, "2026-04-01", "2026-06-30"),
        ("2026-10-31", Span(date(2026, 1, 1), date(2026, 12, 31)), PERIOD, "2025-01-01", "2025-10-31"),
        ("2026-10-31", Span(date(2026, 9, 5), date(2026, 9, 14)), PERIOD, "2026-08-26", "2026-09-04"),
        ("2026-10-31", Span(date(2026, 9, 5), date(2026, 9, 14)), YEAR, "2025-09-05", "2025-09-14"),
        # festivals meet festivals
        ("2026-10-31", Holiday("national"), PERIOD, "2025-10-01", "2025-10-08"),
        ("2026-10-31", Holiday("national"), YEAR, "2025-10-01", "2025-10-08"),
        ("2026-10-31", Holiday("618", offset=0, day_only=True), YEAR, "2025-06-18", "2025-06-18"),
        ("2026-10-03", Holiday("national", offset=0), YEAR, "2025-10-01", "2025-10-03"),
        (
            "2026-10-31",
            Across(Holiday("spring", year=2026), Holiday("618", year=2026)),
            YEAR,
            "2025-01-28",
            "2025-06-18",
        ),
        ("2026-10-31", Holiday("618", offset=0), Against(Holiday("618", offset=-1)), "2025-06-01", "2025-06-18"),
        ("2026-10-31", Calendar(M, -1), Against(Calendar(M, -3)), "2026-07-01", "2026-07-31"),
    ],
)
def test_compares_with_the_right_days(as_of: str, time: TimeRange, against: Comparison, start: str, end: str) -> None:
    assert calendar(date.fromisoformat(as_of)).compare(time, against) == span(start, end)


@pytest.mark.parametrize(
    ("time", "zh", "en"),
    [
        (Span(date(2026, 5, 1), date(2026, 3, 31)), "早于开始日", "contradicts itself"),
        (Across(Calendar(M, -1), Calendar(M, -3)), "早于开始日", "contradicts itself"),
        (Calendar(M, 1), "还没有到来", "in the future"),
        (Span(date(2027, 1, 1), None), "还没有到来", "in the future"),
        (Holiday("double_11", offset=0), "2024, 2025", "2024, 2025"),
        (Holiday("double_11", year=2019), "2024, 2025", "2024, 2025"),
        (Holiday("spring", day_only=True), "哪一天是当天", "which day"),
        (Rolling(0, D), "至少是 1", "at least 1"),
        (Rolling(5000, Y), "日历范围", "outside the calendar"),
        (Calendar(D, -10_000_000), "日历范围", "outside the calendar"),
        (Calendar(Q, -1, "early"), "只用于月份", "Only months"),
        (Calendar(Y, -1, "middle"), "只用于月份", "Only months"),
    ],
)
def test_says_what_is_wrong_with_a_time(time: TimeRange, zh: str, en: str) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        calendar().resolve(time)
    assert zh in caught.value.message.zh
    assert en in caught.value.message.en


@pytest.mark.parametrize(
    ("time", "zh", "en"),
    [
        (Rolling(24, Grain.HOUR), "今天", "today"),
        (Rolling(25, Grain.HOUR), "最近 2 天", "the last 2 days"),
        (Rolling(72, Grain.HOUR), "最近 3 天", "the last 3 days"),
        (Rolling(30, Grain.MINUTE), "今天", "today"),
        (Calendar(Grain.HOUR, -1), "今天", "today"),
    ],
)
def test_refuses_times_within_a_day_and_offers_the_nearest_days(time: TimeRange, zh: str, en: str) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        calendar().resolve(time)
    assert caught.value.suggestions == (zh, en)
    assert zh in caught.value.message.zh
    assert en in caught.value.message.en


def test_an_unknown_festival_is_named() -> None:
    with pytest.raises(UnknownNameError):
        calendar().resolve(Holiday("carnival"))


def test_a_time_without_a_first_day_has_no_period_before() -> None:
    with pytest.raises(InvalidPlanError):
        calendar().compare(Span(None, date(2025, 12, 31)), PERIOD)


@pytest.mark.parametrize(
    ("grain", "starts"),
    [
        (D, ["2026-09-29", "2026-09-30", "2026-10-01"]),
        (W, ["2026-09-28"]),
        (M, ["2026-09-01", "2026-10-01"]),
        (Q, ["2026-07-01", "2026-10-01"]),
        (Y, ["2026-01-01"]),
    ],
)
def test_lists_the_periods_a_span_touches(grain: Grain, starts: list[str]) -> None:
    found = calendar().periods(span("2026-09-29", "2026-10-01"), grain)
    assert [day.isoformat() for day in found] == starts


@pytest.mark.parametrize(
    ("time", "zh", "en"),
    [
        (Rolling(3, M), "最近 3 个月 (2026-08-01 至 2026-10-31)", "last 3 months (2026-08-01 to 2026-10-31)"),
        (Calendar(M, -1), "上个月 (2026年9月)", "last month (Sep 2026)"),
        (Calendar(Q, -1), "上季度 (2026年第三季度)", "last quarter (Q3 2026)"),
        (Calendar(Y, -1), "去年 (2025年)", "last year (2025)"),
        (Calendar(D, -1), "昨天 (2026-10-30)", "yesterday (2026-10-30)"),
        (
            Calendar(M, -1, "early"),
            "上个月上旬 (2026-09-01 至 2026-09-10)",
            "first ten days of last month (2026-09-01 to 2026-09-10)",
        ),
        (
            Calendar(Y, -1, "late"),
            "去年下半年 (2025-07-01 至 2025-12-31)",
            "second half of last year (2025-07-01 to 2025-12-31)",
        ),
        (Calendar(M, -5), "5 个月前 (2026年5月)", "5 months ago (May 2026)"),
        (Span(date(2026, 9, 1), date(2026, 9, 30)), "2026年9月", "Sep 2026"),
        (Span(None, date(2025, 12, 31)), "截至 2025-12-31", "up to 2025-12-31"),
        (Holiday("618", offset=0), "今年618 (2026-06-01 至 2026-06-18)", "618 this year (2026-06-01 to 2026-06-18)"),
        (
            Holiday("double_11", year=2025, day_only=True),
            "2025年双11当天 (2025-11-11)",
            "Double 11 day 2025 (2025-11-11)",
        ),
        (
            Across(Holiday("national", offset=-1), Holiday("spring", offset=0)),
            "从去年国庆到今年春节 (2025-10-01 至 2026-02-23)",
            "from National Day last year to Spring Festival this year (2025-10-01 to 2026-02-23)",
        ),
    ],
)
def test_describes_a_time_in_both_languages(time: TimeRange, zh: str, en: str) -> None:
    assert calendar().describe(time, "zh") == zh
    assert calendar().describe(time, "en") == en


days = st.dates(min_value=date(2015, 1, 1), max_value=date(2035, 12, 31))
times = st.one_of(
    st.builds(Rolling, st.integers(1, 40), st.sampled_from(DATE_GRAINS)),
    st.builds(Calendar, st.sampled_from(DATE_GRAINS), st.integers(-30, 0)),
)


@settings(deadline=None)
@given(as_of=days, time=times)
def test_no_resolved_time_goes_beyond_today(as_of: date, time: TimeRange) -> None:
    found = calendar(as_of).resolve(time)
    assert found.start <= found.end <= as_of


@settings(deadline=None)
@given(as_of=days, time=times)
def test_the_period_before_ends_before_the_time_starts(as_of: date, time: TimeRange) -> None:
    company = calendar(as_of)
    assert company.compare(time, PERIOD).end < company.resolve(time).start


@settings(deadline=None)
@given(as_of=days, count=st.integers(1, 400))
def test_rolling_days_and_those_before_are_equally_many_and_adjacent(as_of: date, count: int) -> None:
    company = calendar(as_of)
    now, before = company.resolve(Rolling(count, D)), company.compare(Rolling(count, D), PERIOD)
    assert now.days == before.days == count
    assert before.end + timedelta(days=1) == now.start


@settings(deadline=None)
@given(as_of=days, offset=st.integers(-40, -1), unit=st.sampled_from([D, W, M, Q, Y]))
def test_the_period_before_a_past_period_is_the_one_before_it(as_of: date, offset: int, unit: Grain) -> None:
    company = calendar(as_of)
    assert company.compare(Calendar(unit, offset), PERIOD) == company.resolve(Calendar(unit, offset - 1))


@settings(deadline=None)
@given(first=days, length=st.integers(0, 500), grain=st.sampled_from(DATE_GRAINS))
def test_periods_cover_the_span_without_gaps(first: date, length: int, grain: Grain) -> None:
    company = calendar()
    within = DateSpan(first, first + timedelta(days=length))
    starts = company.periods(within, grain)
    assert starts[0] <= within.start
    assert all(company.start_of(day, grain) == day for day in starts)
    assert all(earlier < later for earlier, later in pairwise(starts))
    assert company.start_of(within.end, grain) == starts[-1]
