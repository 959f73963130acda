"""Going through all that a plan holds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.query import codec
from semantic_layer.query.plan import ChartKind, ListPeople, Plan, Step
from semantic_layer.query.predicate import And, Compare, Did, Not
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience
from semantic_layer.query.walk import parts

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
BOUGHT = Did(entity="order", time=Rolling(30, Grain.DAY))
CITY = Compare("customer.city", "=", "上海")


def test_parts_come_from_left_to_right_each_before_what_it_holds() -> None:
    plan = Plan((ListPeople(Audience(where=And((CITY, Not(BOUGHT))))),), ChartKind.BAR)
    found = [part for part in parts(plan) if not isinstance(part, str | int | tuple | None)]
    assert found == [
        plan,
        plan.steps[0],
        Audience(where=And((CITY, Not(BOUGHT)))),
        And((CITY, Not(BOUGHT))),
        CITY,
        Not(BOUGHT),
        BOUGHT,
        Rolling(30, Grain.DAY),
    ]
    assert list(parts(plan))[-1] is ChartKind.BAR


def test_scalars_tuples_lists_and_mappings_are_gone_through() -> None:
    assert list(parts("sales")) == ["sales"]
    assert list(parts((1, [2, {"a": 3}]))) == [(1, [2, {"a": 3}]), 1, [2, {"a": 3}], 2, {"a": 3}, 3]
    assert list(parts(Compare)) == [Compare]  # a class is no value of it


def _scalars(data: object) -> list[object]:
    """The scalars of the JSON form, without the names of the forms."""
    if isinstance(data, dict):
        return [x for key, value in data.items() if key != "is" for x in _scalars(value)]
    if isinstance(data, list):
        return [x for value in data for x in _scalars(value)]
    return [data]


@settings(max_examples=50, deadline=None)
@given(step=st.from_type(Step))
def test_whatever_the_json_form_writes_is_among_the_parts(step: Step) -> None:
    found = [p.isoformat() if hasattr(p, "isoformat") else p for p in parts(step)]
    for scalar in _scalars(codec.encode(step)):
        assert any(scalar == p and type(scalar) in (type(p), str) for p in found), scalar
