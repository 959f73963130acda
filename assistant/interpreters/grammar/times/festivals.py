"""Builders for festivals and shopping days of the definitions."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.times.phrase import (
    LIKELY,
    SURE,
    Meaning,
    Meanings,
    Phrase,
)
from assistant.interpreters.grammar.times.pieces import Piece
from assistant.interpreters.grammar.times.words import YearRef
from semantic_layer.query.time import Across, Beside, Grain, Holiday


def festival(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, None, 0)


def year_festival(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, phrase.get(0, YearRef), 1)


def festival_year(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, phrase.get(1, YearRef), 0)


def festival_day_year(phrase: Phrase) -> Meanings:
    yield Meaning(_holiday(phrase.get(0, str), phrase.get(2, YearRef), day_only=True))


def festival_tail_year(phrase: Phrase) -> Meanings:
    """Double 11 presale 2025."""
    yield Meaning(_tailed(phrase, _holiday(phrase.get(0, str), phrase.get(2, YearRef), day_only=False)))


def presale_of(phrase: Phrase) -> Meanings:
    """The presale of (last year's) Double 11."""
    year = next((p.value for p in phrase.pieces if p is not None and isinstance(p.value, YearRef)), None)
    yield Meaning(replace(_holiday(_name(phrase), year, day_only=False), phase="presale"))


def wave_of(phrase: Phrase) -> Meanings:
    """The first wave of 618."""
    year = phrase.maybe(2, YearRef)
    yield Meaning(_tailed(phrase, _holiday(_name(phrase), year, day_only=False)))


def around(phrase: Phrase) -> Meanings:
    """春节前后两周: as long before the festival as after it."""
    count, unit = phrase.get(3, int), phrase.get(4, Grain)
    if unit in (Grain.DAY, Grain.WEEK) and count >= 1:
        middle = _holiday(phrase.get(1, str), phrase.maybe(0, YearRef), day_only=False)
        yield Meaning(Across(Beside(middle, count, unit, "before"), Beside(middle, count, unit, "after")))


def near_festival(phrase: Phrase) -> Meanings:
    """Last National Day: last year's, or the latest one; both when they differ."""
    name, lead = phrase.get(1, str), phrase.pieces[0]
    if lead is not None and lead.kind == "thisword":
        yield Meaning(_tailed(phrase, Holiday(name, offset=0)))
        return
    if lead is not None and lead.value in ("last", "previous", "the last", "the previous"):
        yield Meaning(_tailed(phrase, Holiday(name, offset=-1)))
    yield Meaning(_tailed(phrase, Holiday(name)))


def day_of_festival(phrase: Phrase) -> Meanings:
    year = phrase.maybe(2, YearRef)
    yield Meaning(_holiday(phrase.get(1, str), year, day_only=True))


def _festival(phrase: Phrase, year: YearRef | None, name_at: int) -> Meanings:
    only_figures = phrase.said.isdigit()  # 618 alone may be an amount
    found = _tailed(phrase, _holiday(phrase.get(name_at, str), year, day_only=False))
    yield Meaning(found, confidence=LIKELY if only_figures else SURE)


def _tailed(phrase: Phrase, holiday: Holiday) -> Holiday:
    """With what is said behind its name: the day itself, the presale, one wave."""
    for piece in phrase.pieces:
        match piece:
            case Piece(kind="itself"):
                holiday = replace(holiday, day_only=True)
            case Piece(kind="presale"):
                holiday = replace(holiday, phase="presale")
            case Piece(kind="wave", value=int(number)):
                holiday = replace(holiday, nth=number)
    return holiday


def _name(phrase: Phrase) -> str:
    return next(p.value for p in phrase.pieces if p is not None and p.kind == "fest" and isinstance(p.value, str))


def _holiday(name: str, year: YearRef | None, *, day_only: bool) -> Holiday:
    if year is None:
        return Holiday(name, day_only=day_only)
    return Holiday(name, year=year.year, offset=year.offset, day_only=day_only)
