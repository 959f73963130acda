"""Compiles a `Funnel`: how many people do the first step, and how many of them then the next, each after the one before.

Any first step inside the asked time may begin a person's way, and the way that gets furthest counts. (Taking only the first
one would lose whoever looked once, came back a month later and then bought; `windowFunnel` of ClickHouse counts the same
way.) It is found without trying all: a row of a later step goes with the latest row of the step before it, because that one
began latest and so leaves the most time. Steps must be strictly later than the ones before; all lie at most `within` after
the first. A person counts once in each step. Steps after the first may lie beyond the asked time, up to the data's last day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan, plus
from semantic_layer.compiler.clock import interval
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.labels import field_column
from semantic_layer.compiler.literals import all_of, number
from semantic_layer.compiler.occurrences import AT, check_who, happened, listed_numbers
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.validate import check_fields
from semantic_layer.compiler.values import key_name
from semantic_layer.compiler.when import span_of
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import Funnel
from semantic_layer.table import ResultColumn

STEP, PEOPLE, OF_FIRST, OF_PREVIOUS = "step", "people", "of_first", "of_previous"
_STARTED, _REACHED, _GROUP = "started_at", "furthest", "of_group"
_MOST_STEPS = 10


def compile_funnel(step: Funnel, context: CompileContext) -> Compiled:
    """One row a step, of each group if asked: the group, `step` (from 1), `people`, `of_first`, `of_previous`.

    Groups with most people come first. Raises a `UserError` for what is unknown, has no time or does not lead to people.
    """
    _check(step)
    scope = Scope.begin(context, PersonSteps())
    check_who(step.where, scope)
    if step.by is not None:
        check_fields((step.by,), scope.customer, context)
    reached = _reached(scope, step)
    statement = scope.statement
    return Compiled(
        tree=statement.finish(_table(scope, step, reached)),
        columns=_columns(step, context),
        uses=statement.uses,
        notes=(*statement.notes, *_notes(scope, step)),
        computed=statement.computed,
    )


def _check(step: Funnel) -> None:
    if not 2 <= len(step.steps) <= _MOST_STEPS:
        raise InvalidPlanError(
            Text(
                zh=f"漏斗需要 2 到 {_MOST_STEPS} 步，而不是 {len(step.steps)} 步。",
                en=f"A funnel takes 2 to {_MOST_STEPS} steps, not {len(step.steps)}.",
            )
        )
    if step.within[0] < 1:
        raise InvalidPlanError(
            Text(
                zh=f"各步之间的时间必须至少是 1，而不是 {step.within[0]}。",
                en=f"The time for all steps must be at least 1, not {step.within[0]}.",
            )
        )


def _reached(scope: Scope, step: Funnel) -> str:
    """The step with one row a person: the key, the group if asked, and the number of the furthest step."""
    before = ""
    parts: list[exp.Expr] = []
    key = key_name(scope)
    kept = [key] if step.by is None else [key, _GROUP]
    for place in range(1, len(step.steps) + 1):
        rows = _rows(scope, step, place)
        before = rows if place == 1 else _next(scope, step, before, rows, place)
        select = exp.Select(expressions=[*map(exp.column, kept), exp.alias_(number(place), STEP, copy=False)])
        select.set("from_", exp.From(this=exp.table_(before)))
        parts.append(select)
    union = parts[0]
    for other in parts[1:]:
        union = exp.Union(this=union, expression=other, distinct=False)
    every = scope.statement.step("steps_taken", union, "every step that somebody took in time")
    furthest = exp.alias_(exp.Max(this=exp.column(STEP)), _REACHED, copy=False)
    select = exp.Select(expressions=[*map(exp.column, kept), furthest], from_=exp.From(this=exp.table_(every)))
    select.set("group", exp.Group(expressions=[exp.Literal.number(at) for at in range(1, len(kept) + 1)]))
    return scope.statement.step("furthest_steps", select, "how far each person got")


def _rows(scope: Scope, step: Funnel, place: int) -> str:
    """The step with the moments at which the `place`th step was taken, by anybody, whatever came before."""
    occurrence, first = step.steps[place - 1], place == 1
    span = span_of(scope.calendar, step.time)
    found = happened(scope, occurrence, span if first else _later(scope, step, span), step.where if first else None)
    columns = [exp.alias_(found.owner, found.key, copy=False), exp.alias_(found.at, AT, copy=False)]
    if first:
        columns.append(exp.alias_(found.at.copy(), _STARTED, copy=False))
        if step.by is not None:
            columns.append(exp.alias_(found.rows.field(step.by), _GROUP, copy=False))
    select = found.rows.select(*columns, where=all_of(list(found.filters)))
    when = f", {span.start} to {span.end}" if first and span is not None else ""
    name = "step_1" if first else f"{occurrence.entity}_rows"
    comment = f"step 1: {occurrence.entity}{when}" if first else f"rows of {occurrence.entity} that may be step {place}"
    return scope.statement.step(name, select, comment)


def _next(scope: Scope, step: Funnel, before: str, rows: str, place: int) -> str:
    """The rows that come after the step before, and in time."""
    key = key_name(scope)
    started = exp.column(_STARTED, table=before)
    columns = [exp.column(key, table=rows), exp.column(AT, table=rows), started]
    if step.by is not None:
        columns.append(exp.column(_GROUP, table=before))
    meet = exp.and_(
        exp.EQ(this=exp.column(key, table=rows), expression=exp.column(key, table=before)),
        exp.GT(this=exp.column(AT, table=rows), expression=exp.column(AT, table=before)),
        copy=False,
    )
    count, unit = step.within
    last = exp.Add(this=started.copy(), expression=interval(f"{count} {unit.value}"))
    select = exp.Select(expressions=[*columns], from_=exp.From(this=exp.table_(rows)))
    select.set("joins", [exp.Join(this=exp.table_(before), method="ASOF", on=meet)])
    select.set("where", exp.Where(this=exp.LTE(this=exp.column(AT, table=rows), expression=last)))
    long = f"{count} {unit.value}{'' if count == 1 else 's'}"
    comment = f"step {place}: each with the latest step {place - 1} before it, within {long} of step 1"
    return scope.statement.step(f"step_{place}", select, comment)


def _later(scope: Scope, step: Funnel, span: DateSpan | None) -> DateSpan | None:
    """Where later steps may lie, so that not all of history is read; `None` when that is not known."""
    if span is None or span.open_start or step.within[1].is_within_day:
        return None
    return DateSpan(span.start, min(_end(span, step), scope.as_of))


def _end(span: DateSpan, step: Funnel) -> date:
    count, unit = step.within
    return plus(span.end, count, unit) + timedelta(days=1)


def _table(scope: Scope, step: Funnel, reached: str) -> exp.Select:
    places = scope.statement.step("places", listed_numbers(STEP, range(1, len(step.steps) + 1)), "the steps")
    place, furthest = exp.column(STEP, table=places), exp.column(_REACHED, table=reached)
    people = _counted(exp.GTE(this=furthest, expression=place))
    earlier = exp.Sub(this=place.copy(), expression=number(1))
    before = exp.Nullif(this=_counted(exp.GTE(this=furthest.copy(), expression=earlier)), expression=number(0))
    everybody = exp.Count(this=exp.Star(), big_int=True)
    of_previous = exp.Case(
        ifs=[
            exp.If(
                this=exp.GT(this=place.copy(), expression=number(1)),
                true=exp.Div(this=people.copy(), expression=before),
            )
        ]
    )
    groups = [] if step.by is None else [exp.alias_(exp.column(_GROUP, table=reached), _name(step), copy=False)]
    select = exp.Select(
        expressions=[
            *groups,
            place.copy(),
            exp.alias_(people, PEOPLE, copy=False),
            exp.alias_(exp.Div(this=people.copy(), expression=everybody), OF_FIRST, copy=False),
            exp.alias_(of_previous, OF_PREVIOUS, copy=False),
        ]
    )
    select.set("from_", exp.From(this=exp.table_(reached)))
    select.set("joins", [exp.Join(this=exp.table_(places), kind="CROSS")])
    keys = [exp.Literal.number(at) for at in range(1, len(groups) + 2)]
    select.set("group", exp.Group(expressions=keys))
    terms = [exp.Ordered(this=everybody.copy(), desc=True, nulls_first=False)] if groups else []
    terms += [exp.Ordered(this=one.copy(), desc=False, nulls_first=False) for one in keys]
    select.set("order", exp.Order(expressions=terms))
    return select


def _counted(condition: exp.Expr) -> exp.Expr:
    return exp.Filter(this=exp.Count(this=exp.Star(), big_int=True), expression=exp.Where(this=condition))


def _name(step: Funnel) -> str:
    name = (step.by or "").rpartition(".")[2]
    return f"{name}_group" if name in (STEP, PEOPLE, OF_FIRST, OF_PREVIOUS) else name


def _columns(step: Funnel, context: CompileContext) -> tuple[ResultColumn, ...]:
    groups = () if step.by is None else (field_column(context.index.field(step.by), _name(step), "group"),)
    return (
        *groups,
        ResultColumn(name=STEP, label=Text("步骤", "step"), role="group"),
        ResultColumn(name=PEOPLE, label=Text("人数", "people"), role="metric", unit=Unit.COUNT),
        ResultColumn(name=OF_FIRST, label=Text("占第一步", "of the first step"), role="metric", unit=Unit.PERCENT),
        ResultColumn(name=OF_PREVIOUS, label=Text("占上一步", "of the step before"), role="metric", unit=Unit.PERCENT),
    )


def _notes(scope: Scope, step: Funnel) -> Sequence[Text]:
    """Says so when some who began have not had the whole time yet."""
    span = span_of(scope.calendar, step.time)
    end = scope.as_of if span is None else span.end
    count, unit = step.within
    if unit.is_within_day or plus(end, count, unit) <= scope.as_of:
        return ()
    units = {Grain.DAY: "天", Grain.WEEK: "周", Grain.MONTH: "个月", Grain.QUARTER: "个季度", Grain.YEAR: "年"}
    plural = "" if count == 1 else "s"
    return (
        Text(
            zh=f"最近 {count} {units[unit]}内才开始的人还没走完这段时间，后面几步的人数以后还会增加。",
            en=f"Those who began in the last {count} {unit.value}{plural} have had less than the whole time; "
            "the later steps can still grow.",
        ),
    )
