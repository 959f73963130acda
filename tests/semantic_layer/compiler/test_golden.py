"""The text of compiled statements, to see what a change moves. That the numbers are right is shown in `tests/traps`.

`make golden` writes the files anew; read the difference before keeping it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.compiler.golden_cases import CASES, SCHEMA, text_of
from tests.semantic_layer.reference import shop

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests" / "golden"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with shop.database(1) as found:
        found.execute(SCHEMA)
        found.execute(
            "CREATE TABLE customer_tags AS SELECT member_id, 'active' AS stage, TRUE AS big_spender FROM members"
        )
        yield found


@pytest.mark.parametrize("name", CASES)
def test_the_statement_is_the_one_on_file(name: str) -> None:
    found = text_of(name)
    path = FOLDER / f"{name}.sql"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_the_statement_runs_and_gives_the_columns_it_names(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    tiny.run(connection, CASES[name]())


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(CASES)


def test_the_same_question_gives_the_same_text() -> None:
    for build in CASES.values():
        assert build().tree.sql("duckdb") == build().tree.sql("duckdb")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_prints_the_same_text(seed: str) -> None:
    """Whatever order its sets and dictionaries of names have."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.semantic_layer.compiler.golden_cases"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(printed.stdout) == {name: text_of(name) for name in CASES}
