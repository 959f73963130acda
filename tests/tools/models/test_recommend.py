"""What suits people: shares of a channel drawn in to everybody's, effects of campaigns put together. By hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from pyroaring import BitMap

from tools.campaigns.types import Groups
from tools.models.recommend import Estimate, drawn_in, pooled, tells
from tools.models.uplift_data import split_chance


def groups(treated: int, control: int, planned: float | None = 0.1, starts: date = date(2026, 8, 5)) -> Groups:
    return Groups(
        campaign="1",
        name="one",
        starts=starts,
        treated=BitMap(range(treated)),
        control=BitMap(range(treated, treated + control)),
        planned_control=planned,
    )


def test_people_with_many_messages_are_believed() -> None:
    sent, answered = np.full(5000, 4.0), np.tile([1.0, 1.0, 0.0, 0.0], 1250)
    found = drawn_in(sent, answered, everybody=0.05)
    assert found.value == pytest.approx(0.125, abs=0.002)
    assert found.low < 0.125 < found.high


def test_people_with_few_messages_are_taken_for_everybody() -> None:
    found = drawn_in(np.array([1.0, 1.0]), np.array([1.0, 0.0]), everybody=0.05)
    assert found.value == pytest.approx(0.05, abs=0.01)
    assert drawn_in(np.array([]), np.array([]), everybody=0.05).value == 0.05


def test_nobody_answering_a_few_messages_is_no_certainty() -> None:
    found = drawn_in(np.full(20, 1.0), np.zeros(20), everybody=0.05)
    assert 0.02 < found.value < 0.05


def test_the_weights_of_a_share_by_hand() -> None:
    sent, answered = np.array([2.0, 2.0, 2.0, 2.0]), np.array([2.0, 0.0, 1.0, 1.0])
    # Share 4/8; variance (1 + 1 + 0 + 0) * 4/3 / 64; usual spread (0.3 * 0.4)^2; at least 0.4 * 0.6 / 8.
    variance = max((1 + 1) * 4 / 3 / 64, 0.4 * 0.6 / 8)
    weight = 0.12**2 / (0.12**2 + variance)
    found = drawn_in(sent, answered, everybody=0.4)
    assert found.value == pytest.approx(weight * 0.5 + (1 - weight) * 0.4)
    assert found.high - found.value == pytest.approx(1.959963984540054 * (weight * variance) ** 0.5)


def test_effects_are_weighed_by_how_sure_they_are() -> None:
    sure = Estimate(value=0.02, low=0.01, high=0.03, people=1000)
    unsure = Estimate(value=0.08, low=0.06, high=0.10, people=100)
    both = pooled([sure, unsure])
    assert both is not None
    assert both.value == pytest.approx((4 * 0.02 + 0.08) / 5)  # half as wide counts four times
    assert both.high - both.value == pytest.approx(0.01 * (4 / 5) ** 0.5)
    assert both.people == 1100
    assert pooled([]) is None


def test_a_split_that_was_not_planned_is_noticed() -> None:
    assert split_chance(groups(900, 100)) == pytest.approx(1.0)
    assert split_chance(groups(800, 200)) < 1e-6
    assert split_chance(groups(800, 200, planned=None)) == 1.0


def test_only_campaigns_that_can_be_compared_tell_anything() -> None:
    assert tells(groups(900, 100), 30, date(2026, 9, 3))
    assert not tells(groups(900, 100), 30, date(2026, 9, 2))  # its last day is the third
    assert not tells(groups(900, 0, planned=None), 30, date(2026, 10, 31))
    assert not tells(groups(570, 430, planned=0.5), 30, date(2026, 10, 31))
