"""Statements whose text is kept: every kind of question, over the tiny company and over the shop with all kinds of metrics.

python -m tests.semantic_layer.compiler.golden_cases      prints them all, as JSON by name
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from semantic_layer.compiler.audience import (
    compile_audience_count,
    compile_distribution,
    compile_people,
    compile_value_counts,
    compile_waterfall,
)
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.funnel import compile_funnel
from semantic_layer.compiler.query import compile_query
from semantic_layer.compiler.retention import compile_retention
from semantic_layer.compiler.tag_table import compile_tag, compile_tag_table
from semantic_layer.model.types import Validity
from semantic_layer.query.plan import Funnel, Occurrence, Retention
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Or,
    Ranked,
    Then,
)
from semantic_layer.query.time import Against, Calendar, Comparison, DatePart, Grain, Rolling, Span
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Kept, Order, Query
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.reference import shop

Build = Callable[[], Compiled]
LAST_MONTH = Calendar(Grain.MONTH, -1)
SHANGHAI = Compare("member.town", "=", "Shanghai")
WEB = Compare("purchase.channel", "=", "web")
MONTHS = (ByTime(Grain.MONTH),)
QUARTER = Calendar(Grain.QUARTER, -1)

STANDING = tiny.replace(
    tiny.entity(
        "standing",
        "standings",
        "member_id",
        {"member_id": tiny.I, "standing": tiny.S, "since": tiny.DATE, "until": tiny.DATE},
    ),
    validity=Validity("since", "until"),
)
MODEL = tiny.replace(
    shop.MODEL,
    entities=(*shop.MODEL.entities, STANDING),
    relationships=(*shop.MODEL.relationships, tiny.link("purchase", "standing", "member_id")),
    dimensions=(*shop.MODEL.dimensions, tiny.dim("standing.standing", tiny.S)),
)
SCHEMA = "CREATE TABLE standings (member_id INTEGER, standing VARCHAR, since DATE, until DATE)"


def people(where: object) -> Audience:
    return Audience(where=where, entity="member")  # type: ignore[arg-type]


def context() -> CompileContext:
    return tiny.context(segments={"regulars": people(Did(entity="purchase", count=2))})


def asked(**parts: object) -> Build:
    """A question about the tiny company."""
    return lambda: compile_query(Query(**parts), context())  # type: ignore[arg-type]


def of_shop(*metrics: str, **parts: object) -> Build:
    """A question about the shop."""
    return lambda: compile_query(Query(metrics=metrics, **parts), tiny.context(model=MODEL))  # type: ignore[arg-type]


def counted(where: object) -> Build:
    return lambda: compile_audience_count(people(where), context())


CASES: dict[str, Build] = {
    "one_number": asked(metrics=("sales",), time=LAST_MONTH),
    "people_now": asked(metrics=("members",), where=SHANGHAI),
    "default_window": asked(metrics=("basket",)),
    "breakdown": asked(metrics=("sales",), by=(ByField("town.region"),)),
    "breakdown_by_a_finer_field": asked(metrics=("sales", "purchases"), by=(ByField("good.kind"),)),
    "two_levels_in_one_pass": asked(metrics=("repurchase_rate", "basket"), by=(ByField("member.level"),)),
    "two_kinds_of_events": asked(metrics=("sales", "visits"), by=(ByField("town.region"),)),
    "two_numbers_side_by_side": asked(metrics=("purchases_per_visit",), time=LAST_MONTH),
    "trend": asked(metrics=("repurchase_rate",), by=(ByTime(Grain.MONTH),), time=Calendar(Grain.QUARTER, 0)),
    "trend_by_group": asked(metrics=("sales",), by=(ByTime(Grain.WEEK), ByField("purchase.channel")), time=LAST_MONTH),
    "compare_one_pass": asked(
        metrics=("sales",), by=(ByField("town.region"),), time=LAST_MONTH, compare_to=(Comparison.YEAR_BEFORE,)
    ),
    "compare_trend": asked(
        metrics=("sales",),
        by=(ByTime(Grain.MONTH),),
        time=Calendar(Grain.QUARTER, -1),
        compare_to=(Comparison.YEAR_BEFORE,),
    ),
    "compare_people_twice": asked(
        metrics=("buyers", "repeat_buyers"),
        time=LAST_MONTH,
        compare_to=(Comparison.PERIOD_BEFORE, Against(Span(date(2025, 9, 1), date(2025, 9, 15)))),
    ),
    "ranking": asked(metrics=("sales",), by=(ByField("member.town"),), order=(Order("sales"),), limit=10),
    "ranking_by_change": asked(
        metrics=("sales",),
        by=(ByField("member.town"),),
        time=LAST_MONTH,
        compare_to=(Comparison.PERIOD_BEFORE,),
        order=(Order("sales", what="change_rate"),),
        limit=3,
    ),
    "share": asked(metrics=("sales",), by=(ByField("purchase.channel"),), share=True),
    "groups_with_a_bound": asked(
        metrics=("sales",), by=(ByField("member.town"),), having=(Bound(metric="basket", op=">", value=30.5),)
    ),
    "derived": asked(metrics=("coupon_gap", "contacts"), by=(ByTime(Grain.QUARTER),), time=Rolling(6, Grain.MONTH)),
    "rows_of_people": asked(
        metrics=("sales",), where=And((Did(entity="visit", count=2), Not(Ranked(metric="sales", share=0.1))))
    ),
    "audience_count": lambda: compile_audience_count(
        people(And((SHANGHAI, Among("member.level", ("silver", "gold")), Between("member.age", 25, 35)))), context()
    ),
    "audience_behaviour": lambda: compile_audience_count(
        people(
            And(
                (
                    Did(entity="purchase", where=Compare("good.kind", "=", "shoes")),
                    Not(Did(entity="purchase", time=Rolling(30, Grain.DAY))),
                    HasMetric(metric="purchases", op="<", value=3),
                    HasMetric(metric="basket", op=">=", value=50, high=100, time=LAST_MONTH),
                )
            )
        ),
        context(),
    ),
    "audience_either_or_not": lambda: compile_audience_count(
        people(Or((Not(And((SHANGHAI, Compare("member.age", ">", 30)))), Contains("member.nick", "o'b")))), context()
    ),
    "audience_segment": lambda: compile_audience_count(people(Not(InSegment("regulars"))), context()),
    "audience_stored_tags": lambda: compile_people(
        people(And((Compare("member.stage", "=", "active"), Compare("member.big_spender", "=", True)))),
        tiny.context(stored=frozenset({"stage", "big_spender"})),
        limit=20,
        offset=40,
    ),
    "audience_another_day": lambda: compile_audience_count(
        Audience(where=Compare("member.stage", "=", "active"), entity="member", as_of=date(2026, 9, 30)), context()
    ),
    "waterfall": lambda: compile_waterfall(people(And((SHANGHAI, Did(entity="visit")))), context()),
    "distribution": lambda: compile_distribution(
        people(SHANGHAI), ("member.level", "member.stage"), context(), base=people(Did(entity="purchase"))
    ),
    "values": lambda: compile_value_counts("member.town", context()),
    "tag_quantile": lambda: compile_tag(context().index.tag("member.big_spender"), context()),
    "tag_table": lambda: compile_tag_table(context()),
    # running totals, times before, balances, conversions
    "running_total": of_shop("sales_ever", by=MONTHS, time=QUARTER),
    "running_total_now": of_shop("sales_ever", "purchases", time=LAST_MONTH),
    "running_window": of_shop("sales_of_month", by=(ByTime(Grain.WEEK),), time=LAST_MONTH),
    "running_window_of_people": of_shop("buyers_of_two_weeks", by=(ByTime(Grain.DAY),), time=LAST_MONTH),
    "running_rate": of_shop("basket_of_quarter", by=MONTHS, time=QUARTER),
    "running_to_date": of_shop("sales_this_year", by=(*MONTHS, ByField("member.level")), time=QUARTER),
    "running_first": of_shop("sales_of_ten_days", by=MONTHS, time=QUARTER),
    "month_before": of_shop("sales_month_ago", "sales", by=MONTHS, time=QUARTER),
    "month_before_by_day": of_shop("sales_month_ago", by=(ByTime(Grain.DAY),), time=LAST_MONTH),
    "growth": of_shop("growth", by=(ByField("purchase.channel"),), time=LAST_MONTH),
    "balance": of_shop("points", by=(*MONTHS, ByField("member.level")), time=QUARTER),
    "balance_of_each": of_shop("points_of_accounts", "opening_points", time=QUARTER),
    "conversion_of_people": of_shop("converted", by=(ByField("member.level"),), time=QUARTER),
    "conversion_of_events": of_shop("credited_rate", by=MONTHS, time=QUARTER),
    "conversion_in_money": of_shop("credited_sales", time=QUARTER),
    # parts of metrics, and ways of adding up
    "part_of_a_metric": of_shop("web_share", by=(ByField("town.region"),)),
    "metric_over_fewer_rows": of_shop("gold_sales", "sales", by=MONTHS, time=QUARTER),
    "metric_of_a_person_in_a_definition": of_shop("sales_to_regulars"),
    "metric_of_metrics": of_shop("nested", by=(ByField("purchase.channel"),)),
    "percentiles": of_shop("median_amount", "upper_amount", "typical_amount", "with_coupon"),
    "average_of_people": of_shop("spend_of_buyers", "spend_of_regulars", by=(ByField("member.level"),)),
    # ways between rows
    "named_path": of_shop(
        "given", by=(ByField("giver>member.level"),), where=Compare("receiver>member_town>town.region", "=", "east")
    ),
    "both_paths": of_shop("gifts", by=(ByField("giver>member.town"), ByField("receiver>member.town"))),
    "history": of_shop("sales", by=(ByField("standing.standing"),), time=QUARTER),
    # groups and moments
    "by_weekday": of_shop("sales", by=(ByField("purchase.bought_at", part=DatePart.DAY_OF_WEEK),)),
    "by_month_of_joining": of_shop("sales", by=(ByField("member.joined_at", grain=Grain.MONTH),), limit=12),
    "by_part_of_time": of_shop("sales", "visits", by=(ByTime(Grain.MONTH, part=DatePart.MONTH),)),
    "in_moments": of_shop(
        "sales",
        where=And(
            (
                Moment(field="purchase.bought_at", op="=", value=6, part=DatePart.DAY_OF_WEEK),
                Moment(field="purchase.bought_at", op=">=", value="2026-07-01", grain=Grain.MONTH),
                Moment(op="<", value="2026-10-15"),
            )
        ),
    ),
    "places": of_shop(
        "sales", by=(ByField("member.town"),), rank=True, share=True, keep=(Kept("member.town", ("Shanghai",)),)
    ),
    "bound_on_another_metric": of_shop(
        "sales",
        by=(*MONTHS, ByField("purchase.channel")),
        time=QUARTER,
        having=(Bound(metric="buyers", op=">=", value=2, high=10),),
        order=(Order("time", descending=False), Order("sales")),
    ),
    "values_of_a_field": of_shop(by=(ByField("purchase.channel"),), where=Not(IsNull("purchase.channel"))),
    "values_of_two_fields": of_shop(by=(ByField("member.level"), ByField("good.kind"))),
    "least_and_greatest": of_shop(by=(ByField("purchase.amount"),), where=WEB, extremes=True),
    # what people did
    "first_purchase": counted(Did(entity="purchase", time=LAST_MONTH, which="first")),
    "bought_then_came_back": counted(Did(entity="purchase", where=WEB, then=Then(entity="visit", count=7))),
    "bought_and_never_came_back": counted(
        Did(entity="purchase", time=QUARTER, then=Then(entity="purchase", count=30, happened=False))
    ),
    "audience_of_the_best": counted(
        And((Ranked(metric="sales", share=0.2), HasMetric(metric="basket", op="<", value=80)))
    ),
    "retention": lambda: compile_retention(
        Retention(start=Occurrence(entity="member"), back=Occurrence(entity="purchase", where=WEB), periods=3),
        context(),
    ),
    "funnel": lambda: compile_funnel(
        Funnel(
            steps=(Occurrence(entity="visit"), Occurrence(entity="purchase", where=WEB), Occurrence(entity="purchase")),
            by="member.level",
        ),
        context(),
    ),
    "tag_rule": lambda: compile_tag(context().index.tag("member.stage"), context()),
    "tag_preference": lambda: compile_tag(context().index.tag("member.favourite_kind"), context()),
}


def text_of(name: str) -> str:
    """The statement as it stands in its file."""
    return CASES[name]().tree.sql("duckdb", pretty=True) + "\n"


if __name__ == "__main__":
    print(json.dumps({name: text_of(name) for name in CASES}))
