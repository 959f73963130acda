"""Where a question says something that no name of the data set and no word of the grammar explains."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.mentions import Linker
from assistant.interpreters.grammar.normalise import Normalised, normalise
from assistant.interpreters.grammar.times import TimeFinder
from assistant.interpreters.grammar.words import Word
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.fold import is_han

_SURE: Final = frozenset(
    {
        cat.METRIC,
        cat.FIELD,
        cat.VALUE,
        cat.ENTITY,
        cat.VERB,
        cat.NUMBER,
        cat.TIME,
        cat.QUOTED,
        cat.KEY,
        "COMPARISON",
        "MOMENT",
    }
)
_EXACT: Final = frozenset({cat.NUMBER, cat.TIME, cat.QUOTED, cat.KEY, "COMPARISON", "MOMENT"})
_DENYING: Final = frozenset({"NEG", "EXC"})
_JOINING: Final = 4  # letters of small words between two unknown stretches that may belong to one saying
# Words that turn the meaning around. No other word may be taken for something that they are a part of.
_TURNING: Final = frozenset(
    {"NEG", "EXC", "EXCEND", "OR", "CMP", "CMPP", "BETW", "ONLY", "BAREONLY", "REMOVE", "THENW", "AFTERZ", "FIRSTLY"}
    | {"EDGE", "VS", "GROWTH"}
)
# Words that say how the answer is cut or ordered: they stay when others around them are taken for something.
_SHAPING: Final = frozenset(
    {"EACH", "GRAINN", "BYPRE", "SUP", "TOPW", "SORT", "RANKW", "SHARE", "DIST", "TREND", "AVG", "RESP", "LEN", "AGO"}
)
_TIMING: Final = frozenset({"GRAINN", "LEN", "AGO", "NEXTP", cat.NUMBER})
_FEW_HAN: Final = 3  # letters of the shortest saying
_FEW_LETTERS: Final = 6
_SIGNS: Final = re.compile(r"[，,。？?！!；;、]")


@dataclass(frozen=True, slots=True)
class Gap:
    """Letters `start` (inside) to `end` (outside) of the normalised text, and those words as typed."""

    start: int
    end: int
    said: str
    timed: bool = False  # a unit of time or a number touches it, so that it may say when or how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The gaps of one question, each as the unknown words alone and then with the small words around them."""

    normalised: Normalised
    gaps: tuple[tuple[Gap, ...], ...]
    words: tuple[Word, ...]  # names, times and numbers that are surely meant, from left to right
    senses: tuple[Word, ...] = ()  # all that such words may mean, and those inside them
    denials: tuple[Word, ...] = ()  # not, without, except

    @property
    def measured(self) -> bool:
        """Is a metric named?"""
        return any(word.cat == cat.METRIC for word in self.words)

    def said(self, word: Word) -> str:
        """A word as it was typed."""
        return self.normalised.quote(word.start, word.end).strip()

    def replaced(self, words: Sequence[tuple[Gap, str]]) -> str:
        """The question with other words in its gaps; empty when two of the gaps overlap, since one would be lost."""
        text, place, parts = self.normalised.text, 0, []
        for gap, said in sorted(words, key=lambda pair: pair[0].start):
            if gap.start < place:
                return ""
            parts += [self.normalised.quote(place, gap.start) if gap.start > place else "", f" {said} "]
            place = gap.end
        if place < len(text):
            parts.append(self.normalised.quote(place, len(text)))
        return re.sub(r"\s+", " ", "".join(parts)).strip()


