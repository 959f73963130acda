"""A model small enough to compute its answers by hand, and its data. It stands on nothing of the retail example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    AttributeBody,
    Column,
    ColumnType,
    Conventions,
    Derived,
    Dimension,
    DimensionKind,
    Entity,
    Having,
    Input,
    Level,
    Measure,
    Metric,
    NonAdditive,
    PreferenceBody,
    QuantileBody,
    Ratio,
    Relationship,
    RuleBody,
    SemanticModel,
    Sensitivity,
    Simple,
    Tag,
    TagCategory,
    TagInput,
    TagKind,
    Unit,
    Value,
    Words,
)
from semantic_layer.query.types import Audience
from semantic_layer.segments import SegmentsInMemory
from semantic_layer.table import Cell

S, I, D, DATE, TS, B = (
    ColumnType.STRING,
    ColumnType.INTEGER,
    ColumnType.DECIMAL,
    ColumnType.DATE,
    ColumnType.TIMESTAMP,
    ColumnType.BOOLEAN,
)

__all__ = ["replace"]

TODAY = date(2026, 10, 31)

TABLES = """
CREATE TABLE towns (town VARCHAR, region VARCHAR);
INSERT INTO towns VALUES ('Shanghai', 'east'), ('Beijing', 'north'), ('Lhasa', 'west');

CREATE TABLE members (member_id INTEGER, nick VARCHAR, town VARCHAR, level VARCHAR, born DATE, joined_at TIMESTAMP);
INSERT INTO members VALUES
  (1, 'Ann',  'Shanghai', 'gold',   DATE '1990-02-28', TIMESTAMP '2025-01-05 10:00:00'),
  (2, 'Bo',   'Shanghai', 'silver', DATE '1996-02-29', TIMESTAMP '2026-09-01 00:00:00'),
  (3, 'Chen', 'Beijing',  'gold',   NULL,              TIMESTAMP '2026-09-30 23:59:59'),
  (4, 'Di',   NULL,       'silver', DATE '2010-11-01', TIMESTAMP '2026-10-01 00:00:00'),
  (5, 'Eve',  NULL,       'basic',  DATE '1980-10-31', TIMESTAMP '2024-02-29 12:00:00');

CREATE TABLE goods (good_id INTEGER, kind VARCHAR);
INSERT INTO goods VALUES (1, 'shoes'), (2, 'bags');

CREATE TABLE purchases (purchase_id INTEGER, member_id INTEGER, bought_at TIMESTAMP, channel VARCHAR, amount DECIMAL(12,2), coupon BOOLEAN);
INSERT INTO purchases VALUES
  (1, 1,    TIMESTAMP '2026-09-01 00:00:00', 'web',  100.00, TRUE),
  (2, 1,    TIMESTAMP '2026-09-30 23:59:59', 'shop',  50.00, FALSE),
  (3, 2,    TIMESTAMP '2026-09-15 12:00:00', 'web',   30.00, FALSE),
  (4, 3,    TIMESTAMP '2026-10-01 00:00:00', 'web',  200.00, FALSE),
  (5, NULL, TIMESTAMP '2026-09-10 12:00:00', 'shop',  20.00, FALSE),
  (6, 1,    TIMESTAMP '2025-09-20 12:00:00', 'web',   80.00, FALSE),
  (7, 4,    TIMESTAMP '2025-12-31 23:59:59', NULL,    40.00, TRUE),
  (8, 4,    TIMESTAMP '2026-01-01 00:00:00', NULL,    60.00, TRUE),
  (9, 2,    TIMESTAMP '2024-02-29 08:00:00', 'shop',  10.00, FALSE);

CREATE TABLE purchase_lines (line_id INTEGER, purchase_id INTEGER, member_id INTEGER, bought_at TIMESTAMP, good_id INTEGER, amount DECIMAL(12,2), pieces INTEGER);
INSERT INTO purchase_lines VALUES
  (1,  1, 1,    TIMESTAMP '2026-09-01 00:00:00', 1,  60.00, 1),
  (2,  1, 1,    TIMESTAMP '2026-09-01 00:00:00', 2,  40.00, 2),
  (3,  2, 1,    TIMESTAMP '2026-09-30 23:59:59', 1,  50.00, 1),
  (4,  3, 2,    TIMESTAMP '2026-09-15 12:00:00', 2,  30.00, 3),
  (5,  4, 3,    TIMESTAMP '2026-10-01 00:00:00', 1, 200.00, 1),
  (6,  5, NULL, TIMESTAMP '2026-09-10 12:00:00', 1,  20.00, 1),
  (7,  6, 1,    TIMESTAMP '2025-09-20 12:00:00', 1,  80.00, 1),
  (8,  7, 4,    TIMESTAMP '2025-12-31 23:59:59', NULL, 40.00, 1),
  (9,  8, 4,    TIMESTAMP '2026-01-01 00:00:00', 2,  60.00, 1),
  (10, 9, 2,    TIMESTAMP '2024-02-29 08:00:00', 1,  10.00, 1);

