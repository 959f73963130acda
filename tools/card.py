"""The card of one customer: masked attributes, tags with their grounds, and what happened last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Entity, Tag
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, Order
from tools.facts import Fact, person, read_fields, tag_facts
from tools.layer import PeopleLayer
from tools.profile import value_label

_PER_KIND: Final = 6
_SHOWN: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOnCard:
    """A tag of the person and the metrics it rests on. `holds` is false for a yes-or-no tag that says no, or no value."""

    fact: Fact
    category: str
    holds: bool
    grounds: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One order or event of the person, with a few of its fields."""

    at: date
    kind: Text
    details: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    """Everything the user may know of one person, newest happening first."""

    key: str
    attributes: tuple[Fact, ...]
    tags: tuple[TagOnCard, ...]
    timeline: tuple[Happening, ...]


def card(
    layer: PeopleLayer, key: str, user: User, *, entity: str = "customer", cancel: Cancel | None = None
) -> CustomerCard:
    """The card of the person whose label (member number) is `key`; raises `UnknownNameError` when nobody has it."""
    me = person(layer, key, user, entity=entity, cancel=cancel)
    audience = Audience(where=me, entity=entity)
    fields = layer.index.fields_of(entity)
    dimensions = tuple(field.qualified for field in fields if isinstance(field, Dimension))
    tags = tuple(field for field in fields if isinstance(field, Tag))
    attributes = read_fields(layer, audience, dimensions, user, cancel)
    facts = {fact.name: fact for fact in read_fields(layer, audience, tuple(t.qualified for t in tags), user, cancel)}
    held = [tag for tag in tags if tag.qualified in facts]
    grounds = tag_facts(layer, audience, held, user, cancel)
    shown = tuple(
        TagOnCard(
            fact=facts[tag.qualified],
            category=tag.category.value,
            holds=facts[tag.qualified].value not in (None, False),
            grounds=grounds.get(tag.qualified, ()),
        )
        for tag in held
    )
    ordered = tuple(sorted(shown, key=lambda tag: not tag.holds))
    return CustomerCard(
        key=key, attributes=attributes, tags=ordered, timeline=_timeline(layer, me, entity, user, cancel)
    )


def _timeline(layer: PeopleLayer, me: Compare, entity: str, user: User, cancel: Cancel | None) -> tuple[Happening, ...]:
    happenings = [found for one in _deeds(layer.index, entity) for found in _latest(layer, one, me, user, cancel)]
    return tuple(sorted(happenings, key=lambda found: found.at.isoformat(), reverse=True)[:_SHOWN])


def _deeds(index: ModelIndex, entity: str) -> list[Entity]:
    """Entities with a time of their own that point straight at the person and are not part of another such one."""
    model = index.model
    direct = {relation.from_entity for relation in model.relationships if relation.to_entity == entity}
    parts = {relation.from_entity for relation in model.relationships if relation.to_entity in direct}
    return [one for one in model.entities if one.name in direct - parts and one.time]


def _latest(layer: PeopleLayer, deed: Entity, me: Compare, user: User, cancel: Cancel | None) -> list[Happening]:
    time = f"{deed.name}.{deed.time}"
    own = [field for field in layer.index.fields_of(deed.name) if isinstance(field, Dimension)]
    telling = tuple(field.qualified for field in own if field.qualified != time and field.kind.value != "time")[:5]
    table = layer.people(
        Audience(where=me, entity=deed.name),
        user,
        fields=(time, *telling),
        order=(Order(time),),
        limit=_PER_KIND,
        cancel=cancel,
    ).table
    found = []
    for row in table:
        cells = {c.source: value for c, value in zip(table.columns, row, strict=True) if not c.masked}
        at = cells.get(time)
        if isinstance(at, date):
            details = tuple(
                (layer.index.field(name).words.label, value_label(layer.index.field(name), cells[name]))
                for name in telling
                if cells.get(name) is not None
            )
            found.append(Happening(at=at, kind=deed.words.label, details=details))
    return found
