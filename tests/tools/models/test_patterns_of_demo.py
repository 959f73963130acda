"""Groups, baskets, uplift and advice on the demo company: counts agree with plain questions, planted effects are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from semantic_layer.errors import InvalidPlanError, NotAllowedError, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Basket
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, Not
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience, ByField, Query
from tools.effect.groups import DataGroups
from tools.models.baskets_data import what_is_bought
from tools.models.book import ModelBook
from tools.models.clusters_found import find_groups
from tools.models.clusters_model import ClusterModel
from tools.models.clusters_traits import traits_on
from tools.models.kept import ModelsOfMemory
from tools.models.recommend import what_suits
from tools.models.tags import with_scores
from tools.models.types import Task, TooLittleDataError
from tools.models.uplift_data import whom_it_moved, worth_turning_to

SHOES = Compare("product.category", "=", "运动鞋")
YEAR = Rolling(12, Grain.MONTH)
SHANGHAI = Compare("customer.city", "=", "上海")


@pytest.fixture(scope="module")
def task(assistant) -> Task:
    return Task(layer=assistant.resources.layer, user=User(name="ana", roles=("admin",)))


@pytest.fixture(scope="module")
def three(task):
    return find_groups(SHANGHAI, 3, task)


def count(task: Task, *where) -> int:
    return task.layer.count(Audience(where=And(where) if len(where) > 1 else where[0]), task.user)


# ---- groups


def test_the_rule_of_each_group_as_a_question_gives_exactly_its_people(task, three) -> None:
    for number, group in enumerate(three.groups):
        keys = task.layer.key_array(Audience(where=group.where), task.user)
        assert keys.tolist() == three.keys[three.group_of == number].tolist()
        assert len(keys) == group.people


def test_groups_and_those_who_bought_nothing_are_everybody_asked_about(task, three) -> None:
    assert sum(group.people for group in three.groups) + three.quiet == count(task, SHANGHAI)


def test_traits_are_the_metrics_of_a_year(task, three) -> None:
    names = [trait.metric for trait in three.traits.traits]
    assert {"orders", "sales", "coupon_rate"} <= set(names)
    query = Query(metrics=("orders",), by=(ByField("customer.customer_key"),), where=SHANGHAI, time=YEAR)
    plain = dict(zip(*task.layer.columns(query, task.user).values(), strict=True))
    orders = three.traits.values[:, names.index("orders")]
    assert orders.tolist() == [plain[key] for key in three.keys.tolist()]


def test_groups_stand_beside_the_rfm_classes(task, three) -> None:
    assert three.beside is not None
    assert three.beside.tag.name == "rfm_class"
    assert sum(sum(row) for row in three.beside.counts) == len(three.keys)
    champions = three.beside.values.index("重要价值")
    assert sum(row[champions] for row in three.beside.counts) == count(
        task, SHANGHAI, Compare("customer.rfm_class", "=", "重要价值")
    )


def test_groups_have_different_names_in_both_languages(three) -> None:
    for language in ("zh", "en"):
        names = [group.name.in_(language) for group in three.groups]
        assert len(set(names)) == len(names) == len(three.groups)
        assert all(group.rule.in_(language) for group in three.groups)


@pytest.mark.parametrize("number", [1, 9])
def test_a_number_of_groups_out_of_reach_is_refused(task, number: int) -> None:
    with pytest.raises(InvalidPlanError, match="2 to 8"):
        find_groups(None, number, task)


def test_too_few_customers_are_not_grouped(task) -> None:
    with pytest.raises(TooLittleDataError, match="200 customers"):
        find_groups(And((SHANGHAI, Compare("customer.member_level", "=", "黑金"))), 2, task)


def test_somebody_who_may_not_see_few_people_is_refused(task) -> None:
    east = Task(layer=task.layer, user=User(name="east", roles=("region_east",)))
    for asked in (
        lambda: find_groups(None, 3, east),
        lambda: what_suits(Audience(), DataGroups(east.layer, east.user), east),
    ):
        with pytest.raises(NotAllowedError, match="see_small_groups"):
            asked()


@pytest.mark.slow
def test_all_customers_fall_into_steady_groups_that_stand_as_a_tag(task) -> None:
    ticks = iter(range(100))
    store = ModelsOfMemory()
    book = ModelBook(
        store,
        (ClusterModel(),),
        "demo",
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        seconds=lambda: next(ticks),
    )
    trained = book.get("clusters", task.layer, task.user)
    assert trained.card.metrics[0].value >= 0.88
    assert min(band.people for band in trained.card.bands) >= 0.05 * trained.card.people
    assert len(trained.scores) == count(task, HasMetric(metric="orders", op=">=", value=1, time=YEAR))
    published = book.publish("clusters", trained.card.version, task.layer, task.user)
    assert (published.tag, published.version) == ("customer_group", 1)
    known = task.layer
    index = ModelIndex(with_scores(known.index.model, store, "demo"))
    tagged = SemanticLayer(index, known.policy, known.engine, known.as_of, known.segments)
    for band in trained.card.bands:
        where = Compare("customer.customer_group", "=", band.value)
        assert tagged.count(Audience(where=where), task.user) == band.people
    moved = book.drift(trained.card, task.layer, task.user)
    assert moved is not None
    assert moved.state == "steady"


# ---- baskets


@pytest.fixture(scope="module")
def shoes(task):
    return what_is_bought(Basket(where=SHOES), task)


def test_buyers_and_companions_are_those_of_plain_questions(task, shoes) -> None:
    bought = Did(entity="order_line", where=SHOES, time=YEAR)
    assert shoes.field == "product.category"
    assert shoes.given_people == count(task, bought)
    assert shoes.buyers == count(task, Did(entity="order_line", time=YEAR))
    for rule in (*shoes.people.rules, *shoes.people.less):
        other = Did(entity="order_line", where=Compare("product.category", "=", shoes.things[rule.then]), time=YEAR)
        assert rule.both == count(task, bought, other)
        assert rule.then_count == count(task, other)


def test_sportswear_goes_with_running_shoes(shoes) -> None:
    assert shoes.things[shoes.people.rules[0].then] == "运动服"
    assert shoes.things[shoes.orders.rules[0].then] == "运动服"


def test_conditions_on_people_limit_who_is_looked_at(task) -> None:
    found = what_is_bought(Basket(where=And((SHANGHAI, SHOES))), task)
    assert found.buyers == count(task, SHANGHAI, Did(entity="order_line", time=YEAR))


@pytest.mark.slow
def test_somebody_who_sees_a_part_is_told_of_that_part(task) -> None:
    east = Task(layer=task.layer, user=User(name="east", roles=("region_east",)))
    found = what_is_bought(Basket(where=SHOES), east)
    assert (
        0
        < found.buyers
        == count(east, Did(entity="order_line", time=YEAR))
        < count(task, Did(entity="order_line", time=YEAR))
    )


@pytest.mark.slow
def test_another_field_and_a_field_that_nobody_buys(task) -> None:
    assert what_is_bought(Basket(where=SHOES, field="product.brand"), task).field == "product.brand"
    with pytest.raises(InvalidPlanError, match="nothing that is bought"):
        what_is_bought(Basket(field="customer.gender"), task)


def test_in_general_rules_are_about_orders(task) -> None:
    found = what_is_bought(Basket(), task)
    assert found.people is None
    assert found.orders.rules
    assert all(rule.low > 1 and rule.confidence > rule.base for rule in found.orders.rules)
    pairs = {
        frozenset((found.things[rule.given[0]], found.things[rule.then]))
        for rule in found.orders.rules
        if len(rule.given) == 1
    }
    assert frozenset(("运动鞋", "运动服")) in pairs


# ---- uplift and advice


@pytest.fixture(scope="module")
def groups(task) -> DataGroups:
    return DataGroups(task.layer, task.user)


def test_a_campaign_that_moves_all_alike_gives_nobody_to_pick(task, groups) -> None:
    moved = whom_it_moved("2026年8月挽回活动", groups, task)
    assert moved.advice == "all"
    assert moved.found.overall.low < 0.03 < moved.found.overall.high  # the planted effect
    assert len(worth_turning_to(moved, None, task).keys) == 0


@pytest.mark.slow
def test_people_to_pick_are_those_with_the_greatest_effect_and_a_rule_says_nearly_the_same(task, groups) -> None:
    found = whom_it_moved("2026年3月会员专享券", groups, task)
    moved = replace(found, advice="pick", share=0.2, learnt=replace(found.learnt, least=0.06))
    picked = worth_turning_to(moved, SHANGHAI, task)
    assert (picked.effects >= 0.06).all()
    assert picked.where is not None
    by_rule = task.layer.key_array(Audience(where=picked.where), task.user)
    asked = count(task, SHANGHAI)
    assert 1 - len(np.setxor1d(by_rule, picked.keys)) / asked == pytest.approx(picked.agreed)
    top = worth_turning_to(moved, SHANGHAI, task, top=20)
    assert len(top.keys) == 20
    assert top.effects.min() >= np.sort(picked.effects)[-20]


@pytest.mark.slow
def test_a_campaign_without_effect_is_not_proven(task, groups) -> None:
    moved = whom_it_moved("2026年5月优惠券活动", groups, task)
    assert moved.advice == "unproven"
    assert moved.found.overall.low < 0 < moved.found.overall.high


@pytest.mark.slow
def test_coupons_lean_to_those_who_use_them_and_novelty_away(task, groups) -> None:
    def slope(campaign: str, metric: str) -> float:
        moved = whom_it_moved(campaign, groups, task)
        return next(found for trait, found in moved.leaning if trait.metric == metric)

    assert slope("2026年3月会员专享券", "coupon_rate") > 0.3
    assert slope("2026年4月春季新品首发", "coupon_rate") < -0.3
    assert slope("2026年4月春季新品首发", "sales") > 0.3


def test_campaigns_that_say_nothing_are_refused_with_the_reason(task, groups) -> None:
    with pytest.raises(InvalidPlanError, match="not as planned"):
        whom_it_moved("2026年618会员日", groups, task)
    with pytest.raises(InvalidPlanError, match="end on 2026-11-25"):
        whom_it_moved("2026年双11预热", groups, task)
    with pytest.raises(UnknownNameError):
        whom_it_moved("没有的活动", groups, task)


def test_nothing_later_than_the_day_before_tells_people_apart(task, groups) -> None:
    group = groups.groups("2026年3月会员专享券")
    keys = np.array(group.treated.to_array(), dtype=np.int64)
    day = group.starts - timedelta(days=1)
    traits = traits_on(day, keys, task)
    recency = traits.values[:, 0]
    assert recency.min() >= 0
    orders = traits.values[:, [trait.metric for trait in traits.traits].index("orders")]
    after = Did(entity="order", time=Rolling(200, Grain.DAY))
    never = task.layer.key_array(
        Audience(where=And((after, Not(HasMetric(metric="orders", op=">=", value=1, time=YEAR)))), as_of=day), task.user
    )
    assert not orders[np.isin(keys, never)].any()


def test_advice_finds_what_was_planted_and_counts_consent(task, groups) -> None:
    high = Compare("customer.high_value", "=", True)
    found = what_suits(Audience(where=high), groups, task)
    assert found.people == count(task, high)
    assert found.best_kind is not None
    assert found.best_kind.kind == "新品"  # novelty moves those who spend much
    by_name = {one.channel.name: one for one in found.channels}
    assert by_name["短信"].reachable == count(task, high, Compare("customer.sms_reachable", "=", True))
    assert by_name["电话"].rate is None  # nobody was ever called
    assert [one.expected for one in found.channels] == sorted((one.expected for one in found.channels), reverse=True)


@pytest.mark.slow
def test_coupons_come_first_for_those_who_go_by_price(task, groups) -> None:
    found = what_suits(Audience(where=Compare("customer.price_sensitive", "=", True)), groups, task)
    assert found.kinds[0].kind == "优惠券"
    novelty = next(one for one in found.kinds if one.kind == "新品")
    assert found.kinds[0].effect.value > novelty.effect.value
