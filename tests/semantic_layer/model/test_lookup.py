from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import InvalidPlanError, UnknownNameError
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import did_you_mean, nearest
from tests.semantic_layer.model.small_model import ENTITIES, write_model

TOWNS = """
datasets:
- name: town
  source: towns
  primary_key: [town]
  label: {zh: 城镇, en: town}
  columns: {town: string}
- name: shop
  source: shops
  primary_key: [shop_id]
  label: {zh: 门店, en: shop}
  columns: {shop_id: integer, town: string}
relationships:
- {from: customer, to: town, from_columns: [city], to_columns: [town]}
- {from: shop, to: town, from_columns: [town], to_columns: [town]}
"""
SHOPPING = "- {from: order, to: shop, from_columns: [order_id], to_columns: [shop_id]}\n"


@pytest.fixture
def index(tmp_path: Path) -> ModelIndex:
    return ModelIndex(load_model(write_model(tmp_path, towns=TOWNS)))


def test_finds_definitions_by_name(index: ModelIndex) -> None:
    assert index.entity("order").table == "orders"
    assert index.dimension("customer.city").words.label.en == "city"
    assert index.metric("sales").words.label.zh == "销售额"
    assert index.tag("customer.risk").name == "risk"
    assert index.tag("risk") is index.tag("customer.risk")
    assert index.field("customer.gender") is index.dimension("customer.gender")
    assert index.field("customer.risk") is index.tag("risk")


@pytest.mark.parametrize(
    ("find", "name", "offered"),
    [
        ("metric", "salse", "sales"),
        ("dimension", "customer.citty", "customer.city"),
        ("dimension", "order.city", "customer.city"),
        ("tag", "hihg_value", "customer.high_value"),
        ("field", "customer.gendre", "customer.gender"),
        ("entity", "oder", "order"),
    ],
)
def test_an_unknown_name_offers_the_nearest_one(index: ModelIndex, find: str, name: str, offered: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        getattr(index, find)(name)
    assert error.value.suggestions[0] == offered
    assert offered in error.value.message.zh
    assert offered in error.value.message.en


def test_a_name_like_nothing_offers_nothing(index: ModelIndex) -> None:
    with pytest.raises(UnknownNameError) as error:
        index.metric("xyzzy")
    assert error.value.suggestions == ()


def test_fields_of_an_entity_are_dimensions_then_tags(index: ModelIndex) -> None:
    names = [field.name for field in index.fields_of("customer")]
    assert names == ["gender", "city", "age", "high_value", "risk", "buyer", "liked_gender"]


def test_the_path_follows_many_to_one_steps(index: ModelIndex) -> None:
    assert [step.name for step in index.path("order", "town")] == ["order_customer", "customer_town"]
    assert index.path("order", "order") == ()
    assert index.reachable("order") == {"order", "customer", "town"}


def test_there_is_no_path_from_one_to_many(index: ModelIndex) -> None:
    with pytest.raises(InvalidPlanError) as error:
        index.path("customer", "order")
    assert "客户" in error.value.message.zh
    assert "'customer'" in error.value.message.en


def test_two_equally_short_paths_are_not_guessed_between(tmp_path: Path) -> None:
    index = ModelIndex(load_model(write_model(tmp_path, towns=TOWNS + SHOPPING)))
    with pytest.raises(InvalidPlanError) as error:
        index.path("order", "town")
    assert set(error.value.suggestions) == {"order_customer>customer_town", "order_shop>shop_town"}


def test_the_shorter_of_two_paths_is_taken(tmp_path: Path) -> None:
    direct = "- {from: order, to: town, from_columns: [order_id], to_columns: [town]}\n"
    index = ModelIndex(load_model(write_model(tmp_path, towns=TOWNS + direct)))
    assert [step.name for step in index.path("order", "town")] == ["order_town"]


def test_relationships_in_a_circle_do_not_hang(tmp_path: Path) -> None:
    circle = ENTITIES + "- {from: customer, to: order, from_columns: [customer_key], to_columns: [order_id]}\n"
    index = ModelIndex(load_model(write_model(tmp_path, entities=circle, towns=TOWNS)))
    with pytest.raises(InvalidPlanError):
        index.path("order", "shop")


def test_nearest_is_stable_and_cut_short() -> None:
    names = ["sales", "sale", "sales_to_date", "salad", "orders"]
    assert nearest("sales", names)[0] == "sales"
    assert nearest("sles", names, limit=2) == nearest("sles", list(reversed(names)), limit=2)
    assert len(nearest("sale", names, limit=2)) == 2


def test_did_you_mean_lists_what_is_allowed_when_nothing_is_near() -> None:
    assert did_you_mean("xyzzy", ["b", "a"], allowed="keys") == "Allowed keys: a, b."
    assert did_you_mean("kind", ["kinds"], allowed="keys") == "Did you mean 'kinds'?"
    assert did_you_mean("kind", [], allowed="keys") == "There are no keys."
