"""What a metric is as arithmetic over simple metrics whose values add up over groups. No SQL is built here.

It answers "how do the parts make the whole": a sum of totals, one sum of totals over another, or another formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.fragments import parse_fragment
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Derived, Input, Metric, Ratio, Simple

ADDS_UP = frozenset({Aggregation.SUM, Aggregation.COUNT, Aggregation.SUM_BOOLEAN, Aggregation.COUNT_DISTINCT})
"""Totals of rows, or of things counted once: over groups that share no thing they add up."""


@dataclass(frozen=True, slots=True)
class Total:
    """Simple metrics, each times a factor, added up: `sales - refunds`. A constant is no part of any group."""

    terms: tuple[tuple[str, float], ...]
    constant: float = 0.0

    @property
    def leaves(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.terms)

    def value(self, leaves: Mapping[str, float]) -> float:
        return self.constant + sum(factor * leaves[name] for name, factor in self.terms)


@dataclass(frozen=True, slots=True)
class Quotient:
    """One total over another: a rate, an average, a ratio. Neither has a constant."""

    top: Total
    bottom: Total

    @property
    def leaves(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.top.leaves, *self.bottom.leaves)))

    def value(self, leaves: Mapping[str, float]) -> float | None:
        below = self.bottom.value(leaves)
        return self.top.value(leaves) / below if below else None


@dataclass(frozen=True, slots=True)
class Formula:
    """Any other arithmetic over totals; unknown where it divides by nothing."""

    leaves: tuple[str, ...]
    tree: exp.Expr

    def value(self, leaves: Mapping[str, float]) -> float | None:
        return _value(self.tree, leaves)


Arithmetic = Total | Quotient | Formula


def arithmetic_of(index: ModelIndex, metric: str) -> Arithmetic | None:
    """How the metric is made of totals; `None` where it is not: medians, balances, inputs of another time or filter."""
    return _of_metric(index, index.metric(metric))


def _of_metric(index: ModelIndex, metric: Metric) -> Arithmetic | None:
    match metric.body:
        case Simple(measures=measures):
            adds = all(measure.agg in ADDS_UP and measure.non_additive is None for measure in measures)
            return Total(((metric.name, 1.0),)) if adds else None
        case _ if metric.where:
            return None
        case Ratio(numerator=top, denominator=bottom):
            above, below = _of_input(index, top), _of_input(index, bottom)
            if above is None or below is None:
                return None
            return _divided(above, below) or _formula(exp.Div(this=_tree(above), expression=_tree(below)))
        case Derived(expr=sql, inputs=inputs):
            parts = {part.name: _of_input(index, part) for part in inputs}
            known = {name: part for name, part in parts.items() if part is not None}
            return _of_tree(parse_fragment(sql), known) if len(known) == len(parts) else None
        case _:
            return None


def _of_input(index: ModelIndex, part: Input) -> Arithmetic | None:
    plain = not part.where and part.offset is None
    return _of_metric(index, index.metric(part.metric)) if plain else None


def _of_tree(tree: exp.Expr, parts: Mapping[str, Arithmetic]) -> Arithmetic | None:
    """The tree as a total or a quotient where it is one; else as a formula, if it holds nothing but arithmetic."""
    simple = _simplified(tree, parts)
    if simple is not None:
        return simple
    if not all(isinstance(node, _KNOWN) for node in tree.walk()):
        return None

    def visit(node: exp.Expr) -> exp.Expr:
        return exp.Paren(this=_tree(parts[node.name])) if isinstance(node, exp.Column) else node

    named = all(column.name in parts for column in tree.find_all(exp.Column))
    return _formula(tree.copy().transform(visit)) if named else None


def _simplified(tree: exp.Expr, parts: Mapping[str, Arithmetic]) -> Total | Quotient | None:
    match tree:
        case exp.Paren() | exp.Cast():
            return _simplified(tree.this, parts)
        case exp.Literal() if not tree.is_string:
            return Total((), float(tree.this))
        case exp.Column():
            part = parts.get(tree.name)
            return None if isinstance(part, Formula) else part
        case exp.Neg():
            inner = _simplified(tree.this, parts)
            return None if inner is None else _times(inner, -1.0)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            left, right = _simplified(tree.this, parts), _simplified(tree.expression, parts)
            return None if left is None or right is None else _combined(tree, left, right)
        case exp.Nullif() if isinstance(tree.expression, exp.Literal) and float(tree.expression.this) == 0:
            return _simplified(tree.this, parts)  # a guard of a division, which is guarded anyway
        case _:
            return None


def _combined(tree: exp.Expr, left: Total | Quotient, right: Total | Quotient) -> Total | Quotient | None:
    match tree:
        case exp.Add():
            return _plus(left, right)
        case exp.Sub():
            return _plus(left, _times(right, -1.0))
        case exp.Mul() if isinstance(right, Total) and not right.terms:
            return _times(left, right.constant)
        case exp.Mul() if isinstance(left, Total) and not left.terms:
            return _times(right, left.constant)
        case exp.Div():
            return _divided(left, right)
        case _:
            return None


def _times(one: Total | Quotient, factor: float) -> Total | Quotient:
    if isinstance(one, Quotient):
        return Quotient(_scaled(one.top, factor), one.bottom)
    return _scaled(one, factor)


def _scaled(one: Total, factor: float) -> Total:
    return Total(tuple((name, factor * own) for name, own in one.terms), factor * one.constant)


def _added(one: Total, two: Total) -> Total:
    factors: dict[str, float] = {}
    for name, factor in (*one.terms, *two.terms):
        factors[name] = factors.get(name, 0.0) + factor
    return Total(tuple(factors.items()), one.constant + two.constant)


def _plus(one: Total | Quotient, two: Total | Quotient) -> Total | Quotient | None:
    """Over one denominator: `1 - a / b` is `(b - a) / b`."""
    if isinstance(one, Total) and isinstance(two, Total):
        return _added(one, two)
    if isinstance(one, Quotient) and isinstance(two, Quotient):
        return Quotient(_added(one.top, two.top), one.bottom) if one.bottom == two.bottom else None
    quotient, number = (one, two) if isinstance(one, Quotient) else (two, one)
    if not isinstance(quotient, Quotient) or not isinstance(number, Total) or number.terms:
        return None
    return Quotient(_added(quotient.top, _scaled(quotient.bottom, number.constant)), quotient.bottom)


def _divided(one: Arithmetic, two: Arithmetic) -> Total | Quotient | None:
    if isinstance(two, Total) and not two.terms:
        return _times(one, 1 / two.constant) if two.constant and not isinstance(one, Formula) else None
    if isinstance(one, Total) and isinstance(two, Total):
        return None if one.constant or two.constant else Quotient(one, two)
    if isinstance(one, Quotient) and isinstance(two, Quotient) and one.bottom == two.bottom:
        return Quotient(one.top, two.top)
    return None


def _tree(part: Arithmetic) -> exp.Expr:
    match part:
        case Formula(tree=tree):
            return tree.copy()
        case Quotient(top=top, bottom=bottom):
            return exp.Div(this=exp.Paren(this=_tree(top)), expression=exp.Paren(this=_tree(bottom)))
        case Total(terms=terms, constant=constant):
            found: exp.Expr = _number(constant)
            for name, factor in terms:
                found = exp.Add(this=found, expression=exp.Mul(this=_number(factor), expression=exp.column(name)))
            return exp.Paren(this=found)


def _number(value: float) -> exp.Expr:
    size = exp.Literal.number(repr(abs(value)))
    return exp.Neg(this=size) if value < 0 else size


def _formula(tree: exp.Expr) -> Formula:
    return Formula(tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column))), tree)


_KNOWN = (
    exp.Paren, exp.Cast, exp.DataType, exp.Literal, exp.Column, exp.Identifier, exp.Neg, exp.Add, exp.Sub, exp.Mul,
    exp.Div, exp.Nullif, exp.Coalesce,
)  # fmt: skip


def _value(tree: exp.Expr, leaves: Mapping[str, float]) -> float | None:
    match tree:
        case exp.Paren() | exp.Cast():
            return _value(tree.this, leaves)
        case exp.Literal():
            return float(tree.this)
        case exp.Column():
            return leaves[tree.name]
        case exp.Neg():
            inner = _value(tree.this, leaves)
            return None if inner is None else -inner
        case exp.Coalesce():
            options = (_value(option, leaves) for option in (tree.this, *tree.expressions))
            return next((option for option in options if option is not None), None)
        case exp.Nullif():
            left, right = _value(tree.this, leaves), _value(tree.expression, leaves)
            return None if left == right else left
        case exp.Binary():
            return _binary(tree, _value(tree.this, leaves), _value(tree.expression, leaves))
        case _:
            raise AssertionError(f"{type(tree).__name__} is no arithmetic")


def _binary(tree: exp.Expr, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    match tree:
        case exp.Add():
            return left + right
        case exp.Sub():
            return left - right
        case exp.Mul():
            return left * right
        case _:
            return left / right if right else None
