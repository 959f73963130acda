"""Memberships on PostgreSQL: the tests of `tests/tools/segments/test_refresh.py` and `test_lists.py` that keep something."""

from __future__ import annotations

import pytest

from tests.state.borrowed import borrow
from tests.tools.segments import conftest, test_lists, test_refresh
from tests.tools.segments.shop import Engines, Shop
from tools.segments import SqlMembershipStore, SqlSegmentStore
from tools.storage import Storage

engines = conftest.engines
globals().update(borrow(test_refresh, "shop"))
globals().update(borrow(test_lists, "shop"))


@pytest.fixture
def shop(postgres_state: Storage, engines: Engines) -> Shop:
    return Shop(engines, SqlSegmentStore(postgres_state), SqlMembershipStore(postgres_state, "shop"))
