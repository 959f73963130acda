"""One ranking of terms by what was said: by meaning and by letters, or by letters alone. It ranks and never decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from semantic_layer.errors import Text, UserError
from semantic_layer.vocabulary.encoders import Encoder, Vectors, unit_rows
from semantic_layer.vocabulary.letters import LetterIndex
from semantic_layer.vocabulary.meaning_texts import Meaning, plain
from semantic_layer.vocabulary.terms import FieldTerm, GroupTerm, Near, Term, ValueTerm

Kinds = Collection[type[Term]]
Numbers = NDArray[np.int64]

LETTERS = 0.7  # what the square of the lexical score counts beside a cosine
OFFERED = 0.2  # similarity below which a term is not offered for a word, with and without meaning
_WIDE = 64  # texts looked up by meaning, and terms by letters, when all terms may be ranked
_FEW = 2000  # texts of the kinds asked for that are compared one by one
_CROWD = 8  # values of one field that may stand before the next field
_REMEMBERED = 512
_BY_LETTERS = Text("只按字面比较。", "Only letters are compared.")
_AGAIN_AFTER = 60.0  # seconds until an encoder that failed is asked again


class Lookup(Protocol):
    """Vectors of the distinct texts of all meanings, in their order; `VectorIndex` is one."""

    def nearest(self, vector: Vectors, limit: int) -> Numbers: ...

    def cosines(self, vector: Vectors, rows: Numbers) -> Vectors: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ByMeaning:
    """What meaning needs: the vectors of the texts, and what encodes a question the same way."""

    lookup: Lookup
    encoder: Encoder


def distinct_texts(meanings: Sequence[Meaning]) -> tuple[str, ...]:
    """The texts that a `Lookup` holds, each once: row `i` of it belongs to the i-th."""
    return tuple(dict.fromkeys(text for meaning in meanings for text in meaning.texts))


class MixedRanking:
    """Terms by how well their texts fit what was said. Safe to use from several threads.

    A term scores the highest cosine of one of its texts, plus 0.7 times the square of the highest lexical score of one;
    similarity is that score brought to 0..1. It compares terms for one thing said; it is no probability. `seconds` is a
    monotonic clock: an encoder that failed is asked again after a minute, and until then ranking is by letters.
    """

    def __init__(
        self,
        meanings: Sequence[Meaning],
        by_meaning: ByMeaning | None,
        *,
        seconds: Callable[[], float],
        why_not: Text | None = None,
        said: Sequence[Text] = (),
    ) -> None:
        self._meanings = tuple(meaning for meaning in meanings if meaning.texts)
        self._number = {meaning.term: number for number, meaning in enumerate(self._meanings)}
        self._texts = _TextsOfTerms(self._meanings)
        self._letters = LetterIndex(distinct_texts(self._meanings))
        self._by_meaning = by_meaning
        self._seconds = seconds
        self._again_at = 0.0
        self._why_not = why_not
        self.said = tuple(said)
        self._encoded = lru_cache(maxsize=_REMEMBERED)(self._encode)
        self._lettered = lru_cache(maxsize=_REMEMBERED // 8)(self._by_letters)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term that can be ranked."""
        return tuple(self._number)

    @property
    def texts(self) -> int:
        """How many distinct texts stand for them."""
        return len(self._texts)

    @property
    def by_meaning(self) -> bool:
        """Does meaning take part now?"""
        return self._by_meaning is not None and self._why_not is None

    @property
    def why_not(self) -> Text | None:
        """Why ranking is by letters alone, as a sentence for a person; None when meaning takes part."""
        if self._why_not is None:
            return None
        return Text(f"没有按意思查找：{self._why_not.zh}", f"Meaning search is off: {self._why_not.en}")

    def ranked(self, said: str, limit: int, *, kinds: Kinds | None = None) -> tuple[Near, ...]:
        """Up to `limit` terms of these kinds (or all), best first, for a word or a whole question."""
        numbers, similarities, how = self._ranking(said, kinds)
        return tuple(
            Near(entry=self._meanings[number].entry, similarity=float(similarity), how=how)
            for number, similarity in zip(numbers[:limit], similarities[:limit], strict=True)
        )

    def nearest(self, word: str, limit: int) -> tuple[Near, ...]:
        """Terms to offer for a word that nothing explains: those of `ranked` that are near enough to be worth a look, a
        field and its values only once.
        """
        best: dict[Term | str, Near] = {}
        for near in self.ranked(word, limit * _CROWD):
            if near.similarity >= OFFERED:
                term = near.entry.term
                best.setdefault(term.field if isinstance(term, FieldTerm | ValueTerm | GroupTerm) else term, near)
        return tuple(best.values())[:limit]

    def similarity(self, said: str, term: Term) -> float:
        """How well one term fits, 0..1, on the scale of `ranked`; 0 for a term that has no texts."""
        return self.similarities(said, (term,))[0]

    def similarities(self, said: str, terms: Sequence[Term]) -> tuple[float, ...]:
        """How well each of these terms fits, as `similarity` says."""
        numbers = [self._number.get(plain(term)) for term in terms]
        known = np.array([number for number in numbers if number is not None], dtype=np.int64)
        found = iter(self._scored(known, self._lettered(said), self._vector(said)).tolist())
        return tuple(0.0 if number is None else next(found) for number in numbers)

    def rank(self, said: str, term: Term, *, kinds: Kinds | None = None) -> int | None:
        """The place of a term in the ranking, from 1; None when it is not among the terms that come into question."""
        number = self._number.get(plain(term))
        numbers, _, _ = self._ranking(said, kinds)
        found = np.flatnonzero(numbers == (-1 if number is None else number))
        return int(found[0]) + 1 if len(found) else None

    def without_meaning(self) -> MixedRanking:
        """The same terms ranked by letters alone, to compare with."""
        return MixedRanking(self._meanings, None, seconds=self._seconds, why_not=_BY_LETTERS)

    def close(self) -> None:
        """Let another process, or a newer ranking, own the index. What was opened goes on ranking."""
        if self._by_meaning is not None:
            self._by_meaning.lookup.close()

    def _ranking(self, said: str, kinds: Kinds | None) -> tuple[Numbers, Vectors, str]:
        """Numbers of terms, best first, with their similarities and what they were found by."""
        letters = self._lettered(said)
        vector = self._vector(said)
        allowed = self._of_kinds(kinds)
        if vector is None or self._by_meaning is None:
            chosen = np.flatnonzero((letters > 0) & allowed)
        else:
            chosen = self._in_question(vector, letters, allowed, self._by_meaning.lookup)
        similarities = self._scored(chosen, letters, vector)
        order = np.argsort(-similarities, kind="stable")
        return chosen[order], similarities[order], "letters" if vector is None else "meaning"

    def _in_question(self, vector: Vectors, letters: Vectors, allowed: NDArray[np.bool_], lookup: Lookup) -> Numbers:
        """Terms worth comparing: all of few, or else those of the nearest texts and those of the best letters."""
        narrow = not allowed.all()
        if narrow and self._texts.count(allowed) <= _FEW:
            return np.flatnonzero(allowed)
        rows = lookup.nearest(vector, _WIDE * 8 if narrow else _WIDE)
        found = self._texts.owners(rows)
        lettered = np.flatnonzero((letters > 0) & allowed)
        if len(lettered) > _WIDE:
            lettered = lettered[np.argpartition(-letters[lettered], _WIDE)[:_WIDE]]
        found[lettered] = True
        return np.flatnonzero(found & allowed)

    def _scored(self, chosen: Numbers, letters: Vectors, vector: Vectors | None) -> Vectors:
        if vector is None or self._by_meaning is None:
            return letters[chosen]
        rows, starts = self._texts.rows(chosen)
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        cosines = np.maximum.reduceat(self._by_meaning.lookup.cosines(vector, rows), starts)
        scored: Vectors = (np.clip(cosines, 0, 1) + LETTERS * letters[chosen] ** 2) / (1 + LETTERS)
        return scored

    def _by_letters(self, said: str) -> Vectors:
        return self._texts.highest(self._letters.scores(said))

    def _vector(self, said: str) -> Vectors | None:
        """What was said as a vector of length one; None while meaning takes no part."""
        if self._by_meaning is None or self._seconds() < self._again_at:
            return None
        try:
            found = self._encoded(said)
        except UserError as failed:
            self._why_not, self._again_at = failed.message, self._seconds() + _AGAIN_AFTER
            return None
        self._why_not = None
        return found

    def _encode(self, said: str) -> Vectors:
        assert self._by_meaning is not None
        vector: Vectors = unit_rows(self._by_meaning.encoder.encode((said,)))[0]
        return vector

    def _of_kinds(self, kinds: Kinds | None) -> NDArray[np.bool_]:
        if kinds is None:
            return np.ones(len(self._meanings), dtype=np.bool_)
        wanted = tuple(kinds)
        return np.array([isinstance(meaning.term, wanted) for meaning in self._meanings], dtype=np.bool_)


