"""Compiles a `Retention`: people by the period of their first start, and how many of them come back in later periods.

A person belongs to one cohort, that of the first start inside the asked time. Coming back means a row of `back` at or
after that start; a person counts once in each period, however often. Period 0 is the one of the start itself. Periods that
have not begun have no row, and one that is not over on the day asked is marked as not complete: it can only grow.
"""

from __future__ import annotations

from datetime import timedelta

from sqlglot import exp

from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.literals import all_of, day, number
from semantic_layer.compiler.occurrences import (
    Happened,
    check_date_grain,
    check_who,
    happened,
    length,
    listed_numbers,
    start_of,
)
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.rows import Members, Scope
from semantic_layer.compiler.when import partial_note, span_of
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import GRAIN_NAMES
from semantic_layer.model.types import ColumnType, Unit
from semantic_layer.query.plan import Retention
from semantic_layer.table import ResultColumn

COHORT, SIZE, OFFSET, PEOPLE, RATE, COMPLETE = "cohort", "cohort_size", "period_offset", "people", "rate", "complete"
_STARTED = "started_at"
_MOST_PERIODS = 60


def compile_retention(step: Retention, context: CompileContext) -> Compiled:
    """One row a cohort and period after it, in order: columns `cohort`, `cohort_size`, `period_offset`, `people`, `rate`,
    `complete`. Raises a `UserError` for what is unknown, has no time or does not lead to people.
    """
    check_date_grain(step.grain)
    if not 1 <= step.periods <= _MOST_PERIODS:
        raise InvalidPlanError(
            Text(
                zh=f"留存要看 1 到 {_MOST_PERIODS} 期，而不是 {step.periods} 期。",
                en=f"Retention is shown for 1 to {_MOST_PERIODS} periods, not {step.periods}.",
            )
        )
    scope = Scope.begin(context, PersonSteps())
    check_who(step.where, scope)
    cohorts = _cohorts(scope, step)
    sizes = _sizes(scope, cohorts)
    returned = _returned(scope, step, cohorts)
    statement = scope.statement
    return Compiled(
        tree=statement.finish(_table(scope, step, sizes, returned)),
        columns=_columns(step),
        uses=statement.uses,
        notes=(*statement.notes, *_notes(scope, step)),
        computed=statement.computed,
    )


def _cohorts(scope: Scope, step: Retention) -> str:
    span = span_of(scope.calendar, step.time)
    starts = happened(scope, step.start, span, step.where)
    first = exp.Min(this=starts.at)
    select = starts.rows.select(
        exp.alias_(starts.owner, starts.key, copy=False),
        exp.alias_(first, _STARTED, copy=False),
        exp.alias_(start_of(scope, first.copy(), step.grain), COHORT, copy=False),
        where=all_of(list(starts.filters)),
    )
    select.set("group", exp.Group(expressions=[exp.Literal.number(1)]))
    when = f", {span.start} to {span.end}" if span is not None else ""
    comment = f"each person's first {step.start.entity}{when}, and the {step.grain.value} it was in"
    return scope.statement.step("cohorts", select, comment)


def _sizes(scope: Scope, cohorts: str) -> str:
    count = exp.Count(this=exp.Star(), big_int=True)
    select = exp.Select(expressions=[exp.column(COHORT), exp.alias_(count, SIZE, copy=False)])
    select.set("from_", exp.From(this=exp.table_(cohorts)))
    select.set("group", exp.Group(expressions=[exp.Literal.number(1)]))
    return scope.statement.step("cohort_sizes", select, "how many people each cohort has")


