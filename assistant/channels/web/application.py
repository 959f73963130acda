"""The one application: pages of signing in, the doors, and the page, behind the guards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from assistant.accounts.port import Access
from assistant.channels.web.door import Door
from assistant.channels.web.failures import Failures
from assistant.channels.web.gradio_guard import GradioGuard
from assistant.channels.web.headers import SecurityHeaders
from assistant.channels.web.hosts import Hosts, SameOrigin
from assistant.channels.web.identity import IdentityProvider
from assistant.channels.web.limits import Bodies, Crowd, Patience
from assistant.channels.web.origins import BaseAddress
from assistant.channels.web.owners import Owners
from assistant.channels.web.password import Password
from assistant.channels.web.probes import Ready, health, robots
from assistant.channels.web.proxies import ProxyHeaders, Trusted
from assistant.channels.web.readiness import Readiness
from assistant.channels.web.refusals import refusal
from assistant.channels.web.sessions import Sessions
from assistant.channels.web.sign_in import CALLBACK, SignIn
from assistant.channels.web.streams import Stopping, Streams
from assistant.channels.web.words import WORDS
from assistant.settings import Settings
from semantic_layer.errors import Text

OWN_PATHS: Final = ("/sign-in", "/sign-out", "/password", "/health", "/ready", "/robots.txt")
_NAMES_EACH: Final = 2000  # tabs, events and files that are remembered for one login
_TIMES: Final = 4  # requests under way, as a multiple of the answers that may stream
_LISTENER_TIMES: Final = 2  # open tabs and listening agents, likewise: the rest is room for short requests

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What is served behind the guards.

    `mount_page` mounts the page at the root of the application; `pages` are the addresses of its whole pages, and
    `outbox` is the folder from which it hands out files. `doors` are applications by the prefix of their paths, which see
    paths without it (the prefix alone arrives as `/`); they let in by keys of their own. `lifespans` are entered before the
    first request and left after the last, in reverse.
    """

    mount_page: Callable[[FastAPI], object] | None = None
    pages: tuple[str, ...] = ("/",)
    outbox: Path | None = None
    doors: Mapping[str, ASGIApp] = field(default_factory=lambda: MappingProxyType({}))
    lifespans: Sequence[Lifespan] = ()


def web_application(
    *,
    access: Access,
    settings: Settings,
    rooms: Rooms,
    ready: Callable[[], Readiness],
    clock: Callable[[], datetime],
    new_number: Callable[[], str],
    provider: IdentityProvider | None = None,
    patience: Patience | None = None,
) -> FastAPI:
    """Everything mounted in one application; its `state.stopping` is for `serving.serve`.

    `clock` gives the time with a zone, `new_number` the number under which an unexpected failure is logged and shown.
    Raises `InvalidPlanError` when `base_url` or `trusted_proxies` cannot be read.
    """
    base = BaseAddress.parse(settings.base_url)
    stopping = Stopping()
    guards = [
        Middleware(ProxyHeaders, trusted=Trusted.parse(settings.trusted_proxies), https=base.https),
        Middleware(SecurityHeaders),
        Middleware(Failures, new_number=new_number),
        Middleware(Crowd, most=settings.open_streams * _TIMES),
        Middleware(
            Streams, answers=settings.open_streams, listeners=settings.open_streams * _LISTENER_TIMES, stopping=stopping
        ),
        Middleware(Hosts, access=access, base=base),
        Middleware(SameOrigin, base=base),
        Middleware(Bodies, kilobytes=settings.body_kilobytes, seconds=(patience or Patience()).body),
        Middleware(Sessions, access=access),
        Middleware(
            GradioGuard,
            elsewhere=(*OWN_PATHS, *rooms.doors),
            pages=rooms.pages,
            outbox=rooms.outbox,
            owners=Owners(each=_NAMES_EACH),
        ),
    ]
    app = FastAPI(
        title="Qunxiang", openapi_url=None, redirect_slashes=False, middleware=guards, lifespan=_living(rooms.lifespans)
    )
    app.state.stopping = stopping
    app.add_exception_handler(HTTPException, _no_such_page)
    _add_own_pages(app, access, base, clock, provider, settings.oidc_label)
    app.add_route("/ready", Ready(ready).show, include_in_schema=False)
    for prefix, door in rooms.doors.items():
        app.router.routes.append(Door(prefix, app=door))
    if rooms.mount_page is not None:
        rooms.mount_page(app)
    return app


def _add_own_pages(
    app: FastAPI,
    access: Access,
    base: BaseAddress,
    clock: Callable[[], datetime],
    provider: IdentityProvider | None,
    label: str,
) -> None:
    signing = SignIn(access, base=base, clock=clock, provider=provider, label=label)
    password = Password(access, clock=clock)
    for path, handler, method in (
        ("/sign-in", signing.show, "GET"),
        ("/sign-in", signing.enter, "POST"),
        ("/sign-in/oidc", signing.leave_for_provider, "GET"),
        (CALLBACK, signing.come_back, "GET"),
        ("/sign-out", signing.ask_to_leave, "GET"),
        ("/sign-out", signing.leave, "POST"),
        ("/password", password.show, "GET"),
        ("/password", password.change, "POST"),
        ("/health", health, "GET"),
        ("/robots.txt", robots, "GET"),
    ):
        app.add_route(path, handler, methods=[method], include_in_schema=False)


def _living(lifespans: Sequence[Lifespan]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for lifespan in lifespans:
                await stack.enter_async_context(lifespan())
            yield

    return living


async def _no_such_page(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    known: dict[int, Text] = {404: WORDS["not_found"], 405: WORDS["wrong_method"]}
    detail = str(getattr(error, "detail", ""))
    return refusal(request.scope, status, known.get(status, Text(detail, detail)))
