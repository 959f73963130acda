"""Words of business databases: abbreviations, translations, and what parts of names say. Read once from `words.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from semantic_layer.errors import Text

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT: Final = re.compile(r"[^A-Za-z0-9㐀-鿿]+|(?<=[㐀-鿿])(?=[A-Za-z])|(?<=[A-Za-z])(?=[㐀-鿿])")
_HAN: Final = re.compile(r"[㐀-鿿]")
_STAYS: Final = ("ss", "us", "is", "series", "news", "status", "address", "sales", "goods", "savings", "points", "days")


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


def singular(word: str) -> str:
    """The word for one of them, as far as its ending tells."""
    if len(word) < 4 or word.endswith(_STAYS[:3]) or word in _STAYS or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What `words.yml` holds. `cues` are words of names by what they are a sign of; `personal` the same for personal data."""

    abbreviations: Mapping[str, str]
    words: Mapping[str, str]
    before_times: Mapping[str, str]
    pinyin: Mapping[str, Text]
    values: Mapping[str, Text]
    verbs: Mapping[str, tuple[str, ...]]
    people: tuple[str, ...]
    things: Mapping[str, str]
    cues: Mapping[str, frozenset[str]]
    validity: tuple[tuple[str, str], ...]
    personal: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls) -> Lexicon:
        data: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))
        return cls(
            abbreviations=data["abbreviations"],
            words=data["words"],
            before_times=data["before_times"],
            pinyin={name: Text(zh, en) for name, (en, zh) in data["pinyin"].items()},
            values={value: Text(zh, en) for value, (zh, en) in data["values"].items()},
            verbs={noun: tuple(words) for noun, words in data["verbs"].items()},
            people=tuple(data["people"]),
            things=data["things"],
            cues={sign: frozenset(words) for sign, words in data["cues"].items()},
            validity=tuple((start, end) for start, end in data["validity"]),
            personal={kind: tuple(words) for kind, words in data["personal"].items()},
        )

    def pieces(self, name: str) -> tuple[str, ...]:
        """The words that a name is made of, in small letters, abbreviations written out: `custNm` is customer, name."""
        whole = self.pinyin.get(name.strip().lower())
        if whole is not None and name.strip().lower() not in self.abbreviations:
            return tuple(whole.en.split())
        found: list[str] = []
        for part in _SPLIT.split(_CAMEL.sub(" ", name.strip())):
            lower = part.lower()
            if not lower or (found and lower == found[-1]):
                continue
            if has_han(lower):
                found.extend(self._translated(lower))
            else:
                found.extend(self._written_out(lower))
        return tuple(self._beside_times(found))

    def _beside_times(self, pieces: list[str]) -> Iterable[str]:
        """The date of a region is that of a registration."""
        for at, piece in enumerate(pieces):
            timed = pieces[at + 1 : at + 2] in (["date"], ["time"])
            yield self.before_times.get(piece, piece) if timed else piece

    def _written_out(self, part: str) -> tuple[str, ...]:
        for tail in ("id", "no", "code", "name", "date"):
            if part.endswith(tail) and part != tail and part not in self.words and part not in self.abbreviations:
                head = part[: -len(tail)]
                if head in self.words or head in self.abbreviations:  # custid
                    return (*self._written_out(head), *self._written_out(tail))
        return tuple(self.abbreviations.get(part, part).split())

    def _translated(self, text: str) -> Iterable[str]:
        """Chinese as English words, the longest known first; what is not known stays as it is."""
        by_zh = {zh: en for en, zh in reversed(list(self.words.items()))} | {t.zh: t.en for t in self.pinyin.values()}
        at = 0
        while at < len(text):
            length = next((n for n in range(len(text) - at, 0, -1) if text[at : at + n] in by_zh), 0)
            yield from by_zh[text[at : at + length]].split() if length else (text[at],)
            at += length or 1

    def nouns(self, name: str) -> tuple[str, ...]:
        """The pieces of a name, each for one of them, to be compared."""
        return tuple(singular(piece) for piece in self.pieces(name))

    def says(self, sign: str, name: str) -> bool:
        """Has the name a word that is a sign of it?"""
        cues = self.cues[sign]
        pieces = self.pieces(name)
        return any(piece in cues or singular(piece) in cues for piece in pieces) or (
            has_han(name) and any(has_han(cue) and cue in name for cue in cues)
        )

    def ends_with(self, sign: str, name: str) -> bool:
        """Is the last word of the name, or the last but a grammatical one, a sign of it?"""
        pieces = [piece for piece in self.pieces(name) if not piece.isdigit()]
        cues = self.cues[sign]
        return (bool(pieces) and (pieces[-1] in cues or singular(pieces[-1]) in cues)) or (
            has_han(name) and any(has_han(cue) and name.endswith(cue) for cue in cues)
        )

    def in_chinese(self, pieces: Iterable[str]) -> str:
        """The words in Chinese; those that are not known stay in English, set off by spaces."""
        parts = list(pieces)
        if len(parts) > 2 and parts[0] == "number" and parts[1] == "of":
            return f"{self.in_chinese(parts[2:])}数"
        if "of" in parts[1:-1]:
            at = parts.index("of", 1)
            return self.in_chinese([*parts[at + 1 :], *parts[:at]])
        said = ""
        while parts:
            pair = self.words.get(" ".join(parts[:2])) if len(parts) > 1 else None
            piece = parts.pop(0)
            if pair is not None:
                parts.pop(0)
            word = pair or self.words.get(piece) or self.words.get(singular(piece)) or piece
            apart = said and (not has_han(said[-1]) or not has_han(word[0]))
            said += f" {word}" if apart else word
        return said
