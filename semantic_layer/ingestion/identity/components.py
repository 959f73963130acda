"""Connected components of many edges at once, and joins of number columns. Knows nothing of records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def components(size: int, left: Ints, right: Ints) -> Ints:
    """For each of `size` nodes the smallest node that edges `left[i] - right[i]` lead to.

    Roots are hooked onto smaller ones and paths cut short until nothing moves (Shiloach and Vishkin, 1982).
    """
    label: Ints = np.arange(size, dtype=np.int64)
    while True:
        one, other = label[left], label[right]
        apart = one != other
        if not bool(apart.any()):
            return label
        left, right = one[apart], other[apart]
        np.minimum.at(label, np.maximum(left, right), np.minimum(left, right))
        while True:
            further = label[label]
            if bool((further == label).all()):
                break
            label = further


def distinct_pairs(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Pairs, each once, in order."""
    if not len(one):
        return one, other
    base = int(other.max()) + 1
    both = np.unique(one * base + other)
    return both // base, both % base


def joined(key: Ints, value: Ints, other_key: Ints, other_value: Ints) -> tuple[Ints, Ints]:
    """`value` and `other_value` of all rows that have the same key."""
    order = np.argsort(other_key, kind="stable")
    other_key, other_value = other_key[order], other_value[order]
    first = np.searchsorted(other_key, key, side="left")
    counts = np.searchsorted(other_key, key, side="right") - first
    starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(key) else first
    return np.repeat(value, counts), other_value[starts + np.arange(int(counts.sum()))]
