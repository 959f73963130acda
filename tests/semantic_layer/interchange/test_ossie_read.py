"""Files in the format of Apache Ossie that others wrote, in both shapes: what is carried, what is not, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import DefinitionError
from semantic_layer.interchange.losses import Imported
from semantic_layer.interchange.ossie_read import read_ossie
from semantic_layer.model.types import (
    Aggregation,
    Ambiguity,
    ColumnType,
    Derived,
    Dimension,
    DimensionKind,
    Input,
    Measure,
    Metric,
    Percentile,
    Ratio,
    Simple,
    Unit,
)
from tests.semantic_layer.interchange.meaning import losses
from tests.semantic_layer.model.small_model import line_of, spoiled

FLAT = """\
version: "0.2.0.dev0"
name: shop
description: Orders of a shop
ai_context: {instructions: Ask about orders, examples: [total revenue], mood: good}
datasets:
- name: orders
  source: sales.public.orders
  primary_key: [order_id]
  unique_keys: [[order_id], [number]]
  description: One row per order
  ai_context: {synonyms: [purchases]}
  fields:
  - name: order_id
    expression: {dialects: [{dialect: ANSI_SQL, expression: order_id}]}
    datatype: Integer
  - name: customer_id
    expression: {dialects: [{dialect: ANSI_SQL, expression: customer_id}]}
  - name: ordered_at
    expression: {dialects: [{dialect: ANSI_SQL, expression: ordered_at}]}
    datatype: DateTime
    dimension: {is_time: true}
  - name: entered_on
    expression: {dialects: [{dialect: ANSI_SQL, expression: entered_on}]}
    datatype: Date
    dimension: {is_time: false}
  - name: amount
    expression: {dialects: [{dialect: ANSI_SQL, expression: amount}]}
    datatype: Decimal
    ai_context: order value
  - name: net
    expression: {dialects: [{dialect: ANSI_SQL, expression: amount - tax}]}
    datatype: Decimal
    label: money
  - name: margin
    expression:
      dialects:
      - {dialect: TABLEAU, expression: "SUM([x])"}
      - {dialect: SNOWFLAKE, expression: "IFF(net > 0, net, 0)"}
    datatype: Decimal
  - name: age
    expression: {dialects: [{dialect: SNOWFLAKE, expression: "DATEDIFF(day, ordered_at, CURRENT_DATE())"}]}
    datatype: Integer
  - name: measure_of_dax
    expression: {dialects: [{dialect: DAX, expression: "SUM([x])"}]}
  - name: status
    expression: {dialects: [{dialect: ANSI_SQL, expression: status}]}
    datatype: String
  - name: year
    expression: {dialects: [{dialect: ANSI_SQL, expression: order_year}]}
    datatype: Integer
    dimension: {is_time: true}
  - name: whole_sum
    expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(amount)}]}
- name: customers
  source: customers
  primary_key: [id]
  fields:
  - name: id
    expression: {dialects: [{dialect: ANSI_SQL, expression: id}]}
    datatype: Integer
  - name: status
    expression: {dialects: [{dialect: ANSI_SQL, expression: status}]}
    datatype: String
- name: visits
  source: select * from visits
- name: logs
  source: logs
relationships:
- {name: buyer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
- {name: turned, from: customers, to: orders, from_columns: [id], to_columns: [customer_id]}
- {name: by_number, from: logs, to: orders, from_columns: [number], to_columns: [number]}
- {name: no_key, from: customers, to: logs, from_columns: [status], to_columns: [status]}
- {name: nowhere, from: orders, to: visits, from_columns: [order_id], to_columns: [order_id]}
metrics:
- name: aov
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount) / COUNT(DISTINCT orders.order_id)}]}
- name: revenue
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount)}]}
  description: All money taken
  ai_context: {synonyms: [sales, turnover]}
- name: margin_of_all
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.margin)}]}
- name: per_customer
  expression: {dialects: [{dialect: ANSI_SQL, expression: "1.0 * revenue / NULLIF(COUNT(DISTINCT customers.id), 0)"}]}
