"""A small OpenID provider over HTTP on 127.0.0.1. Each way in which one can be wrong is a field to set."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SECRET = "qunxiang", "canary-client-secret"


def flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@dataclass(kw_only=True)
class Provider:
    """What the provider is and does. `claims` are laid over the right ones; `None` takes one away."""

    address: str = ""
    now: int = 0
    claims: dict[str, object] = field(default_factory=dict)
    discovery: dict[str, object] = field(default_factory=dict)
    userinfo: dict[str, object] | None = None
    algorithm: str = "ES256"
    token_answer: tuple[int, bytes] | None = None
    seconds: float = 0.0
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}, auto_kid=False))
    shown_key: ECKey | None = None

    def authorised(self, address: str) -> dict[str, str]:
        """Somebody signs in there: what the browser brings back."""
        asked = flat(urlsplit(address).query)
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str, sent: str, headers: dict[str, str]) -> tuple[int, bytes]:
        self.requests.append(path)
        time.sleep(self.seconds)
        match path:
            case "/.well-known/openid-configuration":
                return 200, json.dumps(self._discovery()).encode()
            case "/keys":
                return 200, json.dumps(KeySet([self.shown_key or self.key]).as_dict(private=False)).encode()
            case "/token":
                return self.token_answer or self._token(flat(sent), headers)
            case "/userinfo":
                allowed = headers.get("authorization") == "Bearer access"
                return (200, json.dumps(self.userinfo).encode()) if allowed else (401, b"{}")
            case _:
                return 404, b"{}"

    def _discovery(self) -> dict[str, object]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        right: dict[str, object] = {name: f"{self.address}/{path}" for name, path in names.items()}
        right |= {"issuer": self.address}
        right |= {} if self.userinfo is None else {"userinfo_endpoint": f"{self.address}/userinfo"}
        return right | self.discovery

    def _token(self, sent: dict[str, str], headers: dict[str, str]) -> tuple[int, bytes]:
        asked = self.codes.pop(sent.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {basic}":
            return 401, b'{"error": "invalid_client"}'
        verifier = sent.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["code_challenge_method"] != "S256":
            return 400, b'{"error": "invalid_grant"}'
        if sent.get("redirect_uri") != asked["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        token = {"access_token": "access", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}
        return 200, json.dumps(token).encode()

    def _id_token(self, nonce: str) -> str:
        right = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "wei",
            "nonce": nonce,
            "iat": self.now,
            "exp": self.now + 300,
        }
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "none":
            parts = (json.dumps(part).encode() for part in (header, claims))
            return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])
        if self.algorithm == "HS256":  # the public key, which everybody has, taken for a shared secret
            public = json.dumps(self.key.as_dict(private=False))
            return jwt.encode(header, claims, OctKey.import_key(public), algorithms=["HS256"])
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """The provider behind a port of its own until the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.0"

        def _answer(self, sent: str) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = provider.answer(urlsplit(self.path).path, sent, headers)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["content-length"])).decode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Quiet: a client that waited long enough has gone."""

    server = Server(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
