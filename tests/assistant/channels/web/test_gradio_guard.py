"""Before the page: every address that the tool-kit mounts, and two persons who know each other's tabs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import httpx2
import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from assistant.channels.web.guests import login_of
from assistant.channels.web.serving import WebServer
from tests.assistant.channels.web.sites import PAGE, PASSWORD, Parts, Site, no_accounts, served, site

TAB = "tab-of-bo"


def blocks() -> gr.Blocks:
    """A page with one of everything that the real one has: events, functions for the browser, a state."""
    with gr.Blocks(analytics_enabled=False) as page:
        kept = gr.State(None)
        box = gr.Textbox()
        out = gr.HTML("", server_functions=[whisper])

        def greet(said: str, request: gr.Request) -> tuple[str, str]:
            return said, f"{said}, {request.username}"

        box.submit(greet, [box], [kept, out], api_visibility="private")
        page.unload(lambda: None)
    return page


def whisper(said: object) -> str:
    return f"heard {said}"


def mounted_in(outbox: Path):
    def mount(app: FastAPI) -> None:
        gr.mount_gradio_app(
            app, blocks(), path="/", auth_dependency=login_of, allowed_paths=[str(outbox)], ssr_mode=False,
            footer_links=[], run_history=True, show_error=False, enable_monitoring=True, mcp_server=False,
        )  # fmt: skip

    return mount


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outbox").resolve()
    for name in ("k3y-of-bo", "k3y-of-cy"):
        (folder / name).mkdir()
        (folder / name / "list.csv").write_text("id\n1\n", encoding="utf-8")
    (folder / "loose.csv").write_text("id\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def here(outbox: Path) -> Site:
    return site(parts=Parts(mount_page=mounted_in(outbox), outbox=outbox))


@pytest.fixture(scope="module")
def server(here: Site) -> Iterator[WebServer]:
    with served(here.app) as server:
        yield server


@pytest.fixture(scope="module")
def stranger(server: WebServer) -> Iterator[httpx2.Client]:
    """Nobody who is signed in."""
    with httpx2.Client(base_url=server.address) as http:
        yield http


@dataclass
class Person:
    http: httpx2.Client

    def get(self, path: str, **more: object) -> httpx2.Response:
        return self.http.get(path, **more)

    def post(self, path: str, **body: object) -> httpx2.Response:
        return self.http.post(path, json=body)

    def join(self, tab: str) -> httpx2.Response:
        return self.post("/gradio_api/queue/join", data=["hello"], fn_index=0, session_hash=tab)

    def heard(self, tab: str) -> list[dict[str, object]]:
        text = self.get("/gradio_api/queue/data", params={"session_hash": tab}).text
        return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]

    def component(self) -> int:
        config = self.get("/", headers=PAGE).text.split("window.gradio_config = ")[1].split(";</script>")[0]
        return next(part["id"] for part in json.loads(config)["components"] if part["type"] == "html")


@pytest.fixture(scope="module")
def people(server: WebServer) -> Iterator[tuple[Person, Person]]:
    """`bo` and `cy`, signed in."""
    with httpx2.Client(base_url=server.address) as bo, httpx2.Client(base_url=server.address) as cy:
        for http, login in ((bo, "bo"), (cy, "cy")):
            assert http.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
        yield Person(bo), Person(cy)


# --- who is not signed in


OPEN = {
    # pages of signing in, and what machines ask
    "GET /sign-in", "POST /sign-in", "GET /health", "GET /ready", "GET /robots.txt",
    # files that ship with the tool-kit: the same for everybody
    "GET /assets/{path:path}", "GET /static/{path:path}", "GET /svelte/{path:path}", "GET /favicon.ico",
    "GET /manifest.json", "GET /theme.css",
}  # fmt: skip


def addresses(routes: list[object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from addresses(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):  # a router that FastAPI includes without copying its routes
            yield from addresses(route.original_router.routes, prefix)
        elif getattr(route, "path", None) is not None:
            for method in sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD", "OPTIONS"}):
                yield method, prefix + route.path


def filled(path: str) -> str:
    path = path.replace("{path:path}", "x.js").replace("{path_or_url:path}", "/etc/passwd")
    return re.sub(r"\{[^}]*\}", "x", path)


def test_nothing_is_reached_without_a_sign_in_but_what_is_listed(here: Site, stranger: httpx2.Client) -> None:
    walked = sorted(set(addresses(here.app.routes)))
    assert len(walked) > 70  # the tool-kit's are among them
    assert ("POST", "/gradio_api/queue/join") in walked
    reached = set()
    for method, path in walked:
        answer = stranger.request(method, filled(path), headers=PAGE, json={} if method == "POST" else None)
        leads_away = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        refused = answer.status_code == 401
        unknown = answer.status_code == 404 and "没有这个页面" in answer.text  # the guard's own words
        if not (leads_away or refused or unknown):
            reached.add(f"{method} {path}")
    assert reached <= OPEN
    for method, path in walked:
        program = stranger.request(method, filled(path))
        if f"{method} {path}" not in OPEN and not path.startswith(("/sign-", "/password")):
            assert program.status_code in (401, 404), path
            assert program.headers["content-type"] == "application/problem+json"


def test_a_person_is_led_to_the_sign_in_and_back(here: Site) -> None:
    browser = here.browser()
    assert browser.get("/", headers=PAGE).headers["location"] == "/sign-in"
    assert browser.get("/?page=segments&a=%2F", headers=PAGE).headers["location"] == (
        "/sign-in?next=/%3Fpage%3Dsegments%26a%3D%252F"
    )
    assert browser.get("/gradio_api/queue/data?session_hash=t").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "//gradio_api/queue/data",
        "/gradio_api//queue/data",
        "/gradio_api/queue/data/",
        "/GRADIO_API/info",
        "/gradio_api/../config",
        "/gradio_api/queue%2Fdata",
        "/%67radio_api/info",
    ],
)
def test_other_spellings_of_an_address_lead_nowhere(here: Site, path: str) -> None:
    for browser, statuses in ((here.browser(), (401, 404)), (here.signed_in("bo"), (400, 403, 404))):
        assert browser.request("GET", f"http://127.0.0.1{path}").status_code in statuses


# --- who is


def test_a_question_is_answered_to_whoever_asked(people: tuple[Person, Person]) -> None:
    bo, _ = people
    assert bo.join("t-1").status_code == 200
    done = [event for event in bo.heard("t-1") if event["msg"] == "process_completed"]
    assert "hello, bo" in json.dumps(done)


def test_whoever_knows_a_tab_or_an_event_of_another_gets_nowhere(people: tuple[Person, Person]) -> None:
    bo, cy = people
    event = bo.join(TAB).json()["event_id"]
    component = cy.component()
    tries = [
        cy.join(TAB),
        cy.get("/gradio_api/queue/data", params={"session_hash": TAB}),
        cy.get(f"/gradio_api/heartbeat/{TAB}"),
        cy.post("/gradio_api/cancel", session_hash=TAB, fn_index=0, event_id=event),
        cy.post("/gradio_api/cancel", session_hash="tab-of-cy", fn_index=0, event_id=event),
        cy.post(
            "/gradio_api/component_server", data=["x"], component_id=component, fn_name="whisper", session_hash=TAB
        ),
        cy.post(
            "/gradio_api/component_server/", data=["x"], component_id=component, fn_name="whisper", session_hash=TAB
        ),
        cy.post("/gradio_api/run/greet", data=["x"], session_hash=TAB),
        cy.post("/gradio_api/run/predict", data=["x"], fn_index=0, session_hash=TAB),
        cy.post("/gradio_api/api/predict", data=["x"], fn_index=0, session_hash=TAB),
        cy.post("/gradio_api/call/greet", data=["x"], session_hash=TAB),
        cy.post("/gradio_api/call/v2/greet", data=["x"]),
        cy.get(f"/gradio_api/call/greet/{event}"),
        cy.get(f"/gradio_api/call/v2/greet/{event}"),
        cy.post(f"/gradio_api/stream/{event}", data=[]),
        cy.post(f"/gradio_api/stream/{event}/close"),
        cy.get(f"/gradio_api/stream/{TAB}/1/2/playlist.m3u8"),
        cy.get("/gradio_api/deep_link", params={"session_hash": TAB}),
        cy.http.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}),
        cy.get("/gradio_api/upload_progress", params={"upload_id": "x"}),
    ]
    assert [answer.status_code for answer in tries] == [403] * len(tries)
    assert "hello, bo" in json.dumps(bo.heard(TAB))  # and bo's answer was not disturbed


def test_ones_own_tab_can_be_stopped_and_asked(people: tuple[Person, Person]) -> None:
    bo, _ = people
    event = bo.join("t-2").json()["event_id"]
    assert bo.post("/gradio_api/cancel", session_hash="t-2", fn_index=0, event_id=event).status_code == 200
    answer = bo.post(
        "/gradio_api/component_server/", data="x", component_id=bo.component(), fn_name="whisper", session_hash="t-2"
    )
    assert answer.json() == "heard x"


@pytest.mark.parametrize(
    "path",
    [
        "info", "openapi.json", "user", "token", "login_check", "queue/status", "dev/reload", "proxy=http://127.0.0.1/x",
        "file/etc/passwd", "custom_component/x/client/y/z", "runs", "run-history/buckets", "vibe-code", "deep_link",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_closed(people: tuple[Person, Person], path: str) -> None:
    assert people[0].get(f"/gradio_api/{path}").status_code == 403


@pytest.mark.parametrize(
    "path", ["process_recording", "vibe-edit", "undo-vibe-edit", "vibe-code", "run-history/connect", "upload"]
)
def test_what_would_change_something_is_closed(people: tuple[Person, Person], path: str) -> None:
    assert people[0].post(f"/gradio_api/{path}").status_code == 403


@pytest.mark.parametrize(
    "path", ["/monitoring", "/monitoring/summary", "/monitoring/x", "/login", "/logout", "/config", "/pwa_icon"]
)
def test_pages_of_the_tool_kit_are_unknown(people: tuple[Person, Person], path: str) -> None:
    assert people[0].get(path).status_code == 404


def test_a_tab_is_named_once_and_in_json(people: tuple[Person, Person]) -> None:
    bo, cy = people
    bo.join(TAB)
    join = "/gradio_api/queue/join"
    twice = f'{{"session_hash": "own", "session_hash": "{TAB}", "data": [], "fn_index": 0}}'
    json_type = {"content-type": "application/json"}
    assert cy.http.post(join, content=twice, headers=json_type).status_code == 403
    assert cy.get("/gradio_api/queue/data?session_hash=own&session_hash=" + TAB).status_code == 400
    assert cy.get("/gradio_api/queue/data").status_code == 400
    for odd in ("", "[]", "{", '{"session_hash": 1}', '{"session_hash": ""}', "[" * 100_000):
        assert cy.http.post(join, content=odd, headers=json_type).status_code == 400
    sent = {"session_hash": TAB, "fn_name": "whisper", "component_id": "1"}
    assert cy.http.post("/gradio_api/component_server", data=sent).status_code == 415
    assert cy.http.post("/gradio_api/component_server", files={"a": b"x"}, data=sent).status_code == 415


def test_a_file_is_for_whoever_fetched_it_first(people: tuple[Person, Person], outbox: Path) -> None:
    bo, cy = people
    own = f"/gradio_api/file={outbox}/k3y-of-bo/list.csv"
    assert bo.get(own).text == "id\n1\n"
    assert bo.get(own).headers["cache-control"] == "no-store"
    assert cy.get(own).status_code == 403
    assert cy.get(f"/gradio_api/file={outbox}/k3y-of-cy/list.csv").status_code == 200
    for odd in (
        "/etc/passwd", "relative.csv", f"{outbox}", f"{outbox}/loose.csv", f"{outbox}/k3y-of-cy/../k3y-of-bo/list.csv",
        f"{outbox}x/k3y-of-cy/list.csv", "https://evil.example/x",
    ):  # fmt: skip
        assert cy.get(f"/gradio_api/file={odd}").status_code == 403, odd


def test_after_signing_out_a_tab_is_silent(server: WebServer, here: Site) -> None:
    with httpx2.Client(base_url=server.address) as http:
        http.post("/sign-in", data={"login": "bo", "password": PASSWORD})
        bo = Person(http)
        bo.join("t-3")
        here.access.sign_out(http.cookies["qunxiang"])
        assert bo.get("/gradio_api/queue/data", params={"session_hash": "t-3"}).status_code == 401
        assert bo.join("t-3").status_code == 401


def test_the_page_may_load_only_from_here(people: tuple[Person, Person]) -> None:
    page = people[0].get("/", headers=PAGE)
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert page.headers["cache-control"] == "no-store"
    asset = re.search(r'src="\./(assets/[^"]+)"', page.text).group(1)
    assert "immutable" in people[0].get(f"/{asset}").headers["cache-control"]


# --- a machine without accounts


def test_without_accounts_the_page_is_open_to_this_machine_alone_until_the_server_stops(outbox: Path) -> None:
    local = site(no_accounts(), Parts(mount_page=mounted_in(outbox), outbox=outbox))
    with served(local.app) as server, httpx2.Client(base_url=server.address) as http:
        person = Person(http)
        assert person.join("t").status_code == 200
        assert "hello, local" in json.dumps(person.heard("t"))
        for told in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec-fetch-site": "same-site"}):
            assert http.get("/", headers=told).status_code in (403, 421)
            asked = http.post("/gradio_api/queue/join", json={"session_hash": "t"}, headers=told)
            assert asked.status_code in (403, 421)
        assert person.post("/gradio_api/run/predict", data=["x"], fn_index=0).status_code == 403
        with http.stream("GET", "/gradio_api/heartbeat/t") as stream:
            parts = stream.iter_raw()
            assert next(parts) == b"data: ALIVE\n\n"
            server.stop()
            last = b"".join(parts).decode()
    assert json.loads(last.strip().removeprefix("data: "))["msg"] == "unexpected_error"
