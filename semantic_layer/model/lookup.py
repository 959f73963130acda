"""Finding definitions by name, and the way from one entity to another. Built once for a model; never changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Dimension, Entity, Metric, Relationship, SemanticModel, Tag

T = TypeVar("T")

_ENTITY = Text("实体", "entity")
_DIMENSION = Text("维度", "dimension")
_METRIC = Text("指标", "metric")
_TAG = Text("标签", "tag")
_FIELD = Text("维度或标签", "dimension or tag")


class ModelIndex:
    """Look-ups over one model. An unknown name raises `UnknownNameError` with the nearest defined ones."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._entities = {entity.name: entity for entity in model.entities}
        self._dimensions = {dimension.qualified: dimension for dimension in model.dimensions}
        self._metrics = {metric.name: metric for metric in model.metrics}
        self._tags = {tag.qualified: tag for tag in model.tags}
        self._fields: dict[str, Dimension | Tag] = {**self._dimensions, **self._tags}

    def entity(self, name: str) -> Entity:
        return _found(self._entities, name, _ENTITY)

    def dimension(self, qualified: str) -> Dimension:
        return _found(self._dimensions, qualified, _DIMENSION)

    def metric(self, name: str) -> Metric:
        return _found(self._metrics, name, _METRIC)

    def tag(self, qualified: str) -> Tag:
        """A tag by `entity.name`; a bare name is taken as one of the customer's."""
        name = qualified if "." in qualified else f"{self.model.customer_entity}.{qualified}"
        return _found(self._tags, name, _TAG)

    def field(self, qualified: str) -> Dimension | Tag:
        return _found(self._fields, qualified, _FIELD)

    def has_metric(self, name: str) -> bool:
        return name in self._metrics

    def has_field(self, qualified: str) -> bool:
        return qualified in self._fields

    def fields_of(self, entity: str) -> tuple[Dimension | Tag, ...]:
        """Dimensions first, then tags, each in the order of the definitions."""
        self.entity(entity)
        return tuple(field for field in self._fields.values() if field.entity == entity)

    def reachable(self, from_entity: str) -> frozenset[str]:
        """The entity itself and all that it leads to by many-to-one steps."""
        found = {self.entity(from_entity).name}
        waiting = [from_entity]
        while waiting:
            here = waiting.pop()
            for relation in self.model.relationships:
                if relation.from_entity == here and relation.to_entity not in found:
                    found.add(relation.to_entity)
                    waiting.append(relation.to_entity)
        return frozenset(found)

    def path(self, from_entity: str, to_entity: str) -> tuple[Relationship, ...]:
        """The shortest way by many-to-one steps; empty from an entity to itself.

        Raises `InvalidPlanError` when there is none, or when two ways are equally short: they could mean different
        things (the city of the shop, the city of the buyer), and which one is meant must not be guessed.
        """
        source, target = self.entity(from_entity), self.entity(to_entity)
        ways: list[tuple[Relationship, ...]] = [()]
        seen = {source.name}
        while ways:
            arrived = [way for way in ways if (way[-1].to_entity if way else source.name) == target.name]
            if len(arrived) == 1:
                return arrived[0]
            if arrived:
                raise _several(source, target, arrived)
            ways = [
                (*way, relation)
                for way in ways
                for relation in self.model.relationships
                if relation.from_entity == (way[-1].to_entity if way else source.name)
                and relation.to_entity not in seen
            ]
            seen.update(way[-1].to_entity for way in ways)
        raise _no_way(source, target)


def _found(table: Mapping[str, T], name: str, kind: Text) -> T:
    try:
        return table[name]
    except KeyError:
        raise UnknownNameError(kind, name, nearest(name, table)) from None


def _no_way(source: Entity, target: Entity) -> InvalidPlanError:
    zh_source, zh_target = source.words.label.zh, target.words.label.zh
    en_source, en_target = source.words.label.en, target.words.label.en
    return InvalidPlanError(
        Text(
            zh=f"从「{zh_source}」到「{zh_target}」没有关联，不能放在同一个问题里。",
            en=f"A row of {en_source!r} does not lead to one of {en_target!r}, so they cannot be combined.",
        )
    )


def _several(source: Entity, target: Entity, ways: list[tuple[Relationship, ...]]) -> InvalidPlanError:
    named = [" → ".join(relation.name for relation in way) for way in ways]
    zh_source, zh_target = source.words.label.zh, target.words.label.zh
    en_source, en_target = source.words.label.en, target.words.label.en
    return InvalidPlanError(
        Text(
            zh=f"从「{zh_source}」到「{zh_target}」有多条关联（{'；'.join(named)}），无法确定是哪一条。",
            en=f"There are several ways from {en_source!r} to {en_target!r} ({'; '.join(named)}); which one is not known.",
        ),
        suggestions=named,
    )
