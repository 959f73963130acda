"""A house with the key "ana", for each test anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from sse_starlette.sse import AppStatus

from tests.assistant.channels.mcp.scene import House, house


@pytest.fixture(autouse=True)
def streams_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that streams ends every stream of a process in which some server was told to stop, as other tests do."""
    monkeypatch.setattr(AppStatus, "should_exit", False)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def home(tmp_path: Path) -> House:
    return house(tmp_path)
