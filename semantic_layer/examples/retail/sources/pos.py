"""The tills of the stores: one CSV a month, GBK but for two months; member no. or phone as typed, empty for cash buyers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from semantic_layer.examples.retail import catalogue
from semantic_layer.examples.retail.company import Bools, Ints, Texts
from semantic_layer.examples.retail.sources.dirt import Truth, filled, mistyped, some, spaced
from semantic_layer.examples.retail.sources.files import number_texts, second_texts, write_csv, yuan_texts
from semantic_layer.examples.retail.sources.mall import product_codes
from semantic_layer.examples.retail.world import Block, buyers
from semantic_layer.ingestion.report import Dirt

SOURCE = "pos"
FIRST_FALSE_RECEIPT = 60_000_000
_UTF8_MONTHS = ("2025-03", "2025-04")


def write_pos(block: Block, folder: Path, rng: np.random.Generator, truth: Truth) -> None:
    """All months."""
    orders, lines = block.orders, block.lines
    mine = np.flatnonzero(orders.channel == catalogue.STORE)
    number = block.ids(len(orders))
    truth.remember(SOURCE, number[mine], buyers(block)[mine], buyers(block)[mine])
    truth.plant(SOURCE, Dirt.NO_IDENTITY, int((~orders.named[mine]).sum()))
    typed = _typed(block, rng, mine)
    again = some(rng, len(mine), 0.01)
    negative, future = some(rng, len(mine), 0.003), some(rng, len(mine), 0.002)
    for dirt, mask in ((Dirt.DUPLICATE, again), (Dirt.NEGATIVE_AMOUNT, negative), (Dirt.FUTURE_DATE, future)):
        truth.plant(SOURCE, dirt, int(mask.sum()))
    place = np.concatenate([np.arange(len(mine)), *(np.flatnonzero(mask) for mask in (again, negative, future))])
    kind = np.repeat(np.arange(4), [len(mine), int(again.sum()), int(negative.sum()), int(future.sum())])
    receipt = np.where(kind >= 2, FIRST_FALSE_RECEIPT + np.arange(len(place)), number[mine[place]])
    first = np.searchsorted(lines.order, mine[place])
    counts = np.searchsorted(lines.order, mine[place], side="right") - first
    rows = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(int(counts.sum()))
    table = _table(
        block, rng, truth, rows, np.repeat(receipt, counts), np.repeat(kind, counts), np.repeat(typed[place], counts)
    )
    month = orders.ordered[lines.order[rows]].astype("datetime64[s]").astype("datetime64[M]")
    when = np.argsort(month, kind="stable")
    for each in np.unique(month):
        chosen = when[np.searchsorted(month[when], each) : np.searchsorted(month[when], each, side="right")]
        utf8 = str(each) in _UTF8_MONTHS
        part = {header: values[chosen] for header, values in table.items()}
        write_csv(folder / f"pos_{str(each).replace('-', '')}.csv", part, "utf-8" if utf8 else "gbk")
        truth.plant(SOURCE, Dirt.OTHER_ENCODING, not utf8)


def _typed(block: Block, rng: np.random.Generator, mine: Ints) -> Texts:
    """What the cashier typed to find the member."""
    person = block.orders.person[mine]
    typed = np.array([f"M{key:08d}" for key in block.people.key[person].tolist()], dtype=object)
    phone = block.contacts.phone[person]
    by_phone = filled(phone) & some(rng, len(mine), 0.4)
    phone = mistyped(rng, phone, by_phone & some(rng, len(mine), 0.04))
    typed[by_phone] = phone[by_phone]
    typed[~block.orders.named[mine]] = None
    return typed


def _table(
    block: Block, rng: np.random.Generator, truth: Truth, rows: Ints, receipt: Ints, kind: Ints, typed: Texts
) -> dict[str, Texts]:
    orders, lines = block.orders, block.lines
    order = lines.order[rows]
    line = np.where(kind >= 2, FIRST_FALSE_RECEIPT + np.arange(len(rows)), block.ids(len(lines))[rows])
    sold = orders.ordered[order] + np.where(kind == 3, 3 * 365 * 86_400 + block.company.days * 86_400, 0)
    sign = np.where(kind == 2, -1, 1)
    wide: Bools = (kind == 0) & some(rng, len(rows), 0.01)
    truth.plant(SOURCE, Dirt.SURROUNDING_SPACE, int(wide.sum()))
    return {
        "小票号": number_texts(receipt),
        "行号": number_texts(line),
        "门店编号": number_texts(orders.store[order]),
        "交易时间": second_texts(sold),
        "会员号或手机": typed,
        "商品编码": spaced(product_codes(lines.product[rows]), wide),
        "数量": number_texts(lines.quantity[rows]),
        "退货数量": number_texts(np.where(kind == 2, 0, lines.returned[rows])),
        "原价金额": yuan_texts(lines.gross[rows] * sign),
        "优惠金额": yuan_texts(lines.discount[rows] * sign),
        "实付金额": yuan_texts(lines.paid[rows] * sign),
        "退款金额": yuan_texts(np.where(kind == 2, 0, lines.refund[rows])),
        "用券": np.where(orders.coupon[order], "是", "否").astype(object),
    }
