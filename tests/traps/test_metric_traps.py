"""Ways in which a total, a rate, a balance or a join goes quietly wrong, each against a number computed by hand.

till           sold_on     shop   customer  amount       the shop's stock at closing time
sale 1         2026-01-29  north  ann         0.10       day         shop   pieces
sale 2         2026-01-31  north  bob         0.20       2026-01-30  north     7
sale 3         2026-02-28  south  ann        33.33       2026-01-31  north    10
sale 4         2026-03-01  north  ann        33.33       2026-01-31  south     4
sale 5         2026-03-15  south  bob        33.34       2026-02-27  south     6
sale 6         2026-03-31  north  cat       100.00       2026-02-28  north     9
sale 7         2026-03-31  north  (none)      1.00       2026-03-31  north     3
sale 8         2026-03-31  west   dan         5.00       2026-03-31  south     8
                           (no shop is called west, no customer dan)

offers                        owners of accounts             ann was  basic  from 2025-01-01 to 2026-03-01
part  supplier  pieces  used  account 1  100  ann, bob                gold   from 2026-03-01, still open
1     1             10     9  account 2   50  bob            cat was  basic  from 2026-01-01 to 2026-04-01
1     2             10     1  account 3    7  nobody                  gold   from 2026-03-01: both hold in March
2     1              1     5
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from semantic_layer.compiler.audience import compile_keys
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.probes import history_counts
from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.grain import Grain, Offset
from semantic_layer.model.types import (
    Aggregation,
    Conversion,
    Cumulative,
    Derived,
    Input,
    Measure,
    Metric,
    MetricBody,
    NonAdditive,
    Ratio,
    Relationship,
    SemanticModel,
    Simple,
    Unit,
    Validity,
)
from semantic_layer.query.predicate import Compare, Did, HasMetric, Not
from semantic_layer.query.time import Against, Comparison, Span
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Query
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

S, I, D, DATE, TS = tiny.S, tiny.I, tiny.D, tiny.DATE, tiny.TS
A = Aggregation

TABLES = """
CREATE TABLE shops (shop VARCHAR, city VARCHAR);
INSERT INTO shops VALUES ('north', 'Oslo'), ('south', 'Rome');
CREATE TABLE customers (customer VARCHAR, born DATE);
INSERT INTO customers VALUES ('ann', NULL), ('bob', NULL), ('cat', NULL), ('eve', NULL);
CREATE TABLE sales (sale INTEGER, sold_on DATE, shop VARCHAR, customer VARCHAR, amount DECIMAL(18,2));
INSERT INTO sales VALUES
  (1, '2026-01-29', 'north', 'ann', 0.10), (2, '2026-01-31', 'north', 'bob', 0.20), (3, '2026-02-28', 'south', 'ann', 33.33),
  (4, '2026-03-01', 'north', 'ann', 33.33), (5, '2026-03-15', 'south', 'bob', 33.34), (6, '2026-03-31', 'north', 'cat', 100.00),
  (7, '2026-03-31', 'north', NULL, 1.00), (8, '2026-03-31', 'west', 'dan', 5.00);
CREATE TABLE stock (row_id INTEGER, taken_on DATE, shop VARCHAR, pieces INTEGER);
INSERT INTO stock VALUES
  (1, '2026-01-30', 'north', 7), (2, '2026-01-31', 'north', 10), (3, '2026-01-31', 'south', 4), (4, '2026-02-27', 'south', 6),
  (5, '2026-02-28', 'north', 9), (6, '2026-03-31', 'north', 3), (7, '2026-03-31', 'south', 8);
CREATE TABLE offers (part INTEGER, supplier INTEGER, pieces INTEGER);
INSERT INTO offers VALUES (1, 1, 10), (1, 2, 10), (2, 1, 1);
CREATE TABLE uses (use_id INTEGER, part INTEGER, supplier INTEGER, pieces INTEGER);
INSERT INTO uses VALUES (1, 1, 1, 9), (2, 1, 2, 1), (3, 2, 1, 5);
CREATE TABLE accounts (account INTEGER, money INTEGER);
INSERT INTO accounts VALUES (1, 100), (2, 50), (3, 7);
CREATE TABLE owners (owner_id INTEGER, account INTEGER, customer VARCHAR);
INSERT INTO owners VALUES (1, 1, 'ann'), (2, 1, 'bob'), (3, 2, 'bob');
CREATE TABLE levels (customer VARCHAR, level VARCHAR, since DATE, until DATE);
INSERT INTO levels VALUES ('ann', 'basic', '2025-01-01', '2026-03-01'), ('ann', 'gold', '2026-03-01', NULL),
  ('cat', 'basic', '2026-01-01', '2026-04-01'), ('cat', 'gold', '2026-03-01', NULL);
