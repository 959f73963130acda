"""The server process: one listening socket, one loop, and a stop that lets answers end."""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Final, cast

import uvicorn
from fastapi import FastAPI

from assistant.accounts.loopback import is_loopback
from assistant.accounts.port import Access
from assistant.channels.web.connections import BoundedConnection
from assistant.channels.web.limits import Patience
from assistant.channels.web.streams import Stopping
from assistant.settings import Settings
from semantic_layer.errors import Text, UserError

_HEAD_BYTES: Final = 32 * 1024
_CONNECTIONS: Final = 5  # open connections, as a multiple of the answers that may stream at once
_OTHER_FILES: Final = 500  # databases, downloads, and what stands between the threads
_BACKLOG: Final = 512


class ListenError(UserError):
    """The address cannot be listened on."""


def listen(host: str, port: int, *, only_here: bool) -> socket.socket:
    """A socket bound to `host`; a `port` of 0 takes a free one. Raises `ListenError` in words.

    With `only_here` an address that other machines reach is refused: nobody is asked for a password.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise ListenError(
            Text(
                f"没有名为「{host}」的地址。请用 127.0.0.1（只有本机）或 0.0.0.0（所有网卡），见 QUNXIANG_HOST。",
                f"No address is called {host!r}. Use 127.0.0.1 (this machine only) or 0.0.0.0 (every network); see QUNXIANG_HOST.",
            )
        ) from None
    if only_here and not all(is_loopback(str(address[4][0])) for address in found):
        raise ListenError(
            Text(
                f"没有账号时只在本机（127.0.0.1）提供服务，不在 {host} 上。请先建立第一个账号：qunxiang users add ann --name Ann --administrator，再启动。",
                f"Without accounts the page is served on this machine only (127.0.0.1), not on {host}. Make the first account, then start again: qunxiang users add ann --name Ann --administrator.",
            )
        )
    family, _, _, _, address = found[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise ListenError(_why(error, host, port)) from None
    return bound


def _why(error: OSError, host: str, port: int) -> Text:
    if error.errno == errno.EADDRINUSE:
        return Text(
            f"{host} 的端口 {port} 已被占用：可能已经有一个在运行。请换一个端口（--port 或 QUNXIANG_PORT），或先停掉那一个。",
            f"Port {port} on {host} is taken: perhaps the product already runs. Choose another (--port or QUNXIANG_PORT), or stop that one first.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Text(
            f"不能使用端口 {port}：小于 1024 的端口需要系统权限。请用大于 1024 的端口，前面放反向代理。",
            f"Port {port} may not be used: ports below 1024 need rights of the system. Take one above 1024, behind a reverse proxy.",
        )
    return Text(
        f"不能在 {host}:{port} 上提供服务：{error.strerror}。{host} 须是这台机器的地址。",
        f"Cannot serve on {host}:{port}: {error.strerror}. {host} must be an address of this machine.",
    )


class WebServer:
    """Serves `app` on a bound socket until `stop`, SIGTERM or SIGINT."""

    def __init__(
        self, app: FastAPI, bound: socket.socket, *, open_streams: int, patience: Patience | None = None
    ) -> None:
        patience = patience or Patience()
        self._bound = bound
        self._files = open_streams * _CONNECTIONS + _OTHER_FILES
        protocol = partial(BoundedConnection, head_seconds=patience.head, most=open_streams * _CONNECTIONS)
        config = uvicorn.Config(
            app,
            http=cast("type[BoundedConnection]", protocol),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=patience.idle,
            timeout_graceful_shutdown=patience.stopping,
            h11_max_incomplete_event_size=_HEAD_BYTES,
        )
        self._server = _Server(config, app.state.stopping)

    @property
    def address(self) -> str:
        """Where it serves, such as `http://127.0.0.1:7860`."""
        host, port = self._bound.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def serves(self) -> bool:
        """Whether it has begun to take requests, and was not told to stop."""
        return self._server.started and not self._server.should_exit

    def run(self) -> None:
        """Returns when the last answer has ended, or had to be cut."""
        _allow_open_files(self._files)
        self._server.run(sockets=[self._bound])

    def stop(self) -> None:
        """From any thread."""
        self._server.should_exit = True


def _allow_open_files(wanted: int) -> None:
    """Each connection is a file to the system, and the usual limit is soft."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class _Server(uvicorn.Server):
    """Ends streams before it waits for them, and leaves it to the caller what a signal means for the process."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.begin()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def serve(
    app: FastAPI, *, access: Access, settings: Settings, opened: Callable[[str], None], patience: Patience | None = None
) -> None:
    """Serve on `settings.host` and `settings.port` until the process is told to stop; `opened` hears the address.

    Raises `ListenError` before anything is served.
    """
    bound = listen(settings.host, settings.port, only_here=access.local is not None)
    server = WebServer(app, bound, open_streams=settings.open_streams, patience=patience)
    opened(server.address)
    server.run()
