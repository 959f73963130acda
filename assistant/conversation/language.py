"""In which language a text is written, as far as a reply must know."""

from __future__ import annotations

import re

from semantic_layer.errors import Language

_HAN = re.compile(r"[\u4e00-\u9fff]")


def language_of(text: str) -> Language:
    """Chinese as soon as there is a Chinese character; English otherwise."""
    return "zh" if _HAN.search(text) else "en"
