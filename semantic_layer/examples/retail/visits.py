"""When people order: a seasonal Poisson process for each person, before any basket is filled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from semantic_layer.examples.retail.company import Bools, Company, Floats, Ints, Stream
from semantic_layer.examples.retail.people import PLAIN_MEMBER, People

ORDERS_PER_PERSON = 5.2
_PLAIN_MEMBER_DAYS = (60, 250, 430, 600, 730, 872)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Orders to be: `person` is an index into the block; `coupon` is 1 where a campaign's coupon is used for sure."""

    person: Ints
    day: Ints
    coupon: Bools

    def __len__(self) -> int:
        return len(self.person)

    def plus(self, person: Ints, day: Ints, *, coupon: bool) -> Visits:
        """These visits and some more."""
        return Visits(
            person=np.concatenate([self.person, person]),
            day=np.concatenate([self.day, day]),
            coupon=np.concatenate([self.coupon, np.full(len(person), coupon)]),
        )


def make_visits(company: Company, block: int, people: People, weights: Floats) -> Visits:
    """The visits of one block, sorted by nothing in particular."""
    rng = company.rng(Stream.VISITS, block)
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    span = edges[people.last_day + 1] - edges[people.first_day]
    capped = np.minimum(people.rate, 14.0)
    wanted = ORDERS_PER_PERSON * company.activity * len(people) * 0.86
    mean = capped * span
    counts = rng.poisson(mean * (wanted / max(mean.sum(), 1e-9)))
    person = np.repeat(np.arange(len(people)), counts)
    place = edges[people.first_day[person]] + rng.random(len(person)) * span[person]
    day = np.clip(np.searchsorted(edges, place, side="right") - 1, 0, company.days - 1)
    visits = Visits(person=person, day=day, coupon=np.zeros(len(person), dtype=np.bool_))
    visits = _first_orders(company, rng, people, visits)
    visits = _burning_bright(company, rng, people, visits)
    plain = np.flatnonzero(people.key == PLAIN_MEMBER)
    days = np.array([day for day in _PLAIN_MEMBER_DAYS if day < company.days], dtype=np.int64)
    if len(plain):
        visits = Visits(
            **{name: getattr(visits, name)[visits.person != plain[0]] for name in ("person", "day", "coupon")}
        )
        visits = visits.plus(np.full(len(days), plain[0]), days, coupon=False)
    return visits


def _first_orders(company: Company, rng: np.random.Generator, people: People, visits: Visits) -> Visits:
    """Most people who register do so to buy something within days."""
    new = (people.first_day > 0) & (rng.random(len(people)) < 0.84)
    who = np.flatnonzero(new)
    wait = np.floor(rng.exponential(2.2, len(who))).astype(np.int64)
    day = np.minimum(people.first_day[who] + wait, np.minimum(people.last_day[who], company.days - 1))
    return visits.plus(who, np.maximum(day, people.first_day[who]), coupon=False)


def _burning_bright(company: Company, rng: np.random.Generator, people: People, visits: Visits) -> Visits:
    """The customers who go silent after 双11 2025 were very active in the eight weeks before."""
    who = np.repeat(np.flatnonzero(people.burnt_out), 1 + rng.poisson(2.6, int(people.burnt_out.sum())))
    festival = company.day(date(2025, 11, 11))
    ago = np.minimum(np.floor(rng.exponential(16.0, len(who))), 56).astype(np.int64)
    return visits.plus(who, festival - ago, coupon=False)
