"""Deliveries on PostgreSQL: every test of `test_deliveries.py` that asks for them."""

from __future__ import annotations

import pytest

from tests.state.borrowed import borrow
from tests.state.conftest import _migrated, postgres, postgres_state  # noqa: F401  # fixtures of this module
from tests.tools.destinations import test_deliveries as suite
from tools.destinations.deliveries import Deliveries
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.storage import Storage

pytestmark = pytest.mark.slow
globals().update(borrow(suite, "deliveries"))


@pytest.fixture
def deliveries(postgres_state: Storage) -> Deliveries:  # noqa: F811  # asked for by its name
    return SqlDeliveries(postgres_state)