class _TextsOfTerms:
    """Which distinct texts belong to which terms; several terms may share a text. Terms are numbers, texts are rows."""

    def __init__(self, meanings: Sequence[Meaning]) -> None:
        row = {text: number for number, text in enumerate(distinct_texts(meanings))}
        lengths = np.array([len(meaning.texts) for meaning in meanings], dtype=np.int64)
        self._rows = np.array([row[text] for meaning in meanings for text in meaning.texts], dtype=np.int64)
        self._terms = np.repeat(np.arange(len(meanings)), lengths)
        self._starts = np.cumsum(lengths) - lengths
        self._lengths = lengths
        self._all = len(row)

    def __len__(self) -> int:
        return self._all

    def highest(self, scores: Vectors) -> Vectors:
        """For each term the highest score of its texts."""
        found: Vectors = np.maximum.reduceat(scores[self._rows], self._starts) if len(self._rows) else scores
        return found

    def rows(self, chosen: Numbers) -> tuple[Numbers, Numbers]:
        """The texts of some terms, term after term, and where those of each begin."""
        lengths = self._lengths[chosen]
        starts = np.cumsum(lengths) - lengths
        within = np.arange(lengths.sum()) - np.repeat(starts, lengths)
        return self._rows[np.repeat(self._starts[chosen], lengths) + within], starts

    def owners(self, rows: Numbers) -> NDArray[np.bool_]:
        """For each term whether one of these texts is its own."""
        hit = np.zeros(self._all, dtype=np.bool_)
        hit[rows] = True
        found = np.zeros(len(self._lengths), dtype=np.bool_)
        found[self._terms[hit[self._rows]]] = True
        return found

    def count(self, chosen: NDArray[np.bool_]) -> int:
        """How many texts the chosen terms have."""
        return int(self._lengths[chosen].sum())
