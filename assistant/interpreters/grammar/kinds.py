"""What the metrics and the rows of a model are to questions of special kinds: stocks, running totals, steps, conversions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from assistant.interpreters.grammar.meanings import Meanings
from semantic_layer.model.types import (
    Aggregation,
    ColumnType,
    Conversion,
    Cumulative,
    Dimension,
    DimensionKind,
    Measure,
    Scalar,
    Simple,
    Tag,
    Unit,
)
from semantic_layer.query.plan import Occurrence
from semantic_layer.query.predicate import And, Compare, Did, Predicate, conjuncts
from semantic_layer.query.time import Grain

_VALUE_OF = re.compile(r"(\w+)\s*=\s*'([^']*)'")
_COLUMN = re.compile(r"\w+")

# ---- stocks and running totals


def stock_of(m: Meanings, name: str) -> str | None:
    """The metric that says how many or how much there is at a moment, for one that is such or counts what is there now."""
    if is_stock(m, name):
        return name
    counted = [e.name for e in m.model.entities if m.count_metric(e.name) == name]
    for metric in m.model.metrics:
        if metric.hidden or not is_stock(m, metric.name) or not isinstance(metric.body, Cumulative):
            continue
        measure = _first_measure(m, metric.body.input)
        if measure is not None and measure.entity in counted and _counts_rows(m, measure):
            return metric.name
    return None


def is_stock(m: Meanings, name: str) -> bool:
    """Is a later value the state then, never to be added to an earlier one: a balance, a number of members?"""
    body = m.index.metric(name).body
    match body:
        case Cumulative(window=window, grain_to_date=to_date):
            return window is None and to_date is None
        case Simple(measures=measures):
            return any(measure.non_additive is not None for measure in measures)
        case _:
            return False


def running_of(m: Meanings, name: str) -> tuple[str, ...]:
    """The metrics that add `name` up since the start of a period."""
    return tuple(
        metric.name
        for metric in m.model.metrics
        if isinstance(metric.body, Cumulative)
        and metric.body.input == name
        and metric.body.grain_to_date is not None
        and not metric.hidden
    )


def running_since(m: Meanings, name: str, unit: Grain) -> str | None:
    """The metric that adds up the same as the running total `name`, since the start of `unit`."""
    body = m.index.metric(name).body
    if not isinstance(body, Cumulative) or body.grain_to_date is None:
        return None
    same = (other for other in running_of(m, body.input) if _to_date(m, other) == unit.value)
    return next(same, None)


def to_date_unit(m: Meanings, name: str) -> Grain | None:
    unit = _to_date(m, name)
    return next((grain for grain in Grain if grain.value == unit), None)


def _to_date(m: Meanings, name: str) -> str | None:
    body = m.index.metric(name).body
    return body.grain_to_date if isinstance(body, Cumulative) else None


def standing_for(m: Meanings, name: str) -> frozenset[str]:
    """The metrics whose presence in a plan keeps the word for `name`: itself, what it adds up, and what adds that up."""
    body = m.index.metric(name).body
    inner = body.input if isinstance(body, Cumulative) else name
    stock = stock_of(m, name)
    return frozenset({name, inner, *running_of(m, inner), *((stock,) if stock else ())})


# ---- things that happen


def main_behaviour(m: Meanings) -> str | None:
    """What people mainly do: of the entities with verbs, the one that most metrics stand on."""
    doing = [e for e in m.behaviours if m.index.entity(e).verbs and m.index.entity(e).time is not None]
    return max(doing, key=m.measured, default=None)


def registration(m: Meanings) -> str | None:
    """The field that says when a person became one: the time by which a metric counts all people."""
    for metric in m.model.metrics:
        measure = _first_measure(m, metric.name)
        if measure is not None and measure.entity == m.person and measure.time is not None:
            field = f"{m.person}.{measure.time}"
            if _counts_rows(m, measure) and m.index.has_field(field):
                return field
    return None


def counts_registrations(m: Meanings, name: str) -> bool:
    measure = _first_measure(m, name)
    return measure is not None and measure.entity == m.person and measure.time is not None and _counts_rows(m, measure)


def is_registration(m: Meanings, field: str) -> bool:
    found = m.index.field(field)
    timed = isinstance(found, Dimension) and found.kind is DimensionKind.TIME and found.entity == m.person
    return timed and field == registration(m)


def occurrence_of(did: Did) -> Occurrence | None:
    """A kind of thing that happens; `None` for one with a number, a time or an order of its own."""
    plain = Did(entity=did.entity, where=did.where)
    return Occurrence(entity=did.entity, where=did.where) if did == plain else None


def is_act(m: Meanings, entity: str, where: Predicate | None) -> bool:
    """Do such rows happen when the entity's time says so? What is only marked on a row (returned) happens at another time."""
    if entity == m.person:
        return where is None
    marked = {part.field for part in conjuncts(where) if isinstance(part, Compare) and isinstance(part.value, bool)}
    return m.index.entity(entity).time is not None and not any(m.index.field(f).entity == entity for f in marked)


