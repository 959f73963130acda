"""What customers spend each time: the Gamma-Gamma model.

P. Fader, B. Hardie, The Gamma-Gamma Model of Monetary Value (2013). Amounts of one customer are gamma distributed with shape p
and a scale of the customer's own, which is gamma distributed with q and gamma. It holds where how much somebody spends has
nothing to do with how often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.errors import DataError, Text
from tools.models.types import Floats

_STARTS: Final = ((1.0, 1.0, 1.0), (6.0, 3.0, 15.0), (0.5, 0.5, 100.0))
BARELY: Final = 1.05
"""A q below this leaves the mean of all customers hardly defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaGamma:
    """Fitted parameters; q is above 1, so that the mean exists and no expected amount is negative."""

    p: float
    q: float
    gamma: float

    def expected(self, times: Floats, mean: Floats) -> Floats:
        """The expected amount of each customer's purchases, of whom `times` amounts with the mean `mean` are known."""
        return self.p * (self.gamma + times * mean) / (self.p * times + self.q - 1)

    def drawn(self, times: Floats, mean: Floats, counts: Floats, source: np.random.Generator) -> Floats:
        """What `counts` (n, draws) purchases may bring in all."""
        scale = source.gamma(self.q + self.p * times[:, None], 1 / (self.gamma + times * mean)[:, None], counts.shape)
        return np.where(counts > 0, source.gamma(self.p * np.maximum(counts, 1)) / scale, 0.0)


def fit_gamma_gamma(times: Floats, mean: Floats) -> GammaGamma:
    """The most likely parameters with q above 1, of customers with `times` amounts (at least 1) of the mean `mean` (above 0).

    Raises `DataError` where no start leads to a peak.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  # slow to import
    from scipy.special import gammaln  # noqa: PLC0415

    unit = float(mean.mean())
    scaled = mean / unit

    def cost(logs: Floats) -> float:
        p, q, gamma = np.exp(logs) + np.array([0, 1, 0])
        known = (
            gammaln(p * times + q)
            - gammaln(p * times)
            - gammaln(q)
            + q * np.log(gamma)
            + (p * times - 1) * np.log(scaled)
            + p * times * np.log(times)
            - (p * times + q) * np.log(gamma + times * scaled)
        )
        return -float(known.mean())

    for start in _STARTS:
        found = minimize(
            cost,
            np.log(np.array(start)),
            method="L-BFGS-B",
            bounds=[(-12.0, 12.0)] * 3,
            options={"ftol": 1e-13, "gtol": 1e-8},
        )
        if bool(np.isfinite(found.fun)) and float(found.x.max()) < 11.9:
            p, q, gamma = np.exp(found.x) + np.array([0, 1, 0])
            return GammaGamma(p=float(p), q=float(q), gamma=float(gamma * unit))
    raise DataError(
        Text(
            "每次消费金额的模型没有收敛：金额几乎都一样，或者几乎没有重复购买。",
            "The model of amounts did not converge: they are nearly all the same, or hardly anybody bought twice.",
        )
    )
