"""Ways in which time goes quietly wrong, each against a number computed by hand. Amounts are powers of two: a sum says which rows it holds.

till           local time in New York          amount       clocks there go forward on 2026-03-08 at 2:00, back on 2026-11-01
03-08 04:59Z   03-07 23:59                          1
03-08 05:00Z   03-08 00:00                          2       8 March has 23 hours: from 05:00Z to 04:00Z
03-08 06:59Z   03-08 01:59                          4
03-08 07:00Z   03-08 03:00                          8       2:00 does not exist
03-09 03:59Z   03-08 23:59                         16
03-09 04:00Z   03-09 00:00                         32
11-01 03:59Z   10-31 23:59                         64
11-01 04:00Z   11-01 00:00                        128       1 November has 25 hours: from 04:00Z to 05:00Z
11-01 05:30Z   11-01 01:30 (summer time)          256
11-01 06:30Z   11-01 01:30 (an hour later)        512       1:30 comes twice
11-02 04:59Z   11-01 23:59                       1024
11-02 05:00Z   11-02 00:00                       2048

shop           02-28  02-29  03-01       shop           amount           shop      amount
2023             100      -      7       2026-08-31          1           2026-12-27     1
2024               1     50      -       2026-09-01          2           2026-12-28     2     Monday of week 53
2025               9      -      3       2026-09-30          4           2027-01-03     4     Sunday of week 53
                                         2026-10-31          8           2027-01-04     8     Monday of week 1
                                                                         2025-12-29    16     Monday of week 1 of 2026
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime

import duckdb
import pytest

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.grain import DatePart
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, ColumnType, Conventions, Measure, SemanticModel
from semantic_layer.query.predicate import And, Moment
from semantic_layer.query.time import Calendar, CompareTo, Comparison, Grain, Rolling, Span, TimeRange
from semantic_layer.query.types import ByField, ByTime, Query
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

TABLES = """
CREATE TABLE till_rows (row_id INTEGER, rang_at TIMESTAMPTZ, amount INTEGER);
INSERT INTO till_rows VALUES
  (1, '2026-03-08 04:59:59+00', 1), (2, '2026-03-08 05:00:00+00', 2), (3, '2026-03-08 06:59:59+00', 4),
  (4, '2026-03-08 07:00:00+00', 8), (5, '2026-03-09 03:59:59+00', 16), (6, '2026-03-09 04:00:00+00', 32),
  (7, '2026-11-01 03:59:59+00', 64), (8, '2026-11-01 04:00:00+00', 128), (9, '2026-11-01 05:30:00+00', 256),
  (10, '2026-11-01 06:30:00+00', 512), (11, '2026-11-02 04:59:59+00', 1024), (12, '2026-11-02 05:00:00+00', 2048);
CREATE TABLE shop_rows (row_id INTEGER, sold_on DATE, amount INTEGER);
INSERT INTO shop_rows VALUES
  (1, '2023-02-28', 100), (2, '2023-03-01', 7), (3, '2024-02-28', 1), (4, '2024-02-29', 50), (5, '2025-02-28', 9),
  (6, '2025-03-01', 3), (7, '2026-08-31', 1), (8, '2026-09-01', 2), (9, '2026-09-30', 4), (10, '2026-10-31', 8),
  (11, '2026-12-27', 1), (12, '2026-12-28', 2), (13, '2027-01-03', 4), (14, '2027-01-04', 8), (15, '2025-12-29', 16);
"""
I, TS, DATE = ColumnType.INTEGER, ColumnType.TIMESTAMP, ColumnType.DATE
MODEL = SemanticModel(
    name="clocks",
    words=tiny.words("clocks"),
    entities=(
        tiny.entity("till", "till_rows", "row_id", {"row_id": I, "rang_at": TS, "amount": I}, "rang_at"),
        tiny.entity("person", "people", "person_id", {"person_id": I}),
        tiny.entity("shop", "shop_rows", "row_id", {"row_id": I, "sold_on": DATE, "amount": I}, "sold_on"),
    ),
    relationships=(),
    dimensions=(
        tiny.dim("till.rang_at", TS, "rang_at AT TIME ZONE 'America/New_York'"),
        tiny.dim("shop.sold_on", DATE),
    ),
    metrics=(
        tiny.metric("rung", Measure(entity="till", agg=Aggregation.SUM, expr="amount")),
        tiny.metric("sold", Measure(entity="shop", agg=Aggregation.SUM, expr="amount")),
    ),
    customer_entity="person",
)
Ask = Callable[..., list[tuple[Cell, ...]]]


@pytest.fixture(scope="module", params=["UTC", "America/New_York", "Asia/Shanghai"])
def connection(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The engine's own time zone must not matter."""
    with duckdb.connect(":memory:") as found:
        found.execute(f"SET TimeZone = '{request.param}'")
        found.execute(TABLES)
        yield found


