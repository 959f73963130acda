"""Who is held back: decided by a keyed hash of the customer's key, so that neither the order of people nor the day matters.

The hash is the finaliser of SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014),
twice, over the key and a number made from the seed. For one seed it is one to one, so no two people ever tie. Nothing is
stratified: a group is a simple random sample.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from tools.campaigns.keys import bitmap, keys_of

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def ranks(keys: NDArray[np.int64], seed: str) -> NDArray[np.uint64]:
    """A number for each key, spread evenly over 64 bits; other seeds give independent numbers."""
    digest = hashlib.blake2b(seed.encode(), digest_size=16).digest()
    one, two = (np.uint64(int.from_bytes(digest[at : at + 8], "big")) for at in (0, 8))
    return _mixed(_mixed(keys.astype(np.uint64) ^ one) ^ two)


def held_back(people: BitMap, share: float, seed: str) -> BitMap:
    """Exactly `share` of these people, rounded half up: those whose hashes are smallest."""
    keys = keys_of(people)
    count = int(np.floor(share * keys.size + 0.5)) if share > 0 else 0
    if not count:
        return BitMap()
    if count >= keys.size:
        return BitMap(people)
    chosen = np.argpartition(ranks(keys, seed), count - 1)[:count]
    return bitmap(keys[chosen])


def always_held(people: BitMap, share: float, seed: str) -> BitMap:
    """Those of a standing group that is `share` of all there are: the same people whatever audience is asked about."""
    keys = keys_of(people)
    if share <= 0 or not keys.size:
        return BitMap()
    limit = np.uint64(min(int(share * 2**64), 2**64 - 1))
    return bitmap(keys[ranks(keys, seed) < limit])


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = numbers + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
