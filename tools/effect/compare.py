"""Two groups held against each other: rates, amounts, amounts with earlier behaviour taken out, and the sizes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.effect.intervals import Interval, agresti_caffo, of_difference, two_sided
from tools.effect.types import Arm, Difference, SampleRatio

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One group: what each person did, and what they did before (`None` without history). Shape (people,)."""

    outcome: Numbers
    before: Numbers | None = None


def compare_rates(treated: tuple[int, int], control: tuple[int, int], z: float) -> Difference:
    """(hits, people) of both groups; the interval reaches `z` standard errors."""
    hits, people = (treated[0], control[0]), (treated[1], control[1])
    one, two = (_arm(hit, size) for hit, size in zip(hits, people, strict=True))
    difference = one.mean - two.mean
    return Difference(
        treated=one,
        control=two,
        difference=difference,
        interval=of_difference(hits, people, z),
        relative=difference / two.mean if two.mean else None,
    )


def compare_means(treated: Sample, control: Sample, z: float) -> Difference | None:
    """The difference of means by Welch's interval; where both samples have `before`, after CUPED: Deng, Xu, Kohavi, Walker,
    Improving the sensitivity of online controlled experiments by utilizing pre-experiment data (2013).

    Means of the arms are those after the adjustment. `None` where a group has fewer than two people or nothing varies.
    """
    # Loads SciPy's statistics, which nobody else needs.
    import tea_tasting as tt  # noqa: PLC0415

    adjusted = treated.before is not None and control.before is not None
    samples = (control, treated)
    if any(len(one.outcome) < 2 for one in samples) or all(_flat(one.outcome) for one in samples):
        return None
    if adjusted and all(one.before is not None and _flat(one.before) for one in samples):
        return None
    level = 2 * NormalDist().cdf(z) - 1
    metric = tt.Mean("outcome", "before" if adjusted else None, confidence_level=level)
    found = metric.analyze({at: _aggregates(one, adjusted=adjusted) for at, one in enumerate(samples)}, 0, 1)
    return Difference(
        treated=Arm(people=len(treated.outcome), mean=float(found.treatment)),
        control=Arm(people=len(control.outcome), mean=float(found.control)),
        difference=float(found.effect_size),
        interval=Interval(float(found.effect_size_ci_lower), float(found.effect_size_ci_upper)),
        relative=float(found.rel_effect_size) if found.control else None,
    )


def sample_ratio(treated: int, control: int, planned: float | None) -> SampleRatio:
    """Are the groups as large as planned? The exact binomial test below 1,000 people, its normal form above."""
    if planned is None or not 0 < planned < 1 or treated + control == 0:
        return SampleRatio(treated=treated, control=control, planned=planned, pvalue=None)
    import tea_tasting as tt  # noqa: PLC0415  # as above

    metric = tt.SampleRatio((1 - planned) / planned)
    sizes = {at: tt.aggr.Aggregates(count_=size) for at, size in enumerate((control, treated))}
    found = metric.analyze(sizes, 0, 1)
    return SampleRatio(treated=treated, control=control, planned=planned, pvalue=float(found.pvalue))


def same_everywhere(slices: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> tuple[float, tuple[float, ...]]:
    """Whether an effect is the same in all slices: the chance under that of Cochran's Q, then of each slice's distance to
    all others together. Each slice is (hits, people) of treated, then of control; there must be two slices or more.

    Cochran, The combination of estimates from different experiments (1954).
    """
    from scipy.stats import chi2  # noqa: PLC0415  # as above

    found = [agresti_caffo((t[0], c[0]), (t[1], c[1])) for t, c in slices]
    weights = [1 / spread**2 for _, spread in found]
    middle = sum(w * d for w, (d, _) in zip(weights, found, strict=True)) / sum(weights)
    q = sum(w * (d - middle) ** 2 for w, (d, _) in zip(weights, found, strict=True))
    return float(chi2.sf(q, len(slices) - 1)), tuple(_apart(found, weights, at) for at in range(len(found)))


def _apart(found: Sequence[tuple[float, float]], weights: Sequence[float], at: int) -> float:
    others = [place for place in range(len(found)) if place != at]
    weight = sum(weights[place] for place in others)
    rest = sum(weights[place] * found[place][0] for place in others) / weight
    return two_sided((found[at][0] - rest) / (found[at][1] ** 2 + 1 / weight) ** 0.5)


def _arm(hits: int, people: int) -> Arm:
    return Arm(people=people, mean=hits / people if people else 0.0, hits=hits)


def _flat(numbers: Numbers) -> bool:
    return bool(np.ptp(numbers) == 0)


def _aggregates(sample: Sample, *, adjusted: bool) -> Any:
    import tea_tasting as tt  # noqa: PLC0415  # as above

    names = {"outcome": sample.outcome}
    if adjusted and sample.before is not None:
        names["before"] = sample.before
    spread = np.atleast_2d(np.cov(np.stack(list(names.values())), ddof=1))
    return tt.aggr.Aggregates(
        count_=len(sample.outcome),
        mean_={name: float(numbers.mean()) for name, numbers in names.items()},
        var_={name: float(spread[at, at]) for at, name in enumerate(names)},
        cov_={("outcome", "before"): float(spread[0, 1])} if len(names) > 1 else {},
    )
