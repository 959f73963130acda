"""What people do in the member app: browsing, and what leads up to an online order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail.baskets import Lines, Orders
from semantic_layer.examples.retail.catalogue import CATEGORIES, STORE, Products
from semantic_layer.examples.retail.company import DAY, Company, Floats, Ints, Stream, Texts, pick, pick_rows
from semantic_layer.examples.retail.people import UNKNOWN, People

EVENT_TYPES = ("view", "search", "add_to_cart", "favourite", "share", "comment", "check_in", "push_open")
VIEW, SEARCH, CART = 0, 1, 2
_SHARES = np.array([50.0, 15.0, 14.0, 8.0, 4.0, 3.0, 5.0, 2.0])
_WITHOUT_PRODUCT = (SEARCH, EVENT_TYPES.index("check_in"), EVENT_TYPES.index("push_open"))
EVENTS_PER_PERSON = 18.0
_SILENT_VISITORS = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """One entry an event, in order of time. `person` is UNKNOWN where nobody was logged in."""

    person: Ints
    visitor: Ints  # whose device it was; only the truth knows
    kind: Ints
    occurred: Ints
    product: Ints  # index or UNKNOWN
    search: Texts

    def __len__(self) -> int:
        return len(self.person)


def make_events(
    company: Company, block: int, people: People, products: Products, orders: Orders, lines: Lines, weights: Floats
) -> Events:
    """Events of one block."""
    rng = company.rng(Stream.EVENTS, block)
    visitor, occurred, kind, product = _browsing(company, rng, people, products, weights)
    buyer, bought_at, bought = _before_orders(rng, people, orders, lines)
    lead = 60 + np.minimum(rng.exponential(0.9 * DAY, len(buyer)), 6 * DAY).astype(np.int64)
    early = np.maximum(bought_at - lead, people.registered[buyer] + 20)
    early = np.minimum(early, bought_at - 1)
    visitor = np.concatenate([visitor, buyer, buyer])
    product = np.concatenate([product, bought, bought])
    kind = np.concatenate([kind, np.full(len(buyer), VIEW), np.full(len(buyer), CART)])
    occurred = np.concatenate([occurred, early - 10, early])
    inside = occurred >= company.seconds(np.zeros(1, dtype=np.int64))[0]
    visitor, product, kind, occurred = visitor[inside], product[inside], kind[inside], occurred[inside]
    order = np.argsort(occurred, kind="stable")
    visitor, product, kind, occurred = visitor[order], product[order], kind[order], occurred[order]
    person = np.where(rng.random(len(visitor)) < _SILENT_VISITORS, UNKNOWN, visitor)
    return Events(
        person=person,
        visitor=visitor,
        kind=kind,
        occurred=occurred,
        product=product,
        search=_searches(rng, people, visitor, kind),
    )


def _browsing(
    company: Company, rng: np.random.Generator, people: People, products: Products, weights: Floats
) -> tuple[Ints, Ints, Ints, Ints]:
    edges = np.concatenate([[0.0], np.cumsum(weights**0.6)])
    span = edges[people.last_day + 1] - edges[people.first_day]
    mean = np.where(people.app_user, np.minimum(people.rate, 8.0) ** 0.6, 0.02) * span
    mean *= np.where(people.burnt_out, 2.0, 1.0)
    wanted = EVENTS_PER_PERSON * len(people)
    counts = rng.poisson(mean * wanted / max(float(mean.sum()), 1e-9))
    visitor = np.repeat(np.arange(len(people)), counts)
    place = edges[people.first_day[visitor]] + rng.random(len(visitor)) * span[visitor]
    day = np.clip(np.searchsorted(edges, place, side="right") - 1, 0, company.days - 1)
    hour = np.mod(people.hour[visitor] + rng.normal(0.0, 2.4, len(visitor)), 24.0)
    occurred = company.seconds(day) + np.minimum(hour * 3600, DAY - 1).astype(np.int64)
    occurred = np.where(occurred < people.registered[visitor], company.seconds(day) + DAY - 1, occurred)
    kind = pick(rng, _SHARES, len(visitor))
    product = products.draw(rng, pick_rows(rng, people.taste, visitor))
    product[np.isin(kind, _WITHOUT_PRODUCT)] = UNKNOWN
    return visitor, occurred, kind, product


def _before_orders(rng: np.random.Generator, people: People, orders: Orders, lines: Lines) -> tuple[Ints, Ints, Ints]:
    """For most online orders of app users: the buyer, the moment of the order, and its first product."""
    first = np.searchsorted(lines.order, np.arange(len(orders)))
    through_app = orders.named & (orders.channel != STORE) & people.app_user[orders.person]
    chosen = np.flatnonzero(through_app & (rng.random(len(orders)) < 0.36))
    return orders.person[chosen], orders.ordered[chosen], lines.product[first[chosen]]


def _searches(rng: np.random.Generator, people: People, visitor: Ints, kind: Ints) -> Texts:
    words = [word for category in CATEGORIES for word in category.searches]
    starts = np.cumsum([0, *(len(category.searches) for category in CATEGORIES)])
    chosen = np.flatnonzero(kind == SEARCH)
    category = pick_rows(rng, people.taste, visitor[chosen])
    room = starts[category + 1] - starts[category]
    place = starts[category] + (rng.random(len(chosen)) * room).astype(np.int64)
    text: Texts = np.full(len(kind), None, dtype=object)
    text[chosen] = np.array(words, dtype=object)[place]
    return text
