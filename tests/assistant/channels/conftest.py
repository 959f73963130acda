"""The scripted workspace behind a desk, with a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.channels.gradio.desk import Desk
from assistant.channels.scripted import ScriptedWorkspace

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture
def told() -> list[str]:
    """What the scripted workspace was told, oldest first."""
    return []


@pytest.fixture
def workspace(tmp_path: Path, told: list[str]) -> ScriptedWorkspace:
    return ScriptedWorkspace(tmp_path, picture=lambda chart, dark: SVG, note=told.append)


@pytest.fixture
def desk(workspace: ScriptedWorkspace, tmp_path: Path) -> Desk:
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    return Desk(workspace, outbox, clock=lambda: NOW)
