"""The shop on both kinds of stores: in memory, and in a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tools.segments.shop import Engines, Shop
from tools.segments import MembershipInMemory, SegmentsOfMemory, SqlMembershipStore, SqlSegmentStore
from tools.storage import Storage, open_storage

TABLES = (
    *(f"segment_{name}" for name in ("moves", "snapshots", "failures", "parts", "standing", "changes")),
    "segments",
)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    made = Engines(tmp_path_factory.mktemp("shop"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def storage() -> Iterator[Storage]:
    """A database that tests share one after another: bringing its tables forward takes longer than most of them."""
    opened = open_storage()
    yield opened
    opened.dispose()


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, engines: Engines) -> Shop:
    """An empty shop of its own."""
    if request.param == "memory":
        return Shop(engines, SegmentsOfMemory(), MembershipInMemory())
    storage = request.getfixturevalue("storage")
    with storage.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return Shop(engines, SqlSegmentStore(storage), SqlMembershipStore(storage, "shop"))


@pytest.fixture
def light(engines: Engines) -> Shop:
    """A shop in memory, for what no store decides."""
    return Shop(engines, SegmentsOfMemory(), MembershipInMemory())
