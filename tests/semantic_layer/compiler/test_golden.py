"""The text of compiled statements, to see what a change moves. That the numbers are right is shown in `tests/traps`.

Set `REWRITE_GOLDEN=1` to write the files anew, and read the difference before keeping it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.compiler.audience import (
    compile_audience_count,
    compile_distribution,
    compile_people,
    compile_value_counts,
    compile_waterfall,
)
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.query import compile_query
from semantic_layer.compiler.tag_table import compile_tag, compile_tag_table
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    Not,
    Or,
    Ranked,
)
from semantic_layer.query.time import Against, Calendar, Comparison, Grain, Rolling, Span
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Order, Query
from tests.semantic_layer.compiler import tiny

FOLDER = Path(__file__).parents[2] / "golden"
LAST_MONTH = Calendar(Grain.MONTH, -1)
SHANGHAI = Compare("member.town", "=", "Shanghai")


def query(**parts: object) -> Callable[[CompileContext], Compiled]:
    return lambda context: compile_query(Query(**parts), context)  # type: ignore[arg-type]


def people(where: object) -> Audience:
    return Audience(where=where, entity="member")  # type: ignore[arg-type]


CASES: dict[str, Callable[[CompileContext], Compiled]] = {
    "one_number": query(metrics=("sales",), time=LAST_MONTH),
    "people_now": query(metrics=("members",), where=SHANGHAI),
    "default_window": query(metrics=("basket",)),
    "breakdown": query(metrics=("sales",), by=(ByField("town.region"),)),
    "breakdown_by_a_finer_field": query(metrics=("sales", "purchases"), by=(ByField("good.kind"),)),
    "two_levels_in_one_pass": query(metrics=("repurchase_rate", "basket"), by=(ByField("member.level"),)),
    "two_kinds_of_events": query(metrics=("sales", "visits"), by=(ByField("town.region"),)),
    "two_numbers_side_by_side": query(metrics=("purchases_per_visit",), time=LAST_MONTH),
    "trend": query(metrics=("repurchase_rate",), by=(ByTime(Grain.MONTH),), time=Calendar(Grain.QUARTER, 0)),
    "trend_by_group": query(metrics=("sales",), by=(ByTime(Grain.WEEK), ByField("purchase.channel")), time=LAST_MONTH),
    "compare_one_pass": query(
        metrics=("sales",), by=(ByField("town.region"),), time=LAST_MONTH, compare_to=(Comparison.YEAR_BEFORE,)
    ),
    "compare_trend": query(
        metrics=("sales",),
        by=(ByTime(Grain.MONTH),),
        time=Calendar(Grain.QUARTER, -1),
        compare_to=(Comparison.YEAR_BEFORE,),
    ),
    "compare_people_twice": query(
        metrics=("buyers", "repeat_buyers"),
        time=LAST_MONTH,
        compare_to=(Comparison.PERIOD_BEFORE, Against(Span(date(2025, 9, 1), date(2025, 9, 15)))),
    ),
    "ranking": query(metrics=("sales",), by=(ByField("member.town"),), order=(Order("sales"),), limit=10),
    "ranking_by_change": query(
        metrics=("sales",),
        by=(ByField("member.town"),),
        time=LAST_MONTH,
        compare_to=(Comparison.PERIOD_BEFORE,),
        order=(Order("sales", what="change_rate"),),
        limit=3,
    ),
    "share": query(metrics=("sales",), by=(ByField("purchase.channel"),), share=True),
    "groups_with_a_bound": query(
        metrics=("sales",), by=(ByField("member.town"),), having=(Bound(metric="basket", op=">", value=30.5),)
    ),
    "derived": query(metrics=("coupon_gap", "contacts"), by=(ByTime(Grain.QUARTER),), time=Rolling(6, Grain.MONTH)),
    "rows_of_people": query(
        metrics=("sales",), where=And((Did(entity="visit", count=2), Not(Ranked(metric="sales", share=0.1))))
    ),
    "audience_count": lambda context: compile_audience_count(
        people(And((SHANGHAI, Among("member.level", ("silver", "gold")), Between("member.age", 25, 35)))), context
    ),
    "audience_behaviour": lambda context: compile_audience_count(
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
        context,
    ),
    "audience_either_or_not": lambda context: compile_audience_count(
        people(Or((Not(And((SHANGHAI, Compare("member.age", ">", 30)))), Contains("member.nick", "o'b")))), context
    ),
    "audience_segment": lambda context: compile_audience_count(people(Not(InSegment("regulars"))), context),
    "audience_stored_tags": lambda context: compile_people(
        people(And((Compare("member.stage", "=", "active"), Compare("member.big_spender", "=", True)))),
        tiny.context(stored=frozenset({"stage", "big_spender"})),
        limit=20,
        offset=40,
    ),
    "audience_another_day": lambda context: compile_audience_count(
        Audience(where=Compare("member.stage", "=", "active"), entity="member", as_of=date(2026, 9, 30)), context
    ),
    "waterfall": lambda context: compile_waterfall(people(And((SHANGHAI, Did(entity="visit")))), context),
    "distribution": lambda context: compile_distribution(
        people(SHANGHAI), ("member.level", "member.stage"), context, base=people(Did(entity="purchase"))
    ),
    "values": lambda context: compile_value_counts("member.town", context),
    "tag_quantile": lambda context: compile_tag(context.index.tag("member.big_spender"), context),
    "tag_table": compile_tag_table,
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as found:
        found.execute(
            "CREATE TABLE customer_tags AS SELECT member_id, 'active' AS stage, TRUE AS big_spender FROM members"
        )
        yield found


def context() -> CompileContext:
    return tiny.context(segments={"regulars": people(Did(entity="purchase", count=2))})


@pytest.mark.parametrize("name", CASES)
def test_the_statement_is_the_one_on_file(name: str) -> None:
    found = CASES[name](context()).tree.sql("duckdb", pretty=True) + "\n"
    path = FOLDER / f"{name}.sql"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_the_statement_runs_and_gives_the_columns_it_names(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    tiny.run(connection, CASES[name](context()))


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(CASES)


def test_the_same_question_gives_the_same_text() -> None:
    for build in CASES.values():
        assert build(context()).tree.sql("duckdb") == build(context()).tree.sql("duckdb")
