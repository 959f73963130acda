"""The seam to a measure of likeness between questions, and the one that is always there: shared pairs of characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from assistant.memory.wordings import question_key

Pairs: TypeAlias = frozenset[tuple[str, int]]


class Similar(Protocol):
    """Ranks candidates by likeness to a text."""

    def ranked(self, text: str, candidates: Sequence[str], limit: int) -> Sequence[tuple[int, float]]:
        """Places in `candidates` with their likeness (0..1), best first, at most `limit`."""
        ...


class ByLetters:
    """The share of pairs of neighbouring characters that two texts have in common.

    The coefficient of Dice (1945), "Measures of the amount of ecologic association between species", Ecology 26(3).
    """

    def __init__(self) -> None:
        self._prepared: tuple[Sequence[str], tuple[Pairs, ...]] = ((), ())

    def ranked(self, text: str, candidates: Sequence[str], limit: int) -> Sequence[tuple[int, float]]:
        wanted = _pairs(text)
        scored = (
            (place, 2 * len(wanted & pairs) / (len(wanted) + len(pairs)))
            for place, pairs in enumerate(self._pairs_of(candidates))
            if wanted and pairs
        )
        return sorted((one for one in scored if one[1] > 0), key=lambda one: (-one[1], one[0]))[:limit]

    def _pairs_of(self, candidates: Sequence[str]) -> tuple[Pairs, ...]:
        """Kept for the candidates of the last call, which seldom change."""
        before, pairs = self._prepared
        if before is not candidates:
            pairs = tuple(_pairs(candidate) for candidate in candidates)
            self._prepared = (candidates, pairs)
        return pairs


def _pairs(text: str) -> Pairs:
    """Each pair with the number of its occurrence, so that 88 and 888 are not alike in full."""
    key = question_key(text)
    seen: Counter[str] = Counter()
    found: set[tuple[str, int]] = set()
    for at in range(max(len(key) - 1, min(len(key), 1))):
        pair = key[at : at + 2]
        found.add((pair, seen[pair]))
        seen[pair] += 1
    return frozenset(found)
