"""Where words stand to each other: beside, inside, across; which of those inside others stay; what no word covers."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.words import Word, is_punctuation
from semantic_layer.vocabulary.fold import is_han

_BESIDE_TIMES = frozenset({"LENW", "NEXTP", "PEND"})  # words that may hold, or be, what is also a time


def overlaps(start: int, end: int, fixed: Sequence[Word]) -> bool:
    return any(f.start < end and start < f.end for f in fixed)


def is_free(word: Word, fixed: Sequence[Word]) -> bool:
    """Is it neither inside a fixed word nor cut by one, or of a kind that may be inside?"""
    if word.cat not in _BESIDE_TIMES:
        return not overlaps(word.start, word.end, fixed)
    return not any(_cut(word, f) for f in fixed)


def _cut(word: Word, other: Word) -> bool:
    """Do they overlap without one holding the other?"""
    held = other.start <= word.start and word.end <= other.end
    holds = word.start <= other.start and other.end <= word.end
    return other.start < word.end and word.start < other.end and not held and not holds


def splits(word: Word, fixed: Sequence[Word]) -> bool:
    """Does it overlap a fixed word without holding all of it? A name may hold a time in it: 1月生日."""
    return any(
        f.start < word.end and word.start < f.end and not (word.start <= f.start and f.end <= word.end) for f in fixed
    ) or any((word.start, word.end) == (f.start, f.end) for f in fixed)


def without_parts(text: str, words: Sequence[Word]) -> list[Word]:
    """Drops words inside a longer one, unless that one is exactly made up of words, a name among them: then both ways of
    reading stand.
    """
    spans = sorted({(w.start, w.end) for w in words}, key=lambda s: (s[0] - s[1], s[0]))
    kept: set[tuple[int, int]] = set()
    named = {(w.start, w.end) for w in words if w.sense is not None}, {_span(w) for w in words if w.cat == cat.ENTITY}
    for span in spans:
        holders = [k for k in kept if k[0] <= span[0] and span[1] <= k[1] and k != span]
        if all(
            _contested(holder, spans) or (_holds_name(holder, named) and _tiles(text, holder, span, spans))
            for holder in holders
        ):
            kept.add(span)
    return [w for w in words if (w.start, w.end) in kept]


def _holds_name(holder: tuple[int, int], named: tuple[set[tuple[int, int]], set[tuple[int, int]]]) -> bool:
    """Is it a name, or a word with the name of a thing in it: "order by"?"""
    names, things = named
    return holder in names or any(holder[0] <= n[0] and n[1] <= holder[1] for n in things)


def _span(word: Word) -> tuple[int, int]:
    return word.start, word.end


def _contested(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Does another word begin or end in the middle of this one and reach out of it?"""
    return any(s[0] < span[0] < s[1] < span[1] or span[0] < s[0] < span[1] < s[1] for s in spans)


def _tiles(text: str, holder: tuple[int, int], part: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Is there a chain of words that fills `holder` and has `part` in it? Blanks between words do not matter."""
    inner = [s for s in spans if holder[0] <= s[0] and s[1] <= holder[1] and s != holder]
    return _fills(text, holder[0], part[0], inner) and _fills(text, part[1], holder[1], inner)


def _fills(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    reached = {_after_blanks(text, start, end)}
    for begin, stop in sorted(spans):
        if begin in reached and stop <= end:
            reached.add(_after_blanks(text, stop, end))
    return end in reached


def _after_blanks(text: str, place: int, end: int) -> int:
    while place < end and text[place] in " -":
        place += 1
    return place


def uncovered(text: str, words: Sequence[Word]) -> tuple[tuple[int, int], ...]:
    covered = [False] * len(text)
    for word in words:
        for place in range(word.start, word.end):
            covered[place] = True
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for place in range(len(text) + 1):
        bare = place < len(text) and not covered[place] and not is_punctuation(text[place])
        joined = start is not None and bare and is_han(text[place]) == is_han(text[place - 1])
        if start is not None and not joined:
            runs.append((start, place))
            start = None
        if bare and start is None:
            start = place
    return tuple(runs)
