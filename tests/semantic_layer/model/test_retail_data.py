"""The retail definitions and the demo data fit together: keys, references, listed values, and levels of tags."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import semantic_layer.examples
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, ByField, Query
from semantic_layer.segments import SegmentsInMemory

ANALYST = User(name="ana", roles=("analyst",))
MODEL, POLICY = load_definitions(Path(semantic_layer.examples.__file__).parent / "retail" / "model")
INDEX = ModelIndex(MODEL)
NEVER_SENT = {"message.message_channel": {"电话"}}  # calls are made by people, not by the sending system
LEVELLED = [tag.qualified for tag in MODEL.tags if tag.name not in {"favourite_brand", "birthday_month"}]


@pytest.fixture(scope="module")
def data(retail_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own: one process may not open the same file with two configurations."""
    copied = shutil.copy(retail_snapshot, tmp_path_factory.mktemp("copy"))
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def layer(retail_snapshot: Path) -> Iterator[SemanticLayer]:
    engine = DuckDBEngine(retail_snapshot)
    yield SemanticLayer(INDEX, POLICY, engine, latest_day(INDEX, engine), SegmentsInMemory())
    engine.close()


def rows(data: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in data.execute(statement).fetchall()]


@pytest.mark.parametrize("name", [entity.name for entity in MODEL.entities])
def test_the_primary_key_is_one(name: str, data: duckdb.DuckDBPyConnection) -> None:
    entity = INDEX.entity(name)
    since = (entity.validity.start,) if entity.validity is not None else ()  # a history has one row a key and start
    keys = ", ".join((*entity.primary_key, *since))
    assert rows(data, f"SELECT {keys} FROM {entity.table} GROUP BY ALL HAVING count(*) > 1 LIMIT 1") == []


@pytest.mark.parametrize("name", [entity.name for entity in MODEL.entities])
def test_the_columns_are_there(name: str, data: duckdb.DuckDBPyConnection) -> None:
    entity = INDEX.entity(name)
    there = {str(row[0]) for row in rows(data, f"DESCRIBE {entity.table}")}
    assert [column.name for column in entity.columns if column.name not in there] == []


@pytest.mark.parametrize("relation", MODEL.relationships, ids=lambda relation: relation.name)
def test_every_reference_leads_somewhere(relation, data: duckdb.DuckDBPyConnection) -> None:
    many, one = INDEX.entity(relation.from_entity).table, INDEX.entity(relation.to_entity).table
    pairs = zip(relation.from_columns, relation.to_columns, strict=True)
    joined = " AND ".join(f"m.{left} = o.{right}" for left, right in pairs)
    known = " AND ".join(f"m.{left} IS NOT NULL" for left in relation.from_columns)
    lost = f"SELECT count(*) FROM {many} m WHERE {known} AND NOT EXISTS (SELECT 1 FROM {one} o WHERE {joined})"
    assert rows(data, lost) == [(0,)]


@pytest.mark.parametrize("field", [d.qualified for d in MODEL.dimensions if d.values and ":as_of" not in d.expr])
def test_listed_values_are_those_of_the_data(field: str, data: duckdb.DuckDBPyConnection) -> None:
    dimension = INDEX.dimension(field)
    table = INDEX.entity(dimension.entity).table
    found = {row[0] for row in rows(data, f"SELECT DISTINCT {dimension.expr} FROM {table}")} - {None}
    assert found == {value.value for value in dimension.values} - NEVER_SENT.get(field, set())


@pytest.mark.parametrize("tag", LEVELLED)
def test_every_level_of_a_tag_has_somebody(tag: str, layer: SemanticLayer) -> None:
    table = layer.run(Query(metrics=("customers",), by=(ByField(tag),)), ANALYST).table
    counts = {value: int(str(count)) for value, count in table.rows}
    wanted = [value.value for value in INDEX.tag(tag).values] or [True, False]
    assert {value: counts.get(value, 0) for value in wanted if counts.get(value, 0) < 5} == {}  # type: ignore[arg-type]


def test_high_value_is_the_top_fifth_of_those_with_two_orders(
    layer: SemanticLayer, data: duckdb.DuckDBPyConnection
) -> None:
    spend = rows(
        data,
        "SELECT customer_key, sum(net_amount) FROM orders WHERE customer_key IS NOT NULL "
        "AND ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' "
        "GROUP BY customer_key HAVING count(*) >= 2 ORDER BY 2 DESC, 1",
    )
    number = layer.count(Audience(where=Compare("customer.high_value", "=", True)), ANALYST)
    assert abs(number - len(spend) * 0.2) < 1
    keys = layer.keys(Audience(where=Compare("customer.high_value", "=", True)), ANALYST)
    assert set(keys) == {row[0] for row in spend[:number]}


def test_churn_risk_follows_the_customers_own_rhythm(layer: SemanticLayer, data: duckdb.DuckDBPyConnection) -> None:
    (expected,) = rows(
        data,
        """
        WITH seen AS (
            SELECT customer_key, count(*) AS n, min(CAST(ordered_at AS DATE)) AS a, max(CAST(ordered_at AS DATE)) AS b
            FROM orders WHERE customer_key IS NOT NULL GROUP BY customer_key
        )
        SELECT count(*) FROM seen
        WHERE DATE '2026-10-31' - b > 3 * CASE WHEN n = 1 THEN 90 WHEN (b - a) / (n - 1) < 30 THEN 30
                                          ELSE (b - a) / (n - 1) END
        """,
    )
    assert layer.count(Audience(where=Compare("customer.churn_risk", "=", "高")), ANALYST) == expected[0]


def test_spend_per_buyer_leaves_anonymous_purchases_out(layer: SemanticLayer, data: duckdb.DuckDBPyConnection) -> None:
    (expected,) = rows(
        data,
        "SELECT CAST(sum(net_amount) AS DOUBLE) / count(DISTINCT customer_key) FROM orders "
        "WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2025-11-01' "
        "AND ordered_at < TIMESTAMP '2026-11-01'",
    )
    (found,) = layer.run(Query(metrics=("spend_per_buyer",)), ANALYST).table.rows
    assert float(str(found[0])) == pytest.approx(float(str(expected[0])))
