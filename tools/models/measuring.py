"""How good predictions of a yes or no are: told apart (AUC), right on average (Brier, calibration), and worth acting on (lift)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.models.types import Bin, Floats, Yes

Z: Final = 1.959964
"""Of the normal distribution, for intervals of 95 %."""
BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def ranked(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.append(starts[1:], len(values))
    means = (starts + ends + 1) / 2
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(means, ends - starts)
    return ranks


def auc(scores: Floats, truth: Yes) -> Estimate:
    """The chance that a random yes scores above a random no, ties counting half, with DeLong's interval."""
    value, _, _ = _placements(scores, truth)
    deviation = float(np.sqrt(_covariance(scores, scores, truth)))
    return Estimate(value=value, low=max(value - Z * deviation, 0.0), high=min(value + Z * deviation, 1.0))


def auc_behind(better: Floats, other: Floats, truth: Yes) -> Estimate:
    """How much larger the AUC of `better` is than that of `other` on the same people.

    E. DeLong, D. DeLong, D. Clarke-Pearson, Comparing the areas under two or more correlated receiver operating
    characteristic curves (1988), by the fast placements of X. Sun and W. Xu (2014).
    """
    value = _placements(better, truth)[0] - _placements(other, truth)[0]
    variance = (
        _covariance(better, better, truth) + _covariance(other, other, truth) - 2 * _covariance(better, other, truth)
    )
    deviation = float(np.sqrt(max(variance, 0.0)))
    return Estimate(value=value, low=value - Z * deviation, high=value + Z * deviation)


def brier(chances: Floats, truth: Yes) -> Estimate:
    """Mean squared distance between the chance and what came (0 or 1); the smaller the better."""
    return mean((chances - truth) ** 2)


def lift(scores: Floats, truth: Yes, share: float = 0.1) -> Estimate:
    """How many times as often the yes is among the `share` of people with the highest scores as among all."""
    count = max(round(len(scores) * share), 1)
    top = np.lexsort((np.arange(len(scores)), -scores))[:count]
    hits, everywhere = int(truth[top].sum()), float(truth.mean())
    low, high = wilson(hits, count)
    return Estimate(value=hits / count / everywhere, low=low / everywhere, high=high / everywhere)


def mean(values: Floats) -> Estimate:
    """The mean with a normal interval."""
    value, error = float(values.mean()), float(values.std() / np.sqrt(max(len(values), 1)))
    return Estimate(value=value, low=value - Z * error, high=value + Z * error)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, 1927)."""
    if count == 0:
        return 0.0, 1.0
    share, square = hits / count, Z * Z / count
    centre = (share + square / 2) / (1 + square)
    half = Z * np.sqrt(share * (1 - share) / count + square / (4 * count)) / (1 + square)
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def calibration(chances: Floats, truth: Yes, bins: int = BINS) -> tuple[Bin, ...]:
    """People in `bins` groups of about one size by their chance, the lowest first: what was predicted and what came."""
    order = np.argsort(chances, kind="stable")
    found = []
    for part in np.array_split(order, bins):
        if part.size:
            low, high = wilson(int(truth[part].sum()), len(part))
            found.append(
                Bin(
                    predicted=float(chances[part].mean()),
                    observed=float(truth[part].mean()),
                    low=low,
                    high=high,
                    people=len(part),
                )
            )
    return tuple(found)


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """Mean distance between predicted and observed over the bins, by people."""
    people = sum(one.people for one in bins)
    return sum(abs(one.predicted - one.observed) * one.people for one in bins) / max(people, 1)


def _placements(scores: Floats, truth: Yes) -> tuple[float, Floats, Floats]:
    """AUC, and how far each yes stands above the noes and each no below the yeses."""
    yes, no = scores[truth], scores[~truth]
    everywhere = ranked(np.concatenate([yes, no]))
    above = (everywhere[: len(yes)] - ranked(yes)) / len(no)
    below = 1 - (everywhere[len(yes) :] - ranked(no)) / len(yes)
    return float(above.mean()), above, below


def _covariance(one: Floats, other: Floats, truth: Yes) -> float:
    _, above, below = _placements(one, truth)
    _, above_too, below_too = _placements(other, truth)
    yes, no = max(len(above) - 1, 1), max(len(below) - 1, 1)
    return float(
        ((above - above.mean()) * (above_too - above_too.mean())).sum() / yes / len(above)
        + ((below - below.mean()) * (below_too - below_too.mean())).sum() / no / len(below)
    )
