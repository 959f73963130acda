"""What the phrases of the time grammar mean: pieces in, times out. Asks the company's calendar, never the clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from assistant.interpreters.grammar.times_pieces import Piece, no_such_day, no_such_quarter
from assistant.interpreters.grammar.times_words import Contrast, YearRef
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Text
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

_Kind = TypeVar("_Kind")
_ONE_DAY = timedelta(days=1)
DOUBTFUL, LIKELY, SURE = 0.5, 0.8, 1.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing a phrase may mean: a time, a comparison, or why it can be neither."""

    time: TimeRange | None = None
    compare: CompareTo | None = None
    unit: Grain | None = None
    error: Text | None = None
    confidence: float = SURE


Meanings = Iterator[Meaning]


class Phrase:
    """The pieces a rule matched, to be taken in order; an optional piece that was not there is `None`."""

    def __init__(self, text: str, place: tuple[int, int], pieces: Sequence[Piece | None], calendar: CompanyCalendar) -> None:
        start, end = place
        self.said = text[start:end]
        self.before, self.after = text[:start], text[end:]
        self.pieces = pieces
        self.calendar = calendar

    def get(self, index: int, kind: type[_Kind]) -> _Kind:
        piece = self.pieces[index]
        if piece is None or not isinstance(piece.value, kind):
            raise TypeError(f"piece {index} of {self.said!r} is not a {kind.__name__}")
        return piece.value

    def maybe(self, index: int, kind: type[_Kind]) -> _Kind | None:
        return None if self.pieces[index] is None else self.get(index, kind)

    def year(self, index: int) -> int:
        return year_number(self.get(index, YearRef), self.calendar)

    def any_year(self) -> int | None:
        """The year among the pieces, if one was said."""
        said = next((each.value for each in self.pieces if each is not None and isinstance(each.value, YearRef)), None)
        return None if said is None else year_number(said, self.calendar)

    def time(self, index: int) -> TimeRange:
        piece = self.pieces[index]
        if piece is None or not isinstance(piece.value, (Span, Rolling, Calendar, Holiday, Across)):
            raise TypeError(f"piece {index} of {self.said!r} is not a time")
        return piece.value

    def rolls(self) -> bool:
        """Whether it is "the last week", which is the rolling one, and not "last week"."""
        return self.before.endswith("the ") and self.said.startswith("last ")

    def missing_day(self) -> Meaning:
        return Meaning(error=no_such_day(self.said))


def year_number(year: YearRef, calendar: CompanyCalendar) -> int:
    return year.year if year.year is not None else calendar.as_of.year + (year.offset or 0)


