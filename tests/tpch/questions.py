"""The business questions of TPC-H as queries over the definitions in `model/`, with the standard's validation parameters.

Each function asks through the semantic layer and gives the rows in the order of the standard's columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    Not,
    Or,
    Predicate,
)
from semantic_layer.query.time import DatePart, Grain, Span
from semantic_layer.query.types import Bound, ByField, ByTime, Order, Query
from semantic_layer.table import Cell

Rows = list[tuple[Cell, ...]]
EVER = Span(None, None)
CUSTOMER_NATION = "of_order>buyer>home>nation.name"
SUPPLIER_NATION = "supplied_by>seat>nation.name"
ORDER_YEAR = ByField("order.ordered_on", part=DatePart.YEAR)


@dataclass(frozen=True, slots=True)
class Ask:
    """Runs a query as an analyst; `scale` is the size of the data, which one of the questions depends on."""

    run: Callable[[Query], Rows]
    scale: float

    def rows(self, query: Query, *columns: int) -> Rows:
        """The result with its columns in the order of `columns`; as they are without."""
        found = self.run(query)
        return [tuple(row[at] for at in columns) for row in found] if columns else found

    def number(self, query: Query) -> float:
        ((cell,),) = self.run(query)
        return float(cell)  # type: ignore[arg-type]


def every(*parts: Predicate) -> And:
    return And(parts)


def up(*fields: str) -> tuple[Order, ...]:
    return tuple(Order(field, descending=False) for field in fields)


def q01(ask: Ask) -> Rows:
    """Pricing summary: what was shipped until 90 days before the end, by return flag and status."""
    metrics = ("quantity", "base_price", "revenue", "charge", "average_quantity", "average_price", "average_discount")
    query = Query(
        metrics=(*metrics, "lines"),
        by=(ByField("line.return_flag"), ByField("line.status")),
        time=Span(None, date(1998, 9, 2)),
        order=up("line.return_flag", "line.status"),
    )
    return ask.rows(query)


def q02(ask: Ask) -> Rows:
    """Minimum cost supplier: the suppliers of Europe that offer a kind of part at the least cost there."""
    supplier = ("balance", "name", "address", "phone", "comment")
    query = Query(
        metrics=("cheapest_offers",),
        by=(
            *(ByField(f"supplier.{field}") for field in supplier),
            ByField("nation.name"),
            ByField("part.number"),
            ByField("part.manufacturer"),
        ),
        where=every(
            Compare("part.size", "=", 15),
            Compare("part.of_brass", "=", value=True),
            Compare("region.name", "=", "EUROPE"),
        ),
        time=EVER,
        order=(Order("supplier.balance"), *up("nation.name", "supplier.name", "part.number")),
        limit=100,
    )
    return ask.rows(query, 0, 1, 5, 6, 7, 2, 3, 4)


def q03(ask: Ask) -> Rows:
    """Shipping priority: the ten unshipped orders of builders with the largest revenue."""
    query = Query(
        metrics=("revenue",),
        by=(ByField("order.number"), ByField("order.ordered_on"), ByField("order.ship_priority")),
        where=every(
            Compare("customer.market_segment", "=", "BUILDING"), Compare("order.ordered_on", "<", "1995-03-15")
        ),
        time=Span(date(1995, 3, 16), None),
        order=(Order("revenue"), Order("order.ordered_on", descending=False)),
        limit=10,
    )
    return ask.rows(query, 0, 3, 1, 2)


def q04(ask: Ask) -> Rows:
    """Order priority: orders of a quarter with a line received late, by priority."""
    query = Query(
        metrics=("orders",),
        by=(ByField("order.priority"),),
        where=HasMetric(metric="late_lines", op=">=", value=1, time=EVER, entity="order"),
        time=Span(date(1993, 7, 1), date(1993, 9, 30)),
        order=up("order.priority"),
    )
    return ask.rows(query)


def q05(ask: Ask) -> Rows:
    """Local supplier volume: revenue of Asian nations whose customers bought from suppliers at home, in a year."""
    query = Query(
        metrics=("local_revenue",),
        by=(ByField(SUPPLIER_NATION),),
        where=every(
            Compare("supplied_by>seat>part_of_world>region.name", "=", "ASIA"),
            Between("order.ordered_on", "1994-01-01", "1994-12-31"),
        ),
        time=EVER,
    )
    return ask.rows(query)


def q06(ask: Ask) -> Rows:
    """Forecasting revenue change: what small discounts on small orders cost in a year."""
    query = Query(
        metrics=("discount_given",),
        where=every(Between("line.discount", 0.05, 0.07), Compare("line.quantity", "<", 24)),
        time=Span(date(1994, 1, 1), date(1994, 12, 31)),
    )
    return ask.rows(query)


def q07(ask: Ask) -> Rows:
    """Volume shipping: revenue between France and Germany, by direction and year."""

    def between(supplier: str, customer: str) -> Predicate:
        return every(Compare(SUPPLIER_NATION, "=", supplier), Compare(CUSTOMER_NATION, "=", customer))

    query = Query(
        metrics=("revenue",),
        by=(ByField(SUPPLIER_NATION), ByField(CUSTOMER_NATION), ByTime(Grain.YEAR, part=DatePart.YEAR)),
        where=Or((between("FRANCE", "GERMANY"), between("GERMANY", "FRANCE"))),
        time=Span(date(1995, 1, 1), date(1996, 12, 31)),
        order=up(SUPPLIER_NATION, CUSTOMER_NATION, "time"),
    )
    return ask.rows(query)


def q08(ask: Ask) -> Rows:
    """National market share: Brazil's part of America's revenue with a type of part, by year of the order."""
    query = Query(
        metrics=("brazilian_share",),
        by=(ORDER_YEAR,),
        where=every(
            Compare("of_order>buyer>home>part_of_world>region.name", "=", "AMERICA"),
            Compare("part.type", "=", "ECONOMY ANODIZED STEEL"),
            Between("order.ordered_on", "1995-01-01", "1996-12-31"),
        ),
        time=EVER,
        order=up("order.ordered_on"),
    )
    return ask.rows(query)


def q09(ask: Ask) -> Rows:
    """Product type profit: profit on green parts, by nation of the supplier and year of the order."""
    query = Query(
        metrics=("profit",),
        by=(ByField(SUPPLIER_NATION), ORDER_YEAR),
        where=Contains("part.name", "green"),
        time=EVER,
        order=(Order(SUPPLIER_NATION, descending=False), Order("order.ordered_on")),
    )
    return ask.rows(query)


def q10(ask: Ask) -> Rows:
    """Returned items: the twenty customers who sent back the most of what they ordered in a quarter."""
    fields = ("number", "name", "balance", "address", "phone", "comment")
    query = Query(
        metrics=("revenue",),
        by=(*(ByField(f"customer.{field}") for field in fields), ByField(CUSTOMER_NATION)),
        where=every(Compare("line.return_flag", "=", "R"), Between("order.ordered_on", "1993-10-01", "1993-12-31")),
        time=EVER,
        order=(Order("revenue"),),
        limit=20,
    )
    return ask.rows(query, 0, 1, 7, 2, 6, 3, 4, 5)


def q11(ask: Ask) -> Rows:
    """Important stock: the parts that make up more than a small fraction of the value of all German stock.

    Two questions: what all of it is worth, and which parts are worth more than the fraction of that.
    """
    german = Compare("nation.name", "=", "GERMANY")
    whole = ask.number(Query(metrics=("stock_value",), where=german))
    query = Query(
        metrics=("stock_value",),
        by=(ByField("part.number"),),
        where=german,
        having=(Bound(metric="stock_value", op=">", value=whole * 0.0001 / ask.scale),),
        order=(Order("stock_value"),),
    )
    return ask.rows(query)


def q12(ask: Ask) -> Rows:
    """Shipping modes: urgent and other lines that were shipped in time and still received late, by mode."""
    query = Query(
        metrics=("urgent_lines", "other_lines"),
        by=(ByField("line.ship_mode"),),
        where=every(
            Among("line.ship_mode", ("MAIL", "SHIP")),
            Compare("line.late", "=", value=True),
            Compare("line.shipped_in_time", "=", value=True),
        ),
        time=Span(date(1994, 1, 1), date(1994, 12, 31)),
        order=up("line.ship_mode"),
    )
    return ask.rows(query)


def q13(ask: Ask) -> Rows:
    """Customer distribution: how many customers have how many orders, also none."""
    query = Query(
        metrics=("customers",),
        by=(ByField("customer.order_count"),),
        time=EVER,
        order=(Order("customers"), Order("customer.order_count")),
    )
    return ask.rows(query)


def q14(ask: Ask) -> Rows:
    """Promotion effect: the part of a month's revenue, in percent, that came from promoted parts."""
    share = ask.number(Query(metrics=("promotion_share",), time=Span(date(1995, 9, 1), date(1995, 9, 30))))
    return [(100 * share,)]


