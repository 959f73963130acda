"""The clean tables of TABLES.md, straight from the truth: what loading the exports must arrive at."""

from __future__ import annotations

import numpy as np

from semantic_layer.examples.retail import campaigns, catalogue, places
from semantic_layer.examples.retail.company import EPOCH, Company
from semantic_layer.examples.retail.events import EVENT_TYPES
from semantic_layer.examples.retail.people import UNKNOWN
from semantic_layer.examples.retail.tickets import TICKET_TYPES
from semantic_layer.examples.retail.world import GENDERS, Block, buyers, sum_by_order
from semantic_layer.ingestion.arrow import (
    Columns,
    booleans,
    codes,
    dates,
    decimals,
    integers,
    money,
    texts,
    timestamps,
)


def fixed_tables(company: Company) -> dict[str, Columns]:
    """The tables that do not depend on people."""
    cities, products = places.CITIES, catalogue.make_products(company)
    held = [each for each in campaigns.CAMPAIGNS if company.start <= each.starts <= company.end]
    day = {each.id: (each.starts - EPOCH).days for each in held}
    last = {each.id: (each.ends - EPOCH).days for each in held}
    return {
        "cities": Columns(
            {
                "city": texts([city.name for city in cities]),
                "province": texts([city.province for city in cities]),
                "region": texts([city.region for city in cities]),
                "city_tier": texts([city.tier for city in cities]),
            }
        ),
        "stores": Columns(
            {
                "store_id": integers(np.array([store[0] for store in places.STORES], dtype=np.int64)),
                "store_name": texts([store[1] for store in places.STORES]),
                "city": texts([store[2] for store in places.STORES]),
            }
        ),
        "products": Columns(
            {
                "product_id": integers(np.arange(1, len(products.name) + 1, dtype=np.int64)),
                "product_name": texts(products.name),
                "category": codes(products.category, catalogue.CATEGORY_NAMES),
                "brand": texts(products.brand),
                "list_price": money(products.price),
            }
        ),
        "campaigns": Columns(
            {
                "campaign_id": integers(np.array([each.id for each in held], dtype=np.int64)),
                "campaign_name": texts([each.name for each in held]),
                "message_channel": texts([each.channel for each in held]),
                "kind": texts([each.kind for each in held]),
                "starts_on": dates(np.array([day[each.id] for each in held], dtype=np.int64)),
                "ends_on": dates(np.array([last[each.id] for each in held], dtype=np.int64)),
                "planned_control_share": decimals([each.control for each in held]),
            }
        ),
    }


def clean_tables(block: Block) -> dict[str, Columns]:
    """The clean tables of one block, rows in order of time where there is one."""
    return {
        "customers": _customers(block),
        "level_history": _level_history(block),
        "orders": _orders(block),
        "order_lines": _order_lines(block),
        "events": _events(block),
        "tickets": _tickets(block),
        "campaign_members": _campaign_members(block),
        "messages": _messages(block),
        "consents": _consents(block),
    }


def _customers(block: Block) -> Columns:
    people, contacts = block.people, block.contacts
    number = np.char.zfill(people.key.astype(str), 8).astype(object)
    return Columns(
        {
            "customer_key": integers(people.key),
            "member_no": texts("M" + number),
            "name": texts(contacts.name),
            "gender": codes(people.gender, GENDERS),
            "birthday": dates(people.birth, people.birth_known),
            "phone": texts(contacts.phone),
            "email": texts(contacts.email),
            "address": texts(contacts.address),
            "city": codes(people.city, [city.name for city in places.CITIES]),
            "member_level": codes(block.levels.now, catalogue.LEVELS),
            "registered_at": timestamps(people.registered),
            "registration_channel": codes(people.registration_channel, catalogue.CHANNELS),
        }
    )


def _level_history(block: Block) -> Columns:
    levels, offset = block.levels, (block.company.start - EPOCH).days
    return Columns(
        {
            "customer_key": integers(block.keys(levels.person)),
            "member_level": codes(levels.level, catalogue.LEVELS),
            "valid_from": dates(levels.begins + offset),
            "valid_to": dates(levels.ends + offset, ~levels.current),
        }
    )


