"""Places that messages go to, on this machine: an HTTP server and a mail server whose moods tests decide."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False  # hang up without an answer
    wait: float = 0.0


class HttpPlace:
    """Answers with `mood`, and keeps what was asked."""

    def __init__(self, mood: Callable[[Asked], Reply], tls: tuple[Path, Path] | None = None) -> None:
        self.mood = mood
        self.asked: list[Asked] = []
        lock = threading.Lock()
        place = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                with lock:
                    place.asked.append(asked)
                    reply = place.mood(asked)
                if reply.wait:
                    time.sleep(reply.wait)
                if reply.drop:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                said = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body or {}).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815  # names of the base class

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients that hang up are part of the tests

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def http_place(mood: Callable[[Asked], Reply], tls: tuple[Path, Path] | None = None) -> Iterator[HttpPlace]:
    place = HttpPlace(mood, tls)
    try:
        yield place
    finally:
        place.close()


class MailPlace:
    """A mail server (aiosmtpd). `rcpt` and `data` answer for an address: a line, "" for yes, or "drop" to hang up."""

    def __init__(
        self,
        *,
        port: int = 0,
        tls: tuple[Path, Path] | None = None,
        starttls: tuple[Path, Path] | None = None,
        password: str = "",
    ) -> None:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult

        self.mails: list[tuple[str, str, bytes]] = []
        self.rcpt: Callable[[str], str] = lambda address: ""
        self.data: Callable[[str], str] = lambda address: ""
        self.mail: Callable[[str], str] = lambda address: ""
        self.slow = 0.0
        place = self

        class Handler:
            async def handle_MAIL(self, server, session, envelope, address, options):
                if said := place.mail(address):
                    return said
                envelope.mail_from = address
                return "250 OK"

            async def handle_RCPT(self, server, session, envelope, address, options):
                if said := place.rcpt(address):
                    return said
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                import asyncio

                if place.slow:
                    await asyncio.sleep(place.slow)
                said = place.data(envelope.rcpt_tos[0])
                if said == "lost":  # taken, but nobody hears of it
                    place.mails.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
                if said in ("drop", "lost"):
                    server.transport.abort()
                    return "250 too late"
                if said:
                    return said
                place.mails.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
                return f"250 OK queued as {len(place.mails)}"

        def context(files: tuple[Path, Path] | None) -> ssl.SSLContext | None:
            if files is None:
                return None
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            made.load_cert_chain(*files)
            return made

        class Listening(Controller):
            def _trigger_server(self) -> None:
                """As the base class does, but at the port that was given rather than at 0."""
                socket.create_connection(self.server.sockets[0].getsockname(), 5).close()

        more: dict[str, Any] = {}
        if password:
            more = {
                "authenticator": lambda *a: AuthResult(success=a[-1].password == password.encode(), handled=False),
                "auth_required": True,
            }
        if starttls is not None:
            more |= {"tls_context": context(starttls), "require_starttls": True}
        self._controller = Listening(Handler(), hostname="127.0.0.1", port=port, ssl_context=context(tls), **more)
        self._controller.start()
        self.port = self._controller.server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._controller.stop()


def certificate(folder: Path, name: str = "server", *, signed_by: str = "") -> tuple[Path, Path]:
    """Files of a certificate for 127.0.0.1 and of its key; self-signed, or by the authority `signed_by` of the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    issuer, issuer_key = subject, key
    if signed_by:
        issuer = x509.load_pem_x509_certificate((folder / f"{signed_by}.pem").read_bytes()).subject
        issuer_key = serialization.load_pem_private_key((folder / f"{signed_by}.key").read_bytes(), None)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=not signed_by, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(_usage(ca=not signed_by), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    pem, private = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


def _usage(*, ca: bool) -> x509.KeyUsage:
    unused = (
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=ca, crl_sign=ca, **dict.fromkeys(unused, False))