def q15(ask: Ask) -> Rows:
    """Top supplier: the supplier with the largest revenue of a quarter."""
    query = Query(
        metrics=("revenue",),
        by=tuple(ByField(f"supplier.{field}") for field in ("number", "name", "address", "phone")),
        time=Span(date(1996, 1, 1), date(1996, 3, 31)),
        order=(Order("revenue"),),
        limit=1,
    )
    return ask.rows(query)


def q16(ask: Ask) -> Rows:
    """Parts and suppliers: how many suppliers without complaints offer parts, by brand, type and size."""
    fields = ("part.brand", "part.type", "part.size")
    query = Query(
        metrics=("offering_suppliers",),
        by=tuple(ByField(field) for field in fields),
        where=every(
            Compare("part.brand", "!=", "Brand#45"),
            Compare("part.medium_polished", "=", value=False),
            Among("part.size", (49, 14, 23, 45, 19, 3, 36, 9)),
            Compare("supplier.complained_about", "=", value=False),
        ),
        order=(Order("offering_suppliers"), *up(*fields)),
    )
    return ask.rows(query)


def q17(ask: Ask) -> Rows:
    """Small-quantity orders: what a year would lose without the small orders of a brand in a container."""
    query = Query(
        metrics=("small_orders_a_year",),
        where=every(Compare("part.brand", "=", "Brand#23"), Compare("part.container", "=", "MED BOX")),
        time=EVER,
    )
    return ask.rows(query)


