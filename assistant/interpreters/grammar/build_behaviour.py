"""Builders of conditions about what people did, and the times that belong to them."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.build_bounds import compared, metric_amount
from assistant.interpreters.grammar.deeds import used_in
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Amount, Condition, Number, Values
from semantic_layer.query.predicate import (
    Among,
    And,
    Compare,
    Did,
    HasMetric,
    InSegment,
    Moment,
    Not,
    Or,
    Predicate,
    Ranked,
    Then,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import Grain, Rolling, TimeRange

_COUNT_UNITS = frozenset({"times", "orders", "items", "count", None})


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
        case Moment(field=field):
            return field is None or m.reaches(entity, field.split(".")[0]) is not None
        case _:
            return m.reaches(entity, predicate.field.split(".")[0]) is not None


def amount_where(m: Meanings, where: Condition, metric: str, amount: Amount) -> Condition | None:
    """(Category is outdoor gear) sales over 3000."""
    made = metric_amount(m, metric, amount)
    entities = m.measure_entities(metric)
    fits = all(any(rows_take(m, where.predicate, e) for e in part) for part in entities)
    if made is None or not isinstance(made.predicate, HasMetric) or not fits or where.behaviour:
        return None
    return replace(made, predicate=replace(made.predicate, where=where.predicate))


def did_objects(m: Meanings, entity: str, values: Values, more: Values) -> Condition | None:
    """Received a coupon by SMS: both on the same rows. A place behind it is rather where the people are."""
    first, second = did_object(m, entity, values), did_object(m, entity, more)
    if first is None or second is None or values.field == more.field or m.is_place(more.field):
        return None
    return _both(first, second)


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
    if used_in(m, values) is not None:
        return None  # app users use it; whether they buy there it does not say
    return _implied(did_object(m, entity, values)) if entity in m.behaviours else None


def did_far_value(m: Meanings, values: Values) -> Condition | None:
    """Running-shoe customers: a value of what such rows are about."""
    entity = _entity_of(m, values)
    far = entity is not None and entity != values.field.split(".")[0]
    return _implied(did_object(m, entity, values)) if entity is not None and far else None


def _implied(condition: Condition | None) -> Condition | None:
    return None if condition is None else replace(condition, implied=True)


def did_by_values(m: Meanings, values: Values, more: Values) -> Condition | None:
    """Added running shoes to cart: both on the same rows."""
    entity = values.field.split(".")[0]
    if entity not in m.behaviours or values.field == more.field:
        return None
    return _implied(object_did_object(m, values, entity, more))


def did_at(m: Meanings, values: Values, more: Values) -> Condition | None:
    """In the shop, returned: a mark of rows that lead to those of the place."""
    entity = more.field.split(".")[0]
    leads = entity in m.behaviours and entity != values.field.split(".")[0] and values.field != more.field
    return object_did_object(m, values, entity, more) if leads else None


def _entity_of(m: Meanings, values: Values) -> str | None:
    target = values.field.split(".")[0]
    if target == m.person or m.reaches(m.person, target) is not None:
        return None
    if target in m.behaviours:
        return target
    leading = [e for e in m.behaviours if m.reaches(e, target) is not None]
    return max(leading, key=m.measured, default=None)


def did_times(_: Meanings, condition: Condition, amount: Amount) -> Condition | None:
    """Ordered at least three times."""
    found = condition.predicate
    if not isinstance(found, Did) or amount.unit not in _COUNT_UNITS or amount.high is not None or amount.percent:
        return None
    if condition.implied and amount.unit is None:
        return None  # a bare number beside a value counts something else
    if amount.value != int(amount.value) or (found.op, found.count) != (">=", 1):
        return None
    return Condition(replace(found, op=amount.op, count=int(amount.value)), behaviour=True)


def times_did_object(m: Meanings, entity: str, amount: Amount, values: Values) -> Condition | None:
    """Bought three times or more, and what."""
    found = did_object(m, entity, values)
    return None if found is None else did_times(m, found, amount)


def people_who(m: Meanings, condition: Condition, entity: str) -> Condition | None:
    """Running-shoe customers: the people are described, not the rows that are counted."""
    found = condition.predicate
    place = isinstance(found, Did) and isinstance(found.where, (Compare, Among)) and m.is_place(found.where.field)
    timed = not isinstance(found, Did) or found.time is not None
    fits = condition.implied and entity == m.person and not place and not timed
    return replace(condition, implied=False, closed=True) if fits else None


def times_did(m: Meanings, amount: Amount, condition: Condition) -> Condition | None:
    """At least three times ordered. A bare number in front belongs to what stands before it."""
    return None if amount.unit is None else did_times(m, condition, amount)


def compared_did(m: Meanings, op: str, condition: Condition, number: Number) -> Condition | None:
    amount = compared(m, op, number)
    return None if amount is None else did_times(m, condition, amount)


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


def did_that(m: Meanings, entity: str, _: str) -> Condition | None:
    """Bought any: of what was named before."""
    made = did(m, entity)
    return None if made is None else replace(made, open=True)


def both_of_same(m: Meanings, first: Condition, _: str, second: Condition) -> Condition | None:
    """Looked at outdoor gear but never bought any: what the one was done to, the other was too.

    Where only the verbs say so, of things that are done in different rows: not bought again may be anything.
    """
    left, right = _done(first.predicate), _done(second.predicate)
    if left is None or right is None or first.open or left.then is not None or right.then is not None:
        return None
    if not second.open and left.entity == right.entity:
        return None
    mine, theirs = _objects(m, left), _objects(m, right)
    if mine and not theirs and _takes_objects(m, right, mine):
        filled = (first.predicate, _with_objects(second.predicate, mine))
    elif theirs and not mine and not second.open and _takes_objects(m, left, theirs):
        filled = (_with_objects(first.predicate, theirs), second.predicate)
    else:
        return None
    return Condition(And(filled), behaviour=True, joint=True)


def did_but_not_that(
    m: Meanings, time: TimeRange, first: Condition, word: str, _: str, second: Condition
) -> Condition | None:
    """In the last 30 days viewed but not bought, of one thing."""
    both = both_of_same(m, first, word, replace(second, predicate=Not(second.predicate)))
    return None if both is None else in_time(m, time, both)


def _done(predicate: Predicate) -> Did | None:
    inner = predicate.item if isinstance(predicate, Not) else predicate
    return inner if isinstance(inner, Did) else None


def _objects(m: Meanings, done: Did) -> tuple[Predicate, ...]:
    """Of the conditions on what was done those on things."""
    parts = (p for p in conjuncts(done.where) if isinstance(p, (Compare, Among)))
    return tuple(p for p in parts if p.field.split(".")[0] not in (done.entity, m.person))


def _takes_objects(m: Meanings, done: Did, objects: tuple[Predicate, ...]) -> bool:
    return m.reaches(done.entity, m.person) is not None and all(rows_take(m, p, done.entity) for p in objects)


def _with_objects(predicate: Predicate, objects: tuple[Predicate, ...]) -> Predicate:
    if isinstance(predicate, Not):
        return Not(_with_objects(predicate.item, objects))
    assert isinstance(predicate, Did)
    return replace(predicate, where=conjoin((*conjuncts(predicate.where), *objects)))


def used(m: Meanings, _: str, values: Values) -> Condition | None:
    """Went on the app: the rows of what is done there."""
    entity = used_in(m, values)
    return None if entity is None else did(m, entity)


def done_there(m: Meanings, condition: Condition, _: str, values: Values) -> Condition | None:
    """Viewed in the app: it is only done there."""
    done = condition.predicate
    entity = done.entity if isinstance(done, Did) else None
    return condition if entity is not None and used_in(m, values) == entity else None


def in_time(_: Meanings, time: TimeRange, condition: Condition) -> Condition | None:
    if condition.closed:
        return None
    predicate = with_time(condition.predicate, time)
    return None if predicate is None else Condition(predicate, True, implied=condition.implied, open=condition.open)


def did_but_not(m: Meanings, time: TimeRange, first: Condition, _: str, __: str, second: Condition) -> Condition | None:
    """In the last 30 days viewed but not ordered: the time in front is that of both."""
    left, right = in_time(m, time, first), in_time(m, time, second)
    if left is None or right is None:
        return None
    return Condition(And((left.predicate, Not(right.predicate))), behaviour=True)


def not_active_in(m: Meanings, time: TimeRange, _: str, field: str) -> Condition | None:
    """Not active in the last 90 days."""
    found = m.windowed(field, time)
    return None if found is None else Condition(Not(found), behaviour=True)


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
        case And(items=(Did(then=Then(), time=None) as first, *rest)) if all(isinstance(item, Did) for item in rest):
            return And((replace(first, time=time), *rest))  # three things in a row: it is when the first was done
        case And(items=items) if all(isinstance(item, Did) and item.time is None for item in items):
            return And(tuple(replace(item, time=time) for item in items if isinstance(item, Did)))
        case And(items=(Did(time=None) as first, Not(item=Did(time=None, where=where) as never))) if where is not None:
            return And((replace(first, time=time), Not(replace(never, time=time))))
        case _:
            return None


def not_for(m: Meanings, number: Number, _: str, condition: Condition) -> Condition | None:
    """Not ordered for 90 days."""
    units = {g.value: g for g in Grain}
    if number.unit == "year" and number.value != int(number.value):
        number = replace(number, value=number.value * 12, unit="month")  # half a year
    if number.unit not in units or number.value != int(number.value) or number.value < 1:
        return None
    timed = in_time(m, Rolling(int(number.value), units[number.unit]), condition)
    return None if timed is None else Condition(Not(timed.predicate), behaviour=True)
