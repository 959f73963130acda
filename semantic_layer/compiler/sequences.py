"""Behaviour in its order: the first or last time that people did something, and what followed or did not.

Each row that counts meets the next row of what may follow it (an ASOF join), so that one look decides it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlglot import exp

from semantic_layer.compiler.clock import interval
from semantic_layer.compiler.literals import all_of, any_of, day, inside
from semantic_layer.compiler.occurrences import AT, happened
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.values import key_name
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.plan import Occurrence
from semantic_layer.query.predicate import Did, Predicate, Then


def occurrences(scope: Scope, did: Did) -> str:
    """The step with one row (key, moment) for each row of behaviour that counts for `did`, before it is counted."""
    name = f"{did.entity}_rows"
    step = _moments(scope, did.entity, did.where, name, f"rows of {did.entity}", which=did.which)
    if did.time is not None:
        span = scope.calendar.resolve(did.time)
        kept = exp.Select(expressions=[exp.column(key_name(scope)), exp.column(AT)])
        kept.set("from_", exp.From(this=exp.table_(step)))
        kept.set("where", exp.Where(this=inside(exp.column(AT), span)))
        step = scope.statement.step(f"{name}_in_time", kept, f"those from {span.start} to {span.end}")
    return step if did.then is None else _followed(scope, step, did.then)


def _moments(scope: Scope, entity: str, where: Predicate | None, name: str, comment: str, *, which: str = "any") -> str:
    found = happened(scope, Occurrence(entity=entity, where=where))
    filters = list(found.filters)
    if scope.as_of != scope.context.calendar.as_of:
        filters.append(exp.LT(this=found.at.copy(), expression=day(scope.as_of + timedelta(days=1))))
    columns = [exp.alias_(found.owner, found.key, copy=False), exp.alias_(found.at, AT, copy=False)]
    select = found.rows.select(*columns, where=all_of(filters))
    if which == "any":
        return scope.statement.step(name, select, comment)
    kind = exp.Min if which == "first" else exp.Max
    chosen = exp.Window(this=kind(this=found.at.copy()), partition_by=[found.owner.copy()])
    select.set("qualify", exp.Qualify(this=exp.EQ(this=found.at.copy(), expression=chosen)))
    return scope.statement.step(f"{which}_{name}", select, f"each person's {which} {comment}")


def _followed(scope: Scope, step: str, then: Then) -> str:
    """The rows of `step` that are followed, or not followed, as `then` says."""
    if then.count is not None and then.count < 1:
        raise InvalidPlanError(
            Text(
                zh=f"先后之间的时间必须至少是 1，而不是 {then.count}。",
                en=f"The time between two things must be at least 1, not {then.count}.",
            )
        )
    key = key_name(scope)
    later = _moments(scope, then.entity, then.where, f"later_{then.entity}", f"{then.entity} after it")
    alias = later if later != step else f"next_{then.entity}"  # rows of the same kind may follow each other
    at, following = exp.column(AT, table=step), exp.column(AT, table=alias)
    meet = exp.and_(
        exp.EQ(this=exp.column(key, table=step), expression=exp.column(key, table=alias)),
        exp.LT(this=at, expression=following),
        copy=False,
    )
    select = exp.Select(expressions=[exp.column(key, table=step), at.copy()], from_=exp.From(this=exp.table_(step)))
    select.set(
        "joins",
        [
            exp.Join(
                this=exp.table_(later, alias=alias if alias != later else None), method="ASOF", side="LEFT", on=meet
            )
        ],
    )
    none = exp.Is(this=following.copy(), expression=exp.Null())
    last = None if then.count is None else exp.Add(this=at.copy(), expression=interval(f"{then.count} {then.unit}"))
    if then.happened:
        parts: list[exp.Expr] = [exp.Not(this=none)]
        parts += [] if last is None else [exp.LTE(this=following.copy(), expression=last)]
    elif last is None:
        parts = [none]
    else:
        parts = [
            exp.Paren(this=any_of([none, exp.GT(this=following.copy(), expression=last)])),
            exp.LT(this=last.copy(), expression=day(scope.as_of + timedelta(days=1))),  # its time is over
        ]
        scope.statement.note(_censored(then))
    select.set("where", exp.Where(this=all_of(parts)))
    within = "" if then.count is None else f" within {then.count} {then.unit}"
    said = "followed" if then.happened else "not followed"
    return scope.statement.step(f"{said.replace(' ', '_')}_rows", select, f"{said} by {then.entity}{within}")


def _censored(then: Then) -> Text:
    units = {"day": "天", "week": "周", "month": "个月", "hour": "小时"}
    zh = units.get(then.unit.value, then.unit.value)
    return Text(
        zh=f"最近 {then.count} {zh}内发生的还没有过完观察期，不算在内。",
        en=f"What happened in the last {then.count} {then.unit.value}s is left out: its time is not over yet.",
    )
