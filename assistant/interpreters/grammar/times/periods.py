"""Builders for years, halves, quarters, months and their parts."""

from __future__ import annotations

from datetime import date

from assistant.interpreters.grammar.times.phrase import (
    DOUBTFUL,
    LIKELY,
    Meaning,
    Meanings,
    Phrase,
    latest_year,
    month_span,
    quarter_span,
    year_time,
)
from assistant.interpreters.grammar.times.pieces import no_such_day, no_such_quarter
from assistant.interpreters.grammar.times.words import YearRef
from semantic_layer.errors import Text
from semantic_layer.query.time import (
    Calendar,
    Grain,
    Span,
    TimeRange,
)

_WEEKS_IN_MONTH = 5


def whole_year(phrase: Phrase) -> Meanings:
    if not phrase.rolls():
        yield Meaning(year_time(phrase.get(0, YearRef)))


def doubtful_year(phrase: Phrase) -> Meanings:
    """A bare 2025 or 25年 with nothing beside it: perhaps a year."""
    year = phrase.get(0, YearRef)
    if year.year is not None and -10 <= year.year - phrase.calendar.as_of.year <= 1:
        yield Meaning(year_time(year), confidence=DOUBTFUL)


def year_after_word(phrase: Phrase) -> Meanings:
    """In 2025, for 2025."""
    year = phrase.get(1, YearRef)
    if year.year is not None and -40 <= year.year - phrase.calendar.as_of.year <= 5:
        yield Meaning(year_time(year))


def fiscal_year(phrase: Phrase) -> Meanings:
    """FY2026. One made of weeks stays a fiscal year, so that it is held against the same weeks of another."""
    calendar, number = phrase.calendar, phrase.get(0, int)
    if calendar.fiscal.by_weeks:
        now = calendar.fiscal.week_year(calendar.as_of).number
        yield Meaning(Calendar(Grain.YEAR, number - now, fiscal=True))
        return
    yield Meaning(calendar.fiscal_year(number))


def week(phrase: Phrase) -> Meanings:
    """2026年第45周, week 45 of 2026: ISO weeks. Without a year, the latest that has begun.

    The first few may as well be weeks of a month, or after something that happened; without a year they say too little.
    """
    number = next(p.value for p in phrase.pieces if p is not None and p.kind == "weekno" and isinstance(p.value, int))
    year = phrase.any_year()
    if year is not None or number > _WEEKS_IN_MONTH:
        yield Meaning(phrase.calendar.week(number, year))


def decade(phrase: Phrase) -> Meanings:
    start = phrase.get(0, int)
    yield Meaning(Span(date(start, 1, 1), date(start + 9, 12, 31)), confidence=LIKELY)


def half(phrase: Phrase) -> Meanings:
    part = "late" if phrase.get(0, str) == "late" else "early"
    begun = part == "early" or phrase.calendar.as_of.month > 6
    yield Meaning(Calendar(Grain.YEAR, 0 if begun else -1, "late" if part == "late" else "early"))


def year_half(phrase: Phrase) -> Meanings:
    yield Meaning(_half_of(phrase.get(0, YearRef), phrase.get(2, str)))


def half_year_of(phrase: Phrase) -> Meanings:
    yield Meaning(_half_of(phrase.get(1, YearRef), phrase.get(0, str)))


def _half_of(year: YearRef, part: str) -> TimeRange:
    if year.year is None:
        return Calendar(Grain.YEAR, year.offset or 0, "late" if part == "late" else "early")
    if part == "late":
        return Span(date(year.year, 7, 1), date(year.year, 12, 31))
    return Span(date(year.year, 1, 1), date(year.year, 6, 30))


def quarter(phrase: Phrase) -> Meanings:
    number = phrase.get(0, int)
    yield from _quarter_in(phrase, number, latest_year(number * 3 - 2, phrase.calendar) if 1 <= number <= 4 else 0)


def year_quarter(phrase: Phrase) -> Meanings:
    yield from _quarter_in(phrase, phrase.get(2, int), phrase.year(0))


def in_year_quarter(phrase: Phrase) -> Meanings:
    """During 2017-q1."""
    yield from _quarter_in(phrase, phrase.get(3, int), phrase.year(1))


def quarter_year(phrase: Phrase) -> Meanings:
    yield from _quarter_in(phrase, phrase.get(0, int), phrase.any_year() or phrase.calendar.as_of.year)


def quarters(phrase: Phrase) -> Meanings:
    """2025年一季度到三季度, Q1 to Q3 (2026)."""
    first, last = phrase.get(1, int), phrase.get(3, int)
    if not (1 <= first <= 4 and 1 <= last <= 4):
        yield Meaning(error=no_such_quarter(phrase.said))
        return
    year = phrase.any_year() or latest_year(first * 3 - 2, phrase.calendar)
    later = year + (last < first)
    yield Meaning(Span(quarter_span(year, first).start, quarter_span(later, last).end))


