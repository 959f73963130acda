"""One form for the many ways of typing the same thing; every character still knows where it came from.

Full width becomes half width, traditional characters become simplified, capitals become small, quotes and dashes
become plain, white space collapses, and control characters and emoji go. No words are changed or corrected here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from opencc import OpenCC

MAX_LENGTH = 10_000
"""Longer questions are not read; the caller says so."""

_QUOTES = dict.fromkeys("“”„‟«»‹›「」『』〝〞《》", '"') | dict.fromkeys("‘’‚‛`´", "'")
_DASHES = dict.fromkeys("‐‑‒–—―−﹣－", "-") | dict.fromkeys("～〜∼", "~")
_KEPT = {"℃": "℃", "…": " ", "\u3000": " ", "°": "°"}
_PLAIN = _QUOTES | _DASHES | _KEPT
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Me"})
_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` in one form; `places[i]` is the index in `original` of the character that gave `text[i]`.

    `removed` counts the characters that carry no words: control characters, emoji, joiners.
    """

    text: str
    original: str
    places: tuple[int, ...]
    removed: int = 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original, as start and end (exclusive)."""
        if start >= end:
            place = self.places[start] if start < len(self.places) else len(self.original)
            return place, place
        return self.places[start], self.places[end - 1] + 1

    def quote(self, start: int, end: int) -> str:
        """The person's own words for `text[start:end]`."""
        first, last = self.span(start, end)
        return self.original[first:last]


def encodable(text: str) -> str:
    """The same number of characters, with U+FFFD for each half of a surrogate pair, which no file and no request can hold."""
    return _HALVES.sub("\ufffd", text)


def normalise(text: str) -> Normalised:
    """Constant work per character. Text of any content is accepted; nothing is raised."""
    text = encodable(text)
    source = _simplified(text)
    out: list[str] = []
    places: list[int] = []
    removed = 0
    for place, character in enumerate(source):
        if unicodedata.combining(character) and out and _composes(out[-1], character):
            out[-1] = unicodedata.normalize("NFC", out[-1] + character)
            continue
        plain = _plain(character)
        removed += not plain
        for each in plain:
            if each == " " and (not out or out[-1] == " "):
                continue
            out.append(each)
            places.append(place)
    if out and out[-1] == " ":
        out.pop()
        places.pop()
    return Normalised("".join(out), text, tuple(places), removed)


@lru_cache(maxsize=8192)
def _plain(character: str) -> str:
    """What one character becomes: nothing, itself, or a few plain ones."""
    if character in _PLAIN:
        return _PLAIN[character]
    if character.isspace():
        return " "
    wide = unicodedata.normalize("NFKC", character)
    return "".join(_small(each) for each in wide)


def _small(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in _DROPPED or "\ufe00" <= character <= "\ufe0f" or (category == "Sk" and character > "\uffff"):
        return ""
    return character.lower()


def _composes(before: str, mark: str) -> bool:
    return len(unicodedata.normalize("NFC", before + mark)) == 1


@cache
def _simplifier() -> Callable[[str], str]:
    """Traditional → simplified. The dictionary is read on first use: most English sessions never need it."""
    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _simplified(text: str) -> str:
    """The same number of characters, in simplified form."""
    if not any("\u3400" <= character <= "\u9fff" for character in text):
        return text
    convert = _simplifier()
    whole = convert(text)
    if len(whole) == len(text):
        return whole
    return "".join(one if len(one := convert(character)) == 1 else character for character in text)
