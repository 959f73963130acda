"""An OpenAI-compatible server that does what a script says, over real HTTP on this machine, and keeps what it was sent.

    with OpenAIServer(says('{"a": 1}'), status(500), refuses("No.")) as server:
        ...  # ask server.url
    assert len(server.asked) == 3

Each POST takes one step of the script; when none is left, the last one is repeated. GET /models lists `models`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass(frozen=True)
class Seen:
    """One request, as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: dict[str, Any]
    raw: bytes = b""


class Talk:
    """What a step may do with the connection of one request."""

    def __init__(self, handler: BaseHTTPRequestHandler, seen: Seen, stopping: threading.Event) -> None:
        self.handler = handler
        self.seen = seen
        self.stopping = stopping

    @property
    def streams(self) -> bool:
        return bool(self.seen.body.get("stream"))

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def begin_stream(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("content-type", "text/event-stream")
        self.handler.send_header("transfer-encoding", "chunked")
        self.handler.end_headers()

    def piece(self, data: bytes) -> None:
        self.handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.handler.wfile.flush()

    def event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        self.piece(f"data: {text}\n\n".encode())

    def hang_up(self) -> None:
        self.handler.close_connection = True
        with contextlib.suppress(OSError):
            self.handler.connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> None:
        """For as long, or until the server stops."""
        self.stopping.wait(seconds)


Step = Callable[[Talk], None]


def message(
    step_message: Mapping[str, Any], *, finish: str | None = "stop", usage: object = USAGE, model: str = ""
) -> Step:
    """An answer in full: one JSON body, or the same in small chunks when a stream was asked for."""

    def step(talk: Talk) -> None:
        name = model or talk.seen.body.get("model", "")
        if talk.streams:
            talk.begin_stream()
            for chunk in chunks_of(step_message, finish=finish, model=name):
                talk.event(chunk)
            if usage and talk.seen.body.get("stream_options", {}).get("include_usage"):
                talk.event(
                    {
                        "id": "c",
                        "object": "chat.completion.chunk",
                        "created": 1,
                        "model": name,
                        "choices": [],
                        "usage": usage,
                    }
                )
            talk.event("[DONE]")
            talk.piece(b"")
            return
        full = {"role": "assistant", "content": None, **step_message}
        body = {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": name,
            "choices": [{"index": 0, "message": full, "finish_reason": finish}],
            **({"usage": usage} if usage else {}),
        }
        talk.send(200, json.dumps(body, ensure_ascii=False).encode())

    return step


def chunks_of(step_message: Mapping[str, Any], *, finish: str | None, model: str) -> Iterator[dict[str, Any]]:
    def chunk(delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for field_name in ("content", "refusal"):
        text = step_message.get(field_name) or ""
        for start in range(0, len(text), 7):
            yield chunk({field_name: text[start : start + 7]})
    for index, call in enumerate(step_message.get("tool_calls") or ()):
        function = call["function"]
        head = {
            "index": index,
            "id": call["id"],
            "type": "function",
            "function": {"name": function["name"], "arguments": ""},
        }
        yield chunk({"tool_calls": [head]})
        for start in range(0, len(function["arguments"]), 7):
            part = {"index": index, "function": {"arguments": function["arguments"][start : start + 7]}}
            yield chunk({"tool_calls": [part]})
    yield chunk({}, finish)


def says(text: str, **how: Any) -> Step:
    return message({"content": text}, **how)


def calls(*named: tuple[str, object], content: str | None = None, finish: str = "tool_calls", **how: Any) -> Step:
    """Calls of tools: pairs of a name and arguments, which are sent as they are when they are text."""
    made = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
            },
        }
        for number, (name, arguments) in enumerate(named)
    ]
    return message({"content": content, "tool_calls": made}, finish=finish, **how)


def refuses(words: str) -> Step:
    return message({"refusal": words})


def status(code: int, said: str = "", *, error: object = None, **headers: str) -> Step:
    """An error in the form of OpenAI."""
    body = {"error": error if error is not None else {"message": said, "type": "error", "code": None}}
    return lambda talk: talk.send(code, json.dumps(body).encode(), **headers)


