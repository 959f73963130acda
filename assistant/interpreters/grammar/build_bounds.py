"""Builders of bounds: numbers with comparators, and the fields, metrics and rankings that they bound."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Amount, Condition, Cut, Number, Ordering, Values
from semantic_layer.model.types import Unit
from semantic_layer.query.predicate import (
    And,
    Between,
    Compare,
    HasMetric,
    Op,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import TimeRange


def compared(_: Meanings, op: str, number: Number) -> Amount | None:
    sign, unit = [*op.split(" "), ""][:2]
    if unit and number.unit not in (None, unit):
        return None
    return Amount(op=operator(sign), value=number.value, percent=number.percent, unit=unit or number.unit)


def counted_after(m: Meanings, number: Number, op: str, _: str) -> Amount | None:
    """Five or more times."""
    amount = compared(m, op, number)
    return replace(amount, unit="times") if amount is not None and amount.unit is None else None


def aged(m: Meanings, amount: Amount) -> Condition | None:
    """A bare number of two digits right after a word for people is their age."""
    field = f"{m.person}.age"
    fits = amount.unit is None and not amount.percent and 10 <= amount.value < 100 and m.index.has_field(field)
    return field_amount(m, field, amount) if fits else None


def people_aged(m: Meanings, entity: str, amount: Amount) -> Condition | None:
    return aged(m, amount) if entity == m.person else None


def kind_aged(m: Meanings, values: Values, amount: Amount) -> Condition | None:
    entity = values.field.split(".")[0]
    found = aged(m, amount) if entity == m.person and not m.is_place(values.field) else None
    return None if found is None else Condition(And((m.values_condition(values), found.predicate)))


def compared_after(m: Meanings, number: Number, op: str) -> Amount | None:
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


def operator(text: str) -> Op:
    ops: tuple[Op, ...] = ("=", "!=", ">", ">=", "<", "<=")
    return next(op for op in ops if op == text)


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


def amount_on(m: Meanings, values: Values, metric: str, amount: Amount) -> Condition | None:
    """Spent more than 3000 on outdoor gear: the bound is on the metric of such rows."""
    target = values.field.split(".")[0]
    if m.reaches(m.person, target) is not None or m.distance(metric, target) is None:
        return None
    made = metric_amount(m, metric, amount)
    if made is None or not isinstance(made.predicate, HasMetric):
        return None
    return replace(made, predicate=replace(made.predicate, where=m.values_condition(values)))


def amount_timed_on(m: Meanings, values: Values, time: TimeRange, metric: str, amount: Amount) -> Condition | None:
    made = amount_on(m, values, metric, amount)
    if made is None or not isinstance(made.predicate, HasMetric):
        return None
    return replace(made, predicate=replace(made.predicate, time=time))


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
    if ordering.metric is None:
        return None
    if number.percent:
        share = number.value
        return cut_people(m, ordering.metric, Cut(ordering.descending, share=share), entity) if 0 < share < 1 else None
    return cut_people(m, ordering.metric, Cut(ordering.descending, count=int(number.value)), entity)


def people_best(m: Meanings, number: Number, entity: str, ordering: Ordering) -> Condition | None:
    return best_people(m, ordering, number, entity)


def _ranked(metric: str, cut: Cut) -> Ranked:
    return Ranked(metric=metric, direction="top" if cut.descending else "bottom", count=cut.count, share=cut.share)