@pytest.fixture
def ask(connection: duckdb.DuckDBPyConnection) -> Ask:
    def answer(metric: str, time: TimeRange, *, as_of: str, **more: object) -> list[tuple[Cell, ...]]:
        calendar = CompanyCalendar(Conventions(time_zone="America/New_York"), (), date.fromisoformat(as_of))
        query = replace(Query(metrics=(metric,), time=time), **more)  # type: ignore[arg-type]
        return tiny.run(connection, compile_query(query, CompileContext(index=ModelIndex(MODEL), calendar=calendar)))

    return answer


def on(day: str) -> Span:
    return Span(date.fromisoformat(day), date.fromisoformat(day))


def days(start: str, end: str) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end))


def compared(ask: Ask, time: TimeRange, against: CompareTo, as_of: str) -> tuple[Cell, Cell]:
    ((now, before, *_),) = ask("sold", time, as_of=as_of, compare_to=(against,))
    return now, before


# -- daylight saving time ------------------------------------------------------------------------------------------------


def test_a_day_of_23_hours_holds_its_own_rows(ask: Ask) -> None:
    """2 + 4 + 8 + 16; the same day by the clock of Greenwich would be 1 + 2 + 4 + 8."""
    assert ask("rung", on("2026-03-08"), as_of="2026-11-30") == [(30,)]
    assert ask("rung", days("2026-03-07", "2026-03-09"), as_of="2026-11-30", by=(ByTime(Grain.DAY),)) == [
        (date(2026, 3, 7), 1),
        (date(2026, 3, 8), 30),
        (date(2026, 3, 9), 32),
    ]


def test_the_hour_that_does_not_exist_has_no_rows(ask: Ask) -> None:
    found = ask("rung", on("2026-03-08"), as_of="2026-11-30", by=(ByTime(Grain.DAY, part=DatePart.HOUR),))
    assert sorted(found) == [(0, 2), (1, 4), (3, 8), (23, 16)]


def test_a_day_of_25_hours_holds_its_own_rows(ask: Ask) -> None:
    """128 + 256 + 512 + 1024."""
    assert ask("rung", on("2026-11-01"), as_of="2026-11-30") == [(1920,)]


def test_the_hour_that_comes_twice_is_one_hour_of_the_day(ask: Ask) -> None:
    """256 + 512 are both of one o'clock."""
    found = ask("rung", on("2026-11-01"), as_of="2026-11-30", by=(ByTime(Grain.DAY, part=DatePart.HOUR),))
    assert sorted(found) == [(0, 128), (1, 768), (23, 1024)]
    hours = ask("rung", on("2026-11-01"), as_of="2026-11-30", by=(ByTime(Grain.HOUR),))
    assert sorted(hours) == [
        (datetime.fromisoformat("2026-11-01 00:00"), 128),
        (datetime.fromisoformat("2026-11-01 01:00"), 768),
        (datetime.fromisoformat("2026-11-01 23:00"), 1024),
    ]


def test_a_condition_on_the_hour_goes_by_the_local_clock(ask: Ask) -> None:
    """After 23:00 local time: 1 + 16 + 64 + 1024; at one o'clock: 4 + 256 + 512."""
    year = Calendar(Grain.YEAR, 0)
    late = Moment(part=DatePart.HOUR, op=">=", value=23)
    assert ask("rung", year, as_of="2026-11-30", where=late) == [(1105,)]
    one = And((Moment(part=DatePart.HOUR, op=">=", value=1), Moment(part=DatePart.HOUR, op="<", value=2)))
    assert ask("rung", year, as_of="2026-11-30", where=one) == [(772,)]


def test_a_condition_on_the_weekday_goes_by_the_local_day(ask: Ask) -> None:
    """8 March and 1 November are Sundays: 30 + 1920; with the Saturdays before them also 1 + 64."""
    year = Calendar(Grain.YEAR, 0)
    sundays = Moment(part=DatePart.DAY_OF_WEEK, op="=", value=7)
    assert ask("rung", year, as_of="2026-11-30", where=sundays) == [(1950,)]
    weekends = Moment(part=DatePart.DAY_OF_WEEK, op=">=", value=6)
    assert ask("rung", year, as_of="2026-11-30", where=weekends) == [(2015,)]


def test_weeks_and_months_end_at_local_midnight(ask: Ask) -> None:
    """October ends with 64; the week from Monday 26 October to Sunday 1 November is 64 + 1920."""
    assert ask("rung", Calendar(Grain.MONTH, -1), as_of="2026-11-30") == [(64,)]
    assert ask("rung", Calendar(Grain.WEEK, 0), as_of="2026-11-01") == [(1984,)]


def test_seven_days_back_are_seven_local_days_although_one_has_25_hours(ask: Ask) -> None:
    """27 October to 2 November: 64 + 1920 + 2048."""
    assert ask("rung", Rolling(7, Grain.DAY), as_of="2026-11-02") == [(4032,)]


def test_a_length_in_hours_is_refused_and_not_taken_for_a_day(ask: Ask) -> None:
    with pytest.raises(InvalidPlanError) as refused:
        ask("rung", Rolling(24, Grain.HOUR), as_of="2026-11-01")
    assert refused.value.suggestions == ("今天", "today")


