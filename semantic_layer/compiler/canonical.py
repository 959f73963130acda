"""One form for all ways to write the same definition, so that equal meanings can be found and changes told from rewording.

Forms are texts to be compared and never run. Two forms that differ may still mean the same; two that are equal do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compiler.fragments import parse_fragment

Names = Callable[[exp.Column], str]
"""The form that stands for a column."""

_FLIPPED: Mapping[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.GTE: exp.LTE}
_SIDES_SWAP = (exp.EQ, exp.NEQ)
_CHAINS = (exp.And, exp.Or, exp.Add, exp.Mul)


def form_of(sql: str, names: Names) -> str:
    """The form of a fragment; SQL that does not parse stands for itself."""
    try:
        return _form(parse_fragment(sql), names)
    except SqlglotError:
        return sql.strip()


def conditions_of(sql: str, names: Names) -> frozenset[str]:
    """The forms of the parts of a condition that must all hold; none for an empty one."""
    if not sql.strip():
        return frozenset()
    try:
        tree = parse_fragment(sql)
    except SqlglotError:
        return frozenset({sql.strip()})
    return frozenset(_form(part, names) for part in _chain(tree, exp.And))


def truth_of(sql: str, names: Names) -> str:
    """The form of what is counted by a sum of booleans: the same as that of a condition."""
    return _joined(exp.And, sorted(conditions_of(sql, names)))


def plain_name(column: exp.Column) -> str:
    """A column by its name, without regard to case."""
    return ".".join(part.name.casefold() for part in column.parts)


def _form(node: exp.Expr, names: Names) -> str:
    match node:
        case exp.Paren():
            return _form(node.this, names)
        case exp.Column():
            return names(node)
        case exp.Literal():
            return repr(node.this) if node.is_string else _number(node.this)
        case exp.Between():
            low = exp.GTE(this=node.this, expression=node.args["low"])
            return _form(exp.And(this=low, expression=exp.LTE(this=node.this, expression=node.args["high"])), names)
        case exp.In() if node.expressions and not node.args.get("query"):
            members = sorted({_form(one, names) for one in node.expressions})
            subject = _form(node.this, names)
            return _swapped(exp.EQ, subject, members[0]) if len(members) == 1 else f"IN({subject};{','.join(members)})"
        case exp.EQ() if isinstance(node.expression, exp.Boolean) and node.expression.this:
            return _form(node.this, names)
        case exp.Not():
            return _not(node, names)
        case exp.Div() if isinstance(node.expression, exp.Nullif) and _is_zero(node.expression.expression):
            return _form(exp.Div(this=node.this, expression=node.expression.this), names)  # all divisions are guarded
        case _:
            return _by_class(node, names)


def _by_class(node: exp.Expr, names: Names) -> str:
    kind = type(node)
    if kind in _CHAINS:
        parts = [_form(part, names) for part in _chain(node, kind)]
        return _joined(kind, sorted(set(parts) if kind in (exp.And, exp.Or) else parts))
    if kind in _SIDES_SWAP:
        return _swapped(kind, _form(node.this, names), _form(node.expression, names))
    if kind in _FLIPPED:
        return f"{_FLIPPED[kind].__name__}({_form(node.expression, names)},{_form(node.this, names)})"
    if kind in _FLIPPED.values():
        return f"{kind.__name__}({_form(node.this, names)},{_form(node.expression, names)})"
    return f"{kind.__name__}({_arguments(node, names)})"


def _is_zero(node: object) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and _number(node.this) == "0"


def _not(node: exp.Not, names: Names) -> str:
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.Not):
        return _form(inner.this, names)
    if isinstance(inner, exp.EQ) and not isinstance(inner.expression, exp.Boolean):
        return _swapped(exp.NEQ, _form(inner.this, names), _form(inner.expression, names))
    return f"Not({_form(inner, names)})"


def _arguments(node: exp.Expr, names: Names) -> str:
    return ",".join(
        f"{key}={_value(value, names)}" for key, value in sorted(node.args.items()) if value not in (None, [], False)
    )


def _value(value: object, names: Names) -> str:
    if isinstance(value, exp.Expr):
        return _form(value, names)
    if isinstance(value, list):
        return f"[{','.join(_value(one, names) for one in value)}]"
    return str(value).casefold()


def _chain(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The operands of a chain of one operator, through parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    if type(node) is not kind:
        return [node]
    return [*_chain(node.this, kind), *_chain(node.expression, kind)]


def _joined(kind: type[exp.Expr], parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{kind.__name__}({','.join(parts)})"


def _swapped(kind: type[exp.Expr], left: str, right: str) -> str:
    return f"{kind.__name__}({','.join(sorted((left, right)))})"


def _number(text: str) -> str:
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text
