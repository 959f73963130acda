"""What must hold of every question, tried on many: negation splits people, groups add up, parts are inside the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semantic_layer.compiler.audience import compile_keys, compile_waterfall
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
from semantic_layer.query.time import Calendar, Grain, Rolling
from semantic_layer.query.types import Audience, ByField, ByTime, Query
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

EVERYBODY = {1, 2, 3, 4, 5}
OPS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
TIMES = st.sampled_from([None, Calendar(Grain.MONTH, -1), Calendar(Grain.YEAR, 0), Rolling(90, Grain.DAY)])
LEAVES: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(
        Compare, st.just("member.town"), st.sampled_from(["=", "!="]), st.sampled_from(["Shanghai", "Lhasa", "x'y"])
    ),
    st.builds(Compare, st.just("member.age"), OPS, st.integers(0, 60)),
    st.builds(Compare, st.just("member.level"), OPS, st.sampled_from(["basic", "silver", "gold"])),
    st.builds(Compare, st.just("member.joined_at"), OPS, st.sampled_from(["2026-09-01", "2026-09-30", "2024-02-29"])),
    st.builds(Compare, st.just("member.big_spender"), st.just("="), st.booleans()),
    st.builds(Among, st.just("town.region"), st.sampled_from([(), ("east",), ("east", "north")])),
    st.builds(Between, st.just("member.age"), st.integers(0, 30), st.integers(30, 60)),
    st.builds(Contains, st.just("member.town"), st.sampled_from(["hai", "%", "_", ""])),
    st.builds(IsNull, st.sampled_from(["member.town", "member.age", "member.favourite_kind"])),
    st.builds(Did, entity=st.sampled_from(["purchase", "visit", "line"]), op=OPS, count=st.integers(0, 3), time=TIMES),
    st.builds(
        HasMetric,
        metric=st.sampled_from(["sales", "basket", "visits", "contacts"]),
        op=OPS,
        value=st.integers(0, 200),
        time=TIMES,
    ),
    st.builds(Ranked, metric=st.sampled_from(["sales", "purchases"]), count=st.integers(1, 6)),
)
PREDICATES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda *parts: And(parts), inner, inner),
        st.builds(lambda *parts: Or(parts), inner, inner),
    ),
    max_leaves=5,
)
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as found:
        yield found


def members(connection: duckdb.DuckDBPyConnection, where: Predicate | None) -> set[Cell]:
    """Who meets `where`; nobody when it contradicts itself, which is refused."""
    try:
        compiled = compile_keys(Audience(where=where, entity="member"), tiny.context())
    except InvalidPlanError:
        return set()
    return {key for (key,) in tiny.run(connection, compiled)}


@FEW
@given(where=PREDICATES)
def test_a_condition_and_its_negation_split_everybody(connection: duckdb.DuckDBPyConnection, where: Predicate) -> None:
    inside, outside = members(connection, where), members(connection, Not(where))
    assert inside & outside == set()
    assert inside | outside == EVERYBODY or _refused(where)


@FEW
@given(left=PREDICATES, right=PREDICATES)
def test_and_is_the_common_part_and_or_is_both(
    connection: duckdb.DuckDBPyConnection, left: Predicate, right: Predicate
) -> None:
    one, other = members(connection, left), members(connection, right)
    assert members(connection, And((left, right))) == one & other
    assert members(connection, Or((left, right))) == one | other or _refused(Or((left, right)))


@FEW
@given(parts=st.lists(PREDICATES, min_size=2, max_size=3), data=st.data())
def test_the_order_of_conditions_does_not_matter(
    connection: duckdb.DuckDBPyConnection, parts: list[Predicate], data: st.DataObject
) -> None:
    turned = data.draw(st.permutations(parts))
    for combine in (And, Or):
        if not _refused(combine(tuple(parts))):
            assert members(connection, combine(tuple(turned))) == members(connection, combine(tuple(parts)))
    query = Query(metrics=("sales", "buyers"), by=(ByField("member.level"),), where=And(tuple(parts)))
    if _refused(And(tuple(parts))):
        return
    rows = tiny.run(connection, compile_query(query, tiny.context()))
    assert rows == tiny.run(connection, compile_query(replace(query, where=And(tuple(turned))), tiny.context()))


@FEW
@given(where=st.one_of(st.none(), PREDICATES), more=PREDICATES)
def test_one_condition_more_never_adds_people(
    connection: duckdb.DuckDBPyConnection, where: Predicate | None, more: Predicate
) -> None:
    both = more if where is None else And((where, more))
    assert members(connection, both) <= (EVERYBODY if where is None else members(connection, where)) or (
        where is not None and _refused(where)
    )


@FEW
@given(parts=st.lists(PREDICATES, min_size=1, max_size=4))
def test_each_step_of_a_waterfall_is_the_audience_so_far(
    connection: duckdb.DuckDBPyConnection, parts: list[Predicate]
) -> None:
    audience = Audience(where=And(tuple(parts)), entity="member")
    if _refused(And(tuple(parts))):
        return
    (steps,) = tiny.run(connection, compile_waterfall(audience, tiny.context()))
    assert steps[0] == 5
    assert all(later <= earlier for earlier, later in pairwise(steps))
    assert steps[-1] == len(members(connection, audience.where))


@FEW
@given(
    where=st.one_of(st.none(), PREDICATES),
    time=TIMES,
    field=st.sampled_from(["town.region", "member.level", "purchase.channel", "member.stage"]),
    grain=st.sampled_from(list(Grain)),
)
def test_groups_add_up_to_the_whole(
    connection: duckdb.DuckDBPyConnection, where: Predicate | None, time: object, field: str, grain: Grain
) -> None:
    if where is not None and _refused(where):
        return

    def total(*by: ByField | ByTime) -> list[Cell]:
        query = Query(metrics=("sales", "purchases"), by=by, where=where, time=time)  # type: ignore[arg-type]
        rows = tiny.run(connection, compile_query(query, tiny.context()))
        return [sum((row[at] for row in rows), start=0) for at in (-2, -1)]  # type: ignore[misc]

    whole = total()
    assert total(ByField(field)) == whole
    assert total(ByTime(grain)) == whole
    assert total(ByTime(grain), ByField(field)) == whole


def _refused(where: Predicate) -> bool:
    try:
        compile_keys(Audience(where=where, entity="member"), tiny.context())
    except InvalidPlanError:
        return True
    return False
