"""dbt's long names and filters, read over the small shop: what each means is written down by hand.

orders ──shop──▶ shops ──town──▶ towns        visits ──buyer──▶ buyers, levels (a history)
   │ └───shop──▶ shop_days (a snapshot a day)
   └────buyer──▶ buyers, levels
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from semantic_layer.errors import InvalidPlanError, NotYetError, UnknownNameError
from semantic_layer.interchange.dbt import DbtProject
from semantic_layer.interchange.dbt_filters import FieldCall, Fragments, MetricCall, read_call
from tests.semantic_layer.interchange.dbt_shop import shop


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> DbtProject:
    return shop(tmp_path_factory.mktemp("shop"))


@pytest.mark.parametrize(
    ("name", "starts", "field", "full_name"),
    [
        ("order__is_gift", ["orders"], "orders.is_gift", "order__is_gift"),
        ("shop", ["orders"], "orders.shop", "shop"),
        ("order__shop", ["orders"], "orders.shop", "order__shop"),
        ("shop__size", ["orders"], "shops.size", "shop__size"),
        ("shop__staff", ["orders"], "shop_days.staff", "shop__staff"),
        ("shop__town", ["orders"], "shops.town", "shop__town"),
        ("shop__town__region", ["orders"], "towns.region", "shop__town__region"),
        ("town__region", ["orders"], "towns.region", "shop__town__region"),  # named by its end
        ("buyer__level_name", ["visits"], "levels.level_name", "buyer__level_name"),
        ("visit__referrer", ["visits"], "visits.referrer", "visit__referrer"),
        ("buyer__city", ["orders", "visits"], "buyers.city", "buyer__city"),
        ("buyer", ["orders", "visits"], "buyers.buyer", "buyer"),  # one key, seen from two sides
        ("buyer__city", [], "buyers.city", "buyer__city"),
        ("shop", [], "shops.shop", "shop"),
        ("shop__town", [], "shops.town", "shop__town"),
        ("level__level_name", [], "levels.level_name", "level__level_name"),
    ],
)
def test_what_a_name_means(project: DbtProject, name: str, starts: Sequence[str], field: str, full_name: str) -> None:
    named = project.names.read(name, starts)
    assert (named.field, named.full_name) == (field, full_name)


def test_the_relationships_are_said_where_there_are_two_ways(tmp_path_factory: pytest.TempPathFactory) -> None:
    models = """\
---
semantic_model:
  name: parcels
  node_relation: {schema_name: s, alias: parcels}
  entities:
    - {name: sender, type: foreign, expr: sender_id}
    - {name: receiver, type: foreign, expr: receiver_id}
  primary_entity: parcel
---
semantic_model:
  name: houses
  node_relation: {schema_name: s, alias: houses}
  entities:
    - {name: sender, type: primary, expr: house_id}
    - {name: receiver, type: unique, expr: house_id}
  dimensions:
    - {name: street, type: categorical}