def dated_by(m: Meanings, name: str) -> tuple[str, Literal["first", "last"]] | None:
    """For the date of the first or the last row of an entity (last order date), that entity and which of the two."""
    metric, measure = m.index.metric(name), _first_measure(m, name)
    if metric.unit is not Unit.DATE or measure is None or measure.where or measure.entity not in m.behaviours:
        return None
    time = m.index.entity(measure.entity).time
    column = m.index.dimension(f"{measure.entity}.{time}").expr if time else None
    if column is None or column not in _COLUMN.findall(measure.expr):
        return None
    which: dict[Aggregation, Literal["first", "last"]] = {Aggregation.MIN: "first", Aggregation.MAX: "last"}
    return (measure.entity, which[measure.agg]) if measure.agg in which else None


# ---- conversions


def conversion_from(m: Meanings, start: Occurrence, target: Occurrence, window: tuple[int, Grain] | None) -> str | None:
    """The metric for the part of people who go from `start` to `target`; without `window`, in whatever time it says."""
    for metric in m.model.metrics:
        body = metric.body
        if not isinstance(body, Conversion) or metric.hidden or body.constant:
            continue
        if body.entity != m.person or (body.calculation, body.counting) != ("rate", "people"):
            continue
        if window is not None and _length(body.window) != window:
            continue
        if happens(m, body.base) == start and happens(m, body.target) == target:
            return metric.name
    return None


def fields_inside(m: Meanings, name: str) -> frozenset[str]:
    """The fields that say what a conversion begins with and ends in."""
    body = m.index.metric(name).body
    if not isinstance(body, Conversion):
        return frozenset()
    both = (happens(m, body.base), happens(m, body.target))
    parts = (part for one in both if one is not None for part in conjuncts(one.where))
    return frozenset(part.field for part in parts if isinstance(part, Compare))


def happens(m: Meanings, name: str) -> Occurrence | None:
    """What a metric counts, as something that happens; `None` when it cannot be said so."""
    measure = _first_measure(m, name)
    if measure is None or measure.agg not in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT) or measure.per:
        return None
    parts = tuple(_parts_of(m, measure))
    if any(part is None for part in parts):
        return None
    found = tuple(part for part in parts if part is not None)
    where: Predicate | None = And(found) if len(found) > 1 else found[0] if found else None
    return Occurrence(entity=measure.entity, where=where)


def _parts_of(m: Meanings, measure: Measure) -> Iterator[Predicate | None]:
    for said in measure.where.split(" AND ") if measure.where else ():
        match = _VALUE_OF.fullmatch(said.strip())
        column, value = (match[1], match[2]) if match else (said.strip(), True)
        yield _compare(m, measure.entity, column, value)


def _compare(m: Meanings, entity: str, column: str, value: Scalar) -> Predicate | None:
    for field in m.index.fields_of(entity):
        if isinstance(field, Dimension) and field.expr == column:
            fits = (field.type is ColumnType.BOOLEAN) == isinstance(value, bool)
            return Compare(field.qualified, "=", value) if fits else None
    return None


def _length(window: str) -> tuple[int, Grain] | None:
    count, _, unit = window.partition(" ")
    grain = next((g for g in Grain if g.value == unit.removesuffix("s")), None)
    return (int(count), grain) if grain is not None else None


# ---- measures


def _first_measure(m: Meanings, name: str) -> Measure | None:
    body = m.index.metric(name).body
    return body.measures[0] if isinstance(body, Simple) else None


def _counts_rows(m: Meanings, measure: Measure) -> bool:
    keyed = not measure.expr or measure.expr in m.index.entity(measure.entity).primary_key
    counting = measure.agg in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT)
    return counting and keyed and not measure.where and measure.per is None and measure.non_additive is None


def explains(m: Meanings, name: str) -> bool:
    """Can the metric change from one period to another, so that one may ask why?"""
    return not m.timeless(name) and m.index.metric(name).unit is not Unit.DATE


def splits(m: Meanings, field: str) -> bool:
    """Can people be split by the field?"""
    found = m.index.field(field)
    return m.can_group(field) and (isinstance(found, Tag) or m.reaches(m.person, found.entity) is not None)
