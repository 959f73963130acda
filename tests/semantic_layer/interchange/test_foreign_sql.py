"""SQL of other tools as expressions and measures of ours, one construct at a time."""

from __future__ import annotations

import pytest

from semantic_layer.errors import Text
from semantic_layer.interchange.cube_sql import as_sql, length_of
from semantic_layer.interchange.drafts import FieldDraft, NotCarriedError, TableDraft
from semantic_layer.interchange.foreign_aggregates import Computed
from semantic_layer.interchange.foreign_metrics import ForeignMetrics, MetricDraft
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.names import parts_of
from semantic_layer.model.source import Place
from semantic_layer.model.types import (
    Aggregation,
    Derived,
    Input,
    Measure,
    MetricBody,
    Percentile,
    Ratio,
    Simple,
    Words,
)

HERE = Place("a.yml", 1)
WORDS = Words(label=Text("x", "x"))


def field(name: str, sql: str) -> FieldDraft:
    return FieldDraft(name=name, own_name=name, place=HERE, words=WORDS, sql=sql, dialect="")


def table(name: str, **fields: str) -> TableDraft:
    drafts = {one: field(one, sql) for one, sql in fields.items()}
    return TableDraft(name=name, own_name=name, place=HERE, words=WORDS, source=name, fields=drafts)


def tables() -> dict[str, TableDraft]:
    orders = table(
        "orders",
        amount="amount",
        net="amount - tax",
        margin="net / amount",
        a="b",
        b="a",
        odd='"Order Date"',
        whole="sum(amount)",
    )
    return {"orders": orders, "customers": table("customers", id="id")}


def row(sql: str, dialect: str = "") -> str:
    reader = ForeignSql(found := tables())
    return reader.rows(reader.parse(sql, dialect), found["orders"]).sql


def body(sql: str, dialect: str = "", own: str = "") -> MetricBody:
    reader = ForeignSql(found := tables())
    metrics = ForeignMetrics()
    metrics.declare(
        MetricDraft(
            name="sales",
            own_name="sales",
            place=HERE,
            words=WORDS,
            body=lambda: Computed(metrics, reader, None).body(reader.parse("SUM(orders.amount)", "")),
            is_simple=True,
        )
    )
    metrics.declare(
        MetricDraft(
            name="asked",
            own_name="asked",
            place=HERE,
            words=WORDS,
            body=lambda: Computed(metrics, reader, found.get(own)).body(reader.parse(sql, dialect)),
            is_simple=False,
        )
    )
    lost: list = []
    built = {one.name: one.body for one in metrics.build(lost)}
    if lost:
        raise NotCarriedError(lost[0].why)
    return built["asked"]


