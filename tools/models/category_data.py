"""What was bought when, and what is known from it on a day of what each customer buys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, PreferenceBody, Simple
from semantic_layer.policy.types import User
from semantic_layer.query.time import Grain, Span
from semantic_layer.query.types import ByField, Query
from tools.models.history import goal_metrics, ordinals, person_key, time_field, whole_keys
from tools.models.types import (
    Floats,
    Ints,
    Yes,
)

ACTIVE: Final = 365
"""Who has not bought for so many days is not asked about."""
MOST_VALUES: Final = 60
LOOKED_BACK: Final = 730
"""Days of purchases that are read: older ones count next to nothing for what comes next."""
_PRIOR: Final = 2.0
HALF_LIFE: Final = 180.0
"""Days after which a purchase counts half for the own preference."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bought:
    """What was bought on which day, each kind once a customer and day: rows in the order of customer and day.

    `who` is a place in `keys` (ascending), `kind` one in `kinds`, `day` a proleptic ordinal.
    """

    keys: Ints
    kinds: tuple[str, ...]
    who: Ints
    day: Ints
    kind: Ints

    def within(self, after: int | None, until: int) -> Bought:
        """The rows after the ordinal `after` up to `until`, which is inside. The customers stay as they are."""
        held = self.day <= until
        if after is not None:
            held &= self.day > after
        return replace(self, who=self.who[held], day=self.day[held], kind=self.kind[held])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What is known of each customer on a day, each (customers, kinds), rows that sum to 1: own preference (later purchases
    count more), the same drawn to what everybody buys, what follows what was bought last, what everybody buys. `days` on
    which each kind was bought, `recent` who bought lately.
    """

    own: Floats
    drawn: Floats
    after_last: Floats
    everybody: Floats
    recent: Yes
    days: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What purchases are told apart by (`field`), the metric that is there for each row of it, and the time it goes by."""

    field: Dimension
    metric: str
    when: str


def goods_of(index: ModelIndex) -> Goods:
    """Of the things that customers have a favourite of by the definitions, the first that belongs to what is bought, not to
    the purchase or to the customer.

    Raises `InvalidPlanError` where there is none.
    """
    purchase = time_field(index, goal_metrics(index)[0])
    own = purchase.partition(".")[0]
    for tag in index.model.tags:
        if not isinstance(tag.body, PreferenceBody):
            continue
        found = index.field(tag.body.dimension)
        if isinstance(found, Dimension) and found.entity not in (own, index.model.customer_entity):
            return Goods(field=found, metric=tag.body.metric, when=_own_time(index, tag.body.metric, found) or purchase)
    raise InvalidPlanError(
        Text(
            "定义里没有客户偏好的品类。请定义一个偏好标签（kind: preference），指向商品的一个维度。",
            "The definitions know no favourite of customers. Define a tag of the kind `preference` over a dimension of what is bought.",
        )
    )


def _own_time(index: ModelIndex, metric: str, field: Dimension) -> str | None:
    """The time of the rows that point at what is bought, so that no other rows need be read for it."""
    body = index.metric(metric).body
    for measure in body.measures if isinstance(body, Simple) else ():
        points = any(
            one.from_entity == measure.entity and one.to_entity == field.entity for one in index.model.relationships
        )
        when = f"{measure.entity}.{measure.time or index.entity(measure.entity).time}"
        if points and index.has_field(when):
            return when
    return None


def read_bought(layer: SemanticLayer, user: User, goods: Goods, *, cancel: Cancel | None = None) -> Bought:
    """What customers bought in the `LOOKED_BACK` days up to the data's today, day by day; the rarest kinds beyond the most
    frequent 60 are left out.
    """
    import pandas as pd  # noqa: PLC0415  # slow to import

    query = Query(
        metrics=(goods.metric,),
        by=(
            ByField(person_key(layer.index)),
            ByField(goods.field.qualified),
            ByField(goods.when, grain=Grain.DAY),
        ),
        time=Span(layer.as_of - timedelta(days=LOOKED_BACK - 1), layer.as_of),
    )
    keys, kinds, days, _ = layer.columns(query, user, cancel=cancel).values()
    code, names = pd.factorize(kinds, sort=True)  # -1 where it is unknown
    frequent = np.bincount(code[code >= 0], minlength=len(names)).argsort(kind="stable")[::-1][:MOST_VALUES]
    place = np.full(len(names) + 1, -1)
    place[np.sort(frequent)] = np.arange(len(frequent))
    held = place[code] >= 0
    people, day, kind = whole_keys(keys)[held], ordinals(days[held]), place[code[held]]
    known, who = np.unique(people, return_inverse=True)
    order = np.lexsort((kind, day, who))
    return Bought(
        keys=known,
        kinds=tuple(str(names[one]) for one in np.sort(frequent)),
        who=who[order].astype(np.int64),
        day=day[order],
        kind=kind[order].astype(np.int64),
    )