- name: per_head
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount) / COUNT(DISTINCT customers.id)}]}
- name: done_percent
  expression:
    dialects:
    - dialect: ANSI_SQL
      expression: 100 * SUM(CASE WHEN orders.status = 'done' THEN orders.amount END) / revenue
- name: p90
  expression: {dialects: [{dialect: ANSI_SQL, expression: PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY orders.amount)}]}
- name: cross
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount * customers.id)}]}
- name: running
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount) OVER (ORDER BY orders.ordered_at)}]}
- name: loop
  expression: {dialects: [{dialect: ANSI_SQL, expression: loop + 1}]}
- name: on_loop
  expression: {dialects: [{dialect: ANSI_SQL, expression: loop / revenue}]}
- name: spread
  expression: {dialects: [{dialect: ANSI_SQL, expression: STDDEV(orders.amount)}]}
- name: all_rows
  expression: {dialects: [{dialect: ANSI_SQL, expression: COUNT(*)}]}
- name: bare
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount) / orders.net}]}
- name: nested
  expression: {dialects: [{dialect: ANSI_SQL, expression: (SELECT 1)}]}
- name: odd
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(}]}
- name: 销售额
  expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.amount)}]}
custom_extensions:
- {vendor_name: DBT, data: '{}'}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "shop.yml").write_text(text, encoding="utf-8")
    return folder / "shop.yml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return read_ossie(written(tmp_path_factory.mktemp("ossie"), FLAT), customer_entity="customers")


@pytest.fixture(scope="module")
def metrics(shop: Imported) -> dict[str, Metric]:
    return {metric.name: metric for metric in shop.model.metrics}


@pytest.fixture(scope="module")
def fields(shop: Imported) -> dict[str, Dimension]:
    return {field.qualified: field for field in shop.model.dimensions}


# -- datasets and fields -------------------------------------------------------------------------------------------------


def test_datasets_are_entities(shop: Imported) -> None:
    assert [(one.name, one.table, one.primary_key) for one in shop.model.entities] == [
        ("orders", "orders", ("order_id",)),
        ("customers", "customers", ("id",)),
        ("logs", "logs", ()),
    ]
    orders = shop.model.entities[0]
    assert (orders.words.label.zh, orders.words.label.en) == ("orders", "orders")  # no label is made up
    assert orders.words.synonyms == ("purchases",)
    assert orders.words.description.en == orders.words.description.zh == "One row per order"
    assert orders.origin.line == line_of(FLAT, "- name: orders")
    assert shop.model.words.instructions == "Ask about orders"
    assert shop.model.words.examples == ("total revenue",)


def test_columns_are_all_those_that_something_names(shop: Imported) -> None:
    orders = {column.name: column.type for column in shop.model.entities[0].columns}
    assert orders == {
        "order_id": ColumnType.INTEGER,
        "customer_id": ColumnType.INTEGER,  # of the type of the key that it leads to
        "ordered_at": ColumnType.TIMESTAMP,
        "entered_on": ColumnType.DATE,
        "amount": ColumnType.DECIMAL,
        "tax": ColumnType.DECIMAL,  # it is added up
        "status": ColumnType.STRING,
        "order_year": ColumnType.INTEGER,
        "number": ColumnType.STRING,  # of which nothing is said
    }


def test_fields_have_types_kinds_and_expressions_of_ours(fields: dict[str, Dimension]) -> None:
    assert fields["orders.ordered_at"].kind is DimensionKind.TIME
    assert fields["orders.entered_on"].kind is DimensionKind.CATEGORICAL  # it is said to be no time
    assert fields["orders.year"].kind is DimensionKind.NUMERIC
    assert fields["orders.year"].expr == "order_year"
    assert fields["orders.net"].expr == "amount - tax"
    assert fields["orders.margin"].expr == "CASE WHEN (amount - tax) > 0 THEN (amount - tax) ELSE 0 END"
    assert fields["orders.age"].expr == "DATE_DIFF('DAY', ordered_at, :as_of)"
    assert fields["orders.amount"].words.instructions == "order value"
    assert fields["orders.amount"].words.synonyms == ()  # one text is advice, not a list of names
    assert "orders.measure_of_dax" not in fields
    assert "orders.whole_sum" not in fields


