"""Cohort tables over the tiny data, against tables worked out by hand.

Purchases of members, by day (today is 2026-10-31):

    member  purchases
    1       2025-09-20, 2026-09-01 (web, coupon), 2026-09-30 (shop)
    2       2024-02-29, 2026-09-15
    3       2026-10-01
    4       2025-12-31, 2026-01-01
    nobody  2026-09-10

Members registered: 1 on 2025-01-05, 2 on 2026-09-01, 3 on 2026-09-30, 4 on 2026-10-01, 5 on 2024-02-29.
Visits: member 1 on 09-02 and 09-03, member 2 on 09-03, member 5 on 09-30 and 10-31.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from semantic_layer.compiler.retention import compile_retention
from semantic_layer.errors import InvalidPlanError, UnknownNameError
from semantic_layer.query.plan import Occurrence, Retention
from semantic_layer.query.predicate import Compare, Did, HasMetric
from semantic_layer.query.time import Calendar, Grain, Span
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

JOINED, BOUGHT, SEEN = Occurrence(entity="member"), Occurrence(entity="purchase"), Occurrence(entity="visit")
THIS_YEAR = Calendar(Grain.YEAR, 0)
SEP, OCT, JAN = date(2026, 9, 1), date(2026, 10, 1), date(2026, 1, 1)


@pytest.fixture(scope="module")
def data() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as connection:
        yield connection


def run(data: duckdb.DuckDBPyConnection, **parts: object) -> list[tuple[Cell, ...]]:
    step = Retention(**parts)  # type: ignore[arg-type]
    return tiny.run(data, compile_retention(step, tiny.context()))


def test_new_members_who_buy_by_month(data: duckdb.DuckDBPyConnection) -> None:
    # September: 2 and 3 registered; 2 bought in September, 3 in October. October: 4 registered and bought only before.
    found = run(data, start=JOINED, back=BOUGHT, time=THIS_YEAR, periods=2)
    assert found == [
        (SEP, 2, 0, 1, 0.5, True),
        (SEP, 2, 1, 1, 0.5, True),
        (OCT, 1, 0, 0, 0.0, True),
    ]


def test_a_period_that_is_not_over_says_so_and_one_that_has_not_begun_is_not_there(
    data: duckdb.DuckDBPyConnection,
) -> None:
    # The third quarter is over on 2026-10-31, the fourth is not, and no other has begun.
    found = run(data, start=JOINED, back=BOUGHT, time=THIS_YEAR, periods=3, grain=Grain.QUARTER)
    assert found == [
        (date(2026, 7, 1), 2, 0, 1, 0.5, True),
        (date(2026, 7, 1), 2, 1, 1, 0.5, False),
        (OCT, 1, 0, 0, 0.0, False),
    ]


def test_the_first_start_inside_the_time_decides_the_cohort(data: duckdb.DuckDBPyConnection) -> None:
    # In 2026: 1 and 2 first bought in September, 3 in October, 4 in January. Who starts has bought: period 0 is everybody.
    found = run(data, start=BOUGHT, back=BOUGHT, time=THIS_YEAR, periods=1)
    assert found == [
        (JAN, 1, 0, 1, 1.0, True),
        (JAN, 1, 1, 0, 0.0, True),
        (SEP, 2, 0, 2, 1.0, True),
        (SEP, 2, 1, 0, 0.0, True),
        (OCT, 1, 0, 1, 1.0, True),
    ]


def test_conditions_on_starts_on_returns_and_on_people(data: duckdb.DuckDBPyConnection) -> None:
    web = Occurrence(entity="purchase", where=Compare("purchase.channel", "=", "web"))
    # 1 (2026-09-01), 2 (09-15) and 3 (10-01) bought on the web; 1 and 2 were seen in September, 1 only after the 1st.
    assert run(data, start=web, back=SEEN, time=THIS_YEAR, periods=1) == [
        (SEP, 2, 0, 1, 0.5, True),  # the visit of 2 on the 3rd lies before the purchase on the 15th
        (SEP, 2, 1, 0, 0.0, True),
        (OCT, 1, 0, 0, 0.0, True),
    ]
    gold = Compare("member.level", "=", "gold")
    assert run(data, start=web, back=BOUGHT, time=THIS_YEAR, periods=1, where=gold) == [
        (SEP, 1, 0, 1, 1.0, True),
        (SEP, 1, 1, 0, 0.0, True),
        (OCT, 1, 0, 1, 1.0, True),
    ]


def test_conditions_on_finer_rows_and_on_behaviour(data: duckdb.DuckDBPyConnection) -> None:
    shoes = Occurrence(entity="purchase", where=Compare("good.kind", "=", "shoes"))
    # Lines with shoes in 2026: member 1 on 09-01 and 09-30, 3 on 10-01.
    assert run(data, start=shoes, back=shoes, time=THIS_YEAR, periods=1, grain=Grain.MONTH) == [
        (SEP, 1, 0, 1, 1.0, True),
        (SEP, 1, 1, 0, 0.0, True),
        (OCT, 1, 0, 1, 1.0, True),
    ]


def test_people_are_chosen_by_what_they_did_and_by_their_metrics(data: duckdb.DuckDBPyConnection) -> None:
    # Seen: 1, 2 and 5. More than 100 spent in all: 1 (230) and 3 (200).
    seen = run(data, start=BOUGHT, back=BOUGHT, time=THIS_YEAR, periods=1, where=Did(entity="visit"))
    assert [(row[0], row[1]) for row in seen if row[2] == 0] == [(SEP, 2)]
    rich = HasMetric(metric="sales", op=">", value=100, time=Span(None, None))
    found = run(data, start=BOUGHT, back=BOUGHT, time=THIS_YEAR, periods=1, where=rich)
    assert [(row[0], row[1]) for row in found if row[2] == 0] == [(SEP, 1), (OCT, 1)]


def test_days_and_weeks(data: duckdb.DuckDBPyConnection) -> None:
    september = Calendar(Grain.MONTH, -1)
    days = run(data, start=BOUGHT, back=SEEN, time=september, periods=2, grain=Grain.DAY)
    # 1 bought on 09-01 and was seen on the 2nd and the 3rd; 2 bought on the 15th and was seen only before.
    assert days == [
        (date(2026, 9, 1), 1, 0, 0, 0.0, True),
        (date(2026, 9, 1), 1, 1, 1, 1.0, True),
        (date(2026, 9, 1), 1, 2, 1, 1.0, True),
        (date(2026, 9, 15), 1, 0, 0, 0.0, True),
        (date(2026, 9, 15), 1, 1, 0, 0.0, True),
        (date(2026, 9, 15), 1, 2, 0, 0.0, True),
    ]
    weeks = run(data, start=BOUGHT, back=BOUGHT, time=september, periods=4, grain=Grain.WEEK)
    # 2026-09-01 is a Tuesday, 09-30 a Wednesday four weeks later.
    assert [row[:4] for row in weeks[:5]] == [
        (date(2026, 8, 31), 1, 0, 1),
        (date(2026, 8, 31), 1, 1, 0),
        (date(2026, 8, 31), 1, 2, 0),
        (date(2026, 8, 31), 1, 3, 0),
        (date(2026, 8, 31), 1, 4, 1),
    ]


def test_a_cohort_that_the_time_cuts_is_told(data: duckdb.DuckDBPyConnection) -> None:
    step = Retention(start=BOUGHT, back=BOUGHT, time=Span(date(2026, 9, 15), date(2026, 10, 31)))
    assert any("partial" in note.en for note in compile_retention(step, tiny.context()).notes)


def test_everybody_counts_once_a_period_and_the_nameless_never(data: duckdb.DuckDBPyConnection) -> None:
    everything = run(data, start=BOUGHT, back=BOUGHT, time=Span(None, None), periods=1)
    assert sum(row[1] for row in everything if row[2] == 0) == 4  # type: ignore[misc]
    assert all(row[3] <= row[1] for row in everything)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ({"back": Occurrence(entity="town")}, InvalidPlanError, "town"),
        ({"back": Occurrence(entity="purchas")}, UnknownNameError, "purchase"),
        ({"periods": 0}, InvalidPlanError, "1 to 60"),
        ({"grain": Grain.HOUR}, InvalidPlanError, "day, week, month"),
        ({"where": Compare("purchase.channel", "=", "web")}, InvalidPlanError, "steps"),
        ({"time": Span(date(2027, 1, 1), date(2027, 2, 1))}, InvalidPlanError, "future"),
    ],
)
def test_what_cannot_be_is_told_with_what_can(parts: dict[str, object], error: type[Exception], said: str) -> None:
    wanted: dict[str, object] = {"start": BOUGHT, "back": BOUGHT, **parts}
    with pytest.raises(error, match=said):
        compile_retention(Retention(**wanted), tiny.context())  # type: ignore[arg-type]


def test_the_same_table_always_prints_the_same_text() -> None:
    step = Retention(start=JOINED, back=BOUGHT, time=THIS_YEAR, where=Compare("town.region", "=", "east"))
    texts = {compile_retention(step, tiny.context()).tree.sql("duckdb", pretty=True) for _ in range(2)}
    assert len(texts) == 1
    (text,) = texts
    for step_name in ("cohorts", "cohort_sizes", "returned", "periods"):
        assert f"{step_name} AS (\n  /* " in text
