"""In which language a question is asked, and so in which it is answered."""

from __future__ import annotations

import re
from typing import Final

from semantic_layer.errors import Language
from semantic_layer.vocabulary.fold import is_han

_QUOTED: Final = re.compile(r'"[^"]*"|“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》')


def language_of(text: str) -> Language:
    """The language to answer in: Chinese as soon as a good part of the words is Chinese. Names in quotes do not count."""
    said = _QUOTED.sub(" ", text)
    if any(c.isalnum() for c in said):
        text = said
    chinese = sum(is_han(c) for c in text)
    english = sum(1 for word in text.split() if any(c.isascii() and c.isalpha() for c in word))
    return "zh" if chinese * 2 >= english and chinese else "en"
