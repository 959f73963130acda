"""What makes two questions the same question: letters, numbers and names do; case, width, punctuation and politeness do not."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final

from assistant.interpreters.grammar.normalise import normalise
from semantic_layer.errors import InvalidPlanError, Text

MOST_LETTERS: Final = 500  # of a wording
LONGEST: Final = 2_000  # of a text that could still be typed for a wording: blanks and signs do not count

_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ENDINGS: Final = re.compile(r"(?:[吗嘛啊呀]|(?<=[少些样何个谁几里])呢)$")  # others end names too: 酒吧, 毛呢
_BETWEEN_DIGITS: Final = frozenset(".,:-~/")
_MEANT: Final = frozenset("%&#@*/\\_")  # beside signs of calculation and money


def question_key(text: str) -> str:
    """Equal for two wordings of one question; empty for a text without words.

    Signs that belong to a number (1.5, -5, > 500, 10 %) stay; thousands separators go. A blank stays where it parts two
    words of letters or two numbers.
    """
    return _known_key(text) if len(text) <= LONGEST else _key(text)


@lru_cache(maxsize=65536)
def _known_key(text: str) -> str:
    return _key(text)


def _key(text: str) -> str:
    plain = _THOUSANDS.sub("", normalise(storable(text)).text)
    kept = "".join(_kept(plain, place) for place in range(len(plain)))
    joined = _joined(kept.split())
    while (shorter := _ENDINGS.sub("", joined)) != joined:
        joined = shorter
    return joined


def key_hash(text: str) -> str:
    """The key of a question in 64 characters, for an index of a database."""
    return hashlib.sha256(question_key(text).encode()).hexdigest()


def storable(text: str) -> str:
    """The text as every database takes it: half characters become question marks, zero bytes go."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def usable_wording(text: str) -> str:
    """The wording as it is kept: one line of visible characters. Raises `InvalidPlanError` when nothing is left of it."""
    visible = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )
    clean = " ".join(visible.split())
    if not question_key(clean) or len(clean) > MOST_LETTERS:
        raise InvalidPlanError(
            Text(
                zh=f"问题应有文字，且不超过 {MOST_LETTERS} 个字符。",
                en=f"A question needs words, and has at most {MOST_LETTERS} characters.",
            )
        )
    return clean


def _kept(text: str, place: int) -> str:
    """The character itself where it tells questions apart, a blank or nothing where it does not."""
    character = text[place]
    if character == " " or character.isalnum() or unicodedata.category(character)[0] == "M":
        return character
    before = text[place - 1] if place else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    if character in _BETWEEN_DIGITS and before.isdigit() and after.isdigit():
        return character
    if character == "-" and after.isdigit() and not (before.isascii() and before.isalpha()):
        return character
    if character == "'" and before.isalpha() and after.isalpha():
        return ""
    if character == "~":
        return " "
    meant = character in _MEANT or unicodedata.category(character) in {"Sm", "Sc"}
    return character if meant else " "


def _joined(words: list[str]) -> str:
    joined = ""
    for word in words:
        last, first = joined[-1:], word[0]
        parted = (_latin(last) and _latin(first)) or (last.isdigit() and first.isdigit())
        joined += f" {word}" if parted else word
    return joined


def _latin(character: str) -> bool:
    """A letter of a script that parts words by blanks."""
    return character.isalpha() and unicodedata.category(character) != "Lo"
