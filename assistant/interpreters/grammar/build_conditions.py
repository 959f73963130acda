"""Builders of conditions: each takes the values of a rule's parts and gives a condition, or `None` when they do not fit."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Amount, Condition, Cut, Number, Ordering, Values
from semantic_layer.model.types import Unit
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Did,
    HasMetric,
    InSegment,
    Not,
    Op,
    Or,
    Predicate,
    Ranked,
    conjoin,
)
from semantic_layer.query.time import Grain, Rolling, TimeRange

_COUNT_UNITS = frozenset({"times", "orders", "items", "count", None})


# ---- numbers


def compared(_: Meanings, op: str, number: Number) -> Amount:
    return Amount(op=_op(op), value=number.value, percent=number.percent, unit=number.unit)


def compared_after(m: Meanings, number: Number, op: str) -> Amount:
    return compared(m, op, number)


def ranged(_: Meanings, low: Number, __: str, high: Number) -> Amount | None:
    percent = low.percent or high.percent
    first = low.value / 100 if high.percent and not low.percent else low.value
    if first > high.value:
        return None
    return Amount(op=">=", value=first, high=high.value, percent=percent, unit=high.unit or low.unit)


def between(m: Meanings, _: str, low: Number, joiner: str, high: Number) -> Amount | None:
    return ranged(m, low, joiner, high)


def both_bounds(_: Meanings, low: Amount, high: Amount) -> Amount | None:
    """300 or more, 800 or less."""
    if (
        low.op != ">="
        or high.op != "<="
        or low.high is not None
        or low.value > high.value
        or low.percent != high.percent
    ):
        return None
    return Amount(op=">=", value=low.value, high=high.value, percent=low.percent, unit=high.unit or low.unit)


def exactly(_: Meanings, number: Number) -> Amount:
    return Amount(op="=", value=number.value, percent=number.percent, unit=number.unit)


def _op(text: str) -> Op:
    ops: tuple[Op, ...] = ("=", "!=", ">", ">=", "<", "<=")
    return next(op for op in ops if op == text)


# ---- values


def same(_: Meanings, value: object) -> object:
    return value


def listed(_: Meanings, first: Values, separator: str, more: Values) -> Values | None:
    if first.field != more.field or first.group or more.group:
        return None
    extra = tuple(v for v in more.values if v not in first.values)
    joined = next((j for j in ("or", "and") if j in (first.joined, separator)), separator)
    return Values(first.field, first.values + extra, joined=joined)


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
    levels = m.from_level(values, _op(op))
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


def active_during(m: Meanings, field: str, time: TimeRange) -> Condition | None:
    return active_in(m, time, field)


# ---- numbers of fields and metrics


def field_amount(m: Meanings, field: str, amount: Amount) -> Condition | None:
    return Condition(_compare(field, amount)) if m.is_numeric(field) and not amount.percent else None


def amount_field(m: Meanings, amount: Amount, field: str) -> Condition | None:
    return field_amount(m, field, amount)


def unit_amount(m: Meanings, amount: Amount) -> Condition | None:
    """A number whose unit is the name of a numeric field of people: 25 years old."""
    field = f"{m.person}.{amount.unit}"
    if amount.unit is None or not m.index.has_field(field):
        return None
    return field_amount(m, field, amount)


def _compare(field: str, amount: Amount) -> Predicate:
    if amount.high is not None:
        return Between(field, _whole(amount.value), _whole(amount.high))
    return Compare(field, amount.op, _whole(amount.value))


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def metric_amount(m: Meanings, metric: str, amount: Amount) -> Condition | None:
    unit = m.index.metric(metric).unit
    percent = unit is Unit.PERCENT
    if (amount.percent and not percent) or not _unit_fits(unit, amount.unit):
        return None
    value, high = amount.value, amount.high
    if percent and not amount.percent and value > 1:
        return None
    return Condition(HasMetric(metric=metric, op=amount.op, value=value, high=high), behaviour=True)


def _unit_fits(unit: Unit, said: str | None) -> bool:
    """Money belongs to a metric in money, days to one in days, pieces and times to a count."""
    if said is None or said == "count":
        return True
    if unit is Unit.CURRENCY:
        return len(said) == 3 and said.isupper()
    if unit in (Unit.COUNT, Unit.NUMBER):
        return said in ("times", "orders", "items", "people", "points", "multiple")
    return unit is Unit.DAYS and said == "day"


def some_of(m: Meanings, _: str, metric: str) -> Condition | None:
    """With complaints: at least one."""
    found = m.index.metric(metric)
    if found.unit is not Unit.COUNT or found.counts is not None:
        return None
    return Condition(HasMetric(metric=metric, op=">", value=0.0), behaviour=True)


def amount_metric(m: Meanings, amount: Amount, metric: str) -> Condition | None:
    return metric_amount(m, metric, amount)


def metric_cut(m: Meanings, metric: str, cut: Cut) -> Condition | None:
    """The first share of people by a metric. The first so many are left to the whole question: of what, it says."""
    if cut.share is None or metric == m.people_metric:
        return None
    return Condition(_ranked(metric, cut), behaviour=True)


def cut_people(m: Meanings, metric: str, cut: Cut, entity: str) -> Condition | None:
    ranks = entity == m.person and metric != m.people_metric
    return Condition(_ranked(metric, cut), behaviour=True) if ranks else None


def people_cut(m: Meanings, cut: Cut, entity: str, metric: str) -> Condition | None:
    return cut_people(m, metric, cut, entity)


def people_cut_by(m: Meanings, cut: Cut, entity: str, _: str, metric: str) -> Condition | None:
    return cut_people(m, metric, cut, entity)


def best_people(m: Meanings, ordering: Ordering, number: Number, entity: str) -> Condition | None:
    if ordering.metric is None or number.percent:
        return None
    return cut_people(m, ordering.metric, Cut(ordering.descending, count=int(number.value)), entity)


def people_best(m: Meanings, number: Number, entity: str, ordering: Ordering) -> Condition | None:
    return best_people(m, ordering, number, entity)


def _ranked(metric: str, cut: Cut) -> Ranked:
    return Ranked(metric=metric, direction="top" if cut.descending else "bottom", count=cut.count, share=cut.share)


# ---- behaviour


def did(m: Meanings, entity: str) -> Condition | None:
    return Condition(Did(entity=entity), behaviour=True) if entity in m.behaviours or entity == m.person else None


def did_object(m: Meanings, entity: str, values: Values) -> Condition | None:
    """Bought running shoes. The rows are those of the verb's entity if it leads to the field, else of one it stands in."""
    target = values.field.split(".")[0]
    if target == m.person or (steps := m.reaches(entity, target)) is None:
        return None
    through_person = m.reaches(entity, m.person)
    if m.reaches(m.person, target) is not None and through_person is not None and steps > through_person:
        return None  # a fact about the person, not about what they did
    if values.joined == "and" and len(values.values) > 1:
        each = tuple(Did(entity=entity, where=Compare(values.field, "=", value)) for value in values.values)
        return Condition(And(each), behaviour=True)
    return Condition(Did(entity=entity, where=m.values_condition(values)), behaviour=True)


