"""Sizes of experiments, against values worked out by hand from the formula of the arcsine test."""

from __future__ import annotations

import math

import pytest

from semantic_layer.errors import InvalidPlanError
from tools.effect.power import detectable, needed


def test_one_to_one_point_two_percent_needs_42_606_an_arm() -> None:
    assert needed(0.01, 0.002, 0.5) == 2 * 42_606


def test_ten_to_twelve_percent_by_hand() -> None:
    # h = 2 (asin √.12 − asin √.10) = 2 (.353741 − .321751) = .063981; (2.80158 / .063981)² = 1917.4 over both halves:
    # 1917.4 / .5 = 3834.8 an arm.
    assert needed(0.10, 0.02, 0.5) == 2 * 3835


def test_an_unequal_split_needs_more_people() -> None:
    # (2.80158 / .063981)² = 1917.4: 1917.4 / .1 and 1917.4 / .9.
    found = needed(0.10, 0.02, 0.1)
    assert found == pytest.approx(19_174 + 2_131, abs=4)
    assert found > needed(0.10, 0.02, 0.5)


def test_the_two_are_inverse_to_each_other() -> None:
    people = needed(0.05, 0.01, 0.2)
    assert detectable(0.05, round(people * 0.8), round(people * 0.2)) == pytest.approx(0.01, abs=1e-6)


def test_detectable_by_hand() -> None:
    # 9,000 against 1,000 at 5 %: h = 2.80158 √(1/9000 + 1/1000) = .0933861; asin √.05 + h/2 = .225513 + .0466930 = .2722063;
    # sin² = .0722896.
    assert detectable(0.05, 9_000, 1_000) == pytest.approx(0.02230, abs=2e-5)


def test_a_fall_takes_a_size_too() -> None:
    assert needed(0.10, -0.02, 0.5) > 0


@pytest.mark.parametrize(("treated", "control"), [(0, 10), (10, 0), (9, 1)])
def test_groups_that_can_show_nothing(treated: int, control: int) -> None:
    assert detectable(0.05, treated, control) == math.inf


@pytest.mark.parametrize(
    ("base", "lift", "share"), [(0.1, 0.0, 0.5), (0.1, 0.95, 0.5), (0.1, 0.1, 0.0), (0.1, 0.1, 1.0), (1.2, 0.1, 0.5)]
)
def test_what_cannot_be_is_refused(base: float, lift: float, share: float) -> None:
    with pytest.raises(InvalidPlanError):
        needed(base, lift, share)
