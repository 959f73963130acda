"""Metrics taken apart into simple ones and put together again as arithmetic; and which measure of a metric is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from sqlglot import exp

from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.literals import number
from semantic_layer.errors import InvalidPlanError, SeveralPathsError, Text, UserError
from semantic_layer.model.grain import Offset
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    ColumnType,
    Conversion,
    Cumulative,
    Derived,
    Input,
    Measure,
    Metric,
    Ratio,
    Simple,
    Unit,
)

_TIMES = (ColumnType.DATE, ColumnType.TIMESTAMP)
ADDING = frozenset({Aggregation.SUM, Aggregation.COUNT, Aggregation.SUM_BOOLEAN})
"""Values of groups of rows add up to the value of all."""
ZERO_WITHOUT_ROWS = ADDING | {Aggregation.COUNT_DISTINCT}
"""Nothing happened is 0 rather than unknown."""


@dataclass(frozen=True, slots=True)
class Need:
    """An entity that must be reached many-to-one from a measure's rows, and the field (or reason) that needs it."""

    entity: str
    field: str


@dataclass(frozen=True, slots=True)
class Running:
    """Added up over a trailing window ("7 days"), since the start of a period, or (neither) over all time before."""

    window: str | None
    to_date: str | None
    choice: Literal["first", "last", "average"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A simple metric as it stands inside another: over fewer rows, as of a time before, running, or converted.

    `where` are fragments of definitions; `offsets` go from the outermost inwards. `counted` counts the rows of an entity
    behind the metric instead. With `converted`, the leaf is that conversion's own count of what was converted.
    """

    metric: str
    where: tuple[str, ...] = ()
    offsets: tuple[Offset, ...] = ()
    running: Running | None = None
    counted: str | None = None
    converted: Conversion | None = None
    alias: str = field(default="", compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether it is the simple metric itself over its own rows at their own time."""
        return self == Leaf(self.metric)

    @property
    def is_clocked(self) -> bool:
        """Whether rows count at other times than their own."""
        return bool(self.offsets) or self.running is not None


LeafValue = Callable[[Leaf], exp.Expr]


def leaves(index: ModelIndex, name: str, inside: Leaf | None = None) -> tuple[Leaf, ...]:
    """The simple metrics that `name` is made of, each once, in order. `inside` says in what it stands."""
    metric = index.metric(name)
    here = _inside(metric, inside or Leaf(name))
    match metric.body:
        case Simple():
            return (replace(here, metric=name),)
        case Ratio(numerator=top, denominator=bottom):
            parts: tuple[Input, ...] = (top, bottom)
        case Derived(inputs=inputs):
            parts = inputs
        case Cumulative(input=running):
            return leaves(index, running, _running(metric, metric.body, here))
        case Conversion():
            return _converted(index, metric, metric.body, here)
        case _:
            assert_never(metric.body)
    return tuple(dict.fromkeys(leaf for part in parts for leaf in leaves(index, part.metric, _of_input(here, part))))


def formula(context: CompileContext, name: str, leaf: LeafValue, inside: Leaf | None = None) -> exp.Expr:
    """The metric as arithmetic over its simple metrics: ratios are ratios of sums, and nothing is divided by zero."""
    metric = context.index.metric(name)
    here = _inside(metric, inside or Leaf(name))
    match metric.body:
        case Simple():
            return _filled(context, metric.body, leaf(replace(here, metric=name)))
        case Ratio(numerator=top, denominator=bottom):
            below = _of_input(here, bottom)
            bottom_metric = context.index.metric(bottom.metric)
            bare = isinstance(bottom_metric.body, Simple) and bottom_metric.body.fill is None
            return divided(
                formula(context, top.metric, leaf, _of_input(here, top)),
                leaf(replace(_inside(bottom_metric, below), metric=bottom.metric))
                if bare
                else formula(context, bottom.metric, leaf, below),
            )
        case Derived(expr=sql, inputs=inputs):
            named = {part.name: part for part in inputs}
            return _substitute(
                context.fragments.get(sql),
                named,
                lambda part: formula(context, named[part].metric, leaf, _of_input(here, named[part])),
            )
        case Cumulative(input=running):
            return formula(context, running, leaf, _running(metric, metric.body, here))
        case Conversion():
            return _rate(context, metric, leaf, here)
        case _:
            assert_never(metric.body)


def _inside(metric: Metric, here: Leaf) -> Leaf:
    return replace(here, where=(*here.where, metric.where)) if metric.where else here


def _of_input(here: Leaf, part: Input) -> Leaf:
    where = (*here.where, part.where) if part.where else here.where
    offsets = (*here.offsets, part.offset) if part.offset is not None else here.offsets
    return replace(here, where=where, offsets=offsets, alias=part.alias or here.alias)


def _running(metric: Metric, body: Cumulative, here: Leaf) -> Leaf:
    if here.running is not None:
        label = metric.words.label
        raise InvalidPlanError(
            Text(
                zh=f"累计值「{label.zh}」不能再累计一次。",
                en=f"The running total {label.en!r} cannot be added up once more.",
            )
        )
    return replace(here, running=Running(body.window, body.grain_to_date, body.period_choice), alias=metric.name)


def _converted(index: ModelIndex, metric: Metric, body: Conversion, here: Leaf) -> tuple[Leaf, ...]:
    if here.is_clocked:
        label = metric.words.label
        raise InvalidPlanError(
            Text(
                zh=f"转化类指标「{label.zh}」不能累计，也不能放到以前的时间上。",
                en=f"The conversion {label.en!r} can be neither added up over time nor moved in it.",
            )
        )
    count = replace(here, metric=metric.name, converted=body)
    if body.calculation == "count":
        return (count,)
    return (count, *_base(index, body, here))


def _base(index: ModelIndex, body: Conversion, here: Leaf) -> tuple[Leaf, ...]:
    if body.counting == "people":
        return (replace(here, metric=body.base, counted=body.entity),)
    return leaves(index, body.base, replace(here, metric=body.base))


def _rate(context: CompileContext, metric: Metric, leaf: LeafValue, here: Leaf) -> exp.Expr:
    body = metric.body
    assert isinstance(body, Conversion)
    count = leaf(replace(here, metric=metric.name, converted=body))
    if body.calculation == "count":
        return _filled(context, context.index.metric(body.target).body, count)
    if body.counting == "people":
        zero = exp.Coalesce(this=count, expressions=[number(0)])
        return divided(zero, leaf(_base(context.index, body, here)[0]))
    target = context.index.metric(body.target).body
    filled = _filled(context, target, count) if isinstance(target, Simple) else count
    return divided(filled, formula(context, body.base, leaf, replace(here, metric=body.base)))


def _filled(context: CompileContext, body: object, value: exp.Expr) -> exp.Expr:
    """What stands where nothing happened: what the metric says, else 0 for counts and sums where that is the custom."""
    if isinstance(body, Simple) and body.fill is not None:
        return exp.Coalesce(this=value, expressions=[number(body.fill)])
    counts = isinstance(body, Simple) and _counts(body)
    zero = counts and context.index.model.conventions.missing == "zero"
    return exp.Coalesce(this=value, expressions=[number(0)]) if zero else value


def is_zero_without_rows(context: CompileContext, name: str) -> bool:
    """Whether nothing happened means 0 (counts, sums, and sums or differences of these) rather than unknown."""
    return context.index.model.conventions.missing == "zero" and is_additive(context, name)


def is_additive(context: CompileContext, name: str) -> bool:
    """Whether values of groups add up to the value of the whole, so that shares have a meaning."""
    body = context.index.metric(name).body
    if isinstance(body, Simple):
        return _counts(body)
    if isinstance(body, Cumulative):
        return is_additive(context, body.input)
    if isinstance(body, Derived):
        tree = context.fragments.get(body.expr)
        adding = all(
            isinstance(node, exp.Add | exp.Sub | exp.Paren | exp.Column | exp.Identifier) for node in tree.walk()
        )
        return adding and all(is_additive(context, part.metric) for part in body.inputs)
    return False


def is_dated(index: ModelIndex, name: str) -> bool:
    """Whether a value of the metric is a day or a moment, so that it is no number."""
    metric = index.metric(name)
    if metric.unit is Unit.DATE:
        return True
    if isinstance(metric.body, Cumulative):
        return is_dated(index, metric.body.input)
    return any(
        measure.agg in (Aggregation.MIN, Aggregation.MAX) and _type_of(index, measure) in _TIMES
        for measure in measures_of(metric)
    )


def _type_of(index: ModelIndex, measure: Measure) -> ColumnType | None:
    column = index.entity(measure.entity).column(measure.expr)
    if column is not None:
        return column.type
    name = f"{measure.entity}.{measure.expr}"
    return index.field(name).type if index.has_field(name) else None


def adds_up(index: ModelIndex, name: str) -> bool:
    """Whether the values of groups add up to that of all of them whatever the groups are: not for people counted once."""
    return all(
        leaf.converted is None and measure.agg in ADDING and measure.per is None
        for leaf in leaves(index, name)
        for measure in measures_of(index.metric(leaf.metric))
    )


def _counts(body: Simple) -> bool:
    return all(measure.agg in ZERO_WITHOUT_ROWS for measure in body.measures)


def choose(index: ModelIndex, metric: Metric, needs: Sequence[Need]) -> Measure:
    """The coarsest measure whose rows lead, many-to-one, to all that is needed. Raises `InvalidPlanError` if none does."""
    missing: list[Need] = []
    for measure in measures_of(metric):
        missing = [need for need in needs if not leads_to(index, measure.entity, need)]
        if not missing:
            return measure
    for measure in measures_of(metric):
        try:
            if ">" in missing[0].field:
                index.way(measure.entity, missing[0].field)
            index.path(measure.entity, missing[0].entity)
        except SeveralPathsError:
            raise
        except InvalidPlanError:
            continue
    raise _unreachable(index, metric, missing[0])


def measures_of(metric: Metric) -> tuple[Measure, ...]:
    """The measures of a simple metric; none of any other."""
    return metric.body.measures if isinstance(metric.body, Simple) else ()


def leads_to(index: ModelIndex, start: str, need: Need) -> bool:
    """Whether every row of `start` belongs to one row of what is needed, by the path that is named or the only one."""
    if ">" not in need.field:
        return reaches(index, start, need.entity)
    try:
        index.way(start, need.field)
    except UserError:
        return False
    return True


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
    fields = [found for entity in reached for found in index.fields_of(entity)]
    near = tuple(found.qualified for found in fields)[:12]
    shown_zh = "、".join(found.words.label.zh for found in fields[:12])
    shown_en = ", ".join(found.words.label.en for found in fields[:12])
    asked = _label(index, missing.field)
    return InvalidPlanError(
        Text(
            zh=f"「{metric.words.label.zh}」不能按「{asked.zh}」来看或筛选：一行数据会对应多个{asked.zh}，结果会重复计算。可用的有：{shown_zh}。",
            en=f"{metric.words.label.en!r} cannot be grouped or filtered by {asked.en!r}: one row would belong to several "
            f"of them and be counted more than once. It can be by: {shown_en}.",
        ),
        suggestions=near,
    )


def _label(index: ModelIndex, name: str) -> Text:
    return index.field(name).words.label if "." in name else index.entity(name).words.label


def divided(top: exp.Expr, bottom: exp.Expr) -> exp.Expr:
    """The quotient; unknown where the bottom is zero."""
    return exp.Div(this=_grouped(top), expression=exp.Nullif(this=bottom, expression=number(0)))


def _grouped(part: exp.Expr) -> exp.Expr:
    return exp.Paren(this=part) if isinstance(part, exp.Binary) else part


def _substitute(tree: exp.Expr, inputs: dict[str, Input], value: Callable[[str], exp.Expr]) -> exp.Expr:
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
