"""The tiny model with one metric of every kind, and small random tables with all that goes wrong in real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import duckdb

from semantic_layer.model.grain import Offset
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
    Percentile,
    Ratio,
    Relationship,
    Simple,
    Unit,
)
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.compiler.tiny import DATE, D, I, S, dim, entity, link, words

A = Aggregation
TODAY = tiny.TODAY


def made_of(name: str, body: MetricBody, unit: Unit = Unit.NUMBER, where: str = "") -> Metric:
    return Metric(name=name, words=words(name), body=body, unit=unit, where=where)


def simple(name: str, **measure: object) -> Metric:
    return made_of(name, Simple(measures=(Measure(**measure),)))  # type: ignore[arg-type]


ENTITIES = (
    *tiny.ENTITIES,
    entity(
        "gift",
        "gifts",
        "gift_id",
        {"gift_id": I, "giver_id": I, "receiver_id": I, "sent_on": DATE, "worth": D},
        "sent_on",
    ),
    entity(
        "balance",
        "balances",
        "balance_id",
        {"balance_id": I, "member_id": I, "account": S, "taken_on": DATE, "points": I},
        "taken_on",
    ),
)
RELATIONSHIPS = (
    *tiny.RELATIONSHIPS,
    Relationship(
        name="giver", from_entity="gift", to_entity="member", from_columns=("giver_id",), to_columns=("member_id",)
    ),
    Relationship(
        name="receiver",
        from_entity="gift",
        to_entity="member",
        from_columns=("receiver_id",),
        to_columns=("member_id",),
    ),
    link("balance", "member", "member_id"),
)
DIMENSIONS = (
    *tiny.DIMENSIONS,
    dim("purchase.big", tiny.B, expr="amount >= 100"),
    dim("gift.sent_on", DATE),
    dim("gift.worth", D),
    dim("balance.taken_on", DATE),
    dim("balance.account", S),
    dim("visit.member_id", I),
    dim("purchase.member_id", I),
)
METRICS = (
    *(metric for metric in tiny.METRICS if metric.name not in ("stock", "repeat_buyers")),
    simple(
        "repeat_buyers",
        entity="purchase",
        agg=A.COUNT,
        per="member",
        having=tiny.Having(metric="purchases", op=">=", value=2),
    ),
    # aggregations
    simple("least_amount", entity="purchase", agg=A.MIN, expr="amount"),
    simple("upper_amount", entity="purchase", agg=A.PERCENTILE, expr="amount", percentile=Percentile(value=0.75)),
    simple(
        "typical_amount",
        entity="purchase",
        agg=A.PERCENTILE,
        expr="amount",
        percentile=Percentile(value=0.5, discrete=True),
    ),
    simple("with_coupon", entity="purchase", agg=A.SUM_BOOLEAN, expr="coupon"),
    simple("doubled", entity="purchase", agg=A.SUM, expr="amount * 2 - 1", where="channel = 'web' OR coupon"),
    simple("known_channels", entity="purchase", agg=A.COUNT, expr="channel"),
    simple("gifts", entity="gift", agg=A.COUNT),
    simple("given", entity="gift", agg=A.SUM, expr="worth"),
    # two levels
    simple("spend_of_buyers", entity="purchase", agg=A.AVERAGE, expr="sales", per="member"),
    simple(
        "spend_of_regulars",
        entity="purchase",
        agg=A.SUM,
        expr="sales",
        per="member",
        having=tiny.Having(metric="purchases", op=">", value=1),
    ),
    # parts and conditions
    made_of("web_sales", Derived(expr="web", inputs=(Input("sales", "web", "purchase.channel = 'web'"),))),
    made_of("web_share", Ratio(numerator=Input("sales", "", "purchase.channel = 'web'"), denominator=Input("sales"))),
    made_of("gold_sales", Derived(expr="sales", inputs=(Input("sales"),)), where="member.level = 'gold'"),
    made_of(
        "gold_basket",
        Ratio(numerator=Input("sales"), denominator=Input("purchases")),
        where="member.level = 'gold' OR purchase.coupon",
    ),
    made_of("nested", Derived(expr="basket * 2 + web_share", inputs=(Input("basket"), Input("web_share")))),
    made_of("margin", Derived(expr="(sales - 10) / purchases", inputs=(Input("sales"), Input("purchases")))),
    made_of(
        "sales_to_regulars",
        Derived(expr="sales", inputs=(Input("sales", where="metric('purchases', 'member') >= 2"),)),
    ),
    # time
    made_of("sales_ever", Cumulative(input="sales")),
    made_of("sales_of_month", Cumulative(input="sales", window="1 month")),
    made_of("sales_of_ten_days", Cumulative(input="sales", window="10 days", period_choice="first")),
    made_of("sales_this_month", Cumulative(input="sales", grain_to_date="month")),
    made_of("sales_this_year", Cumulative(input="sales", grain_to_date="year")),
    made_of("buyers_of_two_weeks", Cumulative(input="buyers", window="2 weeks")),
    made_of("basket_of_quarter", Cumulative(input="basket", window="1 quarter")),
    made_of("best_ever", Cumulative(input="last_purchase")),
    made_of("sales_month_ago", Derived(expr="before", inputs=(Input("sales", "before", "", Offset("month", 1)),))),
    made_of(
        "growth",
        Derived(expr="sales / before - 1", inputs=(Input("sales"), Input("sales", "before", offset=Offset("week", 2)))),
    ),
    made_of(
        "buyers_quarter_ago", Derived(expr="before", inputs=(Input("buyers", "before", "", Offset("quarter", 1)),))
    ),
    # balances
    simple(
        "points", entity="balance", agg=A.SUM, expr="points", non_additive=NonAdditive(dimension="balance.taken_on")
    ),
    simple(
        "opening_points",
        entity="balance",
        agg=A.SUM,
        expr="points",
        non_additive=NonAdditive(dimension="balance.taken_on", choice="first"),
    ),
    simple(
        "points_of_accounts",
        entity="balance",
        agg=A.SUM,
        expr="points",
        non_additive=NonAdditive(dimension="balance.taken_on", groupings=("balance.account",)),
    ),
    # conversions
    made_of("converted", Conversion(entity="member", base="visits", target="purchases", window="30 days")),
    made_of(
        "people_converted",
        Conversion(entity="member", base="visits", target="purchases", calculation="count", window="1 week"),
    ),
    made_of(
        "credited",
        Conversion(
            entity="member", base="visits", target="purchases", window="60 days", calculation="count", counting="events"
        ),
    ),
    made_of(
        "credited_rate",
        Conversion(entity="member", base="visits", target="purchases", window="60 days", counting="events"),
    ),
    made_of(
        "credited_sales",
        Conversion(entity="member", base="visits", target="sales", calculation="count", counting="events"),
    ),
)
MODEL = replace(
    tiny.MODEL, entities=ENTITIES, relationships=RELATIONSHIPS, dimensions=DIMENSIONS, metrics=METRICS, name="shop"
)

SCHEMA = (
    *(statement for statement in tiny.TABLES.split(";") if "CREATE TABLE" in statement),
    "CREATE TABLE gifts (gift_id INTEGER, giver_id INTEGER, receiver_id INTEGER, sent_on DATE, worth DECIMAL(12,2))",
    "CREATE TABLE balances (balance_id INTEGER, member_id INTEGER, account VARCHAR, taken_on DATE, points INTEGER)",
)
EDGES = (
    date(2024, 2, 29),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 8, 31),
    date(2026, 9, 1),
    date(2026, 9, 30),
    date(2026, 10, 1),
    TODAY,
)


def database(seed: int, size: int = 40) -> duckdb.DuckDBPyConnection:
    """Tables of about `size` purchases: keys that are missing or lead nowhere, ties, edges of months, and empty groups."""
    connection = duckdb.connect(":memory:")
    for statement in SCHEMA:
        connection.execute(statement)
    for table, rows in _tables(Random(seed), size).items():
        if rows:
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    return connection


def _tables(chance: Random, size: int) -> dict[str, list[tuple[object, ...]]]:
    people = [1, 2, 3, 4, 5, 6, 7]
    members = [(key, f"nick {key}", *_member(chance)) for key in people]
    purchases = [(key, *_purchase(chance, people)) for key in range(1, size + 1)]
    lines: list[tuple[object, ...]] = []
    for key, member, at, _, amount, _ in purchases:
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            part = None if amount is None else Decimal(chance.randint(0, 200)) / 2
            lines.append(
                (len(lines) + 1, key, member, at, chance.choice([1, 2, 3, 9, None]), part, chance.randint(0, 4))
            )
    return {
        "towns": [("Shanghai", "east"), ("Beijing", "north"), ("Lhasa", "west"), ("Hangzhou", "east")],
        "members": members,
        "goods": [(1, "shoes"), (2, "bags"), (3, None)],
        "purchases": purchases,
        "purchase_lines": lines,
        "visits": [(key, *_visit(chance, people, key)) for key in range(1, size // 2)],
        "gifts": [(key, *_gift(chance, people)) for key in range(1, size // 4)],
        "balances": _balances(chance, people),
    }


def _day(chance: Random) -> date:
    if chance.random() < 0.3:
        return chance.choice(EDGES)
    return TODAY - timedelta(days=int(chance.choice([40, 100, 400, 900]) * chance.random()))


def _moment(chance: Random) -> datetime:
    clock = chance.choice([(0, 0, 0), (23, 59, 59), (chance.randint(0, 23), chance.randint(0, 59), 0)])
    return datetime(*_day(chance).timetuple()[:3], *clock)  # noqa: DTZ001  # the data has no zone


def _member(chance: Random) -> tuple[object, ...]:
    town = chance.choice(["Shanghai", "Shanghai", "Beijing", "Atlantis", None])
    born = chance.choice([None, date(1990, 2, 28), date(1996, 2, 29), date(1980, 10, 31), date(2010, 11, 1)])
    return town, chance.choice(["basic", "silver", "gold", None]), born, _moment(chance)


def _purchase(chance: Random, people: list[int]) -> tuple[object, ...]:
    member = chance.choice([*people[:5], *people[:2], 99, None])
    amount = chance.choice([None, Decimal(0), Decimal(-20), *(Decimal(4 * chance.randint(0, 50)) for _ in range(8))])
    return (
        member,
        _moment(chance),
        chance.choice(["web", "shop", "phone", None]),
        amount,
        chance.choice([True, False, None]),
    )


def _visit(chance: Random, people: list[int], key: int) -> tuple[object, ...]:
    """No two visits at the same moment, so that the latest one before something is one."""
    return chance.choice([*people, 98, None]), _moment(chance) + timedelta(milliseconds=key)


def _gift(chance: Random, people: list[int]) -> tuple[object, ...]:
    return chance.choice([*people, None]), chance.choice([*people, None]), _day(chance), Decimal(chance.randint(1, 50))


def _balances(chance: Random, people: list[int]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for person in people:
        for account in ("main", "extra"):
            for day in (*EDGES, _day(chance), None):
                if chance.random() < 0.5:
                    found.append((len(found) + 1, person, account, day, chance.choice([None, chance.randint(0, 90)])))
    return found


def context() -> object:
    return tiny.context(model=MODEL)
