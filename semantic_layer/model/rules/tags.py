"""Tags name metrics and fields that exist, and values that they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import (
    AttributeBody,
    ColumnType,
    ModelBody,
    PreferenceBody,
    QuantileBody,
    RuleBody,
    SemanticModel,
    Tag,
    TextBody,
)

Path = tuple[str | int, ...]


def tag_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """The entity and the metrics that a tag uses are defined, and `positive` names values of the tag."""
    metrics = [metric.name for metric in model.metrics]
    entities = [entity.name for entity in model.entities]
    for tag in model.tags:
        if tag.entity and tag.entity not in entities:
            remedy = did_you_mean(tag.entity, entities, allowed="entities")
            yield sources.issue("tag", tag.qualified, ("entity",), f"There is no entity {tag.entity!r}.", remedy)
        for path, name in _metrics_named(tag):
            if name and name not in metrics:
                remedy = did_you_mean(name, metrics, allowed="metrics")
                yield sources.issue("tag", tag.qualified, path, f"There is no metric {name!r}.", remedy)
        yield from _positive(tag, sources)


def _metrics_named(tag: Tag) -> Iterator[tuple[Path, str]]:
    match tag.body:
        case AttributeBody():
            return
        case RuleBody():
            for item in tag.body.inputs:
                yield ("inputs", item.name, "metric"), item.metric
        case QuantileBody():
            yield ("metric",), tag.body.metric
            for position, bound in enumerate(tag.body.require):
                yield ("require", position), bound.metric
        case PreferenceBody():
            yield ("metric",), tag.body.metric
        case TextBody() | ModelBody():
            return
        case _:
            assert_never(tag.body)


def _positive(tag: Tag, sources: Sources) -> Iterator[Issue]:
    allowed = [value.value for value in tag.values]
    if tag.type is ColumnType.BOOLEAN and not allowed:
        allowed = [True, False]
    for value in tag.positive:
        if allowed and value not in allowed:
            message = f"{value!r} is not a value of the tag."
            remedy = did_you_mean(str(value), map(str, allowed), allowed="values")
            yield sources.issue("tag", tag.qualified, ("positive",), message, remedy)


def preferred_dimension(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """What a preference tag prefers among is a dimension."""
    dimensions = [dimension.qualified for dimension in model.dimensions]
    for tag in model.tags:
        if isinstance(tag.body, PreferenceBody) and tag.body.dimension and tag.body.dimension not in dimensions:
            message = f"There is no dimension {tag.body.dimension!r}."
            remedy = did_you_mean(tag.body.dimension, dimensions, allowed="dimensions")
            yield sources.issue("tag", tag.qualified, ("dimension",), message, remedy)
