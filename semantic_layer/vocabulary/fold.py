"""One spelling of a text for look-ups: half width, lower case, without blanks and hyphens. Not for display."""

from __future__ import annotations

import unicodedata

_GAPS = frozenset(" \t\n\r_-‐‑–’'`·\u3000")


def is_han(char: str) -> bool:
    """Is `char` a Chinese character?"""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


def is_word_char(char: str) -> bool:
    """Letters and digits of scripts that separate words by blanks; Chinese characters are not among them."""
    return char.isalnum() and not is_han(char)


def fold(text: str) -> str:
    """`High-Value Customer` and `highvalue customer` give the same key; Chinese is kept as it is."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c not in _GAPS)


def fold_with_map(text: str) -> tuple[str, tuple[int, ...]]:
    """The folded text, and for each of its characters the offset in `text` it came from."""
    chars: list[str] = []
    offsets: list[int] = []
    for offset, original in enumerate(text):
        for char in unicodedata.normalize("NFKC", original).lower():
            if char not in _GAPS:
                chars.append(char)
                offsets.append(offset)
    return "".join(chars), tuple(offsets)
