"""Conditions on people as steps of keys: what they did, what a metric is for them, where they rank, saved segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.conditions import BINARY, OPPOSITE, Conditions, held
from semantic_layer.compiler.literals import all_of, inside, number
from semantic_layer.compiler.members import check_listable, is_listed
from semantic_layer.compiler.metrics import is_zero_without_rows
from semantic_layer.compiler.occurrences import entity_that_reaches
from semantic_layer.compiler.rows import Members, Rows, Scope
from semantic_layer.compiler.sequences import occurrences
from semantic_layer.compiler.tags import tag_values
from semantic_layer.compiler.values import key_name, keys_from, top_share, values_of, values_of_people, within_share
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Tag
from semantic_layer.query.predicate import Did, HasMetric, InSegment, Op, Ranked
from semantic_layer.query.time import Span, TimeRange
from semantic_layer.segments import Members as Listed

_SEGMENT = Text("人群", "segment")
_COMPARE: dict[Op, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}


class PersonSteps:
    """The `Steps` of every scope. It holds nothing: all state is in the scope's statement."""

    def tag(self, scope: Scope, tag: Tag) -> str:
        return scope.statement.step(f"tag_{tag.name}", tag_values(scope, tag), f"tag {tag.name} on {scope.as_of}")

    def metric(self, scope: Scope, metric: str, entity: str) -> tuple[str, tuple[str, ...]]:
        return values_of(scope, entity, (metric,), None)

    def members(self, scope: Scope, condition: Did | HasMetric | Ranked | InSegment, *, wanted: bool) -> Members:
        match condition:
            case Did():
                return _did(scope, condition, wanted=wanted)
            case HasMetric():
                return _has_metric(scope, condition)
            case Ranked():
                return _ranked(scope, condition)
            case InSegment(name=name):
                return _in_segment(scope, name)
            case _:
                assert_never(condition)


def _did(scope: Scope, did: Did, *, wanted: bool) -> Members:
    absent = _COMPARE[did.op](0, did.count)
    op = OPPOSITE[did.op] if absent else did.op
    counts = not _means_at_least_one(op, did.count)
    once_each = counts or scope.statement.keys_once or wanted == absent  # an anti join is faster over different keys
    select, when = _in_order(scope, did, op) if _has_order(did) else _at_any_time(scope, did, op)
    if absent and not _can_fail(did):
        select = select.where(exp.Boolean(this=False), copy=False)
    if once_each:
        select.set("group", exp.Group(expressions=[exp.Literal.number(1)]))
    if not counts:
        select.set("having", None)
    comment = f"people with {did.entity} {op} {did.count}{when}"
    name = scope.statement.step(f"people_with_{did.entity}", select, comment)
    return Members(name, key_name(scope), absent, once_each)


def _has_order(did: Did) -> bool:
    return did.which != "any" or did.then is not None


def _in_order(scope: Scope, did: Did, op: Op) -> tuple[exp.Select, str]:
    """Keys of the rows that count because of what was first or last, or of what followed."""
    key = key_name(scope)
    step = occurrences(scope, did)
    select = exp.Select(expressions=[exp.column(key)], from_=exp.From(this=exp.table_(step)))
    counted = exp.Count(this=exp.Star(), big_int=True)
    select.set("having", exp.Having(this=BINARY[op](this=counted, expression=number(did.count))))
    return select, ", in their order"


def _at_any_time(scope: Scope, did: Did, op: Op) -> tuple[exp.Select, str]:
    entity = entity_that_reaches(scope, did)
    rows = Rows(scope, entity, _time_of_entity(scope, entity))
    key, name = rows.key_of(scope.customer), key_name(scope)
    filters: list[exp.Expr] = [exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null()))]
    if entity != did.entity:
        filters.append(exp.Not(this=exp.Is(this=rows.key_of(did.entity), expression=exp.Null())))
    span = _span_of_behaviour(scope, did.time)
    filters = [*_time_filter(rows, entity, span), *filters]
    filters += Conditions(rows).keep(did.where)
    counted: exp.Expr = exp.Count(this=exp.Star(), big_int=True)
    if entity != did.entity:
        counted = exp.Count(this=exp.Distinct(expressions=[rows.key_of(did.entity)]), big_int=True)
    select = rows.select(exp.alias_(key, name, copy=False), where=all_of(filters))
    select.set("having", exp.Having(this=BINARY[op](this=counted, expression=number(did.count))))
    when = f", {span.start} to {span.end}" if did.time is not None and span is not None else ""
    return select, when


def _time_of_entity(scope: Scope, entity: str) -> str | None:
    time = scope.context.index.entity(entity).time
    return time if time is None or "." in time else f"{entity}.{time}"


def _can_fail(did: Did) -> bool:
    """Whether a person with rows can miss a bound that holds without rows (`>= 0` never fails)."""
    return not (did.op in (">=", ">") and did.count <= 0)


def _means_at_least_one(op: Op, count: int) -> bool:
    return (op, count) in ((">=", 1), (">", 0), ("!=", 0))


