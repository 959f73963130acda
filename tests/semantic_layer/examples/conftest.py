"""A tiny company with its raw exports, and a full-size one straight from the truth, each made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from semantic_layer.examples.retail.company import Company
from semantic_layer.examples.retail.generate import generate, generate_clean
from semantic_layer.examples.retail.load import load
from semantic_layer.examples.retail.schema import TABLES
from semantic_layer.ingestion.report import LoadReport
from semantic_layer.ingestion.resolver import TruthKeyResolver
from semantic_layer.ingestion.snapshot import build_snapshot

PEOPLE = 2_000


@dataclass(frozen=True)
class Loaded:
    sources: Path
    report: LoadReport
    database: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple]:
        return self.database.execute(sql).fetchall()

    def one(self, sql: str):
        return self.rows(sql)[0][0]


@pytest.fixture(scope="session")
def tiny_sources(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    generate(folder, people=PEOPLE, progress=lambda *_: None)
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_sources: Path, tmp_path_factory) -> Iterator[Loaded]:
    target = tmp_path_factory.mktemp("tiny-snapshot") / "snapshot.duckdb"
    report = load(tiny_sources, target, resolver=TruthKeyResolver(tiny_sources / "truth"), progress=lambda *_: None)
    with duckdb.connect(str(target), read_only=True) as database:
        yield Loaded(tiny_sources, report, database)


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The default company of 20,000 people, clean tables only."""
    folder = tmp_path_factory.mktemp("company")
    generate_clean(folder / "clean", Company(), progress=lambda *_: None, processes=1)
    build_snapshot(folder / "clean", folder / "snapshot.duckdb", TABLES, progress=lambda *_: None)
    with duckdb.connect(str(folder / "snapshot.duckdb"), read_only=True) as database:
        yield database
