"""Running totals, values as of a time before, conversions and balances over the tiny company, computed by hand.

purchases   1     2     3     4     5     6     7     8     9
member      1     1     2     3     -     1     4     4     2
day         9-01  9-30  9-15  10-01 9-10  25-9-20 25-12-31 26-1-1 24-2-29
amount      100   50    30    200   20    80    40    60    10
visits      9-02 m1, 9-03 m1, 9-03 m2, 10-31 m5, 9-05 -, 9-30 m5
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.grain import Grain, Offset, OwnPeriod, TimeSpine
from semantic_layer.model.types import (
    Conversion,
    Cumulative,
    Derived,
    Input,
    Measure,
    Metric,
    MetricBody,
    NonAdditive,
    Percentile,
    SemanticModel,
    Simple,
    Unit,
)
from semantic_layer.query.predicate import Compare, Moment, Or
from semantic_layer.query.time import Calendar, Comparison, DatePart, Span, TimeRange
from semantic_layer.query.types import ByField, ByTime, Kept, Query
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

A = tiny.A
MONTHS = (ByTime(Grain.MONTH),)
SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))
AUTUMN = Span(date(2026, 8, 1), date(2026, 10, 31))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as found:
        yield found


def named(name: str, body: MetricBody, unit: Unit = Unit.NUMBER, **more: object) -> Metric:
    return Metric(name=name, words=tiny.words(name), body=body, unit=unit, **more)  # type: ignore[arg-type]


def running(name: str, of: str, **more: object) -> Metric:
    return named(name, Cumulative(input=of, **more))  # type: ignore[arg-type]


def before(name: str, of: str, offset: Offset) -> Metric:
    return named(name, Derived(expr="earlier", inputs=(Input(of, alias="earlier", offset=offset),)))


METRICS = (
    running("sales_ever", "sales"),
    running("sales_this_year", "sales", grain_to_date="year"),
    running("sales_30_days", "sales", window="30 days"),
    running("sales_30_days_first", "sales", window="30 days", period_choice="first"),
    running("sales_30_days_average", "sales", window="30 days", period_choice="average"),
    running("buyers_60_days", "buyers", window="60 days"),
    running("repeat_buyers_ever", "repeat_buyers"),
    running("basket_ever", "basket"),
    before("sales_month_before", "sales", Offset("month", count=1)),
    before("sales_at_month_start", "sales", Offset("month", to_start=True)),
    named(
        "growth",
        Derived(
            expr="sales - earlier",
            inputs=(Input("sales"), Input("sales", alias="earlier", offset=Offset("month", count=1))),
        ),
    ),
    named(
        "web_part",
        Derived(
            expr="web / sales",
            inputs=(Input("sales", alias="web", where="purchase.channel = 'web'"), Input("sales")),
        ),
    ),
    named("visit_to_buy", Conversion(entity="member", base="visits", target="purchases", window="30 days")),
    named(
        "bought_after_visit",
        Conversion(
            entity="member", base="visits", target="purchases", window="30 days", calculation="count", counting="events"
        ),
    ),
    named("last_balance", Simple(measures=(Measure(
        entity="purchase", agg=A.SUM, expr="amount", non_additive=NonAdditive(dimension="bought_at")),))),
    named("first_balance", Simple(measures=(Measure(
        entity="purchase", agg=A.SUM, expr="amount", non_additive=NonAdditive(dimension="bought_at", choice="first")),))),
    named("balance_of_each", Simple(measures=(Measure(
        entity="purchase",
        agg=A.SUM,
        expr="amount",
        non_additive=NonAdditive(dimension="bought_at", groupings=("member.member_id",)),
    ),))),
    named("p90", Simple(measures=(Measure(
        entity="purchase", agg=A.PERCENTILE, expr="amount", percentile=Percentile(value=0.5, discrete=True)),))),
    named("coupons", Simple(measures=(Measure(entity="purchase", agg=A.SUM_BOOLEAN, expr="coupon"),))),
    named("frequent_members", Simple(measures=(Measure(
        entity="member", agg=A.COUNT, where="metric('purchases', 'member') >= 2"),))),
)  # fmt: skip

SEASONS = TimeSpine(table="days", column="day", grain=Grain.DAY, periods=(OwnPeriod(name="season", column="season"),))


def model(**more: object) -> SemanticModel:
    return tiny.replace(tiny.MODEL, metrics=(*tiny.METRICS, *METRICS), **more)  # type: ignore[arg-type]


@pytest.fixture
def ask(connection: duckdb.DuckDBPyConnection):
    def answer(
        *metrics: str, by: tuple[object, ...] = (), time: TimeRange | None = None, **more: object
    ) -> list[tuple[Cell, ...]]:
        query = Query(metrics=metrics, by=by, time=time, **more)  # type: ignore[arg-type]
        return tiny.run(connection, compile_query(query, tiny.context(model=model())))

    return answer


def months(*rows: tuple[object, ...]) -> list[tuple[object, ...]]:
    return [(date(2026, int(str(month)), 1), *values) for month, *values in rows]


# -- running totals ------------------------------------------------------------------------------------------------------


def test_a_running_total_shows_its_value_at_the_end_of_each_period(ask) -> None:
    # before August: 80 + 40 + 60 + 10 = 190; September adds 200; October 200
    assert ask("sales_ever", by=MONTHS, time=AUTUMN) == months((8, 190), (9, 390), (10, 590))


def test_a_running_total_without_periods_is_its_value_on_the_last_day(ask) -> None:
    assert ask("sales_ever", time=SEPTEMBER) == [(390,)]
    assert ask("sales_this_year", time=SEPTEMBER) == [(260,)]  # 60 + 200
    assert ask("sales_30_days", time=SEPTEMBER) == [(200,)]  # 1 to 30 September are 30 days
    assert ask("sales_30_days", time=Span(date(2026, 10, 1), date(2026, 10, 1))) == [(300,)]  # from 2 September


def test_a_running_total_starts_anew_with_each_year(ask) -> None:
    rows = ask("sales_this_year", by=MONTHS, time=Span(date(2025, 11, 1), date(2026, 2, 28)))
    assert [row[1] for row in rows] == [80, 120, 60, 60]  # 80 of September 2025, + 40 in December; 60 on 1 January


def test_a_trailing_window_by_day(ask) -> None:
    rows = ask("sales_30_days", by=(ByTime(Grain.DAY),), time=Span(date(2026, 9, 29), date(2026, 10, 2)))
    # 29 Sept: 100+20+30; 30 Sept: +50; 1 Oct: -100 of 1 Sept, +200; 2 Oct: as before
    assert [row[1] for row in rows] == [150, 200, 300, 300]


def test_a_period_may_show_its_first_or_its_average_running_value(ask) -> None:
    span = Span(date(2026, 10, 1), date(2026, 10, 2))
    assert ask("sales_30_days_first", by=MONTHS, time=AUTUMN) == months((8, 0), (9, 100), (10, 300))
    assert ask("sales_30_days_average", by=MONTHS, time=span) == months((10, 300))


def test_people_of_a_trailing_window_are_counted_once(ask) -> None:
    # to 30 September: members 1, 2 (August 2 on); to 31 October (from 2 September): 1, 2, 3
    assert ask("buyers_60_days", by=MONTHS, time=Span(date(2026, 9, 1), date(2026, 10, 31))) == months((9, 2), (10, 3))


def test_two_level_and_ratio_metrics_run_too(ask) -> None:
    # by end of August members 4 has two; by end of September also 1 (three) and 2 (two, with 2024)
    assert ask("repeat_buyers_ever", by=MONTHS, time=AUTUMN) == months((8, 1), (9, 3), (10, 3))
    rows = ask("basket_ever", by=MONTHS, time=AUTUMN)
    assert [float(row[1]) for row in rows] == pytest.approx([190 / 4, 390 / 8, 590 / 9])


def test_a_running_total_by_group_and_filtered(ask) -> None:
    rows = ask("sales_ever", by=(ByField("purchase.channel"),), time=SEPTEMBER)
    assert dict(rows) == {"web": 210, "shop": 80, None: 100}
    assert ask("sales_ever", time=SEPTEMBER, where=Compare("purchase.channel", "=", "web")) == [(210,)]


def test_a_running_total_against_the_year_before(ask) -> None:
    rows = ask("sales_ever", by=MONTHS, time=SEPTEMBER, compare_to=(Comparison.YEAR_BEFORE,))
    assert rows[0][:3] == (date(2026, 9, 1), 390, 90)  # to the end of September 2025: 10 + 80


# -- as of a time before -------------------------------------------------------------------------------------------------


def test_the_month_before_counts_each_row_once(ask) -> None:
    # 28 to 31 of a longer month must not all read the last day of a shorter one
    assert ask("sales_month_before", by=MONTHS, time=AUTUMN) == months((8, 0), (9, 0), (10, 200))
    assert ask("sales_month_before", time=Span(date(2026, 10, 1), date(2026, 10, 31))) == [(200,)]
    assert ask("growth", by=MONTHS, time=AUTUMN) == months((8, 0), (9, 200), (10, 0))


def test_the_month_before_by_day_reads_the_same_day(ask) -> None:
    rows = ask("sales_month_before", by=(ByTime(Grain.DAY),), time=Span(date(2026, 10, 29), date(2026, 10, 31)))
    assert [row[1] for row in rows] == [0, 50, 50]  # 30 and 31 October both read 30 September


def test_back_to_the_start_of_the_month(ask) -> None:
    rows = ask("sales_at_month_start", by=(ByTime(Grain.DAY),), time=Span(date(2026, 9, 1), date(2026, 9, 2)))
    assert [row[1] for row in rows] == [100, 100]
    assert ask("sales_at_month_start", time=SEPTEMBER) == [(100,)]


def test_an_input_may_have_a_filter_of_its_own(ask) -> None:
    rows = ask("web_part", by=MONTHS, time=AUTUMN)
    assert [None if row[1] is None else float(row[1]) for row in rows] == [None, 0.65, 1.0]  # 130/200; 200/200


# -- conversions ---------------------------------------------------------------------------------------------------------


def test_people_convert_once_however_often_they_begin(ask) -> None:
    # visitors of September: 1, 2, 5; 1 buys on the 30th (of visits on the 2nd and 3rd), 2 on the 15th, 5 never
    assert [float(row[0]) for row in ask("visit_to_buy", time=SEPTEMBER)] == pytest.approx([2 / 3])
    rows = ask("visit_to_buy", by=(ByField("member.level"),), time=SEPTEMBER)
    assert rows == [("basic", 0), ("silver", 1), ("gold", 1)]


def test_events_are_credited_to_the_latest_beginning(ask) -> None:
    rows = ask("bought_after_visit", by=(ByTime(Grain.DAY),), time=Span(date(2026, 9, 2), date(2026, 9, 3)))
    assert rows == [(date(2026, 9, 2), 0), (date(2026, 9, 3), 2)]  # both purchases come after visits of the 3rd


def test_a_conversion_needs_times_and_is_not_moved(connection: duckdb.DuckDBPyConnection) -> None:
    moved = running("converted_ever", "visit_to_buy")
    context = tiny.context(model=tiny.replace(model(), metrics=(*model().metrics, moved)))
    with pytest.raises(InvalidPlanError, match="neither added up"):
        compile_query(Query(metrics=("converted_ever",)), context)


# -- balances, percentiles, sums of booleans -----------------------------------------------------------------------------


def test_a_balance_is_that_of_the_last_or_first_moment(ask) -> None:
    assert ask("last_balance", "first_balance", time=SEPTEMBER) == [(50, 100)]
    assert ask("last_balance", by=MONTHS, time=AUTUMN) == months((8, 0), (9, 50), (10, 200))
    assert ask("balance_of_each", time=SEPTEMBER) == [(50 + 30 + 20,)]  # the last of members 1, 2 and of nobody


def test_other_aggregations(ask) -> None:
    assert ask("p90", "coupons", time=SEPTEMBER) == [(30, 1)]  # 20 30 50 100: the middle stored value


def test_a_metric_as_filter_in_a_definition(ask) -> None:
    # in the default window of 12 months: member 1 has purchases 1 and 2, member 4 has 7 and 8
    assert ask("frequent_members") == [(2,)]


# -- moments -------------------------------------------------------------------------------------------------------------


def test_conditions_on_moments(ask) -> None:
    weekend = Or(
        (Moment(op="=", value=6, part=DatePart.DAY_OF_WEEK), Moment(op="=", value=7, part=DatePart.DAY_OF_WEEK))
    )
    year = Calendar(Grain.YEAR, 0)
    assert ask("sales", time=year, where=weekend) == [(0,)]  # 2026: 1 Jan Thursday, 1 Sept Tuesday, 10 Thursday, …
    assert ask("sales", time=year, where=Moment(op=">=", value=12, part=DatePart.HOUR)) == [(100,)]  # 30 + 20 + 50
    assert ask("sales", where=Moment(op=">=", value="2026-09-16")) == [(250,)]
    field = Moment(op="=", value="2026-09-01", field="member.joined_at", grain=Grain.MONTH)
    assert ask("sales", time=year, where=field) == [(230,)]  # members 2 and 3


def test_groups_by_parts_and_by_periods_of_another_time(ask) -> None:
    rows = ask("sales", by=(ByTime(Grain.DAY, part=DatePart.QUARTER),), time=Calendar(Grain.YEAR, 0))
    assert dict(rows) == {1: 60, 3: 200, 4: 200}
    rows = ask("sales", by=(ByField("member.joined_at", grain=Grain.YEAR),), time=Calendar(Grain.YEAR, 0))
    assert dict(rows) == {date(2025, 1, 1): 150, date(2026, 1, 1): 290, None: 20}


def test_a_company_s_own_periods(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TABLE days AS SELECT day, CASE WHEN month(day) IN (9, 10) THEN 'autumn' ELSE 'other' END AS season "
        "FROM (SELECT unnest(generate_series(DATE '2026-01-01', DATE '2026-12-31', INTERVAL 1 DAY))::DATE AS day)"
    )
    context = tiny.context(model=model(time_spines=(SEASONS,)))
    query = Query(metrics=("sales",), by=(ByTime(Grain.DAY, own="season"),), time=Calendar(Grain.YEAR, 0))
    assert tiny.run(connection, compile_query(query, context)) == [("autumn", 400), ("other", 60)]
    query = Query(metrics=("sales",), time=Calendar(Grain.YEAR, 0), where=Moment(op="=", value="autumn", own="season"))
    assert tiny.run(connection, compile_query(query, context)) == [(400,)]


def test_hours_are_shown_where_the_data_has_them(ask) -> None:
    rows = ask("sales", by=(ByTime(Grain.HOUR),), time=Span(date(2026, 9, 30), date(2026, 10, 1)))
    assert [(str(at), amount) for at, amount in rows] == [("2026-09-30 23:00:00", 50), ("2026-10-01 00:00:00", 200)]
    with pytest.raises(InvalidPlanError, match="by the day only"):
        ask("sales", by=(ByField("member.born", grain=Grain.HOUR),))


# -- shares and places ---------------------------------------------------------------------------------------------------


def test_shares_and_places_are_among_all_groups_also_when_few_are_shown(ask) -> None:
    web_and_shop = ask("sales", by=(ByField("purchase.channel"),), rank=True, share=True)
    # twelve months: web 330, shop 70, unknown 100
    assert [(row[0], row[1], float(row[2]), row[3]) for row in web_and_shop] == [
        ("web", 330, 0.66, 1), (None, 100, 0.2, None), ("shop", 70, 0.14, 2),
    ]  # fmt: skip
    only = ask(
        "sales", by=(ByField("purchase.channel"),), rank=True, share=True, keep=(Kept("purchase.channel", ("shop",)),)
    )
    assert [(row[0], float(row[2]), row[3]) for row in only] == [("shop", 0.14, 2)]
    with pytest.raises(InvalidPlanError, match="group by it"):
        ask("sales", keep=(Kept("purchase.channel", ("shop",)),))
    with pytest.raises(InvalidPlanError):
        ask("sales", rank=True)


# -- values without a metric ---------------------------------------------------------------------------------------------


def test_which_values_there_are(ask) -> None:
    assert ask(by=(ByField("town.region"),)) == [("east",), ("north",), ("west",)]
    # Lhasa has no member; two members have no town
    assert ask(by=(ByField("town.region"), ByField("member.level"))) == [
        ("east", "gold"), ("east", "silver"), ("north", "gold"), ("west", None), (None, "basic"), (None, "silver"),
    ]  # fmt: skip
    assert ask(by=(ByField("member.born"),), extremes=True) == [(date(1980, 10, 31), date(2010, 11, 1))]
    assert ask(by=(ByField("town.region"),), where=Compare("town.region", "!=", "west"), limit=1) == [("east",)]


def test_values_need_a_group_and_know_no_shares(ask) -> None:
    with pytest.raises(InvalidPlanError):
        ask()
    with pytest.raises(InvalidPlanError):
        ask(by=(ByField("town.region"),), share=True)
    with pytest.raises(InvalidPlanError):
        ask(by=(ByField("visit.seen_at"), ByField("purchase.channel")))


def test_amounts_stay_exact(ask) -> None:
    assert ask("sales_ever", time=SEPTEMBER) == [(Decimal("390.00"),)]
