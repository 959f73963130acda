"""The size, seed and span of the demo company, and its streams of randomness. Knows nothing of what is generated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

EPOCH = date(1970, 1, 1)
DAY = 86_400


class Stream(IntEnum):
    """One independent stream of random numbers for each part, so that a change in one part leaves the others as they were."""

    PRODUCTS = 1
    PEOPLE = 2
    CONTACTS = 3
    VISITS = 4
    CAMPAIGNS = 5
    BASKETS = 6
    EVENTS = 7
    TICKETS = 8
    MESSAGES = 9
    LEVELS = 10
    OUTAGE = 11
    DIRT = 12
    CITIES = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What the generator is asked for. `activity` multiplies orders per person; `block` is people per block."""

    people: int = 20_000
    seed: int = 20_261_031
    start: date = date(2024, 5, 1)
    end: date = date(2026, 10, 31)
    activity: float = 1.0
    block: int = 50_000

    @property
    def days(self) -> int:
        """Days from start to end, both inside."""
        return (self.end - self.start).days + 1

    @property
    def blocks(self) -> int:
        """How many blocks of people there are."""
        return -(-self.people // self.block)

    def keys(self, block: int) -> Ints:
        """The customer keys of one block: 1-based and without gaps."""
        first = block * self.block
        return np.arange(first + 1, min(first + self.block, self.people) + 1, dtype=np.int64)

    def day(self, when: date) -> int:
        """Days since the start of the company's data."""
        return (when - self.start).days

    def seconds(self, day: Ints) -> Ints:
        """Seconds since 1970 (local clock) at the beginning of each day."""
        return (day + (self.start - EPOCH).days) * DAY

    def rng(self, stream: Stream, block: int = 0) -> np.random.Generator:
        """The random stream of one part and block."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, int(stream), block])))


def pick(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """`size` indices drawn with the given weights."""
    edges = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(edges, rng.random(size), side="right"), len(weights) - 1).astype(np.int64)


def pick_rows(rng: np.random.Generator, edges: Floats, rows: Ints) -> Ints:
    """For each entry of `rows`, one index drawn from that row's cumulative weights (each row ends at 1)."""
    draw = rng.random(len(rows))
    result = np.zeros(len(rows), dtype=np.int64)
    for column in range(edges.shape[1] - 1):
        result += draw >= edges[rows, column]
    return result


def edges_of(weights: Floats) -> Floats:
    """Row-wise cumulative shares."""
    edges: Floats = np.cumsum(weights, axis=1)
    return edges / edges[:, -1:]
