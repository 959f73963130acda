"""Feedback and the queue on PostgreSQL: every test of `tests/assistant/memory/test_review.py` that asks for a store."""

from __future__ import annotations

import pytest

from assistant.memory.folders import ReviewedFolders
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.memory.store import FeedbackStore
from tests.assistant.memory import conftest as scenes
from tests.assistant.memory import test_review as suite
from tests.state.borrowed import borrow
from tools.storage import Storage

pytestmark = pytest.mark.slow
folders = scenes.folders
globals().update(borrow(suite, "store", "scene"))


@pytest.fixture
def store(postgres_state: Storage) -> FeedbackStore:
    return SqlFeedbackStore(postgres_state)


@pytest.fixture
def scene(folders: ReviewedFolders, store: FeedbackStore) -> scenes.Scene:
    return scenes.Scene(folders, store)
