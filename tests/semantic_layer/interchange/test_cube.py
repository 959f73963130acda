"""Cube's data models in YAML: what is carried, what is not, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import DataError, DefinitionError
from semantic_layer.interchange.cube import read_cube
from semantic_layer.interchange.losses import Imported
from semantic_layer.model.grain import Offset
from semantic_layer.model.types import (
    Aggregation,
    ColumnType,
    Cumulative,
    Derived,
    Dimension,
    DimensionKind,
    Input,
    Measure,
    Metric,
    Ratio,
    Simple,
    Unit,
)
from tests.semantic_layer.interchange.meaning import losses
from tests.semantic_layer.model.small_model import line_of, spoiled

SHOP = """\
cubes:
- name: orders
  sql_table: public.orders
  title: Orders placed
  description: One row per order
  data_source: default
  meta: {ai_context: {synonyms: [purchases], instructions: Use it for money}, color: red}
  joins:
  - {name: customers, relationship: many_to_one, sql: "{CUBE}.customer_id = {customers.id}"}
  - {name: plans, relationship: one_to_one, sql: "{CUBE.plan_id} = {plans}.id AND {CUBE}.plan_year = {plans}.year"}
  - {name: nowhere, relationship: many_to_one, sql: "{CUBE}.x = {nowhere.id}"}
  - {name: logs, relationship: many_to_one, sql: "{CUBE}.id > {logs}.id"}
  dimensions:
  - {name: id, sql: id, type: number, primary_key: true}
  - {name: status, sql: "{CUBE}.status", type: string, meta: {ai_context: state of the order}}
  - {name: plan_id, sql: plan, type: number}
  - {name: created_at, sql: created_at, type: time, granularities: [{name: fiscal, interval: 1 year}]}
  - {name: is_paid, sql: "{CUBE}.paid = 1", type: boolean, title: Paid}
  - name: size
    type: string
    case:
      when: [{sql: "{amount} > 100", label: big}, {sql: "${CUBE}.amount > 10", label: it's fine}]
      else: {label: small}
  - {name: amount, sql: amount, type: number, format: currency}
  - {name: net, sql: "{amount} - {CUBE}.tax", type: number}
  - {name: place, type: geo, latitude: {sql: "{CUBE}.lat"}, longitude: {sql: "{CUBE}.lon"}}
  - {name: buyer_city, sql: "{customers.city}", type: string}
  - {name: secret, sql: s, type: string, public: false}
  - {name: others, sql: "{customers.count}", type: number, sub_query: true}
  - {name: templated, sql: "{{ column }}", type: string}
  measures:
  - {name: count, type: count, drill_members: [id]}
  - {name: revenue, sql: "{amount}", type: sum, format: currency, title: Revenue}
  - name: paid_revenue
    sql: "{net}"
    type: sum
    filters: [{sql: "{CUBE}.status = 'paid'"}, {sql: "{is_paid}"}]
  - {name: aov, sql: "1.0 * {revenue} / NULLIF({count}, 0)", type: number}
  - {name: paid_share, sql: "100.0 * {paid_revenue} / {revenue}", type: number, format: percent}
  - {name: rolling, sql: amount, type: sum, rolling_window: {trailing: 7 day}}
  - {name: of_last_month, sql: amount, type: sum, rolling_window: {trailing: 1 months}}
  - {name: mtd, sql: amount, type: sum, rolling_window: {type: to_date, granularity: month}}
  - {name: total, sql: amount, type: max, rolling_window: {trailing: unbounded}}
  - {name: ahead, sql: amount, type: sum, rolling_window: {leading: 7 day}}
  - {name: before, sql: amount, type: sum, rolling_window: {trailing: 7 day, offset: start}}
  - name: last_year
    sql: "{revenue}"
    type: number
    multi_stage: true
    time_shift: [{time_dimension: created_at, interval: 1 year, type: prior}]
  - name: next_year
    sql: "{revenue}"
    type: number
    multi_stage: true
    time_shift: [{time_dimension: created_at, interval: 1 year, type: next}]
  - {name: buyers, sql: customer_id, type: count_distinct_approx}
  - {name: per_customer, sql: "{revenue} / {customers.count}", type: number}
  - {name: raw, sql: "SUM({CUBE}.amount) / COUNT(*)", type: number}
  - {name: state, sql: MAX(status), type: string}
  - {name: filtered, sql: "{FILTER_PARAMS.orders.status.filter('x')}", type: sum}
  - {name: cross, sql: "{CUBE}.amount * {customers.rate}", type: sum}
  - {name: hidden_sum, sql: amount, type: avg, public: false}
  - {name: limited, sql: "{revenue}", type: number, filters: [{sql: "{is_paid}"}]}
  segments: [{name: done, sql: "{CUBE}.status = 'done'"}]
  hierarchies: [{name: h, levels: [status]}]
  pre_aggregations: [{name: main, measures: [count]}]
  access_policy: [{role: "*"}]
- name: customers
  sql: SELECT * FROM shop.customers;
  public: false
  joins:
  - {name: orders, relationship: one_to_many, sql: "{CUBE}.id = {orders}.customer_id"}
  dimensions:
  - {name: id, sql: id, type: number, primary_key: true}
  - {name: city, sql: city, type: string}
  - {name: rate, sql: rate, type: number}
  - {name: status, sql: status, type: string}
  measures:
  - {name: count, type: count}
- name: plans
  sql_table: plans
  dimensions:
  - {name: id, sql: id, type: number, primary_key: true}
  - {name: year, sql: year, type: number, primary_key: true}
- {name: logs, sql_table: logs}
- {name: child, extends: orders, sql_table: c}
- name: odd
  sql: SELECT 1 AS a
views:
- name: shop
  cubes: [{join_path: orders.customers, includes: "*"}]
"""


def written(folder: Path, text: str, name: str = "shop.yml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return read_cube(written(tmp_path_factory.mktemp("cube"), SHOP), customer_entity="customers")


@pytest.fixture(scope="module")
def metrics(shop: Imported) -> dict[str, Metric]:
    return {metric.name: metric for metric in shop.model.metrics}


@pytest.fixture(scope="module")
def fields(shop: Imported) -> dict[str, Dimension]:
    return {field.qualified: field for field in shop.model.dimensions}


def measure(agg: Aggregation, expr: str = "", entity: str = "orders", **more: object) -> Simple:
    return Simple(measures=(Measure(entity=entity, agg=agg, expr=expr, **more),))  # type: ignore[arg-type]


def test_cubes_are_entities(shop: Imported) -> None:
    assert [(one.name, one.table, one.primary_key) for one in shop.model.entities] == [
        ("orders", "orders", ("id",)),
        ("customers", "customers", ("id",)),
        ("plans", "plans", ("id", "year")),
        ("logs", "logs", ()),
    ]
    orders = shop.model.entities[0]
    assert orders.words.label.zh == orders.words.label.en == "Orders placed"
    assert orders.words.synonyms == ("purchases",)
    assert orders.words.instructions == "Use it for money"
    assert orders.time == "created_at"


def test_dimensions_are_fields(fields: dict[str, Dimension]) -> None:
    assert fields["orders.id"].type is ColumnType.DECIMAL  # a number, and it is not said which
    assert fields["orders.created_at"].kind is DimensionKind.TIME
    assert (fields["orders.is_paid"].expr, fields["orders.is_paid"].type) == ("paid = 1", ColumnType.BOOLEAN)
    assert fields["orders.is_paid"].words.label.en == "Paid"
    assert fields["orders.status"].words.instructions == "state of the order"
    assert fields["orders.net"].expr == "amount - tax"
    case = "CASE WHEN amount > 100 THEN 'big' WHEN amount > 10 THEN 'it''s fine' ELSE 'small' END"
    assert fields["orders.size"].expr == case
    assert (fields["orders.place_latitude"].expr, fields["orders.place_longitude"].expr) == ("lat", "lon")
    assert fields["orders.place_latitude"].type is ColumnType.FLOAT
    for name in ("buyer_city", "secret", "others", "templated"):
        assert f"orders.{name}" not in fields


def test_joins_are_relationships(shop: Imported) -> None:
    assert [(one.from_entity, one.to_entity, one.from_columns, one.to_columns) for one in shop.model.relationships] == [
        ("orders", "customers", ("customer_id",), ("id",)),  # both cubes declare it
        ("orders", "plans", ("plan", "plan_year"), ("id", "year")),
    ]


def test_measures_are_simple_metrics(metrics: dict[str, Metric]) -> None:
    assert metrics["revenue"].body == measure(Aggregation.SUM, "amount")
    assert metrics["revenue"].words.label.en == "Revenue"
    assert metrics["hidden_sum"].body == measure(Aggregation.AVERAGE, "amount")
    assert metrics["hidden_sum"].hidden
    assert metrics["buyers"].body == measure(Aggregation.COUNT_DISTINCT, "customer_id")
    assert metrics["buyers"].unit is Unit.COUNT
    where = "(status = 'paid') AND (paid = 1)"
    assert metrics["paid_revenue"].body == measure(Aggregation.SUM, "amount - tax", where=where)


def test_a_name_that_two_cubes_use_gets_the_cube_in_front(metrics: dict[str, Metric]) -> None:
    assert metrics["orders_count"].body == measure(Aggregation.COUNT)
    assert metrics["customers_count"].body == measure(Aggregation.COUNT, entity="customers")
    assert metrics["customers_count"].words.label.zh == "customers_count"
    assert "count" not in metrics


def test_numbers_are_ratios_or_derived(metrics: dict[str, Metric]) -> None:
    assert metrics["aov"].body == Ratio(numerator=Input("revenue"), denominator=Input("orders_count"))
    assert metrics["raw"].body == Ratio(numerator=Input("revenue"), denominator=Input("orders_count"))
    assert metrics["per_customer"].body == Ratio(numerator=Input("revenue"), denominator=Input("customers_count"))
    assert metrics["paid_share"].body == Derived(
        expr="100.0 * paid_revenue / revenue", inputs=(Input("paid_revenue"), Input("revenue"))
    )


def test_rolling_windows_are_cumulative(metrics: dict[str, Metric]) -> None:
    assert metrics["rolling"].body == Cumulative(input="revenue", window="7 days")
    assert metrics["of_last_month"].body == Cumulative(input="revenue", window="1 month")
    assert metrics["mtd"].body == Cumulative(input="revenue", grain_to_date="month")
    assert metrics["total"].body == Cumulative(input="total_part")
    assert metrics["total_part"].body == measure(Aggregation.MAX, "amount")
    assert metrics["total_part"].hidden


def test_a_shift_to_the_past_is_an_offset(metrics: dict[str, Metric]) -> None:
    assert metrics["last_year"].body == Derived(
        expr="revenue", inputs=(Input("revenue", offset=Offset("year", count=1)),)
    )
    assert "next_year" not in metrics


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("cubes[orders].segments", "写成标签", "Write it as a tag"),
        ("cubes[orders].access_policy", "权限规则没有导入", "Rules of access are not carried"),
        ("cubes[orders].pre_aggregations", "只关系到快慢", "about speed"),
        ("cubes[orders].hierarchies", "下钻路径", "drill down"),
        ("cubes[orders].data_source", "数据放在哪里", "Where the data is kept"),
        ("cubes[orders].meta.color", "没有与它对应的内容", "Nothing here corresponds to it"),
        ("cubes[orders].sql_table", "库和模式（public）", "Database and schema (public)"),
        ("cubes[customers].public", "不公开", "not public in the source"),
        ("cubes[child].extends", "继承自别的 cube", "extends another cube"),
        ("cubes[odd].sql", "一段查询", "read from a query"),
        ("views shop", "视图只是挑选成员", "A view only picks members"),
        ("cubes[orders].dimensions[created_at].granularities", "自己的时间粒度", "Grains of its own"),
        ("cubes[orders].dimensions[amount].format", "怎样显示", "How it is shown"),
        ("cubes[orders].dimensions[secret].public", "来源不让人看它", "The source does not show it"),
        ("cubes[orders].dimensions[others].sub_query", "别的 cube 的指标", "a measure of another cube"),
        ("orders.templated", "SQL 里有模板", "The SQL holds a template"),
        ("orders.buyer_city", "另一张表「customers」的列", "a column of another table, 'customers'"),
        ("orders → nowhere", "没有读到名为「nowhere」的表", "There is no table 'nowhere'"),
        ("orders → logs", "不是两边的列相等", "not by columns of the two being equal"),
        ("cubes[orders].measures[count].drill_members", "怎样显示", "How it is shown"),
        ("cubes[orders].measures[revenue].format", "哪种货币", "which currency"),
        ("cubes[orders].measures[paid_share].format", "12 还是 0.12", "12 or 0.12"),
        ("cubes[orders].measures[buyers].type", "精确计数", "counted exactly"),
        ("orders.ahead", "只到当期末尾", "end with the period itself"),
        ("orders.before", "只到当期末尾", "end with the period itself"),
        ("orders.next_year", "平移到将来", "into the future"),
        ("orders.state", "没有对应 string 的指标", "No metric here is like 'string'"),
        ("orders.filtered", "SQL 里有模板", "The SQL holds a template"),
        ("orders.cross", "跨多张表（customers、orders）", "over several tables (customers, orders)"),
        ("orders.limited", "不能再加条件", "cannot have a condition of its own"),
        ("orders.columns", "amount: decimal", "amount: decimal"),
        ("logs", "没有写明主键", "No key is given"),
    ],
)
def test_everything_that_is_not_carried_is_told(shop: Imported, name: str, zh: str, en: str) -> None:
    place, why_zh, why_en = losses(shop)[name]
    assert zh in why_zh
    assert en in why_en
    file, _, line = place.partition(":")
    assert file == "shop.yml"
    assert 0 < int(line) <= SHOP.count("\n")


def test_a_loss_stands_at_its_line(shop: Imported) -> None:
    assert losses(shop)["orders.cross"][0] == f"shop.yml:{line_of(SHOP, '- {name: cross')}"
    assert losses(shop)["cubes[orders].segments"][0] == f"shop.yml:{line_of(SHOP, 'segments:')}"


def test_the_files_of_a_folder_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "model" / "cubes").mkdir(parents=True)
    orders, _, customers = SHOP.partition("- name: customers\n")
    written(tmp_path / "model" / "cubes", orders, "orders.yml")
    written(tmp_path / "model" / "cubes", f"cubes:\n- name: customers\n{customers}", "customers.yaml")
    found = read_cube(tmp_path / "model")
    assert found.model.name == "model"
    assert {one.name for one in found.model.entities} == {"orders", "customers", "plans", "logs"}
    assert len(found.model.relationships) == 2


def test_a_folder_without_definitions_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        read_cube(tmp_path)
    assert "没有 Cube 的定义" in refused.value.message.zh
    assert "no Cube definitions" in refused.value.message.en


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("- name: customers\n", "- name: orders\n", "cubes[orders].name", "The cube 'orders' is defined twice"),
        ("  sql_table: plans\n", "", "cubes[plans].sql_table", "does not say which table it reads"),
        ("relationship: many_to_one", "relationship: many", "cubes[orders].joins[customers].relationship", "'many'"),
        ("{name: net, sql:", "{name: amount, sql:", "cubes[orders].dimensions[amount].name", "defined twice"),
        ("{name: aov, sql:", "{name: revenue, sql:", "cubes[orders].measures[revenue].name", "defined twice"),
        ("type: boolean", "type: bool", "cubes[orders].dimensions[is_paid].type", "'bool'"),
        ("type: count,", "type: cuont,", "cubes[orders].measures[count].type", "'cuont'"),
        ("longitude: {sql:", "longtude: {sql:", "cubes[orders].dimensions[place].longitude", "is missing"),
    ],
)
def test_a_fault_is_an_issue_with_its_line(tmp_path: Path, old: str, new: str, key: str, message: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_cube(written(tmp_path, spoiled(SHOP, old, new)))
    issue = next(one for one in refused.value.issues if one.key == key)
    assert (issue.file, issue.line > 0) == ("shop.yml", True)
    assert message in issue.message
    assert issue.remedy


def test_an_unknown_key_beside_views_is_told(tmp_path: Path) -> None:
    found = read_cube(written(tmp_path, spoiled(SHOP, "cubes:\n", "cubez:\n")))
    assert "cubez" in losses(found)


def test_an_empty_file_is_an_issue(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="The file is empty"):
        read_cube(written(tmp_path, "# nothing\n"))
