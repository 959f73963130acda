"""A compiled tree as text: to be read by people, or run by the load, which writes only what definitions say."""

from __future__ import annotations

from sqlglot import exp


def readable(tree: exp.Expr) -> str:
    """The statement as a person reads it: one step after the other, each with its comment."""
    return tree.sql(dialect="duckdb", pretty=True)


def for_the_load(tree: exp.Expr) -> str:
    """The text of a statement that the load runs on its own, unpublished file. Questions never come this way."""
    return tree.sql(dialect="duckdb", comments=False)
