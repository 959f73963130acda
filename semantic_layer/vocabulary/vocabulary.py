"""The vocabulary of one data set: what its people may call things, found exactly in a text or nearly by a word."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Protocol

from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary.entries import DataValues, entries_of
from semantic_layer.vocabulary.near import NearIndex
from semantic_layer.vocabulary.terms import Entry, Match, Near, Source, Term
from semantic_layer.vocabulary.trie import Trie

_RANK = {Source.LABEL: 0, Source.SYNONYM: 1, Source.VALUE: 2, Source.VARIANT: 3}


class Suggester(Protocol):
    """Offers entries near a word, best first, besides those of its spelling and sound; `MixedRanking` is one."""

    def nearest(self, word: str, limit: int) -> tuple[Near, ...]: ...


class Vocabulary:
    """Built once for a model and the distinct values of its data; then read only."""

    def __init__(self, entries: Sequence[Entry], *, suggesters: Sequence[Suggester] = ()) -> None:
        self.entries = _best_of_each(entries)
        self._trie = Trie((entry.key, entry) for entry in self.entries)
        self._near = NearIndex(self.entries)
        self._suggesters = tuple(suggesters)

    @classmethod
    def build(cls, index: ModelIndex, values: DataValues | None = None) -> Vocabulary:
        """All names of the model, and `values`: for a qualified field, its distinct values with their row counts."""
        return cls(tuple(entries_of(index.model, values or {})))

    def find(self, text: str) -> tuple[Match, ...]:
        """Every exact occurrence, by start and then longest first."""
        found = [
            Match(start=start, end=end, entry=entry)
            for start, end, entries in self._trie.find(text)
            for entry in entries
        ]
        return tuple(sorted(found, key=lambda m: (m.start, -m.end)))

    def near(self, word: str) -> tuple[Near, ...]:
        """Entries that `word` is very probably a misspelling or a homophone of: near enough to be read as them."""
        return self._near.confident(word)

    def suggesting(self, *suggesters: Suggester) -> Vocabulary:
        """The same names, with suggestions by these suggesters too."""
        other = copy(self)
        other._suggesters = suggesters  # noqa: SLF001 - a copy of this one
        return other

    def nearest(self, word: str, limit: int = 3) -> tuple[Near, ...]:
        """Entries to offer for a word that nothing explains; they are suggestions, not readings.

        Similarities of different methods cannot be compared. So a very probable misspelling stands first, then come the
        suggesters in their order, and then what is merely spelt alike.
        """
        found = list(self._near.confident(word)) if self._suggesters else []
        for suggester in self._suggesters:
            found.extend(suggester.nearest(word, limit))
        found.extend(sorted(self._near.nearest(word, limit), key=lambda n: -n.similarity))
        best: dict[Term, Near] = {}
        for near in found:
            best.setdefault(near.entry.term, near)
        return tuple(best.values())[:limit]


def _best_of_each(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """One entry for each pair of key and term: the most official spelling."""
    best: dict[tuple[str, Term], Entry] = {}
    for entry in entries:
        if not entry.key:
            continue
        known = best.get((entry.key, entry.term))
        if known is None or _RANK[entry.source] < _RANK[known.source]:
            best[entry.key, entry.term] = entry
    declared = {key for (key, _), entry in best.items() if entry.source is not Source.VARIANT}
    # A form that was only inflected from a name gives way to a name that somebody wrote down.
    return tuple(e for e in best.values() if e.source is not Source.VARIANT or e.key not in declared)
