"""Snowflake's semantic model YAML: what is carried, what is not, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import DefinitionError
from semantic_layer.interchange.losses import Imported
from semantic_layer.interchange.snowflake import read_snowflake
from semantic_layer.model.types import (
    Aggregation,
    ColumnType,
    Derived,
    Dimension,
    DimensionKind,
    Input,
    Measure,
    Metric,
    NonAdditive,
    Ratio,
    Simple,
    Unit,
)
from tests.semantic_layer.interchange.meaning import losses
from tests.semantic_layer.model.small_model import line_of, spoiled

SALES = """\
name: SALES
description: Sales of a shop
tables:
- name: ORDERS
  description: One row per order
  synonyms: [purchases]
  base_table: {database: DB, schema: PUBLIC, table: ORDERS}
  primary_key: {columns: [ORDER_ID]}
  dimensions:
  - {name: ORDER_ID, expr: ORDER_ID, data_type: "NUMBER(38,0)", unique: true}
  - {name: CUSTOMER_ID, expr: CUSTOMER_ID, data_type: "NUMBER(38,0)"}
  - name: STATUS
    synonyms: [state of the order]
    description: Where the order stands
    expr: STATUS
    data_type: VARCHAR(20)
    is_enum: true
    sample_values: [done, open, Open]
  - {name: LEVEL, expr: LEVEL, data_type: "NUMBER(1,0)", is_enum: true, sample_values: ["1", "2"]}
  - {name: CITY, expr: CITY, data_type: TEXT, sample_values: [Berlin], cortex_search_service: {service: cities}}
  - {name: TOWN, expr: TOWN, data_type: TEXT, sample_values: [Bern]}
  - {name: IS_BIG, expr: amount > 100, data_type: BOOLEAN}
  - {name: BUYER_NAME, expr: CUSTOMERS.NAME, data_type: TEXT}
  time_dimensions:
  - {name: ORDERED_AT, expr: ORDERED_AT, data_type: TIMESTAMP_LTZ}
  - {name: PAID_ON, expr: PAID_ON}
  facts:
  - {name: AMOUNT, expr: AMOUNT, data_type: "NUMBER(10,2)"}
  - {name: NET, expr: AMOUNT - TAX, data_type: "NUMBER(10,2)", access_modifier: private_access}
  measures:
  - {name: UNITS, expr: QUANTITY, data_type: NUMBER, default_aggregation: sum}
  - {name: NUM, expr: COUNT(*), default_aggregation: sum}
  - {name: WEIGHT, expr: WEIGHT, data_type: FLOAT}
  metrics:
  - {name: REVENUE, expr: SUM(net), synonyms: [turnover], data_type: NUMBER}
  - {name: AOV, expr: "revenue / NULLIF(COUNT(order_id), 0)"}
  - {name: SAFE_AOV, expr: "DIV0(revenue, num)"}
  - {name: RUNNING, expr: SUM(revenue) OVER (ORDER BY ordered_at)}
  - name: STOCK
    expr: SUM(amount)
    non_additive_dimensions: [{table: ORDERS, dimension: ORDERED_AT, sort_direction: descending}]
  - {name: LATEST, expr: SUM(amount), non_additive_by: [ORDERED_AT]}
  - name: BALANCE
    expr: SUM(amount)
    non_additive_dimensions: [{table: CUSTOMERS, dimension: ID}]
  - {name: SECRET, expr: MAX(amount), access_modifier: private_access}
  - {name: BY_PATH, expr: MIN(amount), using_relationships: [orders_to_customers]}
  - {name: HEAVY, expr: SUM(units * weight)}
  filters:
  - {name: done_orders, expr: STATUS = 'done'}
- name: CUSTOMERS
  base_table: {table: CUSTOMERS}
  unique_keys: [{columns: [ID]}]
  dimensions:
  - {name: ID, expr: ID, data_type: "NUMBER(38,0)"}
  - {name: NAME, expr: NAME, data_type: VARCHAR}
  - {name: V, expr: V, data_type: VARIANT}
  metrics:
  - {name: NUM, expr: COUNT(id)}
- name: VISITS
  base_table: {definition: SELECT 1}
  metrics:
  - {name: VISITED, expr: COUNT(*)}
relationships:
- name: orders_to_customers
  left_table: ORDERS
  right_table: CUSTOMERS
  relationship_columns: [{left_column: CUSTOMER_ID, right_column: ID}]
  join_type: inner
  relationship_type: many_to_one
