"""What is in each order: channel, store, time of day, lines, discounts, returns and profit. Money in cents."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from semantic_layer.examples.retail.catalogue import BASKET, CATEGORIES, STORE, Products
from semantic_layer.examples.retail.company import DAY, Bools, Company, Floats, Ints, Stream, edges_of, pick_rows
from semantic_layer.examples.retail.people import UNKNOWN, People, registration_day
from semantic_layer.examples.retail.places import CITIES, stores_by_city
from semantic_layer.examples.retail.visits import Visits

_EXTRA_LINE_CHANCE = (0.47, 0.44, 0.4, 0.36, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """One entry an order, in order of time. `person` is an index into the block, also for those who left no name."""

    person: Ints
    named: Bools  # False: a cash buyer
    day: Ints
    ordered: Ints  # seconds since 1970, local clock
    channel: Ints
    store: Ints  # store_id or UNKNOWN
    coupon: Bools

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One entry an order line, in the order of their orders."""

    order: Ints  # index into the orders
    product: Ints  # index into the products
    quantity: Ints
    returned: Ints
    gross: Ints
    discount: Ints
    paid: Ints
    refund: Ints
    profit: Ints

    def __len__(self) -> int:
        return len(self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """Lines before they have prices."""

    order: Ints
    product: Ints
    quantity: Ints


def keep_orders(orders: Orders, lines: Lines, keep: Bools) -> tuple[Orders, Lines]:
    """Only the orders of the mask, with their lines."""
    position = np.cumsum(keep) - 1
    chosen = keep[lines.order]
    left = Lines(**{each.name: getattr(lines, each.name)[chosen] for each in fields(Lines) if each.name != "order"},
                 order=position[lines.order[chosen]])  # fmt: skip
    return Orders(**{each.name: getattr(orders, each.name)[keep] for each in fields(Orders)}), left


def make_orders(company: Company, rng: np.random.Generator, people: People, visits: Visits, sale: Floats) -> Orders:
    """Channel, place, time and coupon of each visit, and the cash buyers of the stores."""
    person, day = visits.person, visits.day
    channel = pick_rows(rng, people.channel, person)
    cash = np.flatnonzero((channel == STORE) & (rng.random(len(person)) < 0.17))
    person = np.concatenate([person, person[cash]])
    day = np.concatenate([day, np.clip(day[cash] + rng.integers(-3, 4, len(cash)), 0, company.days - 1)])
    channel = np.concatenate([channel, channel[cash]])
    named = np.arange(len(person)) < len(visits)
    second = _second_of_day(rng, people, person, channel)
    registered = people.registered[person] % DAY
    second = np.where(
        named & (day == registration_day(company, people)[person]) & (second <= registered),
        registered + 1 + ((DAY - 2 - registered) * rng.random(len(person)) ** 2).astype(np.int64),
        second,
    )
    chance = 0.03 + 0.82 * people.coupon_love[person] + 0.12 * sale[day]
    coupon = rng.random(len(person)) < np.where(named, np.minimum(chance, 0.95), 0.0)
    coupon[: len(visits)] |= visits.coupon
    ordered = company.seconds(day) + second
    order = np.argsort(ordered, kind="stable")
    store = np.where(channel == STORE, _stores(rng, people.home[person]), UNKNOWN)
    return Orders(
        person=person[order],
        named=named[order],
        day=day[order],
        ordered=ordered[order],
        channel=channel[order],
        store=store[order],
        coupon=coupon[order],
    )


def _second_of_day(rng: np.random.Generator, people: People, person: Ints, channel: Ints) -> Ints:
    hour = np.mod(people.hour[person] + rng.normal(0.0, 2.0, len(person)), 24.0)
    shop = 10.0 + np.mod(hour - 10.0, 11.8)
    second: Ints = np.minimum(np.where(channel == STORE, shop, hour) * 3600, DAY - 1).astype(np.int64)
    return second


def _stores(rng: np.random.Generator, home: Ints) -> Ints:
    table = np.full((len(CITIES), 3), UNKNOWN, dtype=np.int64)
    for city, stores in stores_by_city().items():
        table[city] = np.resize(np.array(stores, dtype=np.int64), 3)
    store: Ints = table[home, rng.integers(0, 3, len(home))]
    return store


def make_lines(
    company: Company, rng: np.random.Generator, people: People, products: Products, orders: Orders, sale: Floats
) -> Lines:
    """Fill the baskets."""
    size = len(orders)
    more = np.ones(size, dtype=np.int64)
    going = np.ones(size, dtype=np.bool_)
    for chance in _EXTRA_LINE_CHANCE:
        going &= rng.random(size) < chance
        more += going
    order = np.repeat(np.arange(size), more)
    first = np.concatenate([[0], np.cumsum(more)[:-1]])
    is_first = np.zeros(len(order), dtype=np.bool_)
    is_first[first] = True
    main = pick_rows(rng, people.taste, orders.person)
    category = np.where(is_first, main[order], pick_rows(rng, edges_of(BASKET), main[order]))
    product = _products(rng, products, category, people.price_level[orders.person[order]])
    several = np.array([each.several for each in CATEGORIES])[category]
    quantity = 1 + (rng.random(len(order)) < several) + (rng.random(len(order)) < several * 0.3)
    drawn = _Drawn(order=order, product=product, quantity=quantity.astype(np.int64))
    return _priced(company, rng, people, products, orders, sale, drawn)


def _products(rng: np.random.Generator, products: Products, category: Ints, price_level: Floats) -> Ints:
    """Of two products, those who spend more take the dearer one more often."""
    one, other = products.draw(rng, category), products.draw(rng, category)
    dear = np.where(products.price[one] >= products.price[other], one, other)
    cheap = np.where(dear == one, other, one)
    chance = np.clip(0.5 + 0.55 * (price_level - 1.0), 0.04, 0.97)
    return np.where(rng.random(len(category)) < chance, dear, cheap)


def _priced(
    company: Company,
    rng: np.random.Generator,
    people: People,
    products: Products,
    orders: Orders,
    sale: Floats,
    drawn: _Drawn,
) -> Lines:
    order, product, quantity = drawn.order, drawn.product, drawn.quantity
    gross = products.price[product] * quantity
    rate = np.where(orders.coupon, rng.uniform(0.08, 0.2, len(orders)), 0.0)
    rate += sale[orders.day] * rng.uniform(0.06, 0.16, len(orders))
    discount = np.rint(gross * rate[order] / 10).astype(np.int64) * 10
    paid = gross - discount
    chance = np.array([each.returns for each in CATEGORIES])[products.category[product]]
    chance = chance * (0.85 + 0.6 * people.coupon_love[orders.person[order]])
    chance = chance * np.minimum((company.days - orders.day[order]) / 8.0, 1.0)
    back = rng.random(len(order)) < chance
    part = rng.integers(1, 4, len(order))
    returned = np.where(back, np.where(part < quantity, part, quantity), 0)
    refund = paid * returned // quantity
    profit = paid - refund - products.cost[product] * (quantity - returned)
    return Lines(
        order=order,
        product=product,
        quantity=quantity,
        returned=returned,
        gross=gross,
        discount=discount,
        paid=paid,
        refund=refund,
        profit=profit,
    )


def fill(
    company: Company, block: int, people: People, products: Products, visits: Visits, sale: Floats
) -> tuple[Orders, Lines]:
    """Orders and lines of one block, in order of time."""
    rng = company.rng(Stream.BASKETS, block)
    orders = make_orders(company, rng, people, visits, sale)
    return orders, make_lines(company, rng, people, products, orders, sale)
