"""Aggregates simple metrics over rows. Each pass scans one entity once; passes are joined only after aggregation.

Metrics of the same entity and time share a pass. Where people (or other keys) are counted, the pass has two levels: rows
are first grouped by the key besides the question's groups, then the groups are aggregated; sums and counts ride along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlglot import exp

from semantic_layer.calendar.arithmetic import ONE_DAY, DateSpan
from semantic_layer.compiler.conditions import Conditions, needs_of
from semantic_layer.compiler.groups import FieldGroup, Group, PeriodGroup, group_expression, group_needs
from semantic_layer.compiler.levels import Counted, TwoLevels, plain_aggregate
from semantic_layer.compiler.literals import all_of, any_of, inside, inside_hull
from semantic_layer.compiler.metrics import choose, reaches
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Measure
from semantic_layer.query.predicate import Predicate, conjuncts

_RIDES_ALONG = {Aggregation.SUM, Aggregation.COUNT, Aggregation.MIN, Aggregation.MAX, Aggregation.AVERAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One simple metric over one span of days, to be put in `column`. `sql_where` is a fragment of a definition.

    `measure` is set where something else is computed over the metric's rows, such as the people behind them.
    """

    column: str
    metric: str
    span: DateSpan | None = None
    where: Predicate | None = None
    sql_where: str = ""
    measure: Measure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A step that holds the groups' columns and the columns of some readings, all over `span` if it is set."""

    step: str
    columns: tuple[str, ...]
    span: DateSpan | None = None


@dataclass(slots=True)
class _Bucket:
    """Readings over the same rows; of one span when grouped by period, as positions are aligned later."""

    entity: str
    time: str | None
    span: DateSpan | None
    items: list[tuple[Reading, Measure]] = field(default_factory=list)


def time_of(index: ModelIndex, measure: Measure) -> str | None:
    """The time dimension that dates a measure's rows, qualified. Customers are counted as they are now, unless it says so."""
    name = measure.time
    if name is None and measure.entity != index.model.customer_entity:
        name = index.entity(measure.entity).time
    if name is None or "." in name:
        return name
    return f"{measure.entity}.{name}"


def measure_for(scope: Scope, reading: Reading, groups: Sequence[Group], where: Predicate | None) -> Measure:
    """The measure that serves a reading grouped by `groups` and filtered by `where`."""
    if reading.measure is not None:
        return reading.measure
    index = scope.context.index
    needs = [
        *group_needs(groups, index),
        *needs_of(where, index, scope.customer),
        *needs_of(reading.where, index, scope.customer),
    ]
    metric = index.metric(reading.metric)
    measure = choose(index, metric, needs)
    if time_of(index, measure) is None and any(isinstance(group, PeriodGroup) for group in groups):
        raise InvalidPlanError(
            Text(
                zh=f"「{metric.words.label.zh}」是当前的数，没有时间，不能按时间展开。",
                en=f"{metric.words.label.en!r} is counted as of now and has no time, so it cannot be shown over time.",
            )
        )
    return measure


def aggregate(
    scope: Scope, readings: Sequence[Reading], groups: Sequence[Group], where: Predicate | None = None
) -> tuple[Pass, ...]:
    """Adds the passes that compute `readings` by `groups` over the rows where `where` holds."""
    index = scope.context.index
    by_period = any(isinstance(group, PeriodGroup) for group in groups)
    buckets: dict[tuple[str, str | None, DateSpan | None], _Bucket] = {}
    for reading in readings:
        measure = measure_for(scope, reading, groups, where)
        time = time_of(index, measure)
        span = reading.span if by_period else None
        bucket = buckets.setdefault((measure.entity, time, span), _Bucket(measure.entity, time, span))
        bucket.items.append((reading, measure))
        scope.statement.use(reading.metric)
    return tuple(one for bucket in buckets.values() for one in _passes(scope, bucket, groups, where))


