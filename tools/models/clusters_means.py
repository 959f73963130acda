"""K-means in a few lines: small data, many runs, and the same result on any number of processor cores."""

from __future__ import annotations

from typing import Final

import numpy as np

from tools.models.types import Floats, Ints

MOST_ROUNDS: Final = 100
STARTS: Final = 4


def centres_of(points: Floats, count: int, rng: np.random.Generator) -> Floats:
    """`count` centres (count x traits) of `points` (n x traits): the best of a few runs of Lloyd's algorithm (1982).

    Each starts as k-means++ does (Arthur and Vassilvitskii 2007). Needs at least `count` different points.
    """
    runs = [_settled(points, _spread_out(points, count, rng)) for _ in range(STARTS)]
    return min(runs, key=lambda run: run[1])[0]


def nearest_of(points: Floats, centres: Floats) -> Ints:
    """The place of the nearest centre of each point."""
    return np.asarray(_distances(points, centres).argmin(axis=1), dtype=np.int64)


def _settled(points: Floats, centres: Floats) -> tuple[Floats, float]:
    """Centres that no longer move, and the sum of squares around them."""
    groups = np.full(len(points), -1, dtype=np.int64)
    for _ in range(MOST_ROUNDS):
        distances = _distances(points, centres)
        found = distances.argmin(axis=1)
        if np.array_equal(found, groups):
            break
        groups = found.astype(np.int64)
        sizes = np.bincount(groups, minlength=len(centres))
        sums = np.stack([np.bincount(groups, weights=column, minlength=len(centres)) for column in points.T], axis=1)
        lost = np.flatnonzero(sizes == 0)
        centres = sums / np.maximum(sizes, 1)[:, None]
        if len(lost):
            centres[lost] = points[np.argsort(-distances.min(axis=1), kind="stable")[: len(lost)]]
    return centres, float(_distances(points, centres).min(axis=1).sum())


def _spread_out(points: Floats, count: int, rng: np.random.Generator) -> Floats:
    chosen = [points[int(rng.integers(len(points)))]]
    away = _distances(points, np.asarray(chosen))[:, 0]
    for _ in range(count - 1):
        total = away.sum()
        weights = away / total if total > 0 else None
        chosen.append(points[int(rng.choice(len(points), p=weights))])
        away = np.minimum(away, _distances(points, np.asarray(chosen[-1:]))[:, 0])
    return np.asarray(chosen)


def _distances(points: Floats, centres: Floats) -> Floats:
    """Squared distances, points x centres."""
    crossed = np.einsum("ij,kj->ik", points, centres)
    squares = np.einsum("ij,ij->i", points, points)[:, None] + np.einsum("ij,ij->i", centres, centres)
    return np.asarray(np.maximum(squares - 2 * crossed, 0.0))