def _orders(block: Block) -> Columns:
    orders, lines = block.orders, block.lines
    return Columns(
        {
            "order_id": integers(block.ids(len(orders)), wide=True),
            "customer_key": integers(buyers(block), null=UNKNOWN),
            "ordered_at": timestamps(orders.ordered),
            "channel": codes(orders.channel, catalogue.CHANNELS),
            "store_id": integers(orders.store, null=UNKNOWN),
            "coupon_used": booleans(orders.coupon),
            "gross_amount": money(sum_by_order(block, lines.gross)),
            "discount_amount": money(sum_by_order(block, lines.discount)),
            "paid_amount": money(sum_by_order(block, lines.paid)),
            "refund_amount": money(sum_by_order(block, lines.refund)),
            "net_amount": money(sum_by_order(block, lines.paid - lines.refund)),
            "gross_profit": money(sum_by_order(block, lines.profit)),
            "item_count": integers(sum_by_order(block, lines.quantity - lines.returned)),
        }
    )


def _order_lines(block: Block) -> Columns:
    orders, lines = block.orders, block.lines
    return Columns(
        {
            "line_id": integers(block.ids(len(lines)), wide=True),
            "order_id": integers(block.ids(len(orders))[lines.order], wide=True),
            "customer_key": integers(buyers(block)[lines.order], null=UNKNOWN),
            "ordered_at": timestamps(orders.ordered[lines.order]),
            "channel": codes(orders.channel[lines.order], catalogue.CHANNELS),
            "product_id": integers(lines.product + 1),
            "quantity": integers(lines.quantity),
            "returned_quantity": integers(lines.returned),
            "paid_amount": money(lines.paid),
            "refund_amount": money(lines.refund),
            "net_amount": money(lines.paid - lines.refund),
            "gross_profit": money(lines.profit),
        }
    )


def _events(block: Block) -> Columns:
    events = block.events
    return Columns(
        {
            "event_id": integers(block.ids(len(events)), wide=True),
            "customer_key": integers(block.keys(events.person), null=UNKNOWN),
            "event_type": codes(events.kind, EVENT_TYPES),
            "occurred_at": timestamps(events.occurred),
            "product_id": integers(np.where(events.product < 0, UNKNOWN, events.product + 1), null=UNKNOWN),
            "search_text": texts(events.search),
        }
    )


def _tickets(block: Block) -> Columns:
    tickets = block.tickets
    return Columns(
        {
            "ticket_id": integers(block.ids(len(tickets)), wide=True),
            "customer_key": integers(block.keys(tickets.person), null=UNKNOWN),
            "opened_at": timestamps(tickets.opened),
            "ticket_type": codes(tickets.kind, TICKET_TYPES),
            "conversation": texts(tickets.conversation),
            "rating": integers(tickets.rating, null=UNKNOWN),
        }
    )


def _campaign_members(block: Block) -> Columns:
    sizes = [len(member.person) for member in block.planned]
    person = np.concatenate([member.person for member in block.planned]) if sizes else np.zeros(0, dtype=np.int64)
    treated = np.concatenate([member.treated for member in block.planned]) if sizes else np.zeros(0, dtype=np.bool_)
    return Columns(
        {
            "campaign_id": integers(np.repeat(np.array([m.campaign.id for m in block.planned], dtype=np.int64), sizes)),
            "customer_key": integers(block.keys(person)),
            "planned_group": codes(treated.astype(np.int64), ("control", "treatment")),
        }
    )


def _messages(block: Block) -> Columns:
    reach = block.reach
    return Columns(
        {
            "message_id": integers(block.ids(len(reach.person)), wide=True),
            "campaign_id": integers(reach.campaign),
            "customer_key": integers(block.keys(reach.person)),
            "message_channel": codes(reach.channel, catalogue.MESSAGE_CHANNELS),
            "sent_at": timestamps(reach.sent),
            "delivered": booleans(reach.delivered),
            "opened": booleans(reach.opened),
            "clicked": booleans(reach.clicked),
            "unsubscribed": booleans(reach.unsubscribed),
        }
    )


def _consents(block: Block) -> Columns:
    reach = block.reach
    person, channel = np.nonzero(reach.recorded)
    return Columns(
        {
            "customer_key": integers(block.keys(person)),
            "message_channel": codes(channel, catalogue.MESSAGE_CHANNELS),
            "granted": booleans(reach.granted[person, channel]),
            "changed_at": timestamps(reach.changed[person, channel]),
        }
    )
