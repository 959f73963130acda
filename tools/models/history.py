"""What customers did day by day, as arrays: the one thing that models of buying are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Measure, Simple
from semantic_layer.policy.types import User
from semantic_layer.query.time import Grain, Span
from semantic_layer.query.types import ByField, Query
from tools.models.types import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """Days on which customers did what the goal counts. `keys` (n) are unique and ascending, everybody with a day.

    Rows (m) stand in the order of customer and day, each day of a customer once: `who` is a place in `keys`, `day` a
    proleptic ordinal (`date.toordinal`), `times` how often, `value` what it brought.
    """

    keys: Ints
    who: Ints
    day: Ints
    times: Floats
    value: Floats

    @property
    def first(self) -> date:
        return date.fromordinal(int(self.day.min()))

    @property
    def last(self) -> date:
        return date.fromordinal(int(self.day.max()))

    def within(self, after: date | None, until: date) -> History:
        """The rows after `after` up to `until`, which is inside; only customers with such a row stay."""
        held = self.day <= until.toordinal()
        if after is not None:
            held &= self.day > after.toordinal()
        return history_of(self.keys[self.who[held]], self.day[held], self.times[held], self.value[held])


def history_of(keys: Ints, day: Ints, times: Floats, value: Floats) -> History:
    """A history of rows in any order, one a customer and day."""
    order = np.lexsort((day, keys))
    known, who = np.unique(keys[order], return_inverse=True)
    return History(
        keys=known.astype(np.int64),
        who=who.astype(np.int64),
        day=day[order].astype(np.int64),
        times=times[order].astype(np.float64),
        value=value[order].astype(np.float64),
    )


def read_history(layer: SemanticLayer, user: User, *, cancel: Cancel | None = None) -> History:
    """All days up to the data's today on which customers did what the goal of the outreach counts.

    Raises `InvalidPlanError` where the definitions have no goal that is counted by time, and whatever the layer raises for
    somebody who may not read it or may not see single people.
    """
    converts, value = goal_metrics(layer.index)
    key = person_key(layer.index)
    when = time_field(layer.index, converts)
    query = Query(
        metrics=tuple(dict.fromkeys((converts, value))),
        by=(ByField(key), ByField(when, grain=Grain.DAY)),
        time=Span(None, layer.as_of),
    )
    keys, days, *figures = layer.columns(query, user, cancel=cancel).values()
    times, values = figures[0], figures[-1]
    return history_of(
        whole_keys(keys),
        ordinals(days),
        np.nan_to_num(times.astype(np.float64)),
        np.nan_to_num(values.astype(np.float64)),
    )


def whole_keys(keys: NDArray[Any]) -> Ints:
    """Keys of people as whole numbers; raises `DataError` for others."""
    if keys.size and keys.dtype.kind not in "iu":
        raise DataError(
            Text(
                "这个数据集的客户主键不是整数，不能训练模型。请在载入时给每位客户一个整数键。",
                "The keys of people in this data set are no whole numbers, so no model can be trained. "
                "Give each person a whole number when loading.",
            )
        )
    return keys.astype(np.int64)


def ordinals(days: NDArray[Any]) -> Ints:
    """Proleptic ordinals of days."""
    return days.astype("datetime64[D]").astype(np.int64) + date(1970, 1, 1).toordinal()


def person_key(index: ModelIndex) -> str:
    """The pseudo-field that stands for the key of a person."""
    person = index.entity(index.model.customer_entity)
    return f"{person.name}.{person.primary_key[0]}"


def goal_metrics(index: ModelIndex) -> tuple[str, str]:
    """What customers are hoped to do, and what it brings (the same metric when the definitions say nothing more)."""
    goal = index.model.outreach.goal
    if goal is None:
        raise InvalidPlanError(
            Text(
                "定义里没有写触达的目标（outreach.goal），不知道“购买”指什么，因此不能训练模型。请补上 goal: {converts: 指标, value: 指标}。",
                "The definitions have no goal of outreach, so it is unknown what buying means. "
                "Add `outreach: {goal: {converts: METRIC, value: METRIC}}`.",
            )
        )
    return goal.converts, goal.value or goal.converts


def time_field(index: ModelIndex, metric: str) -> str:
    """The qualified time dimension that a metric goes by."""
    measure = first_measure(index, metric)
    when = measure.time or index.entity(measure.entity).time if measure is not None else None
    if measure is None or when is None:
        raise InvalidPlanError(
            Text(
                f"指标「{metric}」没有时间，不能作为模型的目标。请在 outreach.goal 里换一个按时间发生的计数。",
                f"The metric {metric!r} has no time, so no model can aim at it. Name one that counts what happens in time.",
            )
        )
    return f"{measure.entity}.{when}"


def first_measure(index: ModelIndex, metric: str) -> Measure | None:
    """The coarsest measure of a simple metric; `None` for one made of others."""
    body = index.metric(metric).body
    return body.measures[0] if isinstance(body, Simple) else None
