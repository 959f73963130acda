"""A shop of three customers and five orders, small enough to count by hand, in files that tests spoil one at a time."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.definitions import check_definitions
from semantic_layer.engines.base import Engine
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.ingestion.as_found import build_as_found
from semantic_layer.model.load import Loaded, raise_errors
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.types import Audience
from semantic_layer.review.check import check
from semantic_layer.review.compare import Side
from semantic_layer.review.data import Data
from semantic_layer.review.diff import DiffReport, diff
from semantic_layer.review.findings import Finding
from semantic_layer.segments import SegmentsInMemory

MODEL = """\
name: shop
label: {zh: 小店, en: shop}
conventions: {as_of: 2026-10-31}
datasets:
- name: customer
  source: customers
  primary_key: [customer_key]
  label: {zh: 客户, en: customer}
  columns: {customer_key: integer, town: string, phone: {type: string, sensitivity: contact}}
  fields:
  - name: town
    label: {zh: 城镇, en: town}
    values: [桐乡, 乌镇]
  - name: phone
    label: {zh: 电话, en: phone}
    kind: identifier
- name: order
  source: orders
  primary_key: [order_id]
  label: {zh: 订单, en: order}
  time: ordered_at
  columns: {order_id: integer, customer_key: integer, ordered_at: timestamp, amount: decimal, coupon: boolean}
  fields:
  - name: ordered_at
    label: {zh: 下单时间, en: order time}
  - name: coupon
    label: {zh: 用券, en: coupon}
relationships:
- {from: order, to: customer, from_columns: [customer_key], to_columns: [customer_key]}
metrics:
- {name: sales, label: {zh: 销售额, en: sales}, entity: order, agg: sum, expr: amount, unit: currency}
- {name: orders, label: {zh: 订单数, en: orders}, entity: order, agg: count, unit: count}
- {name: customers, label: {zh: 客户数, en: customers}, entity: customer, agg: count, unit: count, counts: customer}
- name: order_value
  label: {zh: 客单价, en: order value}
  type: ratio
  numerator: sales
  denominator: orders
tags:
- name: regular
  label: {zh: 常客, en: regular}
  kind: rule
  category: behaviour
  inputs: {n: {metric: orders}}
  when: n >= 2
samples:
- {zh: 销售额是多少, en: What are sales}
"""

POLICY = "roles:\n- {name: marketer, label: {zh: 营销, en: marketer}, entities: all}\n"

CUSTOMERS = "customer_key,town,phone\n1,桐乡,13800000001\n2,乌镇,13800000002\n3,桐乡,13800000003\n"

ORDERS = """\
order_id,customer_key,ordered_at,amount,coupon
1,1,2026-08-05 10:11:12,100,true
2,1,2026-09-10 10:11:12,50,false
3,2,2026-09-15 10:11:12,30,true
4,3,2026-10-01 10:11:12,200,false
5,2,2026-10-20 10:11:12,20,true
"""


def spoiled(text: str, old: str, new: str) -> str:
    """`text` with its first `old` replaced; the test is wrong when there is none."""
    assert old in text, f"{old!r} is not there"
    return text.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def write_shop(folder: Path, model: str = MODEL, **tables: str) -> Path:
    """The shop in `folder/model` and `folder/data`, with whole tables replaced or added by name."""
    (folder / "model").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "model" / "shop.yml").write_text(model, encoding="utf-8")
    (folder / "model" / "policies.yml").write_text(POLICY, encoding="utf-8")
    for name, text in {"customers": CUSTOMERS, "orders": ORDERS, **tables}.items():
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path, model: str) -> Loaded:
    """Definitions without errors."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.yml").write_text(model, encoding="utf-8")
    found, _, issues = check_definitions(folder)
    raise_errors(issues)
    return found


def findings(tmp_path: Path, model: str = MODEL, **tables: str) -> tuple[Finding, ...]:
    """What is found in the shop, definitions and data."""
    folder = write_shop(tmp_path / "shop", model, **tables)
    found, policy, issues = check_definitions(folder / "model")
    raise_errors(issues)
    unreadable = build_as_found(folder / "data", tmp_path / "found.duckdb", [found.model])
    engine = DuckDBEngine(tmp_path / "found.duckdb")
    try:
        return check(
            found, issues, Data(ModelIndex(found.model), engine, unreadable=unreadable), policy=policy
        ).findings
    finally:
        engine.close()


def difference(tmp_path: Path, old: str, new: str, segments: dict[str, Audience] | None = None) -> DiffReport:
    """The shop's report on two texts of definitions."""
    folder = write_shop(tmp_path / "shop")
    before, after = loaded(tmp_path / "old", old), loaded(tmp_path / "new", new)
    build_as_found(folder / "data", tmp_path / "found.duckdb", [before.model, after.model])
    engine = DuckDBEngine(tmp_path / "found.duckdb")
    try:
        return diff(before, after, (_side(before, engine, segments), _side(after, engine, segments)), segments)
    finally:
        engine.close()


def _side(one: Loaded, engine: Engine, segments: dict[str, Audience] | None) -> Side:
    index = ModelIndex(one.model)
    return Side(index=index, layer=Data(index, engine).layer(SegmentsInMemory(segments)))
