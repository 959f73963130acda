"""Which days a time is held against, and what must be said about them.

    by date       2026-10-05 … 10-11   against   2025-10-05 … 10-11     the same dates of the year before
    by weekday    2026-10-05 … 10-11   against   2025-10-06 … 10-12     52 weeks back: Mondays meet Mondays
    by festival   2026-02-01 … 02-14   against   2025-01-14 … 01-27     both are the two weeks before Spring Festival

A festival, and the days beside one, are always held against the same festival. Fiscal periods made of weeks are held
against the same weeks of the fiscal year before. A period that is not over is held against as much of the other one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, assert_never

from semantic_layer.calendar.arithmetic import (
    DAYS_IN,
    MONTHS_IN,
    ONE_DAY,
    DateSpan,
    end_plus_months,
    plus,
    plus_days,
    plus_months,
    whole_months,
)
from semantic_layer.errors import InvalidPlanError, Text
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

if TYPE_CHECKING:
    from semantic_layer.calendar.resolve import CompanyCalendar

_DAYS_IN_52_WEEKS = 364
_DAY_AND_WEEK = (Grain.DAY, Grain.WEEK)
_DAY_ALONE = (Grain.DAY,)


class Comparer:
    """Finds the other days, for one company's calendar on one day."""

    def __init__(self, calendar: CompanyCalendar) -> None:
        self._calendar = calendar
        self._as_of = calendar.as_of

    def compare(self, time: TimeRange, against: CompareTo) -> DateSpan:
        current = self._calendar.resolve(time)
        match against:
            case Against(time=other):
                return self._calendar.resolve(other)
            case Aligned(festival=festival):
                return self._around_festival(current, festival)
            case Comparison.YEAR_BEFORE:
                return self._year_before(time, current)
            case Comparison.YEAR_BEFORE_WEEKDAY:
                return _days_back(self._begun(current), _DAYS_IN_52_WEEKS)
            case Comparison.PERIOD_BEFORE:
                return self._period_before(time, current)
            case _:
                assert_never(against)

    def note(self, time: TimeRange, against: CompareTo) -> Text | None:
        """What the two spans do not have in common and a reader must know: a 53rd week, a leap day, longer holidays."""
        if against is not Comparison.YEAR_BEFORE:
            return None
        if isinstance(time, Calendar) and self._by_fiscal_weeks(time):
            return self._week_note(time)
        current, other = self._calendar.resolve(time), self.compare(time, against)
        if isinstance(time, Holiday) and current.days != other.days and self._is_over(time):
            return Text(
                zh=f"两边长短不同：{current.start} 至 {current.end} 共 {current.days} 天，"
                f"去年同期 {other.start} 至 {other.end} 共 {other.days} 天。",
                en=f"The two differ in length: {current.start} to {current.end} has {current.days} days, "
                f"{other.start} to {other.end} the year before has {other.days}.",
            )
        leap = next((day for day in (current.start, current.end) if (day.month, day.day) == (2, 29)), None)
        if leap is None or whole_months(current) or isinstance(time, (Holiday, Beside)):
            return None
        before = plus_months(leap, -12)
        return Text(
            zh=f"{leap} 在上一年没有对应的一天，对比的是 {before}。",
            en=f"{leap} has no counterpart in the year before; it is held against {before}.",
        )

    def check_grain(self, time: TimeRange, against: CompareTo, grain: Grain) -> None:
        """Raises `InvalidPlanError` where periods of `grain` would not meet the right ones of the other span.

        Days that are moved by weeks or to a festival end up in other months; those moved to a festival in other weeks too.
        """
        weekly = against is Comparison.YEAR_BEFORE_WEEKDAY or (
            against is Comparison.YEAR_BEFORE and isinstance(time, Calendar) and self._by_fiscal_weeks(time)
        )
        allowed = _DAY_AND_WEEK if weekly else _DAY_ALONE if isinstance(against, Aligned) else None
        if allowed is None or grain in allowed or grain.is_within_day:
            return
        zh, en = ("按天或按周", "by day or by week") if weekly else ("按天", "by day")
        raise InvalidPlanError(
            Text(
                zh=f"按星期或节日对齐后，两边的日子不落在同样的周期里，不能再这样分组；可以{zh}看，或不按时间分组。",
                en=f"Aligned by weekday or festival, the two sides do not fall into the same periods; show it {en}, "
                "or do not group it by time.",
            ),
            suggestions=[each.value for each in allowed],
        )

    # ---- the year before

    def _year_before(self, time: TimeRange, current: DateSpan) -> DateSpan:
        match time:
            case Holiday() | Beside():
                return self._festival_before(time, current)
            case Across(first=first, last=last):
                earlier = DateSpan(self._moved_a_year(first).start, self._moved_a_year(last).end)
                clipped = self._calendar.whole(time).end > self._as_of
                return DateSpan(earlier.start, end_plus_months(current.end, -12)) if clipped else earlier
            case Calendar() if self._by_fiscal_weeks(time):
                return self._fiscal_weeks_before(time, current)
            case Calendar(unit=Grain.WEEK):  # the same weekdays, so that a Saturday meets a Saturday
                return _days_back(current, _DAYS_IN_52_WEEKS)
            case Span() | Rolling() | Calendar():
                return _year_earlier(current)
            case _:
                assert_never(time)

    def _moved_a_year(self, time: TimeRange) -> DateSpan:
        table = self._calendar.table
        if isinstance(time, Holiday):
            return table.days(table.year_before(table.find(time, self._as_of), time), time)
        if isinstance(time, Beside):
            return beside(self._moved_a_year(time.festival), time)
        return _year_earlier(self._calendar.whole(time))

    def _festival_before(self, time: Holiday | Beside, current: DateSpan) -> DateSpan:
        earlier = self._moved_a_year(time)
        return earlier if self._is_over(time) else _as_much(earlier, current)

    def _around_festival(self, current: DateSpan, festival: str) -> DateSpan:
        span, table = self._begun(current), self._calendar.table
        now = table.nearest(festival, span)
        before = table.year_before(now, Holiday(festival))
        return _days_back(span, (now.span.start - before.span.start).days)

    def _by_fiscal_weeks(self, time: Calendar) -> bool:
        return time.fiscal and time.part == "whole" and self._calendar.fiscal.by_weeks and time.unit in MONTHS_IN

    def _fiscal_weeks_before(self, time: Calendar, current: DateSpan) -> DateSpan:
        """Week 1 meets week 1. An extra week at the end of the earlier period has nothing to meet and is left out."""
        *_, earlier = self._calendar.fiscal.year_before(current.start, time.unit)
        return _as_much(earlier, current)

    def _week_note(self, time: Calendar) -> Text | None:
        start = self._calendar.resolve(time).start
        year, period, earlier, other = self._calendar.fiscal.year_before(start, time.unit)
        if period.days == other.days:
            return None
        longer, shorter = (year, earlier) if period.days > other.days else (earlier, year)
        last = longer.span.end - timedelta(days=6)
        left = Text("没有计入", "is left out") if longer is earlier else Text("没有可比的一周", "has none to meet")
        return Text(
            zh=f"{longer.number} 财年有 {longer.weeks} 周，{shorter.number} 财年有 {shorter.weeks} 周；"
            f"两边按周对齐，第 {longer.weeks} 周（{last} 至 {longer.span.end}）{left.zh}。",
            en=f"Fiscal {longer.number} has {longer.weeks} weeks and fiscal {shorter.number} has {shorter.weeks}; "
            f"weeks meet weeks, and week {longer.weeks} ({last} to {longer.span.end}) {left.en}.",
        )

    # ---- the period before

    def _period_before(self, time: TimeRange, current: DateSpan) -> DateSpan:
        match time:
            case Holiday():
                return self._festival_before(time, current)
            case Rolling(count=count, unit=unit):
                return DateSpan(plus(plus_days(self._as_of, 1), -2 * count, unit), plus_days(current.start, -1))
            case Calendar() if self._by_fiscal_weeks(time):
                whole = self._calendar.fiscal.period(current.start, time.unit, -1)
                return whole if self._is_over(time) else _as_much(whole, current)
            case Calendar(unit=unit, part="whole"):
                return _steps_back(current, 1, unit)
            case Calendar(unit=unit, offset=offset, part=part):
                earlier = _part_before(part, unit)
                back = 1 if part == "early" else 0
                whole = self._calendar.whole(replace(time, offset=offset - back, part=earlier))
                return whole if self._is_over(time) else _as_much(whole, current)
            case Span() | Across() | Beside():
                return self._span_before(self._calendar.whole(time), current)
            case _:
                assert_never(time)

    def _span_before(self, whole: DateSpan, current: DateSpan) -> DateSpan:
        self._begun(whole)
        if months := whole_months(whole):
            return DateSpan(plus_months(current.start, -months), end_plus_months(current.end, -months))
        return _days_back(current, whole.days)

    # ---- small parts

    def _is_over(self, time: TimeRange) -> bool:
        return self._calendar.whole(time).end <= self._as_of

    def _begun(self, span: DateSpan) -> DateSpan:
        """The span itself, when it has a first day from which it can be moved."""
        if span.open_start:
            raise InvalidPlanError(
                Text(
                    zh="没有开始日的时间没有“上一期”可比；请给出开始日。",
                    en="A time without a first day has no period before it; give its first day.",
                )
            )
        return span


