"""What customers are grouped by: traits of a year that the definitions know, each of which can be asked about in a question."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from semantic_layer.errors import Language, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Metric, Ratio, Unit
from semantic_layer.query.predicate import Did, HasMetric, Not, Predicate
from semantic_layer.query.time import Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import ByField, Query
from tools import numbers
from tools.models.clusters_tree import Bound
from tools.models.features import other_behaviour
from tools.models.history import first_measure, goal_metrics, ordinals, person_key, time_field, whole_keys
from tools.models.types import Floats, Ints, Task

YEAR: Final = Rolling(12, Grain.MONTH)
_YEAR_DAYS: Final = 365
LEAST_KNOWN: Final = 0.2  # share of people who must have anything of a trait for it to tell people apart
_STEPS: Final = {Unit.PERCENT: 0.05, Unit.COUNT: 1.0, Unit.DAYS: 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A figure of one customer over the last year. `metric` is empty for the days since the last purchase.

    `what` is the metric that counts purchases; `recent` says whether a plain row of `entity` means one.
    """

    label: Text
    unit: Unit | None
    what: str
    metric: str = ""
    entity: str = ""

    @property
    def step(self) -> float:
        """To what bounds are rounded."""
        return 1.0 if not self.metric else _STEPS.get(self.unit or Unit.NUMBER, 0.0)

    @property
    def skewed(self) -> bool:
        return self.unit is not Unit.PERCENT

    def condition(self, bound: Bound) -> Predicate:
        """The bound as a condition on people."""
        if not self.metric:
            bought = self._bought(round(bound.at))
            return bought if bound.below else Not(bought)
        reached = HasMetric(metric=self.metric, op=">=", value=bound.at, time=YEAR)
        return Not(reached) if bound.below else reached

    def said(self, bound: Bound, currency: str) -> Text:
        """The bound in words: 近30天买过, 年销售额 ≥ ¥3,200."""
        if not self.metric:
            days = round(bound.at)
            if bound.below:
                return Text(f"近{days}天买过", f"bought in the last {days} days")
            return Text(f"近{days}天没买", f"no purchase in the last {days} days")
        sign = "<" if bound.below else "≥"
        zh, en = (self.written(bound.at, language, currency) for language in ("zh", "en"))
        return Text(f"年{self.label.zh} {sign} {zh}", f"yearly {_lower(self.label.en)} {sign} {en}")

    def standing(self, high: bool) -> Text:  # noqa: FBT001  # high or low is what the name asks for
        """High or low in words: 最近买过, 销售额高."""
        if not self.metric:
            return Text("许久没买", "long without a purchase") if high else Text("最近买过", "bought lately")
        label = self.label
        return Text(f"{label.zh}{'高' if high else '低'}", f"{'high' if high else 'low'} {_lower(label.en)}")

    def written(self, value: float, language: Language, currency: str) -> str:
        """A value of the trait: money in whole units, shares in whole per cent, other figures with at most one decimal."""
        match self.unit:
            case Unit.PERCENT:
                return f"{value:.0%}"
            case Unit.CURRENCY:
                return numbers.compact(float(round(value)), self.unit, language, currency)
            case _:
                return numbers.compact(round(value, 1), self.unit, language, currency)

    def _bought(self, days: int) -> Predicate:
        time = Rolling(max(days, 1), Grain.DAY)
        if self.entity:
            return Did(entity=self.entity, time=time)
        return HasMetric(metric=self.what, op=">=", value=1, time=time)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traits:
    """People (`keys`, ascending) by traits: `values` is (n, t), without missing values."""

    keys: Ints
    traits: tuple[Trait, ...]
    values: Floats


def bought_in_year(index: ModelIndex) -> Predicate:
    """Whoever is grouped at all: customers with a purchase in the last year."""
    return HasMetric(metric=goal_metrics(index)[0], op=">=", value=1, time=YEAR)


def read_traits(layer: SemanticLayer, where: Predicate | None, task: Task) -> Traits:
    """The traits of everybody for whom `where` holds and who bought in the last year.

    What nobody has, hardly anybody has, or everybody has alike is left out. Raises `InvalidPlanError` where the definitions
    have no goal, and whatever the layer raises.
    """
    found = _read(layer, where, YEAR, layer.as_of, task)
    telling = [at for at in range(found.values.shape[1]) if _tells(found.values[:, at])]
    return Traits(
        keys=found.keys,
        traits=tuple(found.traits[at] for at in telling),
        values=found.values[:, telling],
    )


