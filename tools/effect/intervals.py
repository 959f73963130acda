"""Intervals of rates and of their differences, at one look or at any number of looks, and corrections for many tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

ALPHA: Final = 0.05
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, in the unit of what it is of."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0

    def times(self, factor: float) -> Interval:
        """For a factor that is not negative."""
        return Interval(self.low * factor, self.high * factor)


def one_look(alpha: float = ALPHA) -> float:
    """How many standard errors an interval of level 1 - alpha reaches to each side, read once."""
    return _NORMAL.inv_cdf(1 - alpha / 2)


def any_look(elapsed: float, alpha: float = ALPHA) -> float:
    """The same for an interval that may be read again and again, when `elapsed` (0 to 1] of the information is in.

    The chance that the truth is ever outside, at any of endlessly many readings, is at most alpha. Two-sided normal mixture:
    Robbins, Statistical methods related to the law of the iterated logarithm (1970); in this form Howard, Ramdas, McAuliffe,
    Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences (2021), equation 14. The mixture is tuned to be
    narrowest when all information is in. Information is taken to come in evenly over the window.
    """
    if not 0 < elapsed <= 1:
        raise ValueError(f"elapsed is {elapsed}; it must be above 0 and at most 1")
    # The width at full information is least where this solves 1/ρ = log((1 + ρ)/(ρ α²)); a few steps are enough.
    rho = 0.1
    for _ in range(30):
        rho = 1 / math.log((1 + rho) / (rho * alpha**2))
    return math.sqrt((1 + rho / elapsed) * math.log((elapsed + rho) / (rho * alpha**2)))


def wilson(hits: int, people: int, z: float) -> Interval:
    """The score interval of a rate: Wilson, Probable inference, the law of succession, and statistical inference (1927)."""
    if people <= 0:
        return Interval(0.0, 1.0)
    rate, square = hits / people, z * z
    middle = (rate + square / (2 * people)) / (1 + square / people)
    half = z / (1 + square / people) * math.sqrt(rate * (1 - rate) / people + square / (4 * people * people))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def agresti_caffo(hits: tuple[int, int], people: tuple[int, int]) -> tuple[float, float]:
    """The first rate less the second, and its standard error, with one hit and one miss added to each group.

    Intervals made from them hold for small and unequal groups and for rates near 0 or 1, and are never 0 wide: Agresti and
    Caffo, Simple and effective confidence intervals for proportions and differences of proportions (2000).
    """
    rates = [(hit + 1) / (size + 2) for hit, size in zip(hits, people, strict=True)]
    spread = sum(rate * (1 - rate) / (size + 2) for rate, size in zip(rates, people, strict=True))
    return rates[0] - rates[1], math.sqrt(spread)


def of_difference(hits: tuple[int, int], people: tuple[int, int], z: float) -> Interval:
    """The interval of the first rate less the second, `z` standard errors to each side, within -1 to 1."""
    middle, spread = agresti_caffo(hits, people)
    return Interval(max(-1.0, middle - z * spread), min(1.0, middle + z * spread))


def two_sided(z: float) -> float:
    """The chance of a standard normal at least this far from 0."""
    return 2 * (1 - _NORMAL.cdf(abs(z)))


def holm(pvalues: Sequence[float]) -> tuple[float, ...]:
    """Adjusted for being several, in the given order: Holm, A simple sequentially rejective multiple test procedure (1979)."""
    order = sorted(range(len(pvalues)), key=lambda place: pvalues[place])
    adjusted = [0.0] * len(pvalues)
    above = 0.0
    for rank, place in enumerate(order):
        above = max(above, min(1.0, (len(pvalues) - rank) * pvalues[place]))
        adjusted[place] = above
    return tuple(adjusted)
