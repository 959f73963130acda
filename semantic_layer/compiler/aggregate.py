"""Aggregates simple metrics over rows. Each pass scans one entity once; passes are joined only after aggregation.

Metrics of the same entity and time share a pass. Where people (or other keys) are counted, the pass has two levels: rows
are first grouped by the key besides the question's own groups, then the groups are aggregated; sums and counts ride along.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp

from semantic_layer.calendar.arithmetic import ONE_DAY, DateSpan
from semantic_layer.compiler.conditions import Conditions
from semantic_layer.compiler.groups import FieldGroup, Group, group_expression
from semantic_layer.compiler.levels import Counted, TwoLevels, plain_aggregate
from semantic_layer.compiler.literals import all_of, any_of, inside, inside_hull
from semantic_layer.compiler.metrics import reaches
from semantic_layer.compiler.readings import Bucket, Item, Pass
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, ColumnType, Measure
from semantic_layer.query.predicate import Predicate, conjuncts

_RIDES_ALONG = {
    Aggregation.SUM,
    Aggregation.COUNT,
    Aggregation.SUM_BOOLEAN,
    Aggregation.MIN,
    Aggregation.MAX,
    Aggregation.AVERAGE,
}


def passes_over(scope: Scope, bucket: Bucket, groups: Sequence[Group], where: Predicate | None) -> list[Pass]:
    """Splits a bucket by the key that is counted; what can ride along rides with the first."""
    by_key: dict[exp.Expr, list[Item]] = {}
    plain: list[Item] = []
    keys = [(item, counted_key(bucket.rows(scope), item.measure)) for item in bucket.items]
    counted = {key for item, key in keys if item.measure.per is not None}
    for item, key in keys:
        (by_key.setdefault(key, []) if key is not None and key in counted else plain).append(item)
    riding = [item for item in plain if item.measure.agg in _RIDES_ALONG]
    if by_key:
        first = next(iter(by_key))
        by_key[first] = [*riding, *by_key[first]]
        plain = [item for item in plain if item not in riding]
    sets = [*([plain] if plain else []), *by_key.values()]
    return [one_pass(scope, bucket, bucket.rows(scope), items, groups, where) for items in sets]


def _belongs_to_key(group: Group, entity: str, per: str, index: ModelIndex) -> bool:
    """Whether the group is a field that the key alone decides, so that it can be joined after the rows are grouped."""
    if not isinstance(group, FieldGroup) or ">" in group.field or group.own is not None:
        return False
    target = index.field(group.field).entity
    if target == per and Rows.names_key(index, group.field):
        return False  # the key is known without its owner, also where it leads nowhere
    if any(index.entity(one).validity is not None for one in (target, per)):
        return False
    way = index.path(entity, per)
    if not reaches(index, per, target) or index.path(entity, target) != (*way, *index.path(per, target)):
        return False
    return not any(index.entity(hop.to_entity).validity is not None for hop in index.path(per, target))


def _ahead_of_join(rows: Rows, measures: Sequence[Measure], groups: Sequence[Group]) -> str | None:
    """The entity by whose key rows are added up before its fields are joined: one join a key instead of one a row.

    Only where it makes few rows of many: the entity is no event, and its people are not split further by other groups.
    """
    if any(measure.agg not in _RIDES_ALONG for measure in measures):
        return None
    index, entity = rows.index, rows.entity.name
    ways = [index.way(entity, group.field) for group in groups if isinstance(group, FieldGroup)]
    hops = {way[0].to_entity: way[0] for way in ways if way}
    if len(hops) != 1:
        return None
    ((target, hop),) = hops.items()
    is_customer = target == rows.scope.customer
    late = [group for group in groups if _belongs_to_key(group, entity, target, index)]
    owner = index.entity(target)
    eventful = owner.time is not None and not is_customer
    single = hop.to_columns == owner.primary_key and len(hop.to_columns) == 1 and owner.partition is None
    if eventful or not single or not late or rows.has_joined(target) or (is_customer and len(late) < len(groups)):
        return None
    return target


def counted_key(rows: Rows, measure: Measure) -> exp.Expr | None:
    if measure.per is not None:
        return rows.key_of(measure.per)
    if measure.agg is Aggregation.COUNT_DISTINCT:
        return rows.definition(measure.expr)
    return None


def one_pass(
    scope: Scope, bucket: Bucket, rows: Rows, items: list[Item], groups: Sequence[Group], where: Predicate | None
) -> Pass:
    """The step with `items` by `groups`. `rows` may already be joined to a clock, which then says when they count."""
    spans = _several_spans(bucket, items)
    counted = [_counted(rows, bucket, item, _hull(spans)) for item in items]
    common = [part for part in counted[0].conditions if all(part in one.conditions for one in counted)]
    filters = [*common, *Conditions(rows).keep(where)]
    if bucket.time is not None and spans:
        filters = [*_any_span(rows.field(bucket.time), spans), *filters]
    counted = [one.without(common) for one in counted]
    per = next((item.measure.per for item in items if item.measure.per is not None), None)
    per = per or _ahead_of_join(rows, [item.measure for item in items], groups)
    late = [group for group in groups if per is not None and _belongs_to_key(group, bucket.entity, per, rows.index)]
    columns = [(group.column, group_expression(group, rows)) for group in groups if group not in late]
    condition = all_of([part.copy() for part in filters])
    key = rows.key_of(per) if per is not None else None
    name = f"{rows.entity.name}_metrics"
    comment = comment_on(rows, items, groups)
    if key is None:
        select = grouped(rows, columns, [(one.column, plain_aggregate(one)) for one in counted], condition)
        step = scope.statement.step(name, select, comment)
    else:
        levels = TwoLevels(key=key, groups=[group.column for group in groups], readings=counted)
        inner = grouped(rows, [*columns, (levels.key_column, key)], levels.inner(), condition)
        each = f"{rows.entity.name}_by_{levels.key_column}"
        inner_step = scope.statement.step(each, inner, f"{comment}, by {levels.key_column}")
        owner = Rows(scope, per) if per is not None and late else None
        fields = [(group.column, group_expression(group, owner)) for group in late] if owner else []
        step = scope.statement.step(name, levels.outer(inner_step, fields, owner), comment)
    return Pass(step=step, columns=tuple(item.column for item in items), span=bucket.span)


def _counted(rows: Rows, bucket: Bucket, item: Item, hull: DateSpan | None) -> Counted:
    """A reading with its own conditions and, for a bound on groups, the metrics of that bound; all rows lie in `hull`."""
    conditions: list[exp.Expr] = []
    measure, reading = item.measure, item.reading
    if reading.span is not None and bucket.time is not None and not bucket.is_clocked:
        time = rows.field(bucket.time)
        within = inside(time, reading.span) if hull is None else inside_hull(time, reading.span, hull)
        conditions += [] if within is None else [within]
    conditions += own_conditions(rows, item)
    value = rows.definition(measure.expr) if measure.expr and measure.per is None else None
    column = rows.entity.column(measure.expr)
    middle = measure.agg in (Aggregation.MEDIAN, Aggregation.PERCENTILE)
    if value is not None and middle and column is not None and column.type is ColumnType.DECIMAL:
        value = exp.Cast(
            this=value, to=exp.DataType(this=exp.DataType.Type.DOUBLE)
        )  # between two cents lies half a cent
    return Counted(column=reading.column, measure=measure, value=value, conditions=conditions, rows=rows)


def own_conditions(rows: Rows, item: Item) -> list[exp.Expr]:
    """What a row must meet besides the question's own conditions: those of the measure and of the reading."""
    conditions: list[exp.Expr] = []
    measure, reading = item.measure, item.reading
    if measure.where and not _only_asks_for_key(rows, measure):
        conditions.append(guarded(rows.definition(measure.where)))
    conditions += [guarded(rows.definition(sql)) for sql in reading.leaf.where]
    counted = reading.leaf.counted or (reading.leaf.converted.entity if reading.leaf.converted else None)
    if counted is not None and counted != rows.entity.name:  # what belongs to nobody neither converts nor fails to
        conditions.append(exp.Not(this=exp.Is(this=rows.key_of(counted), expression=exp.Null())))
    conditions += [Conditions(rows).holds(part) for part in conjuncts(reading.where)]
    return conditions


