"""What is known about one person: values of fields, metrics, and what tags rest on. Under the user's rights, unworded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Simple, Tag, Unit
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare, Did, HasMetric, Not, Predicate, Ranked, conjoin
from semantic_layer.query.time import Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import Audience, Query
from semantic_layer.table import Cell
from tools import numbers
from tools.layer import PeopleLayer
from tools.predicates import fields_in, inputs_of
from tools.profile import value_label

_ALL_TIME: Final = Span(None, None)
_HIDDEN: Final = Text("已隐藏", "hidden")  # a masked date or number is read as nothing, which is not "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something known about one person, with its value; `masked` when this user may not see it."""

    name: str
    label: Text
    value: Cell
    text: Text
    unit: Unit | None = None
    masked: bool = False


def person(
    layer: PeopleLayer, key: str, user: User, *, entity: str = "customer", cancel: Cancel | None = None
) -> Compare:
    """The condition that picks one person by the label of the entity; raises `UnknownNameError` when nobody has it."""
    definition = layer.index.entity(entity)
    (own_key, *_) = definition.primary_key
    me = Compare(f"{entity}.{definition.label_column or own_key}", "=", key.strip())
    if not key.strip() or layer.count(Audience(where=me, entity=entity), user, cancel=cancel) == 0:
        raise UnknownNameError(definition.words.label, key)
    return me


def tag_facts(
    layer: PeopleLayer, me: Audience, tags: Sequence[Tag], user: User, cancel: Cancel | None = None
) -> dict[str, tuple[Fact, ...]]:
    """What the tags of one person rest on: the metrics of their rules, one statement for each window."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    for tag in tags:
        wanted[tag.qualified] = inputs_of(tag)
    windows = dict.fromkeys(window for inputs in wanted.values() for _, window in inputs)
    known: dict[tuple[str, str], Fact] = {}
    for window in windows:
        metrics = tuple(dict.fromkeys(m for inputs in wanted.values() for m, w in inputs if w == window))
        for fact in _metric_facts(layer, me, metrics, _window(window), user, cancel):
            known[(fact.name, window)] = fact
    return {name: tuple(known[at] for at in inputs if at in known) for name, inputs in wanted.items()}


def facts_about(
    layer: PeopleLayer, me: Audience, part: Predicate, user: User, cancel: Cancel | None
) -> tuple[Fact, ...]:
    """What shows whether a condition holds for the person: own values, metrics, and the grounds of tags."""
    match part:
        case Not(item):
            return facts_about(layer, me, item, user, cancel)
        case HasMetric(metric=name, time=time, where=where):
            within = replace(me, where=_both(me.where, where))
            return _metric_facts(layer, within, (name,), time, user, cancel)
        case Ranked(metric=name, time=time):
            return _metric_facts(layer, me, (name,), time, user, cancel)
        case Did(entity=entity, where=where, time=time):
            counting = _counting(layer.index, entity)
            within = replace(me, where=_both(me.where, where))
            return _metric_facts(layer, within, (counting,), time or _ALL_TIME, user, cancel) if counting else ()
        case _:
            names = tuple(sorted(fields_in(part)))
            return _field_facts(layer, me, names, user, cancel)


def _field_facts(
    layer: PeopleLayer, me: Audience, names: tuple[str, ...], user: User, cancel: Cancel | None
) -> tuple[Fact, ...]:
    """Values of fields, and for tags what they rest on."""
    facts = read_fields(layer, me, names, user, cancel)
    tags = [field for name in names if isinstance(field := layer.index.field(name), Tag)]
    reasons = tag_facts(layer, me, tags, user, cancel)
    return (*facts, *(fact for name in names for fact in reasons.get(name, ())))


def read_fields(
    layer: PeopleLayer, me: Audience, names: tuple[str, ...], user: User, cancel: Cancel | None = None
) -> tuple[Fact, ...]:
    """The fields of one person as facts, in the order of `names`; a key column stands for its own field."""
    if not names:
        return ()
    table = layer.people(me, user, fields=names, limit=1, cancel=cancel).table
    if not table.rows:
        return ()
    facts = []
    for column, value in zip(table.columns, table.rows[0], strict=True):
        if column.source in names:
            field = layer.index.field(column.source)
            facts.append(
                Fact(
                    name=column.source,
                    label=field.words.label,
                    value=value,
                    text=_HIDDEN if column.masked and value is None else value_label(field, value),
                    unit=column.unit,
                    masked=column.masked,
                )
            )
    return tuple(sorted(facts, key=lambda fact: names.index(fact.name)))


def _metric_facts(
    layer: PeopleLayer, me: Audience, names: tuple[str, ...], time: TimeRange | None, user: User, cancel: Cancel | None
) -> tuple[Fact, ...]:
    if not names:
        return ()
    table = layer.run(Query(metrics=names, where=me.where, time=time), user, cancel=cancel).table
    row = table.rows[0] if table.rows else ()
    facts = []
    for column, value in zip(table.columns, row, strict=False):
        if column.role == "metric":
            text = Text(numbers.cell(value, column.unit, "zh"), numbers.cell(value, column.unit, "en"))
            facts.append(Fact(name=column.source, label=column.label, value=value, text=text, unit=column.unit))
    return tuple(facts)


def _counting(index: ModelIndex, entity: str) -> str:
    """The metric that counts rows of an entity, or nothing when none is defined."""
    for metric in index.model.metrics:
        if isinstance(metric.body, Simple) and all(
            m.entity == entity and m.agg is Aggregation.COUNT and not m.where and m.per is None
            for m in metric.body.measures
        ):
            return metric.name
    return ""


def _window(text: str) -> TimeRange:
    matched = re.fullmatch(r"\s*(\d+)\s*(day|week|month|quarter|year)s?\s*", text)
    return Rolling(int(matched[1]), Grain(matched[2])) if matched else _ALL_TIME


def _both(one: Predicate | None, two: Predicate | None) -> Predicate | None:
    return conjoin(tuple(part for part in (one, two) if part is not None))
