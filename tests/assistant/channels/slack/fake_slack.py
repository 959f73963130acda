"""Slack as it is seen from outside: its Web API over real HTTP and Socket Mode over a real WebSocket, on 127.0.0.1.

It keeps what was posted, checks every message against the documented limits, and can be rate-limited, revoked and cut off.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.assistant.channels.slack.limits import faults_of_message, faults_of_view

TEAM = "T1"
BOT = "UBOT"
READING = {"users.info", "users.list", "conversations.info", "conversations.members"}


@dataclass
class Posted:
    """A message as it stands now; `history` holds what it said before. `only` is set for one that a single person sees."""

    channel: str
    ts: str
    thread: str
    text: str
    blocks: list[dict[str, Any]]
    only: str = ""
    history: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        return json.dumps([self.text, self.blocks], ensure_ascii=False)

    def elements(self) -> list[dict[str, Any]]:
        return [one for block in self.blocks if block["type"] == "actions" for one in block["elements"]]

    def element(self, begins: str) -> dict[str, Any]:
        return next(one for one in self.elements() if one["action_id"].startswith(begins))


@dataclass
class Uploaded:
    name: str
    title: str
    described: str
    content: bytes = b""
    channel: str = ""
    thread: str = ""


def user(name: str, **other: Any) -> dict[str, Any]:
    about = {"id": name, "team_id": TEAM, "deleted": False, "is_bot": False, "locale": "zh-CN", "profile": {}}
    return about | other


class FakeSlack:
    """State of the workspace; tests read and change it freely."""

    def __init__(self) -> None:
        self.users = {name: user(name) for name in ("U1", "U2", "U3")}
        self.channels: dict[str, dict[str, Any]] = {"C1": {"id": "C1", "is_private": True}}
        self.members: dict[str, list[str]] = {"C1": ["U1", BOT]}
        self.messages: list[Posted] = []
        self.files: list[Uploaded] = []
        self.views: dict[str, list[dict[str, Any]]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.called: list[str] = []
        self.when: list[tuple[str, float]] = []
        self.faults: list[str] = []
        self.revoked: set[str] = set()
        self.limited: dict[str, int] = {}  # method → how many of the next calls are put off
        self.broken: dict[str, str] = {}  # method → error
        self.acks: dict[str, dict[str, Any]] = {}
        self.lock = threading.RLock()
        self.stamp = 1_790_000_000
        self.url = ""
        self.socket_url = ""
        self.sockets: queue.Queue[ServerConnection] = queue.Queue()
        self.connections = 0

    # --- what tests wait for and look at

    def wait(self, what: Callable[[], Any], seconds: float = 20.0) -> Any:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with self.lock:
                found = what()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError("waited in vain; " + "\n".join(f"{m.channel} {m.only} {m.whole}" for m in self.messages))

    def message(self, *parts: str, channel: str = "", only: str | None = None) -> Posted:
        """The newest message that says all of `parts`."""

        def found() -> Posted | None:
            for one in reversed(self.messages):
                here = not channel or one.channel == channel
                if here and (only is None or one.only == only) and all(part in one.whole for part in parts):
                    return one
            return None

        return self.wait(found)

    def seen_by_all(self, channel: str) -> str:
        """Everything that anybody in a channel could ever have read there."""
        with self.lock:
            shown = [one for one in self.messages if one.channel == channel and not one.only]
            texts = [text for one in shown for text in (*one.history, one.whole)]
            return "\n".join([*texts, *(f"{f.title} {f.described}" for f in self.files if f.channel == channel)])

    # --- the Web API

    def call(self, method: str, given: dict[str, Any], token: str) -> dict[str, Any]:
        with self.lock:
            self.called.append(method)
            if token in self.revoked:
                return {"ok": False, "error": "token_revoked"}
            if method in self.broken:
                return {"ok": False, "error": self.broken[method]}
            answer = getattr(self, "do_" + method.replace(".", "_"))(given)
            return {"ok": True, **answer} if "ok" not in answer else answer

    def do_auth_test(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"team_id": TEAM, "user_id": BOT, "bot_id": "B1"}

    def do_apps_connections_open(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.socket_url}

    def do_chat_postMessage(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = given["channel"]
        if channel not in self.members and not channel.startswith("D"):
            return {"ok": False, "error": "channel_not_found"}
        if channel in self.members and BOT not in self.members[channel]:
            return {"ok": False, "error": "not_in_channel"}
        return {"ts": self._post(given).ts, "channel": channel}

    def do_chat_postEphemeral(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["channel"] not in self.members or BOT not in self.members[given["channel"]]:
            return {"ok": False, "error": "not_in_channel"}
        return {"message_ts": self._post(given, only=given["user"]).ts}

    def do_chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        one = next((m for m in self.messages if m.ts == given["ts"] and m.channel == given["channel"]), None)
        if one is None or one.only:
            return {"ok": False, "error": "message_not_found"}
        self.faults += faults_of_message(given)
        one.history.append(one.whole)
        one.text, one.blocks = given["text"], given.get("blocks", [])
        return {"ts": one.ts}

    def _post(self, given: dict[str, Any], only: str = "") -> Posted:
        self.faults += faults_of_message(given)
        self.stamp += 1
        ts = f"{self.stamp}.000100"
        one = Posted(given["channel"], ts, given.get("thread_ts", ""), given["text"], given.get("blocks", []), only)
        self.messages.append(one)
        return one

    def do_conversations_open(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": f"D{given['users']}"}}

    def do_conversations_info(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"channel": self.channels[given["channel"]]}

    def do_conversations_members(self, given: dict[str, Any]) -> dict[str, Any]:
        start = int(given.get("cursor") or 0)
        ids, size = self.members[given["channel"]], int(given["limit"])
        more = str(start + size) if start + size < len(ids) else ""
        return {"members": ids[start : start + size], "response_metadata": {"next_cursor": more}}

    def do_users_info(self, given: dict[str, Any]) -> dict[str, Any]:
        known = self.users.get(given["user"])
        return {"user": known} if known else {"ok": False, "error": "user_not_found"}

    def do_users_list(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"members": list(self.users.values()), "response_metadata": {"next_cursor": ""}}

    def do_views_open(self, given: dict[str, Any]) -> dict[str, Any]:
        self.faults += faults_of_view(given["view"])
        name = f"V{len(self.views) + 1}"
        self.views[name] = [given["view"]]
        return {"view": {"id": name}}

    def do_views_update(self, given: dict[str, Any]) -> dict[str, Any]:
        self.faults += faults_of_view(given["view"])
        self.views.setdefault(given["view_id"], []).append(given["view"])
        return {"view": {"id": given["view_id"]}}

    def do_views_publish(self, given: dict[str, Any]) -> dict[str, Any]:
        self.faults += faults_of_view(given["view"])
        self.homes[given["user_id"]] = given["view"]
        return {}

    def do_files_getUploadURLExternal(self, given: dict[str, Any]) -> dict[str, Any]:
        if len(given.get("alt_txt", "")) > 1000:
            self.faults.append("alt_txt")
        self.files.append(Uploaded(given["filename"], "", given.get("alt_txt", "")))
        number = len(self.files) - 1
        return {"file_id": f"F{number}", "upload_url": f"{self.url}/upload/{number}"}

    def do_files_completeUploadExternal(self, given: dict[str, Any]) -> dict[str, Any]:
        files = json.loads(given["files"]) if isinstance(given["files"], str) else given["files"]
        for one in files:
            kept = self.files[int(one["id"][1:])]
            kept.title, kept.channel = one.get("title") or "", given.get("channel_id", "")
            kept.thread = given.get("thread_ts", "")
        return {"files": [{"id": one["id"]} for one in files]}

    # --- socket mode

    def socket(self, connection: ServerConnection) -> None:
        self.connections += 1
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        self.sockets.put(connection)
        try:
            for raw in connection:
                said = json.loads(raw)
                with self.lock:
                    self.acks[said["envelope_id"]] = said.get("payload") or {}
        except ConnectionClosed:
            return

    def deliver(
        self, connection: ServerConnection, envelope: str, kind: str, payload: dict[str, Any], retry: int = 0
    ) -> None:
        message: dict[str, Any] = {
            "type": kind,
            "envelope_id": envelope,
            "payload": payload,
            "accepts_response_payload": True,
        }
        connection.send(json.dumps(message | {"retry_attempt": retry}))
        self.wait(lambda: envelope in self.acks)


@contextmanager
def running(slack: FakeSlack, *, sockets: bool = False) -> Iterator[FakeSlack]:
    """Both servers for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # small answers must not wait for each other

        def do_GET(self) -> None:
            self._reply(parse_qs(urlsplit(self.path).query))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path.startswith("/upload/"):
                slack.files[int(self.path.rsplit("/", 1)[1])].content = raw
                self._send(200, b"OK", "text/plain")
                return
            kind = self.headers.get("content-type", "")
            given = json.loads(raw or b"{}") if kind.startswith("application/json") else parse_qs(raw.decode())
            self._reply(given)

        def _reply(self, given: dict[str, Any]) -> None:
            flat = {
                name: value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else value
                for name, value in given.items()
            }
            method = urlsplit(self.path).path.removeprefix("/api/")
            slack.when.append((method, time.monotonic()))
            if slack.limited.get(method, 0) > 0:
                slack.limited[method] -= 1
                self._send(429, b'{"ok": false, "error": "ratelimited"}', "application/json", {"Retry-After": "1"})
                return
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            self._send(200, json.dumps(slack.call(method, flat, token)).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **(more or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    slack.url = f"http://127.0.0.1:{web.server_address[1]}"
    threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    socket: Server | None = None
    if sockets:
        socket = serve(slack.socket, "127.0.0.1", 0)
        slack.socket_url = f"ws://127.0.0.1:{socket.socket.getsockname()[1]}/link"
        threading.Thread(target=socket.serve_forever, daemon=True).start()
    try:
        yield slack
    finally:
        if socket is not None:
            socket.shutdown()
        web.shutdown()
        web.server_close()
