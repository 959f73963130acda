"""Finding definitions by name, and the way from one entity to another. Built once for a model; never changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from semantic_layer.errors import InvalidPlanError, SeveralPathsError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Dimension, DimensionKind, Entity, Metric, Relationship, SemanticModel, Tag

T = TypeVar("T")

_ENTITY = Text("实体", "entity")
_DIMENSION = Text("维度", "dimension")
_METRIC = Text("指标", "metric")
_TAG = Text("标签", "tag")
_FIELD = Text("维度或标签", "dimension or tag")
_RELATIONSHIP = Text("关联", "relationship")


class ModelIndex:
    """Look-ups over one model. An unknown name raises `UnknownNameError` with the nearest defined ones."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._entities = {entity.name: entity for entity in model.entities}
        self._dimensions = {dimension.qualified: dimension for dimension in model.dimensions}
        self._metrics = {metric.name: metric for metric in model.metrics}
        self._tags = {tag.qualified: tag for tag in model.tags}
        self._fields: dict[str, Dimension | Tag] = {**self._dimensions, **self._tags}
        self._leaving: defaultdict[str, list[Relationship]] = defaultdict(list)
        for relation in model.relationships:
            self._leaving[relation.from_entity].append(relation)
        self._shortest: dict[tuple[str, str], tuple[tuple[Relationship, ...], ...]] = {}  # those asked for so far
        self._tables = Counter(entity.table for entity in model.entities)

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
        """A dimension or tag by `entity.name`, or by that with the relationships to it in front: `buyer>home>city.name`."""
        return _found(self._fields, qualified.rpartition(">")[2], _FIELD)

    def way(self, from_entity: str, qualified: str) -> tuple[Relationship, ...]:
        """How rows of an entity lead to a field: by the relationships that it names, else by the shortest path."""
        steps, _, _ = qualified.rpartition(">")
        target = self.field(qualified).entity
        if not steps:
            return self.path(from_entity, target)
        way: list[Relationship] = []
        here = from_entity
        for name in steps.split(">"):
            leaving = {one.name: one for one in self._leaving[here]}
            way.append(_found(leaving, name, _RELATIONSHIP))
            here = way[-1].to_entity
        if here != target:
            raise _no_way(self.entity(here), self.entity(target))
        return tuple(way)

    def names_people(self, qualified: str) -> bool:
        """Whether a field tells single customers apart: their own numbers, and those of what belongs to one of them."""
        field = self._dimensions.get(qualified.rpartition(">")[2])
        if field is None or field.kind is not DimensionKind.IDENTIFIER:
            return False
        return self.model.customer_entity in self.reachable(field.entity)

    def shares_table(self, entity: Entity) -> bool:
        """Whether another entity stands on the same table."""
        return self._tables[entity.table] > 1

    def has_metric(self, name: str) -> bool:
        return name in self._metrics

    def said(self, qualified: str) -> Text:
        """What a field is called, with the relationships to it in front where it names them."""
        label = self.field(qualified).words.label
        *steps, _ = qualified.split(">")
        ways = [next((one for one in self.model.relationships if one.name == step), None) for step in steps]
        zh = "".join(f"{way.said('zh')}的" for way in ways if way is not None)
        en = "".join(f"{way.said('en')} " for way in ways if way is not None)
        return Text(f"{zh}{label.zh}", f"{en}{label.en}")

    def has_field(self, qualified: str) -> bool:
        return qualified.rpartition(">")[2] in self._fields

    def fields_of(self, entity: str) -> tuple[Dimension | Tag, ...]:
        """Dimensions first, then tags, each in the order of the definitions."""
        self.entity(entity)
        return tuple(field for field in self._fields.values() if field.entity == entity)

    def reachable(self, from_entity: str) -> frozenset[str]:
        """The entity itself and all that it leads to by many-to-one steps."""
        found = {self.entity(from_entity).name}
        waiting = [from_entity]
        while waiting:
            for relation in self._leaving[waiting.pop()]:
                if relation.to_entity not in found:
                    found.add(relation.to_entity)
                    waiting.append(relation.to_entity)
        return frozenset(found)

    def path(self, from_entity: str, to_entity: str) -> tuple[Relationship, ...]:
        """The shortest way by many-to-one steps; empty from an entity to itself.

        Raises `InvalidPlanError` when there is none, or when two ways are equally short: they could mean different
        things (the city of the shop, the city of the buyer), and which one is meant must not be guessed.
        """
        source, target = self.entity(from_entity), self.entity(to_entity)
        known = self._shortest.get((from_entity, to_entity))
        if known is None:
            known = self._shortest[from_entity, to_entity] = self._search(from_entity, to_entity)
        if len(known) == 1:
            return known[0]
        raise _several(source, target, known) if known else _no_way(source, target)

    def _search(self, start: str, goal: str) -> tuple[tuple[Relationship, ...], ...]:
        """The ways of the least length, breadth first."""
        ways: list[tuple[Relationship, ...]] = [()]
        seen = {start}
        while ways:
            ends = [way[-1].to_entity if way else start for way in ways]
            arrived = tuple(way for way, end in zip(ways, ends, strict=True) if end == goal)
            if arrived:
                return arrived
            ways = [
                (*way, relation)
                for way, end in zip(ways, ends, strict=True)
                for relation in self._leaving[end]
                if relation.to_entity not in seen
            ]
            seen.update(way[-1].to_entity for way in ways)
        return ()


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


def _several(source: Entity, target: Entity, ways: Sequence[tuple[Relationship, ...]]) -> SeveralPathsError:
    named = [">".join(relation.name for relation in way) for way in ways]
    zh_source, zh_target = source.words.label.zh, target.words.label.zh
    en_source, en_target = source.words.label.en, target.words.label.en
    zh = "；".join(" → ".join(relation.said("zh") for relation in way) for way in ways)
    en = "; ".join(" → ".join(relation.said("en") for relation in way) for way in ways)
    return SeveralPathsError(
        Text(
            zh=f"从「{zh_source}」到「{zh_target}」有多条关联（{zh}），请说明是哪一条。",
            en=f"There are several ways from {en_source!r} to {en_target!r} ({en}); say which one is meant.",
        ),
        target.name,
        named,
    )