def _returned(scope: Scope, step: Retention, cohorts: str) -> str:
    back = happened(scope, step.back)
    back.rows.keep_members(Members(cohorts, back.key))
    cohort = exp.column(COHORT, table=cohorts)
    came = start_of(scope, back.at.copy(), step.grain)
    offset = exp.DateDiff(this=came, expression=cohort, unit=exp.var(step.grain.value.upper()))
    people = exp.Count(this=exp.Distinct(expressions=[exp.column(back.key, table=cohorts)]), big_int=True)
    select = back.rows.select(
        cohort.copy(),
        exp.alias_(offset, OFFSET, copy=False),
        exp.alias_(people, PEOPLE, copy=False),
        where=all_of([*back.filters, _not_before(scope, back, cohorts)]),
    )
    select.set("group", exp.Group(expressions=[exp.Literal.number(1), exp.Literal.number(2)]))
    comment = (
        f"people of each cohort with {step.back.entity} at or after their start, by {step.grain.value}s since then"
    )
    return scope.statement.step("returned", select, comment)


def _not_before(scope: Scope, back: Happened, cohorts: str) -> exp.Expr:
    """At or after the start; by whole days where only the day of coming back is known."""
    started: exp.Expr = exp.column(_STARTED, table=cohorts)
    time = back.rows.time
    if time is not None and scope.context.index.field(time).type is ColumnType.DATE:
        started = exp.Cast(this=started, to=exp.DataType(this=exp.DType.DATE))
    return exp.GTE(this=back.at.copy(), expression=started)


def _table(scope: Scope, step: Retention, sizes: str, returned: str) -> exp.Select:
    statement = scope.statement
    later = statement.step("periods", listed_numbers(OFFSET, range(step.periods + 1)), "the periods since the start")
    cohort, size = exp.column(COHORT, table=sizes), exp.column(SIZE, table=sizes)
    offset = exp.column(OFFSET, table=later)
    people = exp.Coalesce(this=exp.column(PEOPLE, table=returned), expressions=[number(0)])
    following = exp.Add(this=offset.copy(), expression=number(1))
    over = exp.Add(this=cohort.copy(), expression=length(exp.Paren(this=following), step.grain))
    begun = exp.Add(this=cohort.copy(), expression=length(offset.copy(), step.grain))
    tomorrow = scope.as_of + timedelta(days=1)
    select = exp.Select(
        expressions=[
            cohort,
            size,
            offset,
            exp.alias_(people, PEOPLE, copy=False),
            exp.alias_(exp.Div(this=people.copy(), expression=size.copy()), RATE, copy=False),
            exp.alias_(exp.LTE(this=over, expression=day(tomorrow)), COMPLETE, copy=False),
        ]
    )
    select.set("from_", exp.From(this=exp.table_(sizes)))
    same = exp.And(
        this=exp.EQ(this=exp.column(COHORT, table=returned), expression=cohort.copy()),
        expression=exp.EQ(this=exp.column(OFFSET, table=returned), expression=offset.copy()),
    )
    joins = [
        exp.Join(this=exp.table_(later), kind="CROSS"),
        exp.Join(this=exp.table_(returned), side="LEFT", on=same),
    ]
    select.set("joins", joins)
    select.set("where", exp.Where(this=exp.LT(this=begun, expression=day(tomorrow))))
    terms = [exp.Ordered(this=one.copy(), desc=False, nulls_first=False) for one in (cohort, offset)]
    select.set("order", exp.Order(expressions=terms))
    return select


def _columns(step: Retention) -> tuple[ResultColumn, ...]:
    def figure(name: str, zh: str, en: str, unit: Unit) -> ResultColumn:
        return ResultColumn(name=name, label=Text(zh, en), role="metric", unit=unit)

    return (
        ResultColumn(name=COHORT, label=GRAIN_NAMES[step.grain], role="time", source=step.grain.value),
        figure(SIZE, "起始人数", "people at the start", Unit.COUNT),
        ResultColumn(name=OFFSET, label=Text("之后第几期", "periods later"), role="group"),
        figure(PEOPLE, "回来的人数", "people who came back", Unit.COUNT),
        figure(RATE, "留存率", "retention", Unit.PERCENT),
        ResultColumn(name=COMPLETE, label=Text("已满一期", "period is over"), role="group"),
    )


def _notes(scope: Scope, step: Retention) -> tuple[Text, ...]:
    span = span_of(scope.calendar, step.time)
    partial = partial_note(scope.calendar, span, step.grain)
    return () if partial is None else (partial,)