def q18(ask: Ask) -> Rows:
    """Large volume customers: the orders of more than 300 pieces, dearest first."""
    fields = ("customer.name", "customer.number", "order.number", "order.ordered_on", "order.total_price")
    query = Query(
        metrics=("quantity",),
        by=tuple(ByField(field) for field in fields),
        having=(Bound(metric="quantity", op=">", value=300),),
        time=EVER,
        order=(Order("order.total_price"), *up("order.ordered_on")),
        limit=100,
    )
    return ask.rows(query)


def q19(ask: Ask) -> Rows:
    """Discounted revenue: three kinds of parts, delivered by air and in person."""

    def kind(brand: str, containers: tuple[str, ...], fewest: int, largest: int) -> Predicate:
        return every(
            Compare("part.brand", "=", brand),
            Among("part.container", containers),
            Between("line.quantity", fewest, fewest + 10),
            Between("part.size", 1, largest),
        )

    query = Query(
        metrics=("revenue",),
        where=every(
            Among("line.ship_mode", ("AIR", "AIR REG")),
            Compare("line.ship_instruction", "=", "DELIVER IN PERSON"),
            Or(
                (
                    kind("Brand#12", ("SM CASE", "SM BOX", "SM PACK", "SM PKG"), 1, 5),
                    kind("Brand#23", ("MED BAG", "MED BOX", "MED PKG", "MED PACK"), 10, 10),
                    kind("Brand#34", ("LG CASE", "LG BOX", "LG PACK", "LG PKG"), 20, 15),
                )
            ),
        ),
        time=EVER,
    )
    return ask.rows(query)


def q20(ask: Ask) -> Rows:
    """Potential part promotion: Canadian suppliers with more of a forest-coloured part than half a year's shipments."""
    year = Span(date(1994, 1, 1), date(1994, 12, 31))
    query = Query(
        metrics=("parts_in_stock",),
        by=(ByField("supplier.name"), ByField("supplier.address")),
        where=every(
            Compare("part.forest", "=", value=True),
            Compare("nation.name", "=", "CANADA"),
            HasMetric(metric="lines", op=">=", value=1, time=year, entity="stock"),
            HasMetric(metric="surplus", op=">", value=0, time=year, entity="stock"),
        ),
        order=up("supplier.name"),
    )
    return ask.rows(query, 0, 1)


def q21(ask: Ask) -> Rows:
    """Suppliers who kept orders waiting: the only late one of several in an order, by number of such lines."""
    query = Query(
        metrics=("lines",),
        by=(ByField("supplier.name"),),
        where=every(
            Compare("line.late", "=", value=True),
            Compare("order.status", "=", "F"),
            Compare(SUPPLIER_NATION, "=", "SAUDI ARABIA"),
            HasMetric(metric="suppliers_involved", op=">", value=1, time=EVER, entity="order"),
            HasMetric(metric="late_suppliers", op="=", value=1, time=EVER, entity="order"),
        ),
        time=EVER,
        order=(Order("lines"), *up("supplier.name")),
        limit=100,
    )
    return ask.rows(query)


def q22(ask: Ask) -> Rows:
    """Sales opportunity: customers of some countries without orders, with more on account than is usual there.

    Two questions: what is usual, and who has more than that.
    """
    there = Among("customer.country_code", ("13", "31", "23", "29", "30", "18", "17"))
    in_credit = Compare("customer.balance", ">", 0)
    usual = ask.number(Query(metrics=("average_balance",), where=every(there, in_credit)))
    query = Query(
        metrics=("customers", "total_balance"),
        by=(ByField("customer.country_code"),),
        where=every(there, Compare("customer.balance", ">", usual), Not(Did(entity="order"))),
        order=up("customer.country_code"),
    )
    return ask.rows(query)


QUESTIONS: dict[int, Callable[[Ask], Rows]] = {
    1: q01,
    2: q02,
    3: q03,
    4: q04,
    5: q05,
    6: q06,
    7: q07,
    8: q08,
    9: q09,
    10: q10,
    11: q11,
    12: q12,
    13: q13,
    14: q14,
    15: q15,
    16: q16,
    17: q17,
    18: q18,
    19: q19,
    20: q20,
    21: q21,
    22: q22,
}
