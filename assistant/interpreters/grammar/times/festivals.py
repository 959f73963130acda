"""Builders for festivals and shopping days of the definitions."""

from __future__ import annotations

from assistant.interpreters.grammar.times.phrase import (
    LIKELY,
    SURE,
    Meaning,
    Meanings,
    Phrase,
)
from assistant.interpreters.grammar.times.words import YearRef
from semantic_layer.query.time import (
    Holiday,
)


def festival(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, None, 0)


def year_festival(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, phrase.get(0, YearRef), 1)


def festival_year(phrase: Phrase) -> Meanings:
    yield from _festival(phrase, phrase.get(1, YearRef), 0)


def festival_day_year(phrase: Phrase) -> Meanings:
    yield Meaning(_holiday(phrase.get(0, str), phrase.get(2, YearRef), day_only=True))


def near_festival(phrase: Phrase) -> Meanings:
    """Last National Day: last year's, or the latest one; both when they differ."""
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
    yield Meaning(
        _holiday(phrase.get(name_at, str), year, day_only=day_only), confidence=LIKELY if only_figures else SURE
    )


def _holiday(name: str, year: YearRef | None, *, day_only: bool) -> Holiday:
    if year is None:
        return Holiday(name, day_only=day_only)
    return Holiday(name, year=year.year, offset=year.offset, day_only=day_only)
