"""Whatever is written, a role without the right never receives a protected value, and never learns one by asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DataError, NotAllowedError
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.parse import parse_statement
from tests.semantic_layer.policy.paragraphs import paragraphs
from tests.semantic_layer.policy.shop import CANARIES, CATALOG, POLICY, database, user

ATTEMPTS = paragraphs("bypass_attempts.sql")
UNMODELLED = ("secrets", "salary", "mayor", "duckdb_", "information_schema", "sqlite_master", "pg_catalog")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(database(tmp_path_factory.mktemp("shop")))
    yield engine
    engine.close()


@pytest.mark.parametrize("text", ATTEMPTS)
@pytest.mark.parametrize("role", ["analyst", "east"])
def test_no_protected_value_comes_out(text: str, role: str, engine: DuckDBEngine) -> None:
    try:
        result = engine.run(authorise(parse_statement(text), user(role), CATALOG, POLICY))
    except (NotAllowedError, DataError):
        return
    answer = repr(result.rows)
    assert not [canary for canary in CANARIES if canary in answer]


@pytest.mark.parametrize(
    "text", [a for a in ATTEMPTS if any(word in a for word in UNMODELLED) and "SELECT 1 AS token" not in a]
)
def test_what_is_not_modelled_is_closed_even_to_the_owner(text: str, engine: DuckDBEngine) -> None:
    with pytest.raises((NotAllowedError, DataError)):
        engine.run(authorise(parse_statement(text), user("owner"), CATALOG, POLICY))


ORACLES = [
    "SELECT COUNT(*) FROM customers WHERE phone {0} '13511118888'",
    "SELECT COUNT(*) FROM (SELECT phone AS p FROM customers) AS x WHERE p {0} '13511118888'",
    "WITH x AS (SELECT name, phone FROM customers) SELECT COUNT(*) FROM x WHERE phone {0} '13511118888'",
    "SELECT COUNT(*) FROM orders AS o WHERE (SELECT phone FROM customers AS c WHERE c.customer_key = o.customer_key) {0} '13511118888'",
    "SELECT COUNT(*) FROM (SELECT phone FROM customers UNION ALL SELECT email FROM customers) AS x(p) WHERE p {0} '13511118888'",
    "SELECT COUNT(*) FROM (SELECT COALESCE(phone, '') AS p FROM customers) AS x WHERE p {0} '13511118888'",
    "SELECT COUNT(*) FROM (SELECT ANY_VALUE(phone) AS p FROM customers GROUP BY customer_key) AS x WHERE p {0} '13511118888'",
]


@pytest.mark.parametrize("text", ORACLES)
def test_a_true_guess_is_answered_like_a_false_one(text: str, engine: DuckDBEngine) -> None:
    true, false = (text.format("="), text.format("=").replace("13511118888", "13500000000"))

    def answer(statement: str) -> str:
        try:
            return repr(engine.run(authorise(parse_statement(statement), user("analyst"), CATALOG, POLICY)).rows)
        except NotAllowedError as error:
            return error.message.en

    assert answer(true) == answer(false)


def test_the_right_to_see_opens_the_same_values(engine: DuckDBEngine) -> None:
    statement = parse_statement("SELECT name, phone FROM customers WHERE phone = '13511118888'")
    assert engine.run(authorise(statement, user("owner"), CATALOG, POLICY)).rows == (("张三丰", "13511118888"),)
