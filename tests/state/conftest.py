"""Application state on both databases: `state_url` is an address of an empty one, `state` an open engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.state.server import PostgresServer, why_not
from tools.storage import Storage, open_storage

WANTED = os.environ.get("QUNXIANG_TEST_STATE", "sqlite,postgresql").split(",")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server; tests that ask for it are skipped where there is none."""
    if reason := why_not():
        pytest.skip(reason)
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def _migrated(postgres: PostgresServer) -> str:
    """The address of a database with all tables, which tests share one after another."""
    address = postgres.database()
    open_storage(address).dispose()
    return address


@pytest.fixture(params=WANTED)
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address without any table behind it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'app.db'}"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
def postgres_state(postgres: PostgresServer, _migrated: str) -> Iterator[Storage]:
    """An open engine on PostgreSQL; for suites that run on SQLite elsewhere."""
    engine = open_storage(_migrated)
    yield engine
    engine.dispose()
    postgres.empty(_migrated)


@pytest.fixture(params=WANTED)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An open engine with all tables."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_state")
        return
    engine = open_storage(f"sqlite:///{tmp_path / 'state' / 'app.db'}")
    yield engine
    engine.dispose()
