"""Metrics name entities, time fields and other metrics that exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import (
    Conversion,
    Cumulative,
    Derived,
    DimensionKind,
    Measure,
    Metric,
    MetricBody,
    Ratio,
    SemanticModel,
    Simple,
)

Path = tuple[str | int, ...]


def metrics_named(body: MetricBody) -> tuple[tuple[Path, str], ...]:
    """The other metrics that a metric is made of, with the key that names each."""
    match body:
        case Simple():
            return tuple(
                (_measure_path(position, "having"), measure.having.metric)
                for position, measure in enumerate(body.measures)
                if measure.having is not None
            )
        case Ratio():
            return ((("numerator",), body.numerator.metric), (("denominator",), body.denominator.metric))
        case Derived():
            return tuple((("inputs", position), part.metric) for position, part in enumerate(body.inputs))
        case Cumulative():
            return ((("input",), body.input),)
        case Conversion():
            return ((("base",), body.base), (("target",), body.target))
        case _:
            assert_never(body)


def metric_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Every name that a metric uses is defined."""
    known = [metric.name for metric in model.metrics]
    entities = [entity.name for entity in model.entities]
    for metric in model.metrics:
        for path, name in metrics_named(metric.body):
            if name and name not in known:
                remedy = did_you_mean(name, known, allowed="metrics")
                yield sources.issue("metric", metric.name, path, f"There is no metric {name!r}.", remedy)
        for path, name in _entities_named(metric):
            if name and name not in entities:
                remedy = did_you_mean(name, entities, allowed="entities")
                yield sources.issue("metric", metric.name, path, f"There is no entity {name!r}.", remedy)
        if isinstance(metric.body, Simple):
            yield from _fields_named(metric, metric.body, model, sources)


def _entities_named(metric: Metric) -> Iterator[tuple[Path, str]]:
    if metric.counts is not None:
        yield ("counts",), metric.counts
    if isinstance(metric.body, Conversion):
        yield ("entity",), metric.body.entity
    if isinstance(metric.body, Simple):
        for position, measure in enumerate(metric.body.measures):
            yield _measure_path(position, "entity"), measure.entity
            if measure.per is not None:
                yield _measure_path(position, "per"), measure.per


def _fields_named(metric: Metric, body: Simple, model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    for position, measure in enumerate(body.measures):
        times = _times(model, measure)
        if measure.time is not None and measure.time not in times:
            path = _measure_path(position, "time")
            message = f"{measure.time!r} is not a time field of {measure.entity!r}."
            yield sources.issue(
                "metric", metric.name, path, message, did_you_mean(measure.time, times, allowed="time fields")
            )
        if measure.non_additive is not None and (stock := measure.non_additive.dimension) not in times:
            path = _measure_path(position, "non_additive")
            message = f"{stock!r} is not a time field of {measure.entity!r}."
            yield sources.issue("metric", metric.name, path, message, did_you_mean(stock, times, allowed="time fields"))


def _times(model: SemanticModel, measure: Measure) -> list[str]:
    return [f.name for f in model.dimensions if f.entity == measure.entity and f.kind is DimensionKind.TIME]


def _measure_path(position: int, key: str) -> Path:
    return ("measures", position, key)