def page(code: int = 200, html: str = "<html><title>Welcome</title><body>Sign in</body></html>") -> Step:
    return lambda talk: talk.send(code, html.encode(), "text/html")


def raw(code: int, body: bytes, kind: str = "application/json", **headers: str) -> Step:
    return lambda talk: talk.send(code, body, kind, **headers)


def stream_of(*events: object) -> Step:
    """A stream of exactly these events."""

    def step(talk: Talk) -> None:
        talk.begin_stream()
        for event in events:
            talk.event(event)
        talk.piece(b"")

    return step


def breaks_off(text: str, *, cleanly: bool = False) -> Step:
    """A stream that ends in the middle: the connection is cut, or closed as if all were said."""

    def step(talk: Talk) -> None:
        talk.begin_stream()
        for chunk in list(chunks_of({"content": text}, finish=None, model="m"))[:-1]:
            talk.event(chunk)
        if cleanly:
            talk.piece(b"")
        else:
            talk.hang_up()

    return step


def hangs_up() -> Step:
    """Closes the connection without a word."""
    return Talk.hang_up


def silent(seconds: float = 60.0) -> Step:
    """Says nothing at all for so long, then hangs up."""

    def step(talk: Talk) -> None:
        talk.wait(seconds)
        talk.hang_up()

    return step


def drips(text: str = '{"id": "c", "choices": []}', *, every: float = 0.05, where: str = "body") -> Step:
    """One byte at a time and without end, in the headers, in a plain body, or between the events of a stream."""

    def step(talk: Talk) -> None:
        try:
            if where == "headers":
                talk.handler.connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
            else:
                talk.begin_stream()
            while not talk.stopping.wait(every):
                match where:
                    case "headers":
                        talk.handler.connection.sendall(b"a")
                    case "events":
                        talk.event(next(chunks_of({"content": "a"}, finish=None, model="m")) | {"choices": _A})
                    case _:
                        talk.piece(b" ")
        except OSError:
            talk.hang_up()

    return step


_A = [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]


def floods() -> Step:
    """A body without end, as fast as it is taken."""

    def step(talk: Talk) -> None:
        try:
            talk.begin_stream()
            while not talk.stopping.is_set():
                talk.piece(b" " * 65536)
        except OSError:
            talk.hang_up()

    return step


@dataclass
class OpenAIServer:
    """Starts and stops with a `with` block, or by `start` and `stop`."""

    script: Sequence[Step] = ()
    models: Sequence[str] = ("small-model", "large-model")
    certificate: Path | None = None  # a PEM file with key and certificate; then it speaks https
    requests: list[Seen] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)  # set by each POST
    gone: threading.Event = field(default_factory=threading.Event)  # set when a step is over

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        assert self._server is not None
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def asked(self) -> list[Seen]:
        """The requests that reached a model: POSTs."""
        return [seen for seen in self.requests if seen.method == "POST"]

    def says(self, *script: Step) -> None:
        """Begin a new script, and forget what was sent."""
        with self._lock:
            self.script = list(script)
            self.requests.clear()

    def start(self) -> OpenAIServer:
        self.script = list(self.script)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _next(self, seen: Seen) -> Step:
        with self._lock:
            self.requests.append(seen)
            if seen.method != "POST":
                return lambda talk: talk.send(
                    200, json.dumps({"object": "list", "data": [{"id": m} for m in self.models]}).encode()
                )
            script = list(self.script)
            if len(script) > 1:
                self.script = script[1:]
        self.arrived.set()
        return script[0] if script else status(500, "no script")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client went away
                    super().handle()

            def do_GET(self) -> None:
                self._take(b"")

            def do_POST(self) -> None:
                self._take(self.rfile.read(int(self.headers.get("content-length") or 0)))

            def _take(self, data: bytes) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, self.path, headers, json.loads(data) if data else {}, data)
                try:
                    server._next(seen)(Talk(self, seen, server._stopping))
                except OSError:
                    self.close_connection = True
                finally:
                    if self.command == "POST":
                        server.gone.set()

        return Handler


def self_signed(folder: Path, host: str = "127.0.0.1") -> Path:
    """A new key and certificate that nobody vouches for, in one PEM file."""
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=IP:{host}", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
