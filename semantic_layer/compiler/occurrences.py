"""Something that happens to people, as rows: whose it is and when it was. Cohorts and funnels are made from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.conditions import Conditions, needs_of
from semantic_layer.compiler.literals import inside
from semantic_layer.compiler.metrics import reaches
from semantic_layer.compiler.moments import period_start
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.compiler.validate import check_where
from semantic_layer.compiler.values import key_name
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import DATE_GRAINS, Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Simple
from semantic_layer.query.plan import Occurrence
from semantic_layer.query.predicate import Did, Predicate

AT = "happened_at"


@dataclass(frozen=True, slots=True)
class Happened:
    """Rows of an occurrence: the key of the person, the moment, and what must hold for a row to be one."""

    rows: Rows
    key: str
    owner: exp.Expr
    at: exp.Expr
    filters: tuple[exp.Expr, ...]


def happened(
    scope: Scope, occurrence: Occurrence, span: DateSpan | None = None, who: Predicate | None = None
) -> Happened:
    """The rows of `occurrence` that belong to people for whom `who` holds, inside `span` if there is one."""
    check_where(occurrence.where, scope.context)
    name = entity_that_reaches(scope, Did(entity=occurrence.entity, where=occurrence.where))
    rows = Rows(scope, name, _time_of(scope, name))
    owner, at = rows.key_of(scope.customer), rows.own_time()
    filters: list[exp.Expr] = [exp.Not(this=exp.Is(this=owner.copy(), expression=exp.Null()))]
    if span is not None:
        filters.insert(0, inside(at, span))
    filters += Conditions(rows).keep(occurrence.where)
    filters += Conditions(rows).keep(who)
    return Happened(rows, key_name(scope), owner, at, tuple(filters))


def entity_that_reaches(scope: Scope, did: Did) -> str:
    """The entity itself, or the one finer entity whose rows lead both to it and to all fields of the condition."""
    index = scope.context.index
    fields = needs_of(did.where, index, scope.customer)
    lacking = [need for need in fields if not reaches(index, did.entity, need.entity)]
    if not lacking and reaches(index, did.entity, scope.customer):
        return did.entity
    finer = [
        entity.name
        for entity in index.model.entities
        if entity.name != did.entity
        and all(
            reaches(index, entity.name, other) for other in (did.entity, scope.customer, *(n.entity for n in fields))
        )
    ]
    if len(finer) == 1:
        return finer[0]
    label = index.entity(did.entity).words.label
    what = lacking[0].field if lacking else scope.customer
    raise InvalidPlanError(
        Text(
            zh=f"「{label.zh}」的记录不能用 {what} 来筛选：它们之间没有唯一的关联。",
            en=f"Rows of {label.en!r} cannot be filtered by {what!r}: they do not lead to exactly one of it.",
        ),
        suggestions=tuple(field.qualified for field in index.fields_of(did.entity))[:8],
    )


def check_who(where: Predicate | None, scope: Scope) -> None:
    """Raises a `UserError` for a condition that is faulty, or not on people."""
    check_where(where, scope.context)
    index = scope.context.index
    for need in needs_of(where, index, scope.customer):
        if not reaches(index, scope.customer, need.entity):
            field = index.field(need.field).words.label if "." in need.field else index.entity(need.entity).words.label
            people = index.entity(scope.customer).words.label
            raise InvalidPlanError(
                Text(
                    zh=f"这里只能按{people.zh}自己的条件筛选，「{field.zh}」不是。可以把它放到某一步里。",
                    en=f"Only conditions on the {people.en} fit here, and {field.en!r} is none. Put it on one of the steps.",
                ),
                suggestions=[field.qualified for field in index.fields_of(scope.customer)][:8],
            )


def check_date_grain(grain: Grain) -> None:
    """Raises `InvalidPlanError` for a grain within a day."""
    if grain not in DATE_GRAINS:
        raise InvalidPlanError(
            Text(
                zh="留存只能按天、周、月、季度或年来看。",
                en="Retention is shown by day, week, month, quarter or year.",
            ),
            suggestions=[one.value for one in DATE_GRAINS],
        )


def start_of(scope: Scope, moment: exp.Expr, grain: Grain) -> exp.Expr:
    """The first day of the company's period that holds `moment`."""
    return period_start(moment, grain, sunday=scope.calendar.conventions.week_start == "sunday")


def length(count: exp.Expr, grain: Grain) -> exp.Expr:
    """`count` periods as a length of time."""
    unit, times = {
        Grain.DAY: ("DAY", 1),
        Grain.WEEK: ("DAY", 7),
        Grain.MONTH: ("MONTH", 1),
        Grain.QUARTER: ("MONTH", 3),
        Grain.YEAR: ("MONTH", 12),
    }[grain]
    return exp.Mul(this=count, expression=exp.Interval(this=exp.Literal.number(times), unit=exp.var(unit)))


def listed_numbers(name: str, numbers: Sequence[int]) -> exp.Select:
    """SELECT of one column with these numbers, one a row."""
    alias = exp.TableAlias(this=exp.to_identifier("numbers"), columns=[exp.to_identifier(name)])
    rows = [exp.Tuple(expressions=[exp.Literal.number(one)]) for one in numbers]
    return exp.Select(expressions=[exp.column(name)], from_=exp.From(this=exp.Values(expressions=rows, alias=alias)))


def _time_of(scope: Scope, entity: str) -> str:
    """The entity's own time; else the one that all metrics of its rows with a time go by: people register."""
    index = scope.context.index
    found = index.entity(entity)
    times = {found.time} if found.time is not None else _measured_times(index, entity)
    if len(times) != 1:
        raise _without_time(index, entity)
    (time,) = times
    return time if "." in time else f"{entity}.{time}"


def _measured_times(index: ModelIndex, entity: str) -> set[str]:
    bodies = (metric.body for metric in index.model.metrics)
    measures = (measure for body in bodies if isinstance(body, Simple) for measure in body.measures)
    return {measure.time for measure in measures if measure.entity == entity and measure.time is not None}


def _without_time(index: ModelIndex, entity: str) -> InvalidPlanError:
    label = index.entity(entity).words.label
    timed = [one for one in index.model.entities if one.time is not None or _measured_times(index, one.name)]
    return InvalidPlanError(
        Text(
            zh=f"「{label.zh}」没有时间，不知道先后。有时间的有：{'、'.join(one.words.label.zh for one in timed)}。",
            en=f"{label.en!r} has no time, so nothing comes before or after it. "
            f"These have one: {', '.join(one.words.label.en for one in timed)}.",
        ),
        suggestions=[one.name for one in timed][:8],
    )