def orders(agg: Aggregation, expr: str = "", **more: object) -> Simple:
    return Simple(measures=(Measure(entity="orders", agg=agg, expr=expr, **more),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql", "dialect", "ours"),
    [
        ("amount", "", "amount"),
        ("orders.amount", "", "amount"),
        ("ORDERS.AMOUNT * 2", "", "amount * 2"),  # SQL does not tell names apart by case
        ("net", "", "amount - tax"),
        ("net * 2", "", "(amount - tax) * 2"),
        ("margin", "", "(amount - tax) / amount"),
        ("colour", "", "colour"),  # no field, so a column
        ("column.orders.net", "", "net"),
        ("field.orders.net", "", "amount - tax"),
        ("CURRENT_DATE", "", ":as_of"),
        ("DATEDIFF(day, ordered, CURRENT_DATE())", "snowflake", "DATE_DIFF('DAY', ordered, :as_of)"),
        ("IFF(amount > 1, 'a', 'b')", "snowflake", "CASE WHEN amount > 1 THEN 'a' ELSE 'b' END"),
        ("amount::VARCHAR", "snowflake", "CAST(amount AS TEXT)"),
        ("SAFE_CAST(amount AS STRING)", "bigquery", "TRY_CAST(amount AS TEXT)"),
        ("amount AS x", "", "amount"),
        ('"Order Date"', "", '"Order Date"'),
        ("YEAR(odd)", "", 'YEAR("Order Date")'),
        ("'it''s ' || colour", "", "'it''s ' || colour"),
    ],
)
def test_expressions_over_rows(sql: str, dialect: str, ours: str) -> None:
    assert row(sql, dialect) == ours


@pytest.mark.parametrize(
    ("sql", "en"),
    [
        ("orders.amount + customers.id", "goes over several tables (customers, orders)"),
        ("nowhere.id", "no table 'nowhere'"),
        ("SUM(amount)", "it is no value of one row"),
        ("whole", "it is no value of one row"),
        ("ROW_NUMBER() OVER (ORDER BY id)", "window function"),
        ("(SELECT 1)", "a query of its own"),
        ("SELECT 1", "a query of its own"),
        ("amount; amount", "exactly one expression"),
        ("", "exactly one expression"),
        ("amount +", "not an SQL expression"),
        ("read_text('/etc/passwd')", "READ_TEXT"),
        ("field.orders.a + 1", "The field 'a' is defined by itself"),
        ("field.orders.nothing", "'orders' has no field 'nothing'"),
        ("1" + " + 1" * 10_000, "longer than 20000 characters"),
        ("DROP TABLE orders", "Not an allowed statement"),
    ],
)
def test_expressions_that_are_refused(sql: str, en: str) -> None:
    reader = ForeignSql(found := tables())
    if sql.startswith("field.orders.a"):
        found["orders"].fields["b"].sql = "field.orders.a"
        found["orders"].fields["a"].sql = "field.orders.b"
    with pytest.raises(NotCarriedError) as refused:
        reader.rows(reader.parse(sql, ""), found["orders"])
    assert en in refused.value.why.en
    assert refused.value.why.zh != refused.value.why.en


@pytest.mark.parametrize(
    ("sql", "dialect", "ours"),
    [
        ("SUM(orders.net)", "", orders(Aggregation.SUM, "amount - tax")),
        ("(AVG(orders.amount))", "", orders(Aggregation.AVERAGE, "amount")),
        ("MIN(orders.amount)", "", orders(Aggregation.MIN, "amount")),
        ("MEDIAN(orders.amount)", "", orders(Aggregation.MEDIAN, "amount")),
        ("COUNT(orders.amount)", "", orders(Aggregation.COUNT, "amount")),
        ("COUNT(DISTINCT orders.amount)", "", orders(Aggregation.COUNT_DISTINCT, "amount")),
        ("COUNT_IF(orders.amount > 3)", "snowflake", orders(Aggregation.SUM_BOOLEAN, "amount > 3")),
        (
            "SUM(orders.amount) FILTER (WHERE orders.colour = 'red')",
            "",
            orders(Aggregation.SUM, "amount", where="colour = 'red'"),
        ),
        (
            "PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY orders.amount)",
            "",
            orders(Aggregation.PERCENTILE, "amount", percentile=Percentile(value=0.25, discrete=True)),
        ),
        ("sales / SUM(orders.net)", "", Ratio(numerator=Input("sales"), denominator=Input("asked_denominator"))),
        ("CAST(sales AS DOUBLE) / sales", "", Ratio(numerator=Input("sales"), denominator=Input("sales"))),
        ("sales * 1.0 / NULLIF(sales, 0)", "", Ratio(numerator=Input("sales"), denominator=Input("sales"))),
        ("SAFE_DIVIDE(sales, sales)", "bigquery", Ratio(numerator=Input("sales"), denominator=Input("sales"))),
        (
            "sales - MAX(orders.net)",
            "",
            Derived(expr="sales - asked_part", inputs=(Input("sales"), Input("asked_part"))),
        ),
        ("sales / 2 / 3", "", Derived(expr="sales / 2 / 3", inputs=(Input("sales"),))),
        ("ROUND(sales, 2)", "", Derived(expr="ROUND(sales, 2)", inputs=(Input("sales"),))),
        ("sales", "", Derived(expr="sales", inputs=(Input("sales"),))),
    ],
)
def test_metrics(sql: str, dialect: str, ours: MetricBody) -> None:
    assert body(sql, dialect) == ours


def test_rows_are_counted_of_the_table_that_is_meant() -> None:
    assert body("COUNT(*)", own="orders") == orders(Aggregation.COUNT)
    assert body("COUNT(1)", own="orders") == orders(Aggregation.COUNT)
    assert body("SUM(net)", own="orders") == orders(Aggregation.SUM, "amount - tax")


@pytest.mark.parametrize(
    ("sql", "en"),
    [
        ("COUNT(*)", "not said of which table the rows are"),
        ("COUNT(DISTINCT orders.a, orders.b)", "Only one expression at a time"),
        ("SUM(DISTINCT orders.amount)", "no aggregation like SUM(DISTINCT"),
        ("STDDEV(orders.amount)", "no aggregation like STDDEV"),
        ("PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY orders.amount DESC)", "no aggregation like"),
        ("PERCENTILE_CONT(2) WITHIN GROUP (ORDER BY orders.amount)", "percentile 2 is not between 0 and 1"),
        ("SUM(orders.amount) FILTER (WHERE customers.id = 1)", "about another table (customers)"),
        ("SUM(SUM(orders.amount))", "no value of one row"),
        ("sales + orders.amount", "'orders.amount' is not aggregated"),
        ("1 + 1", "Nothing is aggregated"),
        ("asked + 1", "defined by itself"),
    ],
)
def test_metrics_that_are_refused(sql: str, en: str) -> None:
    with pytest.raises(NotCarriedError) as refused:
        body(sql)
    assert en in refused.value.why.en
    assert refused.value.why.zh != refused.value.why.en


def test_a_metric_called_like_a_word_of_sql_gets_another_name_inside() -> None:
    reader = ForeignSql(found := tables())
    metrics = ForeignMetrics()
    for name, sql in (("order", "SUM(orders.amount)"), ("asked", '"order" * 2')):
        metrics.declare(
            MetricDraft(
                name=name,
                own_name=name,
                place=HERE,
                words=WORDS,
                body=lambda sql=sql: Computed(metrics, reader, found["orders"]).body(reader.parse(sql, "")),
                is_simple=name == "order",
            )
        )
    built = {one.name: one.body for one in metrics.build([])}
    assert built["asked"] == Derived(expr="input_1 * 2", inputs=(Input("order", alias="input_1"),))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("amount", "amount"),
        ("{CUBE}.amount", 'column."orders".amount'),
        ("${CUBE}.amount", 'column."orders".amount'),
        ("{CUBE.amount}", 'field."orders"."amount"'),
        ("{amount} + {tax}", 'field."orders"."amount" + field."orders"."tax"'),
        ("{customers.id} = {customers}.id", 'field."customers"."id" = column."customers".id'),
        ("'{{not a template}}'", "'{{not a template}}'"),
    ],
)
def test_names_in_braces(text: str, plain: str) -> None:
    assert as_sql(text, "orders", lambda cube, name: name in ("amount", "tax")) == plain


