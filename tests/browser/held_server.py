"""The real product with an engine whose queries wait for a sign: `python held_server.py PORT FOLDER`, settings as usual.

While the file `hold` stands in FOLDER every query waits, and `notes.log` there tells what became of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Account, Grant
from assistant.bootstrap import open_resources
from assistant.channels.live import LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from assistant.datasets import source_of
from assistant.settings import Settings
from semantic_layer.engines.base import Cancel, Engine, RawResult
from semantic_layer.errors import CancelledError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.authorise import AuthorisedSql
from tests.browser.pages import serve_page


class HeldEngine:
    """Passes everything on to the engine behind it, once nothing holds it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._hold = folder / "hold"
        self._log = folder / "notes.log"
        self.dialect = engine.dialect

    def columns(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> Mapping[str, NDArray[Any]]:
        return self._engine.columns(sql, cancel=cancel)

    def run(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> RawResult:
        if not self._hold.exists():
            return self._engine.run(sql, cancel=cancel)
        self._note("running")
        while self._hold.exists() and not (cancel is not None and cancel.pressed):
            time.sleep(0.02)
        try:
            return self._engine.run(sql, cancel=cancel)
        except CancelledError:
            self._note("cancelled")
            raise

    def tables(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        return self._engine.tables()

    def data_date(self) -> date | None:
        return self._engine.data_date()

    def close(self) -> None:
        self._engine.close()

    def _note(self, line: str) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def main() -> None:
    port, folder, settings = int(sys.argv[1]), Path(sys.argv[2]), Settings()
    resources, user = open_resources(settings)
    layer = resources.layer
    held = SemanticLayer(layer.index, layer.policy, HeldEngine(layer.engine, folder), layer.as_of, resources.segments)
    assistant = Assistant(replace(resources, layer=held), user=user)
    dataset = Dataset(settings.data, source_of(settings.data, settings.people).title)
    grants = tuple(Grant(role) for role in user.roles)
    moment = datetime.now(UTC)
    local = Account(login=user.name, name=user.name, grants=grants, created_at=moment, updated_at=moment)
    serve_page(LiveWorkspace((dataset,), lambda _: assistant), OpenAccess(local), port, who=lambda _: local.login)


if __name__ == "__main__":
    main()
