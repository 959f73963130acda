"""People in a few groups that are alike: K-means, as many groups as stay the same when drawn again, told by a small tree.

Works on arrays; `tools.models.clusters_data` reads them from the semantic layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Text
from tools.models.clusters_means import centres_of, nearest_of
from tools.models.clusters_scale import on_one_scale
from tools.models.clusters_tree import Leaf, grown, leaves_of, placed
from tools.models.types import Floats, Ints

COUNTS: Final = tuple(range(2, 9))
STABLE: Final = 0.88  # mean adjusted Rand index from which groups count as the same when drawn again
FOUND_AGAIN: Final = 0.75  # mean Jaccard index of a group with itself drawn again; from here it is stable (Hennig 2007)
LEAST_SHARE: Final = 0.05
FAITHFUL: Final = 0.8  # share of people whom rules must leave where K-means put them
FEWEST_PEOPLE: Final = 200
REDRAWS: Final = 10
LOOKED_AT: Final = 2_000  # people that stability is measured on
LEARNT_FROM: Final = 40_000  # people that centres and tree are learnt from


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One number of groups as tried: `stability` is a mean adjusted Rand index, `smallest` the share of the smallest group.

    `loosest` is the mean Jaccard index of the group that is found again worst.
    """

    count: int
    stability: float
    loosest: float
    smallest: float

    @property
    def good(self) -> bool:
        return self.stability >= STABLE and self.loosest >= FOUND_AGAIN and self.smallest >= LEAST_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """`groups[i]` is the group (0 to `count` - 1) of row i as the tree's rules say; `leaves` are those rules.

    Groups are numbered from the largest down. `fidelity` is the share of people whom the rules put where K-means did.
    `trials` are the numbers of groups tried, in order; `chosen` is the one taken, which `asked` was given when set.
    """

    groups: Ints
    leaves: tuple[Leaf, ...]
    fidelity: float
    trials: tuple[Trial, ...]
    chosen: Trial
    asked: int | None = None

    @property
    def count(self) -> int:
        return int(self.groups.max()) + 1


def clustered(
    values: Floats,
    skewed: Sequence[bool],
    *,
    seed: int,
    steps: Sequence[float] | None = None,
    count: int | None = None,
    cancel: Cancel | None = None,
) -> Clustering:
    """Groups of the rows of `values` (people x traits, no missing values).

    `skewed` says which traits are taken by their logarithm; all are then put on one scale (mean 0, deviation 1). `steps` is
    to what the bounds of the rules are rounded, trait by trait (see `clusters_tree.grown`). Without `count`, the largest of
    2 to 8 groups that are stable, of which none is too small, and that rules can tell; the most stable where no number is. Stability is the mean
    adjusted Rand index (Hubert and Arabie 1985) between the groups and those of samples drawn with replacement, after Hennig
    (2007), Cluster-wise assessment of cluster stability.

    Raises `ValueError` for fewer than `FEWEST_PEOPLE` rows.
    """
    if len(values) < FEWEST_PEOPLE:
        raise ValueError(f"{len(values)} people are too few, {FEWEST_PEOPLE} are needed")
    rng = np.random.default_rng(seed)
    scaled = on_one_scale(values, skewed)
    learnt = _sample(rng, len(values), LEARNT_FROM)
    looked = _sample(rng, len(values), LOOKED_AT)
    seeds = rng.integers(0, 2**31 - 1, size=len(COUNTS) + 2)
    trials = []
    for number in COUNTS if count is None else (count,):
        _go_on(cancel)
        trials.append(_tried(scaled[looked], number, int(seeds[number % len(seeds)]), cancel))
    rounding = tuple(steps) if steps is not None else (0.0,) * values.shape[1]
    drawn = []
    for trial in _best_first(trials):
        _go_on(cancel)
        said = nearest_of(scaled, centres_of(scaled[learnt], trial.count, np.random.default_rng(int(seeds[-1]))))
        drawn.append(_told(values, said, learnt, rounding, trial, int(seeds[-2])))
        if drawn[-1].faithful:
            break
    told = next((one for one in drawn if one.faithful), max(drawn, key=lambda one: min(one.smallest, LEAST_SHARE)))
    return _numbered(told, trials, count)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Told:
    """Groups as the rules of a tree have them, beside what K-means said."""

    trial: Trial
    leaves: tuple[Leaf, ...]
    groups: Ints
    fidelity: float
    smallest: float

    @property
    def faithful(self) -> bool:
        return self.smallest >= LEAST_SHARE and self.fidelity >= FAITHFUL


