"""A role that may not see few people gets no figure that points at persons; other roles see what they saw before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.core import Assistant
from semantic_layer.errors import NotAllowedError
from semantic_layer.layer import Result, SemanticLayer
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare, Ranked
from semantic_layer.query.time import Comparison, Grain, Rolling
from semantic_layer.query.types import Audience, ByField, Query

ADMIN = User(name="Ada", roles=("admin",))
EAST = User(name="Eva", roles=("region_east",))
LEAST = 5
BIG = Audience(where=Compare("customer.gender", "=", "女"))
EAST_ONLY = Compare("city.region", "=", "华东")


@pytest.fixture(scope="module")
def layer(assistant: Assistant) -> SemanticLayer:
    return assistant.resources.layer


FEW = Audience(where=Ranked(metric="sales", count=3))


def by_person_count(layer: SemanticLayer, user: User, *metrics: str) -> Result:
    by = (ByField("customer.city"), ByField("customer.member_level"), ByField("customer.age_band"))
    return layer.run(Query(metrics=metrics, by=by, where=EAST_ONLY), user)


def test_few_people_are_neither_counted_nor_listed(layer: SemanticLayer) -> None:
    for ask in (layer.count, layer.people, layer.keys, layer.waterfall):
        with pytest.raises(NotAllowedError):
            ask(FEW, EAST)
    with pytest.raises(NotAllowedError):
        layer.run(Query(metrics=("customers",), where=FEW.where), EAST)
    with pytest.raises(NotAllowedError):
        layer.run(Query(metrics=("sales",), where=FEW.where), EAST)


def test_an_administrator_sees_few_people_as_before(layer: SemanticLayer) -> None:
    assert layer.count(FEW, ADMIN) == len(layer.keys(FEW, ADMIN)) == 3
    assert layer.run(Query(metrics=("customers",), where=FEW.where), ADMIN).table.rows == ((3,),)


def test_many_people_are_seen(layer: SemanticLayer) -> None:
    count = layer.count(BIG, EAST)
    assert count > LEAST
    assert len(layer.keys(BIG, EAST)) == count
    assert layer.waterfall(BIG, EAST)[-1][1] == count


def test_groups_of_few_people_are_blank_and_the_answer_says_how_many(layer: SemanticLayer) -> None:
    seen, hidden = by_person_count(layer, ADMIN, "customers"), by_person_count(layer, EAST, "customers")
    counts = {row[:3]: row[3] for row in seen.table}
    small = {group for group, count in counts.items() if count < LEAST}
    blank = {row[:3] for row in hidden.table if row[3] is None}
    assert len(small) > 1
    assert blank == small
    assert {row[:3]: row[3] for row in hidden.table if row[3] is not None} == {
        group: count for group, count in counts.items() if group not in small
    }
    assert any(str(len(small)) in note.en for note in hidden.notes)
    assert seen.notes == ()


def test_sums_of_few_buyers_are_blank(layer: SemanticLayer) -> None:
    counts = {row[:3]: row[3] for row in by_person_count(layer, ADMIN, "buyers").table}
    small = {group for group, count in counts.items() if count is not None and 0 < count < LEAST}
    sales = {row[:3]: row[3] for row in by_person_count(layer, EAST, "sales").table}
    assert small
    assert all(sales[group] is None for group in small)
    assert any(value is not None for value in sales.values())


def test_a_comparison_is_blank_when_one_of_its_periods_had_few_people(layer: SemanticLayer) -> None:
    query = Query(
        metrics=("sales",),
        by=(ByField("customer.city"), ByField("customer.age_band")),
        time=Rolling(7, Grain.DAY),
        compare_to=(Comparison.PERIOD_BEFORE,),
        where=EAST_ONLY,
    )
    people = layer.run(replace(query, metrics=("buyers",)), ADMIN).table
    few_in_one = {
        row[:2]
        for row in people
        if any(0 < (row[people.index(name)] or 0) < LEAST for name in ("buyers", "buyers__prev"))
    }
    shown = layer.run(query, EAST).table
    assert few_in_one
    assert all(row[2:] == (None,) * (len(row) - 2) for row in shown if row[:2] in few_in_one)


def test_distributions_and_values_leave_few_people_out(layer: SemanticLayer) -> None:
    city = "customer.city"
    seen = {one.value: one.count for one in layer.distribution(BIG, (city, "customer.age_band"), EAST)[city]}
    assert seen
    assert all(count == 0 or count >= LEAST for count in seen.values())
    assert all(count >= LEAST for _, count in layer.value_counts(city, EAST))


def test_rows_that_lead_to_nobody_are_not_touched(layer: SemanticLayer) -> None:
    query = Query(metrics=("products",), by=(ByField("product.category"),))
    if layer.index.has_metric("products"):
        assert layer.run(query, EAST).table.rows == layer.run(query, ADMIN).table.rows
