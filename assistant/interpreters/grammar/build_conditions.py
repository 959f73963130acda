"""Builders of conditions on values of fields, and of their combinations. `None` means that the parts do not fit."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.build_bounds import operator
from assistant.interpreters.grammar.deeds import month_field
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Condition, Values
from semantic_layer.query.predicate import (
    Among,
    And,
    Compare,
    Did,
    InSegment,
    Not,
    Or,
    Predicate,
)
from semantic_layer.query.time import TimeRange


def same(_: Meanings, value: object) -> object:
    return value


def listed(_: Meanings, first: Values, separator: str, more: Values) -> Values | None:
    if first.field != more.field or first.group or more.group:
        return None
    extra = tuple(v for v in more.values if v not in first.values)
    joined = next((j for j in ("or", "and") if j in (first.joined, separator)), separator)
    return Values(first.field, first.values + extra, joined=joined)


def beside(m: Meanings, first: Values, more: Values) -> Values | None:
    """Places one after the other without a word between them."""
    return listed(m, first, ",", more) if m.is_place(first.field) else None


def places(m: Meanings, first: Values, _: str, more: Values) -> Condition | None:
    """Places of different kinds in one list: in any of them."""
    alike = first.field == more.field and not (first.group or more.group)
    if alike or not (m.is_place(first.field) and m.is_place(more.field)):
        return None
    if first.field.split(".")[0] != more.field.split(".")[0] and m.reaches(m.person, more.field.split(".")[0]) is None:
        return None
    return Condition(Or((m.values_condition(first), m.values_condition(more))))


def place_called(m: Meanings, values: Values, field: str) -> Condition | None:
    """The region of Shanghai: the name of a larger kind of place adds nothing to a place."""
    larger = m.is_place(field) and m.is_place(values.field) and field != values.field and m.larger(field, values.field)
    return has_value(m, values) if larger else None


def to_be(m: Meanings, values: Values, entity: str) -> Values | None:
    """Agreed to be contacted: the deed only says what was agreed to, when both are about the same thing."""
    own = values.field.split(".")[0]
    columns = ({column.name for column in m.index.entity(name).columns} for name in (own, entity))
    common = set.intersection(*columns) - set(m.index.entity(m.person).primary_key)
    return values if own != entity and m.index.entity(own).time is None and common else None


def has_value(m: Meanings, values: Values) -> Condition:
    return Condition(m.values_condition(values), several=values.joined == "and")


def field_value(m: Meanings, field: str, values: Values) -> Condition | None:
    return has_value(m, values) if values.field == field else None


def field_not(m: Meanings, field: str, _: str, values: Values) -> Condition | None:
    found = field_value(m, field, values)
    return None if found is None else Condition(Not(found.predicate))


def value_field(m: Meanings, values: Values, field: str) -> Condition | None:
    return field_value(m, field, values)


def level_after(m: Meanings, values: Values, op: str) -> Condition | None:
    levels = m.from_level(values, operator(op))
    return None if levels is None else Condition(levels)


def level_before(m: Meanings, op: str, values: Values) -> Condition | None:
    return level_after(m, values, op)


def field_level(m: Meanings, field: str, values: Values, op: str) -> Condition | None:
    return level_after(m, values, op) if values.field == field else None


def field_before_level(m: Meanings, field: str, op: str, values: Values) -> Condition | None:
    return field_level(m, field, values, op)


def positive(m: Meanings, field: str) -> Condition | None:
    predicate = m.positive(field)
    return None if predicate is None else Condition(predicate)


def having(m: Meanings, _: str, field: str) -> Condition | None:
    return positive(m, field)


def active_in(m: Meanings, time: TimeRange, field: str) -> Condition | None:
    predicate = m.windowed(field, time) or m.dated(field, time)
    return None if predicate is None else Condition(predicate, behaviour=True)


def in_month(m: Meanings, month: int, field: str) -> Condition | None:
    """A birthday next month: the month of the date is that one, in whatever year."""
    found = month_field(m, field)
    return None if found is None else Condition(Compare(found, "=", month))


def active_during(m: Meanings, field: str, time: TimeRange) -> Condition | None:
    return active_in(m, time, field)


def _neither(predicate: Predicate) -> Predicate:
    """Not bought shoes and bags: neither of them."""
    if not isinstance(predicate, And):
        return predicate
    first = predicate.items[0]
    wheres = [item.where for item in predicate.items if isinstance(item, Did)]
    values = tuple(w.value for w in wheres if isinstance(w, Compare))
    if not isinstance(first, Did) or not isinstance(first.where, Compare) or len(values) != len(predicate.items):
        return predicate
    return replace(first, where=Among(first.where.field, values))


def negated(_: Meanings, __: str, condition: Condition) -> Condition | None:
    if isinstance(condition.predicate, Not) or condition.joint:
        return None
    inner = _neither(condition.predicate) if condition.behaviour else condition.predicate
    return replace(condition, predicate=Not(inner))


def either(_: Meanings, left: Condition, __: str, right: Condition) -> Condition:
    parts = _parts(left.predicate, Or) + _parts(right.predicate, Or)
    return Condition(Or(parts), implied=left.implied or right.implied)


def both(_: Meanings, left: Condition, __: str, right: Condition) -> Condition:
    parts = _parts(left.predicate, And) + _parts(right.predicate, And)
    return Condition(And(parts), implied=left.implied or right.implied)


def both_adjacent(m: Meanings, left: Condition, right: Condition) -> Condition:
    return both(m, left, "", right)


def bracketed(_: Meanings, __: str, condition: Condition, ___: str) -> Condition:
    return condition


def _parts(predicate: Predicate, kind: type[And | Or]) -> tuple[Predicate, ...]:
    return predicate.items if isinstance(predicate, kind) and isinstance(predicate, (And, Or)) else (predicate,)


def in_segment(_: Meanings, name: str) -> Condition:
    return Condition(InSegment(name))
