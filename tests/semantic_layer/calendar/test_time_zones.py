"""Times that are stored in one zone and asked about in another, from the definition to the locked engine.

sale          stored (UTC)          in New York              in Shanghai
1   10.00     2026-10-01 03:59      2026-09-30 23:59         2026-10-01 11:59
2   20.00     2026-10-01 04:00      2026-10-01 00:00         2026-10-01 12:00
3   40.00     2026-10-31 16:30      2026-10-31 12:30         2026-11-01 00:30
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DefinitionError
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Moment
from semantic_layer.query.time import Calendar, DatePart, Grain
from semantic_layer.query.types import ByTime, Query
from semantic_layer.segments import SegmentsInMemory

DEFINITIONS = """\
name: shop
label: {zh: 小店, en: shop}
conventions: {time_zone: America/New_York, as_of_from: sale.sold_at, week_start: sunday}
datasets:
- name: customer
  source: customers
  primary_key: [customer_key]
  label: {zh: 客户, en: customer}
  columns: {customer_key: integer}
- name: sale
  source: sales
  primary_key: [sale_id]
  label: {zh: 销售, en: sale}
  time: sold_at
  columns: {sale_id: integer, sold_utc: timestamp, amount: decimal}
  fields:
  - name: sold_at
    label: {zh: 销售时间, en: time of sale}
    expr: EXPRESSION
    type: timestamp
    kind: time
metrics:
- {name: amount, label: {zh: 金额, en: amount}, entity: sale, agg: sum, expr: amount, unit: currency}
"""
POLICIES = """\
roles:
- {name: analyst, label: {zh: 分析师, en: analyst}, entities: all}
"""
ANA = User(name="Ana", roles=("analyst",))
WITH_ZONE = ("TIMESTAMPTZ", "sold_utc AT TIME ZONE 'America/New_York'")
WITHOUT_ZONE = ("TIMESTAMP", "sold_utc AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'")


@pytest.fixture(scope="module", params=[WITH_ZONE, WITHOUT_ZONE], ids=["timestamptz", "timestamp"])
def layer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    """The column holds a zone, or is known to be in UTC; the definition says what is local."""
    kind, expression = request.param
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yml").write_text(DEFINITIONS.replace("EXPRESSION", expression), encoding="utf-8")
    (folder / "policies.yml").write_text(POLICIES, encoding="utf-8")
    model, policy = load_definitions(folder)
    path = folder / "snapshot_1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TABLE customers (customer_key INTEGER)")
        connection.execute(f"CREATE TABLE sales (sale_id INTEGER, sold_utc {kind}, amount DECIMAL(12, 2))")
        connection.execute(
            "INSERT INTO sales VALUES (1, '2026-10-01 03:59:00', 10), (2, '2026-10-01 04:00:00', 20), "
            "(3, '2026-10-31 16:30:00', 40)"
        )
    engine = DuckDBEngine(path)
    index = ModelIndex(model)
    yield SemanticLayer(index, policy, engine, latest_day(index, engine), SegmentsInMemory({}), clock=lambda: 0.0)
    engine.close()


def test_today_is_the_latest_local_day(layer: SemanticLayer) -> None:
    """In Shanghai it would be November already."""
    assert layer.as_of == date(2026, 10, 31)


def test_months_are_local_months(layer: SemanticLayer) -> None:
    query = Query(metrics=("amount",), by=(ByTime(Grain.MONTH),), time=Calendar(Grain.YEAR, 0))
    rows = {month: amount for month, amount in layer.run(query, ANA).table.rows if amount}
    assert rows == {date(2026, 9, 1): Decimal(10), date(2026, 10, 1): Decimal(60)}


def test_hours_are_local_hours(layer: SemanticLayer) -> None:
    noon = Moment(part=DatePart.HOUR, op="=", value=12)
    query = Query(metrics=("amount",), time=Calendar(Grain.YEAR, 0), where=noon)
    assert layer.run(query, ANA).table.rows == ((Decimal(40),),)


@pytest.mark.parametrize("zone", ["sale_id", "'Mars/Base'"])
def test_a_zone_that_is_none_is_refused_when_the_definitions_are_read(zone: str, tmp_path: Path) -> None:
    text = DEFINITIONS.replace("EXPRESSION", f"sold_utc AT TIME ZONE {zone}")
    (tmp_path / "shop.yml").write_text(text, encoding="utf-8")
    (tmp_path / "policies.yml").write_text(POLICIES, encoding="utf-8")
    with pytest.raises(DefinitionError, match="zone"):
        load_definitions(tmp_path)
