"""Aggregation at one and at two levels. At two, rows are grouped by a key first, so that the key is counted exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.conditions import held
from semantic_layer.compiler.literals import all_of, number
from semantic_layer.compiler.metrics import Leaf, formula, measures_of
from semantic_layer.compiler.rows import Rows
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import Aggregation, Having, Measure, Percentile, Simple


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One column to compute: its measure, the value of a row, and the conditions that rows must meet."""

    column: str
    measure: Measure
    value: exp.Expr | None
    conditions: list[exp.Expr]
    rows: Rows

    def without(self, common: list[exp.Expr]) -> Counted:
        return replace(self, conditions=[part for part in self.conditions if part not in common])


def plain_aggregate(one: Counted) -> exp.Expr:
    """The aggregation of a column at one level."""
    return _filtered(_aggregate(one.measure.agg, one.value, one.measure.percentile), one.conditions)


class TwoLevels:
    """Columns over rows grouped by `key`: what the inner level must compute, and how the outer one puts it together."""

    def __init__(self, *, key: exp.Expr, groups: Sequence[str], readings: Sequence[Counted]) -> None:
        self._groups = list(groups)
        self._readings = list(readings)
        self.key_column = _free(key.name or "key", groups)
        self._inner: dict[exp.Expr, str] = {}
        self._outer = [(one.column, self._outer_value(one)) for one in self._readings]

    def inner(self) -> list[tuple[str, exp.Expr]]:
        return [(name, value) for value, name in self._inner.items()]

    def outer(self, step: str, late: Sequence[tuple[str, exp.Expr]] = (), owner: Rows | None = None) -> exp.Select:
        """Over the inner step; `late` groups are fields of the key's `owner`, joined only now, one row a key."""
        own = dict(late)
        columns = [
            exp.alias_(own[name], name, copy=False) if name in own else exp.column(name) for name in self._groups
        ]
        values = [exp.alias_(value, name, copy=False) for name, value in self._outer]
        if owner is None:
            select = exp.Select(expressions=[*columns, *values], from_=exp.From(this=exp.table_(step)))
        else:
            select = owner.joined_to(step, self.key_column, [*columns, *values])
        if columns:
            positions = [exp.Literal.number(position) for position in range(1, len(columns) + 1)]
            select.set("group", exp.Group(expressions=positions))
        return select

    def _outer_value(self, one: Counted) -> exp.Expr:
        measure = one.measure
        if measure.per is not None or measure.agg is Aggregation.COUNT_DISTINCT:
            return self._of_groups(one)
        match measure.agg:
            case Aggregation.SUM | Aggregation.COUNT | Aggregation.SUM_BOOLEAN:
                return exp.Sum(this=self._keep(plain_aggregate(one), one.column))
            case Aggregation.MIN:
                return exp.Min(this=self._keep(plain_aggregate(one), one.column))
            case Aggregation.MAX:
                return exp.Max(this=self._keep(plain_aggregate(one), one.column))
            case Aggregation.AVERAGE:
                total = self._keep(_filtered(exp.Sum(this=_operand(one.value)), one.conditions), f"{one.column}__sum")
                count = self._keep(
                    _filtered(exp.Count(this=_operand(one.value)), one.conditions), f"{one.column}__count"
                )
                return exp.Div(
                    this=exp.Sum(this=total), expression=exp.Nullif(this=exp.Sum(this=count), expression=number(0))
                )
            case Aggregation.MEDIAN | Aggregation.COUNT_DISTINCT | Aggregation.PERCENTILE:
                raise AssertionError(f"{measure.agg} cannot ride along")
            case _:
                assert_never(measure.agg)

    def _of_groups(self, one: Counted) -> exp.Expr:
        """The aggregation over keys: those with rows that meet the conditions and with the bound on the group."""
        measure = one.measure
        tests: list[exp.Expr] = []
        if one.conditions:
            present = self._keep(_filtered(_aggregate(Aggregation.COUNT, None), one.conditions), f"{one.column}__rows")
            tests.append(exp.GT(this=present, expression=number(0)))
        if measure.having is not None:
            tests.append(self._bound(one, measure.having))
        key = exp.column(self.key_column)
        if measure.per is None or measure.agg is Aggregation.COUNT or not measure.expr:
            return _filtered(exp.Count(this=key), tests)
        known = exp.Not(this=exp.Is(this=key, expression=exp.Null()))
        return _filtered(_aggregate(measure.agg, self._group_value(one, measure.expr)), [known, *tests])

    def _bound(self, one: Counted, having: Having) -> exp.Expr:
        value = self._metric_of_group(one, having.metric)
        return held(value, having.op, having.value)

    def _group_value(self, one: Counted, expr: str) -> exp.Expr:
        """A fragment over metrics of the group, such as the spend of one customer."""
        context = one.rows.scope.context

        def visit(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and not node.table:
                return self._metric_of_group(one, node.name)
            return node

        return context.fragments.get(expr).transform(visit, copy=False)

    def _metric_of_group(self, one: Counted, metric: str) -> exp.Expr:
        context = one.rows.scope.context
        if isinstance(context.index.metric(metric).body, Simple):
            return self._leaf_of_group(one, Leaf(metric))
        return exp.Paren(this=formula(context, metric, lambda leaf: self._leaf_of_group(one, leaf)))

    def _leaf_of_group(self, one: Counted, leaf: Leaf) -> exp.Expr:
        """A simple metric of the group, over the same rows as the reading itself."""
        context = one.rows.scope.context
        metric = leaf.metric
        found = context.index.metric(metric)
        measure = _same_entity(measures_of(found), one.measure.entity)
        if measure is None or leaf.is_clocked or leaf.converted is not None:
            raise InvalidPlanError(
                Text(
                    zh=f"指标「{found.words.label.zh}」不能在 {one.measure.entity} 的分组内计算。",
                    en=f"The metric {metric!r} cannot be computed inside groups of {one.measure.entity!r}.",
                )
            )
        value = one.rows.definition(measure.expr) if measure.expr else None
        conditions = list(one.conditions)
        if measure.where and measure.where != one.measure.where:
            conditions.append(one.rows.definition(measure.where))
        conditions += [one.rows.definition(sql) for sql in leaf.where if sql not in one.measure.where]
        return self._keep(_filtered(_aggregate(measure.agg, value, measure.percentile), conditions), f"{metric}__each")

    def _keep(self, value: exp.Expr, name: str) -> exp.Column:
        known = self._inner.get(value)
        if known is None:
            known = self._inner[value] = _free(name, [*self._groups, self.key_column, *self._inner.values()])
        return exp.column(known)


def _same_entity(measures: Sequence[Measure], entity: str) -> Measure | None:
    return next((one for one in measures if one.entity == entity and one.per is None), None)


def _percentile(percentile: Percentile, value: exp.Expr) -> exp.Expr:
    share = number(percentile.value)
    if percentile.approximate:
        return exp.ApproxQuantile(this=value, quantile=share)
    kind = exp.PercentileDisc if percentile.discrete else exp.PercentileCont
    order = exp.Order(expressions=[exp.Ordered(this=value)])
    return exp.WithinGroup(this=kind(this=share), expression=order)


def _aggregate(agg: Aggregation, value: exp.Expr | None, percentile: Percentile | None = None) -> exp.Expr:
    operand = _operand(value)
    match agg:
        case Aggregation.SUM:
            return exp.Sum(this=operand)
        case Aggregation.COUNT:
            return exp.Count(this=operand, big_int=True)
        case Aggregation.COUNT_DISTINCT:
            return exp.Count(this=exp.Distinct(expressions=[operand]), big_int=True)
        case Aggregation.AVERAGE:
            return exp.Avg(this=operand)
        case Aggregation.MIN:
            return exp.Min(this=operand)
        case Aggregation.MAX:
            return exp.Max(this=operand)
        case Aggregation.MEDIAN:
            return exp.Median(this=operand)
        case Aggregation.PERCENTILE:
            return _percentile(percentile or Percentile(value=0.5), operand)
        case Aggregation.SUM_BOOLEAN:
            return exp.Sum(this=exp.Cast(this=operand, to=exp.DataType(this=exp.DataType.Type.INT)))
        case _:
            assert_never(agg)


def _operand(value: exp.Expr | None) -> exp.Expr:
    return exp.Star() if value is None else value.copy()


def _filtered(value: exp.Expr, conditions: Sequence[exp.Expr]) -> exp.Expr:
    condition = all_of([part.copy() for part in conditions])
    return value if condition is None else exp.Filter(this=value, expression=exp.Where(this=condition))


def _free(name: str, taken: Sequence[str]) -> str:
    given, count = name, 2
    while given in taken:
        given, count = f"{name}_{count}", count + 1
    return given
