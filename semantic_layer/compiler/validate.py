"""Checks a question against the definitions before anything is compiled: names, types, values, bounds, contradictions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import assert_never

from semantic_layer.compiler.consistency import check_consistent
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.metrics import is_additive, is_dated, leaves
from semantic_layer.compiler.moments import check_moment
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import ColumnType, Dimension, Scalar, Tag
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Op,
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.types import Audience, ByField, ByTime, Kept, Query

_NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT)
_DATES = (ColumnType.DATE, ColumnType.TIMESTAMP)
_VALUE = Text("取值", "value")
_TYPE_NAMES = {
    ColumnType.STRING: Text("文字", "text"),
    ColumnType.INTEGER: Text("数字", "a number"),
    ColumnType.DECIMAL: Text("数字", "a number"),
    ColumnType.FLOAT: Text("数字", "a number"),
    ColumnType.BOOLEAN: Text("是或否", "true or false"),
    ColumnType.DATE: Text("日期（如 2026-10-31）", "a date such as 2026-10-31"),
    ColumnType.TIMESTAMP: Text("日期（如 2026-10-31）", "a date such as 2026-10-31"),
}


def check_query(query: Query, context: CompileContext) -> None:
    """Raises a `UserError` for the first fault of a query."""
    index = context.index
    if not query.metrics:
        _check_values_query(query, context)
    for name in (*query.metrics, *(bound.metric for bound in query.having)):
        index.metric(name)
        leaves(index, name)
    _check_groups(query, context)
    check_where(query.where, context)
    for bound in query.having:
        _check_number(bound.metric, context)
        _check_range(bound.value, bound.high, index.metric(bound.metric).words.label)
    _check_order(query, context)
    if query.limit is not None and query.limit < 1:
        raise _wrong(
            f"条数必须至少是 1，而不是 {query.limit}。", f"The number of rows must be at least 1, not {query.limit}."
        )
    if query.share:
        _check_share(query, context)
    if query.rank and not query.by:
        raise _wrong("排名需要先说明在什么之间排，如按城市。", "A rank needs groups to be ranked, such as cities.")
    for kept in query.keep:
        _check_kept(kept, query, context)
    _check_alignment(query, context)


def _check_alignment(query: Query, context: CompileContext) -> None:
    """Refuses periods that do not meet the same periods of the other side."""
    grains = [group.grain for group in query.by if isinstance(group, ByTime) and not (group.part or group.own)]
    for grain in grains:
        for other in query.compare_to:
            if query.time is not None:
                context.calendar.check_comparison(query.time, other, grain)


def _check_values_query(query: Query, context: CompileContext) -> None:
    """Without metrics, values of fields are asked for, and nothing that only a number can have."""
    if not query.by:
        raise _wrong("没有说明要看哪个指标。", "No metric was asked for.", suggestions=_first_metrics(context))
    if query.extremes and len(query.by) != 1:
        raise _wrong(
            "最小值和最大值一次只能看一个维度。", "The least and the greatest value are of one field at a time."
        )
    if query.compare_to or query.having or query.share or query.rank or query.keep:
        raise _wrong(
            "没有指标就没有可以对比、设条件或算占比的数。",
            "Without a metric there is nothing to compare, to hold against a bound or to share out.",
            suggestions=_first_metrics(context),
        )


def check_audience(audience: Audience, context: CompileContext) -> None:
    """Raises a `UserError` for the first fault of an audience."""
    context.index.entity(audience.entity)
    today = context.calendar.as_of
    if audience.as_of is not None and audience.as_of > today:
        raise _wrong(
            f"{audience.as_of} 还没有到来：数据截至 {today}。",
            f"{audience.as_of} is in the future: the data ends on {today}.",
        )
    check_where(audience.where, context)


def check_fields(fields: Sequence[str], entity: str, context: CompileContext) -> None:
    """Raises a `UserError` for a field that is unknown or not reached from `entity`."""
    for field in fields:
        context.index.path(entity, context.index.field(field).entity)


def check_where(where: Predicate | None, context: CompileContext) -> None:
    """Raises a `UserError` for the first fault of a condition."""
    if where is None:
        return
    _check_part(where, context)
    check_consistent(where, context.index)


def _check_part(where: Predicate, context: CompileContext) -> None:
    match where:
        case And(items=items) | Or(items=items):
            for item in items:
                _check_part(item, context)
        case Not(item=item):
            _check_part(item, context)
        case Did() | HasMetric() | Ranked() | InSegment():
            _check_person(where, context)
        case Compare() | Among() | Between() | IsNull() | Contains():
            _check_field(where, context)
        case Moment():
            check_moment(where, context)
        case _:
            assert_never(where)


def _check_field(where: Compare | Among | Between | IsNull | Contains, context: CompileContext) -> None:
    index = context.index
    match where:
        case Compare(field=field, op=op, value=value):
            _check_value(index.field(field), value)
            _check_comparable(index.field(field), op)
        case Among(field=field, values=values):
            for value in values:
                _check_value(index.field(field), value)
        case Between(field=field, low=low, high=high):
            _check_value(index.field(field), low)
            _check_value(index.field(field), high)
            _check_comparable(index.field(field), ">=")
        case IsNull(field=field):
            index.field(field)
        case Contains(field=field):
            if index.field(field).type is not ColumnType.STRING:
                raise _type_error(index.field(field), where.text)
        case _:
            assert_never(where)


def _check_person(where: Did | HasMetric | Ranked | InSegment, context: CompileContext) -> None:
    index = context.index
    match where:
        case Did(entity=entity, count=count):
            index.entity(entity)
            if count < 0:
                raise _wrong(f"次数不能是负数（{count}）。", f"A number of times cannot be negative ({count}).")
            check_where(where.where, context)
        case HasMetric(metric=metric, value=value, high=high):
            leaves(index, metric)
            _check_number(metric, context)
            _check_range(value, high, index.metric(metric).words.label)
            check_where(where.where, context)
        case Ranked(metric=metric, count=count, share=share):
            leaves(index, metric)
            _check_rank(count, share)
        case InSegment():
            return
        case _:
            assert_never(where)


def _check_rank(count: int | None, share: float | None) -> None:
    if (count is None) == (share is None):
        raise _wrong(
            "排名需要且只需要人数或比例之一。", "A ranking needs either a number of people or a share, not both."
        )
    if count is not None and count < 1:
        raise _wrong(f"人数必须至少是 1，而不是 {count}。", f"The number of people must be at least 1, not {count}.")
    if share is not None and not 0 < share <= 1:
        raise _wrong(
            f"比例必须大于 0% 且不超过 100%，而不是 {share:.4g}。",
            f"A share must be above 0% and at most 100%, not {share:.4g}.",
        )


def _check_number(metric: str, context: CompileContext) -> None:
    """A bound is a number, and a day is neither above nor below one."""
    found = context.index.metric(metric)
    if not is_dated(context.index, metric):
        return
    label = found.words.label
    raise _wrong(
        f"「{label.zh}」是日期，不能跟数字比大小；可以按它排序，或用“第一次、最后一次发生在某段时间”来筛选。",
        f"{label.en!r} is a date, which cannot be held against a number; order by it, or ask who did something first or "
        "last within a time.",
    )


def _check_range(low: float, high: float | None, label: Text) -> None:
    if high is not None and high < low:
        raise _wrong(
            f"「{label.zh}」的范围前后矛盾：{high:g} 小于 {low:g}。",
            f"The range of {label.en!r} is empty: {high:g} is below {low:g}.",
        )


def _check_groups(query: Query, context: CompileContext) -> None:
    for group in query.by:
        match group:
            case ByField(field=field):
                context.index.field(field)
            case ByTime():
                pass
            case _:
                assert_never(group)
    if len(set(query.by)) < len(query.by):
        raise _wrong("同一个分组出现了两次。", "The same grouping was asked for twice.")
    _check_periods(query)


def _check_periods(query: Query) -> None:
    """A result that holds years side by side needs one column of periods that can be laid beside each other."""
    times = [group for group in query.by if isinstance(group, ByTime) and group.part is None]
    if query.compare_to and (len(times) > 1 or any(group.own is not None for group in times)):
        raise _wrong(
            "跟别的时期比时，只能按一种日历周期（天、周、月、季、年）展开。",
            "Held against another period, a result can be shown by one kind of calendar period only.",
        )


def _check_order(query: Query, context: CompileContext) -> None:
    groups = {group.field if isinstance(group, ByField) else "time" for group in query.by}
    for order in query.order:
        if order.by in groups:
            continue
        if not context.index.has_metric(order.by):
            names = (*query.metrics, *sorted(groups))
            raise UnknownNameError(Text("排序依据", "order"), order.by, nearest(order.by, names) or names)
        leaves(context.index, order.by)
        if order.what != "value" and not query.compare_to:
            raise _wrong(
                "按变化排序需要先说明跟哪个时期比（如同比、环比）。",
                "To order by change, say what to compare with: the period before or the year before.",
            )
        if order.what != "value" and order.by not in query.metrics:
            raise _wrong("按变化排序的指标必须是所看的指标。", "Ordering by change needs a metric that is shown.")


def _check_kept(kept: Kept, query: Query, context: CompileContext) -> None:
    field = context.index.field(kept.field)
    if not any(group == ByField(kept.field) for group in query.by):
        label = field.words.label
        raise _wrong(
            f"要只看「{label.zh}」的几个取值，需要先按它分组。",
            f"To show some values of {label.en!r} only, group by it.",
            suggestions=(kept.field,),
        )
    for value in kept.values:
        _check_value(field, value)


def _check_share(query: Query, context: CompileContext) -> None:
    for name in query.metrics:
        if not is_additive(context, name):
            label = context.index.metric(name).words.label
            raise _wrong(
                f"「{label.zh}」是比率或平均值，各组相加没有意义，不能算占比。",
                f"{label.en!r} is a rate or an average: values of groups do not add up, so it has no shares.",
            )


def _check_value(field: Dimension | Tag, value: Scalar) -> None:
    if not _FITS[field.type](value):
        raise _type_error(field, value)
    closed = field.values and not (isinstance(field, Dimension) and field.index_values)
    if closed and not any(known.value == value for known in field.values):
        names = [str(known.value) for known in field.values]
        near = nearest(str(value), names) or tuple(names[:8])
        label = field.words.label
        raise InvalidPlanError(
            Text(
                zh=f"「{label.zh}」没有取值「{value}」，可用的有：{'、'.join(names[:20])}。",
                en=f"{label.en!r} has no value {value!r}. It can be: {', '.join(names[:20])}.",
            ),
            suggestions=near,
        )


def _check_comparable(field: Dimension | Tag, op: Op) -> None:
    """Text has an order only where the definitions give its values one."""
    if op in ("=", "!=") or field.type in _NUMBERS or field.type in _DATES:
        return
    if field.ordered and field.values:
        return
    label = field.words.label
    raise _wrong(
        f"「{label.zh}」没有大小顺序，不能用「{op}」来比较。",
        f"{label.en!r} has no order, so it cannot be compared with {op!r}.",
    )


def _type_error(field: Dimension | Tag, value: Scalar) -> InvalidPlanError:
    label, kind = field.words.label, _TYPE_NAMES[field.type]
    return InvalidPlanError(
        Text(zh=f"「{label.zh}」需要{kind.zh}，而不是「{value}」。", en=f"{label.en!r} takes {kind.en}, not {value!r}.")
    )


def _is_text(value: Scalar) -> bool:
    return isinstance(value, str)


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_date(value: Scalar) -> bool:
    if not isinstance(value, str):
        return False
    try:
        date.fromisoformat(value) if len(value) == len("2026-01-01") else datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_flag(value: Scalar) -> bool:
    return isinstance(value, bool)


_FITS: dict[ColumnType, Callable[[Scalar], bool]] = {
    ColumnType.STRING: _is_text,
    ColumnType.INTEGER: _is_number,
    ColumnType.DECIMAL: _is_number,
    ColumnType.FLOAT: _is_number,
    ColumnType.BOOLEAN: _is_flag,
    ColumnType.DATE: _is_date,
    ColumnType.TIMESTAMP: _is_date,
}


def _first_metrics(context: CompileContext) -> tuple[str, ...]:
    return tuple(metric.name for metric in context.index.model.metrics[:5])


def _wrong(zh: str, en: str, *, suggestions: Sequence[str] = ()) -> InvalidPlanError:
    return InvalidPlanError(Text(zh=zh, en=en), suggestions=suggestions)
