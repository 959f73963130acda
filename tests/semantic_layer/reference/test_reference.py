"""Random questions over random tables, answered twice: by a compiled statement, and row by row in plain Python.

The evaluator beside this file shares nothing with the compiler but the definitions and the parser of SQL expressions. Most
runs are short; the tests marked slow ask many more questions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

import duckdb
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from semantic_layer.compiler.audience import compile_keys
from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Audience, Query
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.reference import shop
from tests.semantic_layer.reference.answers import answer
from tests.semantic_layer.reference.conditions import holds
from tests.semantic_layer.reference.figures import Figures
from tests.semantic_layer.reference.questions import CONDITIONS_ON_MEMBERS, queries
from tests.semantic_layer.reference.world import World, frames_of

SEEDS = st.integers(0, 2)
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
FEW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=QUIET)
MANY = settings(max_examples=1500, deadline=None, suppress_health_check=QUIET)
CONTEXT = tiny.context(model=shop.MODEL)
READER = User(name="Ana", roles=("reader",))
POLICY = Policy(roles=(RolePolicy(name="reader", see_personal=True),))
CATALOG = Catalog.from_model(shop.MODEL)
Rows = Sequence[Sequence[object]]


@cache
def world(seed: int) -> tuple[duckdb.DuckDBPyConnection, World]:
    """One random company; the same for the same seed."""
    connection = shop.database(seed)
    return connection, World(shop.MODEL, frames_of(connection, shop.MODEL), shop.TODAY)


def asked(query: Query, seed: int) -> list[tuple[object, ...]]:
    """Compiled, authorised and run; refused questions are not counted."""
    try:
        compiled = compile_query(query, CONTEXT)
    except InvalidPlanError as refusal:
        event(f"refused: {refusal.message.en[:40]}")
        assume(False)
        raise
    allowed = authorise(compiled.tree, READER, CATALOG, POLICY, uses=compiled.computed, listed=compiled.listed)
    cursor = world(seed)[0].execute(allowed.text)
    assert [column[0] for column in cursor.description or ()] == [column.name for column in compiled.columns]
    return cursor.fetchall()


def agree(query: Query, seed: int) -> None:
    found = asked(query, seed)
    wanted = answer(world(seed)[1], query)
    if query.limit is None:
        found, wanted = counted(query, found), counted(query, wanted)
    else:
        whole = asked(replace(query, limit=None), seed)
        assume(len(counted(query, whole)) == len(whole))
    assert len(found) == len(wanted)
    for left, right in zip(found, wanted, strict=True):
        assert len(left) == len(right)
        assert all(same(one, other) for one, other in zip(left, right, strict=True)), (left, right)


def counted(query: Query, rows: Rows) -> list[Sequence[object]]:
    """Without groups in which nothing is counted: whether these are shown depends on what else is read with them."""
    if query.share or query.rank:
        return list(rows)
    return [row for row in rows if any(cell not in (None, 0) for cell in row[len(query.by) :])]


def same(left: object, right: object) -> bool:
    if isinstance(left, int | float | Decimal) and isinstance(right, int | float | Decimal):
        return math.isclose(float(left), float(right), rel_tol=1e-9, abs_tol=1e-9)
    return left == right


@FEW
@given(query=queries(), seed=SEEDS)
def test_a_question_has_the_answer_of_its_definition(query: Query, seed: int) -> None:
    agree(query, seed)


def judged(where: Predicate, seed: int) -> None:
    """Who meets a condition, by a statement and one by one; and that what does not meet it is all the others."""
    connection, people = world(seed)
    try:
        compiled = compile_keys(Audience(where=where, entity="member"), CONTEXT)
    except InvalidPlanError:
        assume(False)
        raise
    found = [key for (key,) in connection.execute(compiled.tree.sql("duckdb")).fetchall()]
    figures = Figures(people)
    wanted = [row.cells["member_id"] for row in people.rows("member") if holds(people, figures, row, where)]
    assert sorted(found) == sorted(wanted)


@settings(FEW, max_examples=60)
@given(where=CONDITIONS_ON_MEMBERS, seed=SEEDS)
def test_the_people_of_a_condition_are_those_that_meet_it(where: Predicate, seed: int) -> None:
    judged(where, seed)


@pytest.mark.slow
@MANY
@given(where=CONDITIONS_ON_MEMBERS, seed=st.integers(0, 40))
def test_the_people_of_many_conditions_are_those_that_meet_them(where: Predicate, seed: int) -> None:
    judged(where, seed)


@pytest.mark.slow
@MANY
@given(query=queries(), seed=st.integers(0, 40))
def test_many_questions_have_the_answers_of_their_definitions(query: Query, seed: int) -> None:
    agree(query, seed)


@pytest.mark.slow
@pytest.mark.parametrize("metric", [metric.name for metric in shop.METRICS])
@settings(MANY, max_examples=40)
@given(data=st.data(), seed=SEEDS)
def test_every_metric_has_the_value_of_its_definition(metric: str, data: st.DataObject, seed: int) -> None:
    query = data.draw(queries(metrics=(metric,)))
    agree(query, seed)
