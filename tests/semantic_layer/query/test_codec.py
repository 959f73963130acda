"""Plans survive JSON exactly, and broken JSON is refused with the place and the nearest form."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.errors import InvalidPlanError
from semantic_layer.query import codec
from semantic_layer.query.plan import ChartKind, ListPeople, Plan, Step
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, InSegment, Not, Predicate
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import Audience, ByField, ByTime, Query

finite = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(float, finite)
times = st.deferred(lambda: st.from_type(TimeRange))


def typed(value: object) -> object:
    """A form in which 1, 1.0 and True differ, unlike in Python equality."""
    if isinstance(value, tuple):
        return tuple(typed(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return (type(value).__name__, *(typed(getattr(value, name)) for name in value.__dataclass_fields__))
    return (type(value).__name__, value)


@settings(max_examples=150, deadline=None)
@given(st.from_type(Step))
def test_every_step_comes_back_as_it_went(step: Step) -> None:
    plan = Plan((step,), ChartKind.BAR)
    text = codec.plan_to_json(plan)
    assert typed(codec.plan_from_json(text)) == typed(plan)
    assert codec.plan_to_json(codec.plan_from_json(text)) == text


@settings(max_examples=150, deadline=None)
@given(st.from_type(Predicate))
def test_every_predicate_comes_back_as_it_went(predicate: Predicate) -> None:
    data = json.loads(json.dumps(codec.encode(predicate)))
    assert typed(codec.decode_predicate(data)) == typed(predicate)


@settings(max_examples=100, deadline=None)
@given(times)
def test_every_time_comes_back_as_it_went(time: TimeRange) -> None:
    assert codec.decode_time(codec.encode(time)) == time


def test_writes_short_readable_objects() -> None:
    query = Query(
        metrics=("sales",), by=(ByField("customer.city"), ByTime(Grain.MONTH)), time=Calendar(Grain.MONTH, -1)
    )
    assert codec.encode(query) == {
        "is": "query",
        "metrics": ["sales"],
        "by": [{"is": "by_field", "field": "customer.city"}, {"is": "by_time", "grain": "month"}],
        "time": {"is": "calendar", "unit": "month", "offset": -1},
    }


def test_reads_an_object_without_its_name_where_only_one_form_can_stand() -> None:
    data = {"where": {"is": "compare", "field": "customer.city", "op": "=", "value": "上海"}, "as_of": "2026-10-31"}
    assert codec.decode_audience(data) == Audience(
        where=Compare("customer.city", "=", "上海"), as_of=date(2026, 10, 31)
    )


def test_keeps_nested_behaviour_symbolic() -> None:
    audience = Audience(
        where=And(
            (
                Not(Did(entity="order", time=Rolling(30, Grain.DAY))),
                HasMetric(metric="sales", op=">", value=500, time=Span(date(2026, 1, 1), None)),
                InSegment("上海挽回人群"),
            )
        )
    )
    assert codec.audience_from_json(codec.audience_to_json(audience)) == audience


def test_comparisons_may_be_words_or_explicit_times() -> None:
    query = Query(metrics=("sales",), compare_to=(Comparison.YEAR_BEFORE,))
    assert codec.decode_query(codec.encode(query)) == query


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "$"),
        ("[" * 100_000, "$"),
        ("[]", "$"),
        ('{"version": 9, "value": {}}', "$.version"),
        ('{"version": 1, "value": {"is": "plan"}}', "$.steps"),
        ('{"version": 1, "value": {"is": "plan", "steps": 3}}', "$.steps"),
        ('{"version": 1, "value": {"steps": [{"is": "drop_table"}]}}', "$.steps[0].is"),
        ('{"version": 1, "value": {"steps": [], "chart": "bars"}}', "$.chart"),
        ('{"version": 1, "value": {"steps": [{"is": "query", "metrics": ["a"], "limit": "ten"}]}}', "$.steps[0].limit"),
        ('{"version": 1, "value": {"steps": [{"is": "query", "metrics": ["a"], "limit": true}]}}', "$.steps[0].limit"),
        ('{"version": 1, "value": {"steps": [{"is": "query", "metrics": ["a"], "wheer": null}]}}', "$.steps[0].wheer"),
    ],
)
def test_refuses_what_fits_no_form_and_says_where(text: str, place: str) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        codec.plan_from_json(text)
    assert caught.value.message.en.startswith(f"{place}: ")
    assert caught.value.message.zh.startswith(f"{place}：")


def test_offers_the_nearest_form() -> None:
    with pytest.raises(InvalidPlanError) as caught:
        codec.decode_predicate({"is": "compar", "field": "a.b", "op": "=", "value": 1})
    assert caught.value.suggestions[0] == "compare"


def test_refuses_nesting_that_would_exhaust_the_stack() -> None:
    data: codec.Json = {"is": "is_null", "field": "a.b"}
    for _ in range(500):
        data = {"is": "not", "item": data}
    with pytest.raises(InvalidPlanError, match="nested deeper"):
        codec.decode_predicate(data)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_refuses_numbers_that_json_cannot_hold(number: float) -> None:
    with pytest.raises(InvalidPlanError):
        codec.plan_to_json(Plan((ListPeople(Audience(where=Compare("a.b", "=", number))),)))