def valid_day(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


def month_span(year: int, month: int) -> Span:
    return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def quarter_span(year: int, quarter: int) -> Span:
    return Span(date(year, quarter * 3 - 2, 1), month_span(year, quarter * 3).end)


def latest_year(month: int, calendar: CompanyCalendar, day: int = 1) -> int:
    """The latest year in which that day has begun; leap days go back to a leap year."""
    year = calendar.as_of.year
    if (month, day) > (calendar.as_of.month, calendar.as_of.day):
        year -= 1
    while day == 29 and month == 2 and monthrange(year, 2)[1] < 29:
        year -= 1
    return year


# Years, halves, quarters, months


def whole_year(phrase: Phrase) -> Meanings:
    if not phrase.rolls():
        yield Meaning(_year_time(phrase.get(0, YearRef)))


def doubtful_year(phrase: Phrase) -> Meanings:
    """A bare 2025 or 25年 with nothing beside it: perhaps a year."""
    year = phrase.get(0, YearRef)
    if year.year is not None and -10 <= year.year - phrase.calendar.as_of.year <= 1:
        yield Meaning(_year_time(year), confidence=DOUBTFUL)


def year_after_word(phrase: Phrase) -> Meanings:
    """in 2025, for 2025."""
    year = phrase.get(1, YearRef)
    if year.year is not None and -40 <= year.year - phrase.calendar.as_of.year <= 5:
        yield Meaning(_year_time(year))


def _year_time(year: YearRef) -> TimeRange:
    if year.year is None:
        return Calendar(Grain.YEAR, year.offset or 0)
    return Span(date(year.year, 1, 1), date(year.year, 12, 31))


def fiscal_year(phrase: Phrase) -> Meanings:
    yield Meaning(phrase.calendar.fiscal_year(phrase.get(0, int)))


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
    """during 2017-q1."""
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
    """last September, this March: the year is this one, or the last; both when both are possible."""
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


# Days


def day(phrase: Phrase) -> Meanings:
    yield _one_day(phrase, phrase.get(0, date))


def _one_day(phrase: Phrase, when: date | None) -> Meaning:
    return phrase.missing_day() if when is None else Meaning(Span(when, when))


def year_month_day(phrase: Phrase) -> Meanings:
    yield _one_day(phrase, valid_day(phrase.year(0), phrase.get(1, int), phrase.get(2, int)))


def month_day(phrase: Phrase) -> Meanings:
    yield _latest_day(phrase, phrase.get(0, int), phrase.get(1, int))


def day_month(phrase: Phrase) -> Meanings:
    yield _latest_day(phrase, phrase.get(1, int), phrase.get(0, int))


def month_day_year(phrase: Phrase) -> Meanings:
    yield _one_day(phrase, valid_day(phrase.year(2), phrase.get(0, int), phrase.get(1, int)))


def day_month_year(phrase: Phrase) -> Meanings:
    yield _one_day(phrase, valid_day(phrase.year(2), phrase.get(1, int), phrase.get(0, int)))


def dashed_day(phrase: Phrase) -> Meanings:
    """05-Aug-2016."""
    yield _one_day(phrase, valid_day(phrase.year(4), phrase.get(2, int), phrase.get(0, int)))


def named_day(phrase: Phrase) -> Meanings:
    """Tue May 9: the weekday must fit the day."""
    number, week = next(p.value for p in phrase.pieces if p is not None and p.kind == "weekday" and isinstance(p.value, tuple))
    time = _time_in(phrase)
    whole = phrase.calendar.whole(time)
    if week == 9 and whole.days == 1 and whole.start.weekday() == number:
        yield Meaning(time)


def figures_day(phrase: Phrase) -> Meanings:
    """9/1 alone may as well be a fraction."""
    number, of_month = phrase.get(0, tuple)
    found = _latest_day(phrase, number, of_month)
    yield Meaning(found.time, error=found.error, confidence=DOUBTFUL)


def year_figures_day(phrase: Phrase) -> Meanings:
    number, of_month = phrase.get(1, tuple)
    yield _one_day(phrase, valid_day(phrase.year(0), number, of_month))


def relative_day(phrase: Phrase) -> Meanings:
    """上个月15日."""
    calendar = phrase.get(0, Calendar)
    start = phrase.calendar.whole(calendar).start
    if calendar.unit is Grain.MONTH:
        yield _one_day(phrase, valid_day(start.year, start.month, phrase.get(1, int)))


def day_alone(phrase: Phrase) -> Meanings:
    """15号: the latest 15th that has begun."""
    number, start = phrase.get(0, int), phrase.calendar.as_of
    for back in range(4):
        year, month0 = divmod(start.year * 12 + start.month - 1 - back, 12)
        when = valid_day(year, month0 + 1, number)
        if when is not None and when <= start:
            yield Meaning(Span(when, when), confidence=LIKELY)
            return
    yield phrase.missing_day()


def weekday(phrase: Phrase) -> Meanings:
    """上周三 is in last week; Wednesday alone is the latest one."""
    number, week = phrase.get(0, tuple)
    today = phrase.calendar.as_of
    if week == 9:
        when = today - timedelta(days=(today.weekday() - number) % 7)
    else:
        start = phrase.calendar.start_of(today, Grain.WEEK) + timedelta(days=7 * week)
        when = start + timedelta(days=(number - start.weekday()) % 7)
    yield Meaning(Span(when, when))


def lunar(phrase: Phrase) -> Meanings:
    yield Meaning(
        error=Text(
            zh=f"目前不支持农历或年号日期「{phrase.said}」；请改用公历日期，或节日名称。",
            en=f"Dates of the lunar or reign calendar ({phrase.said!r}) are not supported; use a Gregorian date or a festival.",
        )
    )


def _latest_day(phrase: Phrase, number: int, of_month: int) -> Meaning:
    if not 1 <= of_month <= monthrange(2024, number)[1]:
        return phrase.missing_day()
    return _one_day(phrase, valid_day(latest_year(number, phrase.calendar, of_month), number, of_month))


def days(phrase: Phrase) -> Meanings:
    """9月1日到15日, 9.1到9.30, June 3 to July 2 2026: without a year, the latest that has begun."""
    first, last = _month_days(phrase.pieces)
    yield _day_range(phrase, phrase.any_year() or latest_year(first[0], phrase.calendar, first[1]), first, last)


def year_days(phrase: Phrase) -> Meanings:
    """2026年9月1日到9月15日."""
    yield _day_range(phrase, phrase.year(1), *_month_days(phrase.pieces[2:]))


def short_days(phrase: Phrase) -> Meanings:
    """9月1-15日."""
    month, first, last = phrase.get(2, int), phrase.get(3, int), phrase.get(5, int)
    year = phrase.any_year() or latest_year(month, phrase.calendar, min(max(first, 1), 28))
    yield _day_range(phrase, year, (month, first), (month, last))


def relative_days(phrase: Phrase) -> Meanings:
    """上个月1日到15日."""
    calendar = phrase.get(1, Calendar)
    if calendar.unit is Grain.MONTH:
        start = phrase.calendar.whole(calendar).start
        first, last = (start.month, phrase.get(2, int)), (start.month, phrase.get(4, int))
        yield _day_range(phrase, start.year, first, last)


def _month_days(pieces: Sequence[Piece | None]) -> list[tuple[int, int]]:
    """Two days of months; a day without a month is in the month before it."""
    found: list[tuple[int, int]] = []
    current = 0
    for piece in pieces:
        if piece is None:
            continue
        if piece.kind in ("month", "monthname") and isinstance(piece.value, int):
            current = piece.value
        elif isinstance(piece.value, tuple):
            found.append(piece.value)
        elif isinstance(piece.value, int):
            found.append((current, piece.value))
    return found


def _day_range(phrase: Phrase, year: int, first: tuple[int, int], last: tuple[int, int]) -> Meaning:
    start, end = valid_day(year, *first), valid_day(year + (last[0] < first[0]), *last)
    return phrase.missing_day() if start is None or end is None else Meaning(Span(start, end))


# Rolling


def rolling(phrase: Phrase) -> Meanings:
    """最近三个月, past two weeks."""
    yield from _rolled(phrase.get(1, int), phrase.get(2, Grain))


def rolling_one(phrase: Phrase) -> Meanings:
    """the last year, the past month: rolling; "the last quarter" may as well be the calendar one."""
    unit, lead = phrase.get(1, Grain), phrase.get(0, str)
    yield Meaning(Rolling(1, unit))
    if "last" in lead or unit is Grain.QUARTER:
        yield Meaning(Calendar(unit, -1), confidence=SURE if unit is Grain.QUARTER else DOUBTFUL)


def rolling_half_year(phrase: Phrase) -> Meanings:
    yield Meaning(Rolling(6, Grain.MONTH))


def rolling_half_month(phrase: Phrase) -> Meanings:
    yield Meaning(Rolling(15, Grain.DAY))


def rolling_doubtful(phrase: Phrase) -> Meanings:
    """30天内, within 7 days: back from today, unless it is counted from something that happened."""
    index = 0 if isinstance(phrase.pieces[0].value if phrase.pieces[0] else None, int) else 1
    after_event = phrase.before.endswith(("后", "after")) or phrase.after.lstrip().startswith(("of ", "after ", "from "))
    for each in _rolled(phrase.get(index, int), phrase.get(index + 1, Grain)):
        yield Meaning(each.time, confidence=DOUBTFUL if after_event else LIKELY)


def since_duration(phrase: Phrase) -> Meanings:
    """三个月以来, 近三年来."""
    yield from _rolled(phrase.get(0, int), phrase.get(1, Grain))


def ago(phrase: Phrase) -> Meanings:
    count = phrase.get(0, int)
    if 1 <= count <= 400:  # 2018年前 is no length
        yield Meaning(Calendar(phrase.get(1, Grain), -count), confidence=LIKELY)


def _rolled(count: int, unit: Grain) -> Meanings:
    if 1 <= count:
        yield Meaning(Rolling(count, unit))


def leading(phrase: Phrase) -> Meanings:
    """今年前三季度, first three quarters of 2025: from the start of the year. Without a year, 前三个月 may look back."""
    year = next((p.value for p in phrase.pieces if p is not None and isinstance(p.value, YearRef)), None)
    count = next(p.value for p in phrase.pieces if p is not None and p.kind == "num" and isinstance(p.value, int))
    unit = next(p.value for p in phrase.pieces if p is not None and isinstance(p.value, Grain))
    number = year_number(year or YearRef(offset=0), phrase.calendar)
    first = date(number, 1, 1)
    if year is None and unit is not Grain.QUARTER:
        yield from (Meaning(each.time, confidence=LIKELY) for each in _rolled(count, unit))
    most = {Grain.MONTH: 12, Grain.QUARTER: 4}.get(unit, 0)
    if 1 <= count <= most:
        span = month_span(number, count) if unit is Grain.MONTH else quarter_span(number, count)
        yield Meaning(Span(first, span.end), confidence=LIKELY if year is None and unit is Grain.MONTH else SURE)
    elif year is not None and most == 0 and unit is not Grain.YEAR and 1 <= count <= 53:
        yield Meaning(Span(first, first + timedelta(days=count * (7 if unit is Grain.WEEK else 1) - 1)))


# Festivals


def festival(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, None, 0)


def year_festival(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, phrase.get(0, YearRef), 1)


def festival_year(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, phrase.get(1, YearRef), 0)


def festival_day_year(phrase: Phrase) -> Meanings:
    yield Meaning(_holiday(phrase.get(0, str), phrase.get(2, YearRef), day_only=True))


def near_festival(phrase: Phrase) -> Meanings:
    """last National Day: last year's, or the latest one; both when they differ."""
    name, lead = phrase.get(1, str), phrase.pieces[0]
    day_only = phrase.pieces[2] is not None
    if lead is not None and lead.kind == "thisword":
        yield Meaning(Holiday(name, offset=0, day_only=day_only))
        return
    latest = Holiday(name, day_only=day_only)
    if lead is not None and lead.value in ("last", "previous", "the last", "the previous"):
        yield Meaning(Holiday(name, offset=-1, day_only=day_only))
    yield Meaning(latest)


def day_of_festival(phrase: Phrase) -> Meanings:
    year = phrase.maybe(2, YearRef)
    yield Meaning(_holiday(phrase.get(1, str), year, day_only=True))


def _festival(phrase: Phrase, year: YearRef | None, name_at: int) -> Meanings:
    day_only = phrase.pieces[-1] is not None and phrase.pieces[-1].kind == "itself"
    only_figures = phrase.said.isdigit()  # 618 alone may be an amount
    yield Meaning(_holiday(phrase.get(name_at, str), year, day_only), confidence=LIKELY if only_figures else SURE)


def _holiday(name: str, year: YearRef | None, day_only: bool) -> Holiday:
    if year is None:
        return Holiday(name, day_only=day_only)
    return Holiday(name, year=year.year, offset=year.offset, day_only=day_only)


# Ranges of times


def across(phrase: Phrase) -> Meanings:
    """从去年国庆到今年春节, between March and May."""
    first, last = phrase.time(1), phrase.time(3)
    if isinstance(first, Span) and isinstance(last, Span) and last.end is not None:
        yield Meaning(Span(first.start, last.end))
    else:
        yield Meaning(Across(first, last))


def bare_years(phrase: Phrase) -> Meanings:
    first, last = phrase.year(1), phrase.year(3)
    this_year = phrase.calendar.as_of.year
    if max(abs(first - this_year), abs(last - this_year)) <= 40:
        yield Meaning(Span(date(first, 1, 1), date(last, 12, 31)))


def since(phrase: Phrase) -> Meanings:
    yield from _since(phrase, 1)


def since_tail(phrase: Phrase) -> Meanings:
    yield from _since(phrase, 1)


def _since(phrase: Phrase, index: int) -> Meanings:
    time = phrase.time(index)
    if isinstance(time, Rolling) or (isinstance(time, Calendar) and time.offset == 0 and time.part == "whole"):
        yield Meaning(time)
    else:
        yield Meaning(Across(time, Calendar(Grain.DAY, 0)))


def until_now(phrase: Phrase) -> Meanings:
    """between July and now, 7月到现在."""
    yield from _since(phrase, 1)


def year_range(phrase: Phrase) -> Meanings:
    """1995-1997年."""
    yield Meaning(Span(date(phrase.year(1), 1, 1), date(phrase.year(3), 12, 31)))


def before_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, date(phrase.year(0) - 1, 12, 31)))


