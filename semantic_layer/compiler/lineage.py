"""Lineage: from every column of a result to the definitions, the stored columns and the tables that it comes from.

Stored columns are traced through the statement itself, so that what is told is what is run; definitions are followed from
metric to metric by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.context import Compiled
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.rules.metrics import metrics_named

Source = tuple[str, str]
"""A table and a column of it; `*` where rows are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLineage:
    """One output column: the definitions it rests on, the nearest first, and the stored columns it is made from.

    `filters` are the stored columns that decide which rows count without giving a value.
    """

    column: str
    definitions: tuple[str, ...]
    sources: tuple[Source, ...]
    filters: tuple[Source, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table for table, _ in (*self.sources, *self.filters)))


def lineage(compiled: Compiled, index: ModelIndex) -> tuple[ColumnLineage, ...]:
    """The lineage of each column that a result shows, in their order."""
    trace = _Trace(compiled.tree)
    filters = trace.filters()
    found = []
    for column in compiled.columns:
        sources = trace.output(column.name)
        found.append(
            ColumnLineage(
                column=column.name,
                definitions=_definitions(column.source, index),
                sources=sources,
                filters=tuple(one for one in filters if one not in sources),
            )
        )
    return tuple(found)


def _definitions(source: str, index: ModelIndex) -> tuple[str, ...]:
    """A field, or a metric and all metrics that it is made of, breadth first."""
    if not index.has_metric(source):
        return (source,) if index.has_field(source) else ()
    found: dict[str, None] = {}
    waiting = [source]
    while waiting:
        name = waiting.pop(0)
        if name not in found and index.has_metric(name):
            found[name] = None
            waiting += [other for _, other in metrics_named(index.metric(name).body)]
    return tuple(found)


class _Trace:
    """Follows columns through the steps of one statement."""

    def __init__(self, tree: exp.Select) -> None:
        self._tree = tree
        with_ = tree.args.get("with_")
        self._steps: dict[str, exp.Expr] = {cte.alias: cte.this for cte in with_.expressions} if with_ else {}
        self._known: dict[tuple[str, str], tuple[Source, ...]] = {}

    def output(self, name: str) -> tuple[Source, ...]:
        return _once(self._of_query(self._tree, name))

    def filters(self) -> tuple[Source, ...]:
        """Stored columns that conditions of any step read."""
        return _once(source for query in (*self._steps.values(), self._tree) for source in self._conditions(query))

    def _conditions(self, query: exp.Expr) -> Iterator[Source]:
        if not isinstance(query, exp.Select):
            return
        conditions = [query.args.get(key) for key in ("where", "having", "qualify")]
        conditions += [one.expression for output in query.expressions for one in output.find_all(exp.Filter)]
        for condition in conditions:
            for column in condition.find_all(exp.Column) if condition is not None else ():
                yield from self._column(query, column)

    def _of_query(self, query: exp.Expr, name: str) -> Iterator[Source]:
        if isinstance(query, exp.Union):
            yield from self._of_query(query.this, name)
            yield from self._of_query(query.expression, name)
        elif isinstance(query, exp.Select):
            for output in query.expressions:
                if output.alias_or_name == name:
                    yield from self._of_value(query, output)

    def _of_value(self, query: exp.Select, value: exp.Expr) -> Iterator[Source]:
        only_conditions = {
            id(column) for one in value.find_all(exp.Filter) for column in one.expression.find_all(exp.Column)
        }
        for column in value.find_all(exp.Column):
            if id(column) not in only_conditions:
                yield from self._column(query, column)
        if any(isinstance(count.this, exp.Star) for count in value.find_all(exp.Count)):
            yield from self._rows(query)

    def _rows(self, query: exp.Select) -> Iterator[Source]:
        """What is counted when rows are: those of the table in FROM, or what the step in FROM was made from."""
        first = next(iter(_tables(query)), None)
        if first is None:
            return
        if first.name not in self._steps:
            yield first.name, "*"
        elif isinstance(inner := self._steps[first.name], exp.Select):
            yield from self._rows(inner)

    def _column(self, query: exp.Select, column: exp.Column) -> Iterator[Source]:
        tables = {table.alias_or_name: table.name for table in _tables(query)}
        owner = tables.get(column.table) if column.table else next(iter(tables.values()), None)
        if owner is None:
            return
        if owner in self._steps:
            yield from self._of_step(owner, column.name)
        else:
            yield owner, column.name

    def _of_step(self, step: str, name: str) -> tuple[Source, ...]:
        known = self._known.get((step, name))
        if known is None:
            self._known[step, name] = ()
            known = self._known[step, name] = _once(self._of_query(self._steps[step], name))
        return known


def _tables(query: exp.Select) -> Iterator[exp.Table]:
    from_ = query.args.get("from_")
    joins = query.args.get("joins") or []
    for one in ([from_] if from_ is not None else []) + list(joins):
        if isinstance(one.this, exp.Table):
            yield one.this


def _once(sources: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(sources))