def beside(festival: DateSpan, time: Beside) -> DateSpan:
    """The days right before or after `festival`. Raises `InvalidPlanError` for lengths that are not whole days."""
    if time.unit not in DAYS_IN or time.count < 1:
        raise InvalidPlanError(
            Text(
                zh=f"节日前后的时间要用至少 1 天或 1 周来说，而不是 {time.count} {time.unit.value}。",
                en=f"Time beside a festival is given in days or weeks, at least 1, not {time.count} {time.unit.value}.",
            )
        )
    days = time.count * DAYS_IN[time.unit]
    if time.side == "before":
        return DateSpan(plus_days(festival.start, -days), festival.start - ONE_DAY)
    return DateSpan(plus_days(festival.end, 1), plus_days(festival.end, days))


def _as_much(whole: DateSpan, current: DateSpan) -> DateSpan:
    """As many days of `whole` as `current` has so far."""
    return DateSpan(whole.start, min(whole.end, plus_days(whole.start, current.days - 1)))


def _days_back(span: DateSpan, days: int) -> DateSpan:
    return DateSpan(plus_days(span.start, -days), plus_days(span.end, -days))


def _year_earlier(span: DateSpan) -> DateSpan:
    start: date = span.start if span.open_start else plus_months(span.start, -12)
    return DateSpan(start, end_plus_months(span.end, -12))


def _steps_back(span: DateSpan, count: int, unit: Grain) -> DateSpan:
    if unit in DAYS_IN:
        return _days_back(span, count * DAYS_IN[unit])
    months = -count * MONTHS_IN[unit]
    return DateSpan(plus_months(span.start, months), end_plus_months(span.end, months))


def _part_before(part: str, unit: Grain) -> Literal["early", "middle", "late"]:
    if part == "early":
        return "late"
    return "early" if part == "middle" or unit is Grain.YEAR else "middle"
