"""Servers and small helpers of the tests of sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.sources import databases
from semantic_layer.ingestion.sources.port import BadRow, Part, Source
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from tests.semantic_layer.ingestion.sources import mariadb
from tests.state import server

Row = dict[str, str | None]


def spec(kind: SourceKind, address: str, **given: object) -> SourceSpec:
    """A declaration without columns."""
    return SourceSpec(name="s", label=Text("", ""), kind=kind, address=address, columns=(), **given)  # type: ignore[arg-type]


def rows_of(source: Source, part: Part | None = None, *, after: str = "") -> tuple[list[Row], list[int], list[BadRow]]:
    """All rows of a part (the first one by default), their places, and the bad ones."""
    rows: list[Row] = []
    places: list[int] = []
    bad: list[BadRow] = []
    for chunk in source.read(part or source.parts()[0], after=after):
        assert len(chunk.places) == chunk.rows.num_rows
        rows += chunk.rows.to_pylist()
        places += chunk.places.to_pylist()
        bad += chunk.bad
    return rows, places, bad


class Waits:
    """Pauses that are only written down, and a person who does something meanwhile."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.seconds: list[float] = []
        self._meanwhile = meanwhile

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._meanwhile()


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.PostgresServer]:
    """A running PostgreSQL."""
    if reason := server.why_not():
        pytest.skip(reason)
    found = server.PostgresServer()
    try:
        found.start()
        yield found
    finally:
        found.remove()


@pytest.fixture(scope="session")
def maria() -> Iterator[mariadb.MariaServer]:
    """A running MariaDB."""
    if reason := mariadb.why_not():
        pytest.skip(reason)
    found = mariadb.MariaServer()
    try:
        found.start()
        yield found
    finally:
        found.remove()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases are read in fetches of 50 rows and chunks of a few hundred, so that few rows show what many would."""
    monkeypatch.setattr(databases, "_FIRST_FETCH", 50)
    monkeypatch.setattr(databases, "_MOST_FETCH", 50)
    monkeypatch.setattr(databases, "MOST_ROWS", 500)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a data set."""
    found = tmp_path / "data"
    found.mkdir()
    return found
