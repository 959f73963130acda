"""Entities with their fields, and relationships, as forms."""

from __future__ import annotations

from collections.abc import Iterable

from semantic_layer.interchange.native.forms import (
    Form,
    FormValue,
    bilingual,
    form,
    number,
    origin_form,
    perhaps,
    some,
    unless,
    value_form,
    words_form,
)
from semantic_layer.model.grain import OwnPeriod, TimeSpine
from semantic_layer.model.read_entities import KIND_OF_TYPE
from semantic_layer.model.types import (
    Column,
    Dimension,
    Entity,
    Relationship,
    Sensitivity,
    Validity,
    ValueGroup,
)


def dataset_form(entity: Entity, fields: Iterable[Dimension]) -> Form:
    """An entity with the fields that are its own."""
    validity = entity.validity
    return form(
        {
            "name": entity.name,
            **words_form(entity.words),
            "source": entity.table,
            "primary_key": list(entity.primary_key),
            "time": entity.time,
            "label_column": entity.label_column,
            "verbs": some(entity.verbs),
            "validity": _validity(validity) if validity else None,
            "partition": entity.partition,
            **origin_form(entity.origin),
            "columns": {column.name: _column(column) for column in entity.columns},
            "fields": some([field_form(field, entity) for field in fields]),
        }
    )


def _validity(validity: Validity) -> Form:
    ends = {"start": validity.start, "end": validity.end}
    return form({**ends, "end_inside": unless(validity.end_inside, default=False)})


def _column(column: Column) -> FormValue:
    if column.sensitivity is Sensitivity.NONE:
        return column.type.value
    return {"type": column.type.value, "sensitivity": column.sensitivity.value}


def field_form(field: Dimension, entity: Entity) -> Form:
    """A field takes its type and sensitivity from the column that it is, and its kind from its type."""
    column = entity.column(field.expr)
    usual_type = column.type.value if column else None
    usual_sensitivity = column.sensitivity if column else Sensitivity.NONE
    return form(
        {
            "name": field.name,
            **words_form(field.words),
            "expr": unless(field.expr, field.name),
            "type": unless(field.type.value, usual_type),
            "kind": unless(field.kind.value, KIND_OF_TYPE[field.type].value),
            "values": some([value_form(value) for value in field.values]),
            "groups": some([_group(group) for group in field.groups]),
            "ordered": unless(field.ordered, default=False),
            "index_values": unless(field.index_values, default=False),
            "value_suffixes": some(field.value_suffixes),
            "sensitivity": unless(field.sensitivity.value, usual_sensitivity.value),
            "unit": field.unit.value if field.unit else None,
            "grain": field.grain.value if field.grain else None,
            **origin_form(field.origin),
        }
    )


def _group(group: ValueGroup) -> Form:
    return form(
        {
            "name": group.name,
            **words_form(group.words),
            "members": some(group.members),
            "low": None if group.low is None else number(group.low),
            "high": None if group.high is None else number(group.high),
        }
    )


def relationship_form(relation: Relationship) -> Form:
    return form(
        {
            "name": unless(relation.name, f"{relation.from_entity}_{relation.to_entity}"),
            "from": relation.from_entity,
            "to": relation.to_entity,
            "from_columns": list(relation.from_columns),
            "to_columns": list(relation.to_columns),
            "label": perhaps(relation.label),
        }
    )


def time_spine_form(spine: TimeSpine) -> Form:
    return form(
        {
            "table": spine.table,
            "column": spine.column,
            "grain": unless(spine.grain.value, "day"),
            "periods": some([_period(period) for period in spine.periods]),
        }
    )


def _period(period: OwnPeriod) -> Form:
    return form(
        {
            "name": period.name,
            "label": bilingual(period.label),
            "column": unless(period.column, period.name),
            "synonyms": some(period.synonyms),
        }
    )
