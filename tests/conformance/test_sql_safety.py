"""The material of `sql_safety`, whole where it is quick and one in thirty of the strings; `make conformance` runs all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.conformance import sql_safety
from tests.conformance.material import folder

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(folder("sql_safety") is None, reason="the material does not lie beside the project"),
]


def test_statements_that_are_no_question_are_refused() -> None:
    score = sql_safety.must_reject()
    assert score.wrong == []
    assert score.total == 3963


def test_the_kind_of_statement_is_enough_to_refuse_it() -> None:
    score = sql_safety.must_reject_by_syntax_alone()
    assert score.wrong == []
    assert score.total + len(score.excluded) == 3963


@pytest.mark.skipif(folder("metricflow") is None, reason="the material does not lie beside the project")
def test_honest_statements_of_others_are_accepted() -> None:
    score = sql_safety.must_accept()
    assert score.wrong == []
    assert score.total == 265


def test_every_construct_that_reaches_outside_is_refused() -> None:
    score = sql_safety.hostile()
    assert score.wrong == []
    assert score.total == 152


def test_the_locked_connection_lets_no_statement_do_harm() -> None:
    score = sql_safety.sandbox()
    assert score.wrong == []
    assert score.total == 73


def test_one_in_thirty_of_the_injection_strings_stays_a_value() -> None:
    score = sql_safety.values(every=30)
    assert score.wrong == []
    assert score.total > 600


@pytest.mark.slow
def test_all_injection_strings_stay_values() -> None:
    assert sql_safety.values().wrong == []


class _Unlocked:
    """A connection without the lock: the check for harm must see what it lets through."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self._path)) as connection:
            yield connection


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM '{DATA_DIR}/csv/notes.csv'",
        "COPY (SELECT 42) TO '{TEST_DIR}/out.csv'",
        "ATTACH '{TEST_DIR}/other.db' AS other",
        "DELETE FROM customers",
        "SELECT * FROM read_text('/etc/passwd')",
    ],
)
def test_the_check_for_harm_sees_harm(text: str, tmp_path: Path) -> None:
    scratch = sql_safety.Scratch(tmp_path)
    scratch.engine.close()
    scratch.engine = _Unlocked(scratch.snapshot)  # type: ignore[assignment]
    assert not scratch.harmless(text)
