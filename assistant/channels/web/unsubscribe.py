"""The address in every message at which a customer says no: a page that asks, and the no itself (one click, RFC 8058)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from assistant.channels.gradio.markup import Child, element
from assistant.channels.web.pages import alert, page_response
from assistant.channels.web.refusals import language_in
from semantic_layer.errors import DataError, Text, UserError

SayNo = Callable[[str], object]
"""Writes down the no behind a token. Raises `UserError` for a token that was not made here."""

PREFIX: Final = "/unsubscribe"
_TITLE: Final = Text("退订", "Unsubscribe")


def unsubscribing_pages(check: SayNo, say_no: SayNo) -> ASGIApp:
    """To be mounted as the door `/unsubscribe`. `check` only looks at a token; nobody has to be signed in."""
    found = _Pages(check, say_no)
    return Router([Route("/{token}", found.ask, methods=["GET"]), Route("/{token}", found.confirm, methods=["POST"])])


class _Pages:
    def __init__(self, check: SayNo, say_no: SayNo) -> None:
        self._check = check
        self._say_no = say_no

    async def ask(self, request: Request) -> Response:
        """A page with one button: programs that open every address of a mail must not unsubscribe anybody."""
        language = language_in(request.scope)
        try:
            await run_sync(partial(self._check, request.path_params["token"]))
        except UserError as error:
            return _page(request, alert(error.message.in_(language)), status=_status(error))
        said = Text("不想再收到我们的消息？", "Would you like no more messages from us?")
        stop = Text("退订", "Unsubscribe").in_(language)
        form = element("form", element("button", stop, type="submit", class_="button primary"), method="post")
        return _page(request, element("p", said.in_(language)), form)

    async def confirm(self, request: Request) -> Response:
        language = language_in(request.scope)
        try:
            await run_sync(partial(self._say_no, request.path_params["token"]))
        except UserError as error:
            return _page(request, alert(error.message.in_(language)), status=_status(error))
        done = Text(
            "已退订。您不会再收到这个渠道的营销消息。", "Done. You will get no more marketing messages this way."
        )
        return _page(request, element("p", done.in_(language), role="status"))


def _status(error: UserError) -> int:
    return 503 if isinstance(error, DataError) else 404


def _page(request: Request, *body: Child, status: int = 200) -> Response:
    language = language_in(request.scope)
    title = _TITLE.in_(language)
    return page_response(language, title, element("h1", title), *body, status=status)
