"""A run that is killed at any statement leaves what was committed last, and the next run ends with the same keys."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from semantic_layer.ingestion.identity.resolving import resolve
from semantic_layer.ingestion.identity.rules import shipped_rules
from semantic_layer.ingestion.identity.tables import prepare
from semantic_layer.ingestion.warehouse import Warehouse
from tests.semantic_layer.ingestion.identity.conftest import MONDAY, Store

RULES = replace(shipped_rules(), blocking=())
POINTS = 10
CHILD = "from tests.semantic_layer.ingestion.identity.test_killed import die; import sys; die(sys.argv[1], int(sys.argv[2]))"


class Mortal:
    """A connection whose process dies before its n-th statement."""

    def __init__(self, connection, last):
        self._connection = connection
        self._left = last

    def execute(self, *given):
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._connection.execute(*given)

    def __getattr__(self, name):
        return getattr(self._connection, name)


def die(path, last):
    """What the child does."""
    with Warehouse(Path(path)).writing() as connection:
        mortal = Mortal(connection, last)
        resolve(mortal, RULES, now=MONDAY, progress=lambda *_: None)
        print("statements", last - mortal._left)


def child(path, last):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(last)], capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout


def fill(path, later):
    """People of three systems, resolved once; with `later`, records that merge some of them have come since."""
    with Warehouse(path).writing() as connection:
        prepare(connection)
        store = Store(connection, RULES)
        for number in range(40):
            store.add("a", str(number), phone=f"139{number // 2:08d}", email=f"p{number}@qq.com")
        resolve(connection, RULES, now=MONDAY, progress=lambda *_: None)
        if later:
            for number in range(0, 40, 5):
                store.add("b", str(number), phone=f"139{number // 2:08d}", email=f"p{39 - number}@qq.com")
        return state(connection)


def state(connection):
    queries = (
        "SELECT source, record, customer_key, tier FROM identity.members ORDER BY ALL",
        "SELECT customer_key, active FROM identity.customers ORDER BY ALL",
        "SELECT kind, old_key, new_key FROM identity.ledger ORDER BY entry",
        "SELECT left_source, left_record, right_source, right_record, rule FROM identity.links ORDER BY ALL",
    )
    return [connection.execute(query).fetchall() for query in queries]


@pytest.mark.slow
def test_killed_at_any_statement(tmp_path):
    before = fill(tmp_path / "whole.duckdb", later=True)
    code, said = child(tmp_path / "whole.duckdb", 1_000_000)
    assert code == 0, said
    statements = int(said.split()[1])
    with Warehouse(tmp_path / "whole.duckdb").reading() as connection:
        after = state(connection)
    assert after != before
    chance = random.Random(20261031)
    for point in sorted(chance.sample(range(1, statements), POINTS)):
        path = tmp_path / f"killed_{point}.duckdb"
        fill(path, later=True)
        code, _ = child(path, point)
        assert code == -signal.SIGKILL, point
        with Warehouse(path).writing() as connection:
            assert state(connection) in (before, after), point  # after: killed while counting for the report
            resolve(connection, RULES, now=MONDAY, progress=lambda *_: None)
            assert state(connection) == after, point
