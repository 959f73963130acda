"""A small dbt project about visits, orders and shops, written the way dbt's documents are, with all kinds of metrics."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.interchange.dbt import DbtProject, open_dbt
from semantic_layer.model.types import ColumnType as T

MODELS = """\
---
semantic_model:
  name: orders
  description: One row an order.
  node_relation:
    schema_name: marts
    alias: fct_orders
  defaults:
    agg_time_dimension: ordered_at
  entities:
    - name: order
      type: primary
      expr: order_id
    - name: shop
      type: foreign
      expr: shop_id
    - name: buyer
      type: foreign
      expr: buyer_id
  dimensions:
    - name: ordered_at
      type: time
      type_params:
        time_granularity: hour
    - name: paid_at
      type: time
      type_params:
        time_granularity: day
    - name: is_gift
      type: categorical
      label: A gift
  measures:
    - name: orders
      agg: sum
      expr: 1
    - name: sales
      agg: sum
      expr: amount
      create_metric: true
      create_metric_display_name: Sales
    - name: payments
      agg: sum
      expr: amount
      agg_time_dimension: paid_at
    - name: gifts
      agg: sum_boolean
      expr: is_gift
    - name: dear
      agg: percentile
      expr: amount
      agg_params:
        percentile: 0.9
        use_discrete_percentile: true
    - name: stock
      agg: SUM
      expr: amount
      non_additive_dimension:
        name: paid_at
        window_choice: max
        window_groupings: [shop]
---
semantic_model:
  name: shops
  model: ref('dim_shops')
  entities:
    - {name: shop, type: primary, expr: shop_id}
    - {name: town, type: foreign}
  dimensions:
    - {name: size, type: categorical, expr: square_metres}
---
semantic_model:
  name: shop_days
  node_relation: {schema_name: marts, alias: shop_days}
  entities:
    - {name: shop, type: primary, expr: shop_id}
  dimensions:
    - {name: snapshot, type: time, is_partition: true, expr: day, type_params: {time_granularity: day}}
    - {name: staff, type: categorical}
---
semantic_model:
  name: towns
  node_relation: {schema_name: marts, alias: towns}
  entities:
    - {name: town, type: primary}
  dimensions:
    - {name: region, type: categorical}
---
semantic_model:
  name: levels
  node_relation: {schema_name: marts, alias: levels}
  primary_entity: level
  entities:
    - {name: buyer, type: natural, expr: buyer_id}
  dimensions:
    - {name: since, type: time, expr: valid_from, type_params: {time_granularity: day, validity_params: {is_start: true}}}
    - {name: until, type: time, expr: valid_to, type_params: {time_granularity: day, validity_params: {is_end: true}}}
    - {name: level_name, type: categorical}
---
semantic_model:
  name: visits
  node_relation: {schema_name: marts, alias: visits}
  primary_entity: visit
  defaults: {agg_time_dimension: seen_at}
  entities:
    - {name: buyer, type: foreign, expr: buyer_id}
    - {name: session, type: foreign, expr: session_id}
  dimensions:
    - {name: seen_at, type: time, type_params: {time_granularity: day}}
    - {name: referrer, type: categorical}
  measures:
    - {name: visits, agg: count, expr: 1}
---
semantic_model:
  name: buyers
  node_relation: {schema_name: marts, alias: buyers}
  entities:
    - {name: buyer, type: primary, expr: buyer_id}
  dimensions:
    - {name: city, type: categorical}
"""

METRICS = """\
---
metric:
  name: orders
  type: simple
  type_params:
    measure: orders
---
metric:
  name: gift_orders
  label: Gift orders
  type: SIMPLE
  time_granularity: month
  type_params:
    measure:
      name: orders
      filter: "{{ Dimension('order__is_gift') }}"
      join_to_timespine: true
      fill_nulls_with: 0
  filter:
    - "{{ Entity('shop') }} IS NOT NULL"
    - "{{ TimeDimension('metric_time', 'day') }} >= '2026-01-01'"
---
metric:
  name: dear
  type: simple
  type_params:
    measure: dear
---
metric:
  name: stock
  type: simple
  type_params:
    measure: stock
---
metric:
  name: payments
  type: simple
  type_params:
    measure: payments
---
metric:
  name: gift_share
  type: ratio
  type_params:
    numerator:
      name: orders
      filter: "{{ Dimension('order__is_gift') }}"
      alias: gifts_only
    denominator: orders
  filter: "{{ Dimension('shop__town__region') }} = 'east'"
---
metric:
  name: growth
  type: derived
  type_params:
    expr: orders - orders_before - orders_at_start
    metrics:
      - name: orders
      - name: orders
        offset_window: 2 weeks
        alias: orders_before
      - name: orders
        offset_to_grain: MONTH
        alias: orders_at_start
---
metric:
  name: running_orders
  type: cumulative
  type_params:
    measure: orders
    cumulative_type_params:
      window: 7 days
      period_agg: average
---
metric:
  name: running_gifts
  type: cumulative
  type_params:
    measure:
      name: gifts
      fill_nulls_with: 0
    grain_to_date: month
---
metric:
  name: bought_after_visit
  type: conversion
  type_params:
    conversion_type_params:
      base_measure: visits
      conversion_measure: orders
      entity: buyer
      window: 7 days
      calculation: conversions
      constant_properties:
        - base_property: session
          conversion_property: order__is_gift
---
metric:
  name: busy_shops
  type: simple
  type_params:
    measure: orders
  filter: "{{ Metric('sales', group_by=['shop']) }} > 100"
"""

REST = """\
---
project_configuration:
  time_spines:
    - node_relation: {alias: days, schema_name: marts}
      primary_column: {name: day, time_granularity: day}
      custom_granularities:
        - name: season
        - {name: retail_month, column_name: month_454}
---
saved_query:
  name: for_the_board
  query_params:
    metrics: [orders]
"""

COLUMNS = {
    "fct_orders": {
        "order_id": T.INTEGER,
        "shop_id": T.INTEGER,
        "buyer_id": T.INTEGER,
        "ordered_at": T.TIMESTAMP,
        "paid_at": T.STRING,
        "is_gift": T.BOOLEAN,
        "amount": T.DECIMAL,
    },
    "dim_shops": {"shop_id": T.INTEGER, "town": T.STRING, "square_metres": T.INTEGER},
    "shop_days": {"shop_id": T.INTEGER, "day": T.DATE, "staff": T.INTEGER},
    "towns": {"town": T.STRING, "region": T.STRING},
    "levels": {"buyer_id": T.INTEGER, "valid_from": T.DATE, "valid_to": T.DATE, "level_name": T.STRING},
    "visits": {"buyer_id": T.INTEGER, "session_id": T.STRING, "seen_at": T.TIMESTAMP, "referrer": T.STRING},
    "buyers": {"buyer_id": T.INTEGER, "city": T.STRING},
}


def write(folder: Path, *, models: str = MODELS, metrics: str = METRICS, rest: str = REST) -> Path:
    (folder / "models.yml").write_text(models, encoding="utf-8")
    (folder / "more").mkdir()
    (folder / "more" / "metrics.yaml").write_text(metrics, encoding="utf-8")
    (folder / "project.yml").write_text(rest, encoding="utf-8")
    return folder


def shop(folder: Path, **parts: str) -> DbtProject:
    return open_dbt(write(folder, **parts), columns=COLUMNS, customer_entity="buyers", as_of="2026-10-31")
