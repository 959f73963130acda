"""What people bought, as baskets: which field tells what is bought, which rows are purchases, read from the semantic layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.engines.columns import Array
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, DimensionKind, Entity, Metric, Simple, Tag, Unit
from semantic_layer.query.acts import Basket
from semantic_layer.query.predicate import (
    Did,
    HasMetric,
    InSegment,
    Not,
    Predicate,
    Ranked,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import Grain, Rolling, TimeRange
from semantic_layer.query.types import ByField, Query
from tools.models.baskets import MOST_BASKETS, MOST_ITEMS, Baskets, Found, companions, together
from tools.models.history import first_measure, goal_metrics, person_key, time_field
from tools.models.types import Ints, Task, TooLittleDataError
from tools.predicates import fields_in

LABEL: Final = Text("连带购买分析", "an analysis of what is bought together")
YEAR: Final = Rolling(12, Grain.MONTH)
_VALUES: Final = (4, 60)  # how many different things tell something when nobody says which field is meant
_FEWEST_BASKETS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What goes together. `things` are the values of `field`, which rules name by their place.

    With a condition, `people` holds rules from those who bought it (`given_people` of `buyers`) to what else they bought in
    `time`, and `orders` rules inside one order (`given_orders` of `all_orders`). Without, `orders` alone.
    """

    field: str
    things: tuple[str, ...]
    time: TimeRange
    orders: Found
    all_orders: int
    people: Found | None = None
    buyers: int = 0
    given_people: int = 0
    given_orders: int = 0
    by_day: bool = False  # an order is all that a person bought in a day: the data have no number of an order


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Where purchases stand: `line` is the entity of what is in an order, `counted` a metric over it."""

    line: Entity
    order: Entity
    counted: str
    fields: tuple[Dimension, ...]  # what may be bought, in the order of the definitions
    number: str  # the field that tells orders apart; empty where there is none


def what_is_bought(step: Basket, task: Task) -> Bought:
    """What buyers of what `step.where` says buy besides; without it, what goes together in general.

    Conditions on people limit who is looked at; all others say what is meant to be bought. Raises `InvalidPlanError` where the
    definitions know nothing that is bought, `UnknownNameError` for a field they do not have, `TooLittleDataError`.
    """
    shop = shop_of(task.layer.index)
    field = _field(step, shop, task)
    who, what = split(step.where, task.layer.index)
    time = step.time or YEAR
    task.say(Text("正在读取买了什么…", "Reading what was bought…"))
    rest = None if what is None else Not(what)
    lines = _read(shop, field, conjoin(tuple(one for one in (who, rest) if one is not None)), time, task)
    task.say(Text("正在找一起买的…", "Looking for what goes together…"))
    if what is None:
        return _in_general(lines, shop, field, time, task.seed)
    given = _read(shop, field, conjoin(tuple(one for one in (who, what) if one is not None)), time, task)
    return _besides(given, lines, shop, field, time)


def shop_of(index: ModelIndex) -> Shop:
    """Raises `InvalidPlanError` where no rows say what was in an order."""
    measure = first_measure(index, goal_metrics(index)[0])
    order = index.entity(measure.entity) if measure is not None else None
    if order is not None:
        known = index.reachable(order.name)
        for line in index.model.entities:
            inside = index.reachable(line.name)
            counted = _counted(index, line.name)
            things = [one for one in index.model.dimensions if one.entity in inside - known and _is_thing(one)]
            fields = tuple(one for one in things if one.entity != line.name) or tuple(things)
            if order.name in inside and index.model.customer_entity in inside and fields and counted is not None:
                number = _number_of(index, order)
                return Shop(line=line, order=order, counted=counted.name, fields=fields, number=number)
    raise InvalidPlanError(
        Text(
            "数据里没有订单明细（买了哪些商品），不能分析哪些东西一起买。",
            "The data do not say what was in an order, so nothing can be said of what is bought together.",
        )
    )


def _number_of(index: ModelIndex, order: Entity) -> str:
    own = (one for one in index.model.dimensions if one.entity == order.name and one.kind is DimensionKind.IDENTIFIER)
    return next((one.qualified for one in own if (one.expr.strip() or one.name) in order.primary_key), "")


def _is_thing(field: Dimension) -> bool:
    return field.kind in (DimensionKind.CATEGORICAL, DimensionKind.IDENTIFIER)


def _counted(index: ModelIndex, line: str) -> Metric | None:
    """A metric that is reckoned on the lines themselves."""
    found = [
        metric
        for metric in index.model.metrics
        if isinstance(metric.body, Simple)
        and not metric.hidden
        and not metric.where
        and metric.unit is not Unit.DATE
        and any(one.entity == line and not one.where and one.per is None for one in metric.body.measures)
    ]
    return min(found, key=lambda one: one.unit is not Unit.COUNT, default=None)


def _field(step: Basket, shop: Shop, task: Task) -> str:
    """The field asked for; else the first with neither few nor many values."""
    if step.field is not None:
        found = task.layer.index.field(step.field)
        if found.entity not in {one.entity for one in shop.fields} | {shop.line.name} or isinstance(found, Tag):
            names = "、".join(one.words.label.zh for one in shop.fields)
            english = ", ".join(one.words.label.en for one in shop.fields)
            raise InvalidPlanError(
                Text(
                    f"「{found.words.label.zh}」不是买的东西。可以按{names}看。",
                    f"{found.words.label.en!r} is nothing that is bought. Possible are {english}.",
                ),
                suggestions=tuple(one.words.label.zh for one in shop.fields),
            )
        return step.field
    few, many = _VALUES
    kinds = [one for one in shop.fields if one.kind is DimensionKind.CATEGORICAL]
    usable = [one for one in kinds if task.layer.may_use(one.qualified, task.user)]
    for one in usable:
        values = len(one.values) or len(task.layer.value_counts(one.qualified, task.user, cancel=task.cancel))
        if few <= values <= many:
            return one.qualified
    if not usable:
        raise InvalidPlanError(
            Text(
                "没有品类这样的字段可以用来看买了什么，请说明按哪个字段看。",
                "No field such as a category says what was bought; say which field is meant.",
            )
        )
    return usable[0].qualified


def split(where: Predicate | None, index: ModelIndex) -> tuple[Predicate | None, Predicate | None]:
    """Conditions on people, and conditions on what is bought."""
    person = index.reachable(index.model.customer_entity)

    def of_people(part: Predicate) -> bool:
        if isinstance(part, Did | HasMetric | Ranked | InSegment):
            return True
        return bool(fields_in(part)) and all(index.field(name).entity in person for name in fields_in(part))

    parts = conjuncts(where)
    who = conjoin(tuple(part for part in parts if of_people(part)))
    return who, conjoin(tuple(part for part in parts if not of_people(part)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lines:
    """What was in orders, each thing of an order once: who bought, in which order, and what, as the data have them."""

    person: Array
    order: Array
    thing: Array

    def and_(self, other: _Lines) -> _Lines:
        return _Lines(
            person=np.concatenate([self.person, other.person]),
            order=np.concatenate([self.order, other.order]),
            thing=np.concatenate([self.thing, other.thing]),
        )


def _read(shop: Shop, field: str, where: Predicate | None, time: TimeRange, task: Task) -> _Lines:
    layer, index = task.layer, task.layer.index
    order = ByField(shop.number) if shop.number else ByField(time_field(index, goal_metrics(index)[0]), grain=Grain.DAY)
    by = (ByField(person_key(index)), order, ByField(field))
    query = Query(metrics=(shop.counted,), by=by, where=where, time=time)
    person, orders, things, _ = layer.columns(query, task.user, cancel=task.cancel).values()
    known = np.array([thing is not None and thing != "" for thing in things.tolist()], dtype=np.bool_)
    return _Lines(person=person[known], order=orders[known], thing=things[known])


def _coded(values: Array) -> tuple[Ints, list[str]]:
    """A number for each value, and what the numbers stand for."""
    from pandas import factorize  # noqa: PLC0415  # heavy

    codes, known = factorize(values)
    return np.asarray(codes, dtype=np.int64), [str(value) for value in known]


def _orders_of(lines: _Lines, shop: Shop) -> Ints:
    """A number for each order; where orders have none, a person's day is one."""
    orders = _coded(lines.order)[0]
    if shop.number:
        return orders
    return _coded(_coded(lines.person)[0] * (orders.max(initial=0) + 1) + orders)[0]


