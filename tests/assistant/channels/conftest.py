"""The scripted workspace behind a desk, with a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.accounts.open_access import OpenAccess
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.office import Office
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_access import LOCAL, ScriptedAccess
from assistant.channels.scripted_office import ScriptedUsage, roles
from assistant.stewardship.scripted import scripted_stewards

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
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


@pytest.fixture
def desk(workspace: ScriptedWorkspace, outbox: Path) -> Desk:
    """A machine without accounts."""
    return Desk(workspace, OpenAccess(LOCAL), outbox, clock=lambda: NOW)


@pytest.fixture
def access(told: list[str]) -> ScriptedAccess:
    return ScriptedAccess(clock=lambda: NOW, note=told.append)


@pytest.fixture
def office_desk(workspace: ScriptedWorkspace, access: ScriptedAccess, outbox: Path) -> Desk:
    """A server with accounts: `ana` administers, `wei` and `lin` do not."""
    office = Office(roles=roles, usage=ScriptedUsage(NOW), picture=lambda chart, dark: SVG)
    return Desk(workspace, access, outbox, office=office, clock=lambda: NOW)


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def owners_desk(
    workspace: ScriptedWorkspace, access: ScriptedAccess, outbox: Path, tmp_path: Path, told: list[str], clock: Clock
) -> Desk:
    """A server whose first data set has pages for data owners: `ana` and `wei` own it, `lin` may look, masked."""
    files = tmp_path / "files"
    files.mkdir()
    stewards = scripted_stewards(files, clock=clock, note=told.append)
    return Desk(workspace, access, outbox, stewards=stewards, clock=clock)