def traits_on(day: date, keys: Ints, task: Task) -> Traits:
    """The traits of these people (`keys`, ascending) over the year up to `day`, inside, and nothing later.

    Who bought nothing in it has 0 of everything, and the longest time since a purchase that is told apart: two years.
    """
    bought = _read(task.layer, None, Span(day - timedelta(days=_YEAR_DAYS - 1), day), day, task)
    values = np.zeros((len(keys), len(bought.traits)))
    values[:, 0] = 2.0 * _YEAR_DAYS
    if len(bought.keys):
        at = np.minimum(np.searchsorted(bought.keys, keys), len(bought.keys) - 1)
        known = bought.keys[at] == keys
        values[known] = bought.values[at[known]]
    return Traits(keys=keys, traits=bought.traits, values=values)


def _read(layer: SemanticLayer, where: Predicate | None, time: TimeRange, today: date, task: Task) -> Traits:
    """All traits of those who bought in `time`, whose last day is `today`. Days since the last purchase come first."""
    traits = tuple(_traits(layer, task))
    wanted = tuple(trait.metric for trait in traits if trait.metric)
    query = Query(metrics=wanted, by=(ByField(person_key(layer.index)),), where=where, time=time)
    keys, *figures = layer.columns(query, task.user, cancel=task.cancel).values()
    columns = [np.nan_to_num(figure.astype(np.float64)) for figure in figures]
    bought = columns[0] > 0
    order = np.argsort(whole_keys(keys)[bought], kind="stable")
    people = whole_keys(keys)[bought][order]
    recency = _recency(people, where, time, today, task)
    values = np.column_stack([recency, *(np.clip(column[bought][order], 0.0, None) for column in columns)])
    return Traits(keys=people, traits=traits, values=values)


def _traits(layer: SemanticLayer, task: Task) -> Iterator[Trait]:
    """How lately, how often, how much, how much at a time, shares among purchases, and other things that customers do."""
    index, user = layer.index, task.user
    converts, value = goal_metrics(index)
    measure = first_measure(index, converts)
    entity = measure.entity if measure is not None else ""
    plain = entity if measure is not None and not measure.where else ""
    yield Trait(
        label=Text("距上次购买天数", "Days since the last purchase"), unit=Unit.DAYS, what=converts, entity=plain
    )
    for name in dict.fromkeys((converts, value)):
        yield _of(index.metric(name), converts)
    for metric in index.model.metrics:
        usable = isinstance(metric.body, Ratio) and not metric.hidden and not metric.where
        if usable and _of_purchases(index, metric, entity, converts, value) and layer.may_use(metric.name, user):
            yield _of(metric, converts)
    for metric in other_behaviour(layer, task):
        own = first_measure(index, metric.name)
        if own is not None and not own.where and own.entity not in _done_to_people(index):
            yield _of(metric, converts)


def _of(metric: Metric, converts: str) -> Trait:
    return Trait(label=metric.words.label, unit=metric.unit, what=converts, metric=metric.name)


def _of_purchases(index: ModelIndex, metric: Metric, entity: str, converts: str, value: str) -> bool:
    """Whether a ratio is the value of a purchase, or a share of purchases (those with a coupon)."""
    body = metric.body
    if not isinstance(body, Ratio) or body.denominator.metric != converts:
        return False
    if body.numerator.where or body.denominator.where or body.numerator.offset or body.denominator.offset:
        return False
    if body.numerator.metric == value:
        return True
    part = first_measure(index, body.numerator.metric)
    return part is not None and part.entity == entity and part.agg is Aggregation.COUNT and metric.unit is Unit.PERCENT


def _done_to_people(index: ModelIndex) -> frozenset[str]:
    """Entities of past campaigns: what was sent to people is not what they are like."""
    history = index.model.outreach.history
    return frozenset((history.campaign, history.member, history.message) if history is not None else ())


def _recency(people: Ints, where: Predicate | None, time: TimeRange, today: date, task: Task) -> Floats:
    """Days from the last purchase in `time` to `today` of each of `people`, all of whom bought in it."""
    index = task.layer.index
    converts = goal_metrics(index)[0]
    by = (ByField(person_key(index)), ByField(time_field(index, converts), grain=Grain.DAY))
    query = Query(metrics=(converts,), by=by, where=where, time=time)
    keys, days, times = task.layer.columns(query, task.user, cancel=task.cancel).values()
    held = np.nan_to_num(times.astype(np.float64)) > 0
    at = np.searchsorted(people, whole_keys(keys)[held])
    day, inside = ordinals(days[held]), at < len(people)
    last = np.zeros(len(people), dtype=np.int64)
    np.maximum.at(last, at[inside], day[inside])
    return np.asarray(np.maximum(today.toordinal() - last, 0), dtype=np.float64)


def _tells(values: Floats) -> bool:
    some = float((values > 0).mean()) if len(values) else 0.0
    return some >= LEAST_KNOWN and math.isfinite(float(values.std())) and float(values.std()) > 0


def _lower(label: str) -> str:
    """A label inside an English sentence; abbreviations keep their capitals."""
    return label if len(label) < 2 or label[1].isupper() else label[0].lower() + label[1:]
