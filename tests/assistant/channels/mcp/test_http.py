"""The door over real HTTP, with the official client: keys, sessions, addresses, approval, progress and a stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx2
import pytest
import uvicorn
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.routing import Route

from assistant.accounts.types import Scope
from assistant.channels.mcp.application import mcp_application
from assistant.settings import Settings
from tests.assistant.channels.mcp.scene import Clock, House, Ids, KeyedAccess, Person, account, house

pytestmark = pytest.mark.anyio
ERAS = ("auto", "legacy")
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@dataclass
class Served:
    home: House
    url: str

    def headers(self, secret: str | None, **more: str) -> dict[str, str]:
        return {**({"Authorization": f"Bearer {secret}"} if secret else {}), **more}

    @asynccontextmanager
    async def client(
        self, person: Person | None = None, *, secret: str | None = "ana", mode: str = "auto", **headers: str
    ):
        async with httpx2.AsyncClient(headers=self.headers(secret, **headers), timeout=30) as http:
            transport = streamable_http_client(self.url, http_client=http)
            async with Client(transport, mode=mode, elicitation_callback=person) as client:
                yield client

    async def post(self, body: object, secret: str | None = "ana", **headers: str) -> httpx2.Response:
        async with httpx2.AsyncClient(timeout=30) as http:
            return await http.post(self.url, json=body, headers={**ACCEPT, **self.headers(secret), **headers})


def serving(home: House) -> Iterator[Served]:
    app, lifespan = mcp_application(
        home.workspace, home.access, settings=Settings(base_url=""), clock=home.clock, new_id=Ids()
    )

    @asynccontextmanager
    async def living(_: Starlette):
        async with lifespan():
            yield

    outer = Starlette(routes=[Route("/mcp", endpoint=app)], lifespan=living)
    server = uvicorn.Server(uvicorn.Config(outer, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(home, f"http://127.0.0.1:{port}/mcp")
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = house(tmp_path_factory.mktemp("served"))
    home.access.add("bob", account("bob", "analyst"))
    yield from serving(home)


@pytest.mark.parametrize("era", ERAS)
async def test_tools_are_listed_and_called_with_progress(served: Served, era: str) -> None:
    steps: list[str | None] = []

    async def heard(done: float, total: float | None, line: str | None) -> None:
        steps.append(line)

    headers = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
    async with served.client(mode=era, **headers) as client:
        titles = [tool.title for tool in (await client.list_tools()).tools]
        result = await client.call_tool("ask", {"question": "sales by region"}, progress_callback=heard)
        sets = (await client.call_tool("list_data_sets", {})).structured_content["data_sets"]
        wrong = await client.call_tool("aks", {})
    assert titles[:3] == ["提问", "运行计划", "列出数据集"]
    assert result.structured_content["text"].startswith("Sales in September 2026")
    assert steps == ["Understanding…", "Computing…", "Drawing…"]
    assert sets[0]["title"] == "青禾生活"
    assert "没有名为「aks」的工具。您是不是指ask？" in wrong.content[0].text


@pytest.mark.parametrize("era", ERAS)
async def test_a_person_is_asked_over_the_wire(served: Served, era: str) -> None:
    person, name = Person(), f"wire {era}"
    async with served.client(person, mode=era) as client:
        question = "上海有流失风险的高价值客户有哪些？"
        plan = (await client.call_tool("ask", {"question": question})).structured_content["plan"]
        done = await client.call_tool("save_segment", {"plan": plan, "name": name})
        taken = await client.call_tool("export_segment", {"name": name, "purpose": "win-back SMS"})
        page = await client.read_resource(taken.structured_content["uri"])
    async with served.client(mode=era) as client:
        mute = await client.call_tool("delete_segment", {"name": name})
    async with served.client(secret="bob", mode=era) as client:
        with pytest.raises(MCPError, match="No exported file"):
            await client.read_resource(taken.structured_content["uri"])
    assert not done.is_error
    assert page.contents[0].mime_type == "text/csv"
    assert len(person.asked) == 2
    assert mute.is_error


@pytest.mark.parametrize("era", ERAS)
async def test_a_question_that_is_given_up_stops_computing(served: Served, era: str) -> None:
    begun = anyio.Event()
    before = served.home.told.count("cancelled")

    async def heard(done: float, total: float | None, line: str | None) -> None:
        begun.set()

    async with served.client(mode=era) as client, anyio.create_task_group() as tasks:

        async def slow() -> None:
            await client.call_tool("ask", {"question": "慢慢算"}, progress_callback=heard)

        tasks.start_soon(slow)
        await begun.wait()
        tasks.cancel_scope.cancel()
    with anyio.fail_after(10):
        while served.home.told.count("cancelled") == before:  # noqa: ASYNC110  # told by another thread
            await anyio.sleep(0.01)


@pytest.mark.parametrize(
    ("secret", "challenge", "said"),
    [
        (None, 'Bearer realm="qunxiang"', "Send an API key in the header"),
        ("wrong", 'Bearer realm="qunxiang", error="invalid_token"', "This key was revoked."),
    ],
)
async def test_nobody_comes_in_without_a_key_that_holds(
    served: Served, secret: str | None, challenge: str, said: str
) -> None:
    response = await served.post(HELLO, secret)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == challenge
    assert said in response.json()["error_description"]


async def test_a_refusal_speaks_the_language_of_the_request(served: Served) -> None:
    response = await served.post(HELLO, None, **{"Accept-Language": "zh"})
    assert "请在请求头里带上 API 密钥" in response.json()["error_description"]


async def test_a_session_belongs_to_the_key_that_opened_it(served: Served) -> None:
    opened = await served.post(HELLO)
    session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert (await served.post(ping, **session)).status_code == 200
    other = await served.post(ping, "bob", **session)
    assert (other.status_code, other.json()["error"]["message"]) == (404, "Session not found")
    assert (await served.post(ping, None, **session)).status_code == 401


@pytest.mark.parametrize("era", ERAS)
async def test_a_key_that_is_revoked_in_the_middle_opens_nothing_more(served: Served, era: str) -> None:
    served.home.access.add("cat", account("cat", "analyst"), [Scope.ASK, Scope.SEGMENTS_READ])
    async with served.client(secret="cat", mode=era) as client:
        before = await client.call_tool("list_segments", {})
        served.home.access.revoke("cat")
        with pytest.raises(MCPError):
            await client.call_tool("list_segments", {})
    assert not before.is_error


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
async def test_pages_of_other_sites_are_not_served(served: Served, headers: dict[str, str], status: int) -> None:
    assert (await served.post(HELLO, **headers)).status_code == status


async def test_without_accounts_the_person_at_the_machine_needs_no_key_and_a_foreign_name_leads_nowhere(
    tmp_path: Path,
) -> None:
    told = house(tmp_path)
    home = House(told.workspace, KeyedAccess(local=account("local", "analyst")), Clock(), told.told)
    for served in serving(home):
        async with served.client(secret=None) as client:
            sets = await client.call_tool("list_data_sets", {})
            tools = (await client.list_tools()).tools
        foreign = await served.post(HELLO, None, Host="evil.example")
    assert sets.structured_content["data_sets"][0]["roles"] == ["analyst"]
    assert len(tools) == 11
    assert foreign.status_code == 421