CREATE TABLE visits (visit INTEGER, customer VARCHAR, page VARCHAR, seen_at TIMESTAMP);
INSERT INTO visits VALUES (1, 'ann', 'shoes', '2026-02-20 10:00'), (2, 'ann', 'bags', '2026-02-26 10:00'),
  (3, 'bob', 'bags', '2026-03-01 10:00'), (4, 'cat', 'bags', '2026-03-02 10:00'), (5, NULL, 'bags', '2026-03-02 11:00');
"""


def link(name: str, start: str, end: str, *columns: str) -> Relationship:
    return Relationship(name=name, from_entity=start, to_entity=end, from_columns=columns, to_columns=columns)


OFFER = tiny.replace(
    tiny.entity("offer", "offers", "part", {"part": I, "supplier": I, "pieces": I}), primary_key=("part", "supplier")
)
LEVEL = tiny.replace(
    tiny.entity("level", "levels", "customer", {"customer": S, "level": S, "since": DATE, "until": DATE}),
    validity=Validity("since", "until"),
)
ENTITIES = (
    tiny.entity("shop", "shops", "shop", {"shop": S, "city": S}),
    tiny.entity("customer", "customers", "customer", {"customer": S, "born": DATE}),
    tiny.entity(
        "sale", "sales", "sale", {"sale": I, "sold_on": DATE, "shop": S, "customer": S, "amount": D}, "sold_on"
    ),
    tiny.entity("stock", "stock", "row_id", {"row_id": I, "taken_on": DATE, "shop": S, "pieces": I}, "taken_on"),
    OFFER,
    tiny.entity("use", "uses", "use_id", {"use_id": I, "part": I, "supplier": I, "pieces": I}),
    tiny.entity("account", "accounts", "account", {"account": I, "money": I}),
    tiny.entity("owner", "owners", "owner_id", {"owner_id": I, "account": I, "customer": S}),
    LEVEL,
    tiny.entity("visit", "visits", "visit", {"visit": I, "customer": S, "page": S, "seen_at": TS}, "seen_at"),
)
RELATIONSHIPS = (
    link("sale_shop", "sale", "shop", "shop"),
    link("sale_customer", "sale", "customer", "customer"),
    link("sale_level", "sale", "level", "customer"),
    link("stock_shop", "stock", "shop", "shop"),
    link("use_offer", "use", "offer", "part", "supplier"),
    link("owner_account", "owner", "account", "account"),
    link("owner_customer", "owner", "customer", "customer"),
    link("visit_customer", "visit", "customer", "customer"),
)
DIMENSIONS = tuple(
    tiny.dim(name, kind)
    for name, kind in {
        "shop.shop": S,
        "shop.city": S,
        "customer.customer": S,
        "sale.sold_on": DATE,
        "sale.amount": D,
        "stock.taken_on": DATE,
        "offer.part": I,
        "offer.supplier": I,
        "account.account": I,
        "level.level": S,
        "visit.page": S,
        "visit.seen_at": TS,
    }.items()
)


def made(name: str, body: MetricBody, unit: Unit = Unit.NUMBER) -> Metric:
    return Metric(name=name, words=tiny.words(name), body=body, unit=unit)


def simple(name: str, **measure: object) -> Metric:
    return made(name, Simple(measures=(Measure(**measure),)))  # type: ignore[arg-type]


def lasting(name: str, **choice: object) -> Metric:
    how = NonAdditive(dimension="taken_on", **choice)  # type: ignore[arg-type]
    return simple(name, entity="stock", agg=A.SUM, expr="pieces", non_additive=how)


METRICS = (
    simple("sales", entity="sale", agg=A.SUM, expr="amount"),
    simple("receipts", entity="sale", agg=A.COUNT),
    simple("buyers", entity="sale", agg=A.COUNT_DISTINCT, expr="customer"),
    made("receipt", Ratio(numerator=Input("sales"), denominator=Input("receipts"))),
    made("net", Derived(expr="sales - 0.01 * receipts", inputs=(Input("sales"), Input("receipts")))),
    made("sales_so_far", Cumulative(input="sales")),
    made("buyers_so_far", Cumulative(input="buyers")),
    made("receipt_so_far", Cumulative(input="receipt")),
    made("sales_of_ten_days", Cumulative(input="sales", window="10 days")),
    made("first_of_ten_days", Cumulative(input="sales", window="10 days", period_choice="first")),
    made("average_of_ten_days", Cumulative(input="sales", window="10 days", period_choice="average")),
    made("last_sale", Simple(measures=(Measure(entity="sale", agg=A.MAX, expr="sold_on"),)), Unit.DATE),
    simple("typical_sale", entity="sale", agg=A.MEDIAN, expr="amount"),
    made("sales_month_ago", Derived(expr="before", inputs=(Input("sales", "before", offset=Offset("month", 1)),))),
    lasting("closing_stock"),
    lasting("stock_of_each", groupings=("stock.shop_name",)),
    made("contacts", Derived(expr="receipts + visits", inputs=(Input("receipts"), Input("visits")))),
    simple("accounts", entity="account", agg=A.COUNT),
    simple("money", entity="account", agg=A.SUM, expr="money"),
    simple("accounts_owned", entity="owner", agg=A.COUNT_DISTINCT, expr="account"),
    simple("offers", entity="offer", agg=A.COUNT),
    simple("used", entity="use", agg=A.SUM, expr="pieces"),
    simple("visits", entity="visit", agg=A.COUNT),
    made("conversion", Conversion(entity="customer", base="visits", target="receipts", window="30 days")),
    made(
        "converted",
        Conversion(entity="customer", base="visits", target="receipts", window="30 days", calculation="count"),
    ),
    made(
        "credited_receipts",
        Conversion(
            entity="customer",
            base="visits",
            target="receipts",
            window="30 days",
            calculation="count",
            counting="events",
        ),
    ),
)
MODEL = SemanticModel(
    name="till",
    words=tiny.words("till"),
    entities=ENTITIES,
    relationships=RELATIONSHIPS,
    dimensions=(*DIMENSIONS, tiny.dim("stock.shop_name", S, expr="shop")),
    metrics=METRICS,
    conventions=tiny.Conventions(default_window=""),
    customer_entity="customer",
)
FIRST_QUARTER = Span(date(2026, 1, 1), date(2026, 3, 31))
MARCH = Span(date(2026, 3, 1), date(2026, 3, 31))
MONTHS = (ByTime(Grain.MONTH),)
Ask = Callable[..., list[tuple[Cell, ...]]]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as found:
        found.execute(TABLES)
        yield found


@pytest.fixture
def ask(connection: duckdb.DuckDBPyConnection) -> Ask:
    context: CompileContext = tiny.context(model=MODEL)

    def answer(*metrics: str, **parts: object) -> list[tuple[Cell, ...]]:
        return tiny.run(connection, compile_query(Query(metrics=metrics, **parts), context))  # type: ignore[arg-type]

    return answer


# -- money ---------------------------------------------------------------------------------------------------------------


def test_cents_are_added_exactly(ask: Ask) -> None:
    """0.10 + 0.20 is 0.30, not 0.30000000000000004; three thirds of 100.00 are 100.00."""
    january = ask("sales", time=Span(date(2026, 1, 1), date(2026, 1, 31)))
    assert january == [(Decimal("0.30"),)]
    assert str(january[0][0]) == "0.30"
    assert ask("sales", time=Span(date(2026, 2, 28), date(2026, 3, 15))) == [(Decimal("100.00"),)]
    assert ask("net", time=Span(date(2026, 1, 1), date(2026, 1, 31))) == [(Decimal("0.28"),)]


def test_cents_stay_exact_beside_counts_of_people_and_in_running_totals(ask: Ask) -> None:
    """A second level of grouping, and a running total, add the same cents: 0.30, 33.33 and 172.67 are 206.30."""
    rows = ask("sales", "buyers", "sales_so_far", by=MONTHS, time=FIRST_QUARTER)
    assert [row[1] for row in rows] == [Decimal("0.30"), Decimal("33.33"), Decimal("172.67")]
    assert [row[3] for row in rows] == [Decimal("0.30"), Decimal("33.63"), Decimal("206.30")]


def test_large_amounts_keep_their_cents() -> None:
    """90071992547409.91 + 0.01 + 0.01: binary numbers of 53 bits give .90 or .94."""
    with duckdb.connect(":memory:") as other:
        other.execute(TABLES)
        other.execute("DELETE FROM sales")
        other.execute(
            "INSERT INTO sales VALUES (1, '2026-03-01', 'north', 'ann', 90071992547409.91), "
            "(2, '2026-03-02', 'north', 'bob', 0.01), (3, '2026-03-03', 'north', NULL, 0.01)"
        )
        compiled = compile_query(Query(metrics=("sales", "buyers"), time=MARCH), tiny.context(model=MODEL))
        assert tiny.run(other, compiled) == [(Decimal("90071992547409.93"), 2)]


# -- averages and counts that are not parts of a sum -----------------------------------------------------------------------


def test_the_average_of_a_quarter_is_not_the_average_of_its_months(ask: Ask) -> None:
    """January 0.30 / 2, February 33.33 / 1, March 172.67 / 5: averaged 22.67, but 206.30 / 8 is 25.79."""
    rows = ask("receipt", by=MONTHS, time=FIRST_QUARTER)
    assert [float(row[1]) for row in rows] == pytest.approx([0.15, 33.33, 34.534])
    ((whole,),) = ask("receipt", time=FIRST_QUARTER)
    assert float(whole) == pytest.approx(25.7875)


def test_buyers_of_months_are_not_added_up_to_those_of_the_quarter(ask: Ask) -> None:
    """ann, bob | ann | ann, bob, cat, dan: seven by the month, four by the quarter; the one without a name is nobody."""
    assert [row[1] for row in ask("buyers", by=MONTHS, time=FIRST_QUARTER)] == [2, 1, 4]
    assert ask("buyers", time=FIRST_QUARTER) == [(4,)]
    assert [row[1] for row in ask("buyers", by=(ByTime(Grain.QUARTER),), time=FIRST_QUARTER)] == [4]


def test_shares_of_people_in_several_groups_are_of_all_people(ask: Ask) -> None:
    """north: ann, bob, cat; south: ann, bob; the unknown shop: dan. Of four buyers, 3/4 and 2/4, not 3/6 and 2/6."""
    try:
        rows = ask("buyers", by=(ByField("shop.city"),), time=FIRST_QUARTER, share=True)
    except InvalidPlanError:
        return
    assert {row[0]: row[2] for row in rows} == {"Oslo": 0.75, "Rome": 0.5, None: 0.25}


def test_money_of_accounts_is_not_multiplied_by_their_owners(ask: Ask) -> None:
    """Account 1 has two owners: by owner 100 + 150 would be 250 of 157. Money does not lead to one owner: refused."""
    assert ask("money", "accounts") == [(157, 3)]
    with pytest.raises(InvalidPlanError) as refused:
        ask("money", by=(ByField("customer.customer"),))
    assert "customer" in refused.value.message.en
    with pytest.raises(InvalidPlanError):
        ask("money", where=Compare("customer.customer", "=", "ann"))


def test_accounts_of_owners_are_counted_once_each(ask: Ask) -> None:
    """bob owns two, ann one of the same: three by owner, two of them all."""
    assert dict(ask("accounts_owned", by=(ByField("customer.customer"),))) == {"ann": 1, "bob": 2}
    assert ask("accounts_owned") == [(2,)]


def test_parts_of_a_sum_are_parts_of_the_whole(ask: Ask) -> None:
    """Receipts and visits together: 13 in all. Oslo has no visits: what is read from two places is divided as one."""
    rows = ask("contacts", by=(ByField("customer.customer"),), time=FIRST_QUARTER, share=True)
    assert sum(float(row[2]) for row in rows) == pytest.approx(1)
    assert {row[0]: float(row[2]) for row in rows}["ann"] == pytest.approx(5 / 13)


def test_what_has_no_middle_meets_no_bound(ask: Ask) -> None:
    """Nothing was sold in Rome in January: its typical sale is unknown, neither 0 nor different from 0."""
    january = Span(date(2026, 1, 1), date(2026, 1, 31))
    bound = Bound(metric="typical_sale", op="!=", value=100)
    rows = ask(
        "sales", by=(ByField("shop.city"),), time=january, compare_to=(Comparison.PERIOD_BEFORE,), having=(bound,)
    )
    assert [row[0] for row in rows] == ["Oslo"]
    rows = ask(
        "sales",
        by=(ByField("shop.city"),),
        time=january,
        compare_to=(Against(MARCH),),
        having=(bound,),
    )
    assert [row[0] for row in rows] == ["Oslo"]


@pytest.mark.parametrize(
    "parts",
    [
        {"having": (Bound(metric="last_sale", op=">", value=10),)},
        {"where": HasMetric(metric="last_sale", op=">", value=10)},
    ],
)
def test_a_day_is_not_held_against_a_number(ask: Ask, parts: dict[str, object]) -> None:
    """The last sale is a day, which is neither above nor below 10: refused before anything runs."""
    with pytest.raises(InvalidPlanError):
        ask("sales", by=(ByField("customer.customer"),), time=MARCH, **parts)


def test_a_day_has_no_rate_of_change(ask: Ask) -> None:
    """From 2026-02-28 to 2026-03-31 are 31 days, and no percentage: refused, or days without a rate."""
    try:
        rows = ask("last_sale", time=MARCH, compare_to=(Comparison.PERIOD_BEFORE,))
    except InvalidPlanError:
        return
    assert rows[0][:2] == (date(2026, 3, 31), date(2026, 2, 28))
    assert rows[0][3] is None


# -- keys ----------------------------------------------------------------------------------------------------------------


def test_keys_of_two_columns_are_compared_whole(ask: Ask) -> None:
    """Of the three offers only (1, 1) with 9 and (2, 1) with 5 were used more than 4 times; part 1 alone would say all."""
    often = HasMetric(metric="used", op=">", value=4, entity="offer")
    try:
        rows = ask("offers", by=(ByField("offer.part"), ByField("offer.supplier")), where=often)
    except InvalidPlanError:
        return
    assert sorted(rows) == [(1, 1, 1), (2, 1, 1)]


def test_keys_that_lead_nowhere_keep_their_money(ask: Ask) -> None:
    """The shop west is not known: its 5.00 are in the total and in the group without a name."""
    rows = ask("sales", by=(ByField("shop.city"),), time=FIRST_QUARTER)
    assert rows == [("Oslo", Decimal("134.63")), ("Rome", Decimal("66.67")), (None, Decimal("5.00"))]
    assert ask("sales", time=FIRST_QUARTER) == [(Decimal("206.30"),)]


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("receipts", "receipt"),
        ("buyers",),
    ],
)
def test_a_key_that_leads_nowhere_is_the_same_group_whatever_else_is_asked(ask: Ask, more: tuple[str, ...]) -> None:
    """dan is no customer: with other metrics beside, his 5.00 must not move to another group, or to the 1.00 of nobody."""
    rows = ask("sales", *more, by=(ByField("customer.customer"),), time=MARCH, compare_to=(Comparison.YEAR_BEFORE,))
    alone = ask("sales", by=(ByField("customer.customer"),), time=MARCH)
    assert {row[0]: row[1] for row in rows} == dict(alone)


def test_who_has_nothing_is_found_beside_rows_of_nobody(ask: Ask, connection: duckdb.DuckDBPyConnection) -> None:
    """NOT IN a list with NULL in it is never true; still eve bought nothing, and one visit is of nobody who bought."""
    never = Audience(where=Not(Did(entity="sale")), entity="customer")
    assert tiny.run(connection, compile_keys(never, tiny.context(model=MODEL))) == [("eve",)]
    assert ask("visits", where=Not(Did(entity="sale"))) == [(1,)]


# -- running totals --------------------------------------------------------------------------------------------------------


def test_a_running_total_by_the_quarter_is_its_last_value(ask: Ask) -> None:
    """0.30, 33.63, 206.30 by the month: the quarter shows 206.30, not the sum 240.23."""
    assert [row[1] for row in ask("sales_so_far", by=MONTHS, time=FIRST_QUARTER)] == [
        Decimal("0.30"),
        Decimal("33.63"),
        Decimal("206.30"),
    ]
    assert ask("sales_so_far", by=(ByTime(Grain.QUARTER),), time=FIRST_QUARTER) == [
        (date(2026, 1, 1), Decimal("206.30"))
    ]
    assert ask("sales_so_far", time=FIRST_QUARTER) == [(Decimal("206.30"),)]


def test_people_and_rates_of_a_running_total_are_counted_anew(ask: Ask) -> None:
    """Buyers so far 2, 2, 4, not 2, 3, 7; the receipt so far is the sum so far over the number so far."""
    rows = ask("buyers_so_far", "receipt_so_far", by=MONTHS, time=FIRST_QUARTER)
    assert [row[1] for row in rows] == [2, 2, 4]
    assert [float(row[2]) for row in rows] == pytest.approx([0.30 / 2, 33.63 / 3, 206.30 / 8])


def test_a_period_without_rows_keeps_the_running_total(ask: Ask) -> None:
    """Nothing was sold in April: 206.30 stays, also by group."""
    april = Span(date(2026, 4, 1), date(2026, 4, 30))
    assert ask("sales_so_far", by=MONTHS, time=april) == [(date(2026, 4, 1), Decimal("206.30"))]
    rows = ask("sales_so_far", by=(*MONTHS, ByField("shop.city")), time=april)
    assert {row[1]: row[2] for row in rows} == {"Oslo": Decimal("134.63"), "Rome": Decimal("66.67"), None: Decimal(5)}


def test_the_first_running_value_of_a_month_is_that_of_its_first_day(ask: Ask) -> None:
    """Ten days to 1 February reach back to 23 January: 0.30. To 1 January: nothing, 0, although the month has sales."""
    rows = ask("first_of_ten_days", by=MONTHS, time=FIRST_QUARTER)
    assert [row[1] for row in rows] == [0, Decimal("0.30"), Decimal("66.66")]


def test_days_at_zero_are_in_the_average_of_running_values(ask: Ask) -> None:
    """Ten days to 26 and to 27 February hold nothing, to the 28th 33.33: a third of it on average."""
    rows = ask("average_of_ten_days", by=MONTHS, time=Span(date(2026, 2, 26), date(2026, 2, 28)))
    assert [float(row[1]) for row in rows] == pytest.approx([11.11])


def test_a_running_value_does_not_depend_on_where_the_question_begins(ask: Ask) -> None:
    """Ten days to 31 January hold 0.30, to 28 February 33.33, to 31 March 106.00, from any first day on and from none.

    The same by group: in Rome the ten days to 31 March hold nothing.
    """
    wanted = [Decimal("0.30"), Decimal("33.33"), Decimal("106.00")]
    by_city = (*MONTHS, ByField("shop.city"))
    for start in (date(2026, 1, 1), None):
        span = Span(start, date(2026, 3, 31))
        assert [row[1] for row in ask("sales_of_ten_days", by=MONTHS, time=span)] == wanted
        rows = {row[:2]: row[2] for row in ask("sales_of_ten_days", by=by_city, time=span)}
        assert rows.get((date(2026, 3, 1), "Rome"), 0) == 0


# -- balances --------------------------------------------------------------------------------------------------------------


def test_stock_is_not_added_up_over_days(ask: Ask) -> None:
    """January closes with 10 + 4 (not 21), March with 3 + 8; the quarter closes as March does, not with 47 or 34."""
    rows = ask("closing_stock", by=MONTHS, time=FIRST_QUARTER)
    assert [row[1] for row in rows] == [14, 9, 11]
    assert ask("closing_stock", by=(ByTime(Grain.QUARTER),), time=FIRST_QUARTER) == [(date(2026, 1, 1), 11)]
    assert ask("closing_stock", time=FIRST_QUARTER) == [(11,)]


def test_a_shop_that_was_not_counted_on_the_last_day(ask: Ask) -> None:
    """In February south was counted a day early: 9 on the last day of all, 9 + 6 on the last day of each."""
    february = Span(date(2026, 2, 1), date(2026, 2, 28))
    assert ask("closing_stock", time=february) == [(9,)]
    assert ask("stock_of_each", time=february) == [(15,)]
    assert dict(ask("stock_of_each", by=(ByField("shop.shop"),), time=february)) == {"north": 9, "south": 6}


def test_stock_is_added_up_over_shops_and_held_against_a_bound(ask: Ask) -> None:
    """On 31 March 3 and 8: only south has more than 5."""
    rows = ask(
        "closing_stock",
        by=(ByField("shop.shop"),),
        time=MARCH,
        having=(Bound(metric="closing_stock", op=">", value=5),),
    )
    assert rows == [("south", 8)]


# -- conversions -----------------------------------------------------------------------------------------------------------


def test_a_person_who_came_twice_converts_once(ask: Ask) -> None:
    """ann came on 20 and 26 February, bought on 28 February and 1 March; bob and cat came and bought: 3 of 3, not 4 of 4."""
    assert ask("conversion", "converted") == [(1.0, 3)]


def test_pages_share_a_person_but_the_total_has_him_once(ask: Ask) -> None:
    """shoes: ann; bags: ann, bob, cat. Four by the page, three of all."""
    rows = ask("converted", by=(ByField("visit.page"),))
    assert dict(rows) == {"shoes": 1, "bags": 3}
    assert ask("converted") == [(3,)]


def test_a_purchase_is_credited_to_one_visit(ask: Ask) -> None:
    """ann's two purchases follow both of her visits; both belong to the later one. bob one, cat one: 4, not 6."""
    assert ask("credited_receipts") == [(4,)]
    assert dict(ask("credited_receipts", by=(ByField("visit.page"),))) == {"bags": 4}


