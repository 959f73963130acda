"""`qunxiang mcp` on a scripted workspace: started by the tests as a program of its own. Arguments: folder, then the command's."""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.accounts.port import Access
from assistant.channels.cli_mcp import Entry, app_over
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.workspace import Workspace
from assistant.settings import Settings
from tests.assistant.channels.mcp.scene import Clock, Ids, KeyedAccess, account

FOLDER = Path(sys.argv.pop(1))
KEPT = "with accounts"


def opened(settings: Settings) -> tuple[Workspace, Access]:
    print("noise while the data is opened")

    def note(line: str) -> None:
        print(f"noise: {line}", flush=True)
        with (FOLDER / "told.txt").open("a", encoding="utf-8") as told:
            told.write(f"{line}\n")

    access = KeyedAccess(local=None if (FOLDER / KEPT).exists() else account("local", "analyst"))
    access.add("ana's key", account("ana", "analyst"))
    return ScriptedWorkspace(FOLDER, picture=lambda chart, dark: "", note=note), access


if __name__ == "__main__":
    app_over(Entry(opened=opened, clock=Clock(), new_id=Ids()))()
