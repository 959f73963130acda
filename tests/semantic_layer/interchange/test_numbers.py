"""The same shop in three formats of other tools: what is read from each gives the numbers computed by hand.

orders      1    2    3    4          customer 1: Ann in Bern, 2: Bob in Rome, 3: Cid in Rome
customer    1    1    2    3
status      done done done open
amount      100  50   30   20         all 200, done 180
tax         10   5    3    2          net 90 + 45 + 27 + 18 = 180
day         2026-01-05, 2026-01-20, 2026-02-03, 2026-02-04
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.query import compile_query
from semantic_layer.definitions import load_definitions
from semantic_layer.interchange.native.folder import write_folder
from semantic_layer.interchange.read import Format, read_foreign
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import SemanticModel
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import ByField, Query
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny

OSSIE = """\
version: 0.2.0.dev0
name: shop
datasets:
- name: orders
  source: orders
  primary_key: [order_id]
  fields:
  - {name: order_id, expression: {dialects: [{dialect: ANSI_SQL, expression: order_id}]}, datatype: Integer}
  - {name: customer_id, expression: {dialects: [{dialect: ANSI_SQL, expression: customer_id}]}, datatype: Integer}
  - {name: status, expression: {dialects: [{dialect: ANSI_SQL, expression: status}]}, datatype: String}
  - {name: ordered_on, expression: {dialects: [{dialect: ANSI_SQL, expression: ordered_on}]}, datatype: Date}
  - {name: amount, expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}, datatype: Decimal}
  - {name: net, expression: {dialects: [{dialect: ANSI_SQL, expression: amount - tax}]}, datatype: Decimal}
- name: customers
  source: customers
  primary_key: [id]
  fields:
  - {name: id, expression: {dialects: [{dialect: ANSI_SQL, expression: id}]}, datatype: Integer}
  - {name: city, expression: {dialects: [{dialect: ANSI_SQL, expression: city}]}, datatype: String}
relationships:
- {name: buyer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
metrics:
- {name: revenue, expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount)}]}}
- {name: net_revenue, expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.net)}]}}
- name: aov
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount) / COUNT(DISTINCT orders.order_id)}]}
- name: done_revenue
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount) FILTER (WHERE orders.status = 'done')}]}
- name: done_percent
  expression: {dialects: [{dialect: ANSI_SQL, expression: 100 * done_revenue / revenue}]}
- {name: buyers, expression: {dialects: [{dialect: ANSI_SQL, expression: COUNT(DISTINCT orders.customer_id)}]}}
"""

SNOWFLAKE = """\
name: shop
tables:
- name: ORDERS
  base_table: {database: DB, schema: PUBLIC, table: orders}
  primary_key: {columns: [order_id]}
  dimensions:
  - {name: order_id, expr: order_id, data_type: "NUMBER(38,0)"}
  - {name: customer_id, expr: customer_id, data_type: "NUMBER(38,0)"}
  - {name: status, expr: status, data_type: VARCHAR}
  time_dimensions:
  - {name: ordered_on, expr: ordered_on, data_type: DATE}
  facts:
  - {name: amount, expr: amount, data_type: "NUMBER(18,4)"}
  - {name: net, expr: AMOUNT - TAX, data_type: "NUMBER(18,4)"}
  metrics:
  - {name: revenue, expr: SUM(amount)}
  - {name: net_revenue, expr: SUM(orders.net)}
  - {name: aov, expr: "DIV0(revenue, COUNT(DISTINCT order_id))"}
  - {name: done_revenue, expr: "SUM(IFF(status = 'done', amount, 0))"}
  - {name: buyers, expr: COUNT(DISTINCT customer_id)}
- name: customers
  base_table: {table: customers}
  primary_key: {columns: [id]}
  dimensions:
  - {name: id, expr: id, data_type: "NUMBER(38,0)"}
  - {name: city, expr: city, data_type: VARCHAR}
relationships:
- name: buyer
  left_table: ORDERS
  right_table: customers
  relationship_columns: [{left_column: customer_id, right_column: id}]
