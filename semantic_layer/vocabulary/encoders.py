"""What turns texts into vectors of meaning: a seam, and an implementation of it that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from semantic_layer.errors import UserError
from semantic_layer.vocabulary.fold import fold

Vectors = NDArray[np.float32]


class MeaningOffError(UserError):
    """Texts cannot be compared by meaning here; the message says why."""


class Encoder(Protocol):
    """Texts of one meaning lie near each other, whatever their language; safe to call from several threads.

    `name` tells apart encoders whose vectors cannot be compared: an index built with one name is not used with another.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """An array `(len(texts), dimensions)`; rows need not be of length one. Of no texts an empty one, at once: so it is
        found out cheaply whether texts can be encoded at all.

        Raises:
            UserError: what encodes cannot be used now; the message says why.
        """
        ...


class HashEncoder:
    """Counts of hashed character pairs and triples: the same on every machine, and blind to meaning. For tests."""

    def __init__(self, dimensions: int = 64) -> None:
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        return "character-hashes"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def encode(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f" {fold(text)} "
            for size in (2, 3):
                for start in range(len(padded) - size + 1):
                    found[row, self._place(padded[start : start + size])] += 1
        return found

    def _place(self, gram: str) -> int:
        return int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=4).digest(), "big") % self._dimensions


def unit_rows(vectors: Vectors) -> Vectors:
    """Each row divided by its length, so that products of rows are cosines; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, np.where(lengths == 0, 1, lengths), dtype=np.float32)
    return scaled
