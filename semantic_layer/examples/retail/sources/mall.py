"""The online mall: Parquet files of orders and lines by year, and the product list.

Orders come with the buyer's account, often a phone, and a receiver who is sometimes somebody else. The column of the
phone was renamed in 2026.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from semantic_layer.examples.retail import catalogue
from semantic_layer.examples.retail.company import Company, Ints, Texts
from semantic_layer.examples.retail.contacts import HOMOPHONES
from semantic_layer.examples.retail.sources.dirt import Truth, filled, some, take
from semantic_layer.examples.retail.world import Block, buyers
from semantic_layer.ingestion.arrow import Columns, booleans, codes, integers, money, texts, timestamps
from semantic_layer.ingestion.report import Dirt

SOURCE = "mall"
RENAMED_IN = 2026
FIRST_FALSE_ORDER = 50_000_000
_ACCOUNTS = ("tb", "jd", "wx", "app", "web", "pos")


def product_codes(product: Ints) -> Texts:
    """The code that all systems print for a product: P0001 is product 1."""
    code: Texts = ("P" + np.char.zfill((product + 1).astype(str), 4).astype(object)).astype(object)
    return code


def write_products(company: Company, folder: Path) -> None:
    """The product list with prices and costs."""
    products = catalogue.make_products(company)
    Columns(
        {
            "product_code": texts(product_codes(np.arange(len(products.name)))),
            "product_name": texts(products.name),
            "category": codes(products.category, catalogue.CATEGORY_NAMES),
            "brand": texts(products.brand),
            "list_price": money(products.price),
            "cost_price": money(products.cost),
        }
    ).write(folder / "products.parquet")


def write_mall(block: Block, folder: Path, rng: np.random.Generator, truth: Truth) -> None:
    """Orders and lines, with duplicates, false negatives and dates to come mixed in."""
    orders, lines = block.orders, block.lines
    mine = np.flatnonzero(orders.channel != catalogue.STORE)
    number = block.ids(len(orders))
    truth.remember(SOURCE, number[mine], buyers(block)[mine], buyers(block)[mine])
    again = some(rng, len(mine), 0.008)
    negative, future = some(rng, len(mine), 0.0015), some(rng, len(mine), 0.001)
    truth.plant(SOURCE, Dirt.DUPLICATE, int(again.sum()))
    truth.plant(SOURCE, Dirt.NEGATIVE_AMOUNT, int(negative.sum()))
    truth.plant(SOURCE, Dirt.FUTURE_DATE, int(future.sum()))
    copies = np.concatenate([mine, mine[again], mine[negative], mine[future]])
    kind = np.repeat(np.arange(4), [len(mine), int(again.sum()), int(negative.sum()), int(future.sum())])
    false_number = FIRST_FALSE_ORDER + np.arange(len(copies))
    copy_number = np.where(kind >= 2, false_number, number[copies])
    created = orders.ordered[copies] + np.where(kind == 3, 2 * 365 * 86_400 + block.company.days * 86_400, 0)
    head = _heads(block, rng, copies, copy_number, created)
    first = np.searchsorted(lines.order, copies)
    counts = np.searchsorted(lines.order, copies, side="right") - first
    rows = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(int(counts.sum()))
    sign = np.where(np.repeat(kind, counts) == 2, -1, 1)
    body = _bodies(block, rows, np.repeat(copy_number, counts), np.repeat(kind, counts), sign)
    year = 1970 + orders.ordered[copies].astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64)
    for each in sorted(set(year.tolist())):
        chosen = np.flatnonzero(year == each)
        chosen = chosen[np.argsort(created[chosen], kind="stable")]
        renamed = each >= RENAMED_IN
        part = take(head, chosen).columns
        named = {("buyer_mobile" if renamed and key == "buyer_phone" else key): part[key] for key in part}
        truth.plant(SOURCE, Dirt.RENAMED_COLUMN, renamed)
        Columns(named).write(folder / f"orders_{each}.parquet")
        take(body, np.flatnonzero(np.repeat(year, counts) == each)).write(folder / f"order_lines_{each}.parquet")


def _heads(block: Block, rng: np.random.Generator, copies: Ints, number: Ints, created: Ints) -> Columns:
    orders, people, contacts = block.orders, block.people, block.contacts
    person, channel = orders.person[copies], orders.channel[copies]
    account = (
        np.array(_ACCOUNTS, dtype=object)[channel]
        + "_"
        + (people.key[person] * 7_919 % 999_983).astype(str).astype(object)
    )
    phone = contacts.phone[person]
    phone[some(rng, len(copies), 0.22)] = None
    receiver, address = contacts.name[person], contacts.address[person]
    gift = some(rng, len(copies), 0.06)
    other = rng.integers(0, len(people), int(gift.sum()))
    receiver[gift], address[gift] = contacts.name[other], contacts.address[other]
    heard = filled(receiver) & some(rng, len(copies), 0.03)
    receiver[heard] = [str(name).translate(HOMOPHONES) for name in receiver[heard]]
    return Columns(
        {
            "order_no": integers(number, wide=True),
            "platform": codes(channel, catalogue.CHANNELS),
            "created_at": timestamps(created),
            "buyer_account": texts(account),
            "buyer_phone": texts(phone),
            "receiver_name": texts(receiver),
            "receiver_address": texts(address),
            "coupon_used": booleans(orders.coupon[copies]),
        }
    )


def _bodies(block: Block, rows: Ints, number: Ints, kind: Ints, sign: Ints) -> Columns:
    lines = block.lines
    line_number = np.where(kind >= 2, FIRST_FALSE_ORDER + np.arange(len(rows)), block.ids(len(lines))[rows])
    refund = np.where(kind == 2, 0, lines.refund[rows])
    return Columns(
        {
            "line_no": integers(line_number, wide=True),
            "order_no": integers(number, wide=True),
            "product_code": texts(product_codes(lines.product[rows])),
            "quantity": integers(lines.quantity[rows]),
            "returned_quantity": integers(np.where(kind == 2, 0, lines.returned[rows])),
            "list_amount": money(lines.gross[rows] * sign),
            "discount_amount": money(lines.discount[rows] * sign),
            "paid_amount": money(lines.paid[rows] * sign),
            "refund_amount": money(refund),
        }
    )
