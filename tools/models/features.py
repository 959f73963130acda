"""What is known of each customer on a day, from what bears a date up to that day and nothing later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Metric, Unit
from semantic_layer.query.time import Span
from semantic_layer.query.types import ByField, Query
from tools.models.history import History, first_measure, goal_metrics, person_key, whole_keys
from tools.models.types import Feature, Floats, Ints, Task

WINDOW: Final = 90
"""Days before, over which other behaviour is counted."""
_LEAST_RHYTHM: Final = 7.0
_UNKNOWN_RHYTHM: Final = 90.0
_PRIOR_GAPS: Final = 2.0
"""How many gaps of the usual customer are mixed into the own rhythm, so that one or two gaps do not decide it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """People by features: `values` is (n, f), NaN for unknown; `keys` are ascending."""

    keys: Ints
    values: Floats
    features: tuple[Feature, ...]

    def column(self, name: str) -> Floats:
        return self.values[:, [one.name for one in self.features].index(name)]

    def only(self, held: NDArray[Any]) -> Matrix:
        """Some of the people."""
        return replace(self, keys=self.keys[held], values=self.values[held])


def rhythm_of(history: History) -> Floats:
    """The usual gap in days between two days of each customer: the median of the own gaps, drawn to that of the
    usual customer.
    """
    same = history.who[1:] == history.who[:-1]
    gaps, who = np.diff(history.day)[same].astype(np.float64), history.who[1:][same]
    order = np.lexsort((gaps, who))
    gaps, who = gaps[order], who[order]
    count = np.bincount(who, minlength=len(history.keys))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    some = count > 0
    low, high = first[some] + (count[some] - 1) // 2, first[some] + count[some] // 2
    own = np.zeros(len(history.keys))
    own[some] = (gaps[low] + gaps[high]) / 2
    usual = float(np.median(own[some])) if some.any() else _UNKNOWN_RHYTHM
    return np.maximum((own * count + usual * _PRIOR_GAPS) / (count + _PRIOR_GAPS), _LEAST_RHYTHM)


def buying_features(history: History, until: date) -> Matrix:
    """What buying up to `until` (inside) says of everybody who bought by then."""
    known = history.within(None, until)
    today, people = until.toordinal(), len(known.keys)
    days = np.bincount(known.who, minlength=people).astype(np.float64)
    ends = np.cumsum(days).astype(np.int64) - 1
    last = known.day[ends] if people else known.day
    first = known.day[ends - days.astype(np.int64) + 1] if people else known.day
    rhythm = rhythm_of(known)

    def summed(of: Floats, longest: int | None, shortest: int = 0) -> Floats:
        held = known.day <= today - shortest
        if longest is not None:
            held &= known.day > today - longest
        return np.bincount(known.who[held], weights=of[held], minlength=people).astype(np.float64)

    recency = (today - last).astype(np.float64)
    recent, before = summed(known.times, WINDOW), summed(known.times, 2 * WINDOW, WINDOW)
    value = summed(known.value, None)
    columns = {
        "recency": recency,
        "rhythm": rhythm,
        "overdue": recency / rhythm,
        "days_bought": days,
        "tenure": (today - first).astype(np.float64),
        "times_recent": recent,
        "times_before": before,
        "times_year": summed(known.times, 365),
        "value_year": summed(known.value, 365),
        "value_each": value / np.maximum(summed(known.times, None), 1),
    }
    return Matrix(keys=known.keys, values=np.column_stack([*columns.values()]), features=_named(tuple(columns)))


def features_of(task: Task, history: History, until: date) -> Matrix:
    """All that is known on `until` of everybody who bought by then: buying, and how often other things happened lately.

    Only what bears a date is used. Attributes are left out: they are kept as they are now, not as they were.
    """
    bought = buying_features(history, until)
    goal = tuple(dict.fromkeys(goal_metrics(task.layer.index)))
    bought = replace(bought, features=tuple(replace(one, sources=goal) for one in bought.features))
    counted = other_behaviour(task.layer, task)
    if not counted:
        return bought
    span = Span(until - timedelta(days=WINDOW - 1), until)
    query = Query(metrics=tuple(one.name for one in counted), by=(ByField(person_key(task.layer.index)),), time=span)
    keys, *figures = task.layer.columns(query, task.user, cancel=task.cancel).values()
    found = whole_keys(keys)
    order = np.argsort(found, kind="stable")
    at = np.searchsorted(found[order], bought.keys)
    at = np.minimum(at, max(len(found) - 1, 0))
    met = found[order][at] == bought.keys if len(found) else np.zeros(len(bought.keys), dtype=bool)
    columns = [
        np.where(met, np.nan_to_num(figure.astype(np.float64))[order][at], 0.0) if len(found) else np.zeros(len(met))
        for figure in figures
    ]
    return Matrix(
        keys=bought.keys,
        values=np.column_stack([bought.values, *columns]),
        features=(*bought.features, *(_behaviour(one) for one in counted)),
    )


