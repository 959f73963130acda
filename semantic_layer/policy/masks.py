"""What is shown in place of a protected value: enough to recognise it, too little to use it."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.model.types import ColumnType, Sensitivity
from semantic_layer.policy.catalog import CatalogColumn

_ENGINE_TYPE = {
    ColumnType.INTEGER: exp.DType.BIGINT,
    ColumnType.DECIMAL: exp.DType.DECIMAL,
    ColumnType.FLOAT: exp.DType.DOUBLE,
    ColumnType.BOOLEAN: exp.DType.BOOLEAN,
    ColumnType.DATE: exp.DType.DATE,
    ColumnType.TIMESTAMP: exp.DType.TIMESTAMP,
    ColumnType.STRING: exp.DType.VARCHAR,
}
_PHONE = r"^[+]?[0-9][0-9 -]{6,18}$"


def masked(column: CatalogColumn, value: exp.Expr) -> exp.Expr:
    """The masked form of `value`. Text keeps a beginning; numbers and dates are hidden whole. NULL stays NULL."""
    if column.type is not ColumnType.STRING:
        return exp.Cast(this=exp.Null(), to=exp.DataType(this=_ENGINE_TYPE[column.type]))
    if column.sensitivity is Sensitivity.CONTACT:
        return _contact(value)
    return _joined(_left(value, 1), "*")


def _contact(value: exp.Expr) -> exp.Expr:
    """138****1234, a***@…, 上海****; NULL stays NULL because every branch is built from the value."""
    text = exp.Literal.string
    short = exp.LT(this=exp.Length(this=value.copy()), expression=exp.Literal.number(6))
    return exp.Case(
        ifs=[
            exp.If(this=exp.Is(this=value.copy(), expression=exp.Null()), true=exp.Null()),
            exp.If(
                this=exp.Contains(this=value.copy(), expression=text("@")),
                true=_joined(_left(value, 1), "***@…"),
            ),
            exp.If(
                this=exp.RegexpLike(this=value.copy(), expression=text(_PHONE)),
                true=exp.DPipe(this=_joined(_left(value, 3), "****"), expression=_right(value, 4), safe=True),
            ),
            exp.If(this=short, true=text("****")),
        ],
        default=_joined(_left(value, 2), "****"),
    )


def _left(value: exp.Expr, count: int) -> exp.Expr:
    return exp.Left(this=value.copy(), expression=exp.Literal.number(count))


def _right(value: exp.Expr, count: int) -> exp.Expr:
    return exp.Right(this=value.copy(), expression=exp.Literal.number(count))


def _joined(start: exp.Expr, end: str) -> exp.Expr:
    return exp.DPipe(this=start, expression=exp.Literal.string(end), safe=True)
