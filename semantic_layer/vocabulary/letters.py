"""How much of what was said stands in a text, by rare pieces of words: the lexical half of a ranking.

Pieces are single Chinese characters and pairs of them, English words, and every three letters in a row of such words, so
that a misspelt word still shares most of its pieces. Words that carry no meaning of their own are left out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from semantic_layer.vocabulary.encoders import Vectors
from semantic_layer.vocabulary.fold import is_han

_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+|\n")
_EMPTY = """a an the and or of to in on at by for from with without as than into about out up down off over we us our they them
    their he she it its his her you your me my i who whom whose which what when where why how many much is are was were be
    been being has have had do does did can could may might will would shall should not no so that this these those there
    here any some all every each one ones people person just only also still more most very too get got"""
_EMPTY_WORDS = frozenset(_EMPTY.split())
_EMPTY_CHARACTERS = re.compile(
    "什么|多少|怎样|怎么|[的了吗呢吧啊呀是有在和与或就都也还又把被给跟对从到这那哪几个些谁们我你您他她它]"
)


class LetterIndex:
    """Built once over some texts; read only.

    The score of a text is the share of what was said that stands in it, weighted by inverse document frequency (Spärck Jones
    1972), and lowered when that is less than half of the text, so that a long description does not win by its length.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = len(texts)
        self._rows = _rows_of_pieces(texts)
        self._weight = {piece: self._rarity(len(found)) for piece, found in self._rows.items()}
        whole = np.zeros(len(texts), dtype=np.float32)
        for piece, found in self._rows.items():
            whole[found] += self._weight[piece]
        self._share = np.divide(
            2, whole, out=np.zeros_like(whole), where=whole > 0
        )  # of half a text, by one unit of weight

    def scores(self, said: str) -> Vectors:
        """For each text how much of `said` stands in it, 0 to 1."""
        found = np.zeros(self._count, dtype=np.float32)
        asked = 0.0
        for piece in pieces(said):
            weight = self._weight.get(piece)
            asked += self._rarity(0) if weight is None else weight
            if weight is not None:
                found[self._rows[piece]] += weight
        if asked:
            lowered = np.sqrt(np.minimum(found * self._share, 1))
            found *= lowered / asked
        return found

    def _rarity(self, texts: int) -> float:
        return math.log((1 + self._count) / (1 + texts)) + 1


def pieces(text: str) -> frozenset[str]:
    """The pieces of a text that are compared; empty for a text of empty words."""
    runs = [run for run in _runs(text) if run != "\n" and run not in _EMPTY_WORDS]
    return frozenset(piece for run in runs for piece in _pieces_of(run))


def _rows_of_pieces(texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """For each piece the texts it stands in. All texts are read in one go, and a word is cut once for all it stands in."""
    runs: dict[str, array[int]] = {}
    row = 0
    for run in _runs("\n".join(text.replace("\n", " ") for text in texts)):
        if run == "\n":
            row += 1
        elif run not in _EMPTY_WORDS:
            runs.setdefault(run, array("q")).append(row)
    found: dict[str, list[NDArray[np.int64]]] = {}
    for run, standing in runs.items():
        rows = np.frombuffer(standing, dtype=np.int64)
        for piece in _pieces_of(run):
            found.setdefault(piece, []).append(rows)
    return {piece: np.unique(np.concatenate(parts)) for piece, parts in found.items()}


def _runs(text: str) -> list[str]:
    """English words, stretches of Chinese characters between empty ones, and ends of lines."""
    plain: list[str] = _RUNS.findall(_EMPTY_CHARACTERS.sub(" ", unicodedata.normalize("NFKC", text).lower()))
    return plain


def _pieces_of(run: str) -> set[str]:
    if is_han(run[0]):
        return {*run, *_cuts(run, 2)}
    return {f"={run}", *_cuts(f"<{run}>", 3)}


def _cuts(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(len(text) - size + 1))
