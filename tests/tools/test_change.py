"""How a change is shared out and told from chance, with numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.compiler.arithmetic import Formula, Quotient, Total
from semantic_layer.compiler.fragments import parse_fragment
from tools.change.decompose import Contribution, Pair, change_of, contributions, shares_of
from tools.change.evidence import Spread, chance_of_change, chance_of_part, proven

COUNT = Total((("n", 1.0),))
RATE = Quotient(Total((("hits", 1.0),)), Total((("tries", 1.0),)))


def rate(before: tuple[float, float], after: tuple[float, float]) -> Pair:
    """(hits, tries) in both periods."""
    return Pair(dict(zip(("hits", "tries"), before, strict=True)), dict(zip(("hits", "tries"), after, strict=True)))


def whole_of(*groups: Pair) -> Pair:
    names = {name for group in groups for name in (*group.before, *group.after)}
    return Pair(
        {name: sum(group.before.get(name, 0.0) for group in groups) for name in names},
        {name: sum(group.after.get(name, 0.0) for group in groups) for name in names},
    )


def test_of_a_total_each_group_adds_its_own_change() -> None:
    groups = [Pair({"n": 100}, {"n": 40}), Pair({"n": 50}, {"n": 70})]
    assert contributions(COUNT, whole_of(*groups), groups) == [Contribution(-60), Contribution(20)]
    net = Total((("sales", 1.0), ("refunds", -2.0)), constant=7.0)
    one = Pair({"sales": 10, "refunds": 1}, {"sales": 12, "refunds": 3})
    assert change_of(net, one) == -2  # 10 - 2 + 7 = 15, then 12 - 6 + 7 = 13
    assert contributions(net, one, [one]) == [Contribution(-2)]


def test_mix_and_rate_add_up_to_the_change_of_a_rate() -> None:
    """Group a gets better and larger, b stays good and gets smaller.

        group   before           after
        a       10/100 = 0.10    20/100 = 0.20
        b       60/100 = 0.60    30/50  = 0.60
        all     70/200 = 0.35    50/150 = 0.3333
    Weights of a: 1/2, then 2/3; the mean of the whole rates is 0.341667.
        a: rate (1/2 + 2/3)/2 * 0.10 = 0.058333    mix 1/6 * (0.15 - 0.341667) = -0.031944
        b: rate 0                                  mix -1/6 * (0.60 - 0.341667) = -0.043056
    """
    groups = [rate((10, 100), (20, 100)), rate((60, 100), (30, 50))]
    a, b = contributions(RATE, whole_of(*groups), groups)
    assert (a.rate, a.mix) == (pytest.approx(0.0583333, abs=1e-6), pytest.approx(-0.0319444, abs=1e-6))
    assert (b.rate, b.mix) == (pytest.approx(0.0, abs=1e-12), pytest.approx(-0.0430556, abs=1e-6))
    assert a.total + b.total == pytest.approx(50 / 150 - 70 / 200)


def test_in_simpsons_paradox_the_mix_is_the_reason() -> None:
    """Both groups get better by 0.10, and the whole falls from 0.683 to 0.317: those who succeed seldom became many.

        group   before           after
        a       80/100 = 0.80    18/20  = 0.90
        b        2/20  = 0.10    20/100 = 0.20
        all     82/120           38/120
    Rate parts: 0.5 * 0.10 each. Mix parts: a (1/6 - 5/6) * (0.85 - 0.5), b (5/6 - 1/6) * (0.15 - 0.5): -0.23333 each.
    """
    groups = [rate((80, 100), (18, 20)), rate((2, 20), (20, 100))]
    found = contributions(RATE, whole_of(*groups), groups)
    assert [part.rate for part in found] == [pytest.approx(0.05), pytest.approx(0.05)]
    assert [part.mix for part in found] == [pytest.approx(-0.2333333), pytest.approx(-0.2333333)]
    assert sum(part.total for part in found) == pytest.approx(-44 / 120)


def test_a_group_that_comes_or_goes_is_all_mix() -> None:
    groups = [rate((10, 20), (0, 0)), rate((0, 0), (2, 20)), rate((30, 60), (30, 60))]
    gone, new, same = contributions(RATE, whole_of(*groups), groups)
    assert (gone.rate, new.rate, same.rate) == (0.0, 0.0, pytest.approx(0.0))
    assert gone.total + new.total + same.total == pytest.approx(32 / 80 - 40 / 80)
    assert new.total < 0 < abs(new.total)  # it is worse than the whole, and it grew


def test_nothing_to_divide_by_is_no_change() -> None:
    assert change_of(RATE, rate((0, 0), (5, 10))) is None
    assert change_of(RATE, rate((5, 10), (0, 0))) is None
    assert chance_of_change(RATE, rate((0, 0), (5, 10)), rate((0, 0), (5, 10)), Spread()) is None


def test_other_formulas_are_shared_out_over_all_orders() -> None:
    """a * b from 2 * 3 to 4 * 5. Replacing a first adds 6, last 10: 8 on average; b 4 or 8: 6. Together 14.

    a rose by 2 in the first group only: all 8 are its. b rose by 2 in the second: all 6 are its.
    """
    made = Formula(("a", "b"), parse_fragment("a * b"))
    groups = [Pair({"a": 1, "b": 1}, {"a": 3, "b": 1}), Pair({"a": 1, "b": 2}, {"a": 1, "b": 4})]
    assert [part.total for part in contributions(made, whole_of(*groups), groups)] == [
        pytest.approx(8),
        pytest.approx(6),
    ]


def test_in_a_formula_moves_that_undo_each_other_stay_visible() -> None:
    made = Formula(("a", "b"), parse_fragment("a * b"))
    groups = [Pair({"a": 5, "b": 1}, {"a": 7, "b": 1}), Pair({"a": 5, "b": 1}, {"a": 3, "b": 1})]
    up, down = (part.total for part in contributions(made, whole_of(*groups), groups))
    assert up == pytest.approx(4, rel=1e-4)  # two more of a, at b = 2
    assert up + down == pytest.approx(0, abs=1e-9)


amounts = st.integers(0, 1000)


@given(st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=1, max_size=6))
def test_parts_always_add_up(rows: list[tuple[int, int, int, int]]) -> None:
    groups = [rate((hit, hit + miss), (hit2, hit2 + miss2)) for hit, miss, hit2, miss2 in rows]
    whole = whole_of(*groups)
    change = change_of(RATE, whole)
    if change is not None:
        found = contributions(RATE, whole, groups)
        assert sum(part.total for part in found) == pytest.approx(change, abs=1e-9)
        assert all(part.total == pytest.approx((part.mix or 0) + (part.rate or 0)) for part in found)
        assert sum(shares_of(RATE, whole, group)[0] for group in groups) == pytest.approx(1)


# -- change or chance --------------------------------------------------------------------------------------------------

PEOPLE = Spread(people=frozenset({"hits", "tries"}), nested=frozenset({("hits", "tries")}))


def test_for_a_proportion_of_people_it_is_the_pooled_two_proportion_test() -> None:
    """50 of 200 against 70 of 200: pooled 0.3, error sqrt(0.3 * 0.7 * 2/200) = 0.0458258, z = 2.1822, p = 0.0291."""
    whole = rate((50, 200), (70, 200))
    error, p_value = chance_of_change(RATE, whole, whole, PEOPLE) or (0, 0)
    assert error == pytest.approx(0.0458258, abs=1e-6)
    assert p_value == pytest.approx(0.0291, abs=1e-4)


def test_for_a_count_of_people_it_is_poisson() -> None:
    """100 against 130: error sqrt(230) = 15.166, z = 1.978, p = 0.0479."""
    whole = Pair({"n": 100}, {"n": 130})
    error, p_value = chance_of_change(COUNT, whole, whole, Spread(people=frozenset({"n"}))) or (0, 0)
    assert (error, p_value) == (pytest.approx(math.sqrt(230)), pytest.approx(0.0479, abs=1e-4))


def test_sums_move_as_far_as_the_squares_of_what_people_spend() -> None:
    """One of 100 and two of 10, then one of 90 and three of 10: squares 10,200 and 8,400, error sqrt(18,600) = 136.38."""
    whole = Pair({"n": 120}, {"n": 120})
    spread = Spread(products={("n", "n"): (10_200, 8_400)})
    assert chance_of_change(COUNT, whole, whole, spread) == (pytest.approx(136.38, abs=0.01), 1.0)


def test_of_a_quotient_of_sums_the_residual_is_what_varies() -> None:
    """Three people with (spend, orders) of (10, 1), (30, 1), (20, 2), the same again: 60 / 4 = 15 an order.

    Residuals spend - 15 orders: -5, 15, -10; squares 25 + 225 + 100 = 350; both periods 2 * 350 / 16 = 43.75.
    """
    made = Quotient(Total((("spend", 1.0),)), Total((("orders", 1.0),)))
    side = {"spend": 60.0, "orders": 4.0}
    products = {
        ("spend", "spend"): (1400.0, 1400.0),
        ("spend", "orders"): (80.0, 80.0),
        ("orders", "orders"): (6.0, 6.0),
    }
    found = chance_of_change(made, Pair(side, side), Pair(side, side), Spread(products=products))
    assert found == (pytest.approx(math.sqrt(43.75)), 1.0)


def test_a_part_that_moves_like_the_rest_is_no_news() -> None:
    groups = [Pair({"n": 400}, {"n": 300}), Pair({"n": 800}, {"n": 600})]
    whole = whole_of(*groups)
    strength, p_value = chance_of_part(
        COUNT, whole, groups[0], Spread(people=frozenset({"n"})), total=-100, weight=1 / 3
    ) or (9, 9)
    assert (strength, p_value) == (pytest.approx(0), pytest.approx(1))


def test_a_part_of_few_things_proves_nothing() -> None:
    part = rate((0, 2), (2, 2))
    whole = whole_of(part, rate((500, 1000), (500, 1000)))
    assert chance_of_part(RATE, whole, part, PEOPLE, total=0.1, weight=0.002) == (0.0, 1.0)


def test_many_parts_are_judged_together() -> None:
    # Bounds are 0.01, 0.02, 0.03, 0.04, 0.05: the fourth is the last that passes, and all before it do.
    assert proven([0.04, 0.5, 0.012, 0.03, 0.011]) == [True, False, True, True, True]
    assert proven([0.02, 0.5, 0.6, 0.7, 0.8]) == [False] * 5
    assert proven([None, 0.01]) == [None, True]
    assert proven([]) == []


def test_what_is_not_known_is_not_judged() -> None:
    whole = Pair({"n": 100}, {"n": 130})
    assert chance_of_change(COUNT, whole, whole, Spread()) is None
    assert chance_of_part(COUNT, whole, whole, Spread(), total=30, weight=1) is None
