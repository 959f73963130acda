"""Runs the page with scripted boards in a process of its own: `python -m tests.browser.boards_server PORT FOLDER`.

People are taken for signed in by a cookie `login` that is believed. `data-2` in FOLDER is a new version of the data, `broken`
keeps it from being computed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from assistant.boards.desk import LINKS
from assistant.boards.port import BoardsPort
from assistant.boards.scripted import scripted_boards
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_access import ScriptedAccess
from assistant.stewardship.port import Stewardship
from tests.browser.pages import serve_page
from tools.chart.render import render_svg


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    log = folder / "notes.log"

    def note(line: str) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def now() -> datetime:
        return datetime.now(UTC)

    access = ScriptedAccess(note=note)
    workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: render_svg(chart, dark=dark), note=note)
    first = workspace.datasets[0].id
    boards = scripted_boards(first, folder, access, clock=now, note=note)
    desk: BoardsPort = boards.desk

    class Switched:
        """Numbers that follow files in the folder."""

        def __getattr__(self, name: str) -> object:
            boards.numbers.data = "2" if (folder / "data-2").exists() else "1"
            boards.numbers.broken = (folder / "broken").exists()
            return getattr(desk, name)

    stewards = Stewardship(boards=Switched())  # type: ignore[arg-type]  # hands everything on
    app = FastAPI(openapi_url=None)

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.get(LINKS + "{token}")
    def follow(token: str) -> RedirectResponse:
        return RedirectResponse(f"/?view=boards&link={token}", status_code=303)

    def who(request: Request) -> str | None:
        return request.cookies.get("login")

    serve_page(
        workspace,
        access,
        port,
        who=who,
        stewards=lambda dataset: stewards if dataset == first else Stewardship(),
        app=app,
    )


if __name__ == "__main__":
    main()
