"""An application database that is migrated once and copied for each test that wants its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.storage import open_storage


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("state") / "state.sqlite"
    open_storage(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def state(migrated: Path, tmp_path: Path) -> Callable[[], str]:
    """Makes the database of this test and gives its address."""

    def make() -> str:
        file = tmp_path / "state.sqlite"
        shutil.copy(migrated, file)
        return f"sqlite:///{file}"

    return make
