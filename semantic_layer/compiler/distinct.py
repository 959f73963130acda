"""Questions without a metric: which values a field has, which combinations of values occur, the least and the greatest.

Fields of several entities are looked at from the entity that leads to all of them; what has no partner is shown too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.clock import MOMENT, every_moment, spine_at
from semantic_layer.compiler.conditions import Conditions, needs_of
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.groups import Group, PeriodGroup, group_expression, group_needs, groups_of, periods_of
from semantic_layer.compiler.labels import group_column
from semantic_layer.compiler.literals import all_of, number
from semantic_layer.compiler.metrics import Need, leads_to
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.period_columns import PeriodsOf
from semantic_layer.compiler.rows import CALENDAR, Rows, Scope
from semantic_layer.compiler.when import span_of
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import Grain
from semantic_layer.query.types import Query

LEAST, GREATEST = "least", "greatest"


def compile_values(query: Query, context: CompileContext) -> Compiled:
    """One SELECT for a question without metrics: which values there are."""
    scope = Scope.begin(context, PersonSteps())
    groups = groups_of(query, context.index)
    select = distinct_values(scope, query, groups)
    statement = scope.statement
    columns = tuple(
        replace(column, name=name)
        for column, names in ((group_column(group, context.index), distinct_names(query, group)) for group in groups)
        for name in names
    )
    return Compiled(
        tree=statement.finish(select),
        columns=columns,
        uses=statement.uses,
        notes=statement.notes,
        computed=statement.computed,
    )


def distinct_names(query: Query, group: Group) -> tuple[str, ...]:
    """The result's columns for a group."""
    return (f"{group.column}_{LEAST}", f"{group.column}_{GREATEST}") if query.extremes else (group.column,)


def distinct_values(scope: Scope, query: Query, groups: Sequence[Group]) -> exp.Select:
    """SELECT the different values of the groups, in order; with `extremes` only the least and the greatest."""
    periods = periods_of(groups)
    needs = [*group_needs(groups, scope.context.index), *needs_of(query.where, scope.context.index, scope.customer)]
    if not needs:
        select = _periods(scope, query, periods)
    else:
        rows = Rows(scope, _entity_for(scope, needs))
        if periods:
            moments = _moments(scope, query, _finest(periods))
            rows.keep_time(moments, MOMENT, exp.Boolean(this=True))
        columns = [exp.alias_(group_expression(group, rows), group.column, copy=False) for group in groups]
        filters = Conditions(rows).keep(query.where)
        if periods and query.time is not None:  # what has no row has no time either
            filters.append(exp.Not(this=exp.Is(this=rows.moment(), expression=exp.Null())))
        select = rows.select(*columns, where=all_of(filters))
        _keep_the_lonely(select)
    select.set("distinct", exp.Distinct())
    if query.extremes:
        return _extremes(scope, select, groups[0])
    terms = [exp.Ordered(this=exp.column(group.column), desc=_descending(query, group)) for group in groups]
    select.set("order", exp.Order(expressions=terms))
    if query.limit is not None:
        select.set("limit", exp.Limit(expression=number(query.limit)))
    return select


def _descending(query: Query, group: Group) -> bool:
    name = "time" if isinstance(group, PeriodGroup) else getattr(group, "field", "")
    return any(order.by == name and order.descending for order in query.order)


def _extremes(scope: Scope, values: exp.Select, group: Group) -> exp.Select:
    step = scope.statement.step("different_values", values, "every value")
    column = exp.column(group.column)
    return exp.Select(
        expressions=[
            exp.alias_(exp.Min(this=column), f"{group.column}_{LEAST}", copy=False),
            exp.alias_(exp.Max(this=column.copy()), f"{group.column}_{GREATEST}", copy=False),
        ],
        from_=exp.From(this=exp.table_(step)),
    )


def _entity_for(scope: Scope, needs: Sequence[Need]) -> str:
    """The nearest entity whose rows lead to all that is asked for; of equally near ones the first defined."""
    index = scope.context.index
    found: dict[str, int] = {}
    for entity in index.model.entities:
        if all(leads_to(index, entity.name, need) for need in needs):
            ways = [
                index.way(entity.name, need.field) if "." in need.field else index.path(entity.name, need.entity)
                for need in needs
            ]
            found[entity.name] = sum(len(way) for way in ways)
    if found:
        return min(found, key=lambda name: found[name])
    labels = [index.field(need.field).words.label for need in needs if "." in need.field]
    raise InvalidPlanError(
        Text(
            zh=f"{'、'.join(f'「{label.zh}」' for label in labels)}之间没有关联，不能放在一起看；请加一个能把它们联系起来的指标。",
            en=f"{', '.join(repr(label.en) for label in labels)} are not related, so they cannot be shown together; "
            "add a metric that relates them.",
        )
    )


def _keep_the_lonely(select: exp.Select) -> None:
    """Values that no row points at are values too: what is joined is kept whole."""
    for join in select.args.get("joins") or []:
        if join.side == "LEFT" and not join.this.alias_or_name.startswith(CALENDAR):
            join.set("side", "FULL")


def _finest(periods: Sequence[PeriodGroup]) -> Grain:
    grain = min((group.grain for group in periods), key=list(Grain).index)
    return grain if grain.is_within_day else Grain.DAY


def _moments(scope: Scope, query: Query, grain: Grain) -> str:
    spine = spine_at(scope, grain)
    if spine is None:
        raise InvalidPlanError(
            Text(
                zh="没有指标时，时间没有数据可依；请加一个指标，或在定义里给出 time_spines。",
                en="Without a metric there is no data that time could be taken from; add a metric, or define time_spines.",
            )
        )
    span = None if query.time is None else span_of(scope.calendar, query.time)
    return scope.statement.step("moments", every_moment(spine, grain, span), f"every {grain.value}")


def _periods(scope: Scope, query: Query, periods: Sequence[PeriodGroup]) -> exp.Select:
    moments = _moments(scope, query, _finest(periods))
    source = PeriodsOf(scope, moments)
    columns = [exp.alias_(source.value(group), group.column, copy=False) for group in periods]
    select = exp.Select(expressions=columns, from_=exp.From(this=exp.table_(moments)))
    if query.where is not None:
        select.set("where", exp.Where(this=source.holds(query.where)))
    if source.joins:
        select.set("joins", source.joins)
    return select
