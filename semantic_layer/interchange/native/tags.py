"""Tags of every kind, as forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from semantic_layer.interchange.native.forms import (
    Form,
    bound_text,
    form,
    origin_form,
    some,
    unless,
    value_form,
    words_form,
)
from semantic_layer.model.read_tags import NO, YES, type_of_values, values_of_rule, values_of_text
from semantic_layer.model.types import (
    AttributeBody,
    ColumnType,
    Dimension,
    Level,
    ModelBody,
    PreferenceBody,
    QuantileBody,
    RuleBody,
    Tag,
    TagBody,
    TagInput,
    TagKind,
    TextBody,
    TextLabel,
    TextMethod,
    TrueText,
)


def tag_form(tag: Tag, *, customer: str, dimensions: Mapping[str, Dimension]) -> Form:
    """`dimensions` by qualified name: a preference has the values of what it prefers among."""
    listed = tag.values != _usual_values(tag, dimensions)
    values = tag.values if listed else ()
    is_boolean = _is_boolean(tag, listed=listed)
    # Without a type, a tag that lists nothing is yes or no, and its name alone means yes.
    says_type = tag.type is not _usual_type(tag, dimensions, is_boolean=is_boolean, listed=listed)
    if is_boolean and not says_type and not tag.positive:
        says_type = True
    usual_positive = (True,) if is_boolean and not says_type else ()
    return form(
        {
            "name": tag.name,
            "entity": unless(tag.entity, customer),
            **words_form(tag.words),
            "kind": tag.kind.value,
            "category": tag.category.value,
            **_body(tag.body),
            "type": tag.type.value if says_type else None,
            "values": some([value_form(value) for value in values]),
            "positive": some(tag.positive) if tag.positive != usual_positive else None,
            "ordered": unless(tag.ordered, default=False),
            "refresh": unless(tag.refresh, "daily"),
            "sensitivity": unless(tag.sensitivity.value, "none"),
            **origin_form(tag.origin),
        }
    )


def _usual_values(tag: Tag, dimensions: Mapping[str, Dimension]) -> tuple[object, ...]:
    match tag.body:
        case RuleBody():
            return values_of_rule(tag.body)
        case PreferenceBody():
            among = dimensions.get(tag.body.dimension)
            return among.values if among is not None and among.type is tag.type else ()
        case TextBody():
            return () if tag.type is ColumnType.BOOLEAN else values_of_text(tag.body)
        case AttributeBody() | QuantileBody() | ModelBody():
            return ()
        case _:
            assert_never(tag.body)


def _is_boolean(tag: Tag, *, listed: bool) -> bool:
    by_levels = isinstance(tag.body, RuleBody) and bool(values_of_rule(tag.body))
    return not listed and not by_levels and tag.kind is not TagKind.PREFERENCE and not isinstance(tag.body, TextBody)


def _usual_type(tag: Tag, dimensions: Mapping[str, Dimension], *, is_boolean: bool, listed: bool) -> ColumnType:
    if is_boolean:
        return ColumnType.BOOLEAN
    if isinstance(tag.body, PreferenceBody) and not listed:
        among = dimensions.get(tag.body.dimension)
        return among.type if among is not None else type_of_values(())
    return type_of_values(tag.values)


def _body(body: TagBody) -> Form:
    match body:
        case AttributeBody():
            return {"expr": body.expr}
        case RuleBody():
            return _rule(body)
        case QuantileBody():
            return form(
                {
                    "metric": body.metric,
                    "window": unless(body.window),
                    "share": body.share,
                    "require": some([bound_text(bound) for bound in body.require]),
                }
            )
        case PreferenceBody():
            return form({"dimension": body.dimension, "metric": body.metric, "window": unless(body.window)})
        case TextBody():
            return _text(body)
        case ModelBody():
            return {"model": body.model, "model_version": body.version}
        case _:
            assert_never(body)


def _text(body: TextBody) -> Form:
    return form(
        {
            "text": body.text,
            "window": unless(body.window),
            "speaker": unless(body.speaker),
            "method": unless(body.method.value, TextMethod.DICTIONARY.value),
            "bar": body.bar,
            "fewest": body.fewest,
            "labels": [_label(label) for label in body.labels],
            "truth": some([_true(text) for text in body.truth]),
        }
    )


def _label(label: TextLabel) -> Form:
    return {**value_form(label.value), **form({"words": some(label.words), "unless": some(label.unless)})}


def _true(text: TrueText) -> Form:
    return form({"said": text.said, "value": unless(text.value)})


def _rule(body: RuleBody) -> Form:
    """A rule of one level that says yes, and no otherwise, needs only its condition."""
    inputs = {"inputs": {item.name: _input(item) for item in body.inputs}} if body.inputs else {}
    if len(body.levels) == 1 and body.levels[0].value == YES and body.otherwise == NO:
        return {**inputs, "when": body.levels[0].when}
    levels = {"levels": [_level(level) for level in body.levels]}
    return {**inputs, **levels, **({"otherwise": value_form(body.otherwise)} if body.otherwise else {})}


def _input(item: TagInput) -> Form:
    return form({"metric": item.metric, "window": unless(item.window), "where": unless(item.where)})


def _level(level: Level) -> Form:
    return {**value_form(level.value), "when": level.when}
