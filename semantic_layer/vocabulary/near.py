"""Entries near a word that was not found: by spelling for English, by sound for Chinese."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from semantic_layer.vocabulary.fold import fold, is_han
from semantic_layer.vocabulary.terms import Entry, Near, ValueTerm

_SHORTEST = 5  # English words below this length have too many neighbours to be corrected
_LOOSE_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"))
_LOOSE_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=65536)
def sound(text: str) -> str:
    """Pinyin without tones, one blank between syllables."""
    return " ".join(lazy_pinyin(text))


@lru_cache(maxsize=65536)
def loose_sound(text: str) -> str:
    """Pinyin in which pairs that speakers often mix (zh/z, an/ang, l/n) are equal."""
    return " ".join(_loose_syllable(s) for s in lazy_pinyin(text))


def _loose_syllable(syllable: str) -> str:
    for full, short in _LOOSE_INITIALS:
        if syllable.startswith(full):
            syllable = short + syllable[len(full) :]
            break
    for full, short in _LOOSE_FINALS:
        if syllable.endswith(full):
            return syllable[: -len(full)] + short
    return syllable


class NearIndex:
    """Read only; the order of results is that of similarity, then of the key."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        self._by_sound: dict[str, list[Entry]] = defaultdict(list)
        self._by_loose_sound: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if isinstance(entry.term, ValueTerm) and entry.term.weak:
                continue
            self._by_key[entry.key].append(entry)
            if len(entry.text) >= 2 and all(is_han(c) for c in entry.text):
                self._by_sound[sound(entry.text)].append(entry)
                self._by_loose_sound[loose_sound(entry.text)].append(entry)
        self._english = sorted(k for k in self._by_key if len(k) >= _SHORTEST and k.isascii())
        self._all = sorted(self._by_key)

    def confident(self, word: str) -> tuple[Near, ...]:
        if all(is_han(c) for c in word):
            return self._same_sound(word)
        return self._same_spelling(fold(word))

    def _same_sound(self, word: str) -> tuple[Near, ...]:
        if len(word) < 2:
            return ()
        found = [Near(entry=e, similarity=0.95, how="sound") for e in self._by_sound.get(sound(word), ())]
        if not found and len(word) >= 3:
            loose = self._by_loose_sound.get(loose_sound(word), ())
            found = [Near(entry=e, similarity=0.85, how="sound") for e in loose]
        return tuple(near for near in found if near.entry.text != word)

    def _same_spelling(self, key: str) -> tuple[Near, ...]:
        if len(key) < _SHORTEST or not key.isascii() or key.isdigit():
            return ()
        allowed = 1 if len(key) < 8 else 2
        hits = process.extract(key, self._english, scorer=OSA.distance, score_cutoff=allowed, limit=6)
        if not hits:
            return ()
        nearest = min(distance for _, distance, _ in hits)
        return tuple(
            Near(entry=entry, similarity=1 - distance / max(len(key), len(found)), how="spelling")
            for found, distance, _ in sorted(hits)
            if distance == nearest and found[0] == key[0]
            for entry in self._by_key[found]
        )

    def nearest(self, word: str, limit: int) -> tuple[Near, ...]:
        key = fold(word)
        if not key:
            return ()
        hits = process.extract(key, self._all, scorer=fuzz.WRatio, score_cutoff=60, limit=limit * 6)
        found = [
            Near(entry=entry, similarity=score / 100 * _length_fit(key, text), how="spelling")
            for text, score, _ in hits
            for entry in self._by_key[text]
        ]
        if all(is_han(c) for c in word):
            found += self._same_sound(word)
        shared = [near for near in found if near.how == "sound" or _shares(key, near.entry.key)]
        return tuple(sorted(shared, key=lambda n: (-n.similarity, n.entry.key)))[: limit * 4]


def _length_fit(a: str, b: str) -> float:
    return min(len(a), len(b)) / max(len(a), len(b)) * 0.3 + 0.7


def _shares(a: str, b: str) -> bool:
    """Have two words something in common that a person would see: two letters in a row, or a Chinese character?"""
    if any(is_han(c) and c in b for c in a):
        return True
    return any(a[i : i + 3] in b for i in range(len(a) - 2))
