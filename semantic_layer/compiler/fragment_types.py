"""Comparisons of a definition's SQL that cannot be meant: a number held against a word, a day that is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlglot import exp

from semantic_layer.compiler.fragment_names import Fault
from semantic_layer.model.types import ColumnType

TypeOf = Callable[[exp.Column], ColumnType | None]

_NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT)
_TIMES = (ColumnType.DATE, ColumnType.TIMESTAMP)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_CONDITIONS = (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Case, exp.If, exp.Coalesce, exp.Cast, exp.Func)
_FORMS = {
    ColumnType.STRING: ("a text", "Put it in quotes: '…'."),
    ColumnType.BOOLEAN: ("true or false", "Write the name alone, or NOT before it."),
    **dict.fromkeys(_NUMBERS, ("a number", "Write a number without quotes.")),
    **dict.fromkeys(_TIMES, ("a day", "Write it as '2026-06-18'.")),
}


def wrong_types(tree: exp.Expr, type_of: TypeOf) -> Iterator[Fault]:
    """Each comparison of a name with a value of another type."""
    for node in tree.walk():
        for column, value in _compared(node):
            kind = type_of(column)
            if kind is not None and not _fits(value, kind):
                form, remedy = _FORMS[kind]
                shown = value.sql(dialect="duckdb")
                yield (
                    f"{column.sql(dialect='duckdb')} is {kind.value} and cannot be compared with {shown}.",
                    (f"{shown} is not {form}. {remedy}"),
                )


def no_condition(tree: exp.Expr, type_of: TypeOf) -> Iterator[Fault]:
    """A condition that is a number or a text instead of true or false."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if isinstance(tree, exp.Column):
        kind = type_of(tree)
        wrong = kind is not None and kind is not ColumnType.BOOLEAN
    else:
        wrong = isinstance(tree, exp.Literal) or (isinstance(tree, exp.Binary) and not isinstance(tree, _CONDITIONS))
    if wrong:
        shown = tree.sql(dialect="duckdb")
        yield f"{shown} is no condition: it is not true or false.", f"Compare it with something, e.g. {shown} > 0."


def _compared(node: exp.Expr) -> Iterator[tuple[exp.Column, exp.Expr]]:
    """The names in a comparison, each with the constant it is held against."""
    match node:
        case exp.Between():
            others = [node.args["low"], node.args["high"]]
        case exp.In():
            others = list(node.expressions)
        case _ if isinstance(node, _COMPARISONS):
            others = [node.expression]
            if isinstance(node.expression, exp.Column) and _is_constant(node.this):
                yield node.expression, node.this
        case _:
            return
    if isinstance(node.this, exp.Column):
        yield from ((node.this, other) for other in others if _is_constant(other))


def _is_constant(node: object) -> bool:
    if isinstance(node, exp.Neg | exp.Paren):
        return _is_constant(node.this)
    return isinstance(node, exp.Literal | exp.Boolean)


def _fits(value: exp.Expr, kind: ColumnType) -> bool:
    while isinstance(value, exp.Neg | exp.Paren):
        value = value.this
    if isinstance(value, exp.Boolean):
        return kind is ColumnType.BOOLEAN
    text, is_text = str(value.this), bool(value.is_string)
    if kind is ColumnType.STRING:
        return is_text
    if kind is ColumnType.BOOLEAN:
        return is_text and text.casefold() in ("true", "false")
    if kind in _NUMBERS:
        return not is_text or _is_number(text)
    return is_text and _is_moment(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
