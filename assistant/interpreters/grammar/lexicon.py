"""The function words of both languages, read once from their tables. Words of the business are in the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

import yaml

from semantic_layer.vocabulary.fold import fold
from semantic_layer.vocabulary.trie import Trie

_TABLES = ("lexicon_zh.yml", "lexicon_en.yml")
# Typed as a sign, and lost when a text is folded.
_SIGNS = frozenset("-'")


@dataclass(frozen=True, slots=True)
class FunctionWord:
    """A word of category `cat`; `value` says which of its kind it is."""

    cat: str
    value: str
    text: str


@cache
def function_words() -> Trie[FunctionWord]:
    """All function words by their folded spelling."""
    return Trie((fold(word.text), word) for word in _read() if word.text not in _SIGNS)


@cache
def _read() -> tuple[FunctionWord, ...]:
    found: dict[tuple[str, str, str], FunctionWord] = {}
    for name in _TABLES:
        text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
        # Every scalar stays a string: `no` and `on` are words here.
        for entry in cast("list[dict[str, object]]", yaml.load(text, Loader=yaml.BaseLoader)):  # noqa: S506
            for spelling in cast("list[object]", entry["words"]):
                word = FunctionWord(cat=str(entry["cat"]), value=str(entry.get("value", "")), text=str(spelling))
                found.setdefault((word.cat, word.value, fold(word.text)), word)
    return tuple(found.values())