def known_on(bought: Bought, until: int) -> Known:
    """What purchases up to the ordinal day `until` (inside) say."""
    past = bought.within(None, until)
    people, kinds = len(bought.keys), len(bought.kinds)
    place = past.who * kinds + past.kind
    fresh = 0.5 ** ((until - past.day) / HALF_LIFE)
    own = np.bincount(place, weights=fresh, minlength=people * kinds).reshape(people, kinds).astype(np.float64)
    days = np.bincount(place, minlength=people * kinds).reshape(people, kinds).astype(np.float64)
    usual = days.sum(axis=0) + 1.0
    usual /= usual.sum()
    last_day = np.full(people, -1)
    np.maximum.at(last_day, past.who, past.day)
    latest = past.day == last_day[past.who]
    last = np.zeros((people, kinds))
    last[past.who[latest], past.kind[latest]] = 1.0
    follows = last @ _transitions(past, kinds, usual)
    return Known(
        own=_shares(own, usual),
        drawn=_shares(own + _PRIOR * usual, usual),
        after_last=_shares(follows, usual),
        everybody=np.broadcast_to(usual, (people, kinds)),
        recent=last_day > until - ACTIVE,
        days=days,
    )


def mixed(known: Known, weights: tuple[float, float, float]) -> Floats:
    """The three, weighted."""
    own, after_last, everybody = weights
    return own * known.drawn + after_last * known.after_last + everybody * known.everybody


def _transitions(past: Bought, kinds: int, usual: Floats) -> Floats:
    """(kinds, kinds): how what is bought on a day follows what was bought on the day of purchase before, drawn to what
    everybody buys.
    """
    visit = (
        np.cumsum(np.concatenate([[0], (np.diff(past.who) != 0) | (np.diff(past.day) != 0)]))
        if len(past.who)
        else past.who
    )
    visits = int(visit[-1]) + 1 if len(visit) else 0
    held = np.zeros((visits, kinds), dtype=np.float32)
    held[visit, past.kind] = 1.0
    owner = np.zeros(visits, dtype=np.int64)
    owner[visit] = past.who
    same = owner[1:] == owner[:-1]
    counts = (held[:-1][same].T @ held[1:][same]).astype(np.float64) if visits > 1 else np.zeros((kinds, kinds))
    return _shares(np.asarray(counts + 20.0 * usual, dtype=np.float64), usual)


def _shares(counts: Floats, usual: Floats) -> Floats:
    """Rows that sum to 1; what everybody buys where nothing is known."""
    whole = counts.sum(axis=1, keepdims=True)
    return np.where(whole > 0, counts / np.where(whole > 0, whole, 1.0), usual)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Next:
    """Customers whose next purchase is known: places in the keys, and (n, kinds) what they bought then."""

    who: Ints
    came: Yes


def asked_between(bought: Bought, after: int, until: int) -> Next:
    """Who bought lately as of `after`, and in the stretch after it again: with what they bought on the first day of it."""
    recent = np.zeros(len(bought.keys), dtype=bool)
    recent[bought.within(after - ACTIVE, after).who] = True
    later = bought.within(after, until)
    first = np.full(len(bought.keys), np.iinfo(np.int64).max)
    np.minimum.at(first, later.who, later.day)
    rows = (later.day == first[later.who]) & recent[later.who]
    who, at = np.unique(later.who[rows], return_inverse=True)
    came = np.zeros((len(who), len(bought.kinds)), dtype=bool)
    came[at, later.kind[rows]] = True
    return Next(who=who, came=came)


def hits_of(shares: Floats, asked: Next, most: int) -> Yes:
    """Whether one of the `most` likeliest kinds came."""
    rows = shares[asked.who]
    top = np.argsort(-rows, axis=1, kind="stable")[:, :most]
    return np.asarray(np.take_along_axis(asked.came, top, axis=1).any(axis=1))
