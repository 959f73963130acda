"""Traits on one scale: money and counts by their logarithm, outliers drawn in, so that no trait outweighs the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.models.types import Floats, Yes

OUTERMOST: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """How values (people x traits) were brought to mean 0 and deviation 1, so that others can be brought there alike.

    Skewed traits are taken as the logarithm of `1 + x / low` where `low` is a low value among the positive ones (their tenth
    percentile): a plain `log(1 + x)` puts those without anything of a trait in money so far from all others that they are a
    kind of their own. The outermost percent on either side is drawn in. A constant trait becomes 0.
    """

    skewed: Yes
    low: Floats
    floor: Floats
    ceiling: Floats
    mean: Floats
    spread: Floats

    @staticmethod
    def of(values: Floats, skewed: Sequence[bool]) -> Scale:
        soft = np.asarray(skewed, dtype=np.bool_)
        low = np.array([_low(column) for column in values.T], dtype=np.float64)
        drawn = _softened(values, soft, low)
        floor, ceiling = np.quantile(drawn, (OUTERMOST, 1 - OUTERMOST), axis=0)
        drawn = np.clip(drawn, floor, ceiling)
        spread = drawn.std(axis=0)
        return Scale(
            skewed=soft,
            low=low,
            floor=floor,
            ceiling=ceiling,
            mean=drawn.mean(axis=0),
            spread=np.where(spread > 0, spread, 1.0),
        )

    def of_values(self, values: Floats) -> Floats:
        """Values (people x traits) on this scale."""
        drawn = np.clip(_softened(values, self.skewed, self.low), self.floor, self.ceiling)
        return np.asarray((drawn - self.mean) / self.spread, dtype=np.float64)


def on_one_scale(values: Floats, skewed: Sequence[bool]) -> Floats:
    """Values on their own scale."""
    return Scale.of(values, skewed).of_values(values)


def _softened(values: Floats, skewed: Yes, low: Floats) -> Floats:
    return np.asarray(np.where(skewed, np.log1p(np.clip(values, 0.0, None) / low), values), dtype=np.float64)


def _low(column: Floats) -> float:
    positive = column[column > 0]
    return float(np.quantile(positive, 0.1)) if positive.size else 1.0
