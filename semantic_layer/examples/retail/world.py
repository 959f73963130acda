"""The truth about one block of people, all parts together. Tables and exports are made from it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail import catalogue
from semantic_layer.examples.retail.baskets import Lines, Orders, fill
from semantic_layer.examples.retail.campaigns import Membership, run_campaigns
from semantic_layer.examples.retail.company import Company, Floats, Ints
from semantic_layer.examples.retail.contacts import Contacts, make_contacts
from semantic_layer.examples.retail.events import Events, make_events
from semantic_layer.examples.retail.outage import empty_the_shelves
from semantic_layer.examples.retail.people import UNKNOWN, People, make_people
from semantic_layer.examples.retail.reach import Levels, Reach, make_levels, make_reach
from semantic_layer.examples.retail.season import daily_weights, is_shopping_festival
from semantic_layer.examples.retail.tickets import Tickets, make_tickets
from semantic_layer.examples.retail.visits import make_visits

_IDS_PER_BLOCK = 100_000_000
GENDERS = ("女", "男")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Everything that is true of one block of people."""

    company: Company
    number: int
    people: People
    contacts: Contacts
    products: catalogue.Products
    planned: tuple[Membership, ...]
    orders: Orders
    lines: Lines
    events: Events
    tickets: Tickets
    levels: Levels
    reach: Reach

    def ids(self, size: int) -> Ints:
        """Ids of `size` rows of this block, from 1 in the first block; blocks never overlap."""
        return np.arange(1, size + 1, dtype=np.int64) + self.number * _IDS_PER_BLOCK

    def keys(self, person: Ints) -> Ints:
        """Customer keys of people of this block; UNKNOWN stays UNKNOWN."""
        return np.where(person < 0, UNKNOWN, self.people.key[person])


def make_block(company: Company, number: int) -> Block:
    """Generate one block; needs nothing from other blocks."""
    weights: Floats = daily_weights(company)
    sale = is_shopping_festival(company)
    products = catalogue.make_products(company)
    people = make_people(company, number, weights)
    visits = make_visits(company, number, people, weights)
    planned, visits = run_campaigns(company, number, people, visits)
    orders, lines = fill(company, number, people, products, visits, sale)
    orders, lines = empty_the_shelves(company, number, people, products, orders, lines)
    return Block(
        company=company,
        number=number,
        people=people,
        contacts=make_contacts(company, number, people),
        products=products,
        planned=planned,
        orders=orders,
        lines=lines,
        events=make_events(company, number, people, products, orders, lines, weights),
        tickets=make_tickets(company, number, people, products, orders, lines),
        levels=make_levels(company, number, people, orders, lines),
        reach=make_reach(company, number, people, planned),
    )


def buyers(block: Block) -> Ints:
    """The customer key of each order; UNKNOWN for cash buyers."""
    return np.where(block.orders.named, block.people.key[block.orders.person], UNKNOWN)


def sum_by_order(block: Block, values: Ints) -> Ints:
    """Sums of line values by order."""
    edges = np.searchsorted(block.lines.order, np.arange(len(block.orders)))
    return np.add.reduceat(values, edges).astype(np.int64) if len(edges) else np.zeros(0, dtype=np.int64)
