"""One aggregation in the SQL of another tool as a measure, and expressions over several of them as ratio or derived.

`SUM(orders.amount) / COUNT(DISTINCT orders.id)` becomes a ratio of two simple metrics. Each part is counted over the
rows of its own table, so that no join multiplies it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import NotCarriedError, TableDraft
from semantic_layer.interchange.foreign_metrics import ForeignMetrics
from semantic_layer.interchange.foreign_sql import COLUMN, ForeignSql, checked, text_of
from semantic_layer.model.types import Aggregation, Derived, Input, Measure, MetricBody, Percentile, Ratio, Simple

_PLAIN: Final[dict[type[exp.Expr], Aggregation]] = {
    exp.Sum: Aggregation.SUM,
    exp.Avg: Aggregation.AVERAGE,
    exp.Min: Aggregation.MIN,
    exp.Max: Aggregation.MAX,
    exp.Median: Aggregation.MEDIAN,
    exp.CountIf: Aggregation.SUM_BOOLEAN,
}
_OF_NUMBERS: Final = frozenset({Aggregation.SUM, Aggregation.AVERAGE, Aggregation.MEDIAN, Aggregation.PERCENTILE})


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node is one aggregation, with its condition or its order."""
    if isinstance(node, exp.Filter | exp.WithinGroup):
        return isinstance(node.this, exp.AggFunc)
    return isinstance(node, exp.AggFunc)


def is_simple(reader: ForeignSql, sql: str, dialect: str) -> bool:
    """Whether the expression is one aggregation; text that cannot be read is told when its body is asked for."""
    try:
        return is_aggregate(reader.parse(sql, dialect).unnest())
    except NotCarriedError:
        return False


def measure_of(node: exp.Expr, sql: ForeignSql, own: TableDraft | None) -> Measure:
    """Raises `NotCarriedError` for an aggregation that we do not have, or over rows of several tables."""
    if isinstance(node, exp.Filter):
        return _with_condition(measure_of(node.this, sql, own), node.expression.this, sql, own)
    if isinstance(node, exp.WithinGroup):
        return _percentile(node, sql, own)
    if isinstance(node, exp.Count):
        return _count(node, sql, own)
    if isinstance(node, exp.ApproxQuantile) and isinstance(node.args.get("quantile"), exp.Literal):
        share = Percentile(value=float(node.args["quantile"].name), approximate=True)
        return _measure(Aggregation.PERCENTILE, node.this, sql, own, percentile=share)
    agg = _PLAIN.get(type(node))
    if agg is None or node.expressions or isinstance(node.this, exp.Distinct):
        raise NotCarriedError(
            Text(f"没有对应的聚合方式：{text_of(node)}。", f"There is no aggregation like {text_of(node)}.")
        )
    return _measure(agg, node.this, sql, own)


def _measure(
    agg: Aggregation, over: exp.Expr, sql: ForeignSql, own: TableDraft | None, *, percentile: Percentile | None = None
) -> Measure:
    rows = sql.rows(over, own)
    if rows.table is None:
        raise _no_table(over)
    if agg in _OF_NUMBERS:
        note_numbers(rows.tree, rows.table)
    return Measure(entity=rows.table.name, agg=agg, expr=rows.sql, percentile=percentile)


def _count(node: exp.Count, sql: ForeignSql, own: TableDraft | None) -> Measure:
    over = node.this
    if isinstance(over, exp.Distinct):
        if len(over.expressions) != 1 or node.expressions:
            raise NotCarriedError(
                Text(
                    "一次只能对一个表达式去重计数。", "Only one expression at a time can be counted without repetition."
                )
            )
        return _measure(Aggregation.COUNT_DISTINCT, over.expressions[0], sql, own)
    if over is None or isinstance(over, exp.Star | exp.Literal):
        if own is None:
            raise _no_table(node)
        return Measure(entity=own.name, agg=Aggregation.COUNT)
    if node.expressions:
        raise NotCarriedError(Text("一次只能对一个表达式计数。", "Only one expression at a time can be counted."))
    return _measure(Aggregation.COUNT, over, sql, own)


def _percentile(node: exp.WithinGroup, sql: ForeignSql, own: TableDraft | None) -> Measure:
    inner, order = node.this, node.expression
    ordered = order.expressions[0] if isinstance(order, exp.Order) and len(order.expressions) == 1 else None
    is_known = isinstance(inner, exp.PercentileCont | exp.PercentileDisc) and isinstance(inner.this, exp.Literal)
    if not is_known or not isinstance(ordered, exp.Ordered) or ordered.args.get("desc"):
        raise NotCarriedError(
            Text(f"没有对应的聚合方式：{text_of(node)}。", f"There is no aggregation like {text_of(node)}.")
        )
    share = float(inner.this.name)
    if not 0 < share < 1:
        raise NotCarriedError(
            Text(f"分位 {share:g} 不在 0 与 1 之间。", f"The percentile {share:g} is not between 0 and 1.")
        )
    percentile = Percentile(value=share, discrete=isinstance(inner, exp.PercentileDisc))
    return _measure(Aggregation.PERCENTILE, ordered.this, sql, own, percentile=percentile)


def _with_condition(measure: Measure, condition: exp.Expr, sql: ForeignSql, own: TableDraft | None) -> Measure:
    rows = sql.rows(condition, own)
    if rows.table is not None and rows.table.name != measure.entity:
        raise NotCarriedError(
            Text(
                f"条件属于另一张表（{rows.table.name}）。", f"The condition is about another table ({rows.table.name})."
            )
        )
    return Measure(
        entity=measure.entity, agg=measure.agg, expr=measure.expr, where=rows.sql, percentile=measure.percentile
    )


