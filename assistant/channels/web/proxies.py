"""Who really sends a request when it comes through reverse proxies. Nobody but a trusted proxy is believed.

Headers of the `X-Forwarded-` family and `Forwarded` go no further than here, so that no room reads them unchecked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from semantic_layer.errors import InvalidPlanError, Text

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Trusted:
    """Networks of the reverse proxies before this server."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, setting: str) -> Self:
        """From addresses or networks with commas, as `10.0.0.1, 10.1.0.0/16`; raises `InvalidPlanError` for others."""
        networks: list[IPv4Network | IPv6Network] = []
        for part in filter(None, (piece.strip() for piece in setting.split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                raise InvalidPlanError(
                    Text(
                        f"QUNXIANG_TRUSTED_PROXIES 里的「{part}」不是地址或网段。请写成 10.0.0.1 或 10.1.0.0/16，多个用逗号隔开。",
                        f"{part!r} in QUNXIANG_TRUSTED_PROXIES is no address or network. Write 10.0.0.1 or 10.1.0.0/16, with commas between several.",
                    )
                ) from None
        return cls(tuple(networks))

    def __contains__(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.networks)


class ProxyHeaders:
    """Writes the address of the person, and the scheme and host that they see, into the scope of a request."""

    def __init__(self, app: ASGIApp, *, trusted: Trusted, https: bool) -> None:
        """With `https`, the page is reached by https whatever the connection to this process is."""
        self._app = app
        self._trusted = trusted
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._read(scope)
        await self._app(scope, receive, send)

    def _read(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        peer = _address(scope["client"][0]) if scope.get("client") else None
        host = None
        if peer is not None:
            person = peer
            if peer in self._trusted:
                person = self._person(peer, _hops(headers, b"x-forwarded-for"))
                host = _last(headers, b"x-forwarded-host")
                if _last(headers, b"x-forwarded-proto").lower() in ("http", "https"):
                    scope["scheme"] = _last(headers, b"x-forwarded-proto").lower()
            scope["client"] = (str(person), scope["client"][1] if person == peer else 0)
        if self._https:
            scope["scheme"] = "https"
        kept = [
            (k, v) for k, v in headers if not k.startswith(b"x-forwarded") and k not in (b"forwarded", b"x-real-ip")
        ]
        if host:
            kept = [*((k, v) for k, v in kept if k != b"host"), (b"host", host.encode("latin-1"))]
        scope["headers"] = kept

    def _person(self, peer: Address, hops: Sequence[str]) -> Address:
        """The nearest address that is no trusted proxy. What stands before it could have been made up."""
        person = peer
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                break
            person = address
            if address not in self._trusted:
                break
        return person


def _hops(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> list[str]:
    joined = ",".join(value.decode("latin-1") for key, value in headers if key == name)
    return [hop.strip() for hop in joined.split(",") if hop.strip()]


def _last(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str:
    hops = _hops(headers, name)
    return hops[-1] if hops else ""


def _address(written: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:1234`, `[2001:db8::1]:443` and IPv4 inside IPv6, as an address."""
    text = written.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    inside = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return inside or address
