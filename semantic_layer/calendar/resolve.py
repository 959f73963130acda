"""Turns symbolic times into days, by the conventions of one company. The only place where "last month" gets dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from semantic_layer.calendar.arithmetic import (
    BEGINNING,
    MONTHS_IN,
    DateSpan,
    finer_than_days,
    plus,
    plus_days,
    plus_months,
)
from semantic_layer.calendar.compare import Comparer, beside
from semantic_layer.calendar.describe import describe_span, name_of
from semantic_layer.calendar.festivals import FestivalTable
from semantic_layer.calendar.fiscal import FiscalCalendar
from semantic_layer.calendar.weeks import iso_week, latest_week
from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.model.types import Conventions, Festival
from semantic_layer.query.time import (
    Across,
    Beside,
    Calendar,
    CompareTo,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)

__all__ = ["CompanyCalendar", "DateSpan"]


class CompanyCalendar:
    """One company's reading of time on one day. `as_of` is "today": nothing after it can be asked about."""

    def __init__(self, conventions: Conventions, festivals: Sequence[Festival], as_of: date) -> None:
        self.conventions = conventions
        self.as_of = as_of
        self.festivals = tuple(festivals)
        self.table = FestivalTable(festivals)
        self.fiscal = FiscalCalendar(conventions)

    def resolve(self, time: TimeRange) -> DateSpan:
        """The days meant, cut off at the as-of day. Raises `InvalidPlanError` for contradictory or future times."""
        whole = self.whole(time)
        if whole.end < whole.start:
            raise InvalidPlanError(
                Text(
                    zh=f"时间前后矛盾：结束日 {whole.end} 早于开始日 {whole.start}。请把两端对调或改正年份。",
                    en=f"The time contradicts itself: it ends on {whole.end}, before it starts on {whole.start}. "
                    "Swap the ends or correct the year.",
                )
            )
        if whole.start > self.as_of:
            raise InvalidPlanError(
                Text(
                    zh=f"{describe_span(whole, 'zh')} 还没有到来：数据截至 {self.as_of}。",
                    en=f"{describe_span(whole, 'en')} is in the future: the data ends on {self.as_of}.",
                )
            )
        return DateSpan(whole.start, min(whole.end, self.as_of))

    def compare(self, time: TimeRange, against: CompareTo) -> DateSpan:
        """The days to hold `time` against; a period that is not over is held against as much of the other one."""
        return Comparer(self).compare(time, against)

    def comparison_note(self, time: TimeRange, against: CompareTo) -> Text | None:
        """What the reader of a comparison must know: a 53rd week, a leap day, holidays of different lengths."""
        return Comparer(self).note(time, against)

    def check_comparison(self, time: TimeRange, against: CompareTo, grain: Grain) -> None:
        """Raises `InvalidPlanError` when a comparison cannot be shown by periods of `grain`."""
        Comparer(self).check_grain(time, against, grain)

    def start_of(self, day: date, grain: Grain) -> date:
        """First day of the period of `grain` that holds `day`; weeks begin as the conventions say."""
        match grain:
            case Grain.MILLISECOND | Grain.SECOND | Grain.MINUTE | Grain.HOUR | Grain.DAY:
                return day
            case Grain.WEEK:
                into = day.weekday() if self.conventions.week_start == "monday" else (day.weekday() + 1) % 7
                return plus_days(day, -into)
            case Grain.MONTH:
                return day.replace(day=1)
            case Grain.QUARTER:
                return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            case Grain.YEAR:
                return date(day.year, 1, 1)
            case _:
                assert_never(grain)

    def periods(self, span: DateSpan, grain: Grain) -> tuple[date, ...]:
        """First days of all periods of `grain` that touch the span, in order; the first may lie before the span."""
        first = self.start_of(span.start, grain)
        starts, count = [first], 1
        while (following := plus(first, count, grain)) <= span.end:
            starts.append(following)
            count += 1
        return tuple(starts)

    def fiscal_year(self, year: int) -> Span:
        """The fiscal year that people call `year`."""
        found = self.fiscal.numbered(year)
        return Span(found.start, found.end)

    def week(self, number: int, year: int | None = None) -> Span:
        """ISO week `number` of `year`, or the latest one of that number; `InvalidPlanError` for a week there is not."""
        return latest_week(number, self.as_of) if year is None else iso_week(year, number)

    def describe(self, time: TimeRange, language: Language) -> str:
        """Short text for people: what was said, and the days it stands for."""
        days = describe_span(self.resolve(time), language)
        name = name_of(time, self.table.label, language)
        return days if name is None or name == days else f"{name} ({days})"

    def describe_span(self, span: DateSpan, language: Language) -> str:
        return describe_span(span, language)

    def whole(self, time: TimeRange) -> DateSpan:
        """The days meant, also those after the as-of day; the ends may stand the wrong way round."""
        match time:
            case Span(start=start, end=end):
                return DateSpan(start or BEGINNING, end or max(self.as_of, start or BEGINNING))
            case Rolling(count=count, unit=unit):
                if count < 1:
                    raise InvalidPlanError(
                        Text(
                            zh=f"时间长度必须至少是 1，而不是 {count}。",
                            en=f"A length of time must be at least 1, not {count}.",
                        )
                    )
                return DateSpan(plus(plus_days(self.as_of, 1), -count, unit), self.as_of)
            case Calendar():
                return self._calendar(time)
            case Holiday():
                return self.table.days(self.table.find(time, self.as_of), time)
            case Beside(festival=festival):
                return beside(self.whole(festival), time)
            case Across(first=first, last=last):
                return DateSpan(self.whole(first).start, self.whole(last).end)
            case _:
                assert_never(time)

    def _calendar(self, time: Calendar) -> DateSpan:
        if time.fiscal and time.unit in MONTHS_IN:
            return _part(self.fiscal.period(self.as_of, time.unit, time.offset), time)
        if time.unit.is_within_day:
            raise finer_than_days(1, time.unit)
        start = plus(self.start_of(self.as_of, time.unit), time.offset, time.unit)
        return _part(DateSpan(start, plus_days(plus(start, 1, time.unit), -1)), time)


def _part(whole: DateSpan, time: Calendar) -> DateSpan:
    """A third of a month (the last one takes the rest) or a half of a year."""
    if time.part == "whole":
        return whole
    if time.unit is Grain.MONTH:
        tenth, twentieth = plus_days(whole.start, 9), plus_days(whole.start, 19)
        thirds = {
            "early": DateSpan(whole.start, tenth),
            "middle": DateSpan(plus_days(tenth, 1), twentieth),
            "late": DateSpan(plus_days(twentieth, 1), whole.end),
        }
        return thirds[time.part]
    if time.unit is Grain.YEAR and time.part != "middle":
        second = plus_months(whole.start, 6)
        return DateSpan(second, whole.end) if time.part == "late" else DateSpan(whole.start, plus_days(second, -1))
    raise InvalidPlanError(
        Text(
            zh="上旬、中旬、下旬只用于月份，上半年、下半年只用于年份。",
            en="Only months have early, middle and late parts, and only years have halves.",
        )
    )
