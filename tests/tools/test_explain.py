"""Why nobody, why this person, how much two groups share: checked against eight customers counted by hand."""

# ruff: noqa: DTZ001  # the data's times are local and have no zone

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Unit
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Among, And, Between, Compare, Did, HasMetric, Not, Predicate, Ranked
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience, Query
from semantic_layer.table import Cell, ResultColumn, Table
from tools.card import card
from tools.explain import overlap, why_member, why_zero
from tools.people_in_memory import PeopleInMemory

SHANGHAI = Compare("customer.city", "=", "上海")
SUZHOU = Compare("customer.city", "=", "苏州")
GOLD = Compare("customer.level", "=", "金卡")
HIGH = Compare("customer.high_value", "=", True)


def audience(*parts: Predicate) -> Audience:
    return Audience(where=And(parts))


def test_says_which_condition_empties_the_audience(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SUZHOU, GOLD, HIGH), ana)
    assert result.emptied_by == GOLD
    assert result.alone == 2
    assert [count for _, count in result.steps] == [8, 1, 0, 0]


def test_every_relaxation_gives_the_people_it_says(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SUZHOU, GOLD), ana)
    assert result.relaxations
    for near in result.relaxations:
        assert near.count == layer.count(near.audience, ana) > 0


def test_offers_to_drop_a_condition(layer: PeopleInMemory, ana: User) -> None:
    dropped = {
        near.was: near.count for near in why_zero(layer, audience(SUZHOU, GOLD), ana).relaxations if near.kind == "drop"
    }
    assert dropped == {(SUZHOU,): 2, (GOLD,): 1}


def test_offers_the_next_lower_level(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SUZHOU, GOLD), ana)
    level = next(near for near in result.relaxations if near.kind == "level")
    assert level.now == Among("customer.level", ("普通", "银卡", "金卡"))
    assert level.count == 1


def test_offers_a_lower_bound_of_levels(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SUZHOU, Compare("customer.level", ">=", "银卡")), ana)
    level = next(near for near in result.relaxations if near.kind == "level")
    assert level.now == Compare("customer.level", ">=", "普通")


def test_offers_the_wider_place_that_holds_the_city(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SUZHOU, Compare("customer.age", ">", 50)), ana)
    place = next(near for near in result.relaxations if near.kind == "place")
    assert place.now == Compare("place.province", "=", "江苏")
    assert place.count == 1


def test_offers_the_named_group_around_a_value(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SHANGHAI, Compare("customer.level", "=", "普通")), ana)
    group = next(near for near in result.relaxations if near.kind == "group")
    assert group.now == Among("customer.city", ("上海", "杭州"), "sweet")
    assert group.count == 1


def test_widens_a_numeric_bound_to_the_nearest_value(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SHANGHAI, Compare("customer.age", "<", 18)), ana)
    bound = next(near for near in result.relaxations if near.kind == "bound")
    assert bound.now == Compare("customer.age", "<=", 25)
    assert bound.count == 1


def test_widens_a_range_on_the_nearer_side(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SHANGHAI, Between("customer.age", 32, 38)), ana)
    bound = next(near for near in result.relaxations if near.kind == "bound")
    assert bound.now == Between("customer.age", 30, 38)


def test_lengthens_the_time_of_a_behaviour(layer_with: Callable[..., PeopleInMemory], ana: User) -> None:
    month = Did(entity="order", time=Rolling(30, Grain.DAY))
    layer = layer_with(behaviour=lambda did, person: did.time != Rolling(30, Grain.DAY) and person["key"] == 4)
    time = next(near for near in why_zero(layer, audience(SUZHOU, month), ana).relaxations if near.kind == "time")
    assert time.now == Did(entity="order", time=Rolling(60, Grain.DAY))


def test_lowers_the_bound_of_a_metric_step_by_step(layer_with: Callable[..., PeopleInMemory], ana: User) -> None:
    layer = layer_with(behaviour=lambda metric, person: metric.value <= 700 and person["key"] == 4)
    part = HasMetric(metric="sales", op=">", value=1000)
    bound = next(near for near in why_zero(layer, audience(SUZHOU, part), ana).relaxations if near.kind == "bound")
    assert bound.now == HasMetric(metric="sales", op=">", value=700)


def test_drops_two_conditions_when_one_is_not_enough(layer: PeopleInMemory, ana: User) -> None:
    nobody = Compare("customer.city", "=", "拉萨")
    result = why_zero(layer, audience(nobody, Compare("customer.city", "=", "三亚"), HIGH), ana)
    assert [(near.kind, len(near.was), near.count) for near in result.relaxations] == [("drop", 2, 3)]


