"""Reads a filter of MetricFlow's tests, SQL with `{{ Dimension('…') }}` in it, as a predicate.

SQL knows "unknown" and our conditions do not: `NOT x` of a yes-or-no field keeps rows where it is no, not those where
it is unknown, so it is read as `x = no`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from semantic_layer.interchange.dbt_filters import Call, FieldCall, MetricCall, read_filter
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Scalar
from semantic_layer.query.predicate import Among, And, Compare, HasMetric, IsNull, Moment, Not, Op, Or, Predicate

_OPS: dict[type[exp.Expr], Op] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_TURNED: dict[Op, Op] = {"=": "=", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass(frozen=True)
class Term:
    """A field of ours, or with no field the metrics' own time; `shown` is what results call it."""

    field: str | None
    shown: str
    is_time: bool = False
    grain: Grain | None = None
    own: str | None = None


class Reader:
    """Reads one filter. `term` says what a name stands for, `holder` whose metric a metric in a filter is."""

    def __init__(self, term: Callable[[FieldCall], Term], holder: Callable[[str, Sequence[str]], str]) -> None:
        self._term = term
        self._holder = holder
        self._calls: list[Call] = []

    def read(self, text: str) -> Predicate:
        def placeholder(call: Call) -> str:
            self._calls.append(call)
            return f"call_{len(self._calls) - 1}"

        return self._predicate(sqlglot.parse_one(read_filter(text, placeholder), dialect="duckdb"))

    def _predicate(self, node: exp.Expr) -> Predicate:
        if isinstance(node, exp.Paren):
            return self._predicate(node.this)
        if isinstance(node, exp.And):
            return And((self._predicate(node.left), self._predicate(node.right)))
        if isinstance(node, exp.Or):
            return Or((self._predicate(node.left), self._predicate(node.right)))
        if isinstance(node, exp.Not):
            return self._negated(node.this)
        if isinstance(node, exp.Column):
            return Compare(self._field(node), "=", value=True)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return IsNull(self._field(node.this))
        if isinstance(node, exp.In):
            return Among(self._field(node.this), tuple(_value(item) for item in node.expressions))
        return self._comparison(node)

    def _negated(self, node: exp.Expr) -> Predicate:
        inner = node.this if isinstance(node, exp.Paren) else node
        if isinstance(inner, exp.Column):
            return Compare(self._field(inner), "=", value=False)
        if isinstance(inner, exp.Is):
            return Not(self._predicate(inner))
        raise AssertionError(f"not read: NOT {inner.sql()}")

    def _comparison(self, node: exp.Expr) -> Predicate:
        op = _OPS[type(node)]
        left, right = _bare(node.this), _bare(node.expression)
        if not isinstance(left, exp.Column):
            left, right, op = right, left, _TURNED[op]
        call = self._call(left)
        value = _value(right)
        if isinstance(call, MetricCall):
            assert isinstance(value, int | float)
            return HasMetric(metric=call.metric, op=op, value=value, entity=self._holder(call.metric, call.group_by))
        term = self._term(call)
        if term.is_time:
            return Moment(op=op, value=value, field=term.field, grain=term.grain, own=term.own)
        assert term.field is not None
        return Compare(term.field, op, value)

    def _field(self, node: exp.Expr) -> str:
        call = self._call(_bare(node))
        assert isinstance(call, FieldCall)
        field = self._term(call).field
        assert field is not None, "a time is compared, not tested"
        return field

    def _call(self, node: exp.Expr) -> Call:
        """A call of the filter, or a name of results written as a column."""
        assert isinstance(node, exp.Column)
        name = node.name
        return self._calls[int(name.removeprefix("call_"))] if name.startswith("call_") else FieldCall(name)


def _bare(node: exp.Expr) -> exp.Expr:
    """Without the casts by which the engines are made to compare alike."""
    return _bare(node.this) if isinstance(node, exp.Cast | exp.Paren) else node


def _value(node: exp.Expr) -> Scalar:
    bare = _bare(node)
    if isinstance(bare, exp.Boolean):
        return bool(bare.this)
    assert isinstance(bare, exp.Literal), bare.sql()
    if bare.is_string:
        return str(bare.this)
    return float(bare.this) if "." in bare.this else int(bare.this)
