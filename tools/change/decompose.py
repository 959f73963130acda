"""The change of a metric shared out among groups, so that the parts add up to it. Arithmetic only: no data, no words.

Totals: each group's own change. Quotients: Kitagawa 1955 (Components of a Difference Between Two Rates, JASA 50), as
Das Gupta 1993 puts it with averages of both periods: for a group with weight w and rate r, against the whole rate R,

    rate part = (w1 + w0)/2 * (r1 - r0)        the group's own rate moved
    mix part  = (w1 - w0) * ((r1 + r0)/2 - (R1 + R0)/2)        the group grew or shrank

Any number may stand in for the average of R, as the weights of both periods add up to one; with it, a group that grows
counts as helping only when it is better than the whole. Other formulas: every total is replaced one after the other, over
all orders (Shapley 1953; for decompositions Shorrocks 2013), and each total's share is given to the groups by their change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from semantic_layer.compiler.arithmetic import Arithmetic, Formula, Quotient, Total

_MOST_TOTALS = 6  # orders grow fast, and nobody reads a formula of more
_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Pair:
    """The totals of a group, by name, in the period before and in the one asked about. A total not named is 0."""

    before: Mapping[str, float]
    after: Mapping[str, float]

    def less(self, other: Pair) -> Pair:
        """What is left of this group without `other`."""
        return Pair(
            {name: value - other.before.get(name, 0.0) for name, value in self.before.items()},
            {name: value - other.after.get(name, 0.0) for name, value in self.after.items()},
        )


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one group adds to the change. `mix` and `rate` make up `total` where the metric is a quotient."""

    total: float
    mix: float | None = None
    rate: float | None = None


def change_of(made: Arithmetic, whole: Pair) -> float | None:
    """The change of the metric; `None` where it has no value in one of the periods."""
    before, after = value_of(made, whole.before), value_of(made, whole.after)
    return None if before is None or after is None else after - before


def value_of(made: Arithmetic, totals: Mapping[str, float]) -> float | None:
    return made.value({name: totals.get(name, 0.0) for name in made.leaves})


def contributions(made: Arithmetic, whole: Pair, groups: Sequence[Pair]) -> list[Contribution]:
    """What each group adds to the change of the whole, which must have a value in both periods.

    The sum is the change when the groups' totals add up to the whole's.
    """
    match made:
        case Quotient():
            return [_of_quotient(made, whole, group) for group in groups]
        case Total() | Formula():
            slopes = slopes_of(made, whole)
            return [
                Contribution(
                    sum(slope * (g.after.get(name, 0.0) - g.before.get(name, 0.0)) for name, slope in slopes.items())
                )
                for g in groups
            ]


def shares_of(made: Arithmetic, whole: Pair, group: Pair) -> tuple[float, float]:
    """The group's part of the whole in the period before and in the one asked about; 0 where there is no whole."""
    return _share(made, group.before, whole.before), _share(made, group.after, whole.after)


def _share(made: Arithmetic, part: Mapping[str, float], whole: Mapping[str, float]) -> float:
    """Of the denominator; of what is added up; of a formula, the mean over its totals."""
    match made:
        case Quotient(bottom=bottom):
            return _ratio(_weight(bottom, part), _weight(bottom, whole))
        case Total():
            return _ratio(_weight(made, part), _weight(made, whole))
        case Formula(leaves=names):
            shares = [_ratio(abs(part.get(name, 0.0)), abs(whole.get(name, 0.0))) for name in names]
            return sum(shares) / len(shares) if shares else 0.0


def _weight(total: Total, totals: Mapping[str, float]) -> float:
    return sum(abs(factor * totals.get(name, 0.0)) for name, factor in total.terms)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _of_quotient(made: Quotient, whole: Pair, group: Pair) -> Contribution:
    """Written without dividing by the group's own denominator, so that groups may appear, disappear or have none."""
    parts: list[tuple[float, float, float | None]] = []  # weight, part of the rate, own rate
    average = 0.0
    for totals, all_totals in ((group.before, whole.before), (group.after, whole.after)):
        below = _sum(made.bottom, all_totals)
        own = _sum(made.bottom, totals)
        top = _sum(made.top, totals)
        parts.append((own / below, top / below, top / own if own else None))
        average += _sum(made.top, all_totals) / below / 2
    (w0, p0, r0), (w1, p1, r1) = parts
    total = (p1 - p0) - average * (w1 - w0)
    rate = 0.0 if r0 is None or r1 is None else (w0 + w1) / 2 * (r1 - r0)
    return Contribution(total, total - rate, rate)


def _sum(total: Total, totals: Mapping[str, float]) -> float:
    return total.value({name: totals.get(name, 0.0) for name in total.leaves})


def slopes_of(made: Total | Formula, whole: Pair) -> dict[str, float]:
    """How much of the change one more of each total makes, so that slope times change adds up over the totals."""
    if isinstance(made, Total):
        return dict(made.terms)
    names = made.leaves
    if len(names) > _MOST_TOTALS:
        raise ValueError(f"a formula over {len(names)} totals is not taken apart")
    return {name: _slope(made, whole, name, [other for other in names if other != name]) for name in names}


def _slope(made: Formula, whole: Pair, name: str, others: Sequence[str]) -> float:
    before, after = whole.before.get(name, 0.0), whole.after.get(name, 0.0)
    moved = after - before
    low, high = (before, after) if moved else (before * (1 - _STEP) - _STEP, before * (1 + _STEP) + _STEP)
    found = 0.0
    for count in range(len(others) + 1):
        weight = 1 / ((len(others) + 1) * comb(len(others), count))
        for replaced in combinations(others, count):
            rest = {other: (whole.after if other in replaced else whole.before).get(other, 0.0) for other in others}
            ends = [value_of(made, {**rest, name: value}) for value in (low, high)]
            found += weight * ((ends[1] or 0.0) - (ends[0] or 0.0)) / (high - low)
    return found
