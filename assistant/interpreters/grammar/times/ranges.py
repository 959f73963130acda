"""Builders that make a range of one or two other times: from … to, since, before, after."""

from __future__ import annotations

import re
from datetime import date, timedelta

from assistant.interpreters.grammar.times.phrase import (
    ONE_DAY,
    Meaning,
    Meanings,
    Phrase,
)
from semantic_layer.calendar.resolve import DateSpan
from semantic_layer.query.time import (
    Across,
    Beside,
    Calendar,
    Grain,
    Holiday,
    Rolling,
    Span,
)

_DAY_ZH = "(?:周|星期|礼拜)[一二三四五六日天]"
_DAY_EN = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_RECURRING = re.compile(
    f"(?:从|from |between )?(?:{_DAY_ZH} ?(?:到|至|-|~) ?{_DAY_ZH}|{_DAY_EN} ?(?:to|through|thru|-|and|until) ?{_DAY_EN})"
)

_COMES = re.compile(r"(?<![a-z])(?:comes?|came|coming|adds?|added|adding|amounts?|amounted) $")
_TO_DATE = re.compile(r"至今|迄今|以来|[到至](?:现在|目前|今天|今日)")
_WHAT_IS = re.compile(r"(?<![a-z])(?:what(?:'s|s| is| are)|where(?:'s| is| are)|how (?:much|many|high|far))(?![a-z])")


def across(phrase: Phrase) -> Meanings:
    """从去年国庆到今年春节, between March and May."""
    first, last = phrase.time(1), phrase.time(3)
    if _RECURRING.fullmatch(phrase.said):
        return  # every Monday to Friday, which is no time but a part of the week
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
    """Between July and now, 7月到现在."""
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


def up_to_now(phrase: Phrase) -> Meanings:
    """截至目前: all that the data holds."""
    yield Meaning(Span(None, phrase.calendar.as_of))


def before(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, phrase.calendar.whole(phrase.point()).start - ONE_DAY))


def until(phrase: Phrase) -> Meanings:
    if not _reaches(phrase) and _TO_DATE.search(phrase.said) is None:
        yield Meaning(Span(None, phrase.calendar.whole(phrase.point()).end))


def reached(phrase: Phrase) -> Meanings:
    """What is it up to this quarter: what it has come to in the quarter."""
    if _reaches(phrase):
        yield Meaning(phrase.point())


def _reaches(phrase: Phrase) -> bool:
    """Is "up to" what a number has come to, rather than the end of a time?"""
    if not phrase.said.startswith("up to "):
        return False
    if _COMES.search(phrase.before):
        return True
    time = phrase.point()
    begun = isinstance(time, Calendar) and time.offset == 0 and time.unit is not Grain.DAY
    asked = "so far" in phrase.said or "to date" in phrase.said or _WHAT_IS.search(phrase.before) is not None
    return begun and asked


def after(phrase: Phrase) -> Meanings:
    yield Meaning(Span(phrase.calendar.whole(phrase.point()).end + ONE_DAY, None))


def before_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, date(phrase.year(1) - 1, 12, 31)))


def until_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(None, date(phrase.year(1), 12, 31)))


def after_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(Span(date(phrase.year(1) + 1, 1, 1), None))


def just_after(phrase: Phrase) -> Meanings:
    """双11之后30天, the 30 days after Double 11."""
    yield from _beside(phrase, 1)


def just_before(phrase: Phrase) -> Meanings:
    yield from _beside(phrase, -1)


def _beside(phrase: Phrase, way: int) -> Meanings:
    point = phrase.point()
    whole = phrase.calendar.whole(point)
    count = next(p.value for p in phrase.pieces if p is not None and p.kind == "num" and isinstance(p.value, int))
    unit = next(p.value for p in phrase.pieces if p is not None and isinstance(p.value, Grain))
    length = {Grain.DAY: 1, Grain.WEEK: 7}.get(unit)
    if length is None or not 1 <= count <= 1000:
        return
    if isinstance(point, Holiday):  # keeps its place beside the festival in other years
        yield Meaning(Beside(point, count, unit, "after" if way > 0 else "before"))
        return
    size = timedelta(days=count * length)
    if _inside(phrase, whole, size):
        inner = (
            Span(whole.end - size + ONE_DAY, whole.end) if way > 0 else Span(whole.start, whole.start + size - ONE_DAY)
        )
        yield Meaning(inner)
        return
    span = Span(whole.end + ONE_DAY, whole.end + size) if way > 0 else Span(whole.start - size, whole.start - ONE_DAY)
    yield Meaning(span)


def _inside(phrase: Phrase, whole: DateSpan, size: timedelta) -> bool:
    """本月前10天 are its first ten days, whereas 双11前10天 are those before it."""
    tail = next(
        (piece.value for piece in phrase.pieces if piece is not None and piece.kind in ("beforetail", "aftertail")), ""
    )
    return tail in ("前", "后") and size < timedelta(days=whole.days)