def _told(values: Floats, said: Ints, learnt: Ints, steps: Sequence[float], trial: Trial, seed: int) -> _Told:
    """By the tree that loses fewest people, unless it loses a group that another tree keeps."""
    found = []
    for even in (False, True):
        leaves = leaves_of(grown(values[learnt], said[learnt], steps, seed=seed, even=even))
        groups = placed(values, leaves)
        sizes = np.bincount(groups, minlength=trial.count)
        found.append(
            _Told(
                trial=trial,
                leaves=leaves,
                groups=groups,
                fidelity=float((groups == said).mean()),
                smallest=float(sizes.min() / len(values)),
            )
        )
    return max(found, key=lambda one: (min(one.smallest, LEAST_SHARE), one.fidelity))


def agreement(one: Ints, other: Ints) -> float:
    """How far two groupings of the same people say the same: the adjusted Rand index, 1 for the same, about 0 by chance.

    Both are numbers from 0 on. Pairs of people who are together in both, less those to be expected, over the most there can be.
    """
    width = int(other.max()) + 1
    both = _pairs(np.bincount(one * width + other))
    first, second, all_ = _pairs(np.bincount(one)), _pairs(np.bincount(other)), _pairs(np.array([len(one)]))
    expected, most = first * second / all_ if all_ else 0.0, (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _pairs(sizes: Ints) -> float:
    return float((sizes * (sizes - 1) / 2).sum())


def _tried(scaled: Floats, count: int, seed: int, cancel: Cancel | None) -> Trial:
    rng = np.random.default_rng(seed)
    whole = nearest_of(scaled, centres_of(scaled, count, rng))
    sizes = np.bincount(whole, minlength=count)
    found, same = [], []
    for _ in range(REDRAWS):
        _go_on(cancel)
        again = scaled[rng.integers(0, len(scaled), size=len(scaled))]
        other = nearest_of(scaled, centres_of(again, count, rng))
        found.append(agreement(whole, other))
        same.append(_overlaps(whole, other, count))
    return Trial(
        count=count,
        stability=float(np.mean(found)),
        loosest=float(np.mean(same, axis=0).min()),
        smallest=float(sizes.min() / len(scaled)),
    )


def _overlaps(one: Ints, other: Ints, count: int) -> Floats:
    """For each group of `one`, its Jaccard index with the most alike group of `other`."""
    both = np.bincount(one * count + other, minlength=count * count).reshape(count, count).astype(np.float64)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    return np.asarray((both / np.maximum(either, 1.0)).max(axis=1))


def _best_first(trials: Sequence[Trial]) -> list[Trial]:
    """Good ones from the largest number down; then the others, the most stable first."""
    return sorted(trials, key=lambda one: (not one.good, -one.count if one.good else -one.stability))


def _numbered(told: _Told, trials: Sequence[Trial], asked: int | None) -> Clustering:
    """Groups that the rules leave somebody in, numbered from the largest down."""
    sizes = np.bincount(told.groups, minlength=told.trial.count)
    order = [int(group) for group in np.argsort(-sizes, kind="stable") if sizes[group]]
    number = np.full(told.trial.count, -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    return Clustering(
        groups=number[told.groups],
        leaves=tuple(
            Leaf(group=int(number[leaf.group]), bounds=leaf.bounds) for leaf in told.leaves if number[leaf.group] >= 0
        ),
        fidelity=told.fidelity,
        trials=tuple(trials),
        chosen=told.trial,
        asked=asked,
    )


def _sample(rng: np.random.Generator, people: int, most: int) -> Ints:
    if people <= most:
        return np.arange(people, dtype=np.int64)
    return np.sort(rng.choice(people, size=most, replace=False)).astype(np.int64)


def _go_on(cancel: Cancel | None) -> None:
    if cancel is not None and cancel.pressed:
        raise CancelledError(Text("已停止。", "Stopped."))
