"""Words of a text with a meaning in the grammar, and the signs between them."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.interpreters.base import Note
from assistant.interpreters.grammar.chart import Item
from assistant.interpreters.grammar.meanings import Sense
from semantic_layer.errors import Text

_PUNCTUATION = frozenset(" \t?!.。？！，,、;；:：'\"…·-~/|[]{}<>《》#*_\\")
WORD_PRICE = 1.0
"""Each word costs the same, so that long words win over their parts."""


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of the text with one meaning in the grammar. `note` tells the person what it was taken for."""

    start: int
    end: int
    cat: str
    value: object
    price: float = WORD_PRICE
    note: Note | None = None
    sense: Sense | None = None
    plural: bool = False  # an English word with the ending of a plural

    def leaf(self) -> Item:
        return Item(self.cat, self.start, self.end, self.value, -self.price, word=self)


@dataclass(frozen=True, slots=True)
class Mentions:
    """All words of a text, and the stretches that no word covers."""

    text: str
    words: tuple[Word, ...]
    unknown: tuple[tuple[int, int], ...]
    time_errors: tuple[Text, ...] = ()


def is_punctuation(char: str) -> bool:
    return char in _PUNCTUATION
