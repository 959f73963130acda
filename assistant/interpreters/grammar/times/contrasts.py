"""Builders for comparisons: against the year before, the period before, or another time."""

from __future__ import annotations

import re

from assistant.interpreters.grammar.times.phrase import (
    Meaning,
    Meanings,
    Phrase,
    year_time,
)
from assistant.interpreters.grammar.times.words import Contrast, YearRef
from semantic_layer.query.time import (
    Against,
    Aligned,
    Calendar,
    Comparison,
    Grain,
    Rolling,
)

_BEFORE_IT = re.compile(r"previous|prior|preceding|前")
_LENGTHS = ("more", "less", "longer", "older", "earlier", "later")


def contrast(phrase: Phrase) -> Meanings:
    said = phrase.get(0, Contrast)
    yield Meaning(compare=said.kind, unit=said.unit, same=True)


def same_weekdays(phrase: Phrase) -> Meanings:
    """同比(按星期): a comparison with the year before, and weekdays to meet."""
    said = next((p.value for p in phrase.pieces if p is not None and isinstance(p.value, Contrast)), None)
    if said is None or said.kind is not Comparison.PERIOD_BEFORE:
        yield Meaning(compare=Comparison.YEAR_BEFORE_WEEKDAY, unit=Grain.YEAR)


def around_festival(phrase: Phrase) -> Meanings:
    """按春节对齐, aligned by Spring Festival."""
    name = next(p.value for p in phrase.pieces if p is not None and p.kind == "fest" and isinstance(p.value, str))
    said = next((p.value for p in phrase.pieces if p is not None and isinstance(p.value, Contrast)), None)
    if said is None or said.kind is not Comparison.PERIOD_BEFORE:
        yield Meaning(compare=Aligned(name), unit=Grain.YEAR)


def same_before(_: Phrase) -> Meanings:
    """跟去年同期相比."""
    yield Meaning(compare=Comparison.YEAR_BEFORE, unit=Grain.YEAR)


def same_before_versus(phrase: Phrase) -> Meanings:
    """Than a year ago; but "more than a year ago" is an age, and no comparison."""
    if not (phrase.said.startswith("than a") and phrase.before.rstrip().endswith(_LENGTHS)):
        yield from same_before(phrase)


def same_before_alone(phrase: Phrase) -> Meanings:
    """去年同期 says enough; "a year ago" needs the word of comparison."""
    said = phrase.get(0, str)
    sure = said.find("同") > 0 or said.startswith(("the same", "same"))
    if sure:
        yield Meaning(compare=Comparison.YEAR_BEFORE, unit=Grain.YEAR)


def period_before(phrase: Phrase) -> Meanings:
    unit = next((p.value for p in phrase.pieces if p is not None and isinstance(p.value, Grain)), None)
    yield Meaning(compare=Comparison.PERIOD_BEFORE, unit=unit)


def same_time(phrase: Phrase) -> Meanings:
    """与上周同期相比; "a week ago" needs the word of comparison."""
    unit = next(p.value for p in phrase.pieces if p is not None and isinstance(p.value, Grain))
    if len(phrase.pieces) > 1 or not phrase.said.startswith("a "):
        yield Meaning(compare=Comparison.PERIOD_BEFORE, unit=unit, same=True)


def against(phrase: Phrase) -> Meanings:
    """跟上个月比 is the period before; 跟去年双11比 is just that other time."""
    time = phrase.time(1)
    match time:
        case Rolling(unit=unit) if _BEFORE_IT.search(phrase.said):
            yield Meaning(compare=Comparison.PERIOD_BEFORE, unit=unit)
        case Calendar(unit=Grain.YEAR, offset=-1, part="whole", fiscal=False):
            yield Meaning(compare=Comparison.YEAR_BEFORE, unit=Grain.YEAR)
        case Calendar(unit=unit, offset=-1, part="whole", fiscal=False):
            yield Meaning(compare=Comparison.PERIOD_BEFORE, unit=unit)
        case _:
            yield Meaning(compare=Against(time))


def same_before_with(phrase: Phrase) -> Meanings:
    """Compare … with last year's."""
    if "compar" in phrase.before and not phrase.after.lstrip()[:1].isalpha():
        yield from same_before(phrase)


def against_with(phrase: Phrase) -> Meanings:
    """Compare … with last month."""
    if "compar" in phrase.before:
        yield from against(phrase)


def against_bare_year(phrase: Phrase) -> Meanings:
    yield Meaning(compare=Against(year_time(phrase.get(1, YearRef))))
