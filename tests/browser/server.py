"""Runs the page over the scripted workspace in a process of its own: `python -m tests.browser.server PORT FOLDER`.

With `accounts` behind them, people are taken for signed in by a cookie `login` that is believed; without it everybody is
the person at this machine. With `owners` the first data set has the pages of data owners, and files below FOLDER/files.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.port import Access
from assistant.channels.gradio.office import Office
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_access import LOCAL, ScriptedAccess
from assistant.channels.scripted_office import ScriptedUsage, roles
from assistant.stewardship.port import Stewards, nobody
from assistant.stewardship.scripted import scripted_stewards
from tests.browser.pages import serve_page
from tools.chart.render import render_svg


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    log = folder / "notes.log"

    def note(line: str) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    accounts = "accounts" in sys.argv[3:]
    access: Access = ScriptedAccess(note=note) if accounts else OpenAccess(LOCAL)
    workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: render_svg(chart, dark=dark), note=note)
    office = Office(roles=roles, usage=ScriptedUsage(datetime.now(UTC)))

    def who(request: Request) -> str | None:
        return request.cookies.get("login") if accounts else LOCAL.login

    stewards: Stewards = nobody
    if "owners" in sys.argv[3:]:
        (folder / "files").mkdir()
        stewards = scripted_stewards(folder / "files", clock=lambda: datetime.now(UTC), note=note)
    app = FastAPI(openapi_url=None)
    _doors(app)
    serve_page(workspace, access, port, who=who, office=office, stewards=stewards, app=app)


def _doors(app: FastAPI) -> None:
    """What stands beside the page: that the server is there, and the way out."""

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        sent = (await request.body()).decode()
        if sent != "form_token=form-token":
            return HTMLResponse("wrong token", status_code=403)
        response = RedirectResponse("/password", status_code=303)
        response.delete_cookie("login")
        return response

    @app.get("/password")
    def password() -> HTMLResponse:
        return HTMLResponse("<h1>outside</h1>")


if __name__ == "__main__":
    main()