def _only_asks_for_key(rows: Rows, measure: Measure) -> bool:
    """Whether the condition is that the counted key is known, which counting it says already."""
    key = counted_key(rows, measure)
    return key is not None and rows.definition(measure.where) == exp.Not(this=exp.Is(this=key, expression=exp.Null()))


def guarded(condition: exp.Expr) -> exp.Expr:
    return exp.Paren(this=condition) if isinstance(condition, exp.Or) else condition


def _several_spans(bucket: Bucket, items: Sequence[Item]) -> list[DateSpan]:
    """The different spans of a pass in order of their first days; none where one span, or no time, is all there is."""
    spans = {item.reading.span for item in items}
    if len(spans) < 2 or bucket.time is None or None in spans or bucket.is_clocked:
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


def grouped(
    rows: Rows,
    groups: list[tuple[str, exp.Expr]],
    values: list[tuple[str, exp.Expr]],
    condition: exp.Expr | None,
) -> exp.Select:
    """SELECT groups and values FROM the rows, grouped by the groups' positions."""
    expressions = [exp.alias_(value, name, copy=False) for name, value in (*groups, *values)]
    select = rows.select(*expressions, where=condition)
    return by_first(select, len(groups))


def by_first(select: exp.Select, count: int) -> exp.Select:
    """The statement grouped by its first `count` columns."""
    if count:
        positions = [exp.Literal.number(position) for position in range(1, count + 1)]
        select.set("group", exp.Group(expressions=positions))
    return select


def comment_on(rows: Rows, items: Sequence[Item], groups: Sequence[Group]) -> str:
    names = list(dict.fromkeys(item.reading.leaf.metric for item in items))
    by = f" by {', '.join(group.column for group in groups)}" if groups else ""
    spans = list(
        dict.fromkeys(
            f"{item.reading.span.start} to {item.reading.span.end}" for item in items if item.reading.span is not None
        )
    )
    when = f", {' and '.join(spans)}" if spans else ""
    return f"{', '.join(names)} from {rows.entity.name}{by}{when}"
