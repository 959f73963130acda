"""Metrics taken apart into simple ones and put together again as arithmetic; and which measure of a metric is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.literals import number
from semantic_layer.errors import InvalidPlanError, NotYetError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    Conversion,
    Cumulative,
    Derived,
    Measure,
    Metric,
    Ratio,
    Simple,
)

CONVERSION = Text("转化率、留存率", "conversion and retention rates")
CUMULATIVE = Text("累计值", "running totals")
SEMI_ADDITIVE = Text("期末存量（如月末会员数）", "balances at the end of a period, such as members at month end")

_ZERO_WITHOUT_ROWS = {Aggregation.SUM, Aggregation.COUNT, Aggregation.COUNT_DISTINCT}


@dataclass(frozen=True, slots=True)
class Need:
    """An entity that must be reached many-to-one from a measure's rows, and the field (or reason) that needs it."""

    entity: str
    field: str


def leaves(index: ModelIndex, name: str) -> tuple[str, ...]:
    """Names of the simple metrics that `name` is made of, each once, in order."""
    body = index.metric(name).body
    match body:
        case Simple():
            return (name,)
        case Ratio(numerator=top, denominator=bottom):
            inputs: tuple[str, ...] = (top, bottom)
        case Derived(inputs=names):
            inputs = names
        case Cumulative():
            raise NotYetError(CUMULATIVE)
        case Conversion():
            raise NotYetError(CONVERSION)
        case _:
            assert_never(body)
    return tuple(dict.fromkeys(leaf for part in inputs for leaf in leaves(index, part)))


def formula(context: CompileContext, name: str, leaf: Callable[[str], exp.Expr]) -> exp.Expr:
    """The metric as arithmetic over its simple metrics: ratios are ratios of sums, and nothing is divided by zero."""
    metric = context.index.metric(name)
    match metric.body:
        case Simple():
            value = leaf(name)
            return exp.Coalesce(this=value, expressions=[number(0)]) if is_zero_without_rows(context, name) else value
        case Ratio(numerator=top, denominator=bottom):
            below = (
                leaf(bottom)
                if isinstance(context.index.metric(bottom).body, Simple)
                else formula(context, bottom, leaf)
            )
            return _divide(formula(context, top, leaf), below)
        case Derived(expr=sql, inputs=inputs):
            return _substitute(context.fragments.get(sql), inputs, lambda part: formula(context, part, leaf))
        case Cumulative():
            raise NotYetError(CUMULATIVE)
        case Conversion():
            raise NotYetError(CONVERSION)
        case _:
            assert_never(metric.body)


def is_zero_without_rows(context: CompileContext, name: str) -> bool:
    """Whether nothing happened means 0 (counts, sums, and sums or differences of these) rather than unknown."""
    body = context.index.metric(name).body
    if isinstance(body, Simple):
        return all(measure.agg in _ZERO_WITHOUT_ROWS for measure in body.measures)
    if isinstance(body, Derived):
        tree = context.fragments.get(body.expr)
        additive = all(
            isinstance(node, exp.Add | exp.Sub | exp.Paren | exp.Column | exp.Identifier) for node in tree.walk()
        )
        return additive and all(is_zero_without_rows(context, part) for part in body.inputs)
    return False


def is_additive(context: CompileContext, name: str) -> bool:
    """Whether values of groups add up to the value of the whole, so that shares have a meaning."""
    body = context.index.metric(name).body
    if isinstance(body, Simple):
        return all(measure.agg in _ZERO_WITHOUT_ROWS for measure in body.measures)
    return is_zero_without_rows(context, name)


def choose(index: ModelIndex, metric: Metric, needs: Sequence[Need]) -> Measure:
    """The coarsest measure whose rows lead, many-to-one, to all that is needed. Raises `InvalidPlanError` if none does."""
    missing: list[Need] = []
    for measure in measures_of(metric):
        missing = [need for need in needs if not reaches(index, measure.entity, need.entity)]
        if not missing:
            if measure.non_additive is not None:
                raise NotYetError(SEMI_ADDITIVE)
            return measure
    raise _unreachable(index, metric, missing[0])


def measures_of(metric: Metric) -> tuple[Measure, ...]:
    """The measures of a simple metric; none of any other."""
    return metric.body.measures if isinstance(metric.body, Simple) else ()


def reaches(index: ModelIndex, start: str, end: str) -> bool:
    """Whether every row of `start` belongs to one row of `end` by exactly one path."""
    try:
        index.path(start, end)
    except InvalidPlanError:
        return False
    return True


def _unreachable(index: ModelIndex, metric: Metric, missing: Need) -> InvalidPlanError:
    reached = [
        entity.name
        for entity in index.model.entities
        if any(reaches(index, measure.entity, entity.name) for measure in measures_of(metric))
    ]
    fields = [field for entity in reached for field in index.fields_of(entity)]
    near = tuple(field.qualified for field in fields)[:12]
    shown_zh = "、".join(field.words.label.zh for field in fields[:12])
    shown_en = ", ".join(field.words.label.en for field in fields[:12])
    asked = _label(index, missing.field)
    return InvalidPlanError(
        Text(
            zh=f"「{metric.words.label.zh}」不能按「{asked.zh}」来看或筛选：一行数据会对应多个{asked.zh}，结果会重复计算。可用的有：{shown_zh}。",
            en=f"{metric.words.label.en!r} cannot be grouped or filtered by {asked.en!r}: one row would belong to several "
            f"of them and be counted more than once. It can be by: {shown_en}.",
        ),
        suggestions=near,
    )


def _label(index: ModelIndex, field: str) -> Text:
    return index.field(field).words.label if "." in field else index.entity(field).words.label


def _divide(top: exp.Expr, bottom: exp.Expr) -> exp.Expr:
    return exp.Div(this=_grouped(top), expression=exp.Nullif(this=bottom, expression=number(0)))


def _grouped(part: exp.Expr) -> exp.Expr:
    return exp.Paren(this=part) if isinstance(part, exp.Binary) else part


def _substitute(tree: exp.Expr, inputs: tuple[str, ...], value: Callable[[str], exp.Expr]) -> exp.Expr:
    """Input names become their formulas, and denominators are guarded against zero."""

    def visit(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in inputs:
            return _grouped(value(node.name))
        return node

    replaced = tree.transform(visit, copy=False)
    for node in list(replaced.find_all(exp.Div)):
        bottom = node.expression
        if not isinstance(bottom, exp.Literal | exp.Nullif):
            node.set("expression", exp.Nullif(this=bottom, expression=number(0)))
    return replaced
