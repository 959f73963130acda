"""Which hosts may be called. Without a line in this list nothing leaves, and never to an address inside by accident."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from semantic_layer.errors import DataError, InvalidPlanError, Text

_PRIVATE: Final = "private:"
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One entry: `name` may begin with `*.`; with `private` it may lie on an inner address and be reached without TLS."""

    name: str
    port: int | None = None
    private: bool = False

    def fits(self, name: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.name.startswith("*."):
            return name.endswith(self.name[1:])
        return name == self.name


@dataclass(frozen=True, slots=True)
class Hosts:
    """The list. The hosts of the services whose adapters come with the product need no entry, see `with_services`."""

    entries: tuple[Host, ...] = ()

    @classmethod
    def of(cls, text: str) -> Self:
        """Read `hooks.example.com, *.crm.example.com:8443, private:10.0.0.5:8080`; raises `DataError`."""
        return cls(tuple(_entry(part) for part in (one.strip() for one in text.split(",")) if part))

    def with_services(self, names: Sequence[str]) -> Hosts:
        return Hosts((*self.entries, *(Host(name=name, port=443) for name in names)))

    def checked(self, url: str) -> Host:
        """The entry that allows an address; raises `InvalidPlanError` when none does."""
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
        port = parts.port or _PORTS.get(parts.scheme, 0)
        entry = next((one for one in self.entries if one.fits(name, port)), None)
        if entry is None or not name:
            known = "、".join(one.name for one in self.entries)
            raise InvalidPlanError(
                Text(
                    f"不允许向「{name}:{port}」发送：它不在允许的主机列表 QUNXIANG_SEND_TO 中。"
                    + (f"列表里有：{known}。" if known else "列表是空的。"),
                    f"Nothing may be sent to {name}:{port}: it is not in the list of hosts QUNXIANG_SEND_TO. "
                    + (f"It holds: {known}." if known else "The list is empty."),
                ),
                suggestions=tuple(one.name for one in self.entries),
            )
        if parts.scheme != "https" and not entry.private:
            raise InvalidPlanError(
                Text(
                    f"「{name}」要用 https:// 地址。只有列表中写成 private:{name} 的内部主机可以不加密。",
                    f"{name!r} needs an https:// address. Only an inner host, listed as private:{name}, goes without.",
                ),
                suggestions=(f"https://{parts.netloc}{parts.path}",),
            )
        return entry


def is_inside(address: str) -> bool:
    """Whether an IP address belongs to a private, loopback, link-local or other not public range."""
    return not ipaddress.ip_address(address.partition("%")[0]).is_global


def _entry(part: str) -> Host:
    private = part.startswith(_PRIVATE)
    name, _, port = part.removeprefix(_PRIVATE).lower().partition(":")
    if not name or (port and not port.isdigit()) or "/" in part or name == "*":
        raise DataError(
            Text(
                f"允许的主机「{part}」写法不对。例子：hooks.example.com、*.example.com:8443、private:10.0.0.5:8080。",
                f"{part!r} is no host. Examples: hooks.example.com, *.example.com:8443, private:10.0.0.5:8080.",
            )
        )
    return Host(name=name, port=int(port) if port else None, private=private)
