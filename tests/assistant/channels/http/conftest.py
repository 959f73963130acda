"""One scene for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant.channels.scripted import ScriptedWorkspace
from tests.assistant.channels.http.scene import Keys, Scene, scripted


@pytest.fixture
def told() -> list[str]:
    """What the scripted workspace was told, oldest first."""
    return []


@pytest.fixture
def workspace(tmp_path: Path, told: list[str]) -> ScriptedWorkspace:
    return scripted(tmp_path, told)


@pytest.fixture
def scene(workspace: ScriptedWorkspace) -> Scene:
    return Scene(workspace, Keys())


@pytest.fixture
def client(scene: Scene) -> TestClient:
    """Ana's, with every scope."""
    return scene.client()