def after_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(date(phrase.year(0) + 1, 1, 1), None))


def since_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(date(phrase.year(1), 1, 1), None))


def before(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, phrase.calendar.whole(_time_in(phrase)).start - _ONE_DAY))


def until(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, phrase.calendar.whole(_time_in(phrase)).end))


def after(phrase: Phrase) -> Meanings:
    yield Meaning(Span(phrase.calendar.whole(_time_in(phrase)).end + _ONE_DAY, None))


def before_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, date(phrase.year(1) - 1, 12, 31)))


def until_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, date(phrase.year(1), 12, 31)))


def after_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(date(phrase.year(1) + 1, 1, 1), None))


def _time_in(phrase: Phrase) -> TimeRange:
    index = next(number for number, piece in enumerate(phrase.pieces) if piece is not None and piece.kind == "point")
    return phrase.time(index)


def just_after(phrase: Phrase) -> Meanings:
    """双11之后30天, the 30 days after Double 11."""
    yield from _beside(phrase, 1)


def just_before(phrase: Phrase) -> Meanings:
    yield from _beside(phrase, -1)


def _beside(phrase: Phrase, way: int) -> Meanings:
    whole = phrase.calendar.whole(_time_in(phrase))
    count = next(p.value for p in phrase.pieces if p is not None and p.kind == "num" and isinstance(p.value, int))
    unit = next(p.value for p in phrase.pieces if p is not None and isinstance(p.value, Grain))
    length = {Grain.DAY: 1, Grain.WEEK: 7}.get(unit)
    if length is None or not 1 <= count <= 1000:
        return
    size = timedelta(days=count * length)
    span = Span(whole.end + _ONE_DAY, whole.end + size) if way > 0 else Span(whole.start - size, whole.start - _ONE_DAY)
    yield Meaning(span)


