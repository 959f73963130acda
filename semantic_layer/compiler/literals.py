"""Values as literals of the tree. The only way in which something a person typed enters SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import ColumnType, Scalar

_UNITS = {Grain.QUARTER: Grain.MONTH}


def number(value: float | Decimal) -> exp.Expr:
    """A number without exponent, so that the engine reads it as an exact decimal."""
    text = format(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith("-"):
        return exp.Neg(this=exp.Literal(this=text[1:], is_string=False))
    return exp.Literal(this=text, is_string=False)


def text(value: str) -> exp.Expr:
    return exp.Literal(this=value, is_string=True)


def day(value: date) -> exp.Expr:
    return exp.Cast(this=text(value.isoformat()), to=exp.DataType(this=exp.DataType.Type.DATE))


def series(days: Sequence[date], step: Grain, column: str) -> exp.Select:
    """SELECT the days, which lie one `step` apart, as `column`."""
    length = exp.Interval(this=number(3 if step is Grain.QUARTER else 1), unit=exp.var(_UNITS.get(step, step).upper()))
    found = exp.GenerateSeries(start=day(days[0]), end=day(days[-1]), step=length)
    alias = exp.TableAlias(this=exp.to_identifier("series"), columns=[exp.to_identifier("at")])
    at = exp.Cast(this=exp.column("at"), to=exp.DataType(this=exp.DataType.Type.DATE))
    return exp.Select(
        expressions=[exp.alias_(at, column, copy=False)],
        from_=exp.From(this=exp.Unnest(expressions=[found], alias=alias)),
    )


def literal(value: Scalar, kind: ColumnType) -> exp.Expr:
    """`value` as a literal of the field's type. The types were checked by `validate`."""
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        if kind in (ColumnType.DATE, ColumnType.TIMESTAMP):
            sql_type = (
                exp.DataType.Type.DATE if kind is ColumnType.DATE or len(value) == 10 else exp.DataType.Type.TIMESTAMP
            )
            return exp.Cast(this=text(value), to=exp.DataType(this=sql_type))
        return text(value)
    return number(value)


def inside(column: exp.Expr, span: DateSpan) -> exp.Expr:
    """The column lies in the span. Bounds stand bare beside the column, so that the engine can skip blocks by them."""
    before = exp.LT(this=column.copy(), expression=day(span.end + timedelta(days=1)))
    if span.open_start:
        return before
    return exp.And(this=exp.GTE(this=column.copy(), expression=day(span.start)), expression=before)


def inside_hull(column: exp.Expr, span: DateSpan, hull: DateSpan) -> exp.Expr | None:
    """The column lies in the span, for rows that lie in the hull: only bounds that the hull does not set are tested."""
    parts: list[exp.Expr] = []
    if span.start > hull.start:
        parts.append(exp.GTE(this=column.copy(), expression=day(span.start)))
    if span.end < hull.end:
        parts.append(exp.LT(this=column.copy(), expression=day(span.end + timedelta(days=1))))
    return all_of(parts)


def all_of(parts: list[exp.Expr]) -> exp.Expr | None:
    """The parts joined by AND, `None` for no parts."""
    if not parts:
        return None
    first, *others = (_in_parentheses(part) for part in parts) if len(parts) > 1 else parts
    for part in others:
        first = exp.And(this=first, expression=part)
    return first


def any_of(parts: list[exp.Expr]) -> exp.Expr:
    first, *others = (exp.Paren(this=part) if isinstance(part, exp.And) else part for part in parts)
    for part in others:
        first = exp.Or(this=first, expression=part)
    return first


def _in_parentheses(part: exp.Expr) -> exp.Expr:
    return exp.Paren(this=part) if isinstance(part, exp.Or) else part
