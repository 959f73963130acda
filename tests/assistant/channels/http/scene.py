"""The interface over the scripted workspace, mounted as it is served, with people, keys and a clock that tests hold."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Account, ApiKey, Grant, KeyHolder, KeyRefusedError, Scope
from assistant.channels.http.api import api
from assistant.channels.http.events import Inlets
from assistant.channels.http.requests import RequestsInMemory, RequestStore
from assistant.channels.scripted import ScriptedAssistant, ScriptedWorkspace
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import Workspace
from assistant.settings import Settings
from semantic_layer.errors import Text

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"
REFUSED = Text("密钥无效", "The key is not valid")


def account(login: str, *grants: Grant) -> Account:
    return Account(login=login, name=login.title(), grants=grants, created_at=NOW, updated_at=NOW)


ANA = account("ana", Grant("analyst"))
BEN = account("ben", Grant("analyst", "retail"))
NEMO = account("nemo")


class Keys(OpenAccess):
    """An access with accounts, whose keys the test writes down; it looks at a clock of its own."""

    def __init__(self) -> None:
        super().__init__(NEMO)
        self.now = NOW
        self.holders: dict[str, KeyHolder] = {}

    @property
    def local(self) -> Account | None:
        return None

    def issue(self, who: Account, *scopes: Scope, expires_at: datetime | None = None) -> str:
        number = len(self.holders) + 1
        secret = f"qx_{number:032d}"
        key = ApiKey(
            id=f"k{number}",
            login=who.login,
            label="test",
            hint=secret[:6],
            scopes=scopes or tuple(Scope),
            created_at=NOW,
            expires_at=expires_at,
        )
        self.holders[secret] = KeyHolder(account=who, key=key)
        return secret

    def key(self, secret: str) -> KeyHolder:
        holder = self.holders.get(secret)
        if holder is None or (holder.key.expires_at is not None and holder.key.expires_at <= self.now):
            raise KeyRefusedError(REFUSED)
        return holder


def scripted(folder: Path, told: list[str]) -> ScriptedWorkspace:
    return ScriptedWorkspace(folder, picture=lambda chart, dark: SVG, note=told.append)


@dataclass
class Scene:
    """`client()` speaks for somebody; ids are n0, n1, …"""

    workspace: Workspace
    access: OpenAccess
    requests: RequestStore = field(default_factory=RequestsInMemory)
    streams: OpenStreams = field(default_factory=lambda: OpenStreams(20))
    most: int = 20
    now: datetime = NOW
    heartbeat: float = 15.0
    inlets: Inlets | None = None

    def __post_init__(self) -> None:
        numbers = itertools.count()
        self.api = api(
            self.workspace,
            self.access,
            requests=self.requests,
            streams=self.streams,
            settings=Settings(open_streams=self.most),
            clock=lambda: self.now,
            new_id=lambda: f"n{next(numbers)}",
            heartbeat=self.heartbeat,
            inlets=self.inlets,
        )
        self.app = Starlette(routes=[Mount("/v1", self.api)])

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def client(self, who: Account | None = ANA, *scopes: Scope, host: str = "127.0.0.1", **headers: str) -> TestClient:
        sent: dict[str, Any] = {"Accept-Language": "en", **headers}
        if who is not None:
            assert isinstance(self.access, Keys)
            sent["Authorization"] = f"Bearer {self.access.issue(who, *scopes)}"
        return TestClient(self.app, base_url="http://127.0.0.1/v1", client=(host, 50000), headers=sent)


def assistant_of(workspace: Workspace, data_set: str = "retail") -> ScriptedAssistant:
    found = workspace.assistant(data_set)
    assert isinstance(found, ScriptedAssistant)
    return found


@contextmanager
def served(app: Starlette) -> Iterator[tuple[str, int]]:
    """The application over real sockets on this machine: its host and port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join(10)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that other threads bring about."""
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came about")


def asked(address: tuple[str, int], key: str, question: str, *, stream: bool = True) -> socket.socket:
    """A connection on which a question was sent and nothing was read."""
    body = json.dumps({"question": question}).encode()
    accept = "text/event-stream" if stream else "application/json"
    head = f"POST /v1/ask HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nAccept: {accept}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = socket.create_connection(address, timeout=10)
    connection.sendall(head.encode() + body)
    return connection
