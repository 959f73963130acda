"""The other parts of a query as chips show them: groupings, bounds on groups, comparisons, order and limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Festival
from semantic_layer.query.time import Against, Aligned, CompareTo, Comparison
from semantic_layer.query.types import Grouping, Order, Query
from semantic_layer.restate.labels import Labels
from semantic_layer.restate.moments import MomentWords
from semantic_layer.restate.periods import PeriodNames

_COMPARED: Final = {
    Comparison.PERIOD_BEFORE: Text("对比上期", "vs previous period"),
    Comparison.YEAR_BEFORE: Text("对比去年同期", "vs same period last year"),
    Comparison.YEAR_BEFORE_WEEKDAY: Text("对比去年同期（按星期对齐）", "vs last year, aligned by weekday"),
}


def grouping(group: Grouping, labels: Labels) -> str:
    return MomentWords(labels.index.model, labels.language, labels.field).grouping(group)


def comparison(compare: CompareTo, language: Language, festivals: Sequence[Festival]) -> str:
    match compare:
        case Against(time=time):
            name = PeriodNames(festivals, language).name(time)
            return f"对比{name}" if language == "zh" else f"vs {name}"
        case Aligned(festival=festival):
            name = PeriodNames(festivals, language).festival(festival)
            return f"对比去年（按{name}对齐）" if language == "zh" else f"vs last year, aligned by {name}"
        case Comparison():
            return _COMPARED[compare].in_(language)
        case _:
            assert_never(compare)


def order(query: Query, labels: Labels) -> str:
    """Order and limit belong together: "销售额最高的 10 个", "top 10 by sales"; without a limit, only the direction."""
    orders = tuple(_one(o, query.limit if at == 0 else None, labels) for at, o in enumerate(query.order))
    if orders:
        return labels.text("，", ", ").join(orders)
    if query.limit is not None:
        return labels.text(f"前 {query.limit:,} 个", f"first {query.limit:,}")
    return ""


def _one(order: Order, limit: int | None, labels: Labels) -> str:
    if order.what != "value":
        return _by_change(order, limit, labels)
    if not labels.index.has_metric(order.by):
        return _by_group(order, limit, labels)
    name, top = labels.metric(order.by), order.descending
    if limit is None:
        return labels.text(
            f"{name}{'从高到低' if top else '从低到高'}", f"{name}, {'high to low' if top else 'low to high'}"
        )
    if limit == 1:
        return labels.text(f"{name}{'最高' if top else '最低'}", f"{'highest' if top else 'lowest'} {name}")
    return labels.text(
        f"{name}{'最高' if top else '最低'}的 {limit:,} 个", f"{'top' if top else 'bottom'} {limit:,} by {name}"
    )


def _by_change(order: Order, limit: int | None, labels: Labels) -> str:
    name = labels.metric(order.by) if labels.index.has_metric(order.by) else labels.field(order.by)
    rate = order.what == "change_rate"
    zh, en = ("增长", "increase") if order.descending else ("下降", "decrease")
    zh, en = (f"{zh}率", f"relative {en}") if rate else (zh, en)
    most = "最高" if rate else "最多"
    if limit is None:
        return labels.text(f"{name}{zh}从大到小", f"{name}, largest {en} first")
    if limit == 1:
        return labels.text(f"{name}{zh}{most}", f"largest {en} in {name}")
    return labels.text(f"{name}{zh}{most}的 {limit:,} 个", f"{limit:,} largest {en}s in {name}")


def _by_group(order: Order, limit: int | None, labels: Labels) -> str:
    if order.by == "time":
        said = labels.text(
            "时间从晚到早" if order.descending else "时间从早到晚",
            "latest first" if order.descending else "earliest first",
        )
    else:
        name = labels.field(order.by) if labels.index.has_field(order.by) else order.by
        said = labels.text(
            f"{name}{'降序' if order.descending else '升序'}",
            f"{name}, {'descending' if order.descending else 'ascending'}",
        )
    return said if limit is None else labels.text(f"{said}，前 {limit:,} 个", f"{said}, first {limit:,}")
