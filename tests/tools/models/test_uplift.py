"""Whom a campaign moves: planted differences are found, and where there are none nobody is to be picked."""

from __future__ import annotations

import numpy as np
import pytest

from tools.models.uplift import TwoModels, curve_of, difference, effect_of, p_value, qini_of, uplift_of


def campaign(seed: int, *, people: int, everybody: float, lovers: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People with four traits; the campaign adds `everybody` to all chances, and `lovers` to those high in the first trait."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(people, 4))
    base = 1 / (1 + np.exp(-(-1.4 + 0.5 * values[:, 1] - 0.3 * values[:, 2] + 0.3 * values[:, 0])))
    treated = rng.random(people) >= 0.3
    lift = everybody + lovers * (values[:, 0] > 0.7)
    return values, treated, rng.random(people) < np.clip(base + treated * lift, 0, 1)


def test_a_planted_difference_is_found() -> None:
    found = uplift_of(*campaign(3, people=6000, everybody=0.0, lovers=0.2), seed=1)
    assert found.usable
    assert found.top.low > 0
    assert found.apart.value == pytest.approx(found.top.value - found.bottom.value)
    assert found.parts[0].value > found.parts[-1].value + 0.05
    assert found.qini > 0


def test_without_a_difference_nobody_is_picked() -> None:
    found = uplift_of(*campaign(2, people=6000, everybody=0.05, lovers=0.0), seed=1)
    assert not found.usable
    assert found.overall.low > 0


@pytest.mark.slow
def test_of_campaigns_that_move_all_alike_at_least_93_in_a_hundred_are_refused() -> None:
    runs = [uplift_of(*campaign(seed, people=3000, everybody=0.03, lovers=0.0), seed=seed) for seed in range(300)]
    assert sum(not one.usable for one in runs) >= 0.93 * len(runs)


@pytest.mark.slow
def test_planted_differences_are_mostly_found() -> None:
    runs = [uplift_of(*campaign(seed, people=6000, everybody=0.0, lovers=0.2), seed=seed) for seed in range(40)]
    assert sum(one.usable for one in runs) >= 0.8 * len(runs)


def test_the_scores_of_all_mean_the_effect_on_all() -> None:
    values, treated, outcome = campaign(4, people=4000, everybody=0.1, lovers=0.0)
    found = uplift_of(values, treated, outcome, seed=0)
    plain = outcome[treated].mean() - outcome[~treated].mean()
    assert found.overall.value == pytest.approx(plain, abs=0.01)
    assert found.overall.low < 0.1 < found.overall.high
    assert sum(part.people for part in found.parts) == 4000


def test_the_same_seed_gives_the_same_answer() -> None:
    data = campaign(5, people=2000, everybody=0.05, lovers=0.1)
    one, two = (uplift_of(*data, seed=9) for _ in range(2))
    assert np.array_equal(one.predicted, two.predicted)
    assert one.apart == two.apart


def test_too_few_people_or_outcomes_are_refused() -> None:
    values, treated, outcome = campaign(6, people=800, everybody=0.0, lovers=0.0)
    with pytest.raises(ValueError, match="too few"):
        uplift_of(values, treated, outcome, seed=0)
    values, treated, _ = campaign(6, people=4000, everybody=0.0, lovers=0.0)
    with pytest.raises(ValueError, match="too few"):
        uplift_of(values, treated, np.zeros(4000, dtype=bool), seed=0)


def test_the_qini_curve_by_hand() -> None:
    # In the order of the prediction: treated yes, control no, treated no, control yes.
    predicted = np.array([0.9, 0.8, 0.2, 0.1])
    treated = np.array([True, False, True, False])
    outcome = np.array([True, False, False, True])
    # Effect among the first 1 is unknown (no control), 2: 1 - 0, 3: 1/2 - 0, 4: 1/2 - 1/2; times the share of people.
    expected = [0.0, 0.0, 1 * 2 / 4, 0.5 * 3 / 4, 0.0]
    assert [gained for _, gained in curve_of(predicted, treated, outcome, points=4)] == pytest.approx(expected)
    assert qini_of(predicted, treated, outcome) == pytest.approx(sum(expected) / 5)


def test_an_effect_is_the_mean_of_scores_with_its_interval() -> None:
    scores = np.array([0.0, 0.2, 0.4, 0.6])
    found = effect_of(scores)
    half = 1.959963984540054 * scores.std(ddof=1) / 2
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.3 - half, 0.3 + half))
    apart = difference(found, effect_of(scores - 0.3))
    assert apart.value == pytest.approx(0.3)
    assert apart.high - apart.value == pytest.approx(half * 2**0.5)
    assert p_value(apart) == pytest.approx(
        2 * (1 - 0.5 * (1 + _erf(0.3 / (half * 2**0.5 / 1.959963984540054) / 2**0.5)))
    )


def _erf(x: float) -> float:
    import math

    return math.erf(x)


def test_two_models_know_a_difference_that_is_there() -> None:
    values, treated, outcome = campaign(7, people=8000, everybody=0.0, lovers=0.3)
    effects = TwoModels.of(values, treated, outcome).effects(np.array([[2.0, 0, 0, 0], [-2.0, 0, 0, 0]]))
    assert effects[0] > 0.2
    assert abs(effects[1]) < 0.1
