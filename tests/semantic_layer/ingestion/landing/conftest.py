"""One warehouse for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.semantic_layer.ingestion.landing.scene import Scene


@pytest.fixture
def scene(tmp_path) -> Iterator[Scene]:
    """Its warehouse stays open until the test ends, so that each step need not open it anew."""
    one = Scene(tmp_path)
    with one.warehouse.reading():
        yield one