def test_nobody_came_is_no_rate(ask: Ask) -> None:
    """0 of 0 is unknown."""
    assert ask("conversion", time=Span(date(2026, 1, 1), date(2026, 1, 31))) == [(None,)]


# -- a month ago -----------------------------------------------------------------------------------------------------------


def test_a_month_ago_counts_each_day_once(ask: Ask) -> None:
    """29 and 31 January both become 28 February: February's month ago is 0.30, March's 33.33, April's 172.67."""
    rows = ask("sales_month_ago", by=MONTHS, time=Span(date(2026, 2, 1), date(2026, 4, 30)))
    assert [row[1] for row in rows] == [Decimal("0.30"), Decimal("33.33"), Decimal("172.67")]
    assert ask("sales_month_ago", time=Span(date(2026, 2, 1), date(2026, 4, 30))) == [(Decimal("206.30"),)]


def test_the_last_days_of_a_long_month_all_look_at_the_last_day_of_the_short_one(ask: Ask) -> None:
    """A month before 31 March, and before 28 to 30 March, is 28 February: each of these days shows 33.33, as a day."""
    rows = ask("sales_month_ago", by=(ByTime(Grain.DAY),), time=Span(date(2026, 3, 27), date(2026, 3, 31)))
    assert [row[1] for row in rows] == [0, *[Decimal("33.33")] * 4]


# -- histories -------------------------------------------------------------------------------------------------------------


def test_the_day_a_level_changes_has_one_level(ask: Ask) -> None:
    """ann is gold from 1 March on: sale 4 of that day is gold's only, sale 3 of the day before basic's."""
    ann = Compare("customer.customer", "=", "ann")
    rows = ask("sales", by=(ByField("level.level"),), where=ann, time=FIRST_QUARTER)
    assert dict(rows) == {"basic": Decimal("33.43"), "gold": Decimal("33.33")}


def test_two_levels_at_once_are_found_before_they_double_anything(connection: duckdb.DuckDBPyConnection) -> None:
    """cat has two levels in March: her 100.00 would count twice. The check of the data counts one such row."""
    cursor = connection.execute(history_counts(LEVEL, Validity("since", "until")).sql("duckdb"))
    names = [column[0] for column in cursor.description or ()]
    counts = dict(zip(names, cursor.fetchone() or (), strict=True))
    assert (counts["rows_all"], counts["overlapping"]) == (4, 1)