def did_where(m: Meanings, entity: str, _: str, where: Condition, __: str) -> Condition | None:
    """Bought (…): the conditions in brackets are on the rows of the verb's entity."""
    if entity not in m.behaviours or not rows_take(m, where.predicate, entity):
        return None
    return Condition(Did(entity=entity, where=where.predicate), behaviour=True)


def rows_take(m: Meanings, predicate: Predicate, entity: str) -> bool:
    match predicate:
        case And(items=items) | Or(items=items):
            return all(rows_take(m, item, entity) for item in items)
        case Not(item=item):
            return rows_take(m, item, entity)
        case Did() | HasMetric() | Ranked() | InSegment():
            return False
        case _:
            return m.reaches(entity, predicate.field.split(".")[0]) is not None


def object_did(m: Meanings, values: Values, entity: str) -> Condition | None:
    return did_object(m, entity, values)


def object_did_object(m: Meanings, before: Values, entity: str, after: Values) -> Condition | None:
    first, second = did_object(m, entity, before), did_object(m, entity, after)
    if first is None or second is None or before.field == after.field:
        return None
    return _both(first, second)


def _both(first: Condition, second: Condition) -> Condition | None:
    left, right = first.predicate, second.predicate
    if not isinstance(left, Did) or not isinstance(right, Did) or left.where is None or right.where is None:
        return None
    where = conjoin((left.where, right.where))
    return Condition(replace(left, where=where), behaviour=True)


def did_own_value(m: Meanings, values: Values) -> Condition | None:
    """Added to cart: a value of rows that lead to people stands for having such rows."""
    entity = values.field.split(".")[0]
    return did_object(m, entity, values) if entity in m.behaviours else None


def did_far_value(m: Meanings, values: Values) -> Condition | None:
    """Running-shoe customers: a value of what such rows are about."""
    entity = _entity_of(m, values)
    return did_object(m, entity, values) if entity is not None and entity != values.field.split(".")[0] else None


def did_by_values(m: Meanings, values: Values, more: Values) -> Condition | None:
    """Added running shoes to cart: both on the same rows."""
    entity = values.field.split(".")[0]
    if entity not in m.behaviours or values.field == more.field:
        return None
    return object_did_object(m, values, entity, more)


