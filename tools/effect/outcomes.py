"""What customers did, person by person, through the semantic layer and under the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, NotAllowedError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.outreach import Goal
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Outcome
from semantic_layer.query.predicate import HasMetric, Predicate
from semantic_layer.query.time import Grain, Span
from semantic_layer.query.types import Audience, ByField, ByTime, Query
from tools.campaigns.keys import bitmap, keys_of
from tools.effect.compare import Numbers
from tools.effect.types import Window

HISTORY_DAYS: Final = 365
"""How far back earlier behaviour is read for CUPED."""


@dataclass(frozen=True, slots=True)
class PerPerson:
    """A metric person by person: `keys` ascending, `values` beside them. People without rows are not there: they have 0."""

    keys: NDArray[np.int64]
    values: Numbers

    def of(self, people: BitMap) -> Numbers:
        """The values of these people in the order of their keys. Shape (people,)."""
        wanted = keys_of(people)
        if not self.keys.size:
            return np.zeros(len(wanted))
        place = np.minimum(np.searchsorted(self.keys, wanted), self.keys.size - 1)
        return np.where(self.keys[place] == wanted, self.values[place], 0.0)


def flags(done: BitMap, people: BitMap) -> Numbers:
    """1 for each of `people` who is in `done`, else 0, in the order of their keys. Shape (people,)."""
    return np.isin(keys_of(people), keys_of(people & done), assume_unique=True).astype(np.float64)


class Outcomes:
    """Reads what one person may see of what customers did towards a goal."""

    def __init__(self, layer: SemanticLayer, user: User, *, cancel: Cancel | None = None) -> None:
        self._layer = layer
        self._user = user
        self._cancel = cancel

    def people(self, where: Predicate | None = None, as_of: date | None = None) -> BitMap:
        """Everybody for whom `where` holds, as they were on `as_of`."""
        audience = Audience(where=where, entity=self._layer.index.model.customer_entity, as_of=as_of)
        return bitmap(self._layer.key_array(audience, self._user, cancel=self._cancel))

    def reached(self, goal: Goal, span: Span, times: int = 1) -> BitMap:
        """Those who did what the goal counts at least so often inside the days."""
        return self.people(HasMetric(metric=goal.converts, op=">=", value=times, time=span))

    def first_day(self, goal: Goal) -> date | None:
        """The first day on which anybody did what the goal counts: earlier ones are not in the data."""
        daily = Query(metrics=(goal.converts,), by=(ByTime(Grain.DAY),), time=Span(None, self._layer.as_of))
        table = self._layer.run(daily, self._user, cancel=self._cancel).table
        days = [day for day, count in table if isinstance(day, date) and isinstance(count, int | float) and count > 0]
        return min((day.date() if isinstance(day, datetime) else day for day in days), default=None)

    def per_person(self, metrics: Sequence[str], span: Span) -> tuple[PerPerson, ...]:
        """One for each metric; the first must be a count. Raises `NotAllowedError` for people who see no figures of single persons."""
        entity = self._layer.index.entity(self._layer.index.model.customer_entity)
        key = f"{entity.name}.{entity.primary_key[0]}"
        query = Query(metrics=tuple(metrics), by=(ByField(key),), time=span)
        found = self._layer.columns(query, self._user, cancel=self._cancel)
        numbers = [column.astype(np.float64) for column in found.values()]
        known = ~np.isnan(numbers[0])
        keys = numbers[0][known].astype(np.int64)
        order = np.argsort(keys)
        values = [column[known][order] for column in numbers[1:]]
        if np.isnan(values[0]).any():  # a count of what is there is never unknown: it was withheld
            raise NotAllowedError(
                Text("您的角色看不到单个客户的数字。", "Your role does not see figures of single customers.")
            )
        return tuple(PerPerson(keys[order], np.nan_to_num(one)) for one in values)


def window_of(start: date, days: int, outcome: Outcome, as_of: date) -> Window:
    """The days that count. Retention looks at the days after the window of a conversion, so many again."""
    first = start + timedelta(days=days) if outcome == "retention" else start
    return Window(start=first, days=days, as_of=as_of)


def times_of(outcome: Outcome) -> int:
    """How often a person must do what the goal counts."""
    return 2 if outcome == "repurchase" else 1


def span_of(window: Window) -> Span:
    return Span(window.start, window.seen)


def before(start: date, days: int) -> Span:
    """So many days right before the start."""
    return Span(start - timedelta(days=days), start - timedelta(days=1))


def goal_of(goal: Goal | None) -> Goal:
    """The goal; raises `DataError` where the definitions name none."""
    if goal is None or not goal.converts:
        raise DataError(
            Text(
                "定义里没有说明活动的目标。请在 outreach 的 goal 里写上 converts（转化的客户做了什么，如订单数）。",
                "The definitions do not say what campaigns are for. Name what a converted customer does (such as the number "
                "of orders) as `converts` in the goal of `outreach`.",
            )
        )
    return goal
