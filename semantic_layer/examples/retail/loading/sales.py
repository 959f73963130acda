"""Orders and order lines from the mall and the tills: false ones left out, doubles once, sums from the lines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from semantic_layer.examples.retail.company import Bools, Ints, Texts
from semantic_layer.ingestion import standardise
from semantic_layer.ingestion.arrow import Columns, booleans, integers, money, texts, timestamps
from semantic_layer.ingestion.reading import NOTHING, files_in, read_csv, read_parquet, together
from semantic_layer.ingestion.report import Dirt, Findings
from semantic_layer.ingestion.resolver import NOBODY, SourceRecords

MALL, POS = "mall", "pos"
_RENAMED = {"buyer_mobile": "buyer_phone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Order heads and order lines of one source, lines in the order of their heads' ids."""

    order: Ints
    ordered: Ints
    channel: Texts
    store: Ints
    coupon: Bools
    clues: dict[str, Texts]
    line: Ints
    line_order: Ints
    product: Ints
    quantity: Ints
    returned: Ints
    gross: Ints
    discount: Ints
    paid: Ints
    refund: Ints

    def records(self, source: str) -> SourceRecords:
        """What identity resolution may look at."""
        return SourceRecords(source=source, record=self.order, clues=self.clues)


_HEAD = ("order", "ordered", "channel", "store", "coupon")
_LINE = ("line", "line_order", "product", "quantity", "returned", "gross", "discount", "paid", "refund")


def _clean(sales: Sales, source: str, as_of_end: int, findings: Findings) -> Sales:
    """Without orders of days to come, and without negative amounts that no refund explains."""
    negative = np.unique(sales.line_order[(sales.paid < 0) & (sales.refund == 0)])
    is_negative = np.isin(sales.order, negative)
    is_future = sales.ordered >= as_of_end
    findings.add(source, Dirt.NEGATIVE_AMOUNT, int(is_negative.sum()))
    findings.add(source, Dirt.FUTURE_DATE, int((is_future & ~is_negative).sum()))
    keep = ~(is_negative | is_future)
    keep_line = np.isin(sales.line_order, sales.order[keep])
    return Sales(
        **{name: getattr(sales, name)[keep] for name in _HEAD},
        **{name: getattr(sales, name)[keep_line] for name in _LINE},
        clues={name: values[keep] for name, values in sales.clues.items()},
    )


def product_ids(codes: Texts) -> Ints:
    """P0001 as 1."""
    return np.array([int(code.strip()[1:]) for code in codes], dtype=np.int64)


def read_mall(folder: Path, as_of_end: int, findings: Findings) -> Sales:
    """The online orders."""
    tables = []
    for file in files_in(folder, "orders_*.parquet"):
        table = read_parquet(file)
        findings.add(MALL, Dirt.RENAMED_COLUMN, sum(1 for name in table.names if name in _RENAMED))
        tables.append(table.renamed(_RENAMED))
    heads = together(tables)
    lines = together([read_parquet(file) for file in files_in(folder, "order_lines_*.parquet")])
    number, first = np.unique(heads.integer("order_no"), return_index=True)
    findings.add(MALL, Dirt.DUPLICATE, len(heads) - len(first))
    heads = heads.take(first.astype(np.int64))
    line, first_line = np.unique(lines.integer("line_no"), return_index=True)
    lines = lines.take(first_line.astype(np.int64))
    clues = {"account": "buyer_account", "phone": "buyer_phone", "name": "receiver_name", "address": "receiver_address"}
    sales = Sales(
        order=number,
        ordered=heads.seconds("created_at"),
        channel=heads.text("platform"),
        store=np.full(len(number), NOTHING, dtype=np.int64),
        coupon=heads.truth("coupon_used"),
        clues={clue: heads.text(column) for clue, column in clues.items()},
        line=line,
        line_order=lines.integer("order_no"),
        product=product_ids(lines.text("product_code")),
        quantity=lines.integer("quantity"),
        returned=lines.integer("returned_quantity"),
        gross=lines.cents("list_amount"),
        discount=lines.cents("discount_amount"),
        paid=lines.cents("paid_amount"),
        refund=lines.cents("refund_amount"),
    )
    return _clean(sales, MALL, as_of_end, findings)


