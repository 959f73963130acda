"""Connections with bounds of their own: how many, and how long a head may take to arrive."""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s"
)
_BUSY_WORDS: Final = "连接太多，请稍后再试。Too many connections; try again in a moment.\n".encode()


class BoundedConnection(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, for senders that may be slow on purpose.

    uvicorn itself waits for ever for a request that never becomes whole.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        head_seconds: float,
        most: int,
    ) -> None:
        super().__init__(config=config, server_state=server_state, app_state=app_state, _loop=_loop)
        self._head_seconds = head_seconds
        self._most = most
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._most:
            transport.write(_BUSY % (len(_BUSY_WORDS), _BUSY_WORDS))
            transport.close()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._serves():
            self._wait_no_more()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _serves(self) -> bool:
        """Whether a whole head is here and its answer is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        """From the first byte on; more bytes do not buy more time."""
        if self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self._head_seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self._serves() or self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE:
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()
