"""Whether customers still are like those whom a model was trained on: the population stability index, feature by feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tools.models.features import Matrix
from tools.models.types import Floats, Spread

PARTS: Final = 10
WATCH: Final = 0.1
MOVED: Final = 0.25
_LEAST: Final = 1e-4

State = Literal["steady", "watch", "moved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far each feature has moved since training (name and index, the furthest first), and what that means.

    An index from 0.1 on is worth watching, from 0.25 on the model should be trained again (Siddiqi, Credit Risk Scorecards,
    2006).
    """

    moved: tuple[tuple[str, float], ...]

    @property
    def furthest(self) -> float:
        return self.moved[0][1] if self.moved else 0.0

    @property
    def state(self) -> State:
        return "moved" if self.furthest >= MOVED else "watch" if self.furthest >= WATCH else "steady"


def spreads_of(matrix: Matrix) -> tuple[Spread, ...]:
    """How each feature is spread over up to ten parts of about equally many people; a value that most share is one part."""
    found = []
    for at, feature in enumerate(matrix.features):
        column = matrix.values[:, at]
        known = column[np.isfinite(column)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)[1:-1])) if known.size else np.empty(0)
        found.append(
            Spread(
                feature=feature.name,
                edges=tuple(float(edge) for edge in edges),
                parts=tuple(float(part) for part in _parts(column, edges)),
            )
        )
    return tuple(found)


def drift(spreads: tuple[Spread, ...], now: Matrix) -> Drift:
    """The index of each feature that both know: sum of (now - then) * ln(now / then) over the parts."""
    names = [feature.name for feature in now.features]
    moved = []
    for spread in spreads:
        if spread.feature not in names:
            continue
        column = now.values[:, names.index(spread.feature)]
        then = np.maximum(np.array(spread.parts), _LEAST)
        today = np.maximum(_parts(column, np.array(spread.edges)), _LEAST)
        moved.append((spread.feature, float(np.sum((today - then) * np.log(today / then)))))
    return Drift(moved=tuple(sorted(moved, key=lambda one: (-one[1], one[0]))))


def _parts(column: Floats, edges: Floats) -> Floats:
    """Shares of people at or below each edge, above the last, and unknown."""
    known = column[np.isfinite(column)]
    places = np.searchsorted(edges, known, side="left")
    counts = np.bincount(places, minlength=len(edges) + 1).astype(np.float64)
    return np.append(counts, len(column) - len(known)) / max(len(column), 1)
