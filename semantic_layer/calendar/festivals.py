"""The festivals of the definitions, by year. Knows which year an occurrence belongs to, and says what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.types import Festival
from semantic_layer.query.time import Holiday


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A festival in one year, or one wave of it. `day` is the day itself, when the definitions give it or the span is one day.

    `wave` counts the occurrences of one year from 1.
    """

    year: int
    span: DateSpan
    day: date | None
    presale: DateSpan | None = None
    wave: int = 1

    def days(self, time: Holiday) -> DateSpan | None:
        """The days of it that are meant: all, the day itself, or the presale; `None` where the table does not say."""
        if time.phase == "presale":
            return self.presale
        if not time.day_only:
            return self.span
        return None if self.day is None else DateSpan(self.day, self.day)


def occurrences(festival: Festival) -> tuple[Occurrence, ...]:
    """All of the table, oldest first. A span belongs to the year of its day, or else of its end."""
    days = [date.fromisoformat(day) for day in festival.days]
    found = []
    for number, ends in enumerate(festival.spans):
        span = _span(ends)
        paired = days[number] if len(days) == len(festival.spans) else next((d for d in days if d in span), None)
        day = paired or (span.start if span.start == span.end else None)
        presale = festival.presales[number] if number < len(festival.presales) else None
        found.append(Occurrence((day or span.end).year, span, day, _span(presale) if presale else None))
    found.sort(key=lambda each: each.span.start)
    return tuple(
        replace(each, wave=1 + sum(other.year == each.year for other in found[:at])) for at, each in enumerate(found)
    )


def _span(ends: tuple[str, str]) -> DateSpan:
    return DateSpan(date.fromisoformat(ends[0]), date.fromisoformat(ends[1]))


class FestivalTable:
    """Look-up of occurrences by name and year. Errors list the years that the table has."""

    def __init__(self, festivals: Sequence[Festival]) -> None:
        self._festivals: Mapping[str, Festival] = {each.name: each for each in festivals}
        self._occurrences = {each.name: occurrences(each) for each in festivals}

    def label(self, name: str) -> Text:
        return self._festival(name).words.label

    def find(self, time: Holiday, as_of: date) -> Occurrence:
        """The occurrence meant. Raises `InvalidPlanError` for a year or wave that is not there, and for one of several."""
        if time.year is not None:
            return self.in_year(time, time.year)
        if time.offset is not None:
            return self.in_year(time, as_of.year + time.offset)
        begun = [each for each in self._fitting(time) if _begins(each, time) <= as_of]
        if not begun:
            raise self._missing(time, as_of.year)
        return begun[-1]

    def in_year(self, time: Holiday, year: int) -> Occurrence:
        """The occurrence of that year. Raises `InvalidPlanError` when there is none, or more than one."""
        found = [each for each in self._fitting(time) if each.year == year]
        if not found:
            raise self._missing(time, year)
        if len(found) > 1:
            raise self._several(time, found)
        return found[0]

    def days(self, occurrence: Occurrence, time: Holiday) -> DateSpan:
        """The days meant. Raises `InvalidPlanError` where the table does not say which day is the day itself."""
        days = occurrence.days(time)
        if days is None:
            span = occurrence.span
            raise InvalidPlanError(
                Text(
                    zh=f"定义里没有说明 {span.start} 至 {span.end} 中哪一天是当天；请改问整个期间，或在定义里补上 day。",
                    en=f"The definitions do not say which day from {span.start} to {span.end} is the day itself; "
                    "ask about the whole period, or add `day` to the definitions.",
                )
            )
        return days

    def nearest(self, name: str, span: DateSpan) -> Occurrence:
        """The occurrence that `span` holds or lies nearest to, at most half a year away."""
        festival = self._festival(name)
        found = min(self._occurrences[name], key=lambda each: _apart(each.span, span))
        if _apart(found.span, span) > _HALF_YEAR:
            raise self._missing(Holiday(festival.name), span.start.year)
        return found

    def year_before(self, occurrence: Occurrence, time: Holiday) -> Occurrence:
        """The same festival one year before; where either year has several waves, the same wave."""
        both = (occurrence.year, occurrence.year - 1)
        several = any(each.wave > 1 for each in self._occurrences[time.name] if each.year in both)
        return self.in_year(replace(time, nth=occurrence.wave if several else time.nth), occurrence.year - 1)

    def _festival(self, name: str) -> Festival:
        if name not in self._festivals:
            raise UnknownNameError(Text("节日", "festival"), name, tuple(self._festivals)[:3])
        return self._festivals[name]

    def _fitting(self, time: Holiday) -> list[Occurrence]:
        """Those that have what is asked for: the wave by its number, the presale."""
        self._festival(time.name)
        return [
            each
            for each in self._occurrences[time.name]
            if (time.nth is None or each.wave == time.nth) and (time.phase == "main" or each.presale is not None)
        ]

    def _missing(self, time: Holiday, year: int) -> InvalidPlanError:
        label = self._festival(time.name).words.label
        zh, en = label.zh or label.en, label.en or label.zh
        if time.nth is not None:
            zh, en = f"{zh}第 {time.nth} 波", f"wave {time.nth} of {en}"
        if time.phase == "presale":
            zh, en = f"{zh}预售期", f"presale of {en}"
        years = list(dict.fromkeys(each.year for each in self._fitting(time)))
        known = ", ".join(str(each) for each in years)
        return InvalidPlanError(
            Text(
                zh=f"日历里没有 {year} 年的{zh}；" + (f"已有的年份：{known}。" if years else "定义里没有给出。"),
                en=f"The calendar has no {en} for {year}; "
                + (f"the years it has: {known}." if years else "the definitions give none."),
            ),
            suggestions=[str(each) for each in years],
        )

    def _several(self, time: Holiday, found: Sequence[Occurrence]) -> InvalidPlanError:
        label = self._festival(time.name).words.label
        spans = [f"{each.span.start} – {each.span.end}" for each in found]
        listed = "；".join(f"第 {each.wave} 波 {span}" for each, span in zip(found, spans, strict=True))
        numbered = "; ".join(f"wave {each.wave}: {span}" for each, span in zip(found, spans, strict=True))
        return InvalidPlanError(
            Text(
                zh=f"{found[0].year} 年的{label.zh or label.en}有 {len(found)} 段：{listed}。请说明是哪一段。",
                en=f"{label.en or label.zh} of {found[0].year} has {len(found)} parts: {numbered}. Say which one.",
            ),
            suggestions=spans,
        )


_HALF_YEAR = 183


def _begins(occurrence: Occurrence, time: Holiday) -> date:
    days = occurrence.presale if time.phase == "presale" else occurrence.span
    return (days or occurrence.span).start


def _apart(one: DateSpan, other: DateSpan) -> int:
    """Days between two spans; 0 when they touch or overlap."""
    if other.open_start and other.end >= one.start:
        return 0
    return max(0, (one.start - other.end).days, (other.start - one.end).days)
