"""The network as the doctor sees it, over the standard library: short waits, small answers, no redirects."""

from __future__ import annotations

import socket
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from assistant.operations.checks import Fetched

_SECONDS: Final = 5.0
_MOST_BYTES: Final = 1 << 20


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class LiveNetwork:
    """A `Network` with sockets."""

    def __init__(self) -> None:
        self._opener = OpenerDirector()
        for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), _NoRedirects()):
            self._opener.add_handler(handler)

    def fetch(self, url: str) -> Fetched:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise OSError(f"{urlsplit(url).scheme or 'this'} is not HTTP")
        try:
            with self._opener.open(Request(url), timeout=_SECONDS) as answer:  # noqa: S310  # the scheme was looked at
                return Fetched(status=answer.status, body=answer.read(_MOST_BYTES))
        except HTTPError as error:
            return Fetched(status=error.code, body=b"")
        except ValueError as error:  # what cannot be an address
            raise OSError(str(error)) from error

    def connect(self, host: str, port: int) -> None:
        socket.create_connection((host, port), timeout=_SECONDS).close()

    def listen(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed one may linger
            taken.bind((host, port))
