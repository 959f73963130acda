"""Joins that can go wrong: named paths, rows that point at their own kind, histories, daily snapshots.

staff    1 Ann (no boss) · 2 Bo (boss 1) · 3 Cy (boss 2)
levels   1: A until 2026-06-01, then B · 2: B from 2026-01-01, open          (staff 3 has no history)
shifts   10 by 1 on 2026-05-31, checked by 2 · 11 by 1 on 2026-06-01, checked by 3 · 12 by 3 on 2026-07-01, by nobody
rooms    day 1: r is red, day 2: r is blue;  shifts 10 and 12 are of day 1, 11 of day 2
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from semantic_layer.compiler.query import compile_query
from semantic_layer.errors import InvalidPlanError, UnknownNameError
from semantic_layer.model.types import Measure, Relationship, Validity
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Span
from semantic_layer.query.types import ByField, Query
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

S, I, DATE, TS = tiny.S, tiny.I, tiny.DATE, tiny.TS

TABLES = """
CREATE TABLE staff (staff_id INTEGER, name VARCHAR, boss_id INTEGER);
INSERT INTO staff VALUES (1, 'Ann', NULL), (2, 'Bo', 1), (3, 'Cy', 2);
CREATE TABLE levels (staff_id INTEGER, level VARCHAR, valid_from DATE, valid_to DATE);
INSERT INTO levels VALUES (1, 'A', '2025-01-01', '2026-06-01'), (1, 'B', '2026-06-01', NULL), (2, 'B', '2026-01-01', NULL);
CREATE TABLE shifts (shift_id INTEGER, worker INTEGER, checker INTEGER, room VARCHAR, snapshot INTEGER, started TIMESTAMP);
INSERT INTO shifts VALUES (10, 1, 2, 'r', 1, '2026-05-31 23:00'), (11, 1, 3, 'r', 2, '2026-06-01 00:00'),
  (12, 3, NULL, 'r', 1, '2026-07-01 08:00');
