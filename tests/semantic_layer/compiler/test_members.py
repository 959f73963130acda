"""A list of people in a statement: one literal that finds exactly the listed keys, and syntax that serves nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlglot import exp, parse_one

from semantic_layer.compiler.audience import compile_audience_count, compile_keys
from semantic_layer.compiler.members import is_listed
from semantic_layer.compiler.text import readable
from semantic_layer.errors import InvalidPlanError, NotAllowedError
from semantic_layer.model.types import Column, ColumnType
from semantic_layer.policy.allowed import check_allowed
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.predicate import InSegment, Not
from semantic_layer.query.types import Audience
from semantic_layer.segments import Members, SegmentsInMemory
from tests.semantic_layer.compiler import tiny

# Bits 1010 0001 from key 2 on: the keys 2, 4 and 9.
LISTED = Members(2, bytes([0b10100001]))


def test_exactly_the_keys_with_a_bit_are_listed() -> None:
    connection = tiny.database()
    condition = is_listed(exp.column("k"), LISTED).sql("duckdb")
    keys = "(VALUES (-9223372036854775808), (-1), (0), (1), (2), (3), (4), (8), (9), (10), (9223372036854775807), (NULL)) AS t(k)"
    assert connection.execute(f"SELECT k FROM {keys} WHERE {condition} ORDER BY k").fetchall() == [(2,), (4,), (9,)]


def test_a_list_in_a_statement_is_authorised_and_read_back_short() -> None:
    long = SegmentsInMemory(lists={"list": Members(1, bytes([0b01100000]) + bytes(100))})
    context = replace(tiny.context(), segments=long)
    compiled = compile_keys(Audience(where=InSegment("list"), entity="member"), context)
    assert tiny.run(tiny.database(), compiled) == [(2,), (3,)]
    rest = compile_audience_count(Audience(where=Not(InSegment("list")), entity="member"), context)
    assert tiny.run(tiny.database(), rest) == [(3,)]
    policy = Policy(roles=(RolePolicy(name="any"),))
    allowed = authorise(compiled.tree, User(name="a", roles=("any",)), Catalog.from_model(tiny.MODEL), policy)
    assert tiny.database().execute(allowed.text).fetchall() == [(2,), (3,)]
    assert "… 136 …" in readable(compiled.tree)
    assert len(readable(compiled.tree)) < 600


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT GET_BIT(CAST(nick AS BIT), 0) FROM members",
        "SELECT GET_BIT(CAST(FROM_BASE64(nick) AS BIT), 0) FROM members",
        "SELECT FROM_BASE64('AAAA') FROM members",
        "SELECT CAST(FROM_BASE64('AAAA') AS BIT) FROM members",
        "SELECT CAST(FROM_BASE64('AAAA') AS VARCHAR) FROM members",
        "SELECT CAST('0101' AS BIT) FROM members",
        "SELECT GET_BIT(CAST('0101' AS BIT), 0) FROM members",
        "SELECT GET_BIT(CAST(FROM_BASE64((SELECT MAX(nick) FROM members)) AS BIT), 0) FROM members",
    ],
)
def test_bits_are_read_of_a_written_list_only(statement: str) -> None:
    with pytest.raises(NotAllowedError):
        check_allowed(parse_one(statement, dialect="duckdb"))


def test_people_without_whole_numbers_as_keys_cannot_be_listed() -> None:
    texts = tuple(
        replace(one, columns=(Column(name="member_id", type=ColumnType.STRING),)) if one.name == "member" else one
        for one in tiny.MODEL.entities
    )
    context = replace(
        tiny.context(model=replace(tiny.MODEL, entities=texts)), segments=SegmentsInMemory(lists={"list": LISTED})
    )
    with pytest.raises(InvalidPlanError, match="not one whole number"):
        compile_audience_count(Audience(where=InSegment("list"), entity="member"), context)


def test_a_list_has_at_least_one_bit() -> None:
    with pytest.raises(ValueError, match="no bits"):
        Members(0, b"")
