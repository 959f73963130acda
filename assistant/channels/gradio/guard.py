"""Stands before the tool-kit with what only the desk knows: whose a tab and a file are, and whether a page can go on.

Which of the tool-kit's addresses are open at all, and sending people to where they sign in, is decided in front of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.channels.gradio.desk import Desk

PREFIX: Final = "/gradio_api/"
LOGIN: Final = "qunxiang.login"  # where the login stands in the scope of a request
_FILES: Final = ("/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt")
_STILL: Final = MappingProxyType({"yours": 204, "another's": 403, "gone": 410})

Who = Callable[[Request], str | None]


class Guard:
    """Refuses whoever is not signed in (401), and tabs and files that are another login's (403).

    `HEAD /?visit=…` tells a page whether it can go on: 204, 403 for another login's, 410 after a restart.
    """

    def __init__(self, app: ASGIApp, *, desk: Desk, who: Who) -> None:
        self._app = app
        self._desk = desk
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", ""))) or "/"
        if scope["type"] != "http" or path.startswith(_FILES):  # the tool-kit's own, the same for everybody
            await self._app(scope, receive, send)
            return
        login = self._who(Request(scope))
        if self._desk.account(login) is None:
            await _refuse(401, "not signed in")(scope, receive, send)
            return
        scope[LOGIN] = login
        answer = self._answer(path, login, scope)
        await (self._app if answer is None else answer)(scope, receive, send)

    def _answer(self, path: str, login: str | None, scope: Scope) -> ASGIApp | None:
        """What is answered here; `None` for what goes on to the tool-kit. Actions name their tab to the desk itself."""
        visit = _asked_for("visit", scope)
        if path == "/" and scope["method"] == "HEAD" and visit:
            return Response(status_code=_STILL[self._desk.whose(visit, login)])
        address = path.removeprefix(PREFIX) if path.startswith(PREFIX) else ""
        if address.startswith("file="):
            own = self._desk.may_fetch(Path(address.removeprefix("file=")), login)
            return None if own else _refuse(403, "not your file")
        tab = _asked_for("session_hash", scope)
        if address.startswith("heartbeat/"):
            tab = address.removeprefix("heartbeat/").strip("/")
        return None if self._desk.may_use(tab, login) else _refuse(403, "not your session")


def login_of(request: object) -> str | None:
    """The login that the guard found for a request."""
    scope = getattr(request, "scope", None)
    login = scope.get(LOGIN) if isinstance(scope, Mapping) else None
    return login if isinstance(login, str) else None


def _asked_for(name: str, scope: Scope) -> str:
    """A value in the query of an address."""
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get(name, [""])[0]


def _refuse(status: int, why: str) -> ASGIApp:
    return JSONResponse({"error": why}, status_code=status)
