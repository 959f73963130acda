"""Requests that change something: carried out once for each Idempotency-Key, on a thread, and answered as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

from fastapi import Header
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from assistant.channels.http import words
from assistant.channels.http.callers import Caller
from assistant.channels.http.problems import FileGoneError
from assistant.channels.http.requests import Kept, RequestKey, once
from assistant.channels.http.service import Service
from semantic_layer.errors import InvalidPlanError

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="a key of your choice: the same request with the same key is carried out once a day · 同一个键和内容，一天内只执行一次",
    ),
]
_CHUNK: Final = 64 * 1024


async def carried_out(
    service: Service,
    caller: Caller,
    route: str,
    key: str | None,
    content: str,
    work: Callable[[], Kept],
) -> Response:
    """The response to `work`, or that of the first time when the same request came before.

    `content` is all that the request says besides its route and key.
    """
    digest = hashlib.sha256(content.encode()).hexdigest()
    named = None if key is None else RequestKey(owner=caller.account.login, route=route, key=_checked(key))

    def run() -> Kept:
        return once(service.requests, named, digest, work, clock=service.clock)

    return response_of(await service.change(caller, run))


def kept_json(body: BaseModel, status: int = 200) -> Kept:
    return Kept(status=status, headers=(("Content-Type", "application/json"),), body=body.model_dump_json())


def response_of(kept: Kept) -> Response:
    """What is kept as a response; raises `FileGoneError` when its file was cleared away."""
    headers = dict(kept.headers)
    if not kept.file:
        return Response(kept.body, kept.status, headers)
    try:
        size = Path(kept.file).stat().st_size
    except OSError as error:
        raise FileGoneError(words.FILE_GONE) from error
    return StreamingResponse(_chunks(Path(kept.file)), kept.status, {**headers, "Content-Length": str(size)})


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _checked(key: str) -> str:
    if not key or not all("!" <= c <= "~" for c in key):
        raise InvalidPlanError(words.BAD_KEY)
    return key
