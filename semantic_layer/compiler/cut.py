"""Cuts a compiled statement to the rows that a screen can hold, and counts those that there would have been."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.context import Compiled
from semantic_layer.compiler.literals import number


def cut(compiled: Compiled, most: int) -> Compiled:
    """At most one row more than `most`, so that one sees that there are more; a lower limit stays."""
    limit = compiled.tree.args.get("limit")
    if isinstance(limit, exp.Limit) and int(limit.expression.this) <= most:
        return compiled
    tree = compiled.tree.copy()
    tree.set("limit", exp.Limit(expression=number(most + 1)))
    return replace(compiled, tree=tree)


def row_count(compiled: Compiled) -> exp.Select:
    """SELECT how many rows the statement gives."""
    inner = compiled.tree.copy()
    inner.set("order", None)
    count = exp.alias_(exp.Count(this=exp.Star(), big_int=True), "row_count", copy=False)
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("counted")))
    return exp.Select(expressions=[count], from_=exp.From(this=source))
