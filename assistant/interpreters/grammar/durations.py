"""Lengths of time after something: "within 7 days", 7天内. Not "the last 7 days", which end today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.interpreters.grammar.build_sequences import Length, length
from assistant.interpreters.grammar.lexicon import function_words
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.numbers import NumberKind, find_numbers
from assistant.interpreters.grammar.pieces import Number

_WITHIN = "WITHINW"


@dataclass(frozen=True, slots=True)
class Duration:
    """`text[start:end]` says how long after."""

    start: int
    end: int
    length: Length


def durations(m: Meanings, text: str) -> Iterator[Duration]:
    """A number with a unit of time, right behind or before a word such as within."""
    marks = [
        (start, end, word.value)
        for start, end, words in function_words().find(text)
        for word in words
        if word.cat == _WITHIN
    ]
    for found in find_numbers(text) if marks else ():
        if found.kind is NumberKind.ORDINAL:
            continue
        said = length(m, Number(value=found.value, unit=found.unit))
        if said is None:
            continue
        for start, end, side in marks:
            if side == "before" and text[end : found.start].strip() == "" and end <= found.start:
                yield Duration(start, found.end, said)
            elif side == "after" and start == found.end:
                yield Duration(found.start, end, said)
