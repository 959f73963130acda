"""Builders for parts of the week and of the day: conditions on the time of rows, and groupings by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Condition, Frame
from semantic_layer.model.grain import DatePart
from semantic_layer.model.types import Dimension, DimensionKind
from semantic_layer.query.predicate import And, Did, HasMetric, Moment, Not, Or, Predicate, conjoin, conjuncts
from semantic_layer.query.types import ByTime

_HOURS, _WEEKDAYS = frozenset(range(24)), frozenset(range(1, 8))


def when(_: Meanings, moment: Predicate) -> Condition:
    """On weekends: the time is the one that each metric goes by."""
    return Condition(moment)


def field_when(m: Meanings, field: str, moment: Predicate) -> Condition | None:
    """Order time on weekends."""
    found = m.index.field(field)
    timed = isinstance(found, Dimension) and found.kind is DimensionKind.TIME
    return Condition(of_field(moment, field)) if timed else None


def did_when(m: Meanings, moment: Predicate, condition: Condition) -> Condition | None:
    """Ordered on weekends: the time is that of the rows of what was done."""
    match condition.predicate:
        case Did() as done:
            time = m.index.entity(done.entity).time
            if time is None:
                return None
            where = conjoin((*conjuncts(done.where), *conjuncts(of_field(moment, f"{done.entity}.{time}"))))
            return replace(condition, predicate=replace(done, where=where), behaviour=True)
        case Not(item=Did() as done):
            inner = did_when(m, moment, replace(condition, predicate=done))
            return None if inner is None else replace(condition, predicate=Not(inner.predicate))
        case _:
            return None


def did_then_when(m: Meanings, condition: Condition, moment: Predicate) -> Condition | None:
    return did_when(m, moment, condition)


def bound_when(m: Meanings, moment: Predicate, condition: Condition) -> Condition | None:
    """Spent over 1000 on weekends: the metric of each person over the rows of that time."""
    found = condition.predicate
    if not isinstance(found, HasMetric) or m.timeless(found.metric):
        return None
    where = conjoin((*conjuncts(found.where), *conjuncts(moment)))
    return replace(condition, predicate=replace(found, where=where))


def bound_then_when(m: Meanings, condition: Condition, moment: Predicate) -> Condition | None:
    return bound_when(m, moment, condition)


def grouped(_: Meanings, by: ByTime) -> Frame:
    return Frame(by=(by,))


def grouped_after(_: Meanings, __: str, by: ByTime) -> Frame:
    """By each …, broken down by …"""
    return Frame(by=(by,))


def asked(_: Meanings, number: str, by: ByTime) -> Frame:
    """Which hour, which days of the week."""
    return Frame(by=(by,), marks=frozenset({"asked", number}))


def asked_one(_: Meanings, __: str, by: ByTime) -> Frame:
    """Which hour: English tells one from many by the noun."""
    return Frame(by=(by,), marks=frozenset({"asked", "one"}))


def asked_alone(_: Meanings, by: ByTime) -> Frame:
    """几点."""
    return Frame(by=(by,), marks=frozenset({"asked", "one"}))


def of_field(moment: Predicate, field: str) -> Predicate:
    """The condition on the time of `field`, where it names none."""
    match moment:
        case Moment(field=None):
            return replace(moment, field=field)
        case And(items=items):
            return And(tuple(of_field(item, field) for item in items))
        case Or(items=items):
            return Or(tuple(of_field(item, field) for item in items))
        case Not(item=item):
            return Not(of_field(item, field))
        case _:
            return moment


def on_weekdays(value: object) -> bool:
    """Is it a condition on the day of the week?"""
    match value:
        case Moment(part=part):
            return part is DatePart.DAY_OF_WEEK
        case And(items=items) | Or(items=items):
            return any(on_weekdays(item) for item in items)
        case _:
            return False


def never_together(conditions: Sequence[Predicate]) -> bool:
    """Weekends and working days at once: no row has both, so the question must mean something else."""
    left: dict[tuple[str | None, DatePart], frozenset[int]] = {}
    for moment in conditions:
        if isinstance(moment, Moment) and moment.part in (DatePart.HOUR, DatePart.DAY_OF_WEEK):
            key = (moment.field, moment.part)
            all_of_them = _HOURS if moment.part is DatePart.HOUR else _WEEKDAYS
            left[key] = left.get(key, all_of_them) & _let_through(moment, all_of_them)
            if not left[key]:
                return True
    return False


def _let_through(moment: Moment, values: frozenset[int]) -> frozenset[int]:
    if not isinstance(moment.value, int | float):
        return values
    bound = moment.value
    tests = {
        "=": lambda value: value == bound,
        "!=": lambda value: value != bound,
        ">": lambda value: value > bound,
        ">=": lambda value: value >= bound,
        "<": lambda value: value < bound,
        "<=": lambda value: value <= bound,
    }
    return frozenset(value for value in values if tests[moment.op](value))
