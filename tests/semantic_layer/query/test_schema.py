"""The JSON schema of plans says what the codec reads: neither more nor less."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from semantic_layer.errors import InvalidPlanError
from semantic_layer.query import codec
from semantic_layer.query.plan import Explain, ListPeople, Step
from semantic_layer.query.predicate import Compare, Did, HasMetric, Not, Predicate
from semantic_layer.query.schema import json_schema
from semantic_layer.query.time import Calendar, Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import Audience, ByField, Query

ALL = Step.__args__
finite = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(float, finite)


class Checker:
    """As much of JSON Schema as is written here, read by its specification; a keyword that is not known fails loudly."""

    def __init__(self, schema: Any, definitions: Mapping[str, Any]) -> None:
        self._schema = schema
        self._definitions = definitions

    def is_valid(self, data: Any) -> bool:
        return self._holds(self._schema, data)

    def _holds(self, schema: Mapping[str, Any], data: Any) -> bool:
        return all(self._keyword(word, rule, schema, data) for word, rule in schema.items())

    def _keyword(self, word: str, rule: Any, schema: Mapping[str, Any], data: Any) -> bool:
        match word:
            case "$ref":
                return self._holds(self._definitions[rule.removeprefix("#/$defs/")], data)
            case "anyOf":
                return any(self._holds(option, data) for option in rule)
            case "additionalProperties":
                return rule is False and set(data) <= set(schema["properties"])
            case "properties":
                return all(self._holds(rule[name], data[name]) for name in data if name in rule)
            case "items":
                return all(self._holds(rule, item) for item in data)
            case "prefixItems":
                return all(self._holds(one, item) for one, item in zip(rule, data, strict=False))
            case _:
                return holds_alone(word, rule, data)


def holds_alone(word: str, rule: Any, data: Any) -> bool:
    """Keywords that look at nothing else."""
    match word:
        case "const":
            return type(data) is type(rule) and data == rule
        case "enum":
            return any(type(data) is type(choice) and data == choice for choice in rule)
        case "type":
            return type(data) in TYPES[rule]
        case "format":
            return rule == "date" and is_date(data)
        case "required":
            return all(name in data for name in rule)
        case "minItems":
            return len(data) >= rule
        case "maxItems":
            return len(data) <= rule
        case _:
            raise AssertionError(word)


TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def validator(kinds: tuple[type, ...], allowed: Mapping[str, tuple[str, ...]] | None = None) -> Checker:
    return Checker(*json_schema(kinds, allowed or {}))


STEPS = validator(ALL)


def as_read(value: Any) -> Any:
    """The data after it went through text."""
    return json.loads(json.dumps(codec.encode(value)))


def decodes(data: Any) -> bool:
    try:
        codec.decode_step(data)
    except InvalidPlanError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(step=st.from_type(Step))
def test_what_the_codec_writes_fits_the_schema(step: Step) -> None:
    assert STEPS.is_valid(as_read(step))


@pytest.mark.parametrize("kinds", [Predicate.__args__, TimeRange.__args__, (Audience,), (Query, ListPeople)])
def test_every_part_has_a_schema_of_its_own(kinds: tuple[type, ...]) -> None:
    check = validator(kinds)

    @settings(max_examples=25, deadline=None)
    @given(value=st.one_of(*(st.from_type(kind) for kind in kinds)))
    def fits(value: Any) -> None:
        assert check.is_valid(as_read(value))

    fits()


# ---- broken data


def objects(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in the data, the outermost first."""
    if isinstance(data, dict):
        yield data
        for value in data.values():
            yield from objects(value)
    elif isinstance(data, list):
        for value in data:
            yield from objects(value)


def enumerated(part: Mapping[str, Any]) -> list[str]:
    """The properties of an object that take one of a few words."""
    return [
        k for k in part if k in {"op", "grain", "unit", "which", "direction", "what", "side", "phase", "part", "is"}
    ]


@settings(max_examples=60, deadline=None)
@given(step=st.from_type(Step), draw=st.data())
def test_a_property_that_no_form_knows_is_refused_by_both(step: Step, draw: st.DataObject) -> None:
    data = deepcopy(as_read(step))
    part = draw.draw(st.sampled_from(list(objects(data))))
    part[draw.draw(st.sampled_from(("sql", "having_", "Metrics", "")))] = draw.draw(st.sampled_from((1, None, "x", [])))
    assert not STEPS.is_valid(data)
    assert not decodes(data)


