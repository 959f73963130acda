"""Addresses that are passed on, without the page: where a link leads, what is said when it ended, and how letters end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.accounts.types import Grant
from assistant.channels.scripted_access import person
from assistant.channels.web.door import Door
from assistant.channels.web.guests import let_in
from assistant.channels.web.shared_links import PREFIX, shared_links
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query
from tools.boards.room import BoardRoom, room_of
from tools.boards.store import BoardsInMemory

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PLAN = Plan((Query(metrics=("sales",)),))


class Moment:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class LetIn:
    """A guard that knows who is there."""

    def __init__(self, app: ASGIApp, login: str | None) -> None:
        grants = () if login == "new" else (Grant("analyst"),)
        self._app, self._account = app, person(login, login, *grants) if login else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            let_in(scope, None, self._account)
        await self._app(scope, receive, send)


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def store() -> BoardsInMemory:
    return BoardsInMemory()


@pytest.fixture
def room(store: BoardsInMemory, moment: Moment) -> BoardRoom:
    ids = itertools.count(1)
    return room_of(store, "retail", clock=moment, new_id=lambda: f"b{next(ids)}", new_token=lambda: f"t{next(ids)}")


@pytest.fixture
def browser(store: BoardsInMemory, moment: Moment) -> Callable[[str | None], TestClient]:
    def opened(login: str | None) -> TestClient:
        app = Starlette(routes=[Door(PREFIX, app=shared_links(store, clock=moment))])
        return TestClient(
            LetIn(app, login), follow_redirects=False, headers={"accept": "text/html", "accept-language": "zh"}
        )

    return opened


Browser = Callable[[str | None], TestClient]


def test_a_link_asks_to_sign_in_and_then_leads_to_the_page(room: BoardRoom, browser: Browser) -> None:
    token = room.links.to_answer(PLAN, title="销售额", language="zh", by="wei").token
    answer = browser(None).get(f"/shared/l/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=%2Fshared%2Fl%2F{token}")
    answer = browser("lin").get(f"/shared/l/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/?view=boards&link={token}&data=retail")


def test_who_has_no_role_there_is_told_so(room: BoardRoom, browser: Browser) -> None:
    token = room.links.to_answer(PLAN, title="销售额", language="zh", by="wei").token
    answer = browser("new").get(f"/shared/l/{token}")
    assert answer.status_code == 403
    assert "没有角色" in answer.text


def test_a_link_that_is_over_says_which_way(room: BoardRoom, browser: Browser, moment: Moment) -> None:
    token = room.links.to_answer(PLAN, title="销售额", language="zh", by="wei", days=7).token
    moment.now += timedelta(days=8)
    answer = browser("lin").get(f"/shared/l/{token}")
    assert answer.status_code == 410
    assert "这个链接已于 2026-11-09 过期" in answer.text
    moment.now = NOW
    room.links.revoke(token, by="wei")
    assert "已被 wei 停用" in browser("lin").get(f"/shared/l/{token}").text
    missing = browser("lin").get("/shared/l/%3Cscript%3E")
    assert missing.status_code == 404
    assert "没有这个链接" in missing.text
    assert "<script>" not in missing.text


def test_one_click_in_a_letter_ends_it_without_signing_in(room: BoardRoom, browser: Browser) -> None:
    board = room.shelf.create("周会", by="wei", language="zh")
    one = room.subscriptions.subscribe("lin", "day", language="zh", board=board)
    anybody = browser(None)
    asked = anybody.get(f"/shared/stop/{one.token}")
    assert asked.status_code == 200
    assert '<form method="post">' in asked.text
    assert room.subscriptions.living() != ()  # looking at the address ends nothing
    assert "已退订" in anybody.post(f"/shared/stop/{one.token}").text
    assert room.subscriptions.living() == ()
    assert "已退订" in anybody.post(f"/shared/stop/{one.token}").text
    assert "已退订" in anybody.get(f"/shared/stop/{one.token}").text
    for answer in (anybody.get("/shared/stop/nothing"), anybody.post("/shared/stop/nothing")):
        assert answer.status_code == 404
