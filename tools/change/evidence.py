"""Change or chance: how far a part would move by accident, and which of many parts moved further than that.

What happens is taken as a sample of what could have happened: people come and buy independently of each other, each with
all that is theirs (cluster sampling; Cochran 1977, Sampling Techniques, chapters 6 and 9). The variance of a total is then
the sum over people of their squared amounts, which for a plain count is the count itself (Poisson). The variance of a
quotient is that of its residual "top - rate * bottom". For a proportion this is the pooled two-proportion z-test (Fleiss,
Statistical Methods for Rates and Proportions). Many parts are tested at once: Benjamini and Hochberg 1995.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from semantic_layer.compiler.arithmetic import Arithmetic, Formula, Quotient, Total
from tools.change.decompose import Pair, change_of, contributions, shares_of, slopes_of, value_of

FALSE_DISCOVERY = 0.05
LEAST = 5.0  # things behind a part, both periods together; of fewer no normal approximation is made (Cochran 1954)


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over people of products of two of their totals, in the period before and in the one asked about.

    `people` are the totals that count people themselves: the square of one is one. `nested` are pairs of them of which
    the first counts some of the people of the second. Pairs not listed are taken as independent. Totals without their own
    square are not known, and nothing is said of them.
    """

    products: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    nested: frozenset[tuple[str, str]] = frozenset()

    def knows(self, made: Arithmetic) -> bool:
        return all(name in self.people or (name, name) in self.products for name in made.leaves)

    def variance(
        self, factors: Mapping[str, float], part: Mapping[str, float], whole: Mapping[str, float], at: int
    ) -> float:
        """Of the sum of the part's totals times `factors`, in one period (0 before, 1 after)."""
        found = 0.0
        for one, left in factors.items():
            for two, right in factors.items():
                found += left * right * self._product(one, two, part, whole, at)
        return max(found, 0.0)

    def _product(self, one: str, two: str, part: Mapping[str, float], whole: Mapping[str, float], at: int) -> float:
        """For a part, the whole's sum in proportion to its totals, which is exact where people are counted."""
        mine, other = abs(part.get(one, 0.0)), abs(part.get(two, 0.0))
        if one in self.people and two in self.people:
            related = one == two or (one, two) in self.nested or (two, one) in self.nested
            return min(mine, other) if related else 0.0
        known = self.products.get((one, two)) or self.products.get((two, one))
        if known is None:
            return 0.0
        all_mine, all_other = abs(whole.get(one, 0.0)), abs(whole.get(two, 0.0))
        return known[at] * math.sqrt(mine * other / (all_mine * all_other)) if all_mine and all_other else 0.0


def chance_of_change(made: Arithmetic, some: Pair, whole: Pair, spread: Spread) -> tuple[float, float] | None:
    """Of the change of `some` of the whole, or all of it: its standard error and two-sided p-value.

    `None` where there is no such change, or nothing is known of its variance.
    """
    change = change_of(made, some)
    if change is None or not spread.knows(made):
        return None
    variance = sum(
        spread.variance(_factors(made, some, totals), totals, all_totals, at)
        for at, (totals, all_totals) in enumerate(zip(_periods(some), _periods(whole), strict=True))
    )
    return _judged(change, variance)


def chance_of_part(
    made: Arithmetic, whole: Pair, part: Pair, spread: Spread, *, total: float, weight: float
) -> tuple[float, float] | None:
    """How many standard errors a part that adds `total` is away from moving like the rest, in proportion to its `weight`;
    and the p-value of that. `None` where nothing is known of its variance.
    """
    if not spread.knows(made):
        return None
    change = change_of(made, whole)
    if change is None or _size(made, part) < LEAST:
        return 0.0, 1.0
    excess = total - weight * change
    rest = whole.less(part)
    noise = (1 - weight) ** 2 * _noise(made, whole, part, spread) + weight**2 * _noise(made, whole, rest, spread)
    error, p_value = _judged(excess, noise)
    return abs(excess) / error if error else (math.inf if excess else 0.0), p_value


def chance_of_mix(made: Quotient, whole: Pair, groups: Sequence[Pair], spread: Spread) -> float | None:
    """The p-value of the sum of all mix parts, if the weights of the groups had moved by chance only.

    The weights are those of a sample of the denominator's size, so that the mean of the groups' (fixed) rates over it has
    the variance of these rates between the groups, once for each period. `None` where nothing is known of the denominator.
    """
    bottom = made.bottom
    if not spread.knows(bottom):
        return None
    mix = sum(part.mix or 0.0 for part in contributions(made, whole, groups))
    values = [value for side in _periods(whole) if (value := value_of(made, side)) is not None]
    average = sum(values) / len(values)
    between = 0.0
    for group in groups:
        rates = [value for side in _periods(group) if (value := value_of(made, side)) is not None]
        if rates:
            between += sum(shares_of(made, whole, group)) / 2 * (sum(rates) / len(rates) - average) ** 2
    relative = sum(
        spread.variance(dict(bottom.terms), side, side, at) / (value_of(bottom, side) or math.inf) ** 2
        for at, side in enumerate(_periods(whole))
    )
    return _judged(mix, between * relative)[1]


def proven(p_values: Sequence[float | None], q: float = FALSE_DISCOVERY) -> list[bool | None]:
    """Which of them are small enough, all being tested at once: the largest k with p(k) <= k/m * q, and those before."""
    ranked = sorted(p for p in p_values if p is not None)
    passing = [p for rank, p in enumerate(ranked, start=1) if p <= rank / len(ranked) * q]
    bound = max(passing, default=-1.0)
    return [None if p is None else p <= bound for p in p_values]


def _judged(distance: float, variance: float) -> tuple[float, float]:
    error = math.sqrt(variance)
    if error == 0:
        return 0.0, 1.0 if distance == 0 else 0.0
    return error, math.erfc(abs(distance) / error / math.sqrt(2))


def _noise(made: Arithmetic, whole: Pair, part: Pair, spread: Spread) -> float:
    """The variance of what the part adds to the change, over both periods."""
    return sum(
        spread.variance(_factors(made, whole, all_totals), totals, all_totals, at)
        for at, (totals, all_totals) in enumerate(zip(_periods(part), _periods(whole), strict=True))
    )


def _periods(pair: Pair) -> tuple[Mapping[str, float], Mapping[str, float]]:
    return pair.before, pair.after


def _factors(made: Arithmetic, whole: Pair, totals: Mapping[str, float]) -> dict[str, float]:
    """What one more of each total does to the value, in the period of `totals`."""
    match made:
        case Total() | Formula():
            return slopes_of(made, whole)
        case Quotient(top=top, bottom=bottom):
            values = [value for side in (whole.before, whole.after) if (value := value_of(made, side)) is not None]
            average = sum(values) / len(values)
            below = bottom.value({name: totals.get(name, 0.0) for name in bottom.leaves})
            found = dict.fromkeys(made.leaves, 0.0)
            for name, factor in top.terms:
                found[name] += factor / below
            for name, factor in bottom.terms:
                found[name] -= average * factor / below
            return found


def _size(made: Arithmetic, part: Pair) -> float:
    """How much stands behind a part, both periods together: the largest of the totals it rests on."""
    names = made.bottom.leaves if isinstance(made, Quotient) else made.leaves
    return max((abs(part.before.get(name, 0.0)) + abs(part.after.get(name, 0.0)) for name in names), default=0.0)
