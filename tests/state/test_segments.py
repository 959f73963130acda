"""Saved segments on PostgreSQL: every test of `tests/tools/test_segments.py` that asks for a store."""

from __future__ import annotations

import pytest

from tests.state.borrowed import borrow
from tests.tools import test_segments as suite
from tools.segments import SegmentStore, SqlSegmentStore
from tools.storage import Storage

saved = suite.saved
globals().update(borrow(suite, "store", "saved"))


@pytest.fixture
def store(postgres_state: Storage) -> SegmentStore:
    return SqlSegmentStore(postgres_state)
