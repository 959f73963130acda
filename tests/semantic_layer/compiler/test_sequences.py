"""What people did in its order, over the tiny company (see `tiny` and `test_metric_kinds`), computed by hand.

visits      m1 2026-09-02, m1 09-03, m2 09-03, nobody 09-05, m5 09-30, m5 10-31
purchases   m1 2025-09-20, 2026-09-01, 09-30 · m2 2024-02-29, 2026-09-15 · m3 10-01 · m4 2025-12-31, 2026-01-01
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from semantic_layer.compiler.audience import compile_keys
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.grain import Grain
from semantic_layer.query.predicate import Compare, Did, Not, Predicate, Then
from semantic_layer.query.time import Calendar, Span
from semantic_layer.query.types import Audience
from tests.semantic_layer.compiler import tiny


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as found:
        yield found


@pytest.fixture
def who(connection: duckdb.DuckDBPyConnection):
    def answer(where: Predicate, as_of: date | None = None) -> list[object]:
        audience = Audience(entity="member", where=where, as_of=as_of)
        return [row[0] for row in tiny.run(connection, compile_keys(audience, tiny.context()))]

    return answer


def visited_then(**more: object) -> Did:
    return Did(entity="visit", then=Then(entity="purchase", **more))  # type: ignore[arg-type]


def test_a_then_b_in_time(who) -> None:
    assert who(visited_then()) == [1, 2]
    assert who(visited_then(count=13)) == [2]  # 12 days and 2 hours; member 1 came back after 27 days
    assert who(visited_then(count=27)) == [2]  # 27 days and 15 hours
    assert who(visited_then(count=28)) == [1, 2]


def test_a_then_not_b_counts_only_what_is_decided(who) -> None:
    assert who(visited_then(happened=False)) == [5]
    assert who(visited_then(count=13, happened=False)) == [1, 5]  # 5 by the visit of 30 September
    assert who(visited_then(count=40, happened=False)) == []  # 30 September + 40 days is not over
    assert who(visited_then(count=30, happened=False)) == [5]  # 30 September + 30 days is 30 October


def test_the_reverse_leaves_everybody_else(who) -> None:
    assert who(Not(visited_then(count=13))) == [1, 3, 4, 5]


def test_how_often_it_was_followed(who) -> None:
    often = Did(entity="visit", then=Then(entity="purchase", count=29), count=2)
    assert who(often) == [1]  # both visits of member 1 are followed by the purchase of the 30th


def test_the_same_row_does_not_follow_itself(who) -> None:
    again = Did(entity="purchase", then=Then(entity="purchase", count=1))
    assert who(again) == [4]  # 31 December 23:59:59, 1 January 00:00:00
    assert who(Did(entity="purchase", then=Then(entity="purchase", count=30))) == [1, 4]  # 1 to 30 September


def test_conditions_on_both_ends(who) -> None:
    web_then_shop = Did(
        entity="purchase",
        where=Compare("purchase.channel", "=", "web"),
        then=Then(entity="purchase", where=Compare("purchase.channel", "=", "shop"), count=30),
    )
    assert who(web_then_shop) == [1]
    in_time = tiny.replace(web_then_shop, time=Span(date(2026, 9, 2), date(2026, 9, 30)))
    assert who(in_time) == []


def test_first_and_last_times(who) -> None:
    september = Calendar(Grain.MONTH, -1)
    assert who(Did(entity="purchase", time=september)) == [1, 2]
    assert who(Did(entity="purchase", which="first", time=september)) == []  # both had bought before
    assert who(Did(entity="purchase", which="last", time=september)) == [1, 2]
    assert who(Did(entity="purchase", which="first", time=Calendar(Grain.MONTH, 0))) == [3]
    first_shoes = Did(entity="line", where=Compare("good.kind", "=", "shoes"), which="first", time=september)
    assert who(first_shoes) == []
    first_bags = Did(entity="line", where=Compare("good.kind", "=", "bags"), which="first", time=september)
    assert who(first_bags) == [1, 2]


def test_nothing_after_the_day_asked_on_is_known(who) -> None:
    assert who(visited_then(), as_of=date(2026, 9, 20)) == [2]


def test_lengths_must_be_lengths(who) -> None:
    with pytest.raises(InvalidPlanError):
        who(visited_then(count=0))
