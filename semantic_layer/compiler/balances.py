"""Semi-additive metrics: balances that may be added up over shops or accounts, but not over time.

Of each period (and of each value of the measure's groupings) only the rows of its first or last moment are aggregated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.aggregate import by_first, comment_on, guarded, own_conditions
from semantic_layer.compiler.conditions import Conditions
from semantic_layer.compiler.groups import Group, group_expression, periods_of
from semantic_layer.compiler.levels import Counted, plain_aggregate
from semantic_layer.compiler.literals import all_of, inside, number
from semantic_layer.compiler.moments import period_start
from semantic_layer.compiler.readings import Bucket, Item, Pass
from semantic_layer.compiler.rows import Scope
from semantic_layer.model.types import Dimension, NonAdditive
from semantic_layer.query.predicate import Predicate


def balances(
    scope: Scope, bucket: Bucket, stock: NonAdditive, groups: Sequence[Group], where: Predicate | None
) -> list[Pass]:
    """One pass for the readings that ask for the same rows: the moment is looked for among these."""
    alike: dict[tuple[object, ...], list[Item]] = {}
    for item in bucket.items:
        alike.setdefault((item.measure.where, item.reading.leaf.where, item.reading.where), []).append(item)
    return [_balance(scope, bucket, stock, items, groups, where) for items in alike.values()]


def _balance(
    scope: Scope,
    bucket: Bucket,
    stock: NonAdditive,
    items: list[Item],
    groups: Sequence[Group],
    where: Predicate | None,
) -> Pass:
    rows = bucket.rows(scope)
    filters = [*own_conditions(rows, items[0]), *(guarded(part) for part in Conditions(rows).keep(where))]
    if bucket.span is not None and bucket.time is not None:
        filters.insert(0, inside(rows.field(bucket.time), bucket.span))
    name = stock.dimension if "." in stock.dimension else f"{bucket.entity}.{stock.dimension}"
    moment, dimension = rows.field(name), scope.context.index.field(name)
    if isinstance(dimension, Dimension) and dimension.grain is not None:
        moment = period_start(moment, dimension.grain)
    within = [group_expression(group, rows) for group in periods_of(groups)]
    within += [rows.field(name if "." in name else f"{bucket.entity}.{name}") for name in stock.groupings]
    kind = exp.Min if stock.choice == "first" else exp.Max
    chosen = exp.Window(this=kind(this=moment.copy()))
    if within:
        chosen.set("partition_by", within)
    columns = [exp.alias_(group_expression(group, rows), group.column, copy=False) for group in groups]
    values = [
        exp.alias_(rows.definition(item.measure.expr) if item.measure.expr else number(1), item.column, copy=False)
        for item in items
    ]
    select = rows.select(*columns, *values, where=all_of(filters))
    select.set("qualify", exp.Qualify(this=exp.EQ(this=moment, expression=chosen)))
    period = " of each period" if periods_of(groups) else ""
    kept = scope.statement.step(
        f"{bucket.entity}_{stock.choice}", select, f"rows of the {stock.choice} {stock.dimension}{period}"
    )
    outputs: list[exp.Expr] = [exp.column(group.column) for group in groups]
    for item in items:
        counted = Counted(
            column=item.column,
            measure=replace(item.measure, where="", non_additive=None),
            value=exp.column(item.column),
            conditions=[],
            rows=rows,
        )
        outputs.append(exp.alias_(plain_aggregate(counted), item.column, copy=False))
    total = exp.Select(expressions=outputs, from_=exp.From(this=exp.table_(kept)))
    comment = comment_on(rows, items, groups)
    step = scope.statement.step(f"{bucket.entity}_metrics", by_first(total, len(groups)), comment)
    return Pass(step=step, columns=tuple(item.column for item in items), span=bucket.span)
