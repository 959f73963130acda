"""Honest analytical statements are accepted, run, and give the same as without the gate for a user who may see all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.parse import parse_statement
from tests.semantic_layer.policy.paragraphs import paragraphs
from tests.semantic_layer.policy.shop import CATALOG, DATA, POLICY, database, user

HONEST = paragraphs("honest_selects.sql")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(database(tmp_path_factory.mktemp("shop")))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(DATA)
        yield connection


def test_there_are_at_least_a_hundred() -> None:
    assert len(HONEST) >= 100
    assert len(set(HONEST)) == len(HONEST)


@pytest.mark.parametrize("text", HONEST)
def test_gives_the_owner_what_the_data_says(
    text: str, engine: DuckDBEngine, bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    cursor = bare.execute(text)
    names = tuple(column[0] for column in cursor.description or ())
    rows = cursor.fetchall()
    result = engine.run(authorise(parse_statement(text), user("owner"), CATALOG, POLICY))
    assert result.names == names
    if "ORDER BY" in text:
        assert list(result.rows) == rows
    else:
        assert sorted(map(repr, result.rows)) == sorted(map(repr, rows))


@pytest.mark.parametrize("text", HONEST)
@pytest.mark.parametrize("roles", [("analyst",), ("east",), ("east", "app_sales")])
def test_runs_for_roles_that_see_less(text: str, roles: tuple[str, ...], engine: DuckDBEngine) -> None:
    engine.run(authorise(parse_statement(text), user(*roles), CATALOG, POLICY))


@pytest.mark.parametrize("text", HONEST)
def test_printing_and_reading_again_changes_nothing(text: str) -> None:
    first = authorise(parse_statement(text), user("analyst"), CATALOG, POLICY).text
    again = parse_statement(first).sql(dialect="duckdb", comments=False)
    assert again == first
