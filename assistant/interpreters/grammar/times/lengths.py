"""Builders for lengths of time that end today, and for the first so many months of a year."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.interpreters.grammar.times.phrase import (
    DOUBTFUL,
    LIKELY,
    SURE,
    Meaning,
    Meanings,
    Phrase,
    month_span,
    quarter_span,
    year_number,
)
from assistant.interpreters.grammar.times.words import YearRef
from semantic_layer.query.time import (
    Calendar,
    Grain,
    Rolling,
    Span,
)


def rolling(phrase: Phrase) -> Meanings:
    """最近三个月, past two weeks."""
    yield from _rolled(phrase.get(1, int), phrase.get(2, Grain))


def rolling_one(phrase: Phrase) -> Meanings:
    """The last year, the past month: rolling; "the last quarter" may as well be the calendar one."""
    unit, lead = phrase.get(1, Grain), phrase.get(0, str)
    yield Meaning(Rolling(1, unit))
    if "last" in lead or unit is Grain.QUARTER:
        yield Meaning(Calendar(unit, -1), confidence=SURE if unit is Grain.QUARTER else DOUBTFUL)


def rolling_hour(phrase: Phrase) -> Meanings:
    """The past hour."""
    yield Meaning(Rolling(1, phrase.get(1, Grain)))


def rolling_half_year(_: Phrase) -> Meanings:
    yield Meaning(Rolling(6, Grain.MONTH))


def rolling_half_month(_: Phrase) -> Meanings:
    yield Meaning(Rolling(15, Grain.DAY))


def rolling_doubtful(phrase: Phrase) -> Meanings:
    """30天内, within 7 days: back from today, unless it is counted from something that happened."""
    index = 0 if isinstance(phrase.pieces[0].value if phrase.pieces[0] else None, int) else 1
    after_event = phrase.before.endswith(("后", "after")) or phrase.after.lstrip().startswith(
        ("of ", "after ", "from ")
    )
    for each in _rolled(phrase.get(index, int), phrase.get(index + 1, Grain)):
        yield Meaning(each.time, confidence=DOUBTFUL if after_event else LIKELY)


def since_duration(phrase: Phrase) -> Meanings:
    """三个月以来, 近三年来."""
    yield from _rolled(phrase.get(0, int), phrase.get(1, Grain))


def ago(phrase: Phrase) -> Meanings:
    count = phrase.get(0, int)
    if not 1 <= count <= 400:  # 2018年前 is no length
        return
    then = Calendar(phrase.get(1, Grain), -count)
    if phrase.get(2, str) in ("以前", "之前"):  # on that day, or before it
        yield Meaning(then, confidence=DOUBTFUL)
        yield Meaning(Span(None, phrase.calendar.whole(then).end), confidence=DOUBTFUL)
    else:
        yield Meaning(then, confidence=LIKELY)


def _rolled(count: int, unit: Grain) -> Meanings:
    if count >= 1:
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
