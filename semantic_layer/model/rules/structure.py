"""Entities, relationships and conventions name columns, entities and fields that exist."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import DimensionKind, Entity, Relationship, SemanticModel


def entity_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Keys are columns; `time` is a time field of the entity; `label_column` is one of its fields."""
    for entity in model.entities:
        columns = [column.name for column in entity.columns]
        for name in entity.primary_key:
            if name not in columns:
                message = f"The table {entity.table!r} has no column {name!r} in 'columns'."
                remedy = did_you_mean(name, columns, allowed="columns")
                yield sources.issue("entity", entity.name, ("primary_key",), message, remedy)
        yield from _field_references(model, sources, entity)


def _field_references(model: SemanticModel, sources: Sources, entity: Entity) -> Iterator[Issue]:
    own = [field for field in model.dimensions if field.entity == entity.name]
    times = [field.name for field in own if field.kind is DimensionKind.TIME]
    if entity.time is not None and entity.time not in times:
        message = f"{entity.time!r} is not a time field of {entity.name!r}."
        remedy = did_you_mean(entity.time, times, allowed="time fields")
        yield sources.issue("entity", entity.name, ("time",), message, remedy)
    names = [field.name for field in own]
    if entity.label_column is not None and entity.label_column not in names:
        message = f"{entity.label_column!r} is not a field of {entity.name!r}."
        remedy = did_you_mean(entity.label_column, names, allowed="fields")
        yield sources.issue("entity", entity.name, ("label_column",), message, remedy)


def relationship_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Both ends exist, the columns exist and pair up, and the one side is joined on its whole key.

    Joining on anything but the key of the one side would multiply rows and make sums wrong.
    """
    entities = {entity.name: entity for entity in model.entities}
    for relation in model.relationships:
        for key, name in (("from", relation.from_entity), ("to", relation.to_entity)):
            if name and name not in entities:
                remedy = did_you_mean(name, entities, allowed="entities")
                yield sources.issue("relationship", relation.name, (key,), f"There is no entity {name!r}.", remedy)
        yield from _columns_exist(relation, entities, sources)
        target = entities.get(relation.to_entity)
        if target is not None and set(relation.to_columns) != set(target.primary_key):
            message = f"'to_columns' is not the primary key of {target.name!r}, so a row could match several."
            remedy = f"Join on {', '.join(target.primary_key)}."
            yield sources.issue("relationship", relation.name, ("to_columns",), message, remedy)
        if len(relation.from_columns) != len(relation.to_columns):
            message = f"{len(relation.from_columns)} columns are joined to {len(relation.to_columns)}."
            remedy = "Name as many columns in from_columns as in to_columns, in the same order."
            yield sources.issue("relationship", relation.name, ("from_columns",), message, remedy)


def _columns_exist(relation: Relationship, entities: dict[str, Entity], sources: Sources) -> Iterator[Issue]:
    sides = (
        ("from_columns", relation.from_entity, relation.from_columns),
        ("to_columns", relation.to_entity, relation.to_columns),
    )
    for key, name, columns in sides:
        entity = entities.get(name)
        if entity is None:
            continue
        known = [column.name for column in entity.columns]
        for column in columns:
            if column not in known:
                message = f"The entity {name!r} has no column {column!r}."
                remedy = did_you_mean(column, known, allowed="columns")
                yield sources.issue("relationship", relation.name, (key,), message, remedy)


def company_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """The customer entity exists, and the data's today is read from a time field."""
    entities = [entity.name for entity in model.entities]
    if model.customer_entity not in entities:
        message = f"There is no entity {model.customer_entity!r} to be the customer."
        remedy = did_you_mean(model.customer_entity, entities, allowed="entities")
        yield sources.issue("model", "", ("customer_entity",), message, remedy)
    today = model.conventions.as_of_from
    times = [field.qualified for field in model.dimensions if field.kind is DimensionKind.TIME]
    if today is not None and today not in times:
        message = f"{today!r} is not a time field."
        remedy = did_you_mean(today, times, allowed="time fields")
        yield sources.issue("conventions", "", ("as_of_from",), message, remedy)
