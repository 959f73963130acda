"""The festivals of the definitions, by year. Knows which year an occurrence belongs to, and says what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.types import Festival


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A festival in one year. `day` is the day itself, when the definitions give it or the span is one day."""

    year: int
    span: DateSpan
    day: date | None


def occurrences(festival: Festival) -> tuple[Occurrence, ...]:
    """All years of the table, oldest first. A span belongs to the year of its day, or else of its end."""
    days = [date.fromisoformat(day) for day in festival.days]
    found = []
    for number, (start, end) in enumerate(festival.spans):
        span = DateSpan(date.fromisoformat(start), date.fromisoformat(end))
        paired = days[number] if len(days) == len(festival.spans) else next((d for d in days if d in span), None)
        day = paired or (span.start if span.start == span.end else None)
        found.append(Occurrence((day or span.end).year, span, day))
    return tuple(sorted(found, key=lambda each: each.span.start))


class FestivalTable:
    """Look-up of occurrences by name and year."""

    def __init__(self, festivals: Sequence[Festival]) -> None:
        self._festivals: Mapping[str, Festival] = {each.name: each for each in festivals}
        self._occurrences = {each.name: occurrences(each) for each in festivals}

    def label(self, name: str) -> Text:
        return self._festival(name).words.label

    def in_year(self, name: str, year: int) -> Occurrence:
        """Raises `InvalidPlanError`, listing the years that are there, for any other."""
        festival = self._festival(name)
        for each in self._occurrences[name]:
            if each.year == year:
                return each
        raise self._missing(festival, year)

    def latest(self, name: str, as_of: date) -> Occurrence:
        """The latest occurrence that has begun by `as_of`."""
        festival = self._festival(name)
        begun = [each for each in self._occurrences[name] if each.span.start <= as_of]
        if not begun:
            raise self._missing(festival, as_of.year)
        return begun[-1]

    def _festival(self, name: str) -> Festival:
        if name not in self._festivals:
            raise UnknownNameError(Text("节日", "festival"), name, tuple(self._festivals)[:3])
        return self._festivals[name]

    def _missing(self, festival: Festival, year: int) -> InvalidPlanError:
        label, years = festival.words.label, [each.year for each in self._occurrences[festival.name]]
        known = ", ".join(str(each) for each in years) or "-"
        return InvalidPlanError(
            Text(
                zh=f"日历里没有 {year} 年的{label.zh or label.en}；已有的年份：{known}。",
                en=f"The calendar has no {label.en or label.zh} for {year}; the years it has: {known}.",
            ),
            suggestions=[str(each) for each in years],
        )