def _passes(scope: Scope, bucket: _Bucket, groups: Sequence[Group], where: Predicate | None) -> list[Pass]:
    """Splits a bucket by the key that is counted; what can ride along rides with the first."""
    by_key: dict[exp.Expr, list[tuple[Reading, Measure]]] = {}
    plain: list[tuple[Reading, Measure]] = []
    keys = [(item, _counted_key(Rows(scope, bucket.entity), item[1])) for item in bucket.items]
    counted = {key for item, key in keys if item[1].per is not None}
    for item, key in keys:
        (by_key.setdefault(key, []) if key is not None and key in counted else plain).append(item)
    riding = [item for item in plain if item[1].agg in _RIDES_ALONG]
    if by_key:
        first = next(iter(by_key))
        by_key[first] = [*riding, *by_key[first]]
        plain = [item for item in plain if item not in riding]
    sets = [*([plain] if plain else []), *by_key.values()]
    return [_pass(scope, bucket, items, groups, where) for items in sets]


def _belongs_to_key(group: Group, entity: str, per: str, index: ModelIndex) -> bool:
    """Whether the group is a field that the key alone decides, so that it can be joined after the rows are grouped."""
    if not isinstance(group, FieldGroup):
        return False
    target = index.field(group.field).entity
    way = index.path(entity, per)
    return reaches(index, per, target) and index.path(entity, target) == (*way, *index.path(per, target))


def _ahead_of_join(rows: Rows, measures: Sequence[Measure], groups: Sequence[Group]) -> str | None:
    """The entity by whose key rows are added up before its fields are joined: one join a key instead of one a row.

    Only where it makes few rows of many: the entity is no event, and its people are not split further by other groups.
    """
    if any(measure.agg not in _RIDES_ALONG for measure in measures):
        return None
    index, entity = rows.index, rows.entity.name
    ways = [index.path(entity, index.field(group.field).entity) for group in groups if isinstance(group, FieldGroup)]
    hops = {way[0].to_entity: way[0] for way in ways if way}
    if len(hops) != 1:
        return None
    ((target, hop),) = hops.items()
    is_customer = target == rows.scope.customer
    late = [group for group in groups if _belongs_to_key(group, entity, target, index)]
    eventful = index.entity(target).time is not None and not is_customer
    single = hop.to_columns == index.entity(target).primary_key and len(hop.to_columns) == 1
    if eventful or not single or not late or rows.has_joined(target) or (is_customer and len(late) < len(groups)):
        return None
    return target


def _counted_key(rows: Rows, measure: Measure) -> exp.Expr | None:
    if measure.per is not None:
        return rows.key_of(measure.per)
    if measure.agg is Aggregation.COUNT_DISTINCT:
        return rows.definition(measure.expr)
    return None


def _pass(
    scope: Scope,
    bucket: _Bucket,
    items: list[tuple[Reading, Measure]],
    groups: Sequence[Group],
    where: Predicate | None,
) -> Pass:
    rows = Rows(scope, bucket.entity)
    spans = _several_spans(bucket, items)
    counted = [_counted(rows, bucket, reading, measure, _hull(spans)) for reading, measure in items]
    common = [part for part in counted[0].conditions if all(part in one.conditions for one in counted)]
    filters = [*common, *Conditions(rows).keep(where)]
    if bucket.time is not None and spans:
        filters = [*_any_span(rows.field(bucket.time), spans), *filters]
    counted = [one.without(common) for one in counted]
    per = next((measure.per for _, measure in items if measure.per is not None), None)
    per = per or _ahead_of_join(rows, [measure for _, measure in items], groups)
    late = [group for group in groups if per is not None and _belongs_to_key(group, bucket.entity, per, rows.index)]
    columns = [(group.column, group_expression(group, rows, bucket.time)) for group in groups if group not in late]
    condition = all_of([part.copy() for part in filters])
    key = rows.key_of(per) if per is not None else None
    name = f"{rows.entity.name}_metrics"
    comment = _comment(rows, items, groups)
    if key is None:
        select = _grouped(rows, columns, [(one.column, plain_aggregate(one)) for one in counted], condition)
        step = scope.statement.step(name, select, comment)
    else:
        levels = TwoLevels(key=key, groups=[group.column for group in groups], readings=counted)
        inner = _grouped(rows, [*columns, (levels.key_column, key)], levels.inner(), condition)
        each = f"{rows.entity.name}_by_{levels.key_column}"
        inner_step = scope.statement.step(each, inner, f"{comment}, by {levels.key_column}")
        owner = Rows(scope, per) if per is not None and late else None
        fields = [(group.column, group_expression(group, owner, None)) for group in late] if owner else []
        step = scope.statement.step(name, levels.outer(inner_step, fields, owner), comment)
    return Pass(step=step, columns=tuple(reading.column for reading, _ in items), span=bucket.span)