CREATE TABLE visits (visit_id INTEGER, member_id INTEGER, seen_at TIMESTAMP);
INSERT INTO visits VALUES
  (1, 1, TIMESTAMP '2026-09-02 09:00:00'), (2, 1, TIMESTAMP '2026-09-03 09:00:00'), (3, 2, TIMESTAMP '2026-09-03 10:00:00'),
  (4, 5, TIMESTAMP '2026-10-31 23:59:59'), (5, NULL, TIMESTAMP '2026-09-05 09:00:00'), (6, 5, TIMESTAMP '2026-09-30 09:00:00');
"""


def words(en: str) -> Words:
    return Words(label=Text(f"{en}（中）", en))


def entity(name: str, table: str, key: str, columns: dict[str, ColumnType], time: str | None = None) -> Entity:
    found = tuple(
        Column(name=column, type=kind, sensitivity=Sensitivity.PERSONAL if column == "nick" else Sensitivity.NONE)
        for column, kind in columns.items()
    )
    return Entity(
        name=name,
        words=words(name),
        table=table,
        primary_key=(key,),
        columns=found,
        time=time,
        label_column="member_id" if name == "member" else None,
    )


ENTITIES = (
    entity("town", "towns", "town", {"town": S, "region": S}),
    entity(
        "member",
        "members",
        "member_id",
        {"member_id": I, "nick": S, "town": S, "level": S, "born": DATE, "joined_at": TS},
        "joined_at",
    ),
    entity("good", "goods", "good_id", {"good_id": I, "kind": S}),
    entity(
        "purchase",
        "purchases",
        "purchase_id",
        {"purchase_id": I, "member_id": I, "bought_at": TS, "channel": S, "amount": D, "coupon": B},
        "bought_at",
    ),
    entity(
        "line",
        "purchase_lines",
        "line_id",
        {"line_id": I, "purchase_id": I, "member_id": I, "bought_at": TS, "good_id": I, "amount": D, "pieces": I},
        "bought_at",
    ),
    entity("visit", "visits", "visit_id", {"visit_id": I, "member_id": I, "seen_at": TS}, "seen_at"),
)


def link(start: str, end: str, column: str) -> Relationship:
    return Relationship(
        name=f"{start}_{end}", from_entity=start, to_entity=end, from_columns=(column,), to_columns=(column,)
    )


RELATIONSHIPS = (
    link("member", "town", "town"),
    link("purchase", "member", "member_id"),
    link("line", "purchase", "purchase_id"),
    link("line", "member", "member_id"),
    link("line", "good", "good_id"),
    link("visit", "member", "member_id"),
)


def dim(name: str, kind: ColumnType, expr: str = "", **more: object) -> Dimension:
    owner, short = name.split(".")
    time = kind in (DATE, TS)
    shape = DimensionKind.TIME if time else DimensionKind.NUMERIC if kind in (I, D) else DimensionKind.CATEGORICAL
    return Dimension(name=short, entity=owner, words=words(short), kind=shape, type=kind, expr=expr or short, **more)  # type: ignore[arg-type]


def value(stored: str) -> Value:
    return Value(value=stored, label=Text(stored, stored))


DIMENSIONS = (
    dim("town.town", S),
    dim("town.region", S),
    dim("member.member_id", I),
    dim("member.nick", S, sensitivity=Sensitivity.PERSONAL),
    dim("member.town", S),
    dim("member.level", S, values=(value("basic"), value("silver"), value("gold")), ordered=True),
    dim(
        "member.age",
        I,
        "date_diff('year', born, :as_of) - CASE WHEN strftime(born, '%m%d') > strftime(:as_of, '%m%d') THEN 1 ELSE 0 END",
    ),
    dim("member.born", DATE),
    dim("member.joined_at", TS),
    dim("good.kind", S),
    dim("purchase.bought_at", TS),
    dim("purchase.channel", S),
    dim("purchase.amount", D),
    dim("purchase.coupon", B),
    dim("line.bought_at", TS),
    dim("visit.seen_at", TS),
)


def metric(name: str, *measures: Measure, unit: Unit = Unit.COUNT) -> Metric:
    return Metric(name=name, words=words(name), body=Simple(measures=measures), unit=unit)


A = Aggregation
METRICS = (
    metric("members", Measure(entity="member", agg=A.COUNT)),
    metric("new_members", Measure(entity="member", agg=A.COUNT, time="joined_at")),
    metric(
        "sales",
        Measure(entity="purchase", agg=A.SUM, expr="amount"),
        Measure(entity="line", agg=A.SUM, expr="amount"),
        unit=Unit.CURRENCY,
    ),
    metric(
        "purchases",
        Measure(entity="purchase", agg=A.COUNT),
        Measure(entity="line", agg=A.COUNT_DISTINCT, expr="purchase_id"),
    ),
    metric("coupon_purchases", Measure(entity="purchase", agg=A.COUNT, where="coupon")),
    metric("pieces", Measure(entity="line", agg=A.SUM, expr="pieces")),
    metric("visits", Measure(entity="visit", agg=A.COUNT)),
    metric("visitors", Measure(entity="visit", agg=A.COUNT_DISTINCT, expr="member_id")),
    metric("average_amount", Measure(entity="purchase", agg=A.AVERAGE, expr="amount"), unit=Unit.CURRENCY),
    metric("median_amount", Measure(entity="purchase", agg=A.MEDIAN, expr="amount"), unit=Unit.CURRENCY),
    metric("last_purchase", Measure(entity="purchase", agg=A.MAX, expr="bought_at"), unit=Unit.DATE),
    metric(
        "buyers",
        Measure(entity="purchase", agg=A.COUNT_DISTINCT, expr="member_id"),
        Measure(entity="line", agg=A.COUNT_DISTINCT, expr="member_id"),
    ),
    metric(
        "repeat_buyers",
        Measure(
            entity="purchase",
            agg=A.COUNT,
            per="member",
            having=Having(metric="purchases", op=">=", value=2),
            where="member_id IS NOT NULL",
        ),
        Measure(
            entity="line",
            agg=A.COUNT,
            per="member",
            having=Having(metric="purchases", op=">=", value=2),
            where="member_id IS NOT NULL",
        ),
    ),
    metric(
        "best_customer_spend",
        Measure(entity="purchase", agg=A.MAX, expr="sales", per="member"),
        unit=Unit.CURRENCY,
    ),
    metric(
        "stock",
        Measure(entity="purchase", agg=A.SUM, expr="amount", non_additive=NonAdditive(dimension="purchase.bought_at")),
    ),
    Metric(
        name="repurchase_rate",
        words=words("repurchase rate"),
        body=Ratio(numerator=Input("repeat_buyers"), denominator=Input("buyers")),
        unit=Unit.PERCENT,
    ),
    Metric(
        name="basket",
        words=words("basket"),
        body=Ratio(numerator=Input("sales"), denominator=Input("purchases")),
        unit=Unit.CURRENCY,
    ),
    Metric(
        name="purchases_per_visit",
        words=words("purchases per visit"),
        body=Ratio(numerator=Input("purchases"), denominator=Input("visits")),
        unit=Unit.NUMBER,
    ),
    Metric(
        name="contacts",
        words=words("contacts"),
        body=Derived(expr="purchases + visits", inputs=(Input("purchases"), Input("visits"))),
        unit=Unit.COUNT,
    ),
    Metric(
        name="coupon_gap",
        words=words("coupon gap"),
        body=Derived(expr="1 - coupon_purchases / purchases", inputs=(Input("coupon_purchases"), Input("purchases"))),
        unit=Unit.PERCENT,
    ),
)


def tag(name: str, kind: TagKind, body: object, **more: object) -> Tag:
    return Tag(
        name=name, entity="member", words=words(name), kind=kind, category=TagCategory.BEHAVIOUR, body=body, **more
    )  # type: ignore[arg-type]


TAGS = (
    tag("birth_month", TagKind.ATTRIBUTE, AttributeBody(expr="EXTRACT(MONTH FROM born)"), type=I),
    tag(
        "stage",
        TagKind.RULE,
        RuleBody(
            inputs=(
                TagInput(name="recent", metric="purchases", window="2 months"),
                TagInput(name="ever", metric="purchases"),
                TagInput(name="with_coupon", metric="purchases", window="12 months", where="coupon"),
            ),
            levels=(
                Level(value=value("active"), when="recent >= 1"),
                Level(value=value("coupon"), when="with_coupon >= 1 AND level = 'silver'"),
                Level(value=value("lapsed"), when="ever >= 1"),
            ),
            otherwise=value("never"),
        ),
        type=S,
        values=(value("active"), value("coupon"), value("lapsed"), value("never")),
    ),
    tag(
        "big_spender",
        TagKind.QUANTILE,
        QuantileBody(
            metric="sales", window="12 months", share=0.5, require=(Having(metric="purchases", op=">=", value=1),)
        ),
    ),
    tag(
        "favourite_kind",
        TagKind.PREFERENCE,
        PreferenceBody(dimension="good.kind", metric="sales", window="12 months"),
        type=S,
    ),
)

MODEL = SemanticModel(
    name="tiny",
    words=words("tiny"),
    entities=ENTITIES,
    relationships=RELATIONSHIPS,
    dimensions=DIMENSIONS,
    metrics=METRICS,
    tags=TAGS,
    conventions=Conventions(),
    customer_entity="member",
)


def context(
    *,
    model: SemanticModel = MODEL,
    segments: dict[str, Audience] | None = None,
    stored: frozenset[str] = frozenset(),
    conventions: Conventions | None = None,
) -> CompileContext:
    calendar = CompanyCalendar(conventions or model.conventions, (), TODAY)
    return CompileContext(
        index=ModelIndex(model), calendar=calendar, segments=SegmentsInMemory(segments), materialised_tags=stored
    )


def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(TABLES)
    return connection


def run(connection: duckdb.DuckDBPyConnection, compiled: Compiled) -> list[tuple[Cell, ...]]:
    """Rows of a compiled statement; its declared columns must be the engine's."""
    cursor = connection.execute(compiled.tree.sql("duckdb"))
    names = [column[0] for column in cursor.description]
    assert names == [column.name for column in compiled.columns]
    return list(cursor.fetchall())
