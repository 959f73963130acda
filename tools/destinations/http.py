"""Requests to services: allowed hosts only, no redirects, the certificate looked at first, and every mishap a fate."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2

from semantic_layer.errors import Text, UserError
from semantic_layer.query.codec import Json
from tools.destinations.hosts import Hosts
from tools.destinations.pins import Pins
from tools.destinations.tls import Trust, Watch, refusal, watched
from tools.destinations.types import Fate

LONGEST_ANSWER: Final = 256 * 1024
_LATER: Final = (408, 425, 429, 503)
_NOT_US: Final = (401, 403, 404, 405, 407, 410)  # the address or the key is wrong, not this message
_LONGEST_WAIT: Final = 86_400.0
_DROPS: Final = 3  # times the wait for one piece of an answer, for all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. `hidden` are headers that a preview does not show."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ("Authorization",)

    def shown(self) -> str:
        """As a preview shows it."""
        head = [f"{self.method} {self.url}"]
        head += [f"{name}: {'****' if name in self.hidden else value}" for name, value in self.headers.items()]
        return "\n".join([*head, "", self.body.decode("utf-8", "replace")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `fate` is what its status alone says about the messages of the request."""

    fate: Fate
    why: Text = Text("", "")  # frozen
    status: int = 0  # 0 when nothing came back
    body: bytes = b""
    wait: float = 0.0
    down: bool = False

    def read(self) -> Mapping[str, Json]:
        """The body as a JSON object; an empty one when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all destinations of a process share."""

    hosts: Hosts
    pins: Pins
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


class Caller:
    """Calls one service. May be used from several threads at once."""

    def __init__(
        self, url: str, around: Surroundings, *, seconds: float, trust: Trust = "authority", ca: Path | None = None
    ) -> None:
        self._url = url
        self._around = around
        self._seconds = seconds
        self._trust = trust
        self._ca = ca
        self._transport: httpx2.HTTPTransport | None = None
        self._lock = threading.Lock()

    def call(self, request: Request) -> Answer:
        """Raises nothing: whatever happens is in the answer."""
        try:
            self._around.hosts.checked(request.url)
            status, headers, body = self._exchanged(request)
        except UserError as error:
            return Answer(fate=Fate.AGAIN, why=error.message, down=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            return Answer(fate=Fate.AGAIN, why=self._unreachable(error), down=True)
        except httpx2.PoolTimeout:
            return Answer(fate=Fate.AGAIN, why=Text("连接都在使用中", "all connections are in use"))
        except httpx2.HTTPError as error:
            return Answer(fate=Fate.UNSURE, why=_broken(error))
        return judged(status, headers, body, self._around.clock())

    def check(self) -> tuple[Text, ...]:
        """Whether the service can be reached with the certificate that is remembered; no request is made."""
        parts = urlsplit(self._url)
        try:
            self._around.hosts.checked(self._url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            with socket.create_connection((parts.hostname or "", port), timeout=self._seconds) as plain:
                if parts.scheme == "https":
                    self._context().wrap_socket(plain, server_hostname=parts.hostname).close()
        except UserError as error:
            return (error.message,)
        except (OSError, ValueError) as error:
            return (self._unreachable(error),)
        return ()

    def close(self) -> None:
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _exchanged(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        """One request, straight to the transport: no redirects, no proxies and credentials of the environment, and no line
        in a log, where an address could hold a secret.
        """
        asked = httpx2.Request(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            extensions={"timeout": httpx2.Timeout(self._seconds).as_dict()},
        )
        response = self._opened().handle_request(asked)
        try:
            return response.status_code, response.headers, self._read(response)
        finally:
            response.close()

    def _read(self, response: httpx2.Response) -> bytes:
        """The answer up to `LONGEST_ANSWER` bytes; neither the rest nor one that comes in drops is waited for."""
        body, end = bytearray(), self._around.clock() + timedelta(seconds=_DROPS * self._seconds)
        for part in response.iter_bytes():
            body += part
            if len(body) >= LONGEST_ANSWER or self._around.clock() > end:
                break
        return bytes(body[:LONGEST_ANSWER])

    def _opened(self) -> httpx2.HTTPTransport:
        with self._lock:
            if self._transport is None:
                # Without TLS there is nothing to verify, and reading the authorities takes long.
                context = self._context() if self._url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                self._transport = httpx2.HTTPTransport(verify=context, trust_env=False)
            return self._transport

    def _context(self) -> ssl.SSLContext:
        parts = urlsplit(self._url)
        watch = Watch(
            place=f"{parts.hostname}:{parts.port or 443}",
            pins=self._around.pins,
            clock=self._around.clock,
            trust=self._trust,
            inside=self._around.hosts.checked(self._url).private,
        )
        return watched(httpx2.create_ssl_context(), watch, ca=self._ca)

    def _unreachable(self, error: Exception) -> Text:
        refused = refusal(error)
        if refused is not None:
            return refused
        host = urlsplit(self._url).netloc
        return Text(f"连不上 {host}：{error}", f"{host} cannot be reached: {error}")


def judged(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
    """What an HTTP status says. A server that failed in the middle (500, 502, 504) may have done its work."""
    said = Text(f"对方返回 {status}", f"the other side answered {status}")
    if 200 <= status < 300:
        return Answer(fate=Fate.ACCEPTED, status=status, body=body)
    if status in _LATER:
        wait = retry_after(headers.get("retry-after", ""), now)
        return Answer(fate=Fate.AGAIN, why=said, status=status, body=body, wait=wait)
    if status in _NOT_US or 300 <= status < 400:
        hint = Text("：请检查地址和密钥", ": check address and key")
        return Answer(
            fate=Fate.AGAIN, why=Text(said.zh + hint.zh, said.en + hint.en), status=status, body=body, down=True
        )
    if status >= 500:
        wait = retry_after(headers.get("retry-after", ""), now)
        return Answer(fate=Fate.UNSURE, why=said, status=status, body=body, wait=wait)
    return Answer(fate=Fate.REFUSED, why=said, status=status, body=body)


def retry_after(value: str, now: datetime) -> float:
    """Seconds that a `Retry-After` header asks for (RFC 9110, section 10.2.3: a number, or a date); 0 when it says nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)


def as_json(value: Json) -> bytes:
    """One text for one value, so that the same request is the same bytes each time."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _broken(error: httpx2.HTTPError) -> Text:
    what = type(error).__name__
    return Text(
        f"等待答复时连接中断（{what}），可能已经送达",
        f"the connection broke while waiting ({what}): it may have arrived",
    )
