"""Accounts on PostgreSQL: what their store keeps, and signing in, API keys and administration over it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.accounts.sql_store import SqlAccountStore
from assistant.accounts.store import AccountStore
from tests.assistant.accounts import conftest as scenes
from tests.assistant.accounts import test_administration, test_api_keys, test_sign_in, test_store
from tests.state.borrowed import borrow
from tools.storage import Storage

pytestmark = pytest.mark.slow
clock, ledger, store, opened, access = scenes.clock, scenes.ledger, scenes.store, scenes.opened, scenes.access
ann, bo = scenes.ann, scenes.bo
globals().update(borrow(test_store, "store", "stores"))
for suite in (test_administration, test_api_keys, test_sign_in):
    short = suite.__name__.rpartition("_")[2]
    for name, test in borrow(suite, "store", "stores", "opened", "access", "ann", "bo").items():
        globals()[f"{name}_{short}"] = test


@pytest.fixture
def stores(request: pytest.FixtureRequest, postgres_state: Storage) -> Callable[[], AccountStore]:
    """As the suite's own; tests that name the stores they run on run here once."""
    if getattr(request, "param", "memory") != "memory":
        pytest.skip("the same store again")
    return lambda: SqlAccountStore(postgres_state)
