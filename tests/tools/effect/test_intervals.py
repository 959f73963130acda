"""Intervals against values worked out by hand or printed where the methods were published."""

from __future__ import annotations

import numpy as np
import pytest

from tools.effect.intervals import (
    Interval,
    agresti_caffo,
    any_look,
    holm,
    of_difference,
    one_look,
    two_sided,
    wilson,
)


def test_wilson_as_printed() -> None:
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
    for hits, people, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = wilson(hits, people, one_look())
        assert (found.low, found.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))
    assert wilson(0, 0, one_look()) == Interval(0.0, 1.0)


def test_a_difference_by_hand() -> None:
    # (56+1)/(70+2) = .791667, (48+1)/(80+2) = .597561; √(.164931/72 + .240482/82) = .072273; .194106 ± 1.959964 × .072273.
    middle, spread = agresti_caffo((56, 48), (70, 80))
    assert (middle, spread) == (pytest.approx(0.194106, abs=1e-6), pytest.approx(0.072273, abs=1e-6))
    found = of_difference((56, 48), (70, 80), one_look())
    assert (found.low, found.high) == (pytest.approx(0.052453, abs=2e-6), pytest.approx(0.335758, abs=2e-6))
    assert found.excludes_zero


def test_nobody_at_all_in_small_groups_proves_nothing() -> None:
    found = of_difference((0, 0), (30, 10), one_look())
    assert found.low < 0 < found.high
    assert not found.excludes_zero


def test_repeated_looks_cost_width() -> None:
    # At full information: ρ solves 1/ρ = log((1 + ρ)/(ρ α²)); ρ = .12163 gives √(1.12163 × 8.2217) = 3.0367 … 3.0351.
    assert any_look(1.0) == pytest.approx(3.035, abs=2e-3)
    widths = [any_look(day / 30) for day in range(1, 31)]
    assert widths == sorted(widths, reverse=True)
    assert min(widths) > one_look()
    with pytest.raises(ValueError, match="elapsed"):
        any_look(0.0)


def test_a_process_of_looks_is_outside_no_more_often_than_it_may() -> None:
    rng = np.random.default_rng(11)
    steps = np.cumsum(rng.normal(size=(2000, 60)), axis=1) / np.sqrt(np.arange(1, 61))
    bounds = np.array([any_look(look / 60) for look in range(1, 61)])
    outside = float((np.abs(steps) > bounds).any(axis=1).mean())
    naive = float((np.abs(steps) > one_look()).any(axis=1).mean())
    assert outside < 0.05 < naive


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.5, 0.9]) == pytest.approx((1.0, 1.0))
    assert holm([]) == ()


def test_two_sided() -> None:
    assert two_sided(1.959964) == pytest.approx(0.05, abs=1e-6)
    assert two_sided(-1.959964) == pytest.approx(0.05, abs=1e-6)