def test_days_without_a_time_have_no_hours(ask: Ask) -> None:
    with pytest.raises(InvalidPlanError):
        ask("sold", Calendar(Grain.YEAR, 0), as_of="2026-10-31", by=(ByTime(Grain.HOUR),))


# -- leap days -----------------------------------------------------------------------------------------------------------


def test_29_february_is_held_against_28_february(ask: Ask) -> None:
    """The year before has no such day; 1 March (7) is another month."""
    assert compared(ask, on("2024-02-29"), Comparison.YEAR_BEFORE, "2026-10-31") == (50, 100)


def test_a_february_is_held_against_all_of_a_longer_one(ask: Ask) -> None:
    """February 2025 (9) against 1 + 50, and February 2024 against 100: no day is lost, no day of March is taken in."""
    assert compared(ask, days("2025-02-01", "2025-02-28"), Comparison.YEAR_BEFORE, "2026-10-31") == (9, 51)
    assert compared(ask, days("2024-02-01", "2024-02-29"), Comparison.YEAR_BEFORE, "2026-10-31") == (51, 100)


def test_52_weeks_back_over_a_leap_day_keep_the_weekday(ask: Ask) -> None:
    """Saturday 1 March 2025 (3) is held against Saturday 2 March 2024, on which nothing was sold; by date it is 1 March."""
    assert compared(ask, on("2025-03-01"), Comparison.YEAR_BEFORE_WEEKDAY, "2026-10-31")[1] in (0, None)
    thursdays = compared(ask, on("2025-02-27"), Comparison.YEAR_BEFORE_WEEKDAY, "2026-10-31")
    assert thursdays[1] == 50  # Thursday 29 February 2024


def test_days_aligned_by_weekday_are_not_grouped_by_month(ask: Ask) -> None:
    """Saturday 31 October 2026 meets Saturday 1 November 2025: in a row "October" that day would be lost."""
    with pytest.raises(InvalidPlanError) as refused:
        ask(
            "sold",
            Calendar(Grain.MONTH, 0),
            as_of="2026-10-31",
            by=(ByTime(Grain.MONTH),),
            compare_to=(Comparison.YEAR_BEFORE_WEEKDAY,),
        )
    assert refused.value.suggestions == ("day", "week")


# -- week 53 -------------------------------------------------------------------------------------------------------------


def test_week_53_reaches_into_the_next_year(ask: Ask) -> None:
    """2 + 4: the Sunday before is of week 52, the Monday after of week 1."""
    calendar = CompanyCalendar(Conventions(), (), date(2027, 1, 10))
    assert ask("sold", calendar.week(53, 2026), as_of="2027-01-10") == [(6,)]
    assert ask("sold", Calendar(Grain.WEEK, -1), as_of="2027-01-10") == [(6,)]


def test_week_53_is_held_against_52_weeks_before(ask: Ask) -> None:
    """28 December 2026 to 3 January 2027 against 29 December 2025 to 4 January 2026 (16), Monday to Sunday both."""
    assert compared(ask, Calendar(Grain.WEEK, -1), Comparison.YEAR_BEFORE, "2027-01-10") == (6, 16)


def test_the_days_of_week_53_are_of_two_years_and_of_one_week(ask: Ask) -> None:
    found = ask(
        "sold", days("2026-12-27", "2027-01-10"), as_of="2027-01-10", by=(ByTime(Grain.DAY, part=DatePart.WEEK),)
    )
    assert sorted(found) == [(1, 8), (52, 1), (53, 6)]
    weeks = ask("sold", days("2026-12-27", "2027-01-10"), as_of="2027-01-10", by=(ByTime(Grain.WEEK),))
    assert weeks == [(date(2026, 12, 21), 1), (date(2026, 12, 28), 6), (date(2027, 1, 4), 8)]


def test_a_field_s_own_week_is_the_same_week(ask: Ask) -> None:
    found = ask(
        "sold", days("2026-12-27", "2027-01-10"), as_of="2027-01-10", by=(ByField("shop.sold_on", part=DatePart.WEEK),)
    )
    assert sorted(found) == [(1, 8), (52, 1), (53, 6)]


# -- months of different length ------------------------------------------------------------------------------------------


def test_a_month_of_30_days_is_held_against_all_31_of_the_one_before(ask: Ask) -> None:
    """September (2 + 4) against August, with its 31st (1)."""
    assert compared(ask, Calendar(Grain.MONTH, -1), Comparison.PERIOD_BEFORE, "2026-10-31") == (6, 1)


def test_a_month_of_31_days_is_held_against_all_30_of_the_one_before(ask: Ask) -> None:
    """October (8) against September (2 + 4), not from 31 August on."""
    assert compared(ask, Calendar(Grain.MONTH, 0), Comparison.PERIOD_BEFORE, "2026-10-31") == (8, 6)


def test_thirty_days_are_not_a_month(ask: Ask) -> None:
    """The last 30 days (8) against the 30 before: 2 September to 1 October (4); a month would begin on the 1st."""
    assert compared(ask, Rolling(30, Grain.DAY), Comparison.PERIOD_BEFORE, "2026-10-31") == (8, 4)
