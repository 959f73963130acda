"""What is bought together: rules "who takes X also takes Y", each against others who take as much. Works on arrays.

A basket is whatever holds things: one order, or all that one person bought in a year. `tools.models.baskets_data` reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from tools.models.types import Floats, Ints, Yes

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_ITEMS: Final = 200  # the most frequent ones; rarer things say little, and pairs grow with the square
MOST_BASKETS: Final = 500_000
FEWEST: Final = 20  # baskets that must hold a rule
LEAST_SUPPORT: Final = 0.001
LEAST_CONFIDENCE: Final = 0.05  # of a rule in general; what hardly anybody does is no advice
LARGEST: Final = 3  # things in a rule
TRIVIAL: Final = (
    0.8  # share of baskets from which something is in nearly all of them, so that no rule to it tells anything
)
TOLD_APART: Final = 8  # amounts of other things that are told apart one by one; beyond, four steps a doubling
ERROR: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baskets:
    """Pairs of a basket and something in it, each once: `basket` from 0 to `count` - 1, `item` a place in `items`."""

    basket: Ints
    item: Ints
    count: int
    items: tuple[str, ...]

    def matrix(self) -> csr_matrix:
        """Baskets x items, 1 where it is in."""
        from scipy.sparse import csr_matrix  # noqa: PLC0415  # heavy

        ones = np.ones(len(self.basket), dtype=np.int32)
        return csr_matrix((ones, (self.basket, self.item)), shape=(self.count, len(self.items)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Of `given_count` baskets with all of `given` (places of items; empty where a condition chose them), `both` hold `then` too.

    `then_count` of all `baskets` do. `lift` is how many times as often as in comparable baskets, those without `given` that
    hold as much otherwise; `low` and `high` are the ends of its interval, made wider for all rules that were tested together.
    """

    given: tuple[int, ...]
    then: int
    both: int
    given_count: int
    then_count: int
    baskets: int
    lift: float
    low: float
    high: float

    @property
    def support(self) -> float:
        return self.both / self.baskets

    @property
    def confidence(self) -> float:
        return self.both / self.given_count

    @property
    def base(self) -> float:
        """The share of all baskets."""
        return self.then_count / self.baskets

    @property
    def expected(self) -> float:
        """The share of comparable baskets."""
        return self.confidence / self.lift

    @property
    def certain(self) -> tuple[float, float]:
        """The 95 % interval of the confidence."""
        return wilson(self.both, self.given_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`rules`, the strongest first, of `tested` that were frequent enough; `less` are things taken clearly less often."""

    rules: tuple[Rule, ...]
    tested: int
    less: tuple[Rule, ...] = ()


def wilson(count: int, of: int, error: float = ERROR) -> tuple[float, float]:
    """The interval of a share after Wilson (1927)."""
    if not of:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - error / 2)
    share, added = count / of, z * z / of
    middle = (share + added / 2) / (1 + added)
    half = z * math.sqrt(share * (1 - share) / of + added / (4 * of)) / (1 + added)
    return max(0.0, middle - half), min(1.0, middle + half)


def companions(baskets: Baskets, given: Yes, amount: Ints) -> Found:
    """What baskets for which `given` holds also hold. `baskets` are without what `given` is about.

    `amount` says how much else is in each basket: those with as much are compared.
    """
    matrix = baskets.matrix()
    often = np.asarray(matrix[given].sum(axis=0)).ravel() >= FEWEST
    frequent = [int(item) for item in np.flatnonzero(often)]
    return _sorted(tuple(_rules((), _counted(matrix, given, amount), frequent, len(frequent), baskets)), len(frequent))


def together(baskets: Baskets) -> Found:
    """Rules of up to three things in one basket: candidates by FP-growth (Han, Pei and Yin 2000), kept when their lift is
    certainly above 1 and their confidence above the share of all baskets. A rule with two given things is kept only where it says clearly more than one of them alone.
    """
    candidates = _candidates(baskets)
    tested = sum(len(thens) for thens in candidates.values())
    matrix = baskets.matrix()
    sizes = np.asarray(matrix.sum(axis=1)).ravel().astype(np.int64)
    rules: list[Rule] = []
    for given in sorted(candidates, key=lambda one: (len(one), one)):
        thens = [then for then in candidates[given] if _adds(given, then, candidates)]
        if thens:
            held = np.asarray(matrix[:, list(given)].sum(axis=1)).ravel().astype(np.int64)
            counted = _counted(matrix, held == len(given), sizes - held)
            rules += _rules(given, counted, thens, tested, baskets)
    return _sorted([rule for rule in rules if rule.confidence > max(rule.base, LEAST_CONFIDENCE)], tested)


_Candidates = dict[tuple[int, ...], dict[int, tuple[int, int]]]


def _adds(given: tuple[int, ...], then: int, candidates: _Candidates) -> bool:
    """Whether all given things together say certainly more than one of them alone."""
    both, count = candidates[given][then]
    alone = [candidates.get((one,), {}).get(then, (0, 1)) for one in given] if len(given) > 1 else []
    return wilson(both, count)[0] > max((hits / of for hits, of in alone), default=-1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Counted:
    """Baskets by how much else they hold (s amounts): with and without the given, and of these with each item (s x items)."""

    with_given: Ints
    without: Ints
    both: Floats
    other: Floats


def _counted(matrix: csr_matrix, given: Yes, amount: Ints) -> _Counted:
    from scipy.sparse import csr_matrix as sparse  # noqa: PLC0415  # heavy

    beyond = TOLD_APART + np.floor(4 * np.log2(np.maximum(amount, TOLD_APART) / TOLD_APART)).astype(np.int64)
    strata = np.where(amount < TOLD_APART, amount, beyond)
    sizes, rows = int(strata.max(initial=0)) + 1, np.arange(len(strata))

    def summed(held: Yes) -> Floats:
        chosen = sparse(
            (np.ones(int(held.sum()), dtype=np.int32), (strata[held], rows[held])), shape=(sizes, len(rows))
        )
        return np.asarray((chosen @ matrix).toarray(), dtype=np.float64)

    return _Counted(
        with_given=np.bincount(strata[given], minlength=sizes).astype(np.int64),
        without=np.bincount(strata[~given], minlength=sizes).astype(np.int64),
        both=summed(given),
        other=summed(~given),
    )


def _rules(
    given: tuple[int, ...], counted: _Counted, thens: Sequence[int], tested: int, baskets: Baskets
) -> Iterator[Rule]:
    """Rules to each of `thens` that can be reckoned: the risk ratio of Mantel and Haenszel over the amounts, with the
    variance of its logarithm after Greenland and Robins (1985), at the error shared by all that are tested (Bonferroni).
    """
    z = NormalDist().inv_cdf(1 - ERROR / (2 * max(tested, 1)))
    one, two = counted.with_given.astype(np.float64), counted.without.astype(np.float64)
    whole = one + two
    used = whole > 0
    for then in thens:
        a, b = counted.both[used, then], counted.other[used, then]
        n1, n0, n = one[used], two[used], whole[used]
        above, below = float((a * n0 / n).sum()), float((b * n1 / n).sum())
        both, then_count = int(a.sum()), int(a.sum() + b.sum())
        if above <= 0 or below <= 0 or then_count > TRIVIAL * baskets.count:
            continue
        spread = float(((n1 * n0 * (a + b) - a * b * n) / n**2).sum()) / (above * below)
        lift, width = above / below, math.exp(z * math.sqrt(max(spread, 0.0)))
        yield Rule(
            given=given,
            then=then,
            both=both,
            given_count=int(one.sum()),
            then_count=then_count,
            baskets=baskets.count,
            lift=lift,
            low=lift / width,
            high=lift * width,
        )


def _sorted(rules: Sequence[Rule], tested: int) -> Found:
    more = sorted((rule for rule in rules if rule.low > 1), key=lambda one: (-one.lift, one.given, one.then))
    less = sorted((rule for rule in rules if rule.high < 1), key=lambda one: (one.lift, one.given, one.then))
    return Found(rules=tuple(more), tested=tested, less=tuple(less))


def _candidates(baskets: Baskets) -> _Candidates:
    """Given things, and what may follow from them (baskets with both, baskets with the given), of all frequent sets."""
    from mlxtend.frequent_patterns import fpgrowth  # noqa: PLC0415  # heavy
    from pandas import DataFrame  # noqa: PLC0415  # heavy

    if not baskets.count or not baskets.items:
        return {}
    least = min(max(FEWEST / baskets.count, LEAST_SUPPORT), 1.0)
    frame = DataFrame.sparse.from_spmatrix(baskets.matrix().astype(bool))  # type: ignore[attr-defined]  # an accessor
    sets = fpgrowth(frame, min_support=least, max_len=LARGEST)
    counts = {
        tuple(sorted(int(item) for item in items)): round(float(share) * baskets.count)
        for items, share in zip(sets["itemsets"], sets["support"], strict=True)
    }
    found: _Candidates = {}
    for items in sorted(one for one in counts if len(one) > 1):
        for then in items:
            given = tuple(item for item in items if item != then)
            found.setdefault(given, {})[then] = (counts[items], counts[given])
    return found
