"""The page's hidden addresses called directly, as somebody would who wants what is another person's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.office import Office
from assistant.channels.gradio.page import build, mount
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.screen import REGIONS
from assistant.channels.gradio.session import Session
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_access import ScriptedAccess
from assistant.channels.scripted_office import ScriptedUsage, roles
from tests.assistant.channels.conftest import NOW, SVG

API = "/gradio_api"
TAB = "tabofwei"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One server for all tests here, which use tabs of their own."""

    client: TestClient
    desk: Desk
    access: ScriptedAccess


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    outbox = folder / "outbox"
    outbox.mkdir()
    access = ScriptedAccess(clock=lambda: NOW)
    workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: SVG)
    office = Office(roles=roles, usage=ScriptedUsage(NOW))
    token = "token of {}".format
    blocks = build(workspace, access, outbox, office=office, form_token=token, clock=lambda: NOW)
    app = FastAPI(openapi_url=None)

    def who(request: Request) -> str | None:
        return request.headers.get("x-login")

    mount(app, blocks, outbox, who=who)
    with TestClient(app) as opened:
        yield Served(client=opened, desk=blocks.desk, access=access)


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    """With the tab of nobody."""
    yield served.client
    served.desk._open.clear()  # as when every tab was closed
    for state in list(served.client.app.routes[-1].app.state_holder.session_data.values()):  # type: ignore[attr-defined]
        state.state_data.clear()


@pytest.fixture
def desk(served: Served) -> Desk:
    return served.desk


@pytest.fixture
def access(served: Served) -> ScriptedAccess:
    return served.access


def send(client: TestClient, login: str, *, tab: str = TAB, **fields: object) -> dict[str, str]:
    """One action by the tool-kit's own queue; what came back for each region, without revisions."""
    function, data = ("arrive", [json.dumps(fields)]) if fields.get("act") == "arrive" else ("act", [None])
    index, trigger = _dependency(client, function)
    joined = client.post(
        f"{API}/queue/join",
        json={"fn_index": index, "data": data, "session_hash": tab, "event_data": fields, "trigger_id": trigger},
        headers={"x-login": login},
    )
    if joined.status_code != 200:
        return {"status": str(joined.status_code)}
    said = client.get(f"{API}/queue/data", params={"session_hash": tab}, headers={"x-login": login})
    return (
        _regions(said.text, joined.json()["event_id"]) if said.status_code == 200 else {"status": str(said.status_code)}
    )


def _dependency(client: TestClient, function: str) -> tuple[int, int | None]:
    config = client.get("/config", headers={"x-login": "ana"}).json()
    for one in config["dependencies"]:
        event = one["targets"][0][1] if one["targets"] else ""
        if event == {"arrive": "load", "act": "act"}[function]:
            return int(one["id"]), one["targets"][0][0]
    raise LookupError(function)


def _regions(said: str, event: str) -> dict[str, str]:
    """As a browser does, which leaves out what belongs to an event that it has not sent."""
    shown: dict[str, str] = {}
    for line in said.splitlines():
        message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
        output = (message.get("output") or {}) if message.get("event_id") == event else {}
        values = output.get("data") or []
        for name, value in zip(REGIONS, values[-len(REGIONS) :], strict=False):
            if isinstance(value, str):
                shown[name] = value.partition("\n")[2]
    return shown


def session_of(desk: Desk, tab: str = TAB) -> Session:
    return desk._open[tab]  # what the tool-kit's session holds


def test_a_person_sees_their_page_and_signs_out_with_a_token(client: TestClient) -> None:
    shown = send(client, "wei", act="arrive", language="zh")
    assert "王伟" in shown["top"]
    assert 'value="token of "' in shown["top"]
    assert 'data-ref="admin"' not in shown["top"]


def test_nobody_gets_anything_without_a_sign_in(client: TestClient) -> None:
    for address in ("/", "/config", f"{API}/info", f"{API}/startup-events", f"{API}/queue/data?session_hash={TAB}"):
        assert client.get(address).status_code == 401, address
    for address in (f"{API}/queue/join", f"{API}/component_server", f"{API}/cancel"):
        assert client.post(address, json={"session_hash": TAB}).status_code == 401, address
    assert client.get(f"{API}/heartbeat/{TAB}").status_code == 401


@pytest.mark.parametrize("login", ["old", "nobody"])
def test_a_closed_account_or_one_that_never_was_is_nobody(client: TestClient, login: str) -> None:
    assert send(client, login, act="arrive")["status"] == "401"


