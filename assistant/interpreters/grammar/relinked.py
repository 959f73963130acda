"""Words that mean something else for what stands beside them: "any" before a field or alone, "it" behind a verb, 上 before
a place, a month beside a birthday. Each takes the words of a text and gives those that stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.deeds import month_field
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.times import TimeMention
from assistant.interpreters.grammar.words import WORD_PRICE, Word
from semantic_layer.query.time import Calendar, Grain, Span, TimeRange
from semantic_layer.vocabulary import Match
from semantic_layer.vocabulary.terms import FieldTerm

_ANY = re.compile(r"(?:(?<![a-z])any|任何|任意|任一) ?$")
_OBJECTS = frozenset({"any", "it", "them", "any of it", "any of them", "any of those", "any of that"})
_TO_BE = re.compile(r"(?<![a-z])(?:to be|to get|to being) $")
_GAP = 24  # how far a month may stand from the birthday that falls in it
_BETWEEN = re.compile(
    r"(?:[ ,']|份|里|内|过|的|是|在|有|会|coming|comes?|up|falls?|falling|is|are|due|in|on|s|during|within|the|have|has|a|their|whose)*"
)


def relinked(text: str, words: Sequence[Word]) -> list[Word]:
    verbs = {w.end for w in words if w.cat == cat.VERB}
    denied = {end for end in verbs if any(w.cat == "NEG" and 0 < end - w.end < _GAP for w in words)}
    named = {w.end for w in words if w.sense is not None}
    begun = {w.start for w in words if w.sense is not None}
    kept: list[Word] = []
    for word in words:
        said = text[word.start : word.end]
        if said == "one" and _after_blank(text, word.start, denied) and not text[word.end : word.end + 2].strip(" .?!"):
            kept.append(Word(word.start, word.end, "THAT", said))
        elif said in _OBJECTS and _after_blank(text, word.start, verbs) and _next(text, word.end) not in begun:
            kept.append(replace(word, cat="THAT", value=said))
        elif word.cat == cat.VERB and _TO_BE.search(text[: word.start]):
            kept.append(replace(word, cat="TOBE"))
        elif word.cat == cat.FIELD and _ANY.search(text[: word.start]):
            kept.append(Word(word.start, word.end, "ANYF", said))
        elif said == "上" and word.cat == "SOFT" and word.start not in named:
            continue  # 上 before a place is what is done; only behind one it says where
        else:
            kept.append(word)
    return list(dict.fromkeys(kept))


def _after_blank(text: str, start: int, ends: set[int]) -> bool:
    return len(text[:start].rstrip()) in ends


def _next(text: str, end: int) -> int:
    return end + 1 if text[end : end + 1] == " " else end


# ---- dates that come again every year


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A month beside a date of people that comes again every year: from `start` to `end`; the month itself is at `place`."""

    start: int
    end: int
    place: tuple[int, int]
    month: int

    def word(self) -> Word:
        return Word(*self.place, "INMONTH", self.month, WORD_PRICE)


def anniversaries(
    m: Meanings, text: str, matches: Sequence[Match], times: Sequence[TimeMention], today: tuple[int, int]
) -> Iterator[Anniversary]:
    """Months, past or still to come, that stand right beside a birthday. `today` is the year and the month of it."""
    dates = [
        (match.start, match.end)
        for match in matches
        if isinstance(match.entry.term, FieldTerm) and month_field(m, match.entry.term.field) is not None
    ]
    for time in times if dates else ():
        month = _month(time.time or time.ahead, today)
        for start, end in dates:
            first, last = min(time.start, start), max(time.end, end)
            between = text[min(time.end, end) : max(time.start, start)]
            if month is not None and last - first <= _GAP + time.end - time.start and _BETWEEN.fullmatch(between):
                yield Anniversary(first, last, (time.start, time.end), month)


def _month(time: TimeRange | None, today: tuple[int, int]) -> int | None:
    """1 to 12 for a single month."""
    if isinstance(time, Calendar):
        whole = time.unit is Grain.MONTH and time.part == "whole" and not time.fiscal
        return (today[1] - 1 + time.offset) % 12 + 1 if whole else None
    if isinstance(time, Span) and time.start is not None and time.end is not None:
        days = (time.end - time.start).days + 1
        whole = time.start.day == 1 and time.start.month == time.end.month and 28 <= days <= 31
        return time.start.month if whole else None
    return None
