"""Questions that cannot be right are refused before they run, with what is allowed and what is nearest."""

from __future__ import annotations

from datetime import date

import pytest

from semantic_layer.compiler.audience import compile_audience_count, compile_people
from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError, UnknownNameError, UserError
from semantic_layer.model.types import Conversion, Cumulative, Metric, SemanticModel, Unit
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import Calendar, Grain, Holiday, Span
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Order, Query
from tests.semantic_layer.compiler import tiny


def refused(query: Query) -> UserError:
    with pytest.raises(UserError) as caught:
        compile_query(query, tiny.context())
    assert caught.value.message.zh
    assert caught.value.message.en
    return caught.value


def refused_people(where: Predicate) -> UserError:
    with pytest.raises(UserError) as caught:
        compile_audience_count(Audience(where=where, entity="member"), tiny.context())
    assert caught.value.message.zh
    assert caught.value.message.en
    return caught.value


def test_names_the_nearest_metric_for_a_misspelt_one() -> None:
    error = refused(Query(metrics=("sale",)))
    assert isinstance(error, UnknownNameError)
    assert "sales" in error.suggestions


def test_names_the_nearest_field_for_a_misspelt_one() -> None:
    assert "member.town" in refused(Query(metrics=("sales",), by=(ByField("member.twon"),))).suggestions
    assert "member.town" in refused_people(Compare("member.tow", "=", "Shanghai")).suggestions


def test_names_the_nearest_value_of_a_closed_list() -> None:
    error = refused_people(Compare("member.level", "=", "golden"))
    assert error.suggestions == ("gold",)
    assert "basic, silver, gold" in error.message.en


@pytest.mark.parametrize(
    "where",
    [
        Compare("member.age", ">", "thirty"),
        Compare("member.town", "=", 5),
        Compare("member.age", "=", True),
        Compare("member.age", "<", float("nan")),
        Compare("member.joined_at", ">", "2026-13-01"),
        Compare("member.joined_at", ">", 20260101),
        Compare("member.big_spender", "=", "yes"),
        Between("member.age", 20, "old"),
        Among("member.age", (1, "two")),
        Contains("member.age", "3"),
    ],
)
def test_refuses_values_of_the_wrong_type(where: Predicate) -> None:
    assert isinstance(refused_people(where), InvalidPlanError)


def test_refuses_to_order_text_that_has_no_order() -> None:
    assert "no order" in refused_people(Compare("member.town", ">", "Shanghai")).message.en


@pytest.mark.parametrize(
    "where",
    [
        And((Compare("member.town", "=", "Shanghai"), Compare("member.town", "=", "Beijing"))),
        And((Compare("member.town", "=", "Shanghai"), Among("member.town", ("Beijing", "Lhasa")))),
        And((Compare("member.age", ">", 40), Compare("member.age", "<", 30))),
        And((Compare("member.age", ">", 40), Compare("member.age", "<=", 40))),
        And((Between("member.age", 20, 30), Compare("member.age", "=", 31))),
        Between("member.age", 30, 20),
        Did(
            entity="purchase",
            where=And((Compare("purchase.channel", "=", "web"), Compare("purchase.channel", "=", "shop"))),
        ),
    ],
)
def test_refuses_conditions_that_no_value_meets(where: Predicate) -> None:
    assert "contradict" in refused_people(where).message.en


@pytest.mark.parametrize(
    "where",
    [
        Or((Compare("member.town", "=", "Shanghai"), Compare("member.town", "=", "Beijing"))),
        And((Compare("member.age", ">", 30), Compare("member.age", "<", 40))),
        And(
            (
                Did(entity="line", where=Compare("good.kind", "=", "bags")),
                Did(entity="line", where=Compare("good.kind", "=", "shoes")),
            )
        ),
    ],
)
def test_accepts_conditions_that_some_value_meets(where: Predicate) -> None:
    compile_audience_count(Audience(where=where, entity="member"), tiny.context())


@pytest.mark.parametrize(
    "where",
    [
        HasMetric(metric="sales", op=">=", value=10, high=5),
        Ranked(metric="sales"),
        Ranked(metric="sales", count=3, share=0.1),
        Ranked(metric="sales", count=0),
        Ranked(metric="sales", share=1.5),
        Did(entity="purchase", count=-1),
        Did(entity="town"),
        Did(entity="town", time=Calendar(Grain.MONTH, -1)),
        Did(entity="visit", where=Compare("good.kind", "=", "shoes")),
    ],
)
def test_refuses_conditions_on_people_that_cannot_be_right(where: Predicate) -> None:
    assert isinstance(refused_people(where), InvalidPlanError)


def test_refuses_unknown_names_inside_conditions_on_people() -> None:
    for where in (Did(entity="purchse"), HasMetric(metric="slaes", op=">", value=1), InSegment("regulars")):
        assert isinstance(refused_people(where), UnknownNameError)


def test_a_segment_that_holds_itself_is_refused() -> None:
    looped = {
        "a": Audience(where=InSegment("b"), entity="member"),
        "b": Audience(where=InSegment("a"), entity="member"),
    }
    with pytest.raises(InvalidPlanError):
        compile_audience_count(Audience(where=InSegment("a"), entity="member"), tiny.context(segments=looped))


@pytest.mark.parametrize(
    "query",
    [
        Query(metrics=()),
        Query(metrics=("sales",), limit=0),
        Query(metrics=("sales",), by=(ByField("member.town"), ByField("member.town"))),
        Query(metrics=("sales",), by=(ByTime(Grain.DAY), ByTime(Grain.DAY))),
        Query(metrics=("sales",), order=(Order("member.town"),)),
        Query(metrics=("sales",), by=(ByField("member.town"),), order=(Order("sales", what="change"),)),
        Query(metrics=("sales",), having=(Bound(metric="sales", op=">=", value=2, high=1),)),
        Query(metrics=("sales",), time=Span(date(2026, 5, 1), date(2026, 4, 1))),
        Query(metrics=("sales",), time=Span(date(2027, 5, 1), date(2027, 6, 1))),
        Query(metrics=("sales",), time=Holiday("no such festival")),
    ],
)
def test_refuses_questions_that_cannot_be_right(query: Query) -> None:
    refused(query)


def test_an_audience_of_a_future_day_is_refused() -> None:
    with pytest.raises(InvalidPlanError):
        compile_audience_count(Audience(entity="member", as_of=date(2027, 1, 1)), tiny.context())


def test_a_field_that_people_do_not_lead_to_cannot_be_listed() -> None:
    with pytest.raises(InvalidPlanError):
        compile_people(Audience(entity="member"), tiny.context(), fields=("purchase.channel",))


def test_a_bound_on_a_running_total_or_a_conversion_is_possible() -> None:
    for body in (
        Conversion(entity="member", base="visits", target="purchases", window="7 days"),
        Cumulative(input="sales"),
    ):
        metric = Metric(name="later", words=tiny.words("later"), body=body, unit=Unit.NUMBER)
        context = tiny.context(model=with_metric(metric))
        for query in (
            Query(metrics=("later",)),
            Query(metrics=("sales",), by=(ByField("member.town"),), order=(Order("later"),)),
            Query(metrics=("sales",), where=HasMetric(metric="later", op=">", value=1)),
        ):
            with tiny.database() as connection:
                tiny.run(connection, compile_query(query, context))


def with_metric(metric: Metric) -> SemanticModel:
    return tiny.replace(tiny.MODEL, metrics=(*tiny.METRICS, metric))
