"""A small decision tree as rules: which bounds on which traits make a person of which group. Bounds are round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from tools.models.types import Floats, Ints, Yes

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

DEPTH: Final = 3
LEAST_LEAF: Final = 0.01  # share of people below which a rule is not worth its words
DIGITS: Final = 2  # significant digits of a bound without a step


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The trait (a column) is at least `at`, or with `below` less than it."""

    trait: int
    at: float
    below: bool = False

    def holds(self, values: Floats) -> Yes:
        column = values[:, self.trait]
        return np.asarray(column < self.at if self.below else column >= self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Whoever meets all `bounds` is of `group`. Leaves of one tree leave nobody out, and nobody is in two."""

    group: int
    bounds: tuple[Bound, ...]

    def holds(self, values: Floats) -> Yes:
        met = np.ones(len(values), dtype=np.bool_)
        for bound in self.bounds:
            met &= bound.holds(values)
        return met


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two ways by one bound: `under` for those below it, `over` for the others."""

    bound: Bound
    under: Tree
    over: Tree


Tree = Fork | int


def grown(values: Floats, groups: Ints, steps: Sequence[float], *, seed: int, even: bool = False) -> Tree:
    """A tree of at most `DEPTH` forks that tells `groups` by `values` (people x traits).

    With `even` all groups count alike, however small; without, all people do. A bound is rounded up to a multiple of its trait's step, or to two significant digits where the step is 0. A fork whose
    two sides say the same group is taken out.
    """
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415  # heavy

    least = max(1, round(LEAST_LEAF * len(values)))
    weight = "balanced" if even else None
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, class_weight=weight, random_state=seed)
    tree.fit(values, groups)
    return _read(tree, 0, steps)


def leaves_of(tree: Tree) -> tuple[Leaf, ...]:
    """The rules of a tree. Of several bounds on one trait to the same side only the tightest is kept;
    those on one trait stand side by side, the lower first.
    """
    return tuple(Leaf(group=group, bounds=_tightest(bounds)) for group, bounds in _paths(tree, ()))


def placed(values: Floats, leaves: Sequence[Leaf]) -> Ints:
    """The group of each row by the rules."""
    groups = np.zeros(len(values), dtype=np.int64)
    for leaf in leaves:
        groups[leaf.holds(values)] = leaf.group
    return groups


def rounded(bound: float, step: float) -> float:
    if step > 0:
        return round(math.ceil(bound / step - 1e-9) * step, 9)
    if bound == 0:
        return 0.0
    return round(bound, DIGITS - 1 - math.floor(math.log10(abs(bound))))


def _read(fitted: DecisionTreeClassifier, node: int, steps: Sequence[float]) -> Tree:
    tree = fitted.tree_
    if tree.children_left[node] == -1:
        return int(fitted.classes_[int(np.argmax(tree.value[node]))])
    trait = int(tree.feature[node])
    under = _read(fitted, int(tree.children_left[node]), steps)
    over = _read(fitted, int(tree.children_right[node]), steps)
    if isinstance(under, int) and under == over:
        return under
    at = rounded(float(tree.threshold[node]), steps[trait])
    return Fork(bound=Bound(trait=trait, at=at), under=under, over=over)


def _paths(tree: Tree, taken: tuple[Bound, ...]) -> Iterator[tuple[int, tuple[Bound, ...]]]:
    if isinstance(tree, int):
        yield tree, taken
        return
    bound = tree.bound
    yield from _paths(tree.under, (*taken, Bound(trait=bound.trait, at=bound.at, below=True)))
    yield from _paths(tree.over, (*taken, bound))


def _tightest(bounds: Sequence[Bound]) -> tuple[Bound, ...]:
    kept: dict[tuple[int, bool], Bound] = {}
    for bound in bounds:
        known = kept.get((bound.trait, bound.below))
        tighter = known is None or (bound.at < known.at if bound.below else bound.at > known.at)
        if tighter:
            kept[bound.trait, bound.below] = bound
    first = list(dict.fromkeys(trait for trait, _ in kept))
    return tuple(sorted(kept.values(), key=lambda one: (first.index(one.trait), one.below)))
