"""Stands before the page: nobody comes in without a sign-in, and nobody reaches a tab, an answer or a file of another.

The tool-kit itself trusts whoever knows a tab's `session_hash` or an event's id. Here each belongs to the login that used
it first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final, assert_never
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.channels.web.guests import login_of, visit_of
from assistant.channels.web.owners import Owners
from assistant.channels.web.refusals import refusal, wants_page
from assistant.channels.web.toolkit import Takes, taken
from assistant.channels.web.words import WORDS

_LONGEST_NAME: Final = 200


class NoTabError(Exception):
    """A request that should name a tab and does not, or names it twice."""


class GradioGuard:
    """`elsewhere` are paths, with all below them, that other rooms serve. Files are handed out from `outbox` only."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        elsewhere: tuple[str, ...],
        pages: tuple[str, ...],
        outbox: Path | None,
        owners: Owners,
    ) -> None:
        self._app = app
        self._elsewhere = elsewhere
        self._pages = pages
        self._outbox = PurePosixPath(outbox.resolve()) if outbox is not None else None
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_elsewhere(scope["path"]):
            return await self._app(scope, receive, send)
        takes, named = taken(scope["method"], scope["path"], self._pages)
        if takes is Takes.UNKNOWN:
            return await refusal(scope, 404, WORDS["not_found"])(scope, receive, send)
        if takes is Takes.FILE_OF_THE_TOOLKIT:
            return await self._app(scope, receive, send)
        login = login_of(HTTPConnection(scope))
        if login is None:
            return await _to_sign_in(scope)(scope, receive, send)
        if _must_change(scope):
            return await _to_password(scope)(scope, receive, send)
        return await self._inside(takes, named, login, scope, receive, send)

    def _is_elsewhere(self, path: str) -> bool:
        return any(path == own or path.startswith(f"{own}/") for own in self._elsewhere)

    async def _inside(self, takes: Takes, named: str, login: str, scope: Scope, receive: Receive, send: Send) -> None:
        if takes is Takes.CLOSED:
            return await refusal(scope, 403, WORDS["not_offered"])(scope, receive, send)
        body = b""
        if takes in (Takes.TAB_IN_BODY, Takes.QUESTION, Takes.EVENT_IN_BODY):
            if not Headers(scope=scope).get("content-type", "").startswith("application/json"):
                return await refusal(scope, 415, WORDS["json_only"])(scope, receive, send)
            body = await _whole(receive)
            receive = _again(body, receive)
        try:
            names = self._names(takes, named, scope["query_string"], body)
        except NoTabError:
            return await refusal(scope, 400, WORDS["no_session"])(scope, receive, send)
        if names is None or not all(self._owners.claim(name, login) for name in names):
            return await refusal(scope, 403, WORDS["not_yours"])(scope, receive, send)
        if takes is Takes.QUESTION:
            _plainly_answered(scope)
            send = _noting_event(self._owners, login, send)
        return await self._app(scope, receive, send)

    def _names(self, takes: Takes, named: str, query: bytes, body: bytes) -> tuple[str, ...] | None:
        """Everything that must be the sender's own; `None` when it is nobody's."""
        match takes:
            case Takes.NOTHING:
                return ()
            case Takes.TAB_IN_PATH:
                return (_tab(named),)
            case Takes.TAB_IN_QUERY:
                given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("session_hash", [])
                return (_tab(given[0] if len(given) == 1 else None),)
            case Takes.TAB_IN_BODY | Takes.QUESTION:
                return (_tab(_fields(body).get("session_hash")),)
            case Takes.EVENT_IN_BODY:
                fields = _fields(body)
                return (_tab(fields.get("session_hash")), _event(fields.get("event_id")))
            case Takes.DOWNLOAD:
                return self._file(named)
            case Takes.FILE_OF_THE_TOOLKIT | Takes.CLOSED | Takes.UNKNOWN:  # answered before
                return None
            case _:
                assert_never(takes)

    def _file(self, named: str) -> tuple[str, ...] | None:
        """Each file lies in a folder of its own below the out-box, under a name that cannot be guessed."""
        path = PurePosixPath(named)
        if self._outbox is None or ".." in path.parts or not path.is_relative_to(self._outbox):
            return None
        inside = path.relative_to(self._outbox).parts
        return (f"file {inside[0]}",) if len(inside) > 1 else None


def _tab(name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise NoTabError
    return f"tab {name}"


def _event(name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise NoTabError
    return f"event {name}"


def _fields(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise NoTabError from None
    if not isinstance(fields, dict):
        raise NoTabError
    return fields


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    read = False

    async def replay() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _plainly_answered(scope: Scope) -> None:
    """No compression, so that the event's id can be read from the answer."""
    headers = MutableHeaders(scope=scope)
    if "accept-encoding" in headers:
        del headers["accept-encoding"]


def _noting_event(owners: Owners, login: str, send: Send) -> Send:
    body = bytearray()

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.body":
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                with suppress(NoTabError):  # a question that was refused has no event
                    owners.claim(_event(_fields(bytes(body)).get("event_id")), login)
        await send(message)

    return noting


def _must_change(scope: Scope) -> bool:
    visit = visit_of(HTTPConnection(scope))
    return visit is not None and visit.account.must_change_password


def _onward(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return quote(scope["path"] + (f"?{query}" if query else ""), safe="/")


def _to_sign_in(scope: Scope) -> Response:
    if wants_page(scope) and scope["method"] in ("GET", "HEAD"):
        onward = _onward(scope)
        return RedirectResponse("/sign-in" if onward == "/" else f"/sign-in?next={onward}", status_code=303)
    return refusal(scope, 401, WORDS["sign_in_first"])


def _to_password(scope: Scope) -> Response:
    if wants_page(scope) and scope["method"] in ("GET", "HEAD"):
        return RedirectResponse("/password", status_code=303)
    return refusal(scope, 403, WORDS["password_first"])
