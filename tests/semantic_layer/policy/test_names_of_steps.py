"""A step of a WITH sees its own FROM and that of statements around it, never that of the SELECT that the WITH stands before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import NotAllowedError
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.parse import parse_statement
from tests.semantic_layer.policy.shop import CATALOG, POLICY, database, user

NAMED_LIKE_A_TABLE = (
    "WITH counted AS (SELECT customer_key, COUNT(*) AS customers FROM customers GROUP BY 1),"
    " once AS (SELECT customer_key FROM counted WHERE customers = 1)"
    " SELECT COUNT(*) AS n FROM customers JOIN once ON once.customer_key = customers.customer_key"
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(database(tmp_path_factory.mktemp("shop")))
    yield engine
    engine.close()


@pytest.mark.parametrize("role", ["owner", "analyst", "east"])
def test_a_column_of_a_step_may_be_called_like_a_table(role: str, engine: DuckDBEngine) -> None:
    everybody = "SELECT COUNT(*) AS n FROM customers"
    counted, people = (
        engine.run(authorise(parse_statement(text), user(role), CATALOG, POLICY))
        for text in (NAMED_LIKE_A_TABLE, everybody)
    )
    assert list(counted.rows) == list(people.rows)


def test_a_step_still_sees_the_rows_of_a_statement_around_its_own() -> None:
    text = "SELECT (WITH x AS (SELECT customers AS whole) SELECT whole FROM x) AS whole FROM customers"
    with pytest.raises(NotAllowedError):
        authorise(parse_statement(text), user("owner"), CATALOG, POLICY)