class Gaps:
    """Finds them for one vocabulary; read only after it is built."""

    def __init__(self, vocabulary: Vocabulary, index: ModelIndex, calendar: CompanyCalendar) -> None:
        self._linker = Linker(vocabulary, Meanings(index), TimeFinder(calendar))

    def of(self, text: str) -> Found:
        normalised = normalise(text)
        mentions = self._linker.link(normalised)
        exact = [word for word in mentions.words if word.note is None]
        senses = tuple(w for w in exact if _is_sure(w))
        sure = _apart(senses)
        covered = _letters(exact)
        unknown = [place for place, char in enumerate(normalised.text) if place not in covered and char.isalnum()]
        named = _letters([*sure, *(word for word in exact if word.cat in _TURNING | _SHAPING)])
        timing = _letters([word for word in exact if word.cat in _TIMING])
        stretches = _stretches(unknown, normalised.text, named) or _sayings(normalised.text, named)
        gaps = []
        for start, end in stretches:
            wide = _widened(start, end, normalised.text, named)
            both = [(start, end)] if wide == (start, end) else [(start, end), wide]
            timed = any(place in timing for place in range(start - 1, end + 1))
            gaps.append(tuple(Gap(a, b, normalised.quote(a, b).strip(), timed=timed) for a, b in both))
        return Found(
            normalised=normalised,
            gaps=tuple(gaps),
            words=tuple(sorted(sure, key=lambda w: w.start)),
            senses=senses,
            denials=tuple(_denials(exact, normalised.text)),
        )


def _is_sure(word: Word) -> bool:
    return word.cat in _SURE and (word.cat in _EXACT or word.end - word.start >= 2)


def _apart(words: Sequence[Word]) -> list[Word]:
    """Words that do not overlap, the longest first."""
    taken: list[Word] = []
    for word in sorted(words, key=lambda w: (w.start - w.end, w.price, w.start)):
        if not any(t.start < word.end and word.start < t.end for t in taken):
            taken.append(word)
    return taken


def _denials(words: Sequence[Word], text: str) -> Iterator[Word]:
    """Words that deny on their own: "had not" and its "not" once, none that a name holds, nor the 没有 of 有没有."""
    for word in words:
        if word.cat not in _DENYING or (word.start and text[word.start - 1] == text[word.start + 1 : word.start + 2]):
            continue
        if not any(
            o.start <= word.start and word.end <= o.end and o.end - o.start > word.end - word.start for o in words
        ):
            yield word


def _letters(words: Sequence[Word]) -> set[int]:
    return {place for word in words for place in range(word.start, word.end)}


def _stretches(unknown: Sequence[int], text: str, named: set[int]) -> list[tuple[int, int]]:
    """Unknown letters in a row; stretches with only a few small words between them are one."""
    found: list[tuple[int, int]] = []
    for place in unknown:
        if found:
            start, end = found[-1]
            between = range(end, place)
            near = len(text[end:place].replace(" ", "")) <= (_JOINING if is_han(text[place]) else _JOINING + 3)
            if near and not any(b in named for b in between) and not _SIGNS.search(text[end:place]):
                found[-1] = (start, place + 1)
                continue
        found.append((place, place + 1))
    return found


def _sayings(text: str, named: set[int]) -> list[tuple[int, int]]:
    """What stands between the names when each word is known and the whole is not: words that say something together."""
    found: list[tuple[int, int]] = []
    start = 0
    for place in range(len(text) + 1):
        if place < len(text) and place not in named and not _SIGNS.match(text[place]):
            continue
        said = text[start:place].strip()
        least = _FEW_HAN if any(is_han(char) for char in said) else _FEW_LETTERS
        if len(said) >= least:
            begin = text.index(said, start)
            found.append((begin, begin + len(said)))
        start = place + 1
    return found


def _widened(start: int, end: int, text: str, named: set[int]) -> tuple[int, int]:
    """With the small words around, up to the next name or sign."""
    while start > 0 and start - 1 not in named and not _SIGNS.match(text[start - 1]):
        start -= 1
    while end < len(text) and end not in named and not _SIGNS.match(text[end]):
        end += 1
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    return start, end


def plain(text: str) -> str:
    """Without signs and blanks, for comparing what was said."""
    return re.sub(r"[\W_]+", "", text).casefold()
