"""Random questions about the shop: most are valid, and all could be asked by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    IsNull,
    Moment,
    Not,
    Or,
    Predicate,
    Ranked,
    Then,
)
from semantic_layer.query.time import Against, Calendar, Comparison, DatePart, Grain, Rolling, Span
from semantic_layer.query.types import Bound, ByField, ByTime, Grouping, Kept, Order, Query
from tests.semantic_layer.reference import shop
from tests.semantic_layer.reference.cells import needed
from tests.semantic_layer.reference.figures import Figures
from tests.semantic_layer.reference.world import World

OPS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
DAYS = st.sampled_from(["2024-02-29", "2026-01-01", "2026-08-31", "2026-09-30", "2026-10-31"])
TIMES = st.sampled_from(
    [
        None,
        Calendar(Grain.MONTH, -1),
        Calendar(Grain.MONTH, 0),
        Calendar(Grain.QUARTER, -1),
        Calendar(Grain.QUARTER, 0),
        Calendar(Grain.YEAR, 0),
        Calendar(Grain.YEAR, -1),
        Rolling(45, Grain.DAY),
        Rolling(3, Grain.MONTH),
        Span(date(2026, 8, 15), date(2026, 10, 3)),
        Span(None, date(2026, 9, 30)),
        Span(date(2022, 1, 1), date(2022, 3, 31)),
    ]
)
COMPARISONS = st.lists(
    st.sampled_from(
        [Comparison.YEAR_BEFORE, Comparison.PERIOD_BEFORE, Against(Span(date(2025, 10, 1), date(2025, 12, 31)))]
    ),
    min_size=1,
    max_size=2,
    unique=True,
)
LEVELS = st.sampled_from(["basic", "silver", "gold"])
ROWS: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(Compare, st.just("member.town"), st.sampled_from(["=", "!="]), st.sampled_from(["Shanghai", "Atlantis"])),
    st.builds(Compare, st.just("town.region"), st.sampled_from(["=", "!="]), st.sampled_from(["east", "west"])),
    st.builds(Compare, st.just("member.level"), OPS, LEVELS),
    st.builds(Compare, st.just("member.age"), OPS, st.sampled_from([16, 30, 46])),
    st.builds(Compare, st.just("member.born"), OPS, st.sampled_from(["1996-02-29", "1980-10-31"])),
    st.builds(Compare, st.just("member.joined_at"), OPS, DAYS),
    st.builds(
        Compare, st.just("purchase.channel"), st.sampled_from(["=", "!="]), st.sampled_from(["web", "shop", "x'y"])
    ),
    st.builds(Compare, st.just("purchase.coupon"), st.sampled_from(["=", "!="]), st.booleans()),
    st.builds(Compare, st.just("purchase.amount"), OPS, st.sampled_from([-20, 0, 40, 100])),
    st.builds(Compare, st.just("purchase.big"), st.just("="), st.booleans()),
    st.builds(Compare, st.just("good.kind"), st.sampled_from(["=", "!="]), st.sampled_from(["shoes", "bags"])),
    st.builds(Among, st.just("purchase.channel"), st.sampled_from([(), ("web",), ("web", "phone"), ("shop", "web")])),
    st.builds(Between, st.just("purchase.amount"), st.sampled_from([0, 20]), st.sampled_from([60, 120])),
    st.builds(
        Between, st.just("purchase.bought_at"), st.sampled_from(["2026-01-01"]), DAYS.filter(lambda d: d > "2026")
    ),
    st.builds(Contains, st.just("member.town"), st.sampled_from(["HAI", "%", "", "jing"])),
    st.builds(
        IsNull, st.sampled_from(["member.town", "town.region", "purchase.channel", "purchase.amount", "member.level"])
    ),
    st.builds(
        Moment,
        field=st.just("purchase.bought_at"),
        op=OPS,
        value=st.sampled_from([6, 9, 10]),
        part=st.just(DatePart.MONTH),
    ),
    st.builds(
        Moment,
        field=st.just("purchase.bought_at"),
        op=OPS,
        value=st.sampled_from(["2026-09-01", "2026-07-01"]),
        grain=st.just(Grain.MONTH),
    ),
)
BEHAVIOUR = st.one_of(
    st.none(),
    st.builds(Compare, st.just("purchase.channel"), st.just("="), st.just("web")),
    st.builds(Compare, st.just("purchase.amount"), st.just(">="), st.just(60)),
)
FOLLOWED = st.builds(
    Then, entity=st.sampled_from(["purchase", "visit"]), count=st.sampled_from([None, 7, 40]), happened=st.booleans()
)
PEOPLE: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(Did, entity=st.sampled_from(["purchase", "visit"]), op=OPS, count=st.integers(0, 4), time=TIMES),
    st.builds(Did, entity=st.just("purchase"), where=BEHAVIOUR, op=OPS, count=st.integers(0, 3), time=TIMES),
    st.builds(Did, entity=st.just("purchase"), where=BEHAVIOUR, time=TIMES, which=st.sampled_from(["first", "last"])),
    st.builds(Did, entity=st.sampled_from(["purchase", "visit"]), time=TIMES, then=FOLLOWED),
    st.builds(
        HasMetric,
        metric=st.sampled_from(["sales", "basket", "visits", "contacts", "purchases", "average_amount"]),
        op=OPS,
        value=st.sampled_from([0, 1, 2, 80, 150]),
        high=st.none(),
        time=TIMES,
        where=BEHAVIOUR,
    ),
    st.builds(
        HasMetric,
        metric=st.just("sales"),
        op=st.just(">="),
        value=st.just(0),
        high=st.sampled_from([50, 300]),
        time=TIMES,
    ),
    st.builds(
        Ranked,
        metric=st.sampled_from(["sales", "basket"]),
        direction=st.sampled_from(["top", "bottom"]),
        count=st.integers(1, 5),
        time=TIMES,
    ),
    st.builds(
        Ranked, metric=st.sampled_from(["sales", "visits"]), share=st.sampled_from([0.1, 0.3, 0.5, 1.0]), time=TIMES
    ),
)
PREDICATES = st.recursive(
    st.one_of(ROWS, ROWS, PEOPLE),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda *parts: And(parts), inner, inner),
        st.builds(lambda *parts: Or(parts), inner, inner),
    ),
    max_leaves=4,
)
FIELDS = st.sampled_from(
    [
        ByField("member.level"),
        ByField("member.town"),
        ByField("town.region"),
        ByField("purchase.channel"),
        ByField("purchase.coupon"),
        ByField("good.kind"),
        ByField("member.member_id"),
        ByField("member.joined_at", grain=Grain.MONTH),
        ByField("purchase.bought_at", part=DatePart.DAY_OF_WEEK),
        ByField("purchase.bought_at", part=DatePart.MONTH),
        ByField("giver>member.level"),
        ByField("receiver>member.town"),
        ByField("receiver>member_town>town.region"),
    ]
)
PERIODS = st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.MONTH, Grain.QUARTER, Grain.YEAR]).map(ByTime)
METRICS = st.sampled_from([metric.name for metric in shop.METRICS])
ADDITIVE = ("sales", "purchases", "pieces", "visits", "contacts", "coupon_purchases", "with_coupon", "members")


NO_ROWS = Figures(World(shop.MODEL, {}, shop.TODAY))
"""Knows what leads where, without any data."""


def lead_to(metrics: Sequence[str], needs: frozenset[str]) -> bool:
    """Whether each of the simple metrics has a measure whose rows lead to all that is needed."""
    leaves = [NO_ROWS.world.metrics[leaf] for metric in metrics for leaf in NO_ROWS.leaves(metric)]
    return all(NO_ROWS.simple.serves(leaf, needs) for leaf in leaves)


CONDITIONS_ON_MEMBERS = PREDICATES.filter(
    lambda where: all(NO_ROWS.simple.leads("member", need) for need in needed(where, "member"))
)


@st.composite
def groupings(draw: st.DrawFn, metrics: Sequence[str]) -> tuple[Grouping, ...]:
    def field() -> ByField | None:
        found = draw(FIELDS)
        return found if lead_to(metrics, frozenset({found.field})) else None

    timed = "members" not in {leaf for metric in metrics for leaf in NO_ROWS.leaves(metric)}
    kind = draw(st.integers(0, 9))
    if kind == 0 and timed:
        return (ByTime(Grain.DAY),)
    if kind < 3:
        return ()
    if kind < 5 and timed:
        return (draw(PERIODS),)
    found = [one for one in (field() for _ in range(3)) if one is not None]
    if kind < 7 and timed:
        return (draw(PERIODS), *found[:1])
    return tuple({one.field: one for one in found[: kind - 6]}.values())


@st.composite
def queries(draw: st.DrawFn, metrics: tuple[str, ...] = ()) -> Query:
    """A question for the metrics given, or for one or two."""
    metrics = metrics or tuple(draw(st.lists(METRICS, min_size=1, max_size=2, unique=True)))
    by = draw(groupings(metrics))
    time = Calendar(Grain.MONTH, -1) if ByTime(Grain.DAY) in by else draw(TIMES)
    fields = frozenset(one.field for one in by if isinstance(one, ByField))

    def suits(where: Predicate | None) -> bool:
        return lead_to(metrics, fields | needed(where, "member"))

    where = next((one for one in draw(st.lists(PREDICATES, max_size=3)) if suits(one)), None)
    query = Query(metrics=metrics, by=by, time=time, where=where)
    if isinstance(time, Calendar | Rolling) and "members" not in metrics and draw(st.integers(0, 3)) == 0:
        query = replace(query, compare_to=tuple(draw(COMPARISONS)))
    if not by:
        return query
    bounds = [metric for metric in (draw(METRICS), *metrics) if lead_to([metric], fields | needed(where, "member"))]
    if draw(st.integers(0, 3)) == 0:
        bound = Bound(metric=bounds[0], op=draw(OPS), value=draw(st.sampled_from([0, 1, 2, 100])))
        query = replace(query, having=(bound,))
    if draw(st.integers(0, 2)) == 0:
        names = [*metrics, *(one.field if isinstance(one, ByField) else "time" for one in by)]
        query = replace(query, order=(Order(draw(st.sampled_from(names)), draw(st.booleans())),))
    if query.compare_to and draw(st.booleans()):
        what = draw(st.sampled_from(["change", "change_rate"]))
        query = replace(query, order=(Order(metrics[0], draw(st.booleans()), what),))
    if draw(st.integers(0, 3)) == 0:
        query = replace(query, limit=draw(st.integers(1, 4)))
    if metrics[0] in ADDITIVE and draw(st.integers(0, 1)) == 0:
        query = replace(query, metrics=metrics[:1], compare_to=(), share=True, order=())
    if draw(st.integers(0, 4)) == 0 and not query.compare_to:
        query = replace(query, rank=True)
    if ByField("purchase.channel") in by and draw(st.booleans()):
        query = replace(query, keep=(Kept("purchase.channel", draw(st.sampled_from([("web",), ("shop", "phone")]))),))
    return query
