"""Measures of quality against their definitions, pair by pair."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tools.models.drift import drift, spreads_of
from tools.models.features import Matrix
from tools.models.measuring import auc, auc_behind, brier, calibration, calibration_error, lift, mean, ranked, wilson
from tools.models.types import Feature, Text

SCORES = np.array([0.1, 0.4, 0.4, 0.8, 0.9, 0.4])
TRUTH = np.array([False, False, True, True, True, False])


def pairs(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(yes, no): 1 where the yes scores higher, a half where both are equal."""
    return np.array([[1.0 if y > n else 0.5 if y == n else 0.0 for n in scores[~truth]] for y in scores[truth]])


def test_ranks_share_the_mean_of_ties() -> None:
    assert ranked(SCORES).tolist() == [1, 3, 3, 5, 6, 3]


def test_auc_is_the_share_of_pairs_in_order() -> None:
    found = auc(SCORES, TRUTH)
    assert found.value == pytest.approx(pairs(SCORES, TRUTH).mean())
    assert auc(-SCORES, TRUTH).value == pytest.approx(1 - found.value)


def test_the_interval_is_delongs() -> None:
    """The variance from its definition: of the rows' means and of the columns' means of the table of pairs."""
    source = np.random.default_rng(3)
    truth = source.random(60) < 0.4
    one, other = source.normal(size=60) + truth, np.round(source.normal(size=60) + 0.5 * truth, 1)
    tables = [pairs(scores, truth) for scores in (one, other)]

    def covariance(a: np.ndarray, b: np.ndarray) -> float:
        yes = np.cov(a.mean(axis=1), b.mean(axis=1))[0, 1] / a.shape[0]
        return yes + np.cov(a.mean(axis=0), b.mean(axis=0))[0, 1] / a.shape[1]

    found = auc(one, truth)
    assert found.high - found.value == pytest.approx(1.959964 * np.sqrt(covariance(tables[0], tables[0])))
    gap = auc_behind(one, other, truth)
    whole = sum(covariance(a, b) * (1 if a is b else -1) for a, b in product(tables, tables))
    assert gap.value == pytest.approx(tables[0].mean() - tables[1].mean())
    assert gap.high - gap.value == pytest.approx(1.959964 * np.sqrt(whole))


def test_the_same_scores_are_not_behind_each_other() -> None:
    gap = auc_behind(SCORES, SCORES * 2, TRUTH)
    assert (gap.value, gap.low, gap.high) == (0, 0, 0)


def test_brier_and_lift_by_hand() -> None:
    chances = np.array([0.9, 0.8, 0.1, 0.2] * 5)
    truth = np.array([True, False, False, False] * 5)
    assert brier(chances, truth).value == pytest.approx((0.01 + 0.64 + 0.01 + 0.04) / 4)
    assert lift(chances, truth, share=0.25).value == pytest.approx(4.0)


def test_wilson_is_the_known_interval() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_bins_hold_everybody_once_and_say_what_came() -> None:
    chances = np.linspace(0, 1, 100)
    truth = np.arange(100) % 2 == 0
    bins = calibration(chances, truth, bins=4)
    assert [one.people for one in bins] == [25, 25, 25, 25]
    assert bins[0].predicted == pytest.approx(chances[:25].mean())
    assert bins[0].observed == pytest.approx(13 / 25)
    assert calibration_error(bins) == pytest.approx(np.mean([abs(b.predicted - b.observed) for b in bins]))


def test_mean_has_a_normal_interval() -> None:
    found = mean(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.value == 2.5
    assert found.high - found.value == pytest.approx(1.959964 * np.sqrt(1.25 / 4))


def matrix(values: np.ndarray) -> Matrix:
    feature = Feature(name="x", label=Text("x", "x"), meaning=Text("x", "x"))
    return Matrix(keys=np.arange(len(values)), values=values[:, None], features=(feature,))


def test_nobody_has_moved_from_himself() -> None:
    values = np.random.default_rng(1).normal(size=1000)
    spreads = spreads_of(matrix(values))
    assert sum(spreads[0].parts) == pytest.approx(1)
    assert drift(spreads, matrix(values)).furthest == pytest.approx(0)
    assert drift(spreads, matrix(values)).state == "steady"


def test_a_shift_is_seen_and_measured() -> None:
    """Two equal halves that become one quarter and three quarters: 0.25 ln 1.5 - 0.25 ln 0.5."""
    then, now = np.repeat([0.0, 1.0], 50), np.repeat([0.0, 1.0], [25, 75])
    found = drift(spreads_of(matrix(then)), matrix(now))
    assert found.furthest == pytest.approx(0.25 * np.log(1.5) - 0.25 * np.log(0.5), abs=1e-6)
    assert found.state == "moved"


def test_unknown_values_are_a_part_of_their_own() -> None:
    then = np.array([1.0, 2.0, 3.0, np.nan])
    assert spreads_of(matrix(then))[0].parts[-1] == 0.25
