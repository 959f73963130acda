"""Under which names this server answers, and to whose pages: against rebinding of names and requests forged elsewhere."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.accounts.loopback import is_loopback
from assistant.accounts.port import Access
from assistant.channels.web.origins import BaseAddress, host_and_port, same_site_request
from assistant.channels.web.refusals import refusal
from assistant.channels.web.words import WORDS

PROBES: Final = ("/health", "/ready")
"""Asked by machines that know only an address; the answer holds nothing of anybody."""

_SAFE: Final = frozenset({"GET", "HEAD"})


class Hosts:
    """Serves only the names that are this server's own.

    Without accounts whoever reaches the page is let in, so a foreign name that a name server points here must not reach
    it: only names of the loopback address are served. With accounts, the host of the base address when one is set.
    """

    def __init__(self, app: ASGIApp, *, access: Access, base: BaseAddress) -> None:
        self._app = app
        self._access = access
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            host, _ = host_and_port(Headers(scope=scope).get("host", ""))
            open_to_all = self._access.local is not None
            if not self._served(host, open_to_all=open_to_all):
                message = WORDS["foreign_host_local" if open_to_all else "foreign_host"]
                return await refusal(scope, 421, message, close=True)(scope, receive, send)
        return await self._app(scope, receive, send)

    def _served(self, host: str, *, open_to_all: bool) -> bool:
        if is_loopback(host):
            return True
        if open_to_all:
            return False
        return bool(host) and (not self._base.host or host == self._base.host)


class SameOrigin:
    """Refuses what a page of another site sends. Only a link may lead here from there."""

    def __init__(self, app: ASGIApp, *, base: BaseAddress) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not same_site_request(scope, self._base) and not _follows_a_link(scope):
            return await refusal(scope, 403, WORDS["foreign_form"], close=True)(scope, receive, send)
        return await self._app(scope, receive, send)


def _follows_a_link(scope: Scope) -> bool:
    """Another site may lead here, with a plain link; a window inside its page or a script may not."""
    headers = Headers(scope=scope)
    whole_window = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return whole_window and scope["method"] in _SAFE