"""
    names = shop(tmp_path_factory.mktemp("parcels"), models=models, metrics="").names
    assert names.read("sender__street", ["parcels"]).field == "sender>houses.street"
    assert names.read("receiver__street", ["parcels"]).field == "receiver>houses.street"
    assert names.read("sender__street", []).field == "houses.street"


def test_an_unknown_name_offers_the_nearest(project: DbtProject) -> None:
    with pytest.raises(UnknownNameError) as caught:
        project.names.read("shop__sise", ["orders"])
    assert "shop__size" in caught.value.suggestions
    with pytest.raises(UnknownNameError):
        project.names.read("shop__size", ["visits"])


@pytest.mark.parametrize(
    ("entity", "starts", "model"),
    [
        ("shop", ["orders"], "shops"),  # rather than its daily snapshots
        ("buyer", ["orders", "visits"], "buyers"),  # rather than the history of levels
        ("order__shop", ["orders"], "shops"),
        ("shop", ["shop_days"], "shop_days"),  # its own rows first
        ("session", ["visits"], None),
        ("town", ["visits"], None),  # not reached
    ],
)
def test_whose_rows_an_entity_names(project: DbtProject, entity: str, starts: Sequence[str], model: str | None) -> None:
    assert project.names.holder(entity, starts) == model


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("Dimension('shop__size')", FieldCall("shop__size")),
        (" Dimension( 'size', entity_path = ['order', 'shop'] ) ", FieldCall("order__shop__size")),
        ("Entity('shop', ['order'])", FieldCall("order__shop")),
        ("TimeDimension('metric_time', 'DAY')", FieldCall("metric_time", "day")),
        ("TimeDimension('metric_time')", FieldCall("metric_time")),
        ("TimeDimension('metric_time', 'day', date_part_name='year')", FieldCall("metric_time", "day", "year")),
        ("Dimension('metric_time').grain('month')", FieldCall("metric_time", "month")),
        ("Dimension('metric_time').date_part('dow')", FieldCall("metric_time", "", "dow")),
        ("Metric('sales', ['shop'])", MetricCall("sales", ("shop",))),
        ("Metric('sales', group_by=['shop', 'buyer'])", MetricCall("sales", ("shop", "buyer"))),
    ],
)
def test_calls_in_filters(text: str, call: object) -> None:
    assert read_call(text) == call


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop",
        "Dimension()",
        "Dimension(1)",
        "Dimension('a').upper()",
        "Other('a')",
        "__import__('os')",
        "Dimension('a'",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlanError):
        read_call(text)


@pytest.fixture
def fragments(project: DbtProject) -> Fragments:
    return Fragments(project.names, project.measures.starts_of, ["season"])


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("{{ Dimension('shop__size') }} > 3", '"shops"."size" > 3'),
        ("{{Dimension('order__is_gift')}} OR {{ Entity('shop') }} IS NULL", '"orders"."is_gift" OR "orders"."shop" IS NULL'),
        ("{{ TimeDimension('order__paid_at', 'month') }} = DATE '2026-01-01'", """DATE_TRUNC('month', "orders"."paid_at") = DATE '2026-01-01'"""),
        ("{{ Dimension('order__ordered_at') }} > '2026'", """DATE_TRUNC('hour', "orders"."ordered_at") > '2026'"""),
        ("{{ TimeDimension('order__paid_at', date_part_name='dow') }} = 1", 'EXTRACT(ISODOW FROM "orders"."paid_at") = 1'),
        ("{{ TimeDimension('metric_time') }} > '2026'", "metric_time.day > '2026'"),
        ("{{ TimeDimension('metric_time', 'season') }} = 'x'", "metric_time.season = 'x'"),
        ("{{ Metric('sales', ['shop']) }} > 1", "metric('sales', 'shops') > 1"),
    ],
)  # fmt: skip
def test_filters_become_sql_over_fields(fragments: Fragments, text: str, sql: str) -> None:
    assert fragments.where([text], ["orders"]) == sql


def test_several_filters_hold_together(fragments: Fragments) -> None:
    both = ["{{ Dimension('shop__size') }} > 3 OR TRUE", "FALSE"]
    assert fragments.where(both, ["orders"]) == '("shops"."size" > 3 OR TRUE) AND (FALSE)'
    assert fragments.where([], ["orders"]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "{{ TimeDimension('order__paid_at', 'season') }} = 'x'",
        "{{ Metric('sales', ['shop', 'buyer']) }} > 1",
        "{{ Metric('sales', ['session']) }} > 1",
    ],
)
def test_what_our_conditions_cannot_say_is_not_guessed(fragments: Fragments, text: str) -> None:
    with pytest.raises((NotYetError, UnknownNameError)):
        fragments.where([text], ["orders"])


@pytest.mark.parametrize(
    "text", ["{% if x %} 1 {% endif %}", "{{ TimeDimension('metric_time', 'day', date_part_name='aeon') }} = 1"]
)
def test_other_jinja_is_refused(fragments: Fragments, text: str) -> None:
    with pytest.raises(InvalidPlanError):
        fragments.where([text], ["orders"])