metrics:
- {name: done_percent, expr: 100 * orders.done_revenue / orders.revenue}
"""

CUBE = """\
cubes:
- name: orders
  sql_table: orders
  joins:
  - {name: customers, relationship: many_to_one, sql: "{CUBE}.customer_id = {customers.id}"}
  dimensions:
  - {name: order_id, sql: order_id, type: number, primary_key: true}
  - {name: status, sql: "{CUBE}.status", type: string}
  - {name: ordered_on, sql: ordered_on, type: time}
  - {name: amount, sql: amount, type: number}
  - {name: net, sql: "{amount} - {CUBE}.tax", type: number}
  measures:
  - {name: revenue, sql: "{amount}", type: sum}
  - {name: net_revenue, sql: "{net}", type: sum}
  - {name: number_of, type: count}
  - {name: aov, sql: "1.0 * {revenue} / NULLIF({number_of}, 0)", type: number}
  - {name: done_revenue, sql: amount, type: sum, filters: [{sql: "{CUBE}.status = 'done'"}]}
  - {name: done_percent, sql: "100.0 * {done_revenue} / {revenue}", type: number}
  - {name: buyers, sql: customer_id, type: count_distinct}
- name: customers
  sql: SELECT * FROM customers
  dimensions:
  - {name: id, sql: id, type: number, primary_key: true}
  - {name: city, sql: city, type: string}
"""

DATA = """
CREATE TABLE customers AS SELECT * FROM (VALUES (1, 'Ann', 'Bern'), (2, 'Bob', 'Rome'), (3, 'Cid', 'Rome')) t(id, name, city);
CREATE TABLE orders AS SELECT * FROM (VALUES
    (1, 1, 'done', 100::DECIMAL(18, 4), 10::DECIMAL(18, 4), DATE '2026-01-05'),
    (2, 1, 'done', 50, 5, DATE '2026-01-20'),
    (3, 2, 'done', 30, 3, DATE '2026-02-03'),
    (4, 3, 'open', 20, 2, DATE '2026-02-04')
) t(order_id, customer_id, status, amount, tax, ordered_on);
"""
ALL = ("revenue", "net_revenue", "aov", "done_revenue", "done_percent", "buyers")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as found:
        found.execute(DATA)
        yield found


@pytest.fixture(
    params=[(Format.OSSIE, OSSIE), (Format.SNOWFLAKE, SNOWFLAKE), (Format.CUBE, CUBE)], ids=lambda one: one[0]
)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> SemanticModel:
    source, text = request.param
    (tmp_path / "shop.yml").write_text(text, encoding="utf-8")
    found = read_foreign(tmp_path / "shop.yml", source, customer_entity="customers")
    write_folder(found.imported.model, tmp_path / "model")
    read, _ = load_definitions(tmp_path / "model")  # what is imported passes every check of our own definitions
    assert read.customer_entity == "customers"
    return read


def ask(connection: duckdb.DuckDBPyConnection, model: SemanticModel, query: Query) -> list[tuple[object, ...]]:
    context = CompileContext(
        index=ModelIndex(model),
        calendar=CompanyCalendar(model.conventions, (), date(2026, 3, 1)),
        segments=SegmentsInMemory(),
        materialised_tags=frozenset(),
    )
    return [
        tuple(round(float(cell), 4) if isinstance(cell, Decimal | float) else cell for cell in row)
        for row in tiny.run(connection, compile_query(query, context))
    ]


def test_the_whole_shop(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> None:
    assert ask(connection, model, Query(metrics=ALL)) == [(200, 180, 50, 180, 90, 3)]


def test_over_the_relationship(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> None:
    rows = ask(connection, model, Query(metrics=ALL, by=(ByField("customers.city"),)))
    assert sorted(rows, key=str) == [("Bern", 150, 135, 75, 150, 100, 1), ("Rome", 50, 45, 25, 30, 60, 2)]


def test_under_a_condition(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> None:
    orders = model.relationships[0].from_entity
    rows = ask(connection, model, Query(metrics=("revenue", "aov"), where=Compare(f"{orders}.status", "=", "done")))
    assert rows == [(180, 60)]
