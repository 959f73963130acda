"""How often customers come back: the BG/NBD model.

P. Fader, B. Hardie, K. Lee, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model (2005). While a
customer is alive, purchases come at a rate of their own, gamma distributed (r, alpha); after each purchase they leave with a
chance of their own, beta distributed (a, b). All times are in one unit, whichever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.errors import DataError, Text
from tools.models.history import History
from tools.models.measuring import Z
from tools.models.types import Floats

WEEK: Final = 7.0
_STARTS: Final = (
    (1.0, 1.0, 1.0, 1.0),
    (0.3, 4.0, 0.8, 2.5),
    (1.0, 10.0, 0.5, 3.0),
    (0.1, 1.0, 0.1, 0.5),
    (3.0, 20.0, 0.2, 5.0),
)
NOBODY_LEAVES: Final = 1e-6  # an a of next to nothing
_NOBODY_LEAVES: Final = np.log([NOBODY_LEAVES, 1.0])
_VAGUEST: Final = 3.0  # standard error of the logarithm of a parameter: beyond, nothing is known of it
_FURTHEST: Final = 12.0  # of the logarithm of a parameter: beyond, the likelihood has no peak


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visits:
    """One entry a customer: `again` is how many days after the first they bought on, `last` the time from the first purchase
    to the last (0 without another), `age` the time from the first purchase to the end of what is known.
    """

    again: Floats
    last: Floats
    age: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BgNbd:
    """Fitted parameters with the ends of their 95 % intervals, in the order r, alpha, a, b, and the log likelihood."""

    r: float
    alpha: float
    a: float
    b: float
    low: tuple[float, float, float, float]
    high: tuple[float, float, float, float]
    likelihood: float

    def alive(self, of: Visits) -> Floats:
        """The chance that a customer has not left."""
        ratio = (self.r + of.again) * np.log((self.alpha + of.age) / (self.alpha + of.last))
        odds = np.log(self.a / (self.b + np.maximum(of.again, 1) - 1)) + ratio
        return np.where(of.again > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0)

    def expected(self, of: Visits, ahead: float) -> Floats:
        """How many purchases are expected in the time `ahead`.

        The paper's equation (10), with Euler's transformation of the hypergeometric function, which keeps large counts finite.
        """
        from scipy.special import hyp2f1  # noqa: PLC0415  # slow to import

        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        z = ahead / (self.alpha + of.age + ahead)
        whole = a + self.b + of.again - 1
        kept = (1 - z) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, whole, z)
        return np.asarray(np.maximum(whole / (a - 1) * (1 - kept), 0.0) * self.alive(of))

    def drawn(self, of: Visits, ahead: float, draws: int, source: np.random.Generator) -> Floats:
        """Counts of purchases in the time `ahead` as they may come, (n, draws): what a range is read from."""
        shape = (len(of.again), draws)
        rate = source.gamma(self.r + of.again[:, None], 1 / (self.alpha + of.age[:, None]), shape)
        leaving = np.clip(source.beta(self.a, self.b + of.again[:, None], shape), 1e-12, 1.0)
        bought = np.minimum(source.poisson(rate * ahead), source.geometric(leaving))
        return np.asarray(np.where(source.random(shape) < self.alive(of)[:, None], bought, 0), dtype=np.float64)


def visits_of(history: History, unit: float = WEEK, end: int | None = None) -> Visits:
    """Counts and times of a history, in units of so many days; known up to the ordinal day `end` (its last day when absent)."""
    last_day = int(history.day.max()) if end is None else end
    days = np.bincount(history.who, minlength=len(history.keys))
    ends = np.cumsum(days) - 1
    first, last = history.day[ends - days + 1], history.day[ends]
    return Visits(
        again=(days - 1).astype(np.float64),
        last=(last - first).astype(np.float64) / unit,
        age=(last_day - first).astype(np.float64) / unit,
    )


def fit_bgnbd(of: Visits) -> BgNbd:
    """The most likely parameters, and intervals from the curvature of the likelihood over their logarithms.

    Where nobody seems to leave, a and b cannot be told; then purchases alone are fitted (NBD), with an a of next to nothing.
    Raises `DataError` where no start leads to a peak.
    """
    likelihood = _Likelihood(of)
    scale = max(float(np.median(of.age)) / 26, 1e-6)  # the starts are of weeks and half a year
    starts = [np.log(np.array(start) * np.array([1, scale, 1, 1])) for start in _STARTS]
    for start in starts:
        found = _peak(likelihood.cost, start, likelihood.total)
        if found is not None:
            return _told(*found, likelihood)
    for start in starts:
        found = _peak(lambda logs: likelihood.cost(np.append(logs, _NOBODY_LEAVES)), start[:2], likelihood.total)
        if found is not None:
            at, error = found
            return _told(np.append(at, _NOBODY_LEAVES), np.append(error, [0.0, 0.0]), likelihood)
    raise DataError(
        Text(
            "复购次数的模型没有收敛：这些购买记录没有可以区分的节奏（例如几乎没有人买第二次）。",
            "The model of repeat purchases did not converge: these purchases show no rhythm that could be told apart "
            "(hardly anybody bought twice, for example).",
        )
    )


def _peak(cost: Callable[[Floats], float], begun: Floats, total: float) -> tuple[Floats, Floats] | None:
    """The lowest cost from a start, with the standard errors; `None` where there is no clear one."""
    from scipy.optimize import minimize  # noqa: PLC0415  # slow to import

    bounds = [(-_FURTHEST, _FURTHEST)] * len(begun)
    found = minimize(cost, begun, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-8})
    at = np.asarray(found.x)
    if not bool(np.isfinite(found.fun)) or float(np.abs(at).max()) >= _FURTHEST * 0.99:
        return None
    error = _error(cost, at, total)
    return None if error is None else (at, error)


def _error(cost: Callable[[Floats], float], at: Floats, total: float, step: float = 1e-3) -> Floats | None:
    """Standard errors from the curvature by central differences; `None` where there is no peak, or hardly one."""
    size = len(at)
    curved = np.empty((size, size))
    steps = np.eye(size) * step
    for i in range(size):
        for j in range(i, size):
            one, two = steps[i], steps[j]
            away = cost(at + one + two) - cost(at + one - two)
            back = cost(at - one + two) - cost(at - one - two)
            curved[i, j] = curved[j, i] = (away - back) / (4 * step**2) * total
    if float(np.linalg.eigvalsh(curved).min()) <= 0:
        return None
    found = np.sqrt(np.diag(np.linalg.inv(curved)))
    return found if float(found.max()) < _VAGUEST else None


def _told(logs: Floats, error: Floats, likelihood: _Likelihood) -> BgNbd:
    r, alpha, a, b = _four(np.exp(logs))
    low, high = _four(np.exp(logs - Z * error)), _four(np.exp(logs + Z * error))
    reached = -likelihood.cost(logs) * likelihood.total
    return BgNbd(r=r, alpha=alpha, a=a, b=b, low=low, high=high, likelihood=reached)


class _Likelihood:
    """The paper's equation (6) in logarithms throughout; customers who are alike are reckoned once."""

    def __init__(self, of: Visits) -> None:
        rows, weight = np.unique(np.column_stack([of.again, of.last, of.age]), axis=0, return_counts=True)
        self._again, self._at = np.unique(rows[:, 0], return_inverse=True)
        self._last, self._age = rows[:, 1], rows[:, 2]
        self._weight = weight.astype(np.float64)
        self.total = float(weight.sum())

    def cost(self, logs: Floats) -> float:
        """Minus the mean log likelihood of a customer, at the logarithms of r, alpha, a and b."""
        from scipy.special import betaln, gammaln  # noqa: PLC0415  # slow to import

        r, alpha, a, b = np.exp(logs)
        times = self._again
        whole = gammaln(r + times) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
        stayed, left = betaln(a, b + times), betaln(a + 1, b + np.maximum(times, 1) - 1)
        power = (r + times)[self._at]
        alive = stayed[self._at] - power * np.log(alpha + self._age)
        gone = np.where(times > 0, left, -np.inf)[self._at] - power * np.log(alpha + self._last)
        known = whole[self._at] + np.logaddexp(alive, gone)
        return -float(self._weight @ known) / self.total


def _four(values: Floats) -> tuple[float, float, float, float]:
    one, two, three, four = (float(value) for value in values)
    return one, two, three, four