def other_behaviour(layer: SemanticLayer, task: Task) -> tuple[Metric, ...]:
    """Metrics that count what customers did or what was done to them, each in time, that this person may read.

    Left out are the goal itself, metrics that count the same rows, and those whose rows lead to no customer.
    """
    index = layer.index
    goal = first_measure(index, goal_metrics(index)[0])
    seen = {(goal.entity, goal.where)} if goal is not None else set()
    found: list[Metric] = []
    for metric in index.model.metrics:
        measure = first_measure(index, metric.name)
        if measure is None or metric.hidden or metric.unit is not Unit.COUNT or metric.where or metric.counts:
            continue
        entity = index.entity(measure.entity)
        plain = measure.agg is Aggregation.COUNT and not (measure.per or measure.non_additive)
        if not plain or not (measure.time or entity.time) or entity.name == index.model.customer_entity:
            continue
        if (
            (measure.entity, measure.where) in seen
            or not _leads(index, measure.entity)
            or _about_key(index, measure.where)
        ):
            continue
        if layer.may_use(metric.name, task.user):
            seen.add((measure.entity, measure.where))
            found.append(metric)
    return tuple(found)


def _leads(index: ModelIndex, entity: str) -> bool:
    """Whether each row of the entity points at a customer by itself."""
    person = index.model.customer_entity
    return any(one.from_entity == entity and one.to_entity == person for one in index.model.relationships)


def _about_key(index: ModelIndex, where: str) -> bool:
    """Whether a condition only asks that the customer is known, which holds of everybody here."""
    person = index.model.customer_entity
    columns = {c for one in index.model.relationships if one.to_entity == person for c in one.from_columns}
    return where.removesuffix(" IS NOT NULL") in columns


def _behaviour(metric: Metric) -> Feature:
    label = metric.words.label
    return Feature(
        name=f"{metric.name}_recent",
        label=Text(f"近 {WINDOW} 天{label.zh}", f"{label.en} in the last {WINDOW} days"),
        meaning=Text(
            f"截止日前 {WINDOW} 天的{label.zh}。{metric.words.description.zh}",
            f"{label.en} in the {WINDOW} days before. {metric.words.description.en}",
        ),
        reason=Text(f"近 {WINDOW} 天{label.zh} {{value}}", f"{label.en} in the last {WINDOW} days: {{value}}"),
        sources=(metric.name,),
    )


def _named(names: Sequence[str]) -> tuple[Feature, ...]:
    return tuple(replace(_BUYING[name], name=name) for name in names)


def _one(zh: str, en: str, meaning: Text, reason: Text, digits: int = 0) -> Feature:
    return Feature(name="", label=Text(zh, en), meaning=meaning, reason=reason, digits=digits)


_BUYING: Final = {
    "recency": _one(
        "距上次购买天数",
        "days since the last purchase",
        Text("截止日与最近一次购买相隔的天数。", "Days from the latest purchase to the day of the features."),
        Text("已 {value} 天没有购买", "no purchase for {value} days"),
    ),
    "rhythm": _one(
        "自己的购买间隔",
        "own gap between purchases",
        Text(
            "自己相邻两次购买间隔的中位数（天），次数少时向全体的中位数靠拢，至少 7 天。",
            "Median gap between own purchases in days, drawn to that of everybody when there are few; at least 7.",
        ),
        Text("平常约 {value} 天买一次", "usually buys every {value} days or so"),
    ),
    "overdue": _one(
        "超过自己节奏的倍数",
        "times the own gap",
        Text("距上次购买天数 ÷ 自己的购买间隔。", "Days since the last purchase over the own gap."),
        Text("距上次购买是自己节奏的 {value} 倍", "{value} times the own gap since the last purchase"),
        1,
    ),
    "days_bought": _one(
        "购买天数",
        "days with a purchase",
        Text("有过购买的不同日子数。", "Different days with a purchase."),
        Text("一共在 {value} 天买过", "bought on {value} days in all"),
    ),
    "tenure": _one(
        "距首次购买天数",
        "days since the first purchase",
        Text("截止日与首次购买相隔的天数。", "Days from the first purchase to the day of the features."),
        Text("首次购买在 {value} 天前", "first bought {value} days ago"),
    ),
    "times_recent": _one(
        f"近 {WINDOW} 天购买次数",
        f"purchases in the last {WINDOW} days",
        Text(f"截止日前 {WINDOW} 天的购买次数。", f"Purchases in the {WINDOW} days before."),
        Text(f"近 {WINDOW} 天买了 {{value}} 次", f"{{value}} purchases in the last {WINDOW} days"),
    ),
    "times_before": _one(
        f"再往前 {WINDOW} 天购买次数",
        f"purchases in the {WINDOW} days before those",
        Text(
            f"截止日前第 {WINDOW + 1} 至第 {2 * WINDOW} 天的购买次数。",
            f"Purchases from day {WINDOW + 1} to day {2 * WINDOW} before.",
        ),
        Text(f"再往前 {WINDOW} 天买了 {{value}} 次", f"{{value}} purchases in the {WINDOW} days before those"),
    ),
    "times_year": _one(
        "近一年购买次数",
        "purchases in a year",
        Text("截止日前 365 天的购买次数。", "Purchases in the 365 days before."),
        Text("近一年买了 {value} 次", "{value} purchases in a year"),
    ),
    "value_year": _one(
        "近一年消费额",
        "spend in a year",
        Text(
            "截止日前 365 天带来的金额，按今天所知（之后登记的退款已扣除）。",
            "What the 365 days before brought, as known today (refunds booked later are off).",
        ),
        Text("近一年消费 {value}", "spent {value} in a year"),
    ),
    "value_each": _one(
        "平均每次消费",
        "spend each time",
        Text("带来的金额 ÷ 购买次数，按今天所知。", "What was spent over the number of purchases, as known today."),
        Text("平均每次消费 {value}", "spends {value} each time"),
    ),
}
