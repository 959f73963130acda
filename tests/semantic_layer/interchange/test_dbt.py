"""A dbt project becomes entities, fields, relationships and metrics of ours; the expected values are written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semantic_layer.interchange.dbt import DbtProject, read_dbt
from semantic_layer.model.grain import Grain, Offset, OwnPeriod, TimeSpine
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    ColumnType,
    Conversion,
    Cumulative,
    Derived,
    DimensionKind,
    Input,
    Measure,
    Metric,
    NonAdditive,
    Percentile,
    Ratio,
    SemanticModel,
    Simple,
    Unit,
    Validity,
)
from tests.semantic_layer.interchange.dbt_shop import shop, write


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> DbtProject:
    return shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def model(project: DbtProject) -> SemanticModel:
    return project.imported.model


@pytest.fixture(scope="module")
def index(model: SemanticModel) -> ModelIndex:
    return ModelIndex(model)


def metric(model: SemanticModel, name: str) -> Metric:
    return next(one for one in model.metrics if one.name == name)


def test_a_semantic_model_is_an_entity_over_the_table_of_its_alias(index: ModelIndex) -> None:
    orders = index.entity("orders")
    assert (orders.table, orders.primary_key, orders.time) == ("fct_orders", ("order_id",), "ordered_at")
    assert orders.words.description.en == "One row an order."
    assert [(column.name, column.type) for column in orders.columns[:2]] == [
        ("order_id", ColumnType.INTEGER),
        ("shop_id", ColumnType.INTEGER),
    ]
    assert index.entity("shops").table == "dim_shops"
    assert (orders.origin.file, orders.origin.line) == ("models.yml", 3)


def test_a_history_has_its_limits_and_a_snapshot_its_day(index: ModelIndex) -> None:
    assert index.entity("levels").validity == Validity("valid_from", "valid_to")
    assert index.entity("shop_days").partition == "day"
    assert index.entity("shops").partition is None


def test_a_model_without_a_column_for_its_rows_has_no_key_and_says_so(project: DbtProject, index: ModelIndex) -> None:
    assert index.entity("visits").primary_key == ()
    assert index.entity("levels").primary_key == ("buyer_id",)
    assert any(loss.what == "visits.visit" and "key" in loss.why.en for loss in project.imported.losses)


def test_dimensions_keep_their_expression_type_and_grain(index: ModelIndex) -> None:
    ordered, size = index.dimension("orders.ordered_at"), index.dimension("shops.size")
    assert (ordered.kind, ordered.grain, ordered.expr) == (DimensionKind.TIME, Grain.HOUR, "ordered_at")
    assert (size.kind, size.type, size.expr) == (DimensionKind.CATEGORICAL, ColumnType.INTEGER, "square_metres")
    assert index.dimension("orders.is_gift").words.label.en == "A gift"


def test_the_key_of_an_entity_is_a_field_too(index: ModelIndex) -> None:
    shop_of = index.dimension("orders.shop")
    assert (shop_of.kind, shop_of.type, shop_of.expr) == (DimensionKind.IDENTIFIER, ColumnType.INTEGER, "shop_id")


def test_a_time_that_is_stored_as_text_is_converted_and_told(project: DbtProject, index: ModelIndex) -> None:
    paid = index.dimension("orders.paid_at")
    assert (paid.type, paid.expr) == (ColumnType.TIMESTAMP, "CAST(paid_at AS TIMESTAMP)")
    assert any(loss.what == "orders.paid_at" for loss in project.imported.losses)


def test_a_shared_entity_leads_from_many_rows_to_one(model: SemanticModel) -> None:
    found = {
        (one.from_entity, one.name, one.to_entity, one.from_columns, one.to_columns) for one in model.relationships
    }
    assert found == {
        ("orders", "shop_shops", "shops", ("shop_id",), ("shop_id",)),
        ("orders", "shop_shop_days", "shop_days", ("shop_id",), ("shop_id",)),
        ("orders", "buyer_levels", "levels", ("buyer_id",), ("buyer_id",)),
        ("orders", "buyer_buyers", "buyers", ("buyer_id",), ("buyer_id",)),
        ("shops", "shop", "shop_days", ("shop_id",), ("shop_id",)),
        ("shops", "town", "towns", ("town",), ("town",)),
        ("shop_days", "shop", "shops", ("shop_id",), ("shop_id",)),
        ("levels", "buyer", "buyers", ("buyer_id",), ("buyer_id",)),
        ("buyers", "buyer", "levels", ("buyer_id",), ("buyer_id",)),
        ("visits", "buyer_levels", "levels", ("buyer_id",), ("buyer_id",)),
        ("visits", "buyer_buyers", "buyers", ("buyer_id",), ("buyer_id",)),
    }


def test_simple_metrics_hold_their_measure(model: SemanticModel) -> None:
    assert metric(model, "orders").body == Simple(measures=(Measure(entity="orders", agg=Aggregation.SUM, expr="1"),))
    assert metric(model, "dear").body == Simple(
        measures=(
            Measure(
                entity="orders",
                agg=Aggregation.PERCENTILE,
                expr="amount",
                percentile=Percentile(value=0.9, discrete=True),
            ),
        )
    )
    assert metric(model, "stock").body == Simple(
        measures=(
            Measure(
                entity="orders",
                agg=Aggregation.SUM,
                expr="amount",
                non_additive=NonAdditive(dimension="paid_at", choice="last", groupings=("orders.shop",)),
            ),
        )
    )
    assert metric(model, "payments").body == Simple(
        measures=(Measure(entity="orders", agg=Aggregation.SUM, expr="amount", time="paid_at"),)
    )


def test_conditions_of_measure_and_metric_hold_together(model: SemanticModel) -> None:
    gifts = metric(model, "gift_orders")
    where = """("orders"."is_gift") AND ("orders"."shop" IS NOT NULL) AND (metric_time.day >= '2026-01-01')"""
    assert gifts.body == Simple(
        measures=(Measure(entity="orders", agg=Aggregation.SUM, expr="1", where=where),), fill=0, every_period=True
    )
    assert (gifts.grain, gifts.words.label.zh, gifts.where) == (Grain.MONTH, "Gift orders", "")


def test_a_measure_may_ask_to_be_a_metric(model: SemanticModel) -> None:
    sales = metric(model, "sales")
    assert sales.body == Simple(measures=(Measure(entity="orders", agg=Aggregation.SUM, expr="amount"),))
    assert (sales.hidden, sales.words.label.en) == (False, "Sales")


def test_inputs_keep_alias_condition_and_offset(model: SemanticModel) -> None:
    assert metric(model, "gift_share").body == Ratio(
        numerator=Input("orders", alias="gifts_only", where='"orders"."is_gift"'), denominator=Input("orders")
    )
    assert metric(model, "gift_share").where == """"towns"."region" = 'east'"""
    assert metric(model, "growth").body == Derived(
        expr="orders - orders_before - orders_at_start",
        inputs=(
            Input("orders"),
            Input("orders", alias="orders_before", offset=Offset("week", count=2)),
            Input("orders", alias="orders_at_start", offset=Offset("month", to_start=True)),
        ),
    )


def test_running_metrics_use_a_metric_that_is_the_measure(model: SemanticModel) -> None:
    assert metric(model, "running_orders").body == Cumulative(input="orders", window="7 day", period_choice="average")


def test_a_measure_without_a_metric_becomes_a_hidden_one(model: SemanticModel) -> None:
    assert metric(model, "running_gifts").body == Cumulative(
        input="gifts", grain_to_date="month", period_choice="first"
    )
    gifts = metric(model, "gifts")
    assert gifts.hidden
    assert gifts.body == Simple(
        measures=(Measure(entity="orders", agg=Aggregation.SUM_BOOLEAN, expr="is_gift"),), fill=0
    )


def test_a_conversion_is_of_the_model_whose_rows_the_entity_names(model: SemanticModel) -> None:
    found = metric(model, "bought_after_visit")
    assert found.body == Conversion(
        entity="buyers",  # not the history of levels, which has several rows for a buyer
        base="visits",
        target="orders",
        window="7 day",
        constant=(("visits.session", "orders.is_gift"),),
        calculation="count",
        counting="events",
    )
    assert (found.unit, metric(model, "visits").hidden) == (Unit.COUNT, True)


def test_a_metric_in_a_filter_is_one_of_the_plain_table_of_its_rows(model: SemanticModel) -> None:
    (measure,) = metric(model, "busy_shops").body.measures  # type: ignore[union-attr]
    assert measure.where == "metric('sales', 'shops') > 100"


def test_time_spines_come_with_the_own_periods(model: SemanticModel) -> None:
    (spine,) = model.time_spines
    assert (spine.table, spine.column, spine.grain) == ("days", "day", Grain.DAY)
    assert [(period.name, period.column) for period in spine.periods] == [
        ("season", "season"),
        ("retail_month", "month_454"),
    ]
    assert isinstance(spine, TimeSpine)
    assert isinstance(spine.periods[0], OwnPeriod)


def test_the_conventions_are_those_of_metricflow(model: SemanticModel) -> None:
    conventions = model.conventions
    assert (conventions.default_window, conventions.missing, conventions.as_of) == ("", "unknown", "2026-10-31")
    assert model.customer_entity == "buyers"


def test_what_is_not_carried_is_told_with_its_place(project: DbtProject) -> None:
    told = {loss.what: loss for loss in project.imported.losses}
    assert told["saved_query for_the_board"].place == "project.yml:11"
    assert all(loss.why.zh and loss.why.en for loss in project.imported.losses)


def test_without_columns_types_are_guessed_and_told(tmp_path: Path) -> None:
    found = read_dbt(write(tmp_path))
    orders = ModelIndex(found.model).entity("orders")
    assert {column.name: column.type for column in orders.columns} == {
        "order_id": ColumnType.STRING,
        "shop_id": ColumnType.STRING,
        "buyer_id": ColumnType.STRING,
        "ordered_at": ColumnType.TIMESTAMP,
        "paid_at": ColumnType.TIMESTAMP,
        "is_gift": ColumnType.STRING,
        "amount": ColumnType.DECIMAL,
    }
    assert next(loss.what for loss in found.losses if "guessed" in loss.why.en) == "orders.fct_orders"
    assert any(loss.what == "customer_entity" for loss in found.losses)


COMPILED = {
    "semantic_models": [
        {
            "name": "orders",
            "node_relation": {
                "alias": "fct_orders",
                "schema_name": "marts",
                "relation_name": '"db"."marts"."fct_orders"',
            },
            "defaults": {"agg_time_dimension": "ordered_at"},
            "primary_entity": None,
            "entities": [{"name": "order", "type": "primary", "role": None, "expr": "order_id", "metadata": None}],
            "dimensions": [
                {
                    "name": "ordered_at",
                    "type": "time",
                    "is_partition": False,
                    "type_params": {"time_granularity": "day", "validity_params": None},
                    "expr": None,
                }
            ],
            "measures": [
                {"name": "orders", "agg": "sum", "expr": "1", "create_metric": False, "agg_params": None},
            ],
            "metadata": {"repo_file_path": "models/orders.yml", "file_slice": {"filename": "orders.yml"}},
        }
    ],
    "metrics": [
        {
            "name": "orders",
            "description": "smile \U0001f600",
            "type": "simple",
            "type_params": {
                "measure": {"name": "orders", "filter": None, "join_to_timespine": False, "fill_nulls_with": None},
                "input_measures": [{"name": "orders"}],
            },
            "filter": {"where_filters": [{"where_sql_template": "{{ TimeDimension('order__ordered_at') }} > '2026'"}]},
            "label": None,
            "config": {"meta": {}},
        },
        {
            "name": "newer",
            "type": "simple",
            "type_params": {
                "measure": None,
                "expr": "order_id",
                "metric_aggregation_params": {"semantic_model": "orders", "agg": "count_distinct"},
                "join_to_timespine": True,
                "fill_nulls_with": 0,
            },
        },
        {
            "name": "running",
            "type": "cumulative",
            "type_params": {
                "measure": None,
                "cumulative_type_params": {
                    "window": {"count": 2, "granularity": "month"},
                    "period_agg": "last",
                    "metric": {"name": "newer"},
                },
            },
        },
    ],
    "project_configuration": {
        "dsi_package_version": {"major_version": "0", "minor_version": "7", "patch_version": "4"},
        "time_spine_table_configurations": [{"location": "marts.days", "column_name": "day", "grain": "day"}],
    },
    "saved_queries": [],
}


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_a_compiled_manifest_says_the_same(tmp_path: Path, indent: int | str | None) -> None:
    (tmp_path / "semantic_manifest.json").write_text(json.dumps(COMPILED, indent=indent), encoding="utf-8")
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    found = read_dbt(tmp_path, columns={"fct_orders": {"order_id": ColumnType.INTEGER, "ordered_at": ColumnType.DATE}})
    where = """DATE_TRUNC('day', "orders"."ordered_at") > '2026'"""
    assert metric(found.model, "orders").body == Simple(
        measures=(Measure(entity="orders", agg=Aggregation.SUM, expr="1", where=where),)
    )
    assert metric(found.model, "orders").words.description.en == "smile \U0001f600"
    assert metric(found.model, "newer").body == Simple(
        measures=(Measure(entity="orders", agg=Aggregation.COUNT_DISTINCT, expr="order_id"),), fill=0, every_period=True
    )
    assert metric(found.model, "running").body == Cumulative(input="newer", window="2 month", period_choice="last")
    assert [spine.table for spine in found.model.time_spines] == ["days"]
    assert [loss.what for loss in found.losses] == ["customer_entity"]


def test_dbts_own_files_list_several_definitions_under_one_key(tmp_path: Path) -> None:
    file = tmp_path / "schema.yml"
    file.write_text(
        """\
version: 2
models:
  - name: fct_orders
  - name: days
    time_spine: {standard_granularity_column: day}
semantic_models:
  - name: orders
    model: ref('marts', 'fct_orders')
    defaults: {agg_time_dimension: ordered_at}
    entities: [{name: order, type: primary, expr: order_id}]
    dimensions: [{name: ordered_at, type: time, type_params: {time_granularity: day}}]
    measures: [{name: orders, agg: count, expr: order_id}]
metrics:
  - {name: orders, type: simple, type_params: {measure: {name: orders}}, config: {group: sales}}
""",
        encoding="utf-8",
    )
    found = read_dbt(file)
    assert [entity.table for entity in found.model.entities] == ["fct_orders"]
    assert metric(found.model, "orders").unit is Unit.COUNT
    told = {loss.what: loss.place for loss in found.losses}
    assert told["models"] == "schema.yml:2"
    assert told["models.time_spine"] == "schema.yml:5"
    assert told["metrics[orders].config"] == "schema.yml:14"