def test_another_login_with_the_same_session_gets_and_does_nothing(client: TestClient, desk: Desk) -> None:
    send(client, "wei", act="arrive")
    send(client, "wei", act="ask", text="销售额")
    session = session_of(desk)
    turns = len(session.turns)
    files = list(session.outbox)
    for act in ("ask", "select", "export-open", "page", "stop", "arrive"):
        refused = send(client, "lin", act=act, text="上海高价值客户", turn=session.turns[0].id, ref="catalogue")
        assert refused == {"status": "403"}
    assert client.get(f"{API}/heartbeat/{TAB}", headers={"x-login": "lin"}).status_code == 403
    assert (len(session.turns), session.page, session.outbox) == (turns, "ask", files)
    assert session.account.login == "wei"
    back = send(client, "wei", act="sync")
    assert "销售额" in back["talk"]


def test_the_desk_itself_refuses_another_login_whatever_stands_before_it(desk: Desk, client: TestClient) -> None:
    send(client, "wei", act="arrive")
    session = session_of(desk)
    shown = list(desk.handle(session, "lin", Payload.of({"act": "ask", "text": "销售额"})))
    assert len(shown) == 1
    assert "王伟" not in "".join(shown[0].values())
    assert session.turns == []


def test_server_functions_know_who_asks(client: TestClient, desk: Desk) -> None:
    send(client, "wei", act="arrive")
    config = client.get("/config", headers={"x-login": "wei"}).json()
    component = next(one["id"] for one in config["components"] if one["props"].get("server_fns"))

    def call(login: str, function: str, sent: dict[str, str], tab: str) -> object:
        body = {"data": [sent], "component_id": component, "fn_name": function, "session_hash": tab}
        answer = client.post(f"{API}/component_server", json=body, headers={"x-login": login})
        return answer.json() if answer.status_code == 200 else answer.status_code

    typed = {"text": "上海", "dataset": "retail", "language": "zh"}
    assert call("wei", "complete", typed, TAB) != {"completions": [], "spans": []}
    assert call("new", "complete", typed, "other") == {"completions": [], "spans": []}
    assert call("lin", "complete", {**typed, "dataset": "second"}, "other") == {"completions": [], "spans": []}


def test_a_page_learns_whether_it_can_go_on(client: TestClient, desk: Desk) -> None:
    send(client, "wei", act="arrive")
    visit = session_of(desk).visit
    for login, asked, status in (
        ("wei", visit, 204),
        ("lin", visit, 403),
        ("old", visit, 401),
        ("wei", "unknown", 410),
    ):
        assert client.head(f"/?visit={asked}", headers={"x-login": login}).status_code == status


def test_a_file_is_handed_to_whom_it_waits_for_and_to_nobody_else(client: TestClient, desk: Desk) -> None:
    send(client, "wei", act="arrive")
    send(client, "wei", act="ask", text="销售额")
    send(client, "wei", act="picture", turn=session_of(desk).turns[0].id, ref="svg")
    path = session_of(desk).outbox[0]
    assert client.get(f"{API}/file={path}", headers={"x-login": "wei"}).text == path.read_text(encoding="utf-8")
    assert client.get(f"{API}/file={path}", headers={"x-login": "lin"}).status_code == 403
    for other in ("/etc/passwd", f"{path.parent}/../x", f"{path.parents[1]}"):
        assert client.get(f"{API}/file={other}", headers={"x-login": "wei"}).status_code == 403


def test_an_account_that_is_closed_meanwhile_sees_that_it_is_signed_out(
    client: TestClient, access: ScriptedAccess, desk: Desk
) -> None:
    send(client, "wei", act="arrive")
    session, administrator, wei = session_of(desk), access.account("ana"), access.account("wei")
    assert administrator is not None
    assert wei is not None
    events = desk.handle(session, "wei", Payload.of({"act": "ask", "text": "慢"}))
    next(events)
    running = session.running
    access.update(replace(wei, active=False), by=administrator)
    last = list(events)[-1]
    assert "您已退出登录" in last["closed"]
    assert all(not last[name].partition("\n")[2] for name in ("top", "talk", "result", "dialog", "composer"))
    assert running is not None
    assert running.cancel.pressed
    assert send(client, "wei", act="sync") == {"status": "401"}
    closed = next(one for one in access.accounts(by=administrator) if one.login == "wei")
    access.update(replace(closed, active=True), by=administrator)
