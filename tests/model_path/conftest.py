"""The demo company, opened once; each scene sets its own model, mode and limits over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assistant.core import Assistant
from assistant.settings import Settings
from tests.assistant.interpreters.openai_server import OpenAIServer
from tests.model_path.scene import Scene

OpenScene = Callable[..., Scene]


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as started:
        yield started


@pytest.fixture(scope="module")
def scene_of(settings: Settings, assistant: Assistant, server: OpenAIServer) -> OpenScene:
    """A scene for changed settings; equal changes give the same one."""
    known: dict[str, Scene] = {}

    def opened(**changes: Any) -> Scene:
        key = repr(sorted(changes.items()))
        if key not in known:
            known[key] = Scene.over(assistant, settings, server, **changes)
        return known[key]

    return opened