metrics:
- {name: PER_CUSTOMER, expr: orders.revenue / customers.num}
- {name: UNKNOWN, expr: orders.nothing * 2}
verified_queries:
- {name: q, question: how many, sql: select 1}
custom_instructions: Be brief
"""


def written(folder: Path, text: str) -> Path:
    (folder / "sales.yaml").write_text(text, encoding="utf-8")
    return folder / "sales.yaml"


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return read_snowflake(written(tmp_path_factory.mktemp("snowflake"), SALES), customer_entity="customers")


@pytest.fixture(scope="module")
def metrics(sales: Imported) -> dict[str, Metric]:
    return {metric.name: metric for metric in sales.model.metrics}


@pytest.fixture(scope="module")
def fields(sales: Imported) -> dict[str, Dimension]:
    return {field.qualified: field for field in sales.model.dimensions}


def measure(agg: Aggregation, expr: str, entity: str = "ORDERS", **more: object) -> Simple:
    return Simple(measures=(Measure(entity=entity, agg=agg, expr=expr, **more),))  # type: ignore[arg-type]


def test_tables_are_entities(sales: Imported) -> None:
    orders, customers = sales.model.entities
    assert (orders.name, orders.table, orders.primary_key) == ("ORDERS", "ORDERS", ("ORDER_ID",))
    assert (customers.table, customers.primary_key) == ("CUSTOMERS", ("ID",))  # its one unique key
    assert orders.words.synonyms == ("purchases",)
    assert orders.words.label.zh == orders.words.label.en == "ORDERS"
    assert orders.time is None  # two times, and none is said to be meant
    assert sales.model.customer_entity == "CUSTOMERS"  # SQL does not tell names apart by case


def test_dimensions_times_and_facts_are_fields(fields: dict[str, Dimension]) -> None:
    assert fields["ORDERS.ORDER_ID"].type is ColumnType.INTEGER
    assert fields["ORDERS.AMOUNT"].type is ColumnType.DECIMAL
    assert fields["ORDERS.ORDERED_AT"].kind is DimensionKind.TIME
    assert fields["ORDERS.PAID_ON"].type is ColumnType.TIMESTAMP  # assumed, and told
    assert (fields["ORDERS.IS_BIG"].expr, fields["ORDERS.IS_BIG"].type) == ("AMOUNT > 100", ColumnType.BOOLEAN)
    assert fields["ORDERS.STATUS"].words.synonyms == ("state of the order",)
    assert fields["ORDERS.WEIGHT"].type is ColumnType.FLOAT  # an older measure without an aggregation
    assert "ORDERS.NET" not in fields  # it is private
    assert "ORDERS.BUYER_NAME" not in fields


def test_values_are_those_that_are_said_to_be_all(fields: dict[str, Dimension]) -> None:
    assert [value.value for value in fields["ORDERS.STATUS"].values] == ["done", "open"]
    assert [value.value for value in fields["ORDERS.LEVEL"].values] == [1, 2]
    assert fields["ORDERS.CITY"].values == ()
    assert fields["ORDERS.CITY"].index_values  # as the search service did
    assert not fields["ORDERS.TOWN"].index_values


def test_metrics_of_a_table(metrics: dict[str, Metric]) -> None:
    assert metrics["REVENUE"].body == measure(Aggregation.SUM, "AMOUNT - TAX")
    assert metrics["REVENUE"].words.synonyms == ("turnover",)
    assert metrics["SECRET"].hidden
    assert not metrics["REVENUE"].hidden
    assert metrics["AOV"].body == Ratio(numerator=Input("REVENUE"), denominator=Input("AOV_denominator"))
    assert metrics["AOV_denominator"].hidden
    assert metrics["SAFE_AOV"].body == Derived(
        expr="CASE WHEN ORDERS_NUM = 0 AND NOT REVENUE IS NULL THEN 0 ELSE REVENUE / ORDERS_NUM END",
        inputs=(Input("ORDERS_NUM"), Input("REVENUE")),
    )


def test_older_measures_have_their_aggregation_beside_them(metrics: dict[str, Metric]) -> None:
    assert metrics["UNITS"].body == measure(Aggregation.SUM, "QUANTITY")
    assert metrics["HEAVY"].body == measure(Aggregation.SUM, "QUANTITY * WEIGHT")
    assert metrics["ORDERS_NUM"].body == Simple(measures=(Measure(entity="ORDERS", agg=Aggregation.COUNT),))
    assert metrics["ORDERS_NUM"].unit is Unit.COUNT


def test_a_name_that_two_tables_use_gets_the_table_in_front(metrics: dict[str, Metric]) -> None:
    assert "NUM" not in metrics
    assert metrics["CUSTOMERS_NUM"].body == measure(Aggregation.COUNT, "ID", "CUSTOMERS")
    assert metrics["CUSTOMERS_NUM"].words.label.zh == "CUSTOMERS_NUM"


def test_a_metric_over_several_tables(metrics: dict[str, Metric]) -> None:
    assert metrics["PER_CUSTOMER"].body == Ratio(numerator=Input("REVENUE"), denominator=Input("CUSTOMERS_NUM"))


def test_balances_take_the_last_moment_in_the_order_given(metrics: dict[str, Metric]) -> None:
    first = NonAdditive(dimension="ORDERED_AT", choice="first")  # descending: the last row is the earliest
    assert metrics["STOCK"].body == measure(Aggregation.SUM, "AMOUNT", non_additive=first)
    last = NonAdditive(dimension="ORDERED_AT", choice="last")
    assert metrics["LATEST"].body == measure(Aggregation.SUM, "AMOUNT", non_additive=last)
    assert "BALANCE" not in metrics


def test_relationships(sales: Imported) -> None:
    (relation,) = sales.model.relationships
    assert (relation.name, relation.from_entity, relation.to_entity) == ("orders_to_customers", "ORDERS", "CUSTOMERS")
    assert (relation.from_columns, relation.to_columns) == (("CUSTOMER_ID",), ("ID",))


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("verified_queries", "已核实的问题是 SQL", "A verified query is SQL"),
        ("custom_instructions", "写给它自己的模型", "Advice to its own model"),
        ("tables[ORDERS].filters", "写成标签", "Write it as a tag"),
        ("tables[ORDERS].base_table", "库和模式（DB.PUBLIC）没有保留", "Database and schema (DB.PUBLIC)"),
        ("tables[VISITS].base_table", "一段查询", "read from a query"),
        ("VISITS.VISITED", "它的表没有导入", "Its table was not carried over"),
        (
            "tables[ORDERS].dimensions[CITY].cortex_search_service",
            "改为读取数据里的取值",
            "values of the data are read",
        ),
        ("tables[ORDERS].dimensions[TOWN].sample_values", "只是部分取值的例子", "examples of its values only"),
        ("tables[ORDERS].dimensions[CITY].sample_values", "index_values", "index_values"),
        (
            "tables[CUSTOMERS].dimensions[V].data_type",
            "没有与 VARIANT 对应的类型",
            "No type here corresponds to VARIANT",
        ),
        ("tables[ORDERS].time_dimensions[ORDERED_AT].data_type", "不保留时区", "time zone is not kept"),
        ("tables[ORDERS].time_dimensions[PAID_ON]", "暂按时间戳", "taken for a timestamp"),
        ("relationships[orders_to_customers].join_type", "没有对应行的记录", "Rows without a match are kept"),
        ("tables[ORDERS].metrics[BY_PATH].using_relationships", "指定了走哪条关联", "names the relationships to go by"),
        ("ORDERS.BUYER_NAME", "另一张表「CUSTOMERS」的列", "a column of another table, 'CUSTOMERS'"),
        ("ORDERS.RUNNING", "窗口函数", "window function"),
        ("ORDERS.BALANCE", "半可加的时间字段「ID」", "time field of the balance, 'ID'"),
        ("UNKNOWN", "「orders.nothing」既没有聚合", "'orders.nothing' is not aggregated"),
        ("ORDERS.time", "ORDERED_AT、PAID_ON", "ORDERED_AT, PAID_ON"),
        ("ORDERS.columns", "TAX: decimal", "TAX: decimal, QUANTITY: decimal"),
    ],
)
def test_everything_that_is_not_carried_is_told(sales: Imported, name: str, zh: str, en: str) -> None:
    place, why_zh, why_en = losses(sales)[name]
    assert zh in why_zh
    assert en in why_en
    file, _, line = place.partition(":")
    assert file == "sales.yaml"
    assert 0 < int(line) <= SALES.count("\n")


def test_a_loss_stands_at_its_line(sales: Imported) -> None:
    assert losses(sales)["verified_queries"][0] == f"sales.yaml:{line_of(SALES, 'verified_queries:')}"
    assert losses(sales)["ORDERS.RUNNING"][0] == f"sales.yaml:{line_of(SALES, '- {name: RUNNING')}"


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("name: SALES\n", "", "name", "The key 'name' is missing"),
        ("tables:\n", "tablez:\n", "tables", "The key 'tables' is missing"),
        ("- name: CUSTOMERS\n", "- name: orders\n", "tables[orders].name", "defined twice"),
        ("name: LEVEL,", "name: STATUS,", "tables[ORDERS].dimensions[STATUS].name", "defined twice"),
        ("name: AOV,", "name: REVENUE,", "tables[ORDERS].metrics[REVENUE].name", "defined twice"),
        ("left_table: ORDERS", "left_tabel: ORDERS", "relationships[orders_to_customers].left_table", "is missing"),
        ("  base_table: {table: CUSTOMERS}\n", "", "tables[CUSTOMERS].base_table", "is missing"),
        ("default_aggregation: sum}", "default_aggregation: summ}", "tables[ORDERS].measures[UNITS].default_aggregation", "'summ'"),
        ("sort_direction: descending", "sort_direction: down", "tables[ORDERS].metrics[STOCK].non_additive_dimensions[0].sort_direction", "'down'"),
        ("access_modifier: private_access}", "access_modifier: secret}", "tables[ORDERS].facts[NET].access_modifier", "'secret'"),
    ],
)  # fmt: skip
def test_a_fault_is_an_issue_with_its_line(tmp_path: Path, old: str, new: str, key: str, message: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_snowflake(written(tmp_path, spoiled(SALES, old, new)))
    issue = next(one for one in refused.value.issues if one.key == key)
    assert (issue.file, issue.line > 0) == ("sales.yaml", True)
    assert message in issue.message
    assert issue.remedy
