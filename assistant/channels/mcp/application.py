"""The door for programs over HTTP: streamable HTTP behind an API key, as an application to be mounted in another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import anyio
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as HttpScope

from assistant.accounts.port import Access
from assistant.accounts.types import KeyRefusedError
from assistant.channels.mcp.addresses import refused_address
from assistant.channels.mcp.callers import NO_KEY, Caller, bearer_of, caller_of, language_in
from assistant.channels.mcp.calls import Context
from assistant.channels.mcp.server import PATIENCE, Means, server_over
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import Workspace
from assistant.settings import Settings

REALM: Final = "qunxiang"
_CALLER: Final = "qunxiang.caller"
_SESSIONS_EACH: Final = 5  # most sessions of older clients, as a multiple of the answers that may stream

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


def mcp_application(
    workspace: Workspace,
    access: Access,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    streams: OpenStreams | None = None,
    patience: float = PATIENCE,
) -> tuple[ASGIApp, Lifespan]:
    """The application, and what must be entered once, before its first request, for as long as it serves.

    It serves whatever path it is mounted at. `new_id` gives ids that cannot be guessed; `streams` counts answers under way
    over all doors; `patience` is how many seconds a person has to agree to a change.
    """
    means = Means(clock=clock, new_id=new_id, streams=streams or OpenStreams(settings.open_streams), patience=patience)
    server = server_over(workspace, _caller_in, means)
    manager = StreamableHTTPSessionManager(
        app=server,
        max_request_body_size=settings.body_kilobytes * 1024,
        max_sessions=settings.open_streams * _SESSIONS_EACH,
    )
    return _KeyGuard(AuthContextMiddleware(manager.handle_request), access, settings.base_url), manager.run


class _KeyGuard:
    """Lets nobody in without a key that holds, on every request. Without accounts the person at the machine needs none."""

    def __init__(self, app: ASGIApp, access: Access, base_url: str) -> None:
        self._app = app
        self._access = access
        self._base_url = base_url

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return None
        headers = Headers(scope=scope)
        language = language_in(headers)
        refused = refused_address(headers, base_url=self._base_url, open_to_all=self._access.local is not None)
        if refused is not None:
            return await _said(refused.status, "refused", refused.why.in_(language))(scope, receive, send)
        secret = bearer_of(headers)
        try:
            caller = await anyio.to_thread.run_sync(caller_of, self._access, secret, NO_KEY)
        except KeyRefusedError as error:
            return await _unknown(error.message.in_(language), known=secret is not None)(scope, receive, send)
        return await self._app({**scope, "user": _user(caller), _CALLER: caller}, receive, send)


def _user(caller: Caller) -> AuthenticatedUser:
    """By this the protocol's own code keeps a session to the key that opened it."""
    key = caller.holder.key
    token = AccessToken(token="", client_id=key.id, scopes=[str(scope) for scope in key.scopes], subject=key.login)
    return AuthenticatedUser(token)


def _caller_in(context: Context) -> Caller:
    """Who sent the request that a message came with: the guard has just looked at the key."""
    if context.request is None:
        raise AssertionError("a message over HTTP came without its request")
    caller: Caller = context.request.scope[_CALLER]
    return caller


def _unknown(words: str, *, known: bool) -> Response:
    challenge = f'Bearer realm="{REALM}"' + (', error="invalid_token"' if known else "")
    return _said(401, "invalid_token", words, {"WWW-Authenticate": challenge})


def _said(status: int, error: str, words: str, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps({"error": error, "error_description": words}, ensure_ascii=False)
    return Response(body, status, headers, media_type="application/json")
