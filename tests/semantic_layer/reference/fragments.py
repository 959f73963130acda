"""Evaluates one SQL expression for one row, node by node, with SQL's three truth values. Nothing is compiled.

The parser is the only thing shared with the product: what a node means is written here anew. A construct that no definition
of the tests uses is not known and raises `NotImplementedError`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp

Value = Any
Lookup = Callable[[str, str], Value]
"""The value of a column, given the name before the dot (may be empty) and the name itself."""

Eval = Callable[[exp.Expression], Value]

_ARITHMETIC = {exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul}
_COMPARISONS = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}


_CONDITIONS = {exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Like, exp.Between, *_COMPARISONS}


@cache
def parsed(sql: str) -> exp.Expression:
    return sqlglot.parse_one(sql, dialect="duckdb")


def evaluate(sql: str, lookup: Lookup, as_of: date | None = None, metric: Lookup | None = None) -> Value:
    """The value of `sql`; `None` is NULL. Division by zero is NULL. `metric` gives a metric of a row of an entity."""

    def value(node: exp.Expression) -> Value:
        if metric is not None and isinstance(node, exp.Anonymous) and node.name.lower() == "metric":
            return metric(*(one.this for one in node.expressions))
        return _value(node, lookup, as_of, value)

    return value(parsed(sql))


def metric_calls(sql: str) -> set[tuple[str, str]]:
    """The metrics that an expression asks of rows of entities, as (metric, entity)."""
    calls = (node for node in parsed(sql).find_all(exp.Anonymous) if node.name.lower() == "metric")
    return {(call.expressions[0].this, call.expressions[1].this) for call in calls}


def names_in(sql: str) -> set[tuple[str, str]]:
    """The names of an expression as (before the dot, after it)."""
    return {(node.table, node.name) for node in parsed(sql).find_all(exp.Column)}


def _value(node: exp.Expression, lookup: Lookup, as_of: date | None, value: Eval) -> Value:
    match node:
        case exp.Paren():
            return value(node.this)
        case exp.Column():
            return lookup(node.table, node.name)
        case exp.Placeholder():
            return as_of
        case exp.Literal():
            return node.this if node.is_string else _number(node.this)
        case exp.Boolean():
            return bool(node.this)
        case exp.Null():
            return None
        case exp.Case():
            chosen = next((one for one in node.args["ifs"] if value(one.this) is True), None)
            default = node.args.get("default")
            return value(chosen.args["true"]) if chosen else None if default is None else value(default)
        case exp.Condition() if type(node) in _CONDITIONS:
            return _condition(node, value)
        case _:
            return _number_or_moment(node, value)


def _condition(node: exp.Expression, value: Eval) -> bool | None:
    match node:
        case exp.And():
            return _and(value(node.this), value(node.expression))
        case exp.Or():
            return _not(_and(_not(value(node.this)), _not(value(node.expression))))
        case exp.Not():
            return _not(value(node.this))
        case exp.Is():
            return _is(value(node.this), value(node.expression))
        case exp.In():
            return _in(value(node.this), [value(one) for one in node.expressions])
        case exp.Like():
            return _like(value(node.this), value(node.expression))
        case exp.Between():
            subject = value(node.this)
            low = _compared(operator.ge, subject, value(node.args["low"]))
            return _and(low, _compared(operator.le, subject, value(node.args["high"])))
        case _:
            return _compared(_COMPARISONS[type(node)], value(node.this), value(node.expression))


def _number_or_moment(node: exp.Expression, value: Eval) -> Value:
    match node:
        case exp.Add() | exp.Sub() | exp.Mul():
            return calculated(_ARITHMETIC[type(node)], value(node.this), value(node.expression))
        case exp.Div():
            return divided(value(node.this), value(node.expression))
        case exp.Neg():
            inner = value(node.this)
            return None if inner is None else -inner
        case exp.Coalesce():
            parts = (value(one) for one in (node.this, *node.expressions))
            return next((part for part in parts if part is not None), None)
        case exp.DateDiff():
            return _years_or_days(value(node.expression), value(node.this), str(node.args["unit"]).upper())
        case exp.TimeToStr():
            moment = value(node.this)
            return None if moment is None else moment.strftime(node.args["format"].this)
        case exp.Extract():
            moment = value(node.expression)
            return None if moment is None else getattr(moment, node.this.name.lower())
        case _:
            raise NotImplementedError(node.sql("duckdb"))


def calculated(how: Callable[[Value, Value], Value], left: Value, right: Value) -> Value:
    """`how` of two numbers; NULL with NULL. Exact and binary numbers meet as binary ones."""
    if left is None or right is None:
        return None
    if isinstance(left, float) or isinstance(right, float):
        return how(float(left), float(right))
    return how(left, right)


def divided(top: Value, bottom: Value) -> Value:
    if top is None or bottom is None or bottom == 0:
        return None
    return float(top) / float(bottom)


def _number(text: str) -> int | Decimal:
    return int(text) if text.isdigit() else Decimal(text)


def _and(left: Value, right: Value) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _not(inner: Value) -> bool | None:
    return None if inner is None else not inner


def _is(left: Value, right: Value) -> bool:
    return left is None if right is None else left is right


def _in(subject: Value, members: list[Value]) -> bool | None:
    if subject is None:
        return None
    if any(_compared(operator.eq, subject, one) for one in members):
        return True
    return None if None in members else False


def _like(text: Value, pattern: Value) -> bool | None:
    if text is None or pattern is None:
        return None
    wild = "".join(".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in pattern)
    return re.fullmatch(wild, text, re.DOTALL) is not None


def _compared(how: Callable[[Value, Value], bool], left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    return how(*alike(left, right))


def alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Two values in a type that can be compared: a day against a moment is the day's first instant."""
    if isinstance(left, str) and isinstance(right, date):
        left = datetime.fromisoformat(left)
    if isinstance(right, str) and isinstance(left, date):
        right = datetime.fromisoformat(right)
    if isinstance(left, datetime) != isinstance(right, datetime) and isinstance(left, date):
        return _instant(left), _instant(right)
    if isinstance(left, float) or isinstance(right, float):
        return float(left), float(right)
    return left, right


def _instant(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the data has no zone


def _years_or_days(start: Value, end: Value, unit: str) -> int | None:
    """Boundaries of the unit that are crossed, as DuckDB counts them."""
    if start is None or end is None:
        return None
    if unit == "YEAR":
        return end.year - start.year
    if unit == "DAY":
        return (_instant(end).date() - _instant(start).date()).days
    raise NotImplementedError(unit)
