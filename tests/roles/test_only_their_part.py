"""A person limited to East China gets that part of every answer, and nowhere the total that gives the rest away.

Expected answers are written by hand in SQL (`tests/oracle/oracles.sql`) and run over tables that hold the rows of East
China only. Marks that are made over everybody (the top fifth by spend) stay what they are; people outside are not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from assistant.answer import Answer, Refusal, Reply
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ListPeople
from semantic_layer.query.types import Query
from tests.oracle.test_questions import same
from tests.roles.conftest import ANALYST, EAST, House
from tests.roles.doors import CliDoor, Door, shown

ORACLE = Path(__file__).resolve().parents[1] / "oracle"
ASKED = (
    "q01",
    "q02",
    "q03",
    "q05",
    "q06",
    "q07",
    "q08",
    "q09",
    "q10",
    "q11",
    "q12",
    "q13",
    "q16",
    "q17",
    "q18",
    "q25",
    "q51",
)
ROWS = [row for row in yaml.safe_load((ORACLE / "questions.yml").read_text(encoding="utf-8")) if row["id"] in ASKED]
QUICK = ("q01-zh", "q02-en", "q05-en", "q08-zh", "q11-en")  # the others take their time
CASES = [
    pytest.param(
        row,
        language,
        id=f"{row['id']}-{language}",
        marks=() if f"{row['id']}-{language}" in QUICK else pytest.mark.slow,
    )
    for row in ROWS
    for language in ("zh", "en")
    if language in row
]

FIGURES = {
    "customers": ("现在有多少客户？", "How many customers are there?", "SELECT count(*) FROM customers"),
    "women": ("女性客户有多少", "How many female customers", "SELECT count(*) FROM customers WHERE gender = '女'"),
    "gold": ("金卡会员有多少", "How many gold members", "SELECT count(*) FROM customers WHERE member_level = '金卡'"),
    "by level": (
        "各会员等级的客户数",
        "Customers by member level",
        "SELECT count(*) FROM customers GROUP BY member_level",
    ),
    "orders": (
        "上个月的订单数是多少？",
        "How many orders last month?",
        "SELECT count(*) FROM orders WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01'",
    ),
    "high value": (
        "高价值客户的画像",
        "Profile of high-value customers",
        "SELECT count(*) FROM customers UNION ALL SELECT count(*) FROM high_value JOIN customers USING (customer_key)",
    ),
}
ASKING = [
    pytest.param(
        name,
        place,
        id=f"{name}-{('zh', 'en')[place]}",
        marks=() if name in ("customers", "orders") else pytest.mark.slow,
    )
    for name in FIGURES
    for place in (0, 1)
]

Rows = list[tuple[Any, ...]]
Expected = Mapping[str, Mapping[str, Rows]]


@pytest.fixture(scope="session")
def expected(retail_snapshot: Path) -> Expected:
    """The answer to every question, over all rows and over those of East China."""
    text = (ORACLE / "oracles.sql").read_text(encoding="utf-8")
    blocks = re.findall(r"-- (name|view): (\w+)\n(.*?)(?=\n-- (?:name|view):|\Z)", text, re.DOTALL)
    wanted = {row["sql"] for row in ROWS}
    asked = {name: body for kind, name, body in blocks if kind == "name" and name in wanted}
    asked |= {name: sql for name, (_, _, sql) in FIGURES.items()}
    found = {}
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{retail_snapshot}' AS demo (READ_ONLY)")
        connection.execute("SET search_path = 'memory.main,demo.main'")
        for kind, name, body in blocks:
            if kind == "view":
                connection.execute(f"CREATE TABLE memory.main.{name} AS {body}")
        found["all"] = {name: connection.execute(sql).fetchall() for name, sql in asked.items()}
        restrict(connection)
        found["east"] = {name: connection.execute(sql).fetchall() for name, sql in asked.items()}
    return found


def restrict(connection: duckdb.DuckDBPyConnection) -> None:
    """Put tables in front that hold people of East China, and what leads to one of them, only."""
    connection.execute(
        "CREATE TABLE memory.main.customers AS SELECT c.* FROM demo.main.customers c JOIN demo.main.cities t USING (city) "
        "WHERE t.region = '华东'"
    )
    for table in (
        "orders",
        "order_lines",
        "events",
        "tickets",
        "messages",
        "consents",
        "campaign_members",
        "level_history",
    ):
        connection.execute(
            f"CREATE TABLE memory.main.{table} AS SELECT * FROM demo.main.{table} "
            "WHERE customer_key IN (SELECT customer_key FROM memory.main.customers)"
        )
    views = connection.execute(
        "SELECT table_name FROM duckdb_columns() WHERE database_name = 'memory' AND column_name = 'customer_key'"
    ).fetchall()
    for (view,) in views:
        connection.execute(
            f"DELETE FROM memory.main.{view} WHERE customer_key NOT IN (SELECT customer_key FROM memory.main.customers)"
        )


@pytest.mark.parametrize(("row", "language"), CASES)
def test_the_answer_is_that_of_their_rows(row: dict[str, Any], language: str, house: House, expected: Expected) -> None:
    right, of_all = expected["east"][row["sql"]], expected["all"][row["sql"]]
    reply = house.assistant.ask(row[language], user=EAST)
    check(row, reply, EAST, house, right)
    check(row, house.assistant.ask(row[language], user=ANALYST), ANALYST, house, of_all)
    # Text, table, chips, options, notes, picture, follow-ups with their plans, profile, sample and steps.
    everything, people = shown(reply), row.get("people", False)
    whole = {float(count) for (count,) in expected["all"]["customers"]}
    foreign = (telling(of_all, people=people) | whole) - telling(right, people=people)
    assert sorted(figure for figure in foreign if everything.says(figure)) == []


def check(row: dict[str, Any], reply: Reply, user: User, house: House, right: Rows) -> None:
    layer = house.assistant.resources.layer
    if user is EAST and isinstance(reply, Refusal):
        assert "5" in reply.reason, reply.reason  # too few people to be told of
        assert 0 < len(right) < 5
        return
    assert isinstance(reply, Answer), reply
    step = reply.plan.steps[0]
    if row.get("people"):
        assert isinstance(step, ListPeople), step
        assert sorted(layer.keys(step.audience, user)) == sorted(key for (key,) in right)
        assert reply.waterfall[-1].count == len(right)
    else:
        assert isinstance(step, Query), step
        found = layer.run(step, user).table.rows
        assert same(unblanked(found, right), right, ordered=row.get("ordered", False)), (found, right)


def unblanked(found: Sequence[Sequence[Any]], right: Rows) -> list[tuple[Any, ...]]:
    """Figures of too few people are blank: such a row, known by its first cell, counts as the row it stands for."""
    by_first = {row[0]: row for row in right}
    return [
        by_first.get(row[0], tuple(row)) if len(row) > 1 and all(c is None for c in row[1:]) else tuple(row)
        for row in found
    ]


@pytest.mark.parametrize(("name", "place"), ASKING)
def test_a_door_tells_their_figure_and_never_that_of_everybody(
    name: str, place: int, door: Door, expected: Expected
) -> None:
    check_figures(FIGURES[name][place], name, door, expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["customers", "orders"])
def test_the_command_line_tells_their_figure_only(name: str, command_line: CliDoor, expected: Expected) -> None:
    for question in FIGURES[name][:2]:
        check_figures(question, name, command_line, expected)


def check_figures(question: str, name: str, door: Door, expected: Expected) -> None:
    own = {float(row[0]) for row in expected["east"][name]}
    of_all = {float(row[0]) for row in expected["all"][name]} - own
    assert own
    assert of_all
    to_east, to_analyst = door.ask(question, EAST), door.ask(question, ANALYST)
    assert all(to_east.says(figure) for figure in own), to_east.text[:2000]
    assert all(to_analyst.says(figure) for figure in of_all), to_analyst.text[:2000]
    assert [figure for figure in of_all if to_east.says(figure)] == []


def telling(rows: Rows, *, people: bool) -> set[float]:
    """Figures large enough not to stand in a reply by chance; a list of people is its length."""
    if people:
        return {float(len(rows))} if len(rows) > 300 else set()
    cells = (cell for row in rows for cell in row if isinstance(cell, int | float | Decimal))
    return {round(float(cell), 2) for cell in cells if abs(float(cell)) >= 300}