def _quarter_in(phrase: Phrase, number: int, year: int) -> Meanings:
    if 1 <= number <= 4:
        yield Meaning(quarter_span(year, number))
    else:
        yield Meaning(error=no_such_quarter(phrase.said))


def month(phrase: Phrase) -> Meanings:
    number = phrase.get(0, int)
    yield Meaning(month_span(latest_year(number, phrase.calendar), number))


def year_month(phrase: Phrase) -> Meanings:
    yield Meaning(month_span(phrase.year(0), phrase.get(1, int)))


def month_year(phrase: Phrase) -> Meanings:
    yield Meaning(month_span(phrase.year(1), phrase.get(0, int)))


def near_month(phrase: Phrase) -> Meanings:
    """Last September, this March: the year is this one, or the last; both when both are possible."""
    number = phrase.get(1, int)
    this_year = phrase.calendar.as_of.year
    if phrase.pieces[0] is not None and phrase.pieces[0].kind == "thisword":
        yield Meaning(month_span(this_year, number))
        return
    yield Meaning(month_span(this_year - 1, number))
    latest = latest_year(number, phrase.calendar)
    if latest != this_year - 1 and number != phrase.calendar.as_of.month:
        yield Meaning(month_span(latest, number))


def figures_month(phrase: Phrase) -> Meanings:
    yield Meaning(month_span(*phrase.get(0, tuple)))


def months(phrase: Phrase) -> Meanings:
    """三月到五月, June to August 2026: the second month is the first one after the other."""
    first, last = phrase.get(1, int), phrase.get(3, int)
    said = phrase.any_year()
    yield _month_range(latest_year(first, phrase.calendar) if said is None else said - (last < first), first, last)


def year_months(phrase: Phrase) -> Meanings:
    """2025年11月到2月."""
    yield _month_range(phrase.year(1), phrase.get(2, int), phrase.get(4, int))


def short_months(phrase: Phrase) -> Meanings:
    """3-5月, 2026年三到五月."""
    first, last = phrase.get(2, int), phrase.get(4, int)
    if 1 <= first <= 12:
        said = phrase.any_year()
        yield _month_range(latest_year(first, phrase.calendar) if said is None else said, first, last)


def _month_range(year: int, first: int, last: int) -> Meaning:
    return Meaning(Span(date(year, first, 1), month_span(year + (last < first), last).end))


def month_third(phrase: Phrase) -> Meanings:
    """9月上旬, 2026年9月上旬."""
    number, part = phrase.get(1, int), phrase.get(2, str)
    year = phrase.year(0) if phrase.pieces[0] is not None else latest_year(number, phrase.calendar)
    yield Meaning(_third(month_span(year, number), part))


def _third(span: Span, part: str) -> Span:
    start, end = span.start, span.end
    if start is None or end is None:
        return span
    bounds = {"early": (1, 10), "middle": (11, 20), "late": (21, end.day)}
    first, last = bounds[part]
    return Span(start.replace(day=first), start.replace(day=last))


def third(phrase: Phrase) -> Meanings:
    """上旬 alone: of the month, or of the one before when it has not begun."""
    part = phrase.get(0, str)
    begins = {"early": 1, "middle": 11, "late": 21}[part]
    offset = 0 if phrase.calendar.as_of.day >= begins else -1
    yield Meaning(_third_of(Calendar(Grain.MONTH, offset), part))


def relative_third(phrase: Phrase) -> Meanings:
    calendar = phrase.get(0, Calendar)
    if calendar.unit is Grain.MONTH:
        yield Meaning(_third_of(calendar, phrase.get(1, str)))


def third_relative(phrase: Phrase) -> Meanings:
    calendar = phrase.get(1, Calendar)
    if calendar.unit is Grain.MONTH:
        yield Meaning(_third_of(calendar, phrase.get(0, str)))


def _third_of(calendar: Calendar, part: str) -> Calendar:
    parts: dict[str, Calendar] = {
        "early": Calendar(calendar.unit, calendar.offset, "early"),
        "middle": Calendar(calendar.unit, calendar.offset, "middle"),
        "late": Calendar(calendar.unit, calendar.offset, "late"),
    }
    return parts[part]


def relative(phrase: Phrase) -> Meanings:
    if not phrase.rolls():
        yield Meaning(phrase.get(0, Calendar))


def bad(phrase: Phrase) -> Meanings:
    errors = [piece.value for piece in phrase.pieces if piece is not None and isinstance(piece.value, Text)]
    yield Meaning(error=errors[0] if errors else no_such_day(phrase.said))
