"""HTTP mode: an ASGI application for `/events`, `/interactions` and `/commands`.

Signature and age are checked before anything of a body is read: Bolt, which checks them too, reads it first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_sdk.signature import SignatureVerifier

PATHS: Final = frozenset({"/events", "/interactions", "/commands"})
SECONDS: Final = 10.0  # a request that takes longer to arrive is given up

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _TooLargeError(Exception):
    pass


class SlackAsgi:
    """Hands what Slack sends to Bolt. `app` gives the Bolt app while the door is open, else nothing: then Slack tries again."""

    def __init__(self, app: Callable[[], App | None], *, signing_secret: str, most_bytes: int) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._most = most_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        app = self._app()
        if _path(scope) not in PATHS or scope["method"] != "POST":
            await _answer(send, 404, "not found")
        elif app is None:
            await _answer(send, 503, "Slack is off")
        else:
            await self._hand_over(app, scope, receive, send)

    async def _hand_over(self, app: App, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(self._body(receive), SECONDS)
        except TimeoutError:
            await _answer(send, 408, "too slow")
            return
        except _TooLargeError:
            await _answer(send, 413, "too large")
            return
        headers = _headers(scope)
        if not self._signed(body, headers):
            await _answer(send, 401, "not signed by Slack, or too long ago")
            return
        try:
            request = BoltRequest(body=body.decode(), query=scope["query_string"].decode(), headers={**headers})
        except (ValueError, TypeError, AttributeError, KeyError):  # what Bolt raises for bodies of another shape
            await _answer(send, 400, "not readable")
            return
        # Bolt and the store block, and this loop serves everybody.
        answered = await asyncio.to_thread(app.dispatch, request)
        kind = answered.headers.get("content-type", ["text/plain; charset=utf-8"])[0]
        await _answer(send, answered.status, answered.body or "", kind)

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        if self._verifier is None:
            return False
        try:
            stamp, signature = headers["x-slack-request-timestamp"], headers["x-slack-signature"]
            return self._verifier.is_valid(body, stamp, signature)
        except (KeyError, ValueError, TypeError):  # a header that is missing, not a number, not ASCII
            return False

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise TimeoutError  # the caller went away before the end
            body += message.get("body", b"")
            if len(body) > self._most:
                raise _TooLargeError
            if not message.get("more_body", False):
                return bytes(body)


def _path(scope: Mapping[str, Any]) -> str:
    """The path below the place where this application is mounted."""
    root, path = str(scope.get("root_path", "")), str(scope["path"])
    return path.removeprefix(root) if root else path


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _answer(send: Send, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
    content = body.encode()
    headers = [(b"content-type", kind.encode("latin-1")), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
