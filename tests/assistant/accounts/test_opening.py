"""Who is asked at the door: accounts wherever there are any, one person on a machine of their own, nobody else ever."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from assistant.accounts.access import StoredAccess
from assistant.accounts.loopback import is_loopback
from assistant.accounts.open_access import OpenAccess
from assistant.accounts.opening import FIRST_ACCOUNT, open_access, roles_of, stored_access
from assistant.accounts.passwords import CheapHasher
from assistant.accounts.port import Access
from assistant.accounts.sql_rows import ACCOUNTS, SESSIONS
from assistant.accounts.types import Grant
from assistant.settings import Settings
from semantic_layer.errors import NotAllowedError
from tools.storage import open_storage

from .conftest import PASSWORD, START


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    engine = open_storage()
    yield engine
    engine.dispose()


@pytest.fixture
def storage(engine: sa.Engine) -> sa.Engine:
    """A database without accounts."""
    with engine.begin() as connection:
        for table in (SESSIONS, ACCOUNTS):
            connection.execute(sa.delete(table))
    return engine


def entered(storage: sa.Engine, **settings: object) -> Access:
    return open_access(
        storage,
        settings=Settings(**settings),  # type: ignore[arg-type]
        clock=lambda: START,
        new_id=lambda: "id",
        known_roles=lambda _: ("marketer",),
    )


def with_an_account(storage: sa.Engine) -> StoredAccess:
    access = stored_access(
        storage,
        settings=Settings(),
        clock=lambda: START,
        new_id=lambda: uuid.uuid4().hex,
        known_roles=lambda _: ("marketer",),
        hasher=CheapHasher(),
    )
    access.first_administrator("ann", "Ann", PASSWORD)
    return access


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.8.7", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_a_machine_of_ones_own_is_open(storage: sa.Engine, host: str) -> None:
    assert is_loopback(host)
    access = entered(storage, host=host, user="demo", role="analyst")
    assert isinstance(access, OpenAccess)
    assert access.local is not None
    assert (access.local.login, access.local.grants) == ("demo", (Grant("analyst"),))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.1.5", "ask.example.com", "127.0.0.1.example.com", "localhost.evil.example",
             "128.0.0.1", "::ffff:10.0.0.1", "2130706433", "fe80::1"],
)  # fmt: skip
def test_without_accounts_nothing_wider_is_opened(storage: sa.Engine, host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(NotAllowedError) as caught:
        entered(storage, host=host)
    for said in (caught.value.message.zh, caught.value.message.en):
        assert FIRST_ACCOUNT in said
        assert "QUNXIANG_HOST" in said


@pytest.mark.parametrize("outside", [{"base_url": "https://ask.example.com"}, {"trusted_proxies": "127.0.0.1"}])
def test_a_proxy_before_the_loopback_address_is_wider_too(storage: sa.Engine, outside: dict[str, str]) -> None:
    with pytest.raises(NotAllowedError) as caught:
        entered(storage, **outside)
    assert next(iter(outside.values())) in caught.value.message.en
    assert isinstance(entered(storage, base_url="http://localhost:7860"), OpenAccess)


def test_accounts_are_asked_for_once_there_are_any(storage: sa.Engine) -> None:
    before = with_an_account(storage)
    for host in ("127.0.0.1", "0.0.0.0"):
        access = entered(storage, host=host)
        assert isinstance(access, StoredAccess)
        assert access.local is None
    ann = before.account("ann")
    assert ann is not None
    bo, _ = before.create("bo", name="Bo", grants=(), by=ann, administrator=True)
    for one in (ann, bo):
        # Closed accounts are accounts: a machine does not fall open because the last person left.
        assert entered(storage).account(one.login) is not None
    before.update(replace(ann, active=False), by=bo)
    assert isinstance(entered(storage), StoredAccess)


def test_accounts_can_be_asked_for_always(storage: sa.Engine) -> None:
    access = entered(storage, sign_in="always")
    assert isinstance(access, StoredAccess)
    assert access.local is None


def test_the_settings_say_how_long_a_sign_in_lasts(storage: sa.Engine) -> None:
    with_an_account(storage)
    access = open_access(
        storage,
        settings=Settings(session_hours=1.5),
        clock=lambda: START,
        new_id=lambda: uuid.uuid4().hex,
        known_roles=lambda _: (),
    )
    ann = access.account("ann")
    assert ann is not None
    ticket = access.sign_in_as(ann, address="192.0.2.1")
    assert (ticket.expires_at - START).total_seconds() == 5400


def test_roles_are_those_of_the_definitions() -> None:
    roles = roles_of(Settings(data="retail"))
    assert "marketer" in roles("retail")
    assert set(roles("retail")) <= set(roles("*"))
    assert roles("no-such-data-set") == ()
    assert roles_of(Settings(data="no/such/folder"))("no/such/folder") == ()
