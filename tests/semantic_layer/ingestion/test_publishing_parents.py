"""Lines of orders that know neither time nor customer have those of their order; what a source says itself stands."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.ingestion.blueprint import read_blueprint
from semantic_layer.ingestion.pipeline import Pipeline, Surroundings
from semantic_layer.ingestion.warehouse import Warehouse
from tests.semantic_layer.ingestion.pipeline.company import write_company

LINES = """
datasets:
- name: line
  label: {zh: 订单行, en: line}
  source: lines
  primary_key: [line_id]
  time: ordered_at
  columns: {line_id: string, order_id: string, customer_key: integer, ordered_at: timestamp, city: string, pieces: integer}
  fields:
  - {name: ordered_at, label: {zh: 时间, en: time of the line}, kind: time}
- name: shop
  label: {zh: 门店, en: shop}
  source: shops
  primary_key: [shop]
  columns: {shop: string, city: string}
relationships:
- {name: head, from: line, to: order, from_columns: [order_id], to_columns: [order_id]}
- {name: person, from: line, to: customer, from_columns: [customer_key], to_columns: [customer_key]}
"""
SOURCES = """
sources:
- name: lines
  label: {zh: 订单行, en: lines}
  kind: csv
  address: raw/lines.csv
  into: lines
  key: [行]
  columns: {行: line_id, 单: order_id, 件: pieces}
- name: shops
  label: {zh: 门店, en: shops}
  kind: csv
  address: raw/shops.csv
  into: shops
  key: [店]
  columns: {店: shop, 城市: city}
"""
NOW = datetime(2026, 11, 1, 8, 0)  # noqa: DTZ001


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory):
    folder = write_company(tmp_path_factory.mktemp("parents") / "shop")
    (folder / "model" / "lines.yml").write_text(LINES, encoding="utf-8")
    (folder / "sources" / "lines.yml").write_text(SOURCES, encoding="utf-8")
    (folder / "raw" / "lines.csv").write_text("行,单,件\n1,A1,2\n2,A1,1\n3,T1,5\n4,A99,7\n", encoding="utf-8")
    (folder / "raw" / "shops.csv").write_text("店,城市\nS1,苏州\nS2,杭州\n", encoding="utf-8")
    model, _ = load_definitions(folder / "model")
    around = Surroundings(now=lambda: NOW, variables={}, secret="a secret")
    loads = Pipeline(Warehouse(folder / "warehouse.duckdb"), read_blueprint(folder, model), around)
    loads.load(progress=lambda *_: None)
    loads.publish(folder / "out.duckdb", progress=lambda *_: None)
    with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as connection:
        yield connection


def test_a_line_has_the_time_and_the_customer_of_its_order_and_nothing_else_of_it(published) -> None:
    lines = published.execute("SELECT line_id, ordered_at, customer_key, city, pieces FROM lines ORDER BY 1").fetchall()
    assert lines == [
        ("1", datetime(2026, 10, 1, 9), 1, None, 2),  # noqa: DTZ001
        ("2", datetime(2026, 10, 1, 9), 1, None, 1),  # noqa: DTZ001
        ("3", datetime(2026, 10, 2, 10), 3, None, 5),  # noqa: DTZ001
        ("4", None, None, None, 7),
    ]


def test_a_list_of_shops_makes_nobody_a_customer(published) -> None:
    assert published.execute("SELECT count(*) FROM customers").fetchall() == [(6,)]
    assert published.execute("FROM shops ORDER BY 1").fetchall() == [("S1", "苏州"), ("S2", "杭州")]
