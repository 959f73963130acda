"""Builders for single days and ranges of days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from assistant.interpreters.grammar.times.phrase import (
    DOUBTFUL,
    LIKELY,
    Meaning,
    Meanings,
    Phrase,
    latest_year,
    valid_day,
)
from assistant.interpreters.grammar.times.pieces import Piece
from semantic_layer.errors import Text
from semantic_layer.query.time import (
    Calendar,
    Grain,
    Span,
)


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
    number, week = next(
        p.value for p in phrase.pieces if p is not None and p.kind == "weekday" and isinstance(p.value, tuple)
    )
    time = phrase.point()
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
            named = phrase.said.endswith("号")  # 7日 may be seven days as well
            yield Meaning(Span(when, when), confidence=LIKELY if named else DOUBTFUL)
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


def weekend(phrase: Phrase) -> Meanings:
    """上周末, last weekend: Saturday and Sunday of one week, which begins with Monday here whatever the conventions say."""
    today = phrase.calendar.as_of
    saturday = today + timedelta(days=7 * phrase.get(0, int) + 5 - today.weekday())
    yield Meaning(Span(saturday, saturday + timedelta(days=1)))


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
