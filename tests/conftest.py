"""Shared fixtures: the demo company is generated and loaded once, and kept under build/ for the next run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "test-home"


class OneAtATime:
    """A lock between test processes: whoever makes the folder first works, the others wait."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(6000):
            try:
                self._path.mkdir()
            except FileExistsError:
                if time.time() - self._path.stat().st_mtime > 600:
                    self._path.rmdir()
                time.sleep(0.1)
            else:
                return
        raise TimeoutError(self._path)

    def __exit__(self, *_: object) -> None:
        self._path.rmdir()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory):
    """Settings of the demo data set, with application state of its own for this process."""
    from assistant.settings import Settings

    state = tmp_path_factory.mktemp("state") / "state.sqlite"
    return Settings(data="retail", home=HOME, state_url=f"sqlite:///{state}", user="local", role="admin")


@pytest.fixture(scope="session")
def retail_snapshot(settings) -> Path:
    """The loaded demo company."""
    from assistant.bootstrap import prepare_data

    with OneAtATime(HOME / ".lock"):
        return prepare_data(settings)


@pytest.fixture(scope="session")
def assistant(settings, retail_snapshot: Path):
    """The assistant of the demo company."""
    from assistant.bootstrap import open_assistant

    return open_assistant(settings)


@pytest.fixture(autouse=True)
def _no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain output, whatever the terminal."""
    monkeypatch.setenv("NO_COLOR", "1")
