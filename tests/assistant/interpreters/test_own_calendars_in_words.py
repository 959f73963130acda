"""Weeks by number, weekends, presales, days beside a festival, alignments and fiscal weeks, as people say them on 2026-10-31."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.times import TimeFinder, TimeMention
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Text
from semantic_layer.model.grain import FiscalWeeks
from semantic_layer.model.types import Conventions, Festival, Words
from semantic_layer.query.time import (
    Across,
    Against,
    Aligned,
    Beside,
    Calendar,
    CompareTo,
    Comparison,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)

D, W, M, Q, Y = Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR
WEEKDAY = Comparison.YEAR_BEFORE_WEEKDAY
FESTIVALS = (
    Festival(
        name="double_11",
        words=Words(label=Text("双11", "Double 11"), synonyms=("双十一", "Singles' Day")),
        spans=(("2024-11-01", "2024-11-11"), ("2025-11-01", "2025-11-11")),
        days=("2024-11-11", "2025-11-11"),
        presales=(("2024-10-14", "2024-10-31"), ("2025-10-15", "2025-10-31")),
    ),
    Festival(
        name="618",
        words=Words(label=Text("618", "618")),
        spans=(("2025-06-01", "2025-06-18"), ("2026-05-31", "2026-06-03"), ("2026-06-15", "2026-06-20")),
        days=("2025-06-18", "2026-06-01", "2026-06-18"),
    ),
    Festival(
        name="spring",
        words=Words(label=Text("春节", "Spring Festival"), synonyms=("Chinese New Year",)),
        spans=(("2024-02-10", "2024-02-17"), ("2025-01-28", "2025-02-04"), ("2026-02-15", "2026-02-23")),
    ),
)


def finder(**conventions: object) -> TimeFinder:
    return TimeFinder(CompanyCalendar(Conventions(**conventions), FESTIVALS, date(2026, 10, 31)))  # type: ignore[arg-type]


def found(text: str, **conventions: object) -> tuple[TimeMention, ...]:
    return finder(**conventions).find(normalise(text).text)


def week(start: str, end: str) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("phrase", "time"),
    [
        ("2026年第40周", week("2026-09-28", "2026-10-04")),
        ("2026年40周", week("2026-09-28", "2026-10-04")),
        ("2020年第53周", week("2020-12-28", "2021-01-03")),
        ("去年第1周", week("2024-12-30", "2025-01-05")),
        ("第40周", week("2026-09-28", "2026-10-04")),
        ("第四十周", week("2026-09-28", "2026-10-04")),
        ("第45周", week("2025-11-03", "2025-11-09")),  # that of this year has not begun
        ("week 40 of 2026", week("2026-09-28", "2026-10-04")),
        ("week 40, 2026", week("2026-09-28", "2026-10-04")),
        ("2026-W40", week("2026-09-28", "2026-10-04")),
        ("ISO week 40", week("2026-09-28", "2026-10-04")),
        ("week 1 of last year", week("2024-12-30", "2025-01-05")),
        ("上周末", week("2026-10-24", "2026-10-25")),
        ("上上周末", week("2026-10-17", "2026-10-18")),
        ("last weekend", week("2026-10-24", "2026-10-25")),
        ("本周末", week("2026-10-31", "2026-11-01")),
        ("this weekend", week("2026-10-31", "2026-11-01")),
        ("双11预售", Holiday("double_11", phase="presale")),
        ("双十一预售期", Holiday("double_11", phase="presale")),
        ("去年双11预售期间", Holiday("double_11", offset=-1, phase="presale")),
        ("2024年双11预售期", Holiday("double_11", year=2024, phase="presale")),
        ("Double 11 presale", Holiday("double_11", phase="presale")),
        ("last year's Singles' Day pre-sale", Holiday("double_11", offset=-1, phase="presale")),
        ("the presale of Double 11", Holiday("double_11", phase="presale")),
        ("Double 11 presale 2024", Holiday("double_11", year=2024, phase="presale")),
        ("今年618第二波", Holiday("618", offset=0, nth=2)),
        ("2026年618第1波", Holiday("618", year=2026, nth=1)),
        ("the first wave of 618", Holiday("618", nth=1)),
        ("春节前两周", Beside(Holiday("spring"), 2, W, "before")),
        ("去年春节后10天", Beside(Holiday("spring", offset=-1), 10, D, "after")),
        ("two weeks before Spring Festival", Beside(Holiday("spring"), 2, W, "before")),
        ("10 days after Chinese New Year", Beside(Holiday("spring"), 10, D, "after")),
        (
            "春节前后一周",
            Across(Beside(Holiday("spring"), 1, W, "before"), Beside(Holiday("spring"), 1, W, "after")),
        ),
    ],
)
def test_reads_a_time(phrase: str, time: TimeRange) -> None:
    (mention,) = found(phrase)
    assert mention.time == time
    assert (mention.start, mention.end) == (0, len(normalise(phrase).text))


@pytest.mark.parametrize("phrase", ["第一周", "注册后第2周", "week 1", "第53.5周"])
def test_the_first_weeks_of_what_is_not_said_are_no_time(phrase: str) -> None:
    assert [mention for mention in found(phrase) if mention.time is not None] == []


@pytest.mark.parametrize(
    ("phrase", "zh", "en"),
    [
        ("2025年第53周", "最后一周是第 52 周", "its last is week 52"),
        ("week 53 of 2025", "最后一周是第 52 周", "its last is week 52"),
        ("2025-W60", "最后一周是第 52 周", "its last is week 52"),
        ("第60周", "周数是 1 到 53", "weeks go from 1 to 53"),
        ("2026年第53周", "还没有到来", "in the future"),
        ("最近24小时", "今天", "today"),
        ("过去48个小时", "最近 2 天", "the last 2 days"),
        ("last 24 hours", "今天", "today"),
        ("in the past 36 hours", "最近 2 天", "the last 2 days"),
        ("the past hour", "今天", "today"),
        ("最近30分钟", "今天", "today"),
        ("2023年双11预售期", "已有的年份：2024, 2025", "the years it has: 2024, 2025"),
        ("Spring Festival presale", "定义里没有给出", "the definitions give none"),
        ("今年618", "有 2 段", "has 2 parts"),
        ("今年618第三波", "第 3 波", "wave 3"),
        ("2022年春节前两周", "2024, 2025, 2026", "2024, 2025, 2026"),
        ("下周末", "还没有到来", "in the future"),
    ],
)
def test_says_why_a_time_cannot_be_used(phrase: str, zh: str, en: str) -> None:
    errors = [mention.error for mention in found(phrase) if mention.error is not None]
    assert errors
    assert zh in errors[0].zh
    assert en in errors[0].en


@pytest.mark.parametrize(
    ("phrase", "compare"),
    [
        ("同比(按周)", WEEKDAY),
        ("同比（按星期）", WEEKDAY),
        ("同比(按星期对齐)", WEEKDAY),
        ("同比，按星期对齐", WEEKDAY),
        ("按星期对齐", WEEKDAY),
        ("按星期对齐的同比", WEEKDAY),
        ("按周同比", WEEKDAY),
        ("去年同期，按星期对齐", WEEKDAY),
        ("去年同星期", WEEKDAY),
        ("same weekdays last year", WEEKDAY),
        ("aligned by weekday", WEEKDAY),
        ("year over year, aligned by weekday", WEEKDAY),
        ("YoY (aligned by weekday)", WEEKDAY),
        ("按春节对齐", Aligned("spring")),
        ("以春节对齐", Aligned("spring")),
        ("同比(按春节对齐)", Aligned("spring")),
        ("同比按春节对齐", Aligned("spring")),
        ("aligned by Spring Festival", Aligned("spring")),
        ("year over year aligned to Chinese New Year", Aligned("spring")),
        ("对比去年春节", Against(Holiday("spring", offset=-1))),
        ("compared with Spring Festival last year", Against(Holiday("spring", offset=-1))),
        ("同比", Comparison.YEAR_BEFORE),
    ],
)
def test_reads_how_the_year_before_is_aligned(phrase: str, compare: CompareTo) -> None:
    text = normalise(phrase).text
    (mention,) = [each for each in found(phrase) if each.compare is not None]
    assert mention.compare == compare
    assert (mention.start, mention.end) == (0, len(text))


def test_growth_against_the_period_before_cannot_be_aligned_with_last_year() -> None:
    """Both are said, and neither is swallowed by the other."""
    assert {each.compare for each in found("环比，按星期对齐")} == {Comparison.PERIOD_BEFORE, WEEKDAY}


def test_by_week_beside_a_comparison_is_a_grouping() -> None:
    contrast, grain = found("同比按周")
    assert contrast.compare is Comparison.YEAR_BEFORE
    assert grain.grain is W


@pytest.mark.parametrize(
    ("phrase", "time"),
    [
        ("本财季", Calendar(Q, 0, fiscal=True)),
        ("上个财月", Calendar(M, -1, fiscal=True)),
        ("last fiscal month", Calendar(M, -1, fiscal=True)),
        ("FY2025", Calendar(Y, -1, fiscal=True)),  # fiscal 2026 began on 2026-02-01
        ("2026财年", Calendar(Y, 0, fiscal=True)),
        ("fiscal year 2024", Calendar(Y, -2, fiscal=True)),
    ],
)
def test_fiscal_periods_of_weeks_stay_fiscal(phrase: str, time: TimeRange) -> None:
    weeks = FiscalWeeks(pattern=(4, 5, 4), weekday=6, month=1, rule="nearest", named_by="start")
    (mention,) = found(phrase, fiscal_weeks=weeks)
    assert mention.time == time


@pytest.mark.parametrize(
    ("phrase", "grain"), [("逐小时", Grain.HOUR), ("hour by hour", Grain.HOUR), ("每分钟", Grain.MINUTE)]
)
def test_hours_in_a_row_are_a_grain(phrase: str, grain: Grain) -> None:
    (mention,) = found(phrase)
    assert mention.grain is grain


@pytest.mark.parametrize(
    "time",
    [
        Holiday("double_11", phase="presale"),
        Holiday("double_11", offset=-1, phase="presale"),
        Holiday("double_11", year=2024, phase="presale"),
        Holiday("618", year=2026, nth=1),
        Holiday("618", year=2026, nth=2),
        Beside(Holiday("spring"), 2, W, "before"),
        Beside(Holiday("spring", offset=-1), 1, D, "after"),
        Beside(Holiday("double_11", year=2024), 30, D, "after"),
        Calendar(M, 0, fiscal=True),
        Calendar(M, -1, fiscal=True),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_reads_back_what_the_calendar_says(time: TimeRange, language: str) -> None:
    calendar = finder().calendar
    name = calendar.describe(time, "zh" if language == "zh" else "en").split(" (")[0]
    assert [mention.time for mention in found(name)] == [time], name


def test_a_length_of_hours_is_never_a_time() -> None:
    assert all(mention.time is None for mention in found("48小时内发货的订单, shipped within 24 hours"))
    assert not isinstance(found("最近24小时")[0].time, Rolling)
