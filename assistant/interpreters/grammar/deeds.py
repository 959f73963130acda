"""What rows say about deeds: where a thing is used, what is marked on rows and counted out of them, which dates come again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Values
from semantic_layer.model.types import (
    Aggregation,
    AttributeBody,
    ColumnType,
    Dimension,
    DimensionKind,
    Measure,
    Simple,
)
from semantic_layer.query.predicate import Compare, Predicate
from semantic_layer.vocabulary.fold import fold

_COLUMN = re.compile(r"\w+")
_MONTH_OF = re.compile(r"\s*month\s*\(\s*(\w+)\s*\)\s*", re.IGNORECASE)

# ---- places of use


def used_in(m: Meanings, values: Values) -> str | None:
    """The entity whose verbs are about what the value is called: opened the app, for a sales channel called app."""
    names = {fold(name) for value in values.values for name in _names(m, values.field, value)}
    for entity in m.model.entities:
        if entity.name in m.behaviours and entity.name != values.field.split(".")[0]:
            verbs = [fold(verb) for verb in entity.verbs]
            if any(verb.endswith(name) and len(verb) > len(name) for verb in verbs for name in names):
                return entity.name
    return None


def _names(m: Meanings, field: str, value: object) -> Iterator[str]:
    for known in m.index.field(field).values:
        if known.value == value:
            yield from (n for n in (str(known.value), known.label.zh, known.label.en, *known.aliases) if n)


# ---- what is marked on rows


def counted_apart(m: Meanings, metric: str, condition: Predicate) -> str | None:
    """The metric for what `condition` marks when `metric` leaves just that out: pieces sold less those returned, of returned
    rows; for rows that are not marked, the metric itself. "" when there is none, `None` when nothing is left out.
    """
    column = _left_out(m, metric, condition)
    if column is None:
        return None
    assert isinstance(condition, Compare)
    if condition.value is False:
        return metric
    entity, unit = condition.field.split(".")[0], m.index.metric(metric).unit
    for other in m.model.metrics:
        sums = [one for one in _measures(m, other.name) if one.entity == entity and one.agg is Aggregation.SUM]
        if other.unit is unit and any(one.expr == column and not one.where for one in sums):
            return other.name
    return ""


def _left_out(m: Meanings, metric: str, condition: Predicate) -> str | None:
    columns = _marked(m, condition)
    for measure in _measures(m, metric) if columns else ():
        if isinstance(condition, Compare) and measure.entity == condition.field.split(".")[0]:
            taken = re.findall(r"-\s*(\w+)", measure.expr or "")
            return next((column for column in taken if column in columns), None)
    return None


def _marked(m: Meanings, condition: Predicate) -> frozenset[str]:
    if not isinstance(condition, Compare) or condition.op != "=" or not isinstance(condition.value, bool):
        return frozenset()
    field = m.index.field(condition.field)
    return (
        frozenset(_COLUMN.findall(field.expr))
        if isinstance(field, Dimension) and field.type is ColumnType.BOOLEAN and field.expr
        else frozenset()
    )


def counts_marked(m: Meanings, metric: str, values: Values) -> bool:
    """Does the metric add up what the values mark on its rows: pieces returned, for rows that were returned? Or leave it out,
    for those that were not?
    """
    condition = m.values_condition(values)
    if isinstance(condition, Compare) and condition.value is False:
        return _left_out(m, metric, condition) is not None
    columns = _marked(m, condition)
    return any(one.agg is Aggregation.SUM and one.expr in columns for one in _measures(m, metric))


def _measures(m: Meanings, metric: str) -> tuple[Measure, ...]:
    body = m.index.metric(metric).body
    return body.measures if isinstance(body, Simple) else ()


# ---- dates that come again


def month_field(m: Meanings, field: str) -> str | None:
    """The tag for the month of a date of people: birthday month, for the birthday."""
    found = m.index.field(field)
    if not isinstance(found, Dimension) or found.kind is not DimensionKind.TIME or found.entity != m.person:
        return None
    for tag in m.model.tags:
        match = _MONTH_OF.fullmatch(tag.body.expr) if isinstance(tag.body, AttributeBody) else None
        if match is not None and match[1] == (found.expr or found.name):
            return tag.qualified
    return None
