"""In which language a question is asked, and so in which it is answered."""

from __future__ import annotations

from semantic_layer.errors import Language
from semantic_layer.vocabulary.fold import is_han


def language_of(text: str) -> Language:
    """The language to answer in: Chinese as soon as a good part of the words is Chinese."""
    chinese = sum(is_han(c) for c in text)
    english = sum(1 for word in text.split() if any(c.isascii() and c.isalpha() for c in word))
    return "zh" if chinese * 2 >= english and chinese else "en"
