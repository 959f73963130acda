"""Turns symbolic times into days, by the conventions of one company. The only place where "last month" gets dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Literal, assert_never

from semantic_layer.calendar.arithmetic import (
    BEGINNING,
    DAYS_IN,
    MONTHS_IN,
    DateSpan,
    end_plus_months,
    plus,
    plus_days,
    plus_months,
    whole_months,
)
from semantic_layer.calendar.describe import describe_span, name_of
from semantic_layer.calendar.festivals import FestivalTable, Occurrence
from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.model.types import Conventions, Festival
from semantic_layer.query.time import (
    Across,
    Against,
    Calendar,
    CompareTo,
    Comparison,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)

_DAYS_IN_52_WEEKS = 364


__all__ = ["CompanyCalendar", "DateSpan"]


class CompanyCalendar:
    """One company's reading of time on one day. `as_of` is "today": nothing after it can be asked about."""

    def __init__(self, conventions: Conventions, festivals: Sequence[Festival], as_of: date) -> None:
        self.conventions = conventions
        self.as_of = as_of
        self.festivals = tuple(festivals)
        self._table = FestivalTable(festivals)

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
        current = self.resolve(time)
        match against:
            case Against(time=other):
                return self.resolve(other)
            case Comparison.YEAR_BEFORE:
                return self._year_before(time, current)
            case Comparison.PERIOD_BEFORE:
                return self._period_before(time, current)
            case _:
                assert_never(against)

    def start_of(self, day: date, grain: Grain) -> date:
        """First day of the period of `grain` that holds `day`; weeks begin as the conventions say."""
        match grain:
            case Grain.DAY:
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
        """The fiscal year named `year`: the one that ends in it."""
        start = date(year, self.conventions.fiscal_year_start, 1)
        if self.conventions.fiscal_year_start != 1:
            start = plus_months(start, -12)
        return Span(start, plus_days(plus_months(start, 12), -1))

    def describe(self, time: TimeRange, language: Language) -> str:
        """Short text for people: what was said, and the days it stands for."""
        days = describe_span(self.resolve(time), language)
        name = name_of(time, self._table.label, language)
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
            case Holiday(day_only=day_only):
                return self._days_of(self._occurrence(time), day_only=day_only)
            case Across(first=first, last=last):
                return DateSpan(self.whole(first).start, self.whole(last).end)
            case _:
                assert_never(time)

    def _calendar(self, time: Calendar) -> DateSpan:
        today = self.as_of
        start = self._fiscal_start(today, time.unit) if time.fiscal else self.start_of(today, time.unit)
        start = plus(start, time.offset, time.unit)
        whole = DateSpan(start, plus_days(plus(start, 1, time.unit), -1))
        return _part(whole, time)

    def _fiscal_start(self, day: date, unit: Grain) -> date:
        if unit not in (Grain.QUARTER, Grain.YEAR):
            return self.start_of(day, unit)
        into = (day.month - self.conventions.fiscal_year_start) % MONTHS_IN[unit]
        return plus_months(day.replace(day=1), -into)

    def _occurrence(self, time: Holiday) -> Occurrence:
        if time.year is not None:
            return self._table.in_year(time.name, time.year)
        if time.offset is not None:
            return self._table.in_year(time.name, self.as_of.year + time.offset)
        return self._table.latest(time.name, self.as_of)

    def _days_of(self, occurrence: Occurrence, *, day_only: bool) -> DateSpan:
        if not day_only:
            return occurrence.span
        if occurrence.day is None:
            raise InvalidPlanError(
                Text(
                    zh=f"定义里没有说明 {describe_span(occurrence.span, 'zh')} 中哪一天是当天；请改问整个期间，或补上 days。",
                    en=f"The definitions do not say which day of {describe_span(occurrence.span, 'en')} is the day itself; "
                    "ask about the whole period, or add `days`.",
                )
            )
        return DateSpan(occurrence.day, occurrence.day)

    def _year_before(self, time: TimeRange, current: DateSpan) -> DateSpan:
        match time:
            case Holiday():
                return self._festival_before(time, current)
            case Across(first=first, last=last):
                earlier = DateSpan(self._moved_a_year(first).start, self._moved_a_year(last).end)
                clipped = self.whole(time).end > self.as_of
                return DateSpan(earlier.start, end_plus_months(current.end, -12)) if clipped else earlier
            case Calendar(unit=Grain.WEEK):  # the same weekdays, so that a Saturday meets a Saturday
                return DateSpan(
                    plus_days(current.start, -_DAYS_IN_52_WEEKS), plus_days(current.end, -_DAYS_IN_52_WEEKS)
                )
            case Span() | Rolling() | Calendar():
                return _year_earlier(current)
            case _:
                assert_never(time)

    def _moved_a_year(self, time: TimeRange) -> DateSpan:
        if isinstance(time, Holiday):
            return self._days_of(
                self._table.in_year(time.name, self._occurrence(time).year - 1), day_only=time.day_only
            )
        return _year_earlier(self.whole(time))

    def _festival_before(self, time: Holiday, current: DateSpan) -> DateSpan:
        earlier = self._moved_a_year(time)
        if self.whole(time).end <= self.as_of:
            return earlier
        return DateSpan(earlier.start, min(earlier.end, plus_days(earlier.start, current.days - 1)))

    def _period_before(self, time: TimeRange, current: DateSpan) -> DateSpan:
        match time:
            case Holiday():
                return self._festival_before(time, current)
            case Rolling(count=count, unit=unit):
                return DateSpan(plus(plus_days(self.as_of, 1), -2 * count, unit), plus_days(current.start, -1))
            case Calendar(unit=unit, part="whole"):
                return _steps_back(current, 1, unit)
            case Calendar(unit=unit, offset=offset, part=part):
                earlier = _part_before(part, unit)
                back = 1 if part == "early" else 0
                whole = self._calendar(replace(time, offset=offset - back, part=earlier))
                if self.whole(time).end <= self.as_of:
                    return whole
                return DateSpan(whole.start, min(whole.end, plus_days(whole.start, current.days - 1)))
            case Span() | Across():
                return self._span_before(self.whole(time), current)
            case _:
                assert_never(time)

    def _span_before(self, whole: DateSpan, current: DateSpan) -> DateSpan:
        if whole.open_start:
            raise InvalidPlanError(
                Text(
                    zh="没有开始日的时间没有“上一期”可比；请给出开始日。",
                    en="A time without a first day has no period before it; give its first day.",
                )
            )
        if months := whole_months(whole):
            return DateSpan(plus_months(current.start, -months), end_plus_months(current.end, -months))
        return DateSpan(plus_days(current.start, -whole.days), plus_days(current.end, -whole.days))


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


def _part_before(part: str, unit: Grain) -> Literal["early", "middle", "late"]:
    if part == "early":
        return "late"
    return "early" if part == "middle" or unit is Grain.YEAR else "middle"


def _year_earlier(span: DateSpan) -> DateSpan:
    start = span.start if span.open_start else plus_months(span.start, -12)
    return DateSpan(start, end_plus_months(span.end, -12))


def _steps_back(span: DateSpan, count: int, unit: Grain) -> DateSpan:
    if unit in DAYS_IN:
        days = -count * DAYS_IN[unit]
        return DateSpan(plus_days(span.start, days), plus_days(span.end, days))
    months = -count * MONTHS_IN[unit]
    start = plus_months(span.start, months)
    return DateSpan(start, end_plus_months(span.end, months))
