"""Plans that mean the same are equal in their one form; plans that differ in meaning are not."""

from __future__ import annotations

import pytest

from assistant.evaluation.canonical import canonical, same_meaning
from semantic_layer.query.plan import ChartKind, Funnel, ListPeople, Occurrence, Overlap, Plan, Profile, Retention
from semantic_layer.query.predicate import Among, And, Between, Compare, Did, HasMetric, Not, Or, Predicate, Then
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling, TimeRange
from semantic_layer.query.types import Audience, Bound, ByField, Order, Query

A = Compare("customer.city", "=", "上海")
B = Compare("customer.gender", "=", "女")
C = Compare("customer.age", ">=", 30)


def people(where: Predicate) -> Plan:
    return Plan(steps=(ListPeople(Audience(where=where)),))


def numbers(query: Query) -> Plan:
    return Plan(steps=(query,))


SAME: dict[str, tuple[Predicate, Predicate]] = {
    "the order of And": (And((A, B)), And((B, A))),
    "the order of Or": (Or((A, B)), Or((B, A))),
    "And in And": (And((A, And((B, C)))), And((A, B, C))),
    "And of one": (And((A,)), A),
    "a part said twice": (And((A, B, A)), And((A, B))),
    "the order of values": (Among("x", ("a", "b")), Among("x", ("b", "a"))),
    "the value group": (Among("x", ("a", "b"), "both"), Among("x", ("a", "b"))),
    "a list of one value": (Among("customer.city", ("上海",)), A),
    "Or on one field": (Or((A, Compare("customer.city", "=", "北京"))), Among("customer.city", ("北京", "上海"))),
    "Or of lists": (Or((Among("x", ("a", "b")), Compare("x", "=", "c"))), Among("x", ("a", "b", "c"))),
    "not not": (Not(Not(A)), A),
    "a range": (And((Compare("x", ">=", 1), Compare("x", "<=", 5))), Between("x", 1, 5)),
    "whole numbers": (Compare("x", ">", 5.0), Compare("x", ">", 5)),
    "whole bounds": (Between("x", 1.0, 5), Between("x", 1, 5.0)),
    "a whole metric": (
        HasMetric(metric="sales", op=">=", value=5, high=9),
        HasMetric(metric="sales", op=">=", value=5.0, high=9.0),
    ),
    "inside Did": (Did(entity="order", where=And((A, B))), Did(entity="order", where=And((B, A)))),
    "inside what follows": (
        Did(entity="event", then=Then(entity="order", where=And((A, B)), count=2, unit=Grain.WEEK)),
        Did(entity="event", then=Then(entity="order", where=And((B, A)), count=14)),
    ),
    "a year": (
        Did(entity="order", time=Rolling(1, Grain.YEAR)),
        Did(entity="order", time=Rolling(12, Grain.MONTH)),
    ),
}

