"""Both halves of customer value fitted to a history, and what came after it to judge them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.errors import Text
from tools.models.bgnbd import WEEK, BgNbd, Visits, fit_bgnbd, visits_of
from tools.models.gamma_gamma import GammaGamma, fit_gamma_gamma
from tools.models.history import History
from tools.models.measuring import Z
from tools.models.types import (
    Bin,
    Floats,
    Ints,
    TooLittleDataError,
)

FEWEST: Final = 200
"""Customers who bought on at least two days, in the part that is learnt from."""
LEARNT_FROM: Final = 50_000
TOP: Final = 0.1
LABEL: Final = Text("客户价值模型", "customer value model")
OF: Final = Text("预测价值", "expected value")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """Both halves, as of the end of a history, and what they rest on for each customer."""

    keys: Ints
    visits: Visits
    times: Floats  # days with an amount
    mean: Floats  # amount a day
    counts: BgNbd
    amounts: GammaGamma
    tied: float  # correlation of the two over those who bought again

    def expected(self, days: int) -> Floats:
        """What each customer is expected to bring in so many days after the history."""
        return self.counts.expected(self.visits, days / WEEK) * self.amounts.expected(self.times, self.mean)

    def ranges(self, days: int, at: Ints, draws: int, seed: int) -> tuple[Floats, Floats]:
        """The ends within which 95 % of what may come lies, for the customers at these places."""
        source = np.random.default_rng(seed)
        low, high = np.empty(len(at)), np.empty(len(at))
        for part in np.array_split(np.arange(len(at)), max(len(at) // 2000, 1)):
            who = at[part]
            some = Visits(again=self.visits.again[who], last=self.visits.last[who], age=self.visits.age[who])
            counts = self.counts.drawn(some, days / WEEK, draws, source)
            brought = self.amounts.drawn(self.times[who], self.mean[who], counts, source)
            low[part], high[part] = np.quantile(brought, [0.025, 0.975], axis=1)
        return low, high


def fitted(history: History, end: int, *, seed: int) -> Fitted:
    """Both halves on what is known up to the ordinal day `end`.

    Raises `TooLittleDataError` for too few who bought again, `DataError` where the likelihood has no peak.
    """
    visits = visits_of(history, WEEK, end)
    days = np.bincount(history.who).astype(np.float64)
    mean = np.bincount(history.who, weights=history.value) / days
    again = (visits.again > 0) & (mean > 0)
    if int(again.sum()) < FEWEST:
        raise TooLittleDataError(
            LABEL,
            Text(
                f"在用来拟合的一段里，至少 {FEWEST} 位客户在两个以上的日子买过",
                f"at least {FEWEST} customers who bought on two days or more in the part that is fitted",
            ),
            Text(f"只有 {int(again.sum())} 位", f"are {int(again.sum())}"),
        )
    drawn = some_of(len(days), seed)
    counts = fit_bgnbd(Visits(again=visits.again[drawn], last=visits.last[drawn], age=visits.age[drawn]))
    learnt = np.flatnonzero(again)
    learnt = learnt[some_of(len(learnt), seed)]
    amounts = fit_gamma_gamma(days[learnt], mean[learnt])
    tied = float(np.corrcoef(visits.again[again], mean[again])[0, 1])
    known = np.where(mean > 0, days, 0.0)  # who was given all back tells nothing of amounts
    return Fitted(
        keys=history.keys,
        visits=visits,
        times=known,
        mean=np.maximum(mean, 0.0),
        counts=counts,
        amounts=amounts,
        tied=tied,
    )


def brought(later: History, keys: Ints) -> tuple[Floats, Floats]:
    """On how many days of a history each of `keys` bought, and what that brought."""
    at = np.searchsorted(keys, later.keys)
    at = np.minimum(at, len(keys) - 1)
    known = keys[at] == later.keys
    rows = known[later.who]
    places = at[later.who[rows]]
    counts = np.bincount(places, minlength=len(keys)).astype(np.float64)
    return counts, np.bincount(places, weights=later.value[rows], minlength=len(keys)).astype(np.float64)


def value_bins(expected: Floats, came: Floats, bins: int = 10) -> tuple[Bin, ...]:
    """People in groups of about one size by their expectation: the mean expected and the mean that came, with its interval."""
    found = []
    for part in np.array_split(np.argsort(expected, kind="stable"), bins):
        if part.size:
            middle, error = float(came[part].mean()), float(came[part].std() / np.sqrt(len(part)))
            found.append(
                Bin(
                    predicted=float(expected[part].mean()),
                    observed=middle,
                    low=middle - Z * error,
                    high=middle + Z * error,
                    people=len(part),
                )
            )
    return tuple(found)


def captured(by: Floats, came: Floats, share: float = TOP) -> float:
    """The part of what came that the `share` of people ranked highest brought."""
    count = max(round(len(by) * share), 1)
    top = np.argpartition(-by, count - 1)[:count]
    whole = float(came.sum())
    return float(came[top].sum()) / whole if whole > 0 else 0.0


def some_of(count: int, seed: int) -> Ints:
    """Places of at most `LEARNT_FROM` of so many, drawn with the seed."""
    if count <= LEARNT_FROM:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, LEARNT_FROM, replace=False))
