"""The outermost handler: what nobody expected is logged whole and shown as a number."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.channels.web.refusals import refusal
from assistant.channels.web.words import said

LOG: Final = logging.getLogger(__name__)


class Failures:
    """Answers 500 in place of an exception. Neither query nor body is logged: a secret may stand there."""

    def __init__(self, app: ASGIApp, *, new_number: Callable[[], str]) -> None:
        self._app = app
        self._new_number = new_number

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception:
            if answer.explains:  # the door has logged it and said so in its own form
                await answer.release()
                return
            number = self._new_number()
            LOG.exception("%s %s failed, shown as %s", scope.get("method"), scope.get("path"), number)
            if answer.started or scope["type"] != "http":
                raise HalfSentError(number) from None
            await refusal(scope, 500, said("failed", number=number))(scope, receive, send)
        else:
            await answer.release()


class HalfSentError(Exception):
    """An answer broke off; the server closes the connection, so that nobody takes it for whole."""


class _Answer:
    """Holds back an answer with status 500 until it is known whether an exception follows it.

    An application behind a door answers such a request in bare words first, then lets the exception through.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self.started = False

    @property
    def explains(self) -> bool:
        """Whether what is held back describes the problem to a program."""
        headers = Headers(raw=list(self._held[0].get("headers", ()))) if self._held else Headers()
        return headers.get("content-type", "").startswith("application/problem+json")

    async def send(self, message: Message) -> None:
        if self._held or (message["type"] == "http.response.start" and message["status"] == 500):
            self._held.append(message)
        else:
            self.started = True
            await self._send(message)

    async def release(self) -> None:
        for message in self._held:
            await self._send(message)
