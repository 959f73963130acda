"""Ways in which an analytical question goes quietly wrong, each against a number computed by hand.

    purchases   1  2  3  4  5  6  7  8  9          5 has no member; 7 and 8 have no channel
    member      1  1  2  3  -  1  4  4  2          members 4 and 5 have no town; member 5 never bought
    amount    100 50 30 200 20 80 40 60 10
    month      09 09 09 10 09 (2025-09) (2025-12-31 23:59:59) (2026-01-01) (2024-02-29)

fan-out     an order joined to its lines counts its amount once a line
chasm       orders and visits joined through their member multiply each other
NULL keys   buyers without identity are not a buyer, but their money is money
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from semantic_layer.compiler.audience import compile_audience_count, compile_keys, compile_waterfall
from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    IsNull,
    Not,
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import Calendar, Comparison, Grain, Span
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Order, Query
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

SEPTEMBER = Calendar(Grain.MONTH, -1)
OCTOBER = Calendar(Grain.MONTH, 0)
THIRD_QUARTER = Calendar(Grain.QUARTER, -1)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as found:
        yield found


@pytest.fixture
def ask(connection: duckdb.DuckDBPyConnection):
    def answer(query: Query) -> list[tuple[Cell, ...]]:
        return tiny.run(connection, compile_query(query, tiny.context()))

    return answer


@pytest.fixture
def who(connection: duckdb.DuckDBPyConnection):
    def keys(where: Predicate | None, as_of: date | None = None) -> set[Cell]:
        audience = Audience(where=where, entity="member", as_of=as_of)
        found = [key for (key,) in tiny.run(connection, compile_keys(audience, tiny.context()))]
        ((count,),) = tiny.run(connection, compile_audience_count(audience, tiny.context()))
        ((*_, last),) = tiny.run(connection, compile_waterfall(audience, tiny.context()))
        assert len(found) == len(set(found)) == count == last
        return set(found)

    return keys


# -- fan-out and chasm ---------------------------------------------------------------------------------------------------


def test_amounts_of_orders_are_not_repeated_for_each_of_their_lines(ask) -> None:
    assert ask(Query(metrics=("sales", "purchases", "pieces"), time=SEPTEMBER)) == [(Decimal(200), 4, 8)]


def test_a_field_of_the_lines_moves_the_sum_to_the_lines(ask) -> None:
    rows = ask(Query(metrics=("sales", "purchases"), by=(ByField("good.kind"),), time=SEPTEMBER))
    assert rows == [("shoes", Decimal(130), 3), ("bags", Decimal(70), 2)]  # order 1 holds both


def test_two_kinds_of_events_do_not_multiply_each_other(ask) -> None:
    rows = ask(Query(metrics=("sales", "visits"), by=(ByField("town.region"),), time=SEPTEMBER))
    assert rows == [("east", Decimal(180), 3), (None, Decimal(20), 2)]


def test_groups_that_only_one_side_has_are_kept(ask) -> None:
    rows = ask(Query(metrics=("purchases", "visits"), by=(ByField("town.region"),), time=OCTOBER))
    assert rows == [("north", 1, 0), (None, 0, 1)]


def test_counts_of_people_over_several_groups_are_not_added_up(ask) -> None:
    assert ask(Query(metrics=("buyers",), time=SEPTEMBER)) == [(2,)]
    rows = ask(Query(metrics=("buyers",), by=(ByField("good.kind"),), time=SEPTEMBER))
    assert rows == [("bags", 2), ("shoes", 1)]  # member 1 bought both


def test_a_field_that_would_repeat_rows_is_refused_with_what_is_allowed(ask) -> None:
    with pytest.raises(InvalidPlanError) as refused:
        ask(Query(metrics=("visits",), by=(ByField("good.kind"),)))
    assert "visits" in refused.value.message.en
    assert "kind" in refused.value.message.en
    assert "town.region" in refused.value.suggestions


def test_a_balance_is_not_summed_over_time(ask) -> None:
    assert ask(Query(metrics=("stock",), time=SEPTEMBER)) == [(50,)]  # the last of September's, not 200


# -- keys and groups that are NULL ---------------------------------------------------------------------------------------


def test_a_purchase_without_member_is_money_but_not_a_buyer(ask) -> None:
    rows = ask(Query(metrics=("sales", "buyers"), by=(ByField("purchase.channel"),), time=SEPTEMBER))
    assert rows == [("web", Decimal(130), 2), ("shop", Decimal(70), 1)]


def test_the_group_without_a_name_is_one_group(ask) -> None:
    rows = ask(Query(metrics=("members",), by=(ByField("member.town"),)))
    assert rows == [("Shanghai", 2), (None, 2), ("Beijing", 1)]


def test_the_group_without_a_name_meets_itself_across_periods(ask) -> None:
    rows = ask(
        Query(
            metrics=("sales",),
            by=(ByField("town.region"),),
            time=OCTOBER,
            compare_to=(Comparison.PERIOD_BEFORE,),
            order=(Order("sales"),),
        )
    )
    assert rows == [
        ("north", Decimal(200), Decimal(0), Decimal(200), None),
        ("east", Decimal(0), Decimal(180), Decimal(-180), -1.0),
        (None, Decimal(0), Decimal(20), Decimal(-20), -1.0),
    ]


# -- ratios --------------------------------------------------------------------------------------------------------------


def test_a_ratio_of_a_whole_is_not_the_average_of_the_ratios_of_its_parts(ask) -> None:
    ((basket,),) = ask(Query(metrics=("basket",)))
    assert basket == pytest.approx(500 / 7)


def test_repurchase_counts_each_person_once_in_the_period(ask) -> None:
    assert ask(Query(metrics=("repurchase_rate",), time=SEPTEMBER)) == [(0.5,)]  # member 1 of members 1 and 2
    rows = ask(Query(metrics=("repurchase_rate",), by=(ByField("good.kind"),), time=SEPTEMBER))
    assert rows == [("shoes", 1.0), ("bags", 0.0)]


def test_nothing_is_divided_by_zero(ask) -> None:
    rows = ask(Query(metrics=("purchases_per_visit",), by=(ByField("town.region"),), time=OCTOBER))
    assert set(rows) == {("north", None), (None, 0.0)}


def test_derived_metrics_are_unknown_where_their_denominator_is_zero(ask) -> None:
    assert ask(Query(metrics=("coupon_gap",), time=SEPTEMBER)) == [(0.75,)]
    assert ask(Query(metrics=("coupon_gap",), time=Span(date(2023, 1, 1), date(2023, 1, 31)))) == [(None,)]


def test_averages_that_share_a_pass_with_people_stay_averages_of_rows(ask) -> None:
    rows = ask(Query(metrics=("average_amount", "buyers"), by=(ByField("purchase.channel"),), time=SEPTEMBER))
    assert rows == [("web", 65.0, 2), ("shop", 35.0, 1)]


def test_medians_are_not_put_together_from_parts(ask) -> None:
    assert ask(Query(metrics=("median_amount", "buyers"))) == [(50.0, 4)]


def test_the_best_customer_is_one_person_not_the_crowd_without_identity(ask) -> None:
    rows = ask(Query(metrics=("best_customer_spend",), by=(ByField("purchase.channel"),)))
    assert rows == [("web", Decimal(200)), (None, Decimal(100)), ("shop", Decimal(50))]


# -- empty groups --------------------------------------------------------------------------------------------------------


def test_nothing_sold_is_zero_and_no_basket_at_all(ask) -> None:
    assert ask(Query(metrics=("sales", "buyers", "basket"), time=Span(date(2023, 1, 1), date(2023, 1, 31)))) == [
        (Decimal(0), 0, None)
    ]


def test_months_without_sales_are_shown_as_zero(ask) -> None:
    rows = ask(Query(metrics=("sales", "repurchase_rate"), by=(ByTime(Grain.MONTH),), time=THIRD_QUARTER))
    assert rows == [
        (date(2026, 7, 1), Decimal(0), None),
        (date(2026, 8, 1), Decimal(0), None),
        (date(2026, 9, 1), Decimal(200), 0.5),
    ]


def test_every_group_has_every_period(ask) -> None:
    rows = ask(Query(metrics=("sales",), by=(ByTime(Grain.MONTH), ByField("good.kind")), time=THIRD_QUARTER))
    assert len(rows) == 6
    assert rows[-2:] == [(date(2026, 9, 1), "bags", Decimal(70)), (date(2026, 9, 1), "shoes", Decimal(130))]


# -- edges of time -------------------------------------------------------------------------------------------------------


def test_the_first_and_the_last_moment_of_a_month_belong_to_it(ask) -> None:
    assert ask(Query(metrics=("sales",), time=SEPTEMBER)) == [(Decimal(200),)]
    assert ask(Query(metrics=("sales",), time=OCTOBER)) == [(Decimal(200),)]
    assert ask(Query(metrics=("new_members",), time=SEPTEMBER)) == [(2,)]


def test_the_last_second_of_the_year_is_in_the_old_year(ask) -> None:
    rows = ask(Query(metrics=("sales",), by=(ByTime(Grain.YEAR),), time=Span(date(2025, 12, 1), date(2026, 1, 31))))
    assert rows == [(date(2025, 1, 1), Decimal(40)), (date(2026, 1, 1), Decimal(60))]


def test_weeks_begin_as_the_company_says(connection) -> None:
    query = Query(metrics=("visits",), by=(ByTime(Grain.WEEK),), time=Span(date(2026, 8, 31), date(2026, 9, 6)))
    assert tiny.run(connection, compile_query(query, tiny.context())) == [(date(2026, 8, 31), 4)]
    sunday = tiny.context(conventions=tiny.Conventions(week_start="sunday"))
    assert tiny.run(connection, compile_query(query, sunday)) == [(date(2026, 8, 30), 4), (date(2026, 9, 6), 0)]


def test_leap_day_purchases_are_found_and_have_no_own_year_before(ask) -> None:
    leap = Span(date(2024, 2, 29), date(2024, 2, 29))
    assert ask(Query(metrics=("sales",), time=leap)) == [(Decimal(10),)]
    ((_, before, *_),) = ask(Query(metrics=("sales",), time=leap, compare_to=(Comparison.YEAR_BEFORE,)))
    assert before == 0


def test_someone_born_on_leap_day_is_older_from_the_first_of_march(who) -> None:
    thirty = Compare("member.age", "=", 30)
    assert 2 not in who(thirty, date(2026, 2, 28))
    assert 2 in who(thirty, date(2026, 3, 1))


def test_a_day_against_a_moment_holds_the_whole_day(who) -> None:
    joined = "member.joined_at"
    assert who(Compare(joined, "=", "2026-09-30")) == {3}
    assert who(Compare(joined, "<=", "2026-09-30")) == {1, 2, 3, 5}
    assert who(Compare(joined, ">", "2026-09-30")) == {4}
    assert who(Compare(joined, "!=", "2026-09-30")) == {1, 2, 4, 5}
    assert who(Between(joined, "2026-09-01", "2026-09-30")) == {2, 3}


# -- negation and NULL ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "members"),
    [
        (Compare("member.town", "!=", "Shanghai"), {3, 4, 5}),
        (Not(Compare("member.town", "=", "Shanghai")), {3, 4, 5}),
        (Not(Among("member.town", ("Shanghai", "Beijing"))), {4, 5}),
        (Not(Compare("member.age", ">", 30)), {2, 3, 4}),
        (Not(Between("member.age", 20, 40)), {3, 4, 5}),
        (Not(Contains("member.town", "hai")), {3, 4, 5}),
        (Contains("member.town", "HAI"), {1, 2}),
        (IsNull("member.town"), {4, 5}),
        (Not(IsNull("member.town")), {1, 2, 3}),
        (Not(And((Compare("member.town", "=", "Shanghai"), Compare("member.level", "=", "gold")))), {2, 3, 4, 5}),
        (Not(Or((Compare("member.town", "=", "Shanghai"), Compare("member.age", ">", 40)))), {3, 4}),
        (Not(Not(Compare("member.town", "=", "Shanghai"))), {1, 2}),
        (Not(Compare("town.region", "=", "east")), {3, 4, 5}),
        (Compare("member.level", ">=", "silver"), {1, 2, 3, 4}),
        (Not(Compare("member.level", ">=", "silver")), {5}),
        (Between("member.level", "basic", "silver"), {2, 4, 5}),
        (Compare("member.level", ">", "gold"), set()),
    ],
)
def test_not_keeps_what_is_unknown(who, where: Predicate, members: set[int]) -> None:
    assert who(where) == members


def test_a_condition_and_its_opposite_split_everybody(who) -> None:
    for where in (
        Compare("member.age", "<", 30),
        Compare("member.town", "!=", "Beijing"),
        Did(entity="purchase", op="<", count=2),
        HasMetric(metric="basket", op="<", value=100),
        Ranked(metric="sales", share=0.5),
        Compare("member.favourite_kind", "=", "shoes"),
    ):
        assert who(where) | who(Not(where)) == {1, 2, 3, 4, 5}
        assert who(where) & who(Not(where)) == set()


# -- behaviour -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "members"),
    [
        (Did(entity="purchase"), {1, 2, 3, 4}),
        (Did(entity="purchase", count=2), {1, 2, 4}),
        (Did(entity="purchase", op="=", count=2), {2, 4}),
        (Did(entity="purchase", op="!=", count=2), {1, 3, 5}),
        (Did(entity="purchase", op="<", count=2), {3, 5}),
        (Did(entity="purchase", op="=", count=0), {5}),
        (Did(entity="purchase", op=">=", count=0), {1, 2, 3, 4, 5}),
        (Did(entity="purchase", op="<", count=0), set()),
        (Did(entity="purchase", time=SEPTEMBER), {1, 2}),
        (Not(Did(entity="purchase", time=SEPTEMBER)), {3, 4, 5}),
        (Did(entity="purchase", where=Compare("purchase.amount", ">=", 100)), {1, 3}),
        (Did(entity="line", where=Compare("good.kind", "=", "shoes")), {1, 2, 3}),
        (Did(entity="purchase", where=Compare("good.kind", "=", "shoes"), count=2), {1}),
        (Did(entity="purchase", where=Compare("good.kind", "=", "shoes"), op="<", count=2), {2, 3, 4, 5}),
        (Did(entity="purchase", where=Not(Compare("purchase.channel", "=", "web"))), {1, 2, 4}),
        (Did(entity="good", count=2), {1, 2}),  # different goods, by way of the lines
        (Did(entity="good", where=Compare("line.bought_at", "<", "2026-01-01")), {1, 2}),  # 4 bought something unnamed
    ],
)
def test_what_people_did(who, where: Predicate, members: set[int]) -> None:
    assert who(where) == members


@pytest.mark.parametrize(
    ("where", "members"),
    [
        (HasMetric(metric="purchases", op="<", value=2), {2, 3, 5}),
        (HasMetric(metric="purchases", op="=", value=0), {5}),
        (HasMetric(metric="purchases", op="!=", value=2), {2, 3, 5}),
        (HasMetric(metric="sales", op="<=", value=50), {2, 5}),
        (HasMetric(metric="sales", op=">=", value=30, high=100), {2, 4}),
        (HasMetric(metric="sales", op=">=", value=0, high=50), {2, 5}),
        (HasMetric(metric="basket", op="<", value=100), {1, 2, 4}),
        (Not(HasMetric(metric="basket", op="<", value=100)), {3, 5}),
        (HasMetric(metric="contacts", op=">=", value=2), {1, 2, 4, 5}),
        (HasMetric(metric="contacts", op="<", value=2), {3}),
        (HasMetric(metric="sales", op=">=", value=60, time=SEPTEMBER), {1}),
        (HasMetric(metric="sales", op=">=", value=60, where=Compare("good.kind", "=", "bags")), {4}),
        (HasMetric(metric="purchases", op=">=", value=1, where=Compare("purchase.channel", "=", "shop")), {1}),
    ],
)
def test_people_without_rows_have_zero_of_a_sum_and_no_ratio(who, where: Predicate, members: set[int]) -> None:
    assert who(where) == members


@pytest.mark.parametrize(
    ("where", "members"),
    [
        (Ranked(metric="purchases", count=1), {1}),  # members 1 and 4 have two: the smaller key
        (Ranked(metric="purchases", count=3), {1, 2, 4}),  # then members 2 and 3 have one
        (Ranked(metric="sales", share=0.5), {1, 3}),
        (Ranked(metric="sales", share=0.01), {3}),
        (Ranked(metric="sales", share=1.0), {1, 2, 3, 4}),
        (Ranked(metric="sales", direction="bottom", count=1), {2}),
        (Ranked(metric="basket", direction="bottom", share=0.5), {2, 4}),
    ],
)
def test_ranks_break_ties_by_key_and_leave_out_who_has_nothing(who, where: Predicate, members: set[int]) -> None:
    assert who(where) == members


def test_conditions_on_people_filter_the_rows_of_their_events(ask) -> None:
    gold_or_repeat = Or((Compare("member.level", "=", "gold"), Did(entity="purchase", count=3)))
    assert ask(Query(metrics=("sales",), where=gold_or_repeat, time=SEPTEMBER)) == [(Decimal(150),)]
    others = Not(Ranked(metric="sales", count=1))  # member 3; rows without a member are others too
    assert ask(Query(metrics=("sales",), where=others)) == [(Decimal(300),)]


# -- order, limit, bounds, shares ----------------------------------------------------------------------------------------


def test_ties_in_the_order_are_broken_by_the_groups(ask) -> None:
    by_purchases = Query(metrics=("purchases",), by=(ByField("member.member_id"),), order=(Order("purchases"),))
    assert ask(by_purchases) == [(1, 2), (4, 2), (2, 1), (3, 1), (None, 1)]


def test_levels_stand_in_their_own_order_also_over_several_kinds_of_events(ask) -> None:
    rows = ask(Query(metrics=("purchases", "visits"), by=(ByField("member.level"),)))
    assert rows == [("basic", 0, 2), ("silver", 3, 1), ("gold", 3, 2), (None, 1, 1)]


def test_unknown_values_come_last_in_both_directions(ask) -> None:
    for descending in (True, False):
        query = Query(
            metrics=("purchases_per_visit",),
            by=(ByField("town.region"),),
            time=OCTOBER,
            order=(Order("purchases_per_visit", descending),),
        )
        assert ask(query) == [(None, 0.0), ("north", None)]


def test_shares_are_of_the_whole_whatever_is_cut_or_bounded(ask) -> None:
    everything = ask(Query(metrics=("sales",), by=(ByField("purchase.channel"),), share=True))
    assert everything == [("web", Decimal(330), 0.66), (None, Decimal(100), 0.2), ("shop", Decimal(70), 0.14)]
    first = ask(Query(metrics=("sales",), by=(ByField("purchase.channel"),), share=True, limit=1))
    assert first == everything[:1]
    bounded = Bound(metric="sales", op="<", value=200)
    rest = ask(Query(metrics=("sales",), by=(ByField("purchase.channel"),), share=True, having=(bounded,)))
    assert rest == [("shop", Decimal(70), 0.14)]


def test_what_is_unknown_is_neither_ranked_nor_held_against_a_bound_and_this_is_said(ask) -> None:
    ranking = Query(metrics=("members",), by=(ByField("member.town"),), limit=2)
    assert ask(ranking) == [("Shanghai", 2), ("Beijing", 1)]  # two members without a town are no town
    assert "unknown" in compile_query(ranking, tiny.context()).notes[0].en


def test_rates_have_no_shares(ask) -> None:
    with pytest.raises(InvalidPlanError):
        ask(Query(metrics=("basket",), by=(ByField("purchase.channel"),), share=True))


def test_a_bound_may_be_on_a_metric_that_is_not_shown(ask) -> None:
    query = Query(
        metrics=("sales",), by=(ByField("purchase.channel"),), having=(Bound(metric="purchases", op=">=", value=3),)
    )
    assert ask(query) == [("web", Decimal(330))]


# -- comparisons ---------------------------------------------------------------------------------------------------------


def test_several_comparisons_stand_side_by_side(ask) -> None:
    rows = ask(
        Query(
            metrics=("sales",),
            by=(ByField("good.kind"),),
            time=SEPTEMBER,
            compare_to=(Comparison.YEAR_BEFORE, Comparison.PERIOD_BEFORE),
        )
    )
    assert rows == [
        ("shoes", Decimal(130), Decimal(80), Decimal(50), 0.625, Decimal(0), Decimal(130), None),
        ("bags", Decimal(70), Decimal(0), Decimal(70), None, Decimal(0), Decimal(70), None),
    ]


def test_people_are_counted_within_each_period_not_across_them(ask) -> None:
    rows = ask(Query(metrics=("buyers", "repeat_buyers"), time=SEPTEMBER, compare_to=(Comparison.YEAR_BEFORE,)))
    assert rows == [(2, 1, 1, 1.0, 1, 0, 1, None)]  # member 1 bought in both years


def test_periods_meet_by_their_position(ask) -> None:
    rows = ask(
        Query(metrics=("sales",), by=(ByTime(Grain.MONTH),), time=THIRD_QUARTER, compare_to=(Comparison.YEAR_BEFORE,))
    )
    assert rows[-1] == (date(2026, 9, 1), Decimal(200), Decimal(80), Decimal(120), 1.5)
    assert [row[1:3] for row in rows[:2]] == [(Decimal(0), Decimal(0))] * 2


def test_what_is_counted_now_cannot_be_compared_or_drawn_over_time(ask) -> None:
    with pytest.raises(InvalidPlanError):
        ask(Query(metrics=("members",), compare_to=(Comparison.YEAR_BEFORE,)))
    with pytest.raises(InvalidPlanError):
        ask(Query(metrics=("members",), by=(ByTime(Grain.MONTH),)))
    compiled = compile_query(Query(metrics=("members",), time=SEPTEMBER), tiny.context())
    assert "as of now" in compiled.notes[0].en