def _span_of_behaviour(scope: Scope, time: TimeRange | None) -> DateSpan | None:
    """Without a time all days up to the day asked on; nothing needs to be filtered when that is the data's last."""
    if time is not None:
        return scope.calendar.resolve(time)
    if scope.as_of == scope.context.calendar.as_of:
        return None
    return scope.calendar.resolve(Span(None, None))


def _time_filter(rows: Rows, entity: str, span: DateSpan | None) -> list[exp.Expr]:
    name = rows.index.entity(entity).time
    if span is None:
        return []
    if name is None:
        raise _without_time(rows.scope, entity)
    return [inside(rows.field(name if "." in name else f"{entity}.{name}"), span)]


def _without_time(scope: Scope, entity: str) -> InvalidPlanError:
    label = scope.context.index.entity(entity).words.label
    return InvalidPlanError(
        Text(
            zh=f"「{label.zh}」没有时间，不能限定时间。",
            en=f"{label.en!r} has no time, so it cannot be limited to one.",
        )
    )


def _has_metric(scope: Scope, bound: HasMetric) -> Members:
    """People whose metric meets the bound. Where 0 meets it and nothing happened means 0, those who fail it instead."""
    entity = bound.entity or scope.customer
    step, keys = values_of(scope, entity, (bound.metric,), bound.time, bound.where)
    value = exp.column(bound.metric)
    meets = _COMPARE[bound.op](0, bound.value) and (bound.high is None or bound.high >= 0)
    absent = meets and is_zero_without_rows(scope.context, bound.metric)
    failing = BINARY[OPPOSITE[bound.op]](this=value, expression=number(bound.value))
    parts: list[exp.Expr] = [failing if absent else held(value, bound.op, bound.value)]
    if bound.high is not None:
        above = exp.GT if absent else exp.LTE
        parts.append(above(this=value.copy(), expression=number(bound.high)))
    condition: exp.Expr | None = exp.or_(*parts, copy=False) if absent else all_of(parts)
    select = keys_from(step, keys, condition)
    what = "fails" if absent else "meets"
    kind = "people" if entity == scope.customer else entity
    name = scope.statement.step(f"{kind}_by_{bound.metric}", select, f"{kind} whose {bound.metric} {what} the bound")
    other = None if entity == scope.customer else entity
    return Members(name, keys[0], absent, joinable=True, entity=other, more_keys=keys[1:])


def _ranked(scope: Scope, ranked: Ranked) -> Members:
    step, key = values_of_people(scope, (ranked.metric,), ranked.time)
    value = exp.column(ranked.metric)
    known = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
    order = exp.Order(
        expressions=[
            exp.Ordered(this=value, desc=ranked.direction == "top", nulls_first=False),
            exp.Ordered(this=exp.column(key), desc=False, nulls_first=False),
        ]
    )
    comment = f"{ranked.direction} people by {ranked.metric}, ties by key"
    name = f"{ranked.direction}_by_{ranked.metric}"
    if ranked.count is not None:
        select = keys_from(step, key, known)
        select.set("order", order)
        select.set("limit", exp.Limit(expression=number(ranked.count)))
        return Members(scope.statement.step(name, select, comment), key)
    places = top_share(step, key, order, known)
    ranks = scope.statement.step(f"ranks_by_{ranked.metric}", places, f"{ranked.metric} ranks")
    return Members(
        scope.statement.step(
            name, keys_from(ranks, key, within_share(1.0 if ranked.share is None else ranked.share)), comment
        ),
        key,
    )


def _in_segment(scope: Scope, name: str) -> Members:
    listed = scope.context.segments.members(name)
    if listed is not None:
        return _on_list(scope, name, listed)
    audience = scope.context.segments.audience(name)
    if audience is None:
        raise UnknownNameError(_SEGMENT, name, nearest(name, scope.context.segments.names()))
    if name in scope.segments:
        raise InvalidPlanError(
            Text(
                zh=f"人群「{name}」的定义包含了它自己。", en=f"The definition of the segment {name!r} contains itself."
            )
        )
    inner = scope.inside_segment(name).on(audience.as_of)
    rows = Rows(inner, audience.entity)
    key, column = rows.key_of(scope.customer), key_name(scope)
    condition = all_of(Conditions(rows).keep(audience.where))
    select = rows.select(exp.alias_(key, column, copy=False), where=condition)
    return Members(scope.statement.step("people_in_segment", select, "people of a saved segment"), column)


def _on_list(scope: Scope, name: str, listed: Listed) -> Members:
    """People whose key is on a list: only those who are in the data, and whom the user may see."""
    check_listable(scope.context.index.entity(scope.customer), name)
    rows = Rows(scope, scope.customer)
    key, column = rows.key_of(scope.customer), key_name(scope)
    select = rows.select(exp.alias_(key, column, copy=False), where=is_listed(key, listed))
    return Members(scope.statement.step("people_on_list", select, "people of a saved list"), column)
