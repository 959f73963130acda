"""A warehouse in memory, and records written in view."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from semantic_layer.ingestion.identity.resolving import resolve
from semantic_layer.ingestion.identity.rules import shipped_rules
from semantic_layer.ingestion.identity.tables import prepare

MONDAY = datetime(2026, 11, 2, 9)  # noqa: DTZ001 (tables hold the company's clock)
COLUMNS = (
    "source",
    "record",
    "name",
    "phone",
    "email",
    "member_no",
    "account",
    "device",
    "birthday",
    "city",
    "address",
)


class Store:
    """Records go in, customers come out."""

    def __init__(self, connection, rules):
        self.connection = connection
        self.rules = rules

    def add(self, source, record, **clues):
        names = ["source", "record", *clues]
        marks = ", ".join("?" * len(names))
        self.connection.execute(
            f"INSERT INTO identity.records ({', '.join(names)}) VALUES ({marks})", [source, record, *clues.values()]
        )

    def change(self, source, record, **clues):
        changes = ", ".join(f"{name} = ?" for name in clues)
        self.connection.execute(
            f"UPDATE identity.records SET {changes} WHERE source = ? AND record = ?", [*clues.values(), source, record]
        )

    def resolve(self, now=MONDAY):
        return resolve(self.connection, self.rules, now=now, progress=lambda *_: None)

    def keys(self):
        rows = self.connection.execute("SELECT source, record, customer_key FROM identity.members").fetchall()
        return {f"{source}{record}": key for source, record, key in rows}

    def groups(self):
        """Records by customer, as sorted texts."""
        found = {}
        for name, key in self.keys().items():
            found.setdefault(key, []).append(name)
        return sorted("".join(f"{name} " for name in sorted(names)).strip() for names in found.values())

    def rows(self, statement):
        return self.connection.execute(statement).fetchall()


@pytest.fixture
def store():
    """With identifiers only: nothing is weighed."""
    with duckdb.connect(config={"threads": 1}) as connection:
        prepare(connection)
        yield Store(connection, replace(shipped_rules(), blocking=()))


@pytest.fixture
def weighing():
    """With the shipped rules."""
    with duckdb.connect(config={"threads": 1}) as connection:
        prepare(connection)
        yield Store(connection, shipped_rules())