def _no_table(node: exp.Expr) -> NotCarriedError:
    return NotCarriedError(
        Text(
            f"没有写明是哪张表的行：{text_of(node)}。", f"It is not said of which table the rows are: {text_of(node)}."
        )
    )


def note_numbers(tree: exp.Expr, table: TableDraft) -> None:
    """Columns that are added up are numbers; those in a condition around them need not be."""
    for column in tree.find_all(exp.Column):
        node: exp.Expr = column
        while node is not tree and isinstance(node.parent, exp.Paren | exp.Binary | exp.Case | exp.If | exp.Coalesce):
            is_condition = isinstance(node.parent, exp.If) and node.arg_key == "this"
            if is_condition or isinstance(node.parent, exp.Predicate | exp.Connector):
                break
            node = node.parent
        if node is tree:
            table.column(column.name, is_number=True)


@dataclass(slots=True)
class Computed:
    """An expression over aggregations and other metrics, with the metrics that its parts are."""

    metrics: ForeignMetrics
    sql: ForeignSql
    own: TableDraft | None
    inputs: dict[str, str] = field(default_factory=dict)  # by our metric's name: what it is called in the expression
    _entities: set[str] = field(default_factory=set)

    def body(self, tree: exp.Expr) -> MetricBody:
        whole = tree.unnest()
        if is_aggregate(whole):
            return Simple(measures=(measure_of(whole, self.sql, self.own),))
        found = self._computed(whole)
        if len(self._entities) > 1:
            names = sorted(self._entities)
            self.metrics.note(
                Text(
                    f"各部分分别按自己的表计算（{'、'.join(names)}），不先关联。",
                    f"Each part is computed over the rows of its own table ({', '.join(names)}), before any join.",
                )
            )
        return found

    def _computed(self, whole: exp.Expr) -> MetricBody:
        parts = _sides(whole)
        if parts is not None:
            names = [self._one(side, ending) for side, ending in zip(parts, ("numerator", "denominator"), strict=True)]
            if names[0] is not None and names[1] is not None:
                return Ratio(numerator=Input(names[0]), denominator=Input(names[1]))
        return self._derived(whole)

    def _one(self, side: exp.Expr, ending: str) -> str | None:
        """The metric that a side of a ratio is; `None` when it is more than one aggregation or metric."""
        if is_aggregate(side):
            return self._part(side, ending)
        return self._metric(side) if isinstance(side, exp.Column) else None

    def _part(self, node: exp.Expr, ending: str) -> str:
        measure = measure_of(node, self.sql, self.own)
        self._entities.add(measure.entity)
        return self.metrics.part(measure, ending)

    def _derived(self, whole: exp.Expr) -> Derived:
        def replaced(node: exp.Expr) -> exp.Expr:
            if is_aggregate(node):
                name = self._part(node, "part")
            elif isinstance(node, exp.Column):
                name = self._metric(node)
            else:
                return node
            return exp.column(self.inputs.setdefault(name, _usable(name, len(self.inputs))))

        computed = checked(whole.copy().transform(replaced))
        if not self.inputs:
            raise NotCarriedError(Text("表达式里没有聚合。", "Nothing is aggregated in the expression."))
        inputs = tuple(Input(name, alias="" if alias == name else alias) for name, alias in self.inputs.items())
        return Derived(expr=text_of(computed), inputs=inputs)

    def _metric(self, node: exp.Column) -> str:
        """The metric that a name outside of an aggregation means."""
        own = self.own.own_name if self.own is not None else ""
        places = [node.table] if node.table else [own, ""]
        for table in dict.fromkeys(places if node.db != COLUMN else []):
            name = self.metrics.named(node.name, table)
            if name is not None:
                return name
        shown = f"{node.table}.{node.name}" if node.table else node.name
        raise NotCarriedError(
            Text(
                f"「{shown}」既没有聚合，也不是已有的指标。",
                f"{shown!r} is not aggregated, and no metric is called so.",
            )
        )


def _sides(whole: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """Numerator and denominator of a plain quotient. What only guards against 0 or whole-number division is left out."""
    if not isinstance(whole, exp.Div | exp.SafeDivide):
        return None
    below = whole.expression.unnest()
    if isinstance(below, exp.Nullif) and _is_number(below.expression, 0):
        below = below.this.unnest()
    return _as_real(whole.this.unnest()), _as_real(below)


def _as_real(side: exp.Expr) -> exp.Expr:
    """`1.0 * x` and `CAST(x AS DOUBLE)` only keep a division from being one of whole numbers; ours never is."""
    if isinstance(side, exp.Mul):
        for factor, other in ((side.this, side.expression), (side.expression, side.this)):
            if _is_number(factor, 1):
                return _as_real(other.unnest())
    if isinstance(side, exp.Cast) and side.to.this in exp.DataType.REAL_TYPES:
        return _as_real(side.this.unnest())
    return side


def _is_number(node: exp.Expr, value: float) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) == value


def _usable(name: str, position: int) -> str:
    """A metric's name as it may stand in SQL; a word of SQL itself gets another name there."""
    try:
        read = checked(exp.column(name))
    except NotCarriedError:
        return f"input_{position + 1}"
    return name if isinstance(read, exp.Column) and text_of(read) == name else f"input_{position + 1}"
