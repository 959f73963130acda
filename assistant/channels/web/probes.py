"""What machines ask: whether the process lives, whether it can serve, and that nothing here is for search engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant.channels.web.readiness import Check, Readiness
from assistant.channels.web.words import said

_PATIENCE: Final = 5.0  # seconds; whoever asks has given up by then
_AT_ONCE: Final = 2


async def health(_request: Request) -> Response:
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def robots(_request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


class Ready:
    """The page `/ready`: 200 when everything works, else 503 with what does not, in both languages."""

    def __init__(self, ready: Callable[[], Readiness]) -> None:
        self._ready = ready
        self._looking = anyio.CapacityLimiter(_AT_ONCE)

    async def show(self, _request: Request) -> Response:
        found = Readiness((Check(name="answer", problem=said("not_answered", seconds=round(_PATIENCE))),))
        with anyio.move_on_after(_PATIENCE):
            found = await run_sync(self._ready, abandon_on_cancel=True, limiter=self._looking)
        checks = [
            {"name": check.name, "ok": check.problem is None}
            | ({"problem": {"zh": check.problem.zh, "en": check.problem.en}} if check.problem else {})
            for check in found.checks
        ]
        return JSONResponse({"ready": found.ready, "checks": checks}, status_code=200 if found.ready else 503)