def _entity_of(m: Meanings, values: Values) -> str | None:
    target = values.field.split(".")[0]
    if target == m.person or m.reaches(m.person, target) is not None:
        return None
    if target in m.behaviours:
        return target
    leading = [e for e in m.behaviours if m.reaches(e, target) is not None]
    return max(leading, key=m.measured, default=None)


def did_times(m: Meanings, condition: Condition, amount: Amount) -> Condition | None:
    """Ordered at least three times."""
    found = condition.predicate
    if not isinstance(found, Did) or amount.unit not in _COUNT_UNITS or amount.high is not None or amount.percent:
        return None
    if amount.value != int(amount.value) or (found.op, found.count) != (">=", 1):
        return None
    return Condition(replace(found, op=amount.op, count=int(amount.value)), behaviour=True)


def times_did(m: Meanings, amount: Amount, condition: Condition) -> Condition | None:
    return did_times(m, condition, amount)


def compared_did(m: Meanings, op: str, condition: Condition, number: Number) -> Condition | None:
    return did_times(m, condition, compared(m, op, number))


def did_rows(m: Meanings, amount: Amount, entity: str) -> Condition | None:
    """At least three orders."""
    made = did(m, entity) if entity in m.behaviours else None
    return None if made is None else did_times(m, made, amount)


def verb_rows(m: Meanings, _: str, amount: Amount, entity: str) -> Condition | None:
    return did_rows(m, amount, entity)


def no_rows(m: Meanings, _: str, entity: str) -> Condition | None:
    """No orders."""
    return Condition(Not(Did(entity=entity)), behaviour=True) if entity in m.behaviours else None


def with_rows(m: Meanings, _: str, entity: str) -> Condition | None:
    return Condition(Did(entity=entity), behaviour=True) if entity in m.behaviours else None


# ---- time beside a behaviour


def in_time(m: Meanings, time: TimeRange, condition: Condition) -> Condition | None:
    predicate = with_time(condition.predicate, time)
    return None if predicate is None else Condition(predicate, behaviour=True)


def time_after(m: Meanings, condition: Condition, time: TimeRange) -> Condition | None:
    return in_time(m, time, condition)


def default_time(_: Meanings, __: str, condition: Condition) -> Condition | None:
    """The default period, said in words: nothing may fill the time in later."""
    found = condition.predicate
    fits = isinstance(found, (HasMetric, Ranked)) and found.time is None
    return Condition(found, fixed=True) if fits else None


def with_time(predicate: Predicate, time: TimeRange) -> Predicate | None:
    """The condition inside `time`; `None` when it has a time or can have none."""
    match predicate:
        case Did() | HasMetric() | Ranked():
            return replace(predicate, time=time) if predicate.time is None else None
        case Not(item=item):
            inner = with_time(item, time)
            return None if inner is None else Not(inner)
        case And(items=items) if all(isinstance(item, Did) and item.time is None for item in items):
            return And(tuple(replace(item, time=time) for item in items if isinstance(item, Did)))
        case _:
            return None


def not_for(m: Meanings, number: Number, _: str, condition: Condition) -> Condition | None:
    """Not ordered for 90 days."""
    units = {g.value: g for g in Grain}
    if number.unit not in units or number.value != int(number.value) or number.value < 1:
        return None
    timed = in_time(m, Rolling(int(number.value), units[number.unit]), condition)
    return None if timed is None else Condition(Not(timed.predicate), behaviour=True)


# ---- logic


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
    if isinstance(condition.predicate, (Not, InSegment)) and isinstance(condition.predicate, Not):
        return None
    inner = _neither(condition.predicate) if condition.behaviour else condition.predicate
    return replace(condition, predicate=Not(inner))


def either(_: Meanings, left: Condition, __: str, right: Condition) -> Condition:
    parts = _parts(left.predicate, Or) + _parts(right.predicate, Or)
    return Condition(Or(parts))


def both(_: Meanings, left: Condition, __: str, right: Condition) -> Condition:
    return Condition(And(_parts(left.predicate, And) + _parts(right.predicate, And)))


def both_adjacent(m: Meanings, left: Condition, right: Condition) -> Condition:
    return both(m, left, "", right)


def bracketed(_: Meanings, __: str, condition: Condition, ___: str) -> Condition:
    return condition


def _parts(predicate: Predicate, kind: type[And | Or]) -> tuple[Predicate, ...]:
    return predicate.items if isinstance(predicate, kind) and isinstance(predicate, (And, Or)) else (predicate,)


def in_segment(_: Meanings, name: str) -> Condition:
    return Condition(InSegment(name))
