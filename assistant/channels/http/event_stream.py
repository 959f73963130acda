"""Server-sent events: progress as it is made, then the reply. A client that goes away, or never reads, ends the work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MEDIA_TYPE: Final = "text/event-stream"
ALIVE: Final = b": still working\n\n"
PATIENCE: Final = 30.0  # seconds that a client may take to read what was sent


def event(name: str, data: BaseModel | None = None) -> bytes:
    """One event; JSON has no line breaks of its own, so its data is one line."""
    body = "{}" if data is None else data.model_dump_json()
    return f"event: {name}\ndata: {body}\n\n".encode()


class EventStream(Response):
    """Sends `events` as they come; `close` is called once it is over, however it ends."""

    media_type = MEDIA_TYPE

    def __init__(self, events: AsyncIterator[bytes], close: Callable[[], None], *, patience: float = PATIENCE) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._close = close
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with anyio.create_task_group() as tasks:

                async def leave() -> None:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    tasks.cancel_scope.cancel()

                tasks.start_soon(leave)
                await self._send(send)
                tasks.cancel_scope.cancel()
        finally:
            self._close()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._events:
            with anyio.move_on_after(self._patience) as waiting:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if waiting.cancelled_caught:
                return  # not ended properly, so that the server closes the connection
        await send({"type": "http.response.body", "body": b"", "more_body": False})