def test_a_word_with_two_meanings_is_declared_so(shop: Imported) -> None:
    assert shop.model.ambiguities == (Ambiguity(word="status", meanings=("orders.status", "customers.status")),)


def test_the_only_time_is_what_when_means(shop: Imported) -> None:
    assert [one.time for one in shop.model.entities] == ["ordered_at", None, None]
    assert losses(shop)["orders.time"][1:] == (
        "来源没有说“什么时候”指哪个字段；只有一个时间字段，暂按「ordered_at」。",
        "The source does not say which field 'when' means; 'ordered_at' is the only one and is taken.",
    )


def test_several_times_are_not_chosen_between(tmp_path: Path) -> None:
    text = spoiled(FLAT, "dimension: {is_time: false}", "dimension: {is_time: true}")
    found = read_ossie(written(tmp_path, text))
    assert found.model.entities[0].time is None
    assert "ordered_at、entered_on" in losses(found)["orders.time"][1]
    assert "none was chosen" in losses(found)["orders.time"][2]


# -- relationships -------------------------------------------------------------------------------------------------------


def test_relationships_follow_the_keys(shop: Imported) -> None:
    assert [(one.name, one.from_entity, one.to_entity) for one in shop.model.relationships] == [
        ("buyer", "orders", "customers"),  # `turned` says the same from the other side
    ]
    told = losses(shop)
    assert told["turned"][1:] == (
        "按两边的主键，「customers」才是一的一方；方向已按主键改正。",
        "By the keys of both sides, 'customers' is the one side; the direction follows the keys.",
    )
    assert "another unique key of 'orders' (number)" in told["by_number"][2]
    assert "另一个唯一键（number）" in told["by_number"][1]
    assert "numbers would multiply" in told["no_key"][2]
    assert "数字会翻倍" in told["no_key"][1]
    assert told["nowhere"][2] == "There is no table 'visits' here."


# -- metrics -------------------------------------------------------------------------------------------------------------


def measure(agg: Aggregation, expr: str, entity: str = "orders", **more: object) -> Simple:
    return Simple(measures=(Measure(entity=entity, agg=agg, expr=expr, **more),))  # type: ignore[arg-type]


def test_one_aggregation_is_a_simple_metric(metrics: dict[str, Metric]) -> None:
    assert metrics["revenue"].body == measure(Aggregation.SUM, "amount")
    assert metrics["revenue"].words.synonyms == ("sales", "turnover")
    assert metrics["revenue"].words.description.en == "All money taken"
    assert metrics["revenue"].unit is Unit.NUMBER
    percentile = Percentile(value=0.9)
    assert metrics["p90"].body == measure(Aggregation.PERCENTILE, "amount", percentile=percentile)


def test_fields_are_written_out_down_to_columns(metrics: dict[str, Metric]) -> None:
    expr = "CASE WHEN (amount - tax) > 0 THEN (amount - tax) ELSE 0 END"
    assert metrics["margin_of_all"].body == measure(Aggregation.SUM, expr)


def test_a_quotient_is_a_ratio_of_metrics(metrics: dict[str, Metric]) -> None:
    assert metrics["aov"].body == Ratio(numerator=Input("revenue"), denominator=Input("aov_denominator"))
    part = metrics["aov_denominator"]
    assert part.hidden
    assert part.body == measure(Aggregation.COUNT_DISTINCT, "order_id")
    assert part.unit is Unit.COUNT
    assert not metrics["revenue"].hidden  # the source's own metric serves as the numerator
    ratio = Ratio(numerator=Input("revenue"), denominator=Input("per_customer_denominator"))
    assert metrics["per_customer"].body == ratio


