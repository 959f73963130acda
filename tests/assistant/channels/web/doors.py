"""Rooms behind doors, for tests: one that says what it learned of a request, and one that fails."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from assistant.channels.web.guests import account_of, address_of, visit_of
from tests.assistant.channels.web.sites import Parts, Site, site


async def who(request: Request) -> JSONResponse:
    visit, account = visit_of(request), account_of(request)
    return JSONResponse(
        {
            "address": address_of(request),
            "scheme": request.url.scheme,
            "host": request.headers["host"],
            "login": account.login if account else None,
            "form": visit.form_token if visit else None,
            "path": request.url.path,
            "forwarded": [name for name in request.headers if "forwarded" in name],
            "body": (await request.body()).decode(),
        }
    )


async def fail(_: Request) -> PlainTextResponse:
    raise RuntimeError("a secret: hunter2")


def door() -> Starlette:
    return Starlette(routes=[Route("/", who), Route("/who", who, methods=["GET", "POST"]), Route("/fail", fail)])


def behind_a_door(access=None, **settings: object) -> Site:
    return site(access, Parts(doors={"/v1": door()}), **settings)
