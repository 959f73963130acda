"""What every store of accounts keeps, whatever is built on it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql

import tools.migrations
from assistant.accounts.attempts import Attempts
from assistant.accounts.sql_rows import ACCOUNTS, ATTEMPTS, IDENTITIES, KEYS, SESSIONS
from assistant.accounts.store import AccountStore, Session, Written
from assistant.accounts.types import Account, ApiKey, Grant, Scope
from tools.storage import open_storage

from .conftest import START, on_every_store

TABLES = (ACCOUNTS, IDENTITIES, SESSIONS, KEYS, ATTEMPTS)
WEI = Account(
    login="李伟",
    name="李伟 “Wei”",
    grants=(Grant("marketer"), Grant("editor", "书店")),
    email="Wei@Example.com",
    identities=("slack:T:U2", "oidc:https://id.example.com|1"),
    administrator=True,
    created_at=START,
    updated_at=START,
)


def attempt(one: Attempts) -> Attempts:
    return replace(one, failures=one.failures + 1, last_at=START)


@on_every_store
def test_an_account_comes_back_whole(stores: Callable[[], AccountStore]) -> None:
    assert stores().empty()
    assert stores().write(WEI, password="digest") is Written.DONE
    again = stores()
    assert not again.empty()
    assert again.account("李伟") == WEI
    assert again.accounts() == (WEI,)
    assert again.by_identity("oidc:https://id.example.com|1") == WEI
    assert again.by_email("wei@example.com") == (WEI,)
    found = again.credentials("李伟")
    assert found is not None
    assert found.password == "digest"
    assert "digest" not in repr(found)


@on_every_store
def test_what_is_not_there_is_not_found(store: AccountStore) -> None:
    assert store.account("x") is None
    assert store.credentials("x") is None
    assert store.by_identity("x") is None
    assert store.by_email("x") == store.by_email("") == store.accounts() == store.keys("x") == ()
    assert store.session("x") is None
    assert store.key_of("x") is None
    assert store.key("x") is None
    store.end_session("x")
    store.clear_attempts("x")


@on_every_store
def test_a_write_that_does_not_follow_changes_nothing(store: AccountStore) -> None:
    store.write(WEI, password="digest")
    other = replace(WEI, name="Other", identities=())
    assert store.write(other, password="other") is Written.TAKEN
    assert store.write(replace(other, revision=3)) is Written.CHANGED
    assert store.write(replace(other, login="new", revision=2)) is Written.CHANGED
    assert store.write(replace(WEI, login="new")) is Written.IDENTITY_TAKEN
    assert store.write(replace(other, login="new"), first=True) is Written.NOT_FIRST
    assert store.write(replace(WEI, active=False, revision=2)) is Written.LAST_ADMINISTRATOR
    assert store.accounts() == (WEI,)
    found = store.credentials("李伟")
    assert found is not None
    assert found.password == "digest"


@on_every_store
def test_identities_are_replaced_as_a_whole(store: AccountStore) -> None:
    store.write(WEI, password="")
    after = replace(WEI, identities=("slack:T:U3", "slack:T:U2"), revision=2, has_password=False)
    assert store.write(after) is Written.DONE
    assert store.account("李伟") == after
    assert store.by_identity("oidc:https://id.example.com|1") is None


@on_every_store
def test_moments_in_other_time_zones_are_the_same_moments(store: AccountStore) -> None:
    beijing = START.astimezone(timezone(timedelta(hours=8)))
    store.write(replace(WEI, created_at=beijing), password="x")
    kept = store.account("李伟")
    assert kept is not None
    assert kept.created_at == START


@on_every_store
def test_sessions_that_are_past_are_forgotten_when_one_is_opened(store: AccountStore) -> None:
    store.write(WEI, password="x")
    found = store.credentials("李伟")
    assert found is not None
    one = Session(
        digest="one",
        login="李伟",
        epoch=found.epoch,
        opened_at=START,
        seen_at=START,
        expires_at=START + timedelta(hours=1),
    )
    store.open_session(one)
    assert store.session("one") == (one, replace(WEI, last_seen_at=START))
    later = START + timedelta(hours=2)
    store.open_session(replace(one, digest="two", opened_at=later, seen_at=later, expires_at=later))
    assert store.session("one") is None
    assert store.session("two") is not None


@on_every_store
def test_another_digest_of_the_same_password_ends_no_session(store: AccountStore) -> None:
    store.write(WEI, password="old")
    before = store.credentials("李伟")
    store.renew_password("李伟", "old", "new")
    store.renew_password("李伟", "old", "newer")
    after = store.credentials("李伟")
    assert before is not None
    assert after is not None
    assert (after.password, after.epoch) == ("new", before.epoch)


@on_every_store
def test_keys_come_back_whole_and_oldest_first(store: AccountStore) -> None:
    store.write(WEI, password="x")
    keys = [
        ApiKey(
            id=f"k{number}",
            login="李伟",
            label="夜间报表",
            hint=f"qx_{number:08}",
            scopes=(Scope.EXPORT, Scope.ASK),
            created_at=START - timedelta(days=number),
            expires_at=None if number else START + timedelta(days=1),
        )
        for number in range(3)
    ]
    for key in keys:
        store.add_key(key, f"digest {key.id}")
    assert store.keys("李伟") == tuple(reversed(keys))
    assert store.key_of("digest k0") == (keys[0], WEI)
    store.touch_key(keys[0], START)
    store.revoke_key("k0", START)
    assert store.key("k0") == replace(keys[0], last_used_at=START, revoked_at=START)
    seen = store.account("李伟")
    assert seen is not None
    assert seen.last_seen_at == START


@on_every_store
def test_no_attempt_is_lost_when_many_come_at_once(stores: Callable[[], AccountStore]) -> None:
    doors = [stores() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: doors[number % 4].change_attempts("s", attempt), range(20)))
    assert stores().change_attempts("s", lambda one: one).failures == 20


@on_every_store
def test_attempts_are_forgotten_one_by_one_or_when_long_past(store: AccountStore) -> None:
    for subject in ("a", "b", "c"):
        store.change_attempts(subject, attempt)
    store.change_attempts("c", lambda one: replace(one, last_at=START + timedelta(days=2), held=3))
    store.clear_attempts("a")
    left = {subject: store.change_attempts(subject, lambda one: one).failures for subject in ("a", "b", "c")}
    assert left == {"a": 0, "b": 1, "c": 1}
    store.clear_attempts("x", before=START + timedelta(days=1))
    assert store.change_attempts("b", lambda one: one).failures == 0
    assert store.change_attempts("c", lambda one: one).held == 3
    assert store.change_attempts("c", lambda one: Attempts(subject="c")).failures == 0


# --- the tables


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_store_knows_every_column(table: sa.Table) -> None:
    engine = open_storage()
    columns = {column["name"] for column in sa.inspect(engine).get_columns(table.name)}
    assert columns == {column.name for column in table.columns}
    engine.dispose()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_statements_can_be_said_to_postgresql(table: sa.Table) -> None:
    for statement in (sa.select(table).with_for_update(), sa.insert(table), sa.update(table), sa.delete(table)):
        assert table.name in str(statement.compile(dialect=postgresql.dialect()))


def test_accounts_come_beside_what_is_there_and_go_again(tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(str(tools.migrations.__file__)).parent))
    names = {table.name for table in TABLES}
    for step, there in ((command.downgrade, set()), (command.upgrade, names)):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            step(config, "0002" if step is command.downgrade else "head")
        tables = set(sa.inspect(engine).get_table_names())
        assert tables & names == there
        assert {"ledger", "segments", "feedback"} <= tables
    engine.dispose()
