"""Reads the SQL fragments of definitions into trees. Fragments come from definition files only, never from a question."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError


def parse_fragment(sql: str, dialect: str = "duckdb") -> exp.Expr:
    """The tree of one SQL expression; `:as_of` becomes a placeholder. Raises `sqlglot.errors.ParseError`."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    if not isinstance(tree, exp.Expression):
        raise ParseError(f"not an expression: {sql!r}")
    return tree


def columns_of(fragment: exp.Expr) -> tuple[exp.Column, ...]:
    """The columns that a fragment names, in the order of the text."""
    return tuple(fragment.find_all(exp.Column, bfs=False))


def placeholders_of(fragment: exp.Expr) -> tuple[str, ...]:
    """The names behind a colon, such as `as_of`."""
    return tuple(str(found.this) for found in fragment.find_all(exp.Placeholder, bfs=False))


def names_in(sql: str) -> tuple[str, ...]:
    """The names of the columns in a text of SQL, each once; none when it is no SQL."""
    try:
        return tuple(dict.fromkeys(column.name for column in columns_of(parse_fragment(sql))))
    except SqlglotError:
        return ()
