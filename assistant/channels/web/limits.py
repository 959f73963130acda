"""Bounds on what one request may bring and on how many are served at once."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.channels.web.refusals import refusal
from assistant.channels.web.words import WORDS, said

RETRY_AFTER: Final = 5  # seconds
_LINGER: Final = 0.5  # seconds that a sender is heard on after a refusal, so that it gets to read it
_LINGER_TIMES: Final = 16  # and this many times the largest body


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the server waits, in seconds."""

    head: float = 10.0  # for the line and headers of a request, from the first byte or the opened connection
    body: float = 10.0  # for all of a body
    idle: int = 20  # for the next request on an open connection
    stopping: int = 5  # for answers under way when the server stops


class Bodies:
    """Takes a body whole, before anybody works on it: at most `kilobytes`, within `seconds`.

    A body that says its length is refused before it is read; a chunked one as soon as it is too long.
    """

    def __init__(self, app: ASGIApp, *, kilobytes: int, seconds: float) -> None:
        self._app = app
        self._kilobytes = kilobytes
        self._most = kilobytes * 1024
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is None or not ("content-length" in headers or "transfer-encoding" in headers):
            return await self._app(scope, receive, send)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            return await self._refuse_size(scope, receive, send)
        try:
            async with asyncio.timeout(self._seconds):
                messages = await self._read(receive)
        except TimeoutError:
            message = said("too_slow", seconds=round(self._seconds))
            return await refusal(scope, 408, message, close=True)(scope, receive, send)
        if messages is None:
            return await self._refuse_size(scope, receive, send)

        async def replay() -> Message:
            return messages.popleft() if messages else await receive()

        return await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> deque[Message] | None:
        """All of the body; `None` when there is too much of it."""
        messages: deque[Message] = deque()
        size = 0
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                return None
            messages.append(message)
            if message["type"] != "http.request" or not message.get("more_body", False):
                return messages

    async def _refuse_size(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = refusal(scope, 413, said("too_large", kilobytes=self._kilobytes), close=True)
        await _send_and_linger(response, receive, send, most=self._most * _LINGER_TIMES)


async def _send_and_linger(response: Response, receive: Receive, send: Send, *, most: int) -> None:
    """Answer, then throw away a little of what still comes: a connection that is cut at once loses the answer."""
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    try:
        async with asyncio.timeout(_LINGER):
            while most > 0:
                message = await receive()
                most -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class Crowd:
    """At most `most` requests under way; the question whether the process lives is always answered."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/health":
            return await self._app(scope, receive, send)
        if self._inside >= self._most:
            response = refusal(scope, 503, WORDS["too_many"], retry_after=RETRY_AFTER, close=True)
            return await response(scope, receive, send)
        self._inside += 1
        try:
            return await self._app(scope, receive, send)
        finally:
            self._inside -= 1