def test_other_arithmetic_is_derived(metrics: dict[str, Metric]) -> None:
    assert metrics["done_percent"].body == Derived(
        expr="100 * done_percent_part / revenue", inputs=(Input("done_percent_part"), Input("revenue"))
    )
    expr = "CASE WHEN status = 'done' THEN amount END"
    assert metrics["done_percent_part"].body == measure(Aggregation.SUM, expr)


def test_parts_stand_before_what_is_made_of_them(shop: Imported) -> None:
    assert [metric.name for metric in shop.model.metrics] == [
        "aov_denominator",
        "aov",
        "revenue",
        "margin_of_all",
        "per_customer_denominator",
        "per_customer",
        "per_head",
        "done_percent_part",
        "done_percent",
        "p90",
    ]


def test_parts_over_different_tables_are_told(shop: Imported) -> None:
    assert losses(shop)["per_head"][1:] == (
        "各部分分别按自己的表计算（customers、orders），不先关联。",
        "Each part is computed over the rows of its own table (customers, orders), before any join.",
    )


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("cross", "跨多张表", "goes over several tables (customers, orders)"),
        ("running", "窗口函数", "window function"),
        ("loop", "绕回了自己", "defined by itself"),
        ("on_loop", "它用到的指标「loop」没有导入", "made of 'loop', which was not carried over"),
        ("spread", "没有对应的聚合方式：STDDEV(orders.amount)", "no aggregation like STDDEV(orders.amount)"),
        ("all_rows", "没有写明是哪张表的行", "not said of which table the rows are"),
        ("bare", "既没有聚合", "'orders.net' is not aggregated"),
        ("nested", "子查询", "a query of its own"),
        ("odd", "不是可以识别的 SQL", "not an SQL expression that can be read"),
        ("metrics[销售额].name", "名称「销售额」不能用", "The name '销售额' cannot be used"),
        (
            "datasets[orders].fields[measure_of_dax].expression",
            "读不了的方言（DAX）",
            "dialects that are not read here (DAX)",
        ),
        ("orders.whole_sum", "不是一行的值", "no value of one row"),
        ("orders.year", "不是一个时刻", "is no moment"),
        ("datasets[visits].source", "一段查询，不是一张表", "read from a query, not from a table"),
        ("datasets[orders].source", "只记表名「orders」", "only the name of the table, 'orders'"),
        ("datasets[orders].fields[net].label", "归类", "sorts the field"),
        ("logs", "没有写明主键", "No key is given"),
        ("orders.columns", "tax: decimal", "taken as tax: decimal"),
        ("ai_context.mood", "没有与它对应的内容", "Nothing here corresponds to it"),
        ("custom_extensions", "DBT 自己的扩展", "An extension of DBT alone"),
    ],
)
def test_everything_that_is_not_carried_is_told(shop: Imported, name: str, zh: str, en: str) -> None:
    place, why_zh, why_en = losses(shop)[name]
    assert zh in why_zh
    assert en in why_en
    file, _, line = place.partition(":")
    assert file == "shop.yml"
    assert 0 < int(line) <= FLAT.count("\n")


def test_a_loss_stands_at_its_line(shop: Imported) -> None:
    assert losses(shop)["cross"][0] == f"shop.yml:{line_of(FLAT, '- name: cross')}"
    assert losses(shop)["ai_context.mood"][0] == "shop.yml:4"


def test_nothing_else_is_lost(shop: Imported) -> None:
    assert len(shop.losses) == 27


# -- the older shape -----------------------------------------------------------------------------------------------------


def listed(text: str) -> str:
    """The same model inside of `semantic_model: [...]`."""
    version, _, rest = text.partition("\n")
    inner = "\n".join(f"  {line}" for line in rest.splitlines())
    return f"{version}\nai_context: {{instructions: For all models}}\nsemantic_model:\n- {inner.strip()}\n"


