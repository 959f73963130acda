"""Comparisons of groups, against formulas worked out apart from the code."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.effect import false_positives, false_positives_over_looks, mismatches_caught, power
from tools.effect.compare import Sample, compare_means, compare_rates, same_everywhere, sample_ratio
from tools.effect.costs import cost_of
from tools.effect.intervals import Interval, one_look
from tools.effect.types import Arm, Difference


def test_rates() -> None:
    found = compare_rates((30, 200), (20, 200), one_look())
    assert (found.treated.mean, found.control.mean) == (0.15, 0.10)
    assert found.difference == pytest.approx(0.05)
    assert found.relative == pytest.approx(0.5)
    assert compare_rates((3, 10), (0, 10), one_look()).relative is None


def test_means_by_hand() -> None:
    # 4, 6, 8 (mean 6, variance 4) against 1, 2, 3 (mean 2, variance 1): difference 4, standard error √(4/3 + 1/3) = 1.290994;
    # Welch's degrees of freedom (5/3)² / ((4/3)²/2 + (1/3)²/2) = 2.941176, and t there is 3.2201 at 97.5 %.
    found = compare_means(Sample(np.array([4.0, 6, 8])), Sample(np.array([1.0, 2, 3])), one_look())
    assert found is not None
    assert found.difference == pytest.approx(4.0)
    assert found.interval.high - 4.0 == pytest.approx(3.2201 * 1.290994, rel=2e-3)


def test_cuped_takes_out_what_was_known_before() -> None:
    rng = np.random.default_rng(5)
    before = rng.poisson(2.0, 4000).astype(float)
    outcome = 0.5 * before + rng.normal(size=4000)
    outcome[2000:] += 0.1
    halves = (slice(2000, None), slice(0, 2000))
    raw = compare_means(*(Sample(outcome[part]) for part in halves), one_look())
    better = compare_means(*(Sample(outcome[part], before[part]) for part in halves), one_look())
    assert raw is not None
    assert better is not None
    # Deng et al.: outcome less θ (before less its mean), with θ the slope over everybody.
    theta = np.cov(outcome, before)[0, 1] / before.var(ddof=1)
    adjusted = outcome - theta * (before - before.mean())
    assert better.difference == pytest.approx(adjusted[2000:].mean() - adjusted[:2000].mean(), abs=1e-9)
    narrower = (better.interval.high - better.interval.low) / (raw.interval.high - raw.interval.low)
    kept = 1 - np.corrcoef(outcome, before)[0, 1] ** 2
    assert narrower == pytest.approx(np.sqrt(kept), abs=0.02)


def test_no_means_without_people_or_without_history() -> None:
    one, flat = Sample(np.array([1.0])), Sample(np.zeros(5))
    assert compare_means(one, Sample(np.array([1.0, 2])), one_look()) is None
    assert compare_means(flat, flat, one_look()) is None
    nothing_before = Sample(np.array([1.0, 0, 1]), np.zeros(3))
    assert compare_means(nothing_before, nothing_before, one_look()) is None


def test_sample_ratio() -> None:
    # 10,400 against 9,600 planned as halves: (400 − ½) / √(20000/4) = 5.65 standard errors.
    found = sample_ratio(10_400, 9_600, 0.5)
    assert found.pvalue == pytest.approx(1.6e-8, rel=0.05)
    assert not found.trusted
    assert sample_ratio(10_050, 9_950, 0.5).trusted
    assert sample_ratio(900, 100, 0.1).pvalue == pytest.approx(1.0)
    assert sample_ratio(900, 100, 0.2).trusted is False


@pytest.mark.parametrize("planned", [None, 0.0, 1.0])
def test_a_split_that_was_not_planned_cannot_be_checked(planned: float | None) -> None:
    found = sample_ratio(10, 5, planned)
    assert found.pvalue is None
    assert found.trusted


def test_the_same_effect_everywhere_by_hand() -> None:
    # (11 − 11)/102 = 0 and (31 − 11)/102 = .196078, standard errors √(2 × .096213/102) = .043434 and
    # √((.211553 + .096213)/102) = .054930; distance .196078 / √(.001887 + .003017) = 2.8000, Q = 7.840 on 1 degree.
    together, alone = same_everywhere([((10, 100), (10, 100)), ((30, 100), (10, 100))])
    assert together == pytest.approx(0.00511, abs=2e-5)
    assert alone == pytest.approx((together, together), abs=1e-9)
    level, _ = same_everywhere([((20, 100), (10, 100))] * 3)
    assert level == pytest.approx(1.0)


def test_the_cost_of_an_order_has_no_upper_end_where_there_may_be_none() -> None:
    def orders(difference: float, low: float, high: float) -> Difference:
        arm = Arm(people=1000, mean=0.0)
        return Difference(treated=arm, control=arm, difference=difference, interval=Interval(low, high))

    sure = cost_of(100.0, orders(0.05, 0.02, 0.08), 1000)
    assert (sure.orders, sure.each, sure.each_low, sure.each_high) == pytest.approx((50.0, 2.0, 1.25, 5.0))
    unsure = cost_of(100.0, orders(0.05, -0.01, 0.11), 1000)
    assert (unsure.each, unsure.each_high) == (pytest.approx(2.0), None)
    none = cost_of(100.0, orders(-0.05, -0.08, -0.02), 1000)
    assert (none.each, none.each_low, none.each_high) == (None, None, None)


@pytest.mark.parametrize("control", [0.5, 0.1])
def test_groups_that_are_alike_are_told_apart_as_often_as_they_may(control: float) -> None:
    assert 0.03 <= false_positives(control) <= 0.07


def test_thirty_looks_together_are_wrong_no_more_often_than_one_may_be() -> None:
    assert false_positives_over_looks(0.1, runs=300) <= 0.05


@pytest.mark.parametrize("control", [0.5, 0.1])
def test_stated_power_is_found(control: float) -> None:
    figures = power(control)
    assert figures["found"] == pytest.approx(figures["stated"], abs=0.03)


def test_wrong_splits_are_caught() -> None:
    assert mismatches_caught(0.52, 20_000) > 0.97
    assert mismatches_caught(0.5, 20_000) < 0.01
