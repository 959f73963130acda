"""What every answer tells the browser it may do with it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.channels.web.guests import over_https

# The tool-kit of the page writes its settings as scripts inside the page and compiles templates in the browser, so those
# two must be allowed. Nothing comes from, or goes to, anywhere else.
PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # A form of ours names its origin, and nobody else learns an address of ours.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_A_YEAR: Final = 31_536_000  # seconds


class SecurityHeaders:
    """Adds the headers; a door that says more about its answers keeps its own words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                _complete(MutableHeaders(scope=message), scope, int(message["status"]))
            await send(message)

        return await self._app(scope, receive, with_headers)


def _complete(headers: MutableHeaders, scope: Scope, status: int) -> None:
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    kind = headers.get("content-type", "")
    if kind.startswith("text/event-stream"):
        headers.setdefault("x-accel-buffering", "no")  # a reverse proxy passes each event on as it comes
    is_page = kind.startswith("text/html")
    headers.setdefault("content-security-policy", PAGE_POLICY if is_page else DATA_POLICY)
    headers.setdefault("cache-control", _caching(scope["path"], status))
    if over_https(scope):
        headers.setdefault("strict-transport-security", f"max-age={_A_YEAR}")


def _caching(path: str, status: int) -> str:
    """Files that ship with the tool-kit may be kept; anything that could hold data is not."""
    if status in (200, 304):
        if path.startswith("/assets/"):  # their names change with their content
            return f"public, max-age={_A_YEAR}, immutable"
        if path.startswith(("/static/", "/svelte/")) or path in ("/favicon.ico", "/theme.css"):
            return "public, no-cache"
    return "no-store"
