"""Finds out whose session a request belongs to. What that person may do is for the rooms behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import anyio
from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.accounts.port import Access
from assistant.channels.web.cookies import token_in, tokens_in
from assistant.channels.web.guests import let_in
from assistant.channels.web.hosts import PROBES
from assistant.channels.web.toolkit import API, is_open_file

_AT_ONCE: Final = 8  # threads of their own: long answers must not keep people at the door


def form_tokens(access: Access) -> Callable[[str], str]:
    """From a `Cookie` header to the token that goes with the forms of its session; empty without one."""

    def form_token(cookies: str) -> str:
        visits = (access.visit(token) for token in tokens_in(cookies))
        return next((visit.form_token for visit in visits if visit is not None), "")

    return form_token


def _of_a_person(scope: Scope) -> bool:
    """Whether somebody does something: an open tab also looks by itself whether it is still connected."""
    return scope["method"] != "HEAD" and not scope["path"].startswith(f"{API}heartbeat/")


class Sessions:
    """Looks the session up for each request anew, so that a closed account or an ended session counts at once."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access
        self._looking = anyio.CapacityLimiter(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            visit, account = None, self._access.local
            if account is None and scope["path"] not in PROBES and not is_open_file(scope["method"], scope["path"]):
                token = token_in(scope)
                look = partial(self._access.visit, token, active=_of_a_person(scope))
                visit = await run_sync(look, limiter=self._looking) if token else None
                account = visit.account if visit is not None else None
            let_in(scope, visit, account)
        await self._app(scope, receive, send)