def read_pos(folder: Path, as_of_end: int, findings: Findings) -> Sales:
    """The orders of the stores: rows of one receipt make one order."""
    tables = []
    for file in files_in(folder, "pos_*.csv"):
        table, encoding = read_csv(file)
        findings.add(POS, Dirt.OTHER_ENCODING, encoding != "utf-8")
        tables.append(table)
    rows = together(tables)
    line, first_line = np.unique(rows.integer("行号"), return_index=True)
    doubled = np.ones(len(rows), dtype=np.bool_)
    doubled[first_line] = False
    findings.add(POS, Dirt.DUPLICATE, len(np.unique(rows.integer("小票号")[doubled])))
    rows = rows.take(first_line.astype(np.int64))
    receipt = rows.integer("小票号")
    order, first = np.unique(receipt, return_index=True)
    typed = standardise.strip(rows.text("会员号或手机"), POS, findings)[first]
    by_number = np.array([value is not None and value.startswith("M") for value in typed], dtype=np.bool_)
    sales = Sales(
        order=order,
        ordered=rows.seconds("交易时间")[first],
        channel=np.full(len(order), "门店", dtype=object),
        store=rows.integer("门店编号")[first],
        coupon=rows.truth("用券")[first],
        clues={
            "member_no": standardise.only_where(typed, by_number),
            "phone": standardise.only_where(typed, ~by_number),
        },
        line=line,
        line_order=receipt,
        product=product_ids(standardise.strip(rows.text("商品编码"), POS, findings)),
        quantity=rows.integer("数量"),
        returned=rows.integer("退货数量"),
        gross=rows.cents("原价金额"),
        discount=rows.cents("优惠金额"),
        paid=rows.cents("实付金额"),
        refund=rows.cents("退款金额"),
    )
    return _clean(sales, POS, as_of_end, findings)


def joined(one: Sales, other: Sales) -> Sales:
    """Both sources in one, without clues; order and line ids must not meet."""
    both = {
        each.name: np.concatenate([getattr(one, each.name), getattr(other, each.name)])
        for each in fields(Sales)
        if each.name != "clues"
    }
    return Sales(**both, clues={})


def sales_tables(sales: Sales, keys: Ints, costs: Ints) -> dict[str, Columns]:
    """`orders` and `order_lines`; `keys` by order, `costs` in cents by product id (from 1)."""
    order = np.argsort(sales.order, kind="stable")
    ids = sales.order[order]
    place = order[np.searchsorted(ids, sales.line_order)]
    kept = sales.quantity - sales.returned
    net = sales.paid - sales.refund
    profit = net - costs[sales.product - 1] * kept

    def total(values: Ints) -> Ints:
        sums = np.zeros(len(sales.order), dtype=np.int64)
        np.add.at(sums, place, values)
        return sums

    heads = {
        "order_id": integers(sales.order, wide=True),
        "customer_key": integers(keys, null=NOBODY),
        "ordered_at": timestamps(sales.ordered),
        "channel": texts(sales.channel),
        "store_id": integers(sales.store, null=NOTHING),
        "coupon_used": booleans(sales.coupon),
        "gross_amount": money(total(sales.gross)),
        "discount_amount": money(total(sales.discount)),
        "paid_amount": money(total(sales.paid)),
        "refund_amount": money(total(sales.refund)),
        "net_amount": money(total(net)),
        "gross_profit": money(total(profit)),
        "item_count": integers(total(kept)),
    }
    lines = {
        "line_id": integers(sales.line, wide=True),
        "order_id": integers(sales.line_order, wide=True),
        "customer_key": integers(keys[place], null=NOBODY),
        "ordered_at": timestamps(sales.ordered[place]),
        "channel": texts(sales.channel[place]),
        "product_id": integers(sales.product),
        "quantity": integers(sales.quantity),
        "returned_quantity": integers(sales.returned),
        "paid_amount": money(sales.paid),
        "refund_amount": money(sales.refund),
        "net_amount": money(net),
        "gross_profit": money(profit),
    }
    return {"orders": Columns(heads), "order_lines": Columns(lines)}
