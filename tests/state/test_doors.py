"""What HTTP and Slack keep, on PostgreSQL: the tests of their stores."""

from __future__ import annotations

import pytest

from assistant.channels.http.sql_requests import SqlRequestStore
from assistant.channels.slack.sql_store import SqlSlackStore
from tests.assistant.channels.http import test_keeping
from tests.assistant.channels.slack import test_slack_store
from tests.state.borrowed import borrow
from tools.storage import Storage

pytestmark = pytest.mark.slow
HTTP, SLACK = borrow(test_keeping, "store"), borrow(test_slack_store, "store")
globals().update({f"{name}_http": test for name, test in HTTP.items()})
globals().update({f"{name}_slack": test for name, test in SLACK.items()})


@pytest.fixture
def store(request: pytest.FixtureRequest, postgres_state: Storage) -> SqlRequestStore | SqlSlackStore:
    of_slack = request.function.__name__ in SLACK
    return SqlSlackStore(postgres_state) if of_slack else SqlRequestStore(postgres_state)