class FewAreHidden(PeopleInMemory):
    """A layer for a role that does not see fewer than two people."""

    def count(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> int:
        found = super().count(audience, user, cancel=cancel)
        if found == 1:
            raise NotAllowedError(Text("人太少", "too few"))
        return found


def test_groups_too_small_for_the_role_are_not_offered(
    index: ModelIndex, people: list[Mapping[str, Cell]], ana: User
) -> None:
    layer = FewAreHidden(index, {"customer": people})
    result = why_zero(layer, audience(Compare("customer.city", "=", "南京"), GOLD), ana)
    assert [(near.kind, near.was, near.count) for near in result.relaxations] == [
        ("drop", (Compare("customer.city", "=", "南京"),), 2)
    ]


def test_has_nothing_to_explain_when_somebody_is_there(layer: PeopleInMemory, ana: User) -> None:
    result = why_zero(layer, audience(SHANGHAI), ana)
    assert (result.emptied_by, result.relaxations) == (None, ())


def test_checks_each_condition_for_one_person(layer: PeopleInMemory, ana: User) -> None:
    result = why_member(layer, "M003", audience(SHANGHAI, GOLD, Compare("customer.age", "<", 30)), ana)
    assert not result.member
    assert [(check.holds, check.facts[0].value) for check in result.checks] == [
        (True, "上海"),
        (False, "银卡"),
        (True, 25),
    ]
    assert result.checks[1].facts[0].text == Text("银卡", "silver")


def sales_of(query: Query) -> Table:
    column = ResultColumn(
        name="sales", label=Text("销售额", "sales"), role="metric", source=query.metrics[0], unit=Unit.CURRENCY
    )
    return Table((column,), ((Decimal("812.50"),),))


def test_shows_the_metric_a_tag_rests_on(layer_with: Callable[..., PeopleInMemory], ana: User) -> None:
    layer = layer_with(metrics=sales_of)
    (check,) = why_member(layer, "M003", audience(HIGH), ana).checks
    assert not check.holds
    assert [(fact.name, fact.text.en) for fact in check.facts] == [("customer.high_value", "no"), ("sales", "¥812.50")]


@pytest.mark.parametrize(
    "part",
    [
        HasMetric(metric="sales", op=">", value=900),
        Ranked(metric="sales", share=0.1),
        Not(HasMetric(metric="sales", op=">", value=1)),
    ],
)
def test_shows_the_persons_own_metric(layer_with: Callable[..., PeopleInMemory], ana: User, part: Predicate) -> None:
    (check,) = why_member(layer_with(metrics=sales_of), "M003", audience(part), ana).checks
    assert check.facts[0].value == Decimal("812.50")


def test_masks_what_the_user_may_not_see(layer: PeopleInMemory, ana: User) -> None:
    (check,) = why_member(layer, "M003", audience(Compare("customer.phone", "=", "13800138003")), ana).checks
    assert check.facts[0].masked
    assert check.facts[0].value == "138****"


def test_an_unknown_person_is_said_to_be_unknown(layer: PeopleInMemory, ana: User) -> None:
    with pytest.raises(UnknownNameError):
        why_member(layer, "M999", audience(SHANGHAI), ana)
    with pytest.raises(UnknownNameError):
        card(layer, "  ", ana)


def test_counts_the_overlap_of_two_groups(layer: PeopleInMemory, ana: User) -> None:
    price = Compare("customer.price_sensitive", "=", True)
    result = overlap(layer, [Audience(where=HIGH), Audience(where=price)], ana)
    assert (result.sizes, result.pairs, result.union, result.common) == ((3, 3), ((0, 1, 1),), 5, 1)
    assert result.share(result.pairs[0]) == 1 / 3


def test_counts_the_overlap_of_three_groups(layer: PeopleInMemory, ana: User) -> None:
    price = Compare("customer.price_sensitive", "=", True)
    result = overlap(layer, [Audience(where=HIGH), Audience(where=price), Audience(where=SHANGHAI)], ana)
    assert result.pairs == ((0, 1, 1), (0, 2, 2), (1, 2, 2))
    assert (result.union, result.common) == (5, 1)


def test_an_overlap_with_everybody_is_the_group(layer: PeopleInMemory, ana: User) -> None:
    result = overlap(layer, [Audience(where=HIGH), Audience(), Audience(where=SHANGHAI)], ana)
    assert result.union == 8
    assert result.pairs[0] == (0, 1, 3)


def test_refuses_an_overlap_of_one(layer: PeopleInMemory, ana: User) -> None:
    with pytest.raises(InvalidPlanError):
        overlap(layer, [Audience(where=HIGH)], ana)


def test_a_card_shows_masked_attributes_tags_with_grounds_and_what_happened(index: ModelIndex, ana: User) -> None:
    person = {
        "key": 1,
        "customer.member_no": "M001",
        "customer.city": "上海",
        "customer.level": "金卡",
        "customer.age": 30,
        "customer.phone": "13800138001",
        "customer.high_value": True,
        "customer.price_sensitive": False,
    }
    order = {"customer.member_no": "M001", "order.channel": "天猫"}
    days = [datetime(2026, 10, 1, 9), datetime(2026, 10, 30, 9)]
    orders = [{**order, "key": at, "order.ordered_at": day} for at, day in enumerate(days)]
    layer = PeopleInMemory(index, {"customer": [person], "order": orders}, metrics=sales_of)
    shown = card(layer, "M001", ana)
    assert {fact.name: fact.masked for fact in shown.attributes}["customer.phone"]
    assert "13800138001" not in str(shown)
    assert [(tag.fact.name, tag.holds) for tag in shown.tags] == [
        ("customer.high_value", True),
        ("customer.price_sensitive", False),
    ]
    assert shown.tags[0].grounds[0].text.zh == "¥812.50"
    assert [happening.at for happening in shown.timeline] == [days[1], days[0]]
    assert shown.timeline[0].details == ((Text("渠道", "channel"), Text("天猫", "天猫")),)