@pytest.mark.parametrize(
    "text",
    ["{unknown}", "{a.b.c}", "{{ jinja }}", "{% if x %}a{% endif %}", "{FILTER_PARAMS.orders.a.filter('a')}", "{ 1 }"],
)
def test_braces_that_are_refused(text: str) -> None:
    with pytest.raises(NotCarriedError):
        as_sql(text, "orders", lambda cube, name: False)


@pytest.mark.parametrize(
    ("text", "found"), [("7 day", (7, "day")), ("1 months", (1, "month")), (" 2 Years ", (2, "year"))]
)
def test_lengths_of_time(text: str, found: tuple[int, str]) -> None:
    assert length_of(text) == found


def test_something_else_is_no_length_of_time() -> None:
    with pytest.raises(NotCarriedError, match="not a length of time"):
        length_of("a while")


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("orders", ("orders",)),
        ("db.public.orders", ("db", "public", "orders")),
        ('"My Db"."a.b".t', ("My Db", "a.b", "t")),
        ("`a`.`b c`", ("a", "b c")),
        ("数据.订单", ("数据", "订单")),
        ("select 1", None),
        ("f(x)", None),
        ("a..b", None),
        ("{{ env }}.orders", None),
        ("", None),
    ],
)
def test_names_of_tables(source: str, parts: tuple[str, ...] | None) -> None:
    assert parts_of(source) == parts
