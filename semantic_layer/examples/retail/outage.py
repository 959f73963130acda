"""September 2026: running shoes are out of stock in 华东, and the repurchase rate falls.

Later orders of the month are taken away until the month's rate is `FALL` below August's, `SHARE` of the fall among
buyers in 华东 who mostly bought shoes. Everybody keeps the first order of the month, so buyers are as many as before.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from semantic_layer.examples.retail.baskets import Lines, Orders, keep_orders
from semantic_layer.examples.retail.catalogue import CATEGORIES, SHOES, Products
from semantic_layer.examples.retail.company import Bools, Company, Floats, Ints, Stream
from semantic_layer.examples.retail.people import UNKNOWN, People
from semantic_layer.examples.retail.places import CITIES

FALL = 0.045
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
    for group, share in ((True, SHARE), (False, 1.0 - SHARE)):
        before = int((august.repeat & (august.struck == group)).sum()) / max(august.buyers, 1)
        there = np.flatnonzero(september.repeat & (september.struck == group))
        wanted = round((before - FALL * share) * september.buyers)
        # Only those whose first order is like their month: with it alone they stay in the group that they were in.
        able = there[september.first_like_month[there]]
        losing = rng.permutation(able)[: max(len(there) - max(wanted, 0), 0)]
        lost = np.isin(orders.person, losing) & orders.named & september.inside & ~september.is_first
        keep &= ~lost
    return keep_orders(orders, lines, keep)


class _Month:
    """Who bought in a month, who more than once, and whose month was shoes in 华东."""

    def __init__(
        self,
        company: Company,
        people: People,
        products: Products,
        orders: Orders,
        lines: Lines,
        span: tuple[date, date],
    ) -> None:
        size = len(people)
        self.inside: Bools = orders.named & (orders.day >= company.day(span[0])) & (orders.day <= company.day(span[1]))
        mine = np.flatnonzero(self.inside)
        counts = np.bincount(orders.person[mine], minlength=size)
        self.buyers = int((counts > 0).sum())
        self.repeat: Bools = counts > 1
        first_of: Ints = np.full(size, len(orders), dtype=np.int64)
        np.minimum.at(first_of, orders.person[mine], mine)
        self.is_first: Bools = np.zeros(len(orders) + 1, dtype=np.bool_)
        self.is_first[first_of] = True
        self.is_first = self.is_first[:-1]
        spent = self._spent(orders, lines, products, self.inside, size)
        spent_first = self._spent(orders, lines, products, self.inside & self.is_first, size)
        main = spent.argmax(axis=1)
        east = np.array([city.region == "华东" for city in CITIES])
        self.struck: Bools = (main == SHOES) & (people.city != UNKNOWN) & east[people.city]
        self.first_like_month: Bools = spent_first.argmax(axis=1) == main

    @staticmethod
    def _spent(orders: Orders, lines: Lines, products: Products, chosen: Bools, size: int) -> Floats:
        """Paid by person and category, shape (people, categories)."""
        mine = chosen[lines.order]
        cell = orders.person[lines.order[mine]] * len(CATEGORIES) + products.category[lines.product[mine]]
        flat: Floats = np.bincount(cell, weights=lines.paid[mine], minlength=size * len(CATEGORIES))
        return flat.reshape(size, len(CATEGORIES))
