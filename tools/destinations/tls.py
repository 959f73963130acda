"""TLS that looks at the certificate before a byte of a message leaves."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from semantic_layer.errors import DataError, Text
from tools.destinations.hosts import is_inside
from tools.destinations.pins import Pins, judge

Trust = Literal["authority", "pinned"]


class NotTrustedError(ssl.SSLError):
    """A certificate or an address that was refused during the handshake."""

    def __init__(self, why: Text) -> None:
        super().__init__(1, why.en)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to hold a place to. `authority` asks for a certificate that an authority vouches for, `pinned` for one that a
    person accepted; `inside` allows addresses of private ranges.
    """

    place: str
    pins: Pins
    clock: Callable[[], datetime]
    trust: Trust = "authority"
    inside: bool = True

    def look(self, certificate: bytes | None) -> None:
        """Raises `NotTrustedError` for a certificate (DER) that is not the remembered one."""
        fingerprint = hashlib.sha256(certificate or b"").hexdigest()
        vouched = self.trust == "authority"
        why = judge(self.pins, self.place, fingerprint, vouched=vouched, now=self.clock())
        if why is not None:
            raise NotTrustedError(why)

    def look_at_address(self, address: str) -> None:
        """Raises `NotTrustedError` for an inner address where none is allowed."""
        if not self.inside and is_inside(address):
            host = self.place.rpartition(":")[0]
            raise NotTrustedError(
                Text(
                    f"「{host}」指向内部地址 {address}，已拒绝。如果确实是内部主机，请在列表中写成 private:{host}。",
                    f"{host!r} leads to the inner address {address} and was refused. If it is meant to, list it as private:{host}.",
                )
            )


def watched(context: ssl.SSLContext, watch: Watch, *, ca: Path | None = None) -> ssl.SSLContext:
    """The context, now looking at each peer when the handshake is done, on sockets and in event loops alike.

    `ca` is the certificate of an authority of one's own; raises `DataError` when it cannot be read.
    """
    if watch.trust == "pinned":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the remembered certificate is compared instead, see `Watch.look`
    elif ca is not None:
        try:
            context.load_verify_locations(ca)
        except OSError as error:
            raise DataError(
                Text(f"不能读取机构证书 {ca}。", f"The certificate of the authority cannot be read: {ca}.")
            ) from error

    class WatchedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  # as the base class has it
            watch.look_at_address(str(self.getpeername()[0]))
            super().do_handshake(block)
            watch.look(self.getpeercert(binary_form=True))

    class WatchedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            watch.look(self.getpeercert(binary_form=True))

    context.sslsocket_class = WatchedSocket
    context.sslobject_class = WatchedObject
    return context


def refusal(error: BaseException | None) -> Text | None:
    """The reason when a `NotTrustedError` is behind an error of a client, however deep."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, NotTrustedError):
            return error.why
        if isinstance(error, ssl.SSLCertVerificationError):
            return Text(
                f"证书没有通过验证：{error.verify_message}。自签名的证书可设置 trust: pinned，并由人核对指纹。",
                f"The certificate did not verify: {error.verify_message}. For a self-signed one set trust: pinned and have "
                "somebody compare its fingerprint.",
            )
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None
