"""Accounts over every store there is. QUNXIANG_TEST_STATE_URLS names further databases, with commas, to run them on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from assistant.accounts.access import StoredAccess
from assistant.accounts.in_memory import AccountsInMemory
from assistant.accounts.passwords import CheapHasher
from assistant.accounts.sessions import SessionEnds
from assistant.accounts.sql_rows import ACCOUNTS, ATTEMPTS, IDENTITIES, KEYS, SESSIONS
from assistant.accounts.sql_store import SqlAccountStore
from assistant.accounts.store import AccountStore
from assistant.accounts.types import Account, Grant
from tools.ledger import LedgerInMemory
from tools.storage import open_storage

URLS = [url for url in os.environ.get("QUNXIANG_TEST_STATE_URLS", "").split(",") if url]
STORES = ["memory", "sqlite", *URLS]
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PASSWORD = "seven quiet herons"
ROLES = {"retail": ("admin", "analyst", "marketer"), "books": ("editor",)}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def counted_bytes() -> Callable[[int], bytes]:
    """Bytes that are different each time and the same in each run."""
    numbers = count(1)
    return lambda size: (
        (next(numbers) * 7919).to_bytes(size, "little")
        if size < 8
        else bytes((next(numbers) * 37 + place * 11) % 251 for place in range(size))
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], sa.Engine]]:
    """Opens each database once: bringing the tables up to date takes longer than most tests."""
    opened: dict[str, sa.Engine] = {}

    def engine(url: str) -> sa.Engine:
        if url not in opened:
            file = tmp_path_factory.mktemp("accounts") / "app.db"
            opened[url] = open_storage(f"sqlite:///{file}" if url == "sqlite" else url)
        return opened[url]

    yield engine
    for one in opened.values():
        one.dispose()


on_every_store = pytest.mark.parametrize("stores", STORES, indirect=True)
"""For tests that are as much about the store as about the rules: they always run on SQLite too, the others when slow ones do."""


@pytest.fixture(params=["memory", pytest.param("sqlite", marks=pytest.mark.slow), *URLS])
def stores(request: pytest.FixtureRequest, engines: Callable[[str], sa.Engine]) -> Callable[[], AccountStore]:
    """Gives another store over the same state with each call, as a restart of the process would."""
    if request.param == "memory":
        store = AccountsInMemory()
        return lambda: store
    engine = engines(request.param)
    with engine.begin() as connection:
        for table in (ATTEMPTS, KEYS, SESSIONS, IDENTITIES, ACCOUNTS):
            connection.execute(sa.delete(table))
    return lambda: SqlAccountStore(engine)


@pytest.fixture
def store(stores: Callable[[], AccountStore]) -> AccountStore:
    return stores()


@pytest.fixture
def ledger() -> LedgerInMemory:
    return LedgerInMemory()


@pytest.fixture
def opened(stores: Callable[[], AccountStore], ledger: LedgerInMemory, clock: Clock) -> Callable[..., StoredAccess]:
    """An `Access` over the store, as often as it is asked for."""
    ids, secret = count(1), counted_bytes()

    def access(**more: object) -> StoredAccess:
        parts: dict[str, object] = {
            "ledger": ledger,
            "hasher": CheapHasher(),
            "clock": clock,
            "new_id": lambda: f"id{next(ids)}",
            "random_bytes": secret,
            "known_roles": known_roles,
            "ends": SessionEnds(lasts=timedelta(hours=12), idle=timedelta(hours=2)),
        }
        return StoredAccess(stores(), **(parts | more))  # type: ignore[arg-type]

    return access


def known_roles(data_set: str) -> tuple[str, ...]:
    return tuple(role for name, roles in ROLES.items() if data_set in ("*", name) for role in roles)


@pytest.fixture
def access(opened: Callable[..., StoredAccess]) -> StoredAccess:
    return opened()


@pytest.fixture
def ann(access: StoredAccess) -> Account:
    """The first administrator, whose password is `PASSWORD`."""
    return access.first_administrator("ann", "Ann", PASSWORD)


@pytest.fixture
def bo(access: StoredAccess, ann: Account) -> Account:
    """A marketer with the password `PASSWORD`."""
    account, _ = access.create("bo", name="Bo", grants=[Grant("marketer")], by=ann, password=PASSWORD)
    return account
