"""Addresses that are passed on: a link leads to the page once one is signed in; the address in a letter ends the letters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from assistant.channels.gradio.markup import Child, element
from assistant.channels.web.guests import account_of
from assistant.channels.web.local_paths import HOME
from assistant.channels.web.pages import alert, page_response
from assistant.channels.web.refusals import language_in
from semantic_layer.errors import DataError, NotAllowedError, Text, UserError
from tools.boards.links import Links
from tools.boards.store import BoardStore
from tools.boards.subscribing import Subscriptions
from tools.boards.types import Subscription

PREFIX: Final = "/shared"
_TITLE: Final = Text("分享的链接", "A shared link")
_LETTERS: Final = Text("看板邮件", "Letters about boards")
_NO_LETTER: Final = Text("没有这个订阅，可能已经删除。", "There is no such subscription; it may have been removed.")
_NO_ROLE: Final = Text(
    "您在这个数据集里没有角色，看不到链接里的内容。请管理员分配角色。",
    "You have no role in the data set of this link, so nothing of it can be shown. Ask an administrator for a role.",
)
_TO_START: Final = Text("回到首页", "To the beginning")


def shared_links(store: BoardStore, *, clock: Callable[[], datetime]) -> ASGIApp:
    """To be mounted as the door `/shared`. What a link leads to is opened by the page, under the rights of who follows it."""
    found = _SharedLinks(store, clock)
    return Router(
        [
            Route("/l/{token}", found.follow, methods=["GET"]),
            Route("/stop/{token}", found.ask_to_stop, methods=["GET"]),
            Route("/stop/{token}", found.stop, methods=["POST"]),
        ]
    )


class _SharedLinks:
    def __init__(self, store: BoardStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def follow(self, request: Request) -> Response:
        token = request.path_params["token"]
        account = account_of(request)
        if account is None:
            return RedirectResponse(f"/sign-in?{urlencode({'next': f'{PREFIX}/l/{token}'})}", status_code=303)
        try:
            data_set = await run_sync(partial(self._data_set, token))
            if not account.roles_in(data_set):
                raise NotAllowedError(_NO_ROLE)
        except UserError as error:
            return _page(request, _TITLE, alert(error.message.in_(language_in(request.scope))), status=_status(error))
        query = urlencode({"view": "boards", "link": token, "data": data_set})
        return RedirectResponse(f"{HOME}?{query}", status_code=303)

    async def ask_to_stop(self, request: Request) -> Response:
        """A page with one button: programs that look at every address in a mail must not end anything."""
        found = await run_sync(self._store.subscription, request.path_params["token"])
        if found is None:
            return _missing(request)
        if found.ended_at is not None:
            return _stopped(request)
        stop = Text("退订", "Stop these letters").in_(language_in(request.scope))
        form = element("form", element("button", stop, type="submit", class_="button primary"), method="post")
        said = Text("不再接收这个订阅的邮件？", "Stop the letters of this subscription?")
        return _page(request, _LETTERS, element("p", said.in_(language_in(request.scope))), form)

    async def stop(self, request: Request) -> Response:
        ended = await run_sync(partial(self._end, request.path_params["token"]))
        return _missing(request) if ended is None else _stopped(request)

    def _data_set(self, token: str) -> str:
        """The data set of an open link; raises what following it raises."""
        link = self._store.link(token)
        data_set = link.data_set if link is not None else ""
        return Links(self._store, data_set, clock=self._clock, new_token=_nothing_new).follow(token).data_set

    def _end(self, token: str) -> Subscription | None:
        found = self._store.subscription(token)
        if found is None:
            return None
        kept = Subscriptions(
            self._store, found.data_set, clock=self._clock, new_id=_nothing_new, new_token=_nothing_new
        )
        return kept.end_by_token(token)


def _nothing_new() -> str:
    raise AssertionError("nothing is made here")


def _status(error: UserError) -> int:
    if isinstance(error, NotAllowedError):
        return 403 if error.message == _NO_ROLE else 410  # else it was there, and is over
    return 503 if isinstance(error, DataError) else 404


def _missing(request: Request) -> Response:
    return _page(request, _LETTERS, alert(_NO_LETTER.in_(language_in(request.scope))), status=404)


def _stopped(request: Request) -> Response:
    said = Text("已退订，不会再收到。", "Done. No more of these letters will be sent.")
    return _page(request, _LETTERS, element("p", said.in_(language_in(request.scope)), role="status"))


def _page(request: Request, title: Text, *body: Child, status: int = 200) -> Response:
    language = language_in(request.scope)
    start = element("p", element("a", _TO_START.in_(language), href=HOME), class_="also")
    return page_response(language, title.in_(language), element("h1", title.in_(language)), *body, start, status=status)