DIFFERENT: dict[str, tuple[Predicate, Predicate]] = {
    "And is not Or": (And((A, B)), Or((A, B))),
    "not is not yes": (Not(A), A),
    "over is not from": (Compare("x", ">", 5), Compare("x", ">=", 5)),
    "another value": (A, Compare("customer.city", "=", "北京")),
    "an open range": (And((Compare("x", ">", 1), Compare("x", "<=", 5))), Between("x", 1, 5)),
    "two fields": (Or((A, B)), Among("customer.city", ("上海", "女"))),
    "what follows and what does not": (
        Did(entity="event", then=Then(entity="order")),
        Did(entity="event", then=Then(entity="order", happened=False)),
    ),
    "the first and any": (Did(entity="order", which="first"), Did(entity="order")),
    "a month and thirty days": (
        Did(entity="event", then=Then(entity="order", count=1, unit=Grain.MONTH)),
        Did(entity="event", then=Then(entity="order", count=30)),
    ),
    "how often": (Did(entity="order"), Did(entity="order", count=2)),
    "a time": (Did(entity="order"), Did(entity="order", time=Rolling(30, Grain.DAY))),
    "thirty days are no month": (
        Did(entity="order", time=Rolling(30, Grain.DAY)),
        Did(entity="order", time=Rolling(1, Grain.MONTH)),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_spelling_plays_no_part(name: str) -> None:
    left, right = SAME[name]
    assert same_meaning(people(left), people(right))
    assert canonical(people(left)) == canonical(people(right))


@pytest.mark.parametrize("name", DIFFERENT)
def test_meaning_plays_a_part(name: str) -> None:
    left, right = DIFFERENT[name]
    assert not same_meaning(people(left), people(right))


@pytest.mark.parametrize("name", [*SAME, *DIFFERENT])
def test_the_one_form_is_reached_at_once(name: str) -> None:
    for where in (*SAME.get(name, ()), *DIFFERENT.get(name, ())):
        once = canonical(people(where))
        assert canonical(once) == once


def test_bounds_on_groups_are_compared_as_numbers() -> None:
    whole = Query(metrics=("sales",), having=(Bound(metric="sales", op=">", value=5),))
    broken = Query(metrics=("sales",), having=(Bound(metric="sales", op=">", value=5.0),))
    assert same_meaning(numbers(whole), numbers(broken))


def test_the_order_of_groupings_and_metrics_counts() -> None:
    first = Query(metrics=("a", "b"), by=(ByField("x"), ByField("y")))
    assert not same_meaning(numbers(first), numbers(Query(metrics=("b", "a"), by=(ByField("x"), ByField("y")))))
    assert not same_meaning(numbers(first), numbers(Query(metrics=("a", "b"), by=(ByField("y"), ByField("x")))))


def test_a_chart_that_was_asked_for_counts() -> None:
    query = Query(metrics=("sales",), by=(ByField("x"),))
    assert not same_meaning(Plan(steps=(query,), chart=ChartKind.PIE), Plan(steps=(query,)))


def test_a_cut_and_an_order_count() -> None:
    query = Query(metrics=("sales",), by=(ByField("x"),), order=(Order("sales"),), limit=10)
    assert not same_meaning(numbers(query), numbers(Query(metrics=("sales",), by=(ByField("x"),))))


def test_overlap_does_not_depend_on_who_is_named_first() -> None:
    left, right = Audience(where=A), Audience(where=B)
    assert same_meaning(Plan(steps=(Overlap((left, right)),)), Plan(steps=(Overlap((right, left)),)))


def test_a_profile_depends_on_who_is_held_against_whom() -> None:
    left, right = Audience(where=A), Audience(where=B)
    assert not same_meaning(Plan(steps=(Profile(left, right),)), Plan(steps=(Profile(right, left),)))


LAST_MONTH: TimeRange = Calendar(Grain.MONTH, -1)


def test_an_unasked_change_beside_a_single_number_is_no_difference() -> None:
    plain = Query(metrics=("sales",), time=LAST_MONTH)
    with_change = Query(metrics=("sales",), time=LAST_MONTH, compare_to=(Comparison.PERIOD_BEFORE,))
    assert same_meaning(numbers(with_change), numbers(plain))
    assert not same_meaning(numbers(plain), numbers(with_change))


def test_an_unasked_change_in_a_table_is_a_difference() -> None:
    plain = Query(metrics=("sales",), by=(ByField("x"),), time=LAST_MONTH)
    with_change = Query(metrics=("sales",), by=(ByField("x"),), time=LAST_MONTH, compare_to=(Comparison.PERIOD_BEFORE,))
    assert not same_meaning(numbers(with_change), numbers(plain))


def test_steps_about_what_happens_are_compared_by_meaning() -> None:
    def start(where: Predicate) -> Occurrence:
        return Occurrence(entity="order", where=where)

    back = Occurrence(entity="order")
    cohorts = [Plan((Retention(start=start(And(parts)), back=back),)) for parts in ((A, B), (B, A))]
    assert canonical(cohorts[0]) == canonical(cohorts[1])
    lengths = ((2, Grain.WEEK), (14, Grain.DAY))
    funnels = [Plan((Funnel(steps=(start(A), back), within=length),)) for length in lengths]
    assert canonical(funnels[0]) == canonical(funnels[1])
    assert canonical(funnels[0]) != canonical(Plan((Funnel(steps=(start(A), back)),)))
