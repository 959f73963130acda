"""Lists of people between their three forms: arrays of keys, bitmaps that are kept, bits that a statement holds."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from semantic_layer.errors import DataError, Text
from semantic_layer.segments import Members


def as_bitmap(keys: NDArray[np.int64]) -> BitMap:
    """Keys from 0 to 2^32 - 1 as a bitmap; an array of the right width is taken over far faster than its numbers."""
    return BitMap(array("I", keys.astype(np.uint32).tobytes()))


def as_array(keys: BitMap) -> NDArray[np.int64]:
    """The keys in ascending order."""
    return np.frombuffer(keys.to_array(), dtype=np.uint32).astype(np.int64)


def as_bits(keys: BitMap) -> Members:
    """The keys as bits from the first key to the last; a list of nobody has bits that are not set."""
    if not keys:
        return Members(0, bytes(1))
    found = as_array(keys)
    low = int(found[0])
    marks = np.zeros(int(found[-1]) - low + 1, dtype=np.uint8)
    marks[found - low] = 1
    return Members(low, np.packbits(marks).tobytes())


def list_missing(name: str) -> DataError:
    return DataError(
        Text(
            zh=f"人群「{name}」是一份名单，但它的成员记录不在了，不能使用。请重新导入这份名单。",
            en=f"The segment {name!r} is a list, and the record of its people is missing. Import the list again.",
        )
    )
