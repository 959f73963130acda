"""Groups of alike people: known ones are found again, and none are made up where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError
from tools.models.clusters import agreement, clustered
from tools.models.clusters_means import centres_of, nearest_of
from tools.models.clusters_scale import Scale, on_one_scale
from tools.models.clusters_tree import Bound, Fork, Leaf, leaves_of, placed, rounded

CENTRES = np.array([[0.0, 0.0, 0.0], [6.0, 0.0, 0.0], [0.0, 6.0, 0.0], [6.0, 6.0, 6.0]])
PLAIN = [False, False, False]


def blobs(people: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, len(CENTRES), people)
    return CENTRES[kind] + rng.normal(size=(people, 3)), kind


@pytest.fixture(scope="module")
def found():
    values, kind = blobs()
    return clustered(values, PLAIN, seed=1, steps=[0.1] * 3), kind, values


def test_four_kinds_of_people_are_found_and_nearly_everybody_is_where_they_belong(found) -> None:
    groups, kind, _ = found
    assert groups.chosen.count == groups.count == 4
    assert groups.chosen.good
    assert agreement(groups.groups, kind) > 0.95


def test_groups_are_numbered_from_the_largest_down(found) -> None:
    sizes = np.bincount(found[0].groups)
    assert list(sizes) == sorted(sizes, reverse=True)


def test_the_rules_leave_nobody_out_and_nobody_in_two(found) -> None:
    groups, _, values = found
    held = np.stack([leaf.holds(values) for leaf in groups.leaves])
    assert (held.sum(axis=0) == 1).all()
    assert np.array_equal(placed(values, groups.leaves), groups.groups)


def test_rules_have_at_most_three_steps_and_round_bounds(found) -> None:
    bounds = [bound for leaf in found[0].leaves for bound in leaf.bounds]
    assert max(len(leaf.bounds) for leaf in found[0].leaves) <= 3
    assert all(bound.at == round(bound.at, 1) for bound in bounds)


def test_people_without_kinds_are_not_said_to_have_them() -> None:
    values = np.random.default_rng(3).normal(size=(300, 3))
    groups = clustered(values, PLAIN, seed=1, steps=[0.1] * 3)
    assert not any(trial.good for trial in groups.trials)
    assert not groups.chosen.good


def test_a_number_that_was_asked_for_is_taken_and_its_stability_known() -> None:
    values, _ = blobs()
    groups = clustered(values, PLAIN, seed=1, count=6, steps=[0.1] * 3)
    assert groups.asked == groups.chosen.count == 6
    assert [trial.count for trial in groups.trials] == [6]
    assert not groups.chosen.good  # two of the four kinds would have to be cut in two


def test_the_same_seed_gives_the_same_groups() -> None:
    values, _ = blobs(300)
    one, two = (clustered(values, PLAIN, seed=5, count=4) for _ in range(2))
    assert np.array_equal(one.groups, two.groups)
    assert one.trials == two.trials
    assert one.leaves == two.leaves


def test_too_few_people_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        clustered(blobs(150)[0], PLAIN, seed=1)


def test_the_work_can_be_stopped() -> None:
    cancel = Cancel()
    cancel.press()
    with pytest.raises(CancelledError):
        clustered(blobs(400)[0], PLAIN, seed=1, cancel=cancel)


def test_agreement_is_the_adjusted_rand_index() -> None:
    # By hand: pairs together in both 1 (0 and 1), in the first 2, in the second 2, of 6 pairs: expected 4/6, most 2.
    assert agreement(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])) == pytest.approx(
        (1 - 2 * 1 / 6) / (1.5 - 2 * 1 / 6)
    )
    assert agreement(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1.0


def test_k_means_finds_centres_that_can_be_seen() -> None:
    points = np.array([[0.0], [0.2], [10.0], [10.2], [20.0]])
    centres = centres_of(points, 3, np.random.default_rng(0))
    assert sorted(round(float(one), 6) for one in centres[:, 0]) == [0.1, 10.1, 20.0]
    assert len(set(nearest_of(points, centres).tolist())) == 3


def test_a_scale_takes_others_to_the_same_place() -> None:
    values = np.column_stack([np.arange(1.0, 101.0), np.linspace(0, 1, 100)])
    scale = Scale.of(values, [True, False])
    inside = scale.of_values(values)
    assert np.allclose(inside.mean(axis=0), 0)
    assert np.allclose(inside.std(axis=0), 1)
    assert np.allclose(scale.of_values(values[:3]), inside[:3])
    assert np.allclose(on_one_scale(values, [True, False]), inside)
    assert not on_one_scale(np.ones((10, 1)), [False]).any()


@pytest.mark.parametrize(
    ("bound", "step", "rule"),
    [(3.5, 1, 4), (3.0, 1, 3), (0.43, 0.05, 0.45), (3187.2, 0, 3200), (0.0, 0, 0), (74.1, 0, 74)],
)
def test_bounds_are_round(bound: float, step: float, rule: float) -> None:
    assert rounded(bound, step) == pytest.approx(rule)


def test_of_two_bounds_to_one_side_the_tighter_stays() -> None:
    at = Bound(trait=0, at=5)
    tree = Fork(bound=at, under=Fork(bound=Bound(trait=0, at=2), under=0, over=1), over=2)
    below = {"below": True}
    assert leaves_of(tree) == (
        Leaf(group=0, bounds=(Bound(trait=0, at=2, **below),)),
        Leaf(group=1, bounds=(Bound(trait=0, at=2), Bound(trait=0, at=5, **below))),
        Leaf(group=2, bounds=(at,)),
    )
    values = np.array([[1.0], [2.0], [5.0]])
    assert placed(values, leaves_of(tree)).tolist() == [0, 1, 2]
