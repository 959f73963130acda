"""The HTTP client of one exchange with an endpoint. It sends no more than it must, and remembers what came back."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import Final

import httpx2

from assistant.interpreters.llm.endpoint import Endpoint

_MOST_BYTES: Final = 16 * 1024 * 1024  # of one response; an answer has some thousand
_HEAD_BYTES: Final = 16 * 1024  # kept of a response, to say what is wrong with it
_TAIL_BYTES: Final = 4 * 1024
_TELLING: Final = (
    "x-stainless-",
    "openai-organization",
    "openai-project",
)  # headers about this machine and its environment
_NEEDED: Final = "x-stainless-raw-response"  # by which the client knows its own requests again


class OversizedError(Exception):
    """A response that does not end where any answer would."""


class Wire:
    """What came back of the last request: status 0 until headers are there, `size` in bytes of the body so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers = httpx2.Headers()
        self.head = b""
        self.tail = b""
        self.size = 0

    def forget(self) -> None:
        """Before a further request."""
        self.status, self.headers = 0, httpx2.Headers()
        self.head, self.tail, self.size = b"", b"", 0

    @property
    def body(self) -> str:
        """The beginning of the body."""
        return self.head.decode("utf-8", errors="replace")

    @property
    def end(self) -> str:
        """The end of the body, as far as it came."""
        return self.tail.decode("utf-8", errors="replace")

    @property
    def answering(self) -> bool:
        """Whether a part of an answer arrived, so that asking again would be paying twice."""
        return self.status == httpx2.codes.OK and self.size > 0

    def take(self, part: bytes) -> None:
        self.size += len(part)
        if len(self.head) < _HEAD_BYTES:
            self.head += part[: _HEAD_BYTES - len(self.head)]
        self.tail = (self.tail + part)[-_TAIL_BYTES:]
        if self.size > _MOST_BYTES:
            raise OversizedError


class _Watched(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, wire: Wire) -> None:
        self._stream = stream
        self._wire = wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._wire.take(part)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def trust_of(endpoint: Endpoint) -> ssl.SSLContext:
    """The authorities whose certificates are taken. Loading them takes time, so it is done once for an endpoint."""
    return endpoint.trusted or httpx2.create_ssl_context()


def open_client(
    endpoint: Endpoint, wire: Wire, *, key: str, trust: ssl.SSLContext, seconds: float
) -> httpx2.AsyncClient:
    """A client for requests of one question. Redirections are not followed: a prompt goes where the setting says."""

    async def sending(request: httpx2.Request) -> None:
        wire.forget()
        for name in list(request.headers):
            if name.lower().startswith(_TELLING) and name.lower() != _NEEDED:
                del request.headers[name]
        if not key:
            request.headers.pop("authorization", None)
        request.headers["user-agent"] = "qunxiang"
        request.headers["accept-encoding"] = "identity"

    async def receiving(response: httpx2.Response) -> None:
        wire.status, wire.headers = response.status_code, response.headers
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Watched(response.stream, wire)

    return httpx2.AsyncClient(
        verify=trust,
        timeout=httpx2.Timeout(seconds, connect=max(1.0, seconds / 3)),
        trust_env=not endpoint.is_local,
        follow_redirects=False,
        event_hooks={"request": [sending], "response": [receiving]},
    )


async def listed_models(client: httpx2.AsyncClient, endpoint: Endpoint, key: str) -> tuple[str, ...]:
    """The models that the endpoint lists; none when it does not tell, for whatever reason."""
    try:
        answer = await client.get(f"{endpoint.url}/models", headers={"authorization": f"Bearer {key}"})
        answer.raise_for_status()
        return tuple(str(one["id"]) for one in answer.json()["data"])
    except (httpx2.HTTPError, OversizedError, ValueError, LookupError, TypeError):
        return ()