def _in_general(lines: _Lines, shop: Shop, field: str, time: TimeRange, seed: int) -> Bought:
    order = _orders_of(lines, shop)
    count = int(order.max(initial=-1)) + 1
    _refuse_few(count)
    thing, names = _coded(lines.thing)
    if count > MOST_BASKETS:
        kept = np.zeros(count, dtype=np.bool_)
        kept[np.random.default_rng(seed).choice(count, size=MOST_BASKETS, replace=False)] = True
        thing, order = thing[kept[order]], _coded(order[kept[order]])[0]
        count = MOST_BASKETS
    baskets = _baskets(order, thing, count, _most_frequent(thing, names), names)
    return Bought(
        field=field,
        things=baskets.items,
        time=time,
        orders=together(baskets),
        all_orders=count,
        by_day=not shop.number,
    )


def _besides(given: _Lines, rest: _Lines, shop: Shop, field: str, time: TimeRange) -> Bought:
    """`given` are the lines of what is asked about, `rest` all others: what else the same people and the same orders hold."""
    both, asked = given.and_(rest), len(given.person)
    person, order = _coded(both.person)[0], _orders_of(both, shop)
    people, orders = int(person.max(initial=-1)) + 1, int(order.max(initial=-1)) + 1
    _refuse_few(people)
    bought, order_with = np.zeros(people, dtype=np.bool_), np.zeros(orders, dtype=np.bool_)
    bought[person[:asked]] = True
    order_with[order[:asked]] = True
    thing, names = _coded(rest.thing)
    own_person, own_order = person[asked:], order[asked:]
    visits = np.unique(own_person * max(orders, 1) + own_order) // max(orders, 1)
    first = _most_frequent(thing, names)
    by_person = _baskets(own_person, thing, people, first, names)
    return Bought(
        field=field,
        things=by_person.items,
        time=time,
        people=companions(by_person, bought, np.bincount(visits, minlength=people).astype(np.int64)),
        orders=companions(
            _baskets(own_order, thing, orders, first, names),
            order_with,
            np.bincount(own_order, minlength=orders).astype(np.int64),
        ),
        all_orders=orders,
        buyers=people,
        given_people=int(bought.sum()),
        given_orders=int(order_with.sum()),
        by_day=not shop.number,
    )


def _most_frequent(thing: Ints, names: Sequence[str]) -> list[int]:
    """The things that rules may be about, from the most frequent down."""
    often = np.bincount(thing, minlength=len(names))
    return sorted(range(len(names)), key=lambda at: (-int(often[at]), names[at]))[:MOST_ITEMS]


def _baskets(basket: Ints, thing: Ints, count: int, first: Sequence[int], names: Sequence[str]) -> Baskets:
    """Each thing of a basket once, numbered as in `first`; others are left out."""
    width = max(len(names), 1)
    pairs = np.unique(basket * width + thing)
    basket, thing = pairs // width, pairs % width
    place = np.full(width, -1, dtype=np.int64)
    place[list(first)] = np.arange(len(first))
    kept = place[thing] >= 0
    return Baskets(basket=basket[kept], item=place[thing[kept]], count=count, items=tuple(names[at] for at in first))


def _refuse_few(baskets: int) -> None:
    if baskets < _FEWEST_BASKETS:
        raise TooLittleDataError(
            LABEL,
            Text(f"至少 {_FEWEST_BASKETS} 个购物篮", f"at least {_FEWEST_BASKETS} baskets"),
            Text(f"只有 {baskets} 个", f"are {baskets}"),
        )
