"""A door to the scripted workspace behind the fake Slack, in HTTP mode: signed requests in, messages out."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Account, Grant
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.slack.door import SlackDoor, slack_door
from assistant.channels.slack.store import SlackStore, SlackStoreInMemory
from assistant.channels.slack.words import WORDS
from assistant.settings import Settings
from tests.assistant.channels.slack.fake_slack import TEAM, FakeSlack, Posted, running

SECRET = "signing-canary-1"
TOKEN = "xoxb-canary-2"
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Book(OpenAccess):
    """Accounts as a test writes them down."""

    def __init__(self) -> None:
        super().__init__(account("nobody"))
        self.people: dict[str, Account] = {}

    @property
    def local(self) -> Account | None:
        return None

    def add(self, one: Account) -> None:
        self.people[one.login] = one

    def by_identity(self, identity: str) -> Account | None:
        return next((one for one in self.people.values() if identity in one.identities and one.active), None)

    def by_email(self, email: str) -> Account | None:
        return next((one for one in self.people.values() if one.email == email and one.active), None)


def account(login: str, *, slack: str = "", roles: tuple[str, ...] = ("analyst",), email: str = "") -> Account:
    return Account(
        login=login,
        name=login,
        grants=tuple(Grant(role) for role in roles),
        identities=(f"slack:{TEAM}:{slack}",) if slack else (),
        email=email,
        created_at=NOW,
        updated_at=NOW,
    )


class Kit:
    """A running door with everything around it."""

    def __init__(self, fake: FakeSlack, folder: Path, *, store: SlackStore | None = None, **settings: Any) -> None:
        self.slack = fake
        self.book = Book()
        self.book.add(account("ana", slack="U1"))
        self.told: list[str] = []
        self.clock = Clock()
        self.numbers = count(1)
        self.store = store or SlackStoreInMemory()
        self.workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: SVG, note=self.told.append)
        chosen: dict[str, Any] = {
            "slack": "http",
            "slack_bot_token": SecretStr(TOKEN),
            "slack_app_token": SecretStr("xapp-canary-3"),
            "slack_signing_secret": SecretStr(SECRET),
            "slack_api_url": f"{fake.url}/api/",
            "base_url": "https://ask.example.com",
            "home": folder,
        }
        self.settings = Settings(**(chosen | settings))
        self.door = self.new_door()

    def new_door(self) -> SlackDoor:
        """A door on the same store, as after a restart."""
        return slack_door(
            self.workspace,
            self.book,
            self.settings,
            store=self.store,
            clock=self.clock,
            new_id=lambda: f"id{next(self.numbers):06d}",
        )

    def start(self) -> Kit:
        self.door.start()
        self.slack.wait(lambda: self.door.said() in (WORDS["listening"], WORDS["connected"]))
        return self

    def restart(self) -> None:
        self.door.stop()
        self.clock.pass_by(1)
        self.door = self.new_door()
        self.start()

    def wait_idle(self, seconds: float = 20.0) -> None:
        """Until nothing runs any more."""

        def idle() -> bool:
            counter = self.door._counter
            return counter is not None and counter._questions._count == 0 and counter._quick._count == 0

        self.slack.wait(idle, seconds)

    # --- what Slack sends

    def post(self, path: str, body: str, kind: str = "application/json", **header: str) -> tuple[int, str]:
        """A signed request, as Slack would send it; `header` overrides what is sent. Status and body."""
        stamp = header.pop("stamp", str(int(time.time())))
        secret = header.pop("secret", SECRET)
        signed = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "content-type": kind,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={signed}",
            **header,
        }
        return asyncio.run(call(self.door.asgi, path, body.encode(), headers))

    def event(self, event: dict[str, Any], *, event_id: str = "", **header: str) -> tuple[int, str]:
        body = {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": event_id or f"Ev{next(self.numbers)}",
            "event": event,
        }
        return self.post("/slack/events", json.dumps(body, ensure_ascii=False), **header)

    def mention(self, text: str, *, user: str = "U1", channel: str = "C1", thread: str = "", **more: Any) -> str:
        """Somebody mentions the app; the time stamp of what they wrote."""
        ts = f"1700000{next(self.numbers):03d}.000200"
        event = {"type": "app_mention", "user": user, "channel": channel, "ts": ts, "text": f"<@UBOT> {text}"}
        assert self.event(event | ({"thread_ts": thread} if thread else {}) | more)[0] == 200
        return ts

    def direct(self, text: str, *, user: str = "U1", **more: Any) -> str:
        ts = f"1700000{next(self.numbers):03d}.000300"
        event = {"type": "message", "channel_type": "im", "user": user, "channel": f"D{user}", "ts": ts, "text": text}
        assert self.event(event | more)[0] == 200
        return ts

    def ask(self, text: str, *, user: str = "U1", channel: str = "C1") -> None:
        body = {"command": "/ask", "text": text, "user_id": user, "channel_id": channel, "team_id": TEAM}
        form = urlencode(body | {"trigger_id": f"t{next(self.numbers)}"})
        assert self.post("/slack/commands", form, "application/x-www-form-urlencoded") == (200, "")

    def interact(self, payload: dict[str, Any]) -> str:
        whole = {"trigger_id": f"t{next(self.numbers)}", "team": {"id": TEAM}} | payload
        form = urlencode({"payload": json.dumps(whole)})
        status, body = self.post("/slack/interactions", form, "application/x-www-form-urlencoded")
        assert status == 200
        return body

    def press(self, message: Posted, begins: str, *, user: str = "U1", choose: int | None = None, **more: Any) -> None:
        element = message.element(begins)
        action = {"action_id": element["action_id"], "type": element["type"], "value": element.get("value")}
        if choose is not None:
            action |= {"selected_option": element["options"][choose]}
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "channel": {"id": message.channel},
            "container": {"message_ts": message.ts, "channel_id": message.channel, "thread_ts": message.thread},
            "message": {"ts": message.ts, "thread_ts": message.thread},
            "actions": [action],
        }
        self.interact(payload | more)

    def submit(self, view: dict[str, Any], view_id: str, values: dict[str, Any], *, user: str = "U1") -> dict[str, Any]:
        state = {name: {name: value} for name, value in values.items()}
        sent = {**view, "id": view_id, "state": {"values": state}}
        return json.loads(self.interact({"type": "view_submission", "user": {"id": user}, "view": sent}))


async def call(asgi: Any, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, str]:
    """One request to an application mounted at /slack."""
    sent: list[dict[str, Any]] = []
    halves = [body[: len(body) // 2], body[len(body) // 2 :]]
    parts = iter(
        [{"type": "http.request", "body": halves[0], "more_body": True}, {"type": "http.request", "body": halves[1]}]
    )

    async def receive() -> dict[str, Any]:
        return next(parts)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "/slack",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await asgi(scope, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:]).decode()


@pytest.fixture(scope="module")
def servers() -> Iterator[FakeSlack]:
    """One server for a module; each test gets it empty."""
    with running(FakeSlack(), sockets=False) as slack:
        yield slack


@pytest.fixture
def slack(servers: FakeSlack) -> FakeSlack:
    url, lock = servers.url, threading.RLock()
    servers.__init__()  # type: ignore[misc]
    servers.url, servers.lock = url, lock
    return servers


@pytest.fixture
def kit(slack: FakeSlack, tmp_path: Path) -> Iterator[Kit]:
    made = Kit(slack, tmp_path).start()
    yield made
    made.door.stop()
    assert slack.faults == []  # no message broke a limit of Slack's


def with_roles(one: Account, *roles: str) -> Account:
    return replace(one, grants=tuple(Grant(role) for role in roles))
