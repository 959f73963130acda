"""Who calls: the API key in each request, or the person at a machine without accounts. Nothing is read before that is known."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import anyio.to_thread
from fastapi import Depends
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.accounts.port import Access
from assistant.accounts.types import Account, ApiKey, KeyRefusedError
from assistant.accounts.types import Scope as KeyScope
from assistant.channels.http import words
from assistant.channels.http.problems import (
    LacksScopeError,
    language_of_request,
    problem_of,
    unexpected,
)
from assistant.channels.workspace import Dataset
from semantic_layer.errors import NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import User

LOG: Final = logging.getLogger(__name__)
DESCRIPTION: Final = "/openapi.json"  # the one address that needs no key
EVERY_SCOPE: Final = tuple(KeyScope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account and what it may be used for here. `key` is `None` for the person at this machine."""

    account: Account
    key: ApiKey | None
    scopes: tuple[KeyScope, ...]

    def require(self, scope: KeyScope) -> None:
        """Raises `LacksScopeError` with the scopes there are."""
        if scope in self.scopes:
            return
        there = ", ".join(one.value for one in self.scopes) or "–"
        refused = NotAllowedError(
            Text(
                f"这个 API 密钥没有「{scope.value}」权限；它的权限：{there}。请用有此权限的密钥。",
                f"This API key lacks the scope {scope.value!r}; it has: {there}. Use a key with that scope.",
            ),
            suggestions=tuple(one.value for one in self.scopes),
        )
        raise LacksScopeError(refused, scope, self.scopes)

    def user_in(self, data_set: str) -> User:
        return self.account.user_in(data_set, via="http")

    def may_open(self, data_sets: Sequence[Dataset]) -> tuple[Dataset, ...]:
        """Those in which the account has a role."""
        return tuple(one for one in data_sets if self.account.roles_in(one.id))

    def data_set(self, wanted: str | None, data_sets: Sequence[Dataset]) -> str:
        """The id of the data set that is meant. One without a role for the caller is as unknown as one that is not."""
        open_to_me = [one.id for one in self.may_open(data_sets)]
        if not open_to_me:
            raise NotAllowedError(words.NO_DATA_SET)
        if wanted is None:
            return open_to_me[0]
        if wanted not in open_to_me:
            near = nearest(wanted, open_to_me) or tuple(open_to_me)
            raise UnknownNameError(Text("数据集", "data set"), wanted, near)
        return wanted


def caller_of(request: Request) -> Caller:
    """Who calls; the door has put it there."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller


def _with(scope: KeyScope) -> Callable[[Request], Caller]:
    def check(request: Request) -> Caller:
        caller = caller_of(request)
        caller.require(scope)
        return caller

    return check


Anybody = Annotated[Caller, Depends(caller_of)]
Asker = Annotated[Caller, Depends(_with(KeyScope.ASK))]
Browser = Annotated[Caller, Depends(_with(KeyScope.CATALOGUE))]
SegmentReader = Annotated[Caller, Depends(_with(KeyScope.SEGMENTS_READ))]
SegmentWriter = Annotated[Caller, Depends(_with(KeyScope.SEGMENTS_WRITE))]
Exporting = Annotated[Caller, Depends(_with(KeyScope.EXPORT))]


class Envelope:
    """Around everything: gives each request its number, and what nobody foresaw ends here, logged whole."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, begun = self._new_id(), False
        scope["state"] = {**scope.get("state", {}), "number": number}

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = number
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:  # the one outermost handler of this channel: logged whole, shown as a number
            LOG.exception("request %s failed", number)
            if not begun:
                language = language_of_request(HTTPConnection(scope))
                await unexpected(number).response(language, number)(scope, receive, sending)


class Door:
    """Lets in whoever presents a key, or sits at a machine without accounts; everybody else is told what is needed."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path == DESCRIPTION:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            scope["state"]["caller"] = await self._caller(connection)
        except UserError as error:
            problem = problem_of(error)
            response = problem.response(language_of_request(connection), scope["state"]["number"])
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _caller(self, connection: HTTPConnection) -> Caller:
        header = connection.headers.get("authorization")
        if header is not None:
            scheme, _, secret = header.partition(" ")
            if scheme.casefold() != "bearer" or not secret.strip():
                raise KeyRefusedError(words.NO_KEY)
            holder = await anyio.to_thread.run_sync(self._access.key, secret.strip())
            return Caller(account=holder.account, key=holder.key, scopes=holder.key.scopes)
        local = self._access.local
        if local is None:
            raise KeyRefusedError(words.NO_KEY)
        _only_from_here(connection)
        return Caller(account=local, key=None, scopes=EVERY_SCOPE)


def _only_from_here(connection: HTTPConnection) -> None:
    """Without a key only this machine is let in, and no page of another site that a browser here has open."""
    host = connection.client.host if connection.client is not None else ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise KeyRefusedError(words.ONLY_HERE)
    if connection.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise NotAllowedError(words.OTHER_SITE)
