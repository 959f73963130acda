"""September 2026: running shoes are out of stock in 华东, and the repurchase rate falls.

Orders of the month are taken away until its rate is about `FALL` below August's, `SHARE` of the fall among buyers in
华东 who mostly bought shoes. Everybody keeps one order of the month, so there are as many buyers as before.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from semantic_layer.examples.retail.baskets import Lines, Orders, keep_orders
from semantic_layer.examples.retail.catalogue import CATEGORIES, SHOES, Products
from semantic_layer.examples.retail.company import Bools, Company, Floats, Ints, Stream
from semantic_layer.examples.retail.people import UNKNOWN, People
from semantic_layer.examples.retail.places import CITIES

FALL = 0.032
SHARE = 0.8
_AUGUST = (date(2026, 8, 1), date(2026, 8, 31))
_SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30))


def empty_the_shelves(
    company: Company, block: int, people: People, products: Products, orders: Orders, lines: Lines
) -> tuple[Orders, Lines]:
    """The orders that are left after the outage."""
    if company.end < _SEPTEMBER[1]:
        return orders, lines
    rng = company.rng(Stream.OUTAGE, block)
    august = _Month(company, people, products, orders, lines, _AUGUST)
    september = _Month(company, people, products, orders, lines, _SEPTEMBER)
    keep = np.ones(len(orders), dtype=np.bool_)
    fall = FALL * SHARE
    for struck in (True, False):
        before = int((august.repeat & (august.struck == struck)).sum()) / max(august.buyers, 1)
        there = np.flatnonzero(september.repeat & (september.struck == struck))
        wanted = max(round((before - fall) * september.buyers), 0)
        able = rng.permutation(there[september.typical[there] < len(orders)])
        losing = able[: max(len(there) - wanted, 0)]
        keep &= ~(np.isin(orders.person, losing) & september.inside)
        keep[september.typical[losing]] = True
        # The others fall by what makes the struck group's part of the whole fall come out at SHARE.
        fall = (before - (len(there) - len(losing)) / max(september.buyers, 1)) * (1.0 - SHARE) / SHARE
    return keep_orders(orders, lines, keep)


class _Month:
    """Who bought in a month, who more than once, whose month was shoes in 华东, and an order that is like the month."""

    def __init__(
        self,
        company: Company,
        people: People,
        products: Products,
        orders: Orders,
        lines: Lines,
        span: tuple[date, date],
    ) -> None:
        first_day, last_day = company.day(span[0]), company.day(span[1])
        self.inside: Bools = orders.named & (orders.day >= first_day) & (orders.day <= last_day)
        mine = np.flatnonzero(self.inside)
        counts = np.bincount(orders.person[mine], minlength=len(people))
        self.buyers = int((counts > 0).sum())
        self.repeat: Bools = counts > 1
        spent = _spent(orders, lines, products)
        by_person: Floats = np.zeros((len(people), len(CATEGORIES)))
        np.add.at(by_person, orders.person[mine], spent[mine])
        main = by_person.argmax(axis=1)
        east = np.array([city.region == "华东" for city in CITIES])
        self.struck: Bools = (main == SHOES) & (people.city != UNKNOWN) & east[people.city]
        # The first order of the month that alone would leave its buyer in the same group. Orders of the first days are
        # the effect of August's campaign: whoever has one of those keeps that one or is left alone.
        none = len(orders)
        like = mine[spent[mine].argmax(axis=1) == main[orders.person[mine]]]
        self.typical: Ints = np.full(len(people), none, dtype=np.int64)
        np.minimum.at(self.typical, orders.person[like], like)
        first: Ints = np.full(len(people), none, dtype=np.int64)
        np.minimum.at(first, orders.person[mine], mine)
        early = np.zeros(len(people), dtype=np.bool_)
        early[orders.person[mine[orders.day[mine] < first_day + 4]]] = True
        self.typical[early & (self.typical != first)] = none


def _spent(orders: Orders, lines: Lines, products: Products) -> Floats:
    """Paid by order and category, shape (orders, categories)."""
    cell = lines.order * len(CATEGORIES) + products.category[lines.product]
    flat = np.bincount(cell, weights=lines.paid, minlength=len(orders) * len(CATEGORIES)).astype(np.float64)
    return flat.reshape(len(orders), len(CATEGORIES))