CREATE TABLE rooms (room VARCHAR, colour VARCHAR, snapshot INTEGER);
INSERT INTO rooms VALUES ('r', 'red', 1), ('r', 'blue', 2);
"""


def link(name: str, start: str, end: str, column: str, key: str) -> Relationship:
    return Relationship(name=name, from_entity=start, to_entity=end, from_columns=(column,), to_columns=(key,))


STAFF = tiny.entity("staff", "staff", "staff_id", {"staff_id": I, "name": S, "boss_id": I})
LEVELS = tiny.replace(
    tiny.entity("level", "levels", "staff_id", {"staff_id": I, "level": S, "valid_from": DATE, "valid_to": DATE}),
    validity=Validity("valid_from", "valid_to"),
)
SHIFTS = tiny.replace(
    tiny.entity(
        "shift",
        "shifts",
        "shift_id",
        {"shift_id": I, "worker": I, "checker": I, "room": S, "snapshot": I, "started": TS},
        "started",
    ),
    partition="snapshot",
)
ROOMS = tiny.replace(
    tiny.entity("room", "rooms", "room", {"room": S, "colour": S, "snapshot": I}), partition="snapshot"
)
MODEL = tiny.replace(
    tiny.MODEL,
    entities=(STAFF, LEVELS, SHIFTS, ROOMS),
    relationships=(
        link("worker", "shift", "staff", "worker", "staff_id"),
        link("checker", "shift", "staff", "checker", "staff_id"),
        link("boss", "staff", "staff", "boss_id", "staff_id"),
        link("level_then", "shift", "level", "worker", "staff_id"),
        link("level_now", "staff", "level", "staff_id", "staff_id"),
        link("room", "shift", "room", "room", "room"),
    ),
    dimensions=(
        tiny.dim("staff.name", S),
        tiny.dim("level.level", S),
        tiny.dim("shift.started", TS),
        tiny.dim("room.colour", S),
    ),
    metrics=(
        tiny.metric("shifts", Measure(entity="shift", agg=tiny.A.COUNT)),
        tiny.metric("staff", Measure(entity="staff", agg=tiny.A.COUNT)),
    ),
    tags=(),
    customer_entity="staff",
    conventions=tiny.replace(tiny.MODEL.conventions, default_window=""),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as found:
        found.execute(TABLES)
        yield found


@pytest.fixture
def ask(connection: duckdb.DuckDBPyConnection):
    def answer(metric: str, field: str, **more: object) -> dict[Cell, Cell]:
        query = Query(metrics=(metric,), by=(ByField(field),), **more)  # type: ignore[arg-type]
        return dict(tiny.run(connection, compile_query(query, tiny.context(model=MODEL))))  # type: ignore[arg-type]

    return answer


def test_two_paths_must_be_told_apart(ask) -> None:
    with pytest.raises(InvalidPlanError, match="worker"):
        ask("shifts", "staff.name")
    assert ask("shifts", "worker>staff.name") == {"Ann": 2, "Cy": 1}
    assert ask("shifts", "checker>staff.name") == {"Bo": 1, "Cy": 1, None: 1}
    with pytest.raises(UnknownNameError, match="checker"):
        ask("shifts", "cheker>staff.name")


def test_both_paths_in_one_question(ask, connection: duckdb.DuckDBPyConnection) -> None:
    by = (ByField("worker>staff.name"), ByField("checker>staff.name"))
    compiled = compile_query(Query(metrics=("shifts",), by=by), tiny.context(model=MODEL))
    assert set(tiny.run(connection, compiled)) == {("Ann", "Bo", 1), ("Ann", "Cy", 1), ("Cy", None, 1)}
    assert ask("shifts", "worker>staff.name", where=Compare("checker>staff.name", "=", "Bo")) == {"Ann": 1}


def test_rows_that_point_at_their_own_kind(ask) -> None:
    assert ask("staff", "boss>staff.name") == {"Ann": 1, "Bo": 1, None: 1}
    assert ask("staff", "boss>boss>staff.name") == {"Ann": 1, None: 2}
    assert ask("shifts", "worker>boss>staff.name") == {None: 2, "Bo": 1}


def test_a_history_holds_at_the_time_of_the_row(ask) -> None:
    # the shift of 31 May finds A, that of 1 June finds B although A ends on that day; staff 3 has no history
    assert ask("shifts", "level.level") == {"A": 1, "B": 1, None: 1}


def test_an_end_may_be_the_last_day_inside(connection: duckdb.DuckDBPyConnection) -> None:
    inside = tiny.replace(LEVELS, validity=Validity("valid_from", "valid_to", end_inside=True))
    connection.execute(
        "CREATE OR REPLACE TABLE closed AS SELECT staff_id, level, valid_from, valid_to - 1 AS valid_to FROM levels"
    )
    model = tiny.replace(MODEL, entities=(STAFF, tiny.replace(inside, table="closed"), SHIFTS, ROOMS))
    query = Query(metrics=("shifts",), by=(ByField("level.level"),))
    rows = tiny.run(connection, compile_query(query, tiny.context(model=model)))
    assert dict(rows) == {"A": 1, "B": 1, None: 1}


def test_without_a_time_a_history_holds_today(ask) -> None:
    assert ask("staff", "level.level") == {"B": 2, None: 1}


def test_a_history_never_repeats_a_row(ask, connection: duckdb.DuckDBPyConnection) -> None:
    assert sum(ask("shifts", "level.level").values()) == 3
    connection.execute("SELECT 1")


def test_snapshots_meet_their_own_day(ask) -> None:
    assert ask("shifts", "room.colour") == {"red": 2, "blue": 1}


def test_time_still_filters(ask) -> None:
    june = Span(tiny.date(2026, 6, 1), tiny.date(2026, 6, 30))
    assert ask("shifts", "level.level", time=june) == {"B": 1}
