"""Meanings that a question with unknown words may have: names of the data set are tried in the place of those words.

Ranked by how near the names are to what was said; never taken without somebody, a person or a second witness, agreeing.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, Protocol

from assistant.interpreters.base import Reading, Understood
from assistant.interpreters.names import Gloss, Names
from assistant.interpreters.spans import Found, Gap
from semantic_layer.errors import Language
from semantic_layer.query.plan import Plan
from semantic_layer.vocabulary.terms import Near

_OF_A_GAP: Final = 6  # names tried in one place
_OF_ALL: Final = 6  # metrics tried for the question as a whole
_WHOLE: Final = 0.8  # what being near the question counts beside being near the words in doubt
_MOST_GAPS: Final = 5  # places with unknown words; a text with more is not near to any question
_TRIES: Final = 32  # wordings that are read
PASSED_OVER: Final = 0.33  # how likely a word without a near name says nothing, on the scale of similarities
_WORTH: Final = 0.27  # score from which a reading is worth a look
_WIDER: Final = 0.03  # what taking more words than the unknown ones costs


class Reads(Protocol):
    """Reads a question of its own strictly: one meaning, or nothing."""

    def understood(self, text: str) -> Understood | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A whole reading, the question in the words that gave it, and what was taken for what."""

    reading: Reading
    wording: str
    glosses: tuple[Gloss, ...]
    score: float  # 0..1: the similarity of the weakest gloss weighs most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    gap: Gap
    words: str
    gloss: Gloss


class Proposer:
    """Built once for a data set; pure, and may be called from many threads."""

    def __init__(self, reads: Reads, names: Names) -> None:
        self._reads = reads
        self._names = names

    def propose(self, text: str, found: Found, language: Language, limit: int = 8) -> tuple[Proposal, ...]:
        """Readings of the question, best first; none when nothing near can be read."""
        if not 0 < len(found.gaps) <= _MOST_GAPS:
            return ()
        choices = [list(self._choices(gap, text, language, measured=found.measured)) for gap in found.gaps]
        proposals: dict[Plan, Proposal] = {}
        for chosen in _best_first(choices, _TRIES):
            wording = found.replaced([(choice.gap, choice.words) for choice in chosen])
            understood = self._reads.understood(wording)
            if understood is None:
                continue
            glosses = tuple(choice.gloss for choice in chosen)
            score, known = _score(glosses), proposals.get(understood.reading.plan)
            if score >= _WORTH and (known is None or known.score < score):
                proposals[understood.reading.plan] = Proposal(
                    reading=with_notes(understood.reading, glosses), wording=wording, glosses=glosses, score=score
                )
        return tuple(sorted(proposals.values(), key=lambda p: -p.score))[:limit]

    def _choices(self, places: Sequence[Gap], text: str, language: Language, *, measured: bool) -> Iterator[_Choice]:
        """What may stand in one place: names near its words, metrics near the question, or nothing."""
        passed = Gloss(said=places[0].said, term=None, similarity=PASSED_OVER)
        yield _Choice(gap=places[0], words="", gloss=passed)
        for wider, gap in enumerate(places):
            for near in self._names.near(gap.said, _OF_A_GAP):
                yield self._choice(gap, near, near.similarity - _WIDER * wider, language)
        for near in () if measured else self._names.metrics(text, _OF_ALL):
            for wider, gap in enumerate(places):
                yield self._choice(gap, near, near.similarity * _WHOLE - _WIDER * wider, language)

    def _choice(self, gap: Gap, near: Near, similarity: float, language: Language) -> _Choice:
        words, label = self._names.said(near.entry.term, language)
        gloss = Gloss(said=gap.said, term=near.entry.term, label=label, similarity=similarity, named=True)
        return _Choice(gap=gap, words=words, gloss=gloss)


def with_notes(reading: Reading, glosses: Sequence[Gloss]) -> Reading:
    """The reading, with a note for each word that was taken for something."""
    return replace(reading, notes=(*(gloss.note() for gloss in glosses), *reading.notes))


def _best_first(choices: Sequence[Sequence[_Choice]], most: int) -> Iterator[tuple[_Choice, ...]]:
    """Combinations of one choice for each place, the most similar first."""
    ordered = [sorted(each, key=lambda c: -c.gloss.similarity) for each in choices]
    start = (0,) * len(ordered)
    ticket = count()
    queue = [(0.0, next(ticket), start)]
    seen = {start}
    for _ in range(most):
        if not queue:
            return
        _, _, places = heapq.heappop(queue)
        yield tuple(each[place] for each, place in zip(ordered, places, strict=True))
        for position in range(len(places)):
            after = (*places[:position], places[position] + 1, *places[position + 1 :])
            if after[position] < len(ordered[position]) and after not in seen:
                seen.add(after)
                near = sum(each[place].gloss.similarity for each, place in zip(ordered, after, strict=True))
                heapq.heappush(queue, (-near, next(ticket), after))


def _score(glosses: Sequence[Gloss]) -> float:
    named = [gloss.similarity for gloss in glosses if gloss.named]
    passed = sum(not gloss.named for gloss in glosses)
    if not named:
        return PASSED_OVER / 2
    return (min(named) + sum(named) / len(named)) / 2 - 0.02 * passed