def test_both_shapes_say_the_same(tmp_path: Path, shop: Imported) -> None:
    older = read_ossie(written(tmp_path, listed(FLAT)), customer_entity="customers")
    assert [one.name for one in older.model.metrics] == [one.name for one in shop.model.metrics]
    assert [one.body for one in older.model.metrics] == [one.body for one in shop.model.metrics]
    assert older.model.words.instructions == "For all models\nAsk about orders"
    assert {one.what.replace("semantic_model[shop].", "") for one in older.losses} == {one.what for one in shop.losses}


def test_further_models_of_a_file_are_told(tmp_path: Path) -> None:
    text = listed(FLAT) + "- name: second\n  datasets: []\n"
    found = read_ossie(written(tmp_path, text))
    assert "只读了第一个" in losses(found)["semantic_model second"][1]
    assert "only the first was read" in losses(found)["semantic_model second"][2]


def test_a_version_is_not_needed(tmp_path: Path) -> None:
    _, _, rest = FLAT.partition("\n")
    assert read_ossie(written(tmp_path, rest)).model.name == "shop"


# -- the person ----------------------------------------------------------------------------------------------------------


def test_which_entity_is_the_person_is_not_guessed(tmp_path: Path) -> None:
    found = read_ossie(written(tmp_path, FLAT))
    assert losses(found)["customer_entity"][2].endswith("Write one into customer_entity: orders, customers, logs.")
    assert "哪个实体代表人" in losses(found)["customer_entity"][1]


def test_an_entity_called_customer_is_the_person(tmp_path: Path) -> None:
    text = FLAT.replace("customers", "customer")
    assert "customer_entity" not in losses(read_ossie(written(tmp_path, text)))


# -- refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key", "message", "remedy"),
    [
        ('version: "0.2.0.dev0"', "version: 9.9", "version", "Version '9.9' of the Ossie format is not known", "0.2.0"),
        ("name: shop\n", "", "name", "The key 'name' is missing", "Add name:"),
        ("datasets:\n", "datasetz:\n", "datasets", "The key 'datasets' is missing", "Add datasets:"),
        ("datatype: Integer", "datatype: Integr", "datasets[orders].fields[order_id].datatype", "'Integr'", "Integer"),
        ("- name: customers\n", "- name: orders\n", "datasets[orders].name", "defined twice", "Rename or remove"),
        ("- name: net\n", "- name: amount\n", "datasets[orders].fields[amount].name", "defined twice", "Rename"),
        ("- name: revenue\n", "- name: aov\n", "metrics[aov].name", "defined twice", "Rename or remove"),
        ("from_columns: [customer_id], ", "", "relationships[buyer].from_columns", "is missing", "Add from_columns:"),
        ("relationships:\n", "relationships:\n- 5\n", "relationships[0]", "Each item must be a mapping", "- name:"),
        ("  source: customers\n", "", "datasets[customers].source", "The key 'source' is missing", "Add source:"),
        ("description: Orders of a shop", "description: [a]", "description", "must be a text", "Write a text"),
        ("name: shop\n", "name: shop\nname: again\n", "name", "stands twice; it was first given on line 2", "Keep one"),
        ("ai_context: {", "<<: {a: 1}\nai_context: {", "<<", "Keys are not merged here", "Write the keys"),
    ],
)
def test_a_fault_is_an_issue_with_its_line(
    tmp_path: Path, old: str, new: str, key: str, message: str, remedy: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_ossie(written(tmp_path, spoiled(FLAT, old, new)))
    issue = next(one for one in refused.value.issues if one.key == key)
    assert issue.file == "shop.yml"
    assert issue.line > 0
    assert message in issue.message
    assert remedy in issue.remedy


def test_an_empty_list_of_models_is_an_issue(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="There is no model in the list"):
        read_ossie(written(tmp_path, "semantic_model: []\n"))


def test_broken_yaml_is_an_issue(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"shop\.yml:2: error: : Not readable as YAML"):
        read_ossie(written(tmp_path, "name: shop\n  a: [\n"))
