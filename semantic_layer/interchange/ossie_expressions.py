"""Our expressions and metrics as the SQL that other tools read: `SUM(orders.amount) / NULLIF(COUNT(orders.id), 0)`.

Metrics that one such expression cannot say give `None`: two-level measures, running totals, conversions, balances, and
parts of another time or with conditions of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compiler.fragments import parse_fragment
from semantic_layer.model.types import (
    Aggregation,
    Conversion,
    Cumulative,
    Derived,
    Entity,
    Input,
    Measure,
    Metric,
    Ratio,
    SemanticModel,
    Simple,
)

_AGGREGATIONS: Final[Mapping[Aggregation, type[exp.AggFunc]]] = {
    Aggregation.SUM: exp.Sum,
    Aggregation.AVERAGE: exp.Avg,
    Aggregation.MIN: exp.Min,
    Aggregation.MAX: exp.Max,
    Aggregation.MEDIAN: exp.Median,
    Aggregation.COUNT: exp.Count,
}
_MOST_NODES = 500  # of one expression: metrics made of metrics made of metrics grow fast


class OssieExpressions:
    """Expressions of one model. Fields of the written file stand for columns, as metrics there name only fields."""

    def __init__(self, model: SemanticModel) -> None:
        self._metrics = {metric.name: metric for metric in model.metrics}
        self._entities = {entity.name: entity for entity in model.entities}
        self._fields = {name: self._names_of(entity, model) for name, entity in self._entities.items()}

    def columns_besides(self, entity: str) -> dict[str, str]:
        """Columns that are no field of ours, by the name of the field that is written for each."""
        return {field: column for column, (field, is_ours) in self._fields[entity].items() if not is_ours}

    @staticmethod
    def _names_of(entity: Entity, model: SemanticModel) -> dict[str, tuple[str, bool]]:
        """For each column the field that is just this column, and whether it is one of ours."""
        fields = {one.name: one.expr for one in model.dimensions if one.entity == entity.name}
        plain = {expr: name for name, expr in reversed(fields.items())}
        found: dict[str, tuple[str, bool]] = {}
        taken = {name.casefold() for name in fields}
        for column in entity.columns:
            if column.name in plain:
                found[column.name] = (plain[column.name], True)
                continue
            name = column.name
            while name.casefold() in taken:
                name = f"{name}_column"
            taken.add(name.casefold())
            found[column.name] = (name, False)
        return found

    def of_field(self, expr: str) -> str:
        """A field's expression over the columns of its own table; as it stands where it is not SQL."""
        try:
            return _printed(parse_fragment(expr))
        except SqlglotError:
            return expr

    def of_metric(self, name: str) -> str | None:
        tree = self._metric(name)
        return None if tree is None else _printed(tree)

    def _metric(self, name: str, *, inside: tuple[str, ...] = ()) -> exp.Expr | None:
        metric = self._metrics.get(name)
        if metric is None or metric.where or name in inside:
            return None
        try:
            tree = self._body(metric, (*inside, name))
        except SqlglotError:
            return None
        return tree if tree is None or sum(1 for _ in tree.walk()) <= _MOST_NODES else None

    def _body(self, metric: Metric, inside: tuple[str, ...]) -> exp.Expr | None:
        body = metric.body
        match body:
            case Simple():
                return self._measure(body.measures[0])
            case Ratio():
                above, below = self._input(body.numerator, inside), self._input(body.denominator, inside)
                if above is None or below is None:
                    return None
                return exp.Div(
                    this=_wrapped(above), expression=exp.Nullif(this=below, expression=exp.Literal.number(0))
                )
            case Derived():
                return self._derived(body, inside)
            case Cumulative() | Conversion():
                return None
            case _:
                assert_never(body)

    def _input(self, part: Input, inside: tuple[str, ...]) -> exp.Expr | None:
        return None if part.where or part.offset else self._metric(part.metric, inside=inside)

    def _derived(self, body: Derived, inside: tuple[str, ...]) -> exp.Expr | None:
        parts = {part.name: self._input(part, inside) for part in body.inputs}
        if any(part is None for part in parts.values()):
            return None

        def replaced(node: exp.Expr) -> exp.Expr:
            part = parts.get(node.name) if isinstance(node, exp.Column) else None
            return node if part is None else _wrapped(part.copy())

        return parse_fragment(body.expr).transform(replaced)

    def _measure(self, measure: Measure) -> exp.Expr | None:
        entity = self._entities.get(measure.entity)
        if entity is None or measure.per or measure.having or measure.non_additive:
            return None
        over = parse_fragment(measure.expr) if measure.expr else self._row_of(entity)
        if over is None:
            return None
        over = over.transform(self._in_table(entity))
        if measure.agg is Aggregation.SUM_BOOLEAN:
            over = exp.case().when(over, exp.Literal.number(1)).else_(exp.Literal.number(0))
        if measure.where:
            condition = parse_fragment(measure.where).transform(self._in_table(entity))
            over = exp.case().when(condition, over)
        return _aggregated(measure, over)

    def _row_of(self, entity: Entity) -> exp.Expr | None:
        """Something that every row has: a column of its key."""
        return exp.column(entity.primary_key[0]) if entity.primary_key else None

    def _in_table(self, entity: Entity) -> Callable[[exp.Expr], exp.Expr]:
        """Names of columns as the fields that stand for them, with the table in front."""
        names = self._fields[entity.name]

        def named(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column) or node.table:
                return node
            field = names[node.name][0] if node.name in names else node.name
            return exp.column(field, table=entity.name)

        return named


def _aggregated(measure: Measure, over: exp.Expr) -> exp.Expr | None:
    match measure.agg:
        case Aggregation.COUNT_DISTINCT:
            return exp.Count(this=exp.Distinct(expressions=[over]))
        case Aggregation.SUM_BOOLEAN:
            return exp.Sum(this=over)
        case Aggregation.PERCENTILE:
            if measure.percentile is None or measure.percentile.approximate:
                return None
            kind = exp.PercentileDisc if measure.percentile.discrete else exp.PercentileCont
            share = exp.Literal.number(measure.percentile.value)
            order = exp.Order(expressions=[exp.Ordered(this=over)])
            return exp.WithinGroup(this=kind(this=share), expression=order)
        case _:
            return _AGGREGATIONS[measure.agg](this=over)


def _wrapped(tree: exp.Expr) -> exp.Expr:
    return exp.paren(tree, copy=False) if isinstance(tree, exp.Binary) else tree


def _printed(tree: exp.Expr) -> str:
    """Standard SQL. The day that a question is asked for is today there, and words of SQL get their quotes."""
    return tree.transform(_standard).sql()


def _standard(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Placeholder):
        return exp.CurrentDate()
    if isinstance(node, exp.Identifier) and not node.quoted and node.sql(dialect="duckdb") != node.name:
        return exp.to_identifier(node.name, quoted=True)
    return node


def quoted(column: str) -> str:
    """The name of a column as an expression."""
    return _printed(exp.column(column, quoted=not column.isidentifier()))
