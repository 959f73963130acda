"""A compiled tree as text: to be read by people, or run by the load, which writes only what definitions say."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

_LONGEST_SHOWN: Final = 40


def readable(tree: exp.Expr) -> str:
    """The statement as a person reads it: one step after the other, each with its comment."""
    return _shortened(tree).sql(dialect="duckdb", pretty=True)


def for_the_load(tree: exp.Expr) -> str:
    """The text of a statement that the load runs on its own, unpublished file. Questions never come this way."""
    return tree.sql(dialect="duckdb", comments=False)


def _shortened(tree: exp.Expr) -> exp.Expr:
    """The tree with lists of people named by their size: nobody reads their bits."""
    if not any(len(one.this.this) > _LONGEST_SHOWN for one in tree.find_all(exp.FromBase64)):
        return tree
    copy = tree.copy()
    for one in copy.find_all(exp.FromBase64):
        one.set("this", exp.Literal.string(f"… {len(one.this.this)} …"))
    return copy
