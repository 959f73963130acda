"""What is bought together: counts by hand, planted pairs found, chance not taken for one, big buyers not for a liking."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tools.models.baskets import FEWEST, Baskets, companions, together, wilson

NAMES = tuple("abcdefgh")
SHARES = np.array([0.3, 0.2, 0.1, 0.1, 0.05, 0.05, 0.3, 0.4])


def baskets_of(held: np.ndarray) -> Baskets:
    basket, item = np.nonzero(held)
    return Baskets(basket=basket, item=item, count=len(held), items=NAMES[: held.shape[1]])


def by_chance(people: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((people, len(SHARES))) < SHARES


def test_a_planted_pair_is_found_with_its_counts() -> None:
    held = by_chance(6000)
    rng = np.random.default_rng(1)
    held[held[:, 2] & (rng.random(len(held)) < 0.5), 3] = True
    found = together(baskets_of(held))
    assert {(rule.given, rule.then) for rule in found.rules} == {((2,), 3), ((3,), 2)}
    rule = next(one for one in found.rules if one.given == (2,))
    assert rule.both == int((held[:, 2] & held[:, 3]).sum())
    assert rule.given_count == int(held[:, 2].sum())
    assert rule.confidence == pytest.approx(rule.both / rule.given_count)
    assert rule.support == pytest.approx(rule.both / 6000)
    assert rule.low > 1
    assert rule.expected == pytest.approx(rule.confidence / rule.lift)


@pytest.mark.parametrize("seed", range(5))
def test_chance_gives_no_rules(seed: int) -> None:
    assert together(baskets_of(by_chance(4000, seed))).rules == ()


def test_the_lift_is_the_ratio_of_mantel_and_haenszel() -> None:
    # Amount 0: with given 30 of 40 hold it, without 20 of 60. Amount 1: 10 of 20, and 30 of 80.
    counts = ((True, 0, 30, 40), (False, 0, 20, 60), (True, 1, 10, 20), (False, 1, 30, 80))
    rows = [(given, amount, at < hits) for given, amount, hits, people in counts for at in range(people)]
    given = np.array([row[0] for row in rows])
    amount = np.array([row[1] for row in rows])
    held = np.array([[row[2]] for row in rows])
    found = companions(baskets_of(held), given, amount)
    (rule,) = (*found.rules, *found.less)
    above, below = 30 * 60 / 100 + 10 * 80 / 100, 20 * 40 / 100 + 30 * 20 / 100
    spread = ((40 * 60 * 50 - 30 * 20 * 100) / 100**2 + (20 * 80 * 40 - 10 * 30 * 100) / 100**2) / (above * below)
    assert (rule.both, rule.given_count, rule.then_count, rule.baskets) == (40, 60, 90, 200)
    assert rule.lift == pytest.approx(above / below)
    assert rule.high == pytest.approx(rule.lift * math.exp(1.959963984540054 * math.sqrt(spread)))


def test_those_who_buy_much_of_everything_have_no_liking() -> None:
    rng = np.random.default_rng(2)
    visits = rng.integers(1, 15, 4000)
    chance = 1 - (1 - 0.1) ** visits  # each visit, anything: more visits, more of everything
    bought = rng.random(4000) < chance
    held = rng.random((4000, 6)) < chance[:, None]
    plain = held[bought].mean(axis=0) / held.mean(axis=0)
    assert (plain > 1.1).all()  # as if those who bought it liked all the rest more
    assert companions(baskets_of(held), bought, visits).rules == ()


def test_what_nearly_everybody_takes_and_what_hardly_anybody_takes_is_left_out() -> None:
    rng = np.random.default_rng(3)
    held = np.column_stack([rng.random(2000) < 0.95, np.arange(2000) < FEWEST - 1, rng.random(2000) < 0.3])
    given = np.zeros(2000, dtype=bool)
    given[:500] = True
    held[given, 0] = True
    found = companions(baskets_of(held), given, np.ones(2000, dtype=np.int64))
    assert not {rule.then for rule in (*found.rules, *found.less)} & {0, 1}
    assert found.tested == 2


def test_a_second_given_thing_must_add_something() -> None:
    held = by_chance(6000, 4)
    held[held[:, 0] & (np.random.default_rng(5).random(6000) < 0.6), 1] = True  # a gives b, whatever else is there
    found = together(baskets_of(held))
    assert ((0,), 1) in {(rule.given, rule.then) for rule in found.rules}
    assert not [rule for rule in found.rules if len(rule.given) > 1 and rule.then == 1]


def test_the_interval_of_a_share_after_wilson() -> None:
    # Wilson (1927) for 8 of 10: published as 0.490 to 0.943.
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=5e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_nothing_bought_is_no_fault() -> None:
    empty = Baskets(basket=np.empty(0, dtype=np.int64), item=np.empty(0, dtype=np.int64), count=0, items=())
    assert together(empty).rules == ()