@settings(max_examples=60, deadline=None)
@given(step=st.from_type(Step), draw=st.data())
def test_a_word_that_is_not_among_those_allowed_is_refused_by_both(step: Step, draw: st.DataObject) -> None:
    data = deepcopy(as_read(step))
    places = [(part, name) for part in objects(data) for name in enumerated(part) if isinstance(part[name], str)]
    part, name = draw.draw(st.sampled_from(places))
    assume(name != "what" or "by" in part)
    part[name] = draw.draw(st.sampled_from(("fortnight", "LIKE", "drop_table", "MONTH", "")))
    assert not STEPS.is_valid(data)
    assert not decodes(data)


@settings(max_examples=60, deadline=None)
@given(step=st.from_type(Step), draw=st.data())
def test_what_is_missing_is_refused_by_the_codec_when_the_schema_needs_it(step: Step, draw: st.DataObject) -> None:
    """The name of the form may be left out for the codec where only one form can stand; the schema always asks for it."""
    data = deepcopy(as_read(step))
    part = draw.draw(st.sampled_from([p for p in objects(data) if len(p) > 1] or [data]))
    assume(len(part) > 1)
    name = draw.draw(st.sampled_from([key for key in part if key != "is"]))
    del part[name]
    assert decodes(data) == STEPS.is_valid(data)


@settings(max_examples=60, deadline=None)
@given(step=st.from_type(Step), draw=st.data())
def test_a_value_of_another_type_is_refused_by_both_or_taken_by_both(step: Step, draw: st.DataObject) -> None:
    data = deepcopy(as_read(step))
    part = draw.draw(st.sampled_from(list(objects(data))))
    name = draw.draw(st.sampled_from(sorted(part)))
    part[name] = draw.draw(st.sampled_from((None, True, 7, 7.5, "text", [], {}, [{}], "2026-10-31", {"is": "is_null"})))
    assert decodes(data) == STEPS.is_valid(data)


# ---- its form


def test_a_form_is_written_with_what_it_needs() -> None:
    schema, definitions = json_schema((Rolling,), {})
    assert schema == {"$ref": "#/$defs/rolling"}
    assert definitions == {
        "rolling": {
            "type": "object",
            "properties": {
                "is": {"const": "rolling"},
                "count": {"type": "integer"},
                "unit": {"enum": [grain.value for grain in Grain]},
            },
            "required": ["is", "count", "unit"],
            "additionalProperties": False,
        }
    }


def test_what_has_a_default_need_not_be_given_and_dates_are_dates() -> None:
    _, definitions = json_schema((Span, Calendar), {})
    assert definitions["calendar"]["required"] == ["is", "unit"]  # type: ignore[index, call-overload]
    day = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    assert definitions["span"]["properties"]["start"] == day  # type: ignore[index, call-overload]


def test_a_union_of_many_is_written_once() -> None:
    _, definitions = json_schema((Not, Did, ListPeople, Query), {})
    shared = [name for name in definitions if name.startswith("any_")]
    assert shared == ["any_compare_of_13", "any_span_of_6"]
    text = json.dumps(definitions)
    assert text.count('"anyOf": [{"$ref": "#/$defs/compare"}') == 1


def test_several_forms_or_one() -> None:
    several, _ = json_schema((Query, ListPeople), {})
    assert several == {"anyOf": [{"$ref": "#/$defs/query"}, {"$ref": "#/$defs/list_people"}]}


def test_names_are_held_to_those_allowed_wherever_they_stand() -> None:
    check = validator(ALL, {"metric": ("sales",), "metrics": ("sales", "orders"), "field": ("customer.city",)})
    sales = Query(metrics=("sales", "orders"), by=(ByField("customer.city"),), where=Compare("customer.city", "=", "x"))
    assert check.is_valid(as_read(sales))
    for wrong in (
        Query(metrics=("sales", "profit")),
        Query(metrics=("sales",), by=(ByField("customer.phone"),)),
        Query(metrics=("sales",), where=Not(Compare("customer.phone", "=", "x"))),
        ListPeople(Audience(where=HasMetric(metric="orders", op=">", value=1))),
        Explain(metric="profit"),
    ):
        assert decodes(as_read(wrong))  # the codec reads shape only
        assert not check.is_valid(as_read(wrong))
    assert check.is_valid(as_read(ListPeople(Audience(where=HasMetric(metric="sales", op=">", value=1)))))


def test_a_value_may_be_any_scalar_though_names_are_held() -> None:
    check = validator((Compare,), {"field": ("customer.city",)})
    for value in ("上海", 3, 0.5, True):
        assert check.is_valid(as_read(Compare("customer.city", "=", value)))