# Comparisons


def contrast(phrase: Phrase) -> Meanings:
    said = phrase.get(0, Contrast)
    yield Meaning(compare=said.kind, unit=said.unit)


def same_before(phrase: Phrase) -> Meanings:
    """跟去年同期相比."""
    yield Meaning(compare=Comparison.YEAR_BEFORE, unit=Grain.YEAR)


def same_before_alone(phrase: Phrase) -> Meanings:
    """去年同期 says enough; "a year ago" needs the word of comparison."""
    said = phrase.get(0, str)
    sure = "同" in said[:-1] or said.startswith(("the same", "same"))
    if sure:
        yield Meaning(compare=Comparison.YEAR_BEFORE, unit=Grain.YEAR)


def period_before(phrase: Phrase) -> Meanings:
    unit = next((p.value for p in phrase.pieces if p is not None and isinstance(p.value, Grain)), None)
    yield Meaning(compare=Comparison.PERIOD_BEFORE, unit=unit)


def against(phrase: Phrase) -> Meanings:
    """跟上个月比 is the period before; 跟去年双11比 is just that other time."""
    time = phrase.time(1)
    match time:
        case Calendar(unit=Grain.YEAR, offset=-1, part="whole", fiscal=False):
            yield Meaning(compare=Comparison.YEAR_BEFORE, unit=Grain.YEAR)
        case Calendar(unit=unit, offset=-1, part="whole", fiscal=False):
            yield Meaning(compare=Comparison.PERIOD_BEFORE, unit=unit)
        case _:
            yield Meaning(compare=Against(time))


def same_before_with(phrase: Phrase) -> Meanings:
    """compare … with last year's."""
    if "compar" in phrase.before and not phrase.after.lstrip()[:1].isalpha():
        yield from same_before(phrase)


def against_with(phrase: Phrase) -> Meanings:
    """compare … with last month."""
    if "compar" in phrase.before:
        yield from against(phrase)


def against_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(compare=Against(_year_time(phrase.get(1, YearRef))))
