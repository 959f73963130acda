"""What tags were, from records written by hand into a copy of the demo, and by computing anew where there are none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assistant.core import Assistant
from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import InvalidPlanError, NotAllowedError, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.query.predicate import Compare, HasMetric
from tools.tags.history import TagHistories, having

HIGH = Compare("customer.high_value", "=", True)
SEPTEMBER = DateSpan(date(2026, 9, 1), date(2026, 9, 30))
EVERYBODY = User(name="a", roles=("admin",))
# By key: 1 came in September and went, 2 has had it since before the records, 3 came twice, 4 never.
ROWS = """
    (1, 'high_value', 'false', '2026-06-01', '2026-09-10', 'v1'), (1, 'high_value', 'true', '2026-09-10', '2026-10-05', 'v1'),
    (1, 'high_value', 'false', '2026-10-05', NULL, 'v1'),
    (2, 'high_value', 'true', '2026-06-01', NULL, 'v1'),
    (3, 'high_value', 'true', '2026-06-01', '2026-07-01', 'v1'), (3, 'high_value', 'false', '2026-07-01', '2026-09-20', 'v1'),
    (3, 'high_value', 'true', '2026-09-20', '2026-10-01', 'v1'), (3, 'high_value', 'true', '2026-10-01', NULL, 'v2'),
    (4, 'high_value', 'false', '2026-06-01', NULL, 'v1'),
    (1, 'complainer', 'true', '2026-06-01', NULL, 'v1')"""


@pytest.fixture(scope="module")
def recorded(retail_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("history") / "snapshot.duckdb"
    shutil.copy(retail_snapshot, target)
    with duckdb.connect(str(target)) as connection:
        connection.execute("DROP TABLE IF EXISTS tag_history")
        connection.execute("DROP TABLE IF EXISTS tag_runs")
        connection.execute(
            "CREATE TABLE tag_history (customer_key INTEGER, tag VARCHAR, value VARCHAR, since DATE, until DATE, definition VARCHAR)"
        )
        connection.execute(f"INSERT INTO tag_history VALUES {ROWS}")
        connection.execute(
            "CREATE TABLE tag_runs (tag VARCHAR, definition VARCHAR, data_date DATE, computed_at TIMESTAMP, customers BIGINT, known BIGINT, state VARCHAR, why VARCHAR)"
        )
        connection.execute(
            "INSERT INTO tag_runs VALUES ('high_value', 'v2', '2026-10-31', '2026-11-01 03:00:00', 1244, 20000, 'done', NULL), ('complainer', 'v1', '2026-10-31', '2026-11-01 03:00:00', 7, 20000, 'done', NULL)"
        )
    return target


@pytest.fixture(scope="module")
def member(recorded: Path) -> Callable[[int], str]:
    with duckdb.connect(str(recorded), read_only=True) as connection:
        rows = connection.execute("SELECT customer_key, member_no FROM customers WHERE customer_key <= 4").fetchall()
    known = {int(key): str(number) for key, number in rows}
    return lambda key: known[key]


def histories(assistant: Assistant, snapshot: Path, policy: Policy | None = None) -> TagHistories:
    resources = assistant.resources
    return TagHistories(
        SemanticLayer(
            resources.index,
            policy or resources.layer.policy,
            DuckDBEngine(snapshot),
            resources.as_of,
            resources.segments,
        )
    )


def test_since_when_from_the_records(assistant: Assistant, recorded: Path, member: Callable[[int], str]) -> None:
    found = histories(assistant, recorded)
    what = having(HIGH, assistant.resources.layer)
    gone = found.beginning(what, member(1), EVERYBODY)
    assert (gone.has, gone.last, gone.recorded) == (False, date(2026, 10, 4), True)
    twice = found.beginning(what, member(3), EVERYBODY)
    assert (twice.has, twice.day, twice.recorded) == (True, date(2026, 9, 20), True)
    with pytest.raises(UnknownNameError):
        found.beginning(what, "nobody", EVERYBODY)


def test_levels_in_order(assistant: Assistant, recorded: Path, member: Callable[[int], str]) -> None:
    levels = histories(assistant, recorded).levels(member(1), EVERYBODY)
    own = [(one.value, one.since.isoformat(), one.begun_before) for one in levels if one.tag == "high_value"]
    assert own == [("false", "2026-06-01", True), ("true", "2026-09-10", False), ("false", "2026-10-05", False)]


def test_movement_from_the_records(assistant: Assistant, recorded: Path) -> None:
    what = having(HIGH, assistant.resources.layer)
    found = histories(assistant, recorded).movement(what, SEPTEMBER, EVERYBODY)
    assert (found.before, found.came, found.went, found.after, found.recorded) == (1, 2, 0, 3, True)


def test_before_the_records_the_tag_is_computed_anew(assistant: Assistant, recorded: Path) -> None:
    what = having(HIGH, assistant.resources.layer)
    march = DateSpan(date(2026, 3, 1), date(2026, 3, 31))
    found = histories(assistant, recorded).movement(what, march, EVERYBODY)
    assert not found.recorded
    assert found.after - found.before == found.came - found.went
    with pytest.raises(InvalidPlanError):
        having(HasMetric(metric="orders", op=">", value=1), assistant.resources.layer)


def test_runs_newest_first(assistant: Assistant, recorded: Path) -> None:
    runs = histories(assistant, recorded).runs(EVERYBODY)
    assert {(run.tag, run.customers) for run in runs} == {("high_value", 1244), ("complainer", 7)}


def test_records_follow_rows_and_tags_that_a_person_may_see(
    assistant: Assistant, recorded: Path, member: Callable[[int], str]
) -> None:
    one = RowFilter(entity="customer", where="customer_key = 2")
    policy = Policy(
        roles=(
            RolePolicy(name="part", row_filters=(one,)),
            RolePolicy(name="without", hidden=("customer.high_value",)),
            RolePolicy(name="nothing", entities=("product",)),
        )
    )
    found = histories(assistant, recorded, policy)
    what = having(HIGH, assistant.resources.layer)
    part, without = User(name="p", roles=("part",)), User(name="w", roles=("without",))
    mine = found.movement(what, SEPTEMBER, part)
    assert (mine.before, mine.after) == (1, 1)
    assert found.runs(part) == ()  # figures about everybody
    assert {run.tag for run in found.runs(without)} == {"complainer"}
    assert {level.tag for level in found.levels(member(1), without)} == {"complainer"}
    with pytest.raises(NotAllowedError):
        found.movement(what, SEPTEMBER, without)
    with pytest.raises(NotAllowedError):
        found.runs(User(name="n", roles=("nothing",)))


def test_a_statement_typed_by_hand_gets_no_more(assistant: Assistant) -> None:
    policy = Policy(roles=(RolePolicy(name="without", hidden=("customer.high_value",)),))
    catalog = Catalog.from_model(assistant.resources.index.model)
    tree = parse_statement("SELECT tag, value FROM tag_history")
    text = authorise(tree, User(name="w", roles=("without",)), catalog, policy).text
    assert "'complainer'" in text
    assert "'high_value'" not in text