def _counted(rows: Rows, bucket: _Bucket, reading: Reading, measure: Measure, hull: DateSpan | None) -> Counted:
    """A reading with its own conditions and, for a bound on groups, the metrics of that bound; all rows lie in `hull`."""
    conditions: list[exp.Expr] = []
    if reading.span is not None and bucket.time is not None:
        time = rows.field(bucket.time)
        within = inside(time, reading.span) if hull is None else inside_hull(time, reading.span, hull)
        conditions += [] if within is None else [within]
    if measure.where and not _only_asks_for_key(rows, measure):
        conditions.append(_guarded(rows.definition(measure.where)))
    if reading.sql_where:
        conditions.append(_guarded(rows.definition(reading.sql_where)))
    conditions.extend(Conditions(rows).holds(part) for part in conjuncts(reading.where))
    value = rows.definition(measure.expr) if measure.expr and measure.per is None else None
    return Counted(column=reading.column, measure=measure, value=value, conditions=conditions, rows=rows)


def _only_asks_for_key(rows: Rows, measure: Measure) -> bool:
    """Whether the condition is that the counted key is known, which counting it says already."""
    key = _counted_key(rows, measure)
    return key is not None and rows.definition(measure.where) == exp.Not(this=exp.Is(this=key, expression=exp.Null()))


def _guarded(condition: exp.Expr) -> exp.Expr:
    return exp.Paren(this=condition) if isinstance(condition, exp.Or) else condition


def _several_spans(bucket: _Bucket, items: Sequence[tuple[Reading, Measure]]) -> list[DateSpan]:
    """The different spans of a pass in order of their first days; none where one span, or no time, is all there is."""
    spans = {reading.span for reading, _ in items}
    if len(spans) < 2 or bucket.time is None or None in spans:
        return []
    return sorted((span for span in spans if span is not None), key=lambda span: span.start)


def _hull(ordered: Sequence[DateSpan]) -> DateSpan | None:
    return DateSpan(ordered[0].start, max(span.end for span in ordered)) if ordered else None


def _any_span(time: exp.Expr, ordered: list[DateSpan]) -> list[exp.Expr]:
    """Rows of any of the spans: first the hull, which lets the engine skip blocks, then the spans themselves."""
    hull = DateSpan(ordered[0].start, max(span.end for span in ordered))
    if hull in ordered or _without_gap(ordered):
        return [inside(time, hull)]
    among = [inside_hull(time, span, hull) for span in ordered]
    return [inside(time, hull), any_of([part for part in among if part is not None])]


def _without_gap(ordered: list[DateSpan]) -> bool:
    return all(after.start <= before.end + ONE_DAY for before, after in pairwise(ordered))


def _grouped(
    rows: Rows,
    groups: list[tuple[str, exp.Expr]],
    values: list[tuple[str, exp.Expr]],
    condition: exp.Expr | None,
) -> exp.Select:
    expressions = [exp.alias_(value, name, copy=False) for name, value in (*groups, *values)]
    select = rows.select(*expressions, where=condition)
    if groups:
        positions = [exp.Literal.number(position) for position in range(1, len(groups) + 1)]
        select.set("group", exp.Group(expressions=positions))
    return select


def _comment(rows: Rows, items: list[tuple[Reading, Measure]], groups: Sequence[Group]) -> str:
    names = list(dict.fromkeys(reading.metric for reading, _ in items))
    by = f" by {', '.join(group.column for group in groups)}" if groups else ""
    spans = list(dict.fromkeys(f"{reading.span.start} to {reading.span.end}" for reading, _ in items if reading.span))
    when = f", {' and '.join(spans)}" if spans else ""
    return f"{', '.join(names)} from {rows.entity.name}{by}{when}"
