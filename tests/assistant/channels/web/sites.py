"""A web application over accounts in memory, and a way to serve it over real sockets."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from types import MappingProxyType

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from assistant.accounts.access import StoredAccess
from assistant.accounts.in_memory import access_in_memory
from assistant.accounts.open_access import OpenAccess
from assistant.accounts.port import Access
from assistant.accounts.types import Account, Grant
from assistant.channels.web.application import Lifespan, Rooms, web_application
from assistant.channels.web.identity import IdentityProvider
from assistant.channels.web.limits import Patience
from assistant.channels.web.readiness import Check, Readiness
from assistant.channels.web.serving import WebServer, listen
from assistant.settings import Settings

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PASSWORD = "korrekt-pferd-batterie"  # of everybody who has one
FORM = {"content-type": "application/x-www-form-urlencoded"}
PAGE = {"accept": "text/html"}


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Site:
    app: FastAPI
    access: Access
    clock: Clock

    def browser(self, base_url: str = "http://127.0.0.1", **more: object) -> TestClient:
        """A browser of its own, with its own cookies."""
        return TestClient(self.app, base_url=base_url, follow_redirects=False, **more)

    def signed_in(self, login: str, base_url: str = "http://127.0.0.1") -> TestClient:
        browser = self.browser(base_url)
        answer = sign_in(browser, login)
        assert answer.status_code == 303, answer.text
        return browser


def sign_in(browser: TestClient, login: str, password: str = PASSWORD, **more: str):
    return browser.post("/sign-in", data={"login": login, "password": password, **more}, headers=PAGE)


def cookie(answer, name: str = "qunxiang") -> Morsel[str]:
    return SimpleCookie(answer.headers["set-cookie"])[name]


def form_token(browser) -> str:
    page = browser.get("/password", headers=PAGE).text
    return page.split('name="form_token" value="')[1].split('"')[0]


def accounts(clock: Clock) -> StoredAccess:
    """`ann` is an administrator, `bo` and `cy` are not; `new` has to choose a password first."""
    access = access_in_memory(clock=clock)
    ann = access.first_administrator("ann", "Ann", PASSWORD)
    for login in ("bo", "cy"):
        account, _ = access.create(login, name=login.title(), grants=(Grant("marketer"),), by=ann, password=PASSWORD)
        access.update(settled(account), by=ann)
    access.create("new", name="New", grants=(Grant("marketer"),), by=ann, password=PASSWORD)
    return access


def settled(account: Account) -> Account:
    from dataclasses import replace

    return replace(account, must_change_password=False, revision=account.revision)


def local_person() -> Account:
    return Account(login="local", name="local", grants=(Grant("marketer"),), created_at=START, updated_at=START)


def no_accounts() -> OpenAccess:
    return OpenAccess(local_person())


def all_well() -> Readiness:
    return Readiness((Check(name="state"), Check(name="data")))


@dataclass(frozen=True, kw_only=True)
class Parts:
    mount_page: Callable[[FastAPI], object] | None = None
    outbox: Path | None = None
    doors: Mapping[str, ASGIApp] = field(default_factory=lambda: MappingProxyType({}))
    lifespans: tuple[Lifespan, ...] = ()
    ready: Callable[[], Readiness] = all_well
    provider: IdentityProvider | None = None
    patience: Patience | None = None


def site(access: Access | None = None, parts: Parts = Parts(), clock: Clock | None = None, **settings: object) -> Site:
    clock = clock or Clock()
    access = access or accounts(clock)
    numbers = itertools.count(1)
    app = web_application(
        access=access,
        settings=Settings(**settings),
        rooms=Rooms(mount_page=parts.mount_page, outbox=parts.outbox, doors=parts.doors, lifespans=parts.lifespans),
        ready=parts.ready,
        clock=clock,
        new_number=lambda: f"n{next(numbers)}",
        provider=parts.provider,
        patience=parts.patience,
    )
    return Site(app, access, clock)


@contextmanager
def served(app: FastAPI, *, open_streams: int = 20, patience: Patience | None = None) -> Iterator[WebServer]:
    """`app` on a free port of this machine, for as long as the block lasts."""
    server = WebServer(app, listen("127.0.0.1", 0, only_here=True), open_streams=open_streams, patience=patience)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.serves)
        yield server
    finally:
        server.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def said(server: WebServer, sent: bytes) -> bytes:
    """All that the server says to raw bytes until it closes the connection."""
    with connected(server) as line:
        line.sendall(sent)
        return rest_of(line)


def connected(server: WebServer) -> socket.socket:
    host, port = server.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def rest_of(line: socket.socket) -> bytes:
    heard = b""
    while True:
        try:
            part = line.recv(65536)
        except ConnectionResetError:
            return heard
        if not part:
            return heard
        heard += part
