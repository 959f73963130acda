"""Answers that are sent as they come: how many at once, and how they end when the server stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.channels.web.limits import RETRY_AFTER
from assistant.channels.web.refusals import refusal
from assistant.channels.web.words import WORDS, said
from semantic_layer.errors import Text

_CLEANING_UP: Final = 2.0  # seconds that whoever filled a stream has to put things away
_ANSWERS_TO_GET: Final = "/gradio_api/queue/data"


class Stopping:
    """Told once that the server stops; ends what would otherwise never end."""

    def __init__(self) -> None:
        self._begun = False
        self._told: set[Callable[[], None]] = set()

    @property
    def begun(self) -> bool:
        return self._begun

    def begin(self) -> None:
        """To be called on the loop that serves."""
        self._begun = True
        for tell in tuple(self._told):
            tell()

    def add(self, tell: Callable[[], None]) -> None:
        self._told.add(tell)

    def discard(self, tell: Callable[[], None]) -> None:
        self._told.discard(tell)


class Streams:
    """At most `answers` event streams with answers at once, over all doors, and `listeners` that only wait for what may
    come: the pulse of an open tab, the ear of an agent.

    One more is refused with 503. When the server stops, each gets a last event that says so.
    """

    def __init__(self, app: ASGIApp, *, answers: int, listeners: int, stopping: Stopping) -> None:
        self._app = app
        self._answers = _Room(answers, "too_many_streams")
        self._listeners = _Room(listeners, "too_many_listeners")
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        room = self._listeners if _only_listens(scope) else self._answers
        flow = _Flow(send, room, self._stopping)
        work = asyncio.ensure_future(self._app(scope, receive, flow.send))
        work.add_done_callback(lambda _: flow.ended.set())
        try:
            await flow.ended.wait()
            if flow.refused:
                message = said(room.full, most=room.most)
                await refusal(scope, 503, message, retry_after=RETRY_AFTER)(scope, receive, send)
            elif work.done():
                work.result()
            else:
                await flow.close(_farewell(scope["path"]))
        finally:
            flow.leave()
            if not work.done():
                await _put_away(work)


def _only_listens(scope: Scope) -> bool:
    return bool(scope["method"] == "GET" and scope["path"] != _ANSWERS_TO_GET)


class _Room:
    """How many streams of one kind are open."""

    def __init__(self, most: int, full: str) -> None:
        self.most = most
        self.full = full  # the words for one more
        self.taken = 0


class _Flow:
    """Watches one response go out; `ended` when it is complete, or is to be ended now."""

    def __init__(self, send: Send, room: _Room, stopping: Stopping) -> None:
        self._send = send
        self._room = room
        self._stopping = stopping
        self._streams = False
        self._closed = False
        self.ended = asyncio.Event()
        self.refused = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        if not self._closed:
            await self._send(message)

    def _begin(self, message: Message) -> None:
        headers = Headers(raw=list(message.get("headers", ())))
        if not headers.get("content-type", "").startswith("text/event-stream"):
            return
        if self._room.taken >= self._room.most:
            self.refused = self._closed = True
            self.ended.set()
            return
        self._streams = True
        self._room.taken += 1
        self._stopping.add(self.ended.set)
        if self._stopping.begun:
            self.ended.set()

    async def close(self, last: bytes) -> None:
        self._closed = True
        await self._send({"type": "http.response.body", "body": last, "more_body": False})

    def leave(self) -> None:
        self._stopping.discard(self.ended.set)
        self._room.taken -= self._streams


async def _put_away(work: asyncio.Future[None]) -> None:
    """Stop whoever fills a stream. What is still to be tidied is not waited for long, and no longer anybody's concern."""
    work.cancel()
    await asyncio.wait({work}, timeout=_CLEANING_UP)
    if work.done() and not work.cancelled():
        with suppress(Exception):
            work.result()


def _farewell(path: str) -> bytes:
    """The last event. The page's tool-kit knows one of its own by which a question under way is given up."""
    words = WORDS["stopping"]
    if path.startswith("/gradio_api/"):
        return _event("", {"msg": "unexpected_error", "message": _both(words), "success": False})
    return _event("stopping", {"zh": words.zh, "en": words.en})


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}"


def _event(name: str, data: dict[str, str | bool]) -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"\n\n{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
