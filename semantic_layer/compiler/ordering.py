"""The order of a result, and where it is cut: as asked, else as one reads it; ties always fall the same way."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler.groups import FieldGroup, Group, PeriodGroup, periods_of
from semantic_layer.compiler.literals import literal, number
from semantic_layer.compiler.metrics import is_dated
from semantic_layer.compiler.outputs import change, change_rate, days_between
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.types import Order, Query


def order_and_cut(select: exp.Select, query: Query, groups: Sequence[Group], index: ModelIndex) -> None:
    """Sets ORDER BY and LIMIT of the last SELECT. Ties are broken by the groups."""
    terms = [_term(order, groups, index) for order in query.order] or _usual_order(query, groups, index)
    named = {order.by for order in query.order}
    terms += [ordered(exp.column(group.column)) for group in groups if _asked_as(group) not in named]
    if groups:
        select.set("order", exp.Order(expressions=_each_once(terms)))
    if query.limit is not None:
        select.set("limit", exp.Limit(expression=number(query.limit)))


def _term(order: Order, groups: Sequence[Group], index: ModelIndex) -> exp.Expr:
    if not index.has_metric(order.by):
        group = next(group for group in groups if _asked_as(group) == order.by)
        return ordered(_sort_key(group, index), descending=order.descending)
    if order.what == "value":
        return ordered(exp.column(order.by), descending=order.descending)
    if is_dated(index, order.by):  # days have no rate of change
        return ordered(days_between(order.by, 1), descending=order.descending)
    by = change(order.by, 1) if order.what == "change" else change_rate(order.by, 1)
    return ordered(by, descending=order.descending)


def _usual_order(query: Query, groups: Sequence[Group], index: ModelIndex) -> list[exp.Expr]:
    """Time runs forward, levels go from low to high, and all else starts with the largest."""
    if any(isinstance(group, PeriodGroup) for group in groups):
        return [ordered(exp.column(group.column)) for group in periods_of(groups)]
    if groups and _is_ordered(groups[0], index):
        return [ordered(_sort_key(groups[0], index))]
    return [ordered(exp.column(query.metrics[0]), descending=True)]


def _asked_as(group: Group) -> str:
    return group.field if isinstance(group, FieldGroup) else "time"


def ordered(value: exp.Expr, *, descending: bool = False) -> exp.Ordered:
    return exp.Ordered(this=value, desc=descending, nulls_first=False)


def _is_ordered(group: Group, index: ModelIndex) -> bool:
    return isinstance(group, FieldGroup) and index.field(group.field).ordered


def _sort_key(group: Group, index: ModelIndex) -> exp.Expr:
    """The column itself, or the position of its value where the values have an order of their own."""
    column = exp.column(group.column)
    if not isinstance(group, FieldGroup) or not _is_ordered(group, index):
        return column
    field = index.field(group.field)
    ifs = [
        exp.If(this=literal(value.value, field.type), true=number(position))
        for position, value in enumerate(field.values)
    ]
    return exp.Case(this=column, ifs=ifs) if ifs else column


def _each_once(terms: Sequence[exp.Expr]) -> list[exp.Expr]:
    seen: dict[exp.Expr, exp.Expr] = {}
    for term in terms:
        seen.setdefault(term.this, term)
    return list(seen.values())
