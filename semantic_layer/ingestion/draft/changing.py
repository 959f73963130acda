"""Decisions about a draft, applied to its model. Each gives a new model; what cannot stand without a part goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from semantic_layer.errors import Text, UserError
from semantic_layer.ingestion.draft.proposals import OWNER, Kind
from semantic_layer.interchange.finish import finish
from semantic_layer.model.types import (
    Ambiguity,
    Dimension,
    Entity,
    Metric,
    Origin,
    Relationship,
    SemanticModel,
    Simple,
    Tag,
)

Definition = TypeVar("Definition", Entity, Dimension, Metric, Tag)


def accepted(model: SemanticModel, kind: Kind, name: str, *, label: Text | None = None, by: str = "") -> SemanticModel:
    """Somebody answers for the definition now; with `label`, it is called so."""

    def seen(one: Definition) -> Definition:
        words = replace(one.words, label=label) if label is not None else one.words
        return replace(one, words=words, origin=replace(one.origin, owner=by))

    match kind:
        case Kind.ENTITY:
            return replace(model, entities=tuple(seen(e) if e.name == name else e for e in model.entities))
        case Kind.DIMENSION:
            return replace(model, dimensions=tuple(seen(d) if d.qualified == name else d for d in model.dimensions))
        case Kind.METRIC:
            return replace(model, metrics=tuple(seen(m) if m.name == name else m for m in model.metrics))
        case Kind.TAG:
            return replace(model, tags=tuple(seen(t) if t.qualified == name else t for t in model.tags))
        case Kind.RELATIONSHIP if label is not None:
            links = tuple(replace(r, label=label) if r.name == name else r for r in model.relationships)
            return replace(model, relationships=links)
        case Kind.RELATIONSHIP | Kind.CUSTOMER:
            return model


def relabelled(model: SemanticModel, kind: Kind, name: str, label: Text, *, by: str = "") -> SemanticModel:
    """The definition under another label; words that several definitions have now are asked about."""
    return _sound(accepted(model, kind, name, label=label, by=by))


def rejected(model: SemanticModel, kind: Kind, name: str) -> SemanticModel:
    """The model without the definition, and without what needs it.

    Raises:
        UserError: for the table of customers, or the time that says what today is: another must be named first.
    """
    _refuse_what_is_needed(model, kind, name)
    smaller = replace(
        model,
        entities=tuple(e for e in model.entities if (kind, e.name) != (Kind.ENTITY, name)),
        relationships=tuple(r for r in model.relationships if not _of(r, kind, name)),
        dimensions=tuple(
            d
            for d in model.dimensions
            if (kind, d.qualified) != (Kind.DIMENSION, name) and (kind, d.entity) != (Kind.ENTITY, name)
        ),
        metrics=tuple(m for m in model.metrics if not _measures(m, kind, name)),
        tags=tuple(t for t in model.tags if (kind, t.qualified) != (Kind.TAG, name)),
    )
    return _sound(smaller)


def _of(relation: Relationship, kind: Kind, name: str) -> bool:
    if kind is Kind.ENTITY:
        return name in (relation.from_entity, relation.to_entity)
    return kind is Kind.RELATIONSHIP and relation.name == name


def _measures(metric: Metric, kind: Kind, name: str) -> bool:
    if kind is Kind.ENTITY and isinstance(metric.body, Simple):
        return any(measure.entity == name for measure in metric.body.measures)
    return kind is Kind.METRIC and metric.name == name


def _refuse_what_is_needed(model: SemanticModel, kind: Kind, name: str) -> None:
    if kind is Kind.CUSTOMER or (kind is Kind.ENTITY and name == model.customer_entity):
        others = ", ".join(entity.name for entity in model.entities if entity.name != model.customer_entity)
        raise UserError(
            Text(
                f"「{name}」是客户表，不能直接去掉。请先指定另一张客户表：{others}。",
                f"{name!r} is the table of customers and cannot be left out. Choose another first: {others}.",
            )
        )
    today = model.conventions.as_of_from or ""
    if today == name or (kind is Kind.ENTITY and today.startswith(f"{name}.")):
        raise UserError(
            Text(
                f"数据的“今天”取自「{today}」。请先在 company.yml 的 conventions 里换一个时间字段，或写明 as_of。",
                f"Today is read from {today!r}. Name another time field in the conventions of company.yml first, or give as_of.",
            )
        )


def with_customer(model: SemanticModel, entity: str) -> SemanticModel:
    """Another table holds the customers. Tags of the one before go. Raises `UserError` for a table that is not there."""
    names = [one.name for one in model.entities]
    if entity not in names:
        raise UserError(
            Text(
                f"没有叫「{entity}」的表。有：{'、'.join(names)}。",
                f"There is no table {entity!r}. There are: {', '.join(names)}.",
            )
        )
    tags = tuple(tag for tag in model.tags if tag.entity == entity)
    metrics = tuple(
        replace(m, counts=entity) if m.name == f"{entity}_count" else replace(m, counts=None) for m in model.metrics
    )
    return _sound(replace(model, customer_entity=entity, tags=tags, metrics=metrics))


def rejoined(model: SemanticModel, name: str, to_entity: str, columns: tuple[str, ...]) -> SemanticModel:
    """The join leads to another table, by these columns of its own. Raises `UserError` when they do not fit its key."""
    link = next(relation for relation in model.relationships if relation.name == name)
    own = next(entity for entity in model.entities if entity.name == link.from_entity)
    target = next((entity for entity in model.entities if entity.name == to_entity), None)
    there = {column.name for column in own.columns}
    if target is None or len(columns) != len(target.primary_key) or not set(columns) <= there:
        key = ", ".join(target.primary_key) if target is not None else ""
        tables = ", ".join(entity.name for entity in model.entities)
        raise UserError(
            Text(
                f"这样连不上：表有 {tables}；{to_entity} 的主键是 {key or '—'}；{own.name} 的列有 {', '.join(sorted(there))}。",
                f"That cannot be joined: the tables are {tables}; the key of {to_entity} is {key or 'none'}; the columns of "
                f"{own.name} are {', '.join(sorted(there))}.",
            )
        )
    changed = replace(link, to_entity=to_entity, from_columns=columns, to_columns=target.primary_key)
    return _sound(replace(model, relationships=tuple(changed if r.name == name else r for r in model.relationships)))


def all_seen(model: SemanticModel) -> SemanticModel:
    """Nothing is a draft any more."""

    def seen(origin: Origin) -> Origin:
        return replace(origin, owner="") if origin.owner == OWNER else origin

    return replace(
        model,
        entities=tuple(replace(one, origin=seen(one.origin)) for one in model.entities),
        dimensions=tuple(replace(one, origin=seen(one.origin)) for one in model.dimensions),
        metrics=tuple(replace(one, origin=seen(one.origin)) for one in model.metrics),
        tags=tuple(replace(one, origin=seen(one.origin)) for one in model.tags),
    )


def _sound(model: SemanticModel) -> SemanticModel:
    """Names that are gone are gone everywhere, and the rest passes the rules for definitions."""
    fields = {d.qualified for d in model.dimensions}
    entities = tuple(
        replace(
            e,
            time=e.time if f"{e.name}.{e.time}" in fields else None,
            label_column=e.label_column if f"{e.name}.{e.label_column}" in fields else None,
        )
        for e in model.entities
    )
    known = fields | {m.name for m in model.metrics} | {t.qualified for t in model.tags}
    words = tuple(one for a in model.ambiguities if (one := _among(a, known)) is not None)
    smaller = replace(model, entities=entities, ambiguities=words)
    whole = finish(smaller, (), customer_entity=model.customer_entity).model
    kept = {d.qualified for d in whole.dimensions} | {m.name for m in whole.metrics} | {t.qualified for t in whole.tags}
    return replace(whole, ambiguities=tuple(one for a in whole.ambiguities if (one := _among(a, kept)) is not None))


def _among(ambiguity: Ambiguity, known: set[str]) -> Ambiguity | None:
    meanings = tuple(name for name in ambiguity.meanings if name in known)
    default = ambiguity.default if ambiguity.default in meanings else None
    return replace(ambiguity, meanings=meanings, default=default) if len(meanings) > 1 else None
