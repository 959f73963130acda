"""Who is held back: as many as were said, whoever asks and in whatever order, and independent from campaign to campaign."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from pyroaring import BitMap

from tools.campaigns.draw import always_held, held_back, ranks

MASK = 2**64 - 1


def by_hand(key: int, seed: str) -> int:
    """The hash in plain integers, as the paper writes it."""
    digest = hashlib.blake2b(seed.encode(), digest_size=16).digest()
    number = key
    for part in (digest[:8], digest[8:]):
        number ^= int.from_bytes(part, "big")
        number = (number + 0x9E3779B97F4A7C15) & MASK
        number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
        number ^= number >> 31
    return number


def test_the_hash_is_that_of_the_paper() -> None:
    keys = np.array([0, 1, 77, 2**32 - 1], dtype=np.int64)
    assert ranks(keys, "秋天").tolist() == [by_hand(int(key), "秋天") for key in keys]


@pytest.mark.parametrize(
    ("people", "share", "count"), [(1000, 0.1, 100), (104, 0.1, 10), (5, 0.1, 1), (4, 0.1, 0), (9, 1.0, 9), (9, 0.0, 0)]
)
def test_exactly_the_share_is_held_back(people: int, share: float, count: int) -> None:
    assert len(held_back(BitMap(range(people)), share, "s")) == count


def test_those_with_the_smallest_hashes_are_held_back() -> None:
    people = range(1, 41)
    smallest = sorted(people, key=lambda key: by_hand(key, "s"))[:8]
    assert set(held_back(BitMap(people), 0.2, "s")) == set(smallest)


def test_a_larger_share_holds_back_the_same_people_and_more() -> None:
    people = BitMap(range(10_000))
    assert held_back(people, 0.1, "s") < held_back(people, 0.2, "s")


def test_two_campaigns_hold_back_independently() -> None:
    people = BitMap(range(100_000))
    both = len(held_back(people, 0.1, "one") & held_back(people, 0.1, "two"))
    assert 900 <= both <= 1100  # a thousand expected, give or take three standard errors


def test_the_standing_group_is_the_same_in_every_audience() -> None:
    everybody, some = BitMap(range(50_000)), BitMap(range(0, 50_000, 3))
    group = always_held(everybody, 0.02, "global")
    assert always_held(some, 0.02, "global") == group & some
    assert 900 <= len(group) <= 1100
    assert not always_held(everybody, 0.0, "global")
