"""Which addresses are this server's own: names in `Host`, and origins that a browser may send requests from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from semantic_layer.errors import InvalidPlanError, Text


@dataclass(frozen=True, slots=True)
class BaseAddress:
    """The address at which people reach the page, such as `https://ask.example.com`; everything empty when not set."""

    origin: str = ""
    host: str = ""

    @classmethod
    def parse(cls, setting: str) -> Self:
        """Raises `InvalidPlanError` for what is no web address of a host without a path."""
        if not setting:
            return cls()
        try:
            parts = urlsplit(setting)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        if parts.scheme not in ("http", "https") or not host or parts.path not in ("", "/") or parts.query:
            raise InvalidPlanError(
                Text(
                    f"QUNXIANG_BASE_URL「{setting}」不能用。请写成 https://ask.example.com，后面不带路径。",
                    f"QUNXIANG_BASE_URL {setting!r} cannot be used. Write it as https://ask.example.com, without a path.",
                )
            )
        return cls(_origin(parts.scheme, host, port), host)

    @property
    def https(self) -> bool:
        return self.origin.startswith("https:")

    def outside(self, scope: Scope) -> str:
        """The origin under which the sender of a request sees this server."""
        return self.origin or own_origin(scope)


def own_origin(scope: Scope) -> str:
    """Scheme, host and port of a request as a browser would name them; empty when its `Host` makes no sense."""
    host, port = host_and_port(Headers(scope=scope).get("host", ""))
    return _origin(str(scope.get("scheme", "http")), host, port) if host else ""


def host_and_port(header: str) -> tuple[str, int | None]:
    """`Example.com:80` as `("example.com", 80)`; an empty name for what is no host."""
    try:
        parts = urlsplit(f"//{header}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", None
    return ("", None) if "@" in header or parts.path or parts.query or parts.fragment else (host.rstrip("."), port)


def same_site_request(scope: Scope, base: BaseAddress) -> bool:
    """Whether a request comes from a page of this server, or from no page at all.

    By what browsers tell and pages cannot forge: `Sec-Fetch-Site`, else `Origin`. Programs send neither; no browser leaves
    out both with a request that changes something. Source: Filippo Valsorda, Cross-Site Request Forgery, 2025; the same
    order as in `CrossOriginProtection` of Go's net/http.
    """
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site", "")
    if site:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or (origin != "null" and origin in {own_origin(scope), base.origin} - {""})


def _origin(scheme: str, host: str, port: int | None) -> str:
    usual = {"http": 80, "https": 443}.get(scheme)
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")
