"""What the weighing of pairs has learned: how rare matches are, and for each level of likeness its two shares."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from semantic_layer.ingestion.identity.levels import levels_of
from semantic_layer.ingestion.identity.rules import IdentityRules

SHIPPED_PRIOR = 0.0001
_RAREST_FAULT = 1e-3
"""Whatever the data says, one pair of one person in a thousand may differ: nobody's data is free of faults."""
_RAREST_CHANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Shares:
    """Of a level: `m` among pairs of one person, `u` among pairs of different people."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """Evidence in bits: above 0 for one person, below for different ones."""
        return math.log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Model:
    """`prior` is the probability that two records taken at random are one person; `shares` by field, levels in order."""

    prior: float
    shares: Mapping[str, tuple[Shares, ...]]
    trained: bool

    def to_json(self) -> str:
        """As it is kept in `identity.models`."""
        shares = {name: [[each.m, each.u] for each in levels] for name, levels in self.shares.items()}
        return json.dumps({"prior": self.prior, "shares": shares, "trained": self.trained})


def model_from_json(text: str) -> Model:
    """A model as `to_json` wrote it."""
    body = cast("dict[str, object]", json.loads(text))
    given = cast("dict[str, list[list[float]]]", body["shares"])
    shares = {name: tuple(Shares(m, u) for m, u in levels) for name, levels in given.items()}
    return Model(float(cast("float", body["prior"])), shares, bool(body["trained"]))


def shipped_model(rules: IdentityRules) -> Model:
    """The weights to begin with, for data too small to learn from."""
    shares = {each.field: tuple(Shares(level.m, level.u) for level in levels_of(each)) for each in rules.comparisons}
    return Model(SHIPPED_PRIOR, shares, trained=False)


def learned(
    rules: IdentityRules, prior: float, found: Mapping[str, Sequence[tuple[float | None, float | None]]], pairs: float
) -> Model:
    """A model from what training found; what it could not see is as shipped, and as rare as `pairs` pairs allow."""
    shares = {}
    for comparison in rules.comparisons:
        basis = levels_of(comparison)
        seen = found.get(comparison.field)
        if seen is None:
            shares[comparison.field] = tuple(Shares(level.m, level.u) for level in basis)
            continue
        shares[comparison.field] = tuple(
            Shares(
                max(level.m if m is None else m, _RAREST_FAULT),
                max(min(level.u, 1 / pairs) if u is None else u, _RAREST_CHANCE),
            )
            for level, (m, u) in zip(basis, seen, strict=True)
        )
    return Model(min(max(prior, _RAREST_CHANCE), 0.5), shares, trained=True)


def probability(weight: float) -> float:
    """The probability that belongs to a weight in bits."""
    return 1.0 if weight > 60 else 2**weight / (1 + 2**weight)


def weight_of(share: float) -> float:
    """The weight in bits that belongs to a probability."""
    return math.log2(share / (1 - share))
