"""Lengths of time and grains that metrics and tags name can be counted, and are no finer than the data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.grain import Grain, Offset
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.rules.metrics import Path, metrics_named
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import (
    ColumnType,
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Measure,
    Metric,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    SemanticModel,
    Simple,
    Tag,
    TextBody,
)

_GRAINS = tuple(grain.value for grain in Grain)
_FROM_FINE = tuple(Grain)
_LENGTH = re.compile(r"(\d+) (?:hour|day|week|month|quarter|year)s?")


def lengths(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Windows are longer than nothing; offsets and running totals go by grains or by the company's own periods."""
    own = [period.name for spine in model.time_spines for period in spine.periods]
    for metric in model.metrics:
        if isinstance(metric.body, Cumulative | Conversion) and _is_nothing(metric.body.window or ""):
            yield sources.issue("metric", metric.name, ("window",), *_nothing(metric.body.window or ""))
        if isinstance(metric.body, Cumulative):
            to_date = metric.body.grain_to_date
            if to_date and to_date not in _GRAINS:
                remedy = did_you_mean(to_date, _GRAINS, allowed="grains")
                yield sources.issue("metric", metric.name, ("grain_to_date",), f"{to_date!r} is no grain.", remedy)
        for path, offset in _offsets(metric):
            yield from _offset(metric, path, offset, own, sources)
    for tag in model.tags:
        for path, window in _windows(tag):
            if _is_nothing(window):
                yield sources.issue("tag", tag.qualified, path, *_nothing(window))
    window = model.conventions.default_window
    if window and (not _LENGTH.fullmatch(window) or _is_nothing(window)):
        message, remedy = f"{window!r} is not a window of time.", "Write a number above 0 and a unit, e.g. 12 months."
        yield sources.issue("conventions", "", ("default_window",), message, remedy)


def _is_nothing(window: str) -> bool:
    found = _LENGTH.fullmatch(window)
    return found is not None and int(found[1]) == 0


def _nothing(window: str) -> tuple[str, str]:
    return f"A window of {window} holds nothing.", "Write a number above 0, e.g. 30 days."


def _offsets(metric: Metric) -> Iterator[tuple[Path, Offset]]:
    match metric.body:
        case Ratio(numerator=top, denominator=bottom):
            named: list[tuple[Path, Offset | None]] = [
                (("numerator", "offset"), top.offset),
                (("denominator", "offset"), bottom.offset),
            ]
        case Derived(inputs=inputs):
            named = [(("inputs", at, "offset"), part.offset) for at, part in enumerate(inputs)]
        case _:
            named = []
    yield from ((path, offset) for path, offset in named if offset is not None)


def _offset(metric: Metric, path: Path, offset: Offset, own: list[str], sources: Sources) -> Iterator[Issue]:
    allowed = [*_GRAINS, *(() if offset.to_start else own)]
    if offset.unit not in allowed:
        remedy = did_you_mean(offset.unit, allowed, allowed="units")
        message = f"{offset.unit!r} is no unit of time{' to start from' if offset.to_start else ''}."
        yield sources.issue("metric", metric.name, path, message, remedy)
    elif not offset.to_start and offset.count == 0:
        message, remedy = "An offset of nothing changes nothing.", "Write a number above 0, or remove the key."
        yield sources.issue("metric", metric.name, path, message, remedy)


def _windows(tag: Tag) -> Iterator[tuple[Path, str]]:
    match tag.body:
        case RuleBody(inputs=inputs):
            yield from ((("inputs", item.name, "window"), item.window) for item in inputs)
        case QuantileBody(window=window) | PreferenceBody(window=window) | TextBody(window=window):
            yield ("window",), window
        case _:
            return


def running_totals(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """A running total is made of what is counted, not of another running total or of a conversion."""
    metrics = {metric.name: metric for metric in model.metrics}
    for metric in model.metrics:
        if isinstance(metric.body, Cumulative):
            other = _not_added_up(metric.body.input, metrics)
            if other is not None:
                kind = "running total" if isinstance(other.body, Cumulative) else "conversion"
                message = f"It adds up {other.name!r}, which is a {kind} itself."
                remedy = "Name a metric that is an aggregation, or arithmetic over such."
                yield sources.issue("metric", metric.name, ("input",), message, remedy)


def _not_added_up(start: str, metrics: dict[str, Metric]) -> Metric | None:
    waiting, seen = [start], set[str]()
    while waiting:
        found = metrics.get(waiting.pop())
        if found is None or found.name in seen:
            continue
        seen.add(found.name)
        if isinstance(found.body, Cumulative | Conversion):
            return found
        if not isinstance(found.body, Simple):
            waiting.extend(name for _, name in metrics_named(found.body))
    return None


def grains(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """A grain is given of times only, and no metric is shown finer than the time that it goes by."""
    fields = {field.qualified: field for field in model.dimensions}
    times = {entity.name: entity.time for entity in model.entities}
    for field in model.dimensions:
        if field.grain is None:
            continue
        if field.type not in (ColumnType.DATE, ColumnType.TIMESTAMP):
            message = f"A field of {field.type.value} has no grain."
            remedy = "Remove grain:, or name the type of the time."
            yield sources.issue("dimension", field.qualified, ("grain",), message, remedy)
        elif field.type is ColumnType.DATE and field.grain.is_within_day:
            message = f"A date has no {field.grain.value}."
            yield sources.issue(
                "dimension", field.qualified, ("grain",), message, "Write grain: day, or a coarser one."
            )
    for metric in model.metrics:
        for measure in metric.body.measures if metric.grain and isinstance(metric.body, Simple) else ():
            time = _time_of(measure, times, fields)
            finest = _finest(time) if time is not None else None
            if time is not None and finest is not None and metric.grain and _is_finer(metric.grain, finest):
                message = (
                    f"It is shown by {metric.grain.value}, but {time.qualified!r} is no finer than {finest.value}."
                )
                remedy = f"Write grain: {finest.value}, or a coarser one."
                yield sources.issue("metric", metric.name, ("grain",), message, remedy)
                break


def _time_of(measure: Measure, times: dict[str, str | None], fields: dict[str, Dimension]) -> Dimension | None:
    name = measure.time or times.get(measure.entity)
    return fields.get(name if "." in name else f"{measure.entity}.{name}") if name else None


def _finest(field: Dimension) -> Grain | None:
    """The finest grain that a time has, by what is said of it or by its type."""
    return field.grain or (Grain.DAY if field.type is ColumnType.DATE else None)


def _is_finer(one: Grain, other: Grain) -> bool:
    return _FROM_FINE.index(one) < _FROM_FINE.index(other)
