"""Fiscal years, quarters and months: by calendar months, or by whole weeks (4-4-5 and its sisters).

By months the year begins with the month that the conventions name. By weeks it ends on one weekday, so that it has 52
weeks, and 53 every five or six years; the extra week belongs to the last month.

    4-4-5, ending on the last Saturday of January      weeks
    month   1  2  3    4  5  6    7  8  9   10 11 12
    weeks   4  4  5    4  4  5    4  4  5    4  4  5   52
                                             4  4  6   53
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from semantic_layer.calendar.arithmetic import MONTHS_IN, ONE_DAY, DateSpan, plus_days, plus_months, too_far
from semantic_layer.model.grain import FiscalWeeks
from semantic_layer.model.types import Conventions
from semantic_layer.query.time import Grain

_WEEK = timedelta(days=7)
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class WeekYear:
    """A fiscal year of whole weeks. `number` is what people call it; `anchor` is the calendar year it is reckoned by."""

    anchor: int
    number: int
    span: DateSpan
    lengths: tuple[int, ...]  # weeks in each of its twelve months

    @property
    def weeks(self) -> int:
        return self.span.days // 7

    def period(self, unit: Grain, position: int) -> DateSpan:
        """The month or quarter at `position`, from 0, or the whole year."""
        size = MONTHS_IN[unit]
        start = self.span.start + _WEEK * sum(self.lengths[: position * size])
        weeks = sum(self.lengths[position * size : (position + 1) * size])
        return DateSpan(start, start + _WEEK * weeks - ONE_DAY)

    def position(self, unit: Grain, day: date) -> int:
        """Which of its months or quarters holds `day`, from 0."""
        return next(at for at in range(_MONTHS // MONTHS_IN[unit]) if day in self.period(unit, at))


class FiscalCalendar:
    """The fiscal calendar of one company. Units are months, quarters and years; any other is of the plain calendar."""

    def __init__(self, conventions: Conventions) -> None:
        self._weeks = conventions.fiscal_weeks
        self._first_month = conventions.fiscal_year_start

    @property
    def by_weeks(self) -> bool:
        return self._weeks is not None

    def period(self, day: date, unit: Grain, offset: int) -> DateSpan:
        """The fiscal period `offset` units from the one that holds `day`."""
        if self._weeks is None:
            into = (day.month - self._first_month) % MONTHS_IN[unit]
            start = plus_months(day.replace(day=1), offset * MONTHS_IN[unit] - into)
            return DateSpan(start, plus_days(plus_months(start, MONTHS_IN[unit]), -1))
        year = self.week_year(day)
        per_year = _MONTHS // MONTHS_IN[unit]
        years, position = divmod(year.position(unit, day) + offset, per_year)
        return self._week_year(self._weeks, year.anchor + years).period(unit, position)

    def numbered(self, year: int) -> DateSpan:
        """The fiscal year that people call `year`: by months, the one that ends in it."""
        if self._weeks is None:
            start = date(year, self._first_month, 1)
            if self._first_month != 1:
                start = plus_months(start, -_MONTHS)
            return DateSpan(start, plus_days(plus_months(start, _MONTHS), -1))
        near = (self._week_year(self._weeks, anchor) for anchor in (year, year + 1, year - 1))
        return next(each.span for each in near if each.number == year)

    def week_year(self, day: date) -> WeekYear:
        """The fiscal year of weeks that holds `day`; only for a company that has such years."""
        if self._weeks is None:
            raise ValueError("this company's fiscal years are made of months")
        near = (self._week_year(self._weeks, anchor) for anchor in (day.year, day.year + 1, day.year - 1))
        return next(each for each in near if day in each.span)

    def year_before(self, day: date, unit: Grain) -> tuple[WeekYear, DateSpan, WeekYear, DateSpan]:
        """The fiscal year and period that hold `day`, and the same ones of the year before."""
        year = self.week_year(day)
        earlier = self.week_year(year.span.start - ONE_DAY)
        at = year.position(unit, day)
        return year, year.period(unit, at), earlier, earlier.period(unit, at)

    def _week_year(self, weeks: FiscalWeeks, anchor: int) -> WeekYear:
        if not 1901 <= anchor <= 9998:
            raise too_far()
        span = DateSpan(_last_day(weeks, anchor - 1) + ONE_DAY, _last_day(weeks, anchor))
        *others, last = weeks.pattern * 4
        lengths = (*others, last + span.days // 7 - sum(weeks.pattern) * 4)
        named = span.start + _WEEK if weeks.named_by == "start" else span.end - _WEEK
        return WeekYear(anchor, named.year, span, tuple(lengths))


def _last_day(weeks: FiscalWeeks, year: int) -> date:
    """The day on which the fiscal year reckoned by `year` ends: the right weekday of the seven that the rule allows."""
    month_end = date(year, weeks.month, monthrange(year, weeks.month)[1])
    latest = month_end + timedelta(days=3 if weeks.rule == "nearest" else 0)
    return latest - timedelta(days=(latest.isoweekday() - weeks.weekday) % 7)
