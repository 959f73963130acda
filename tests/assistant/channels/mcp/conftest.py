"""A house with the key "ana", for each test anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assistant.channels.mcp.scene import House, house


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def home(tmp_path: Path) -> House:
    return house(tmp_path)
