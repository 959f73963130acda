"""Questions and plans: replies as JSON and as events, whose conversation it is, and what a client that leaves sets free."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from assistant.answer import Event, Finished, Progress
from assistant.channels import scripted_answers
from assistant.channels.http.api import ANSWERING
from assistant.channels.scripted import ScriptedAssistant, ScriptedWorkspace
from assistant.channels.streams import OpenStreams
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Export, ListPeople, Plan, SaveSegment
from semantic_layer.query.types import Audience
from tests.assistant.channels.http.scene import ANA, BEN, Keys, Scene, asked, served, until

EVENTS = {"Accept": "text/event-stream"}


def events_of(text: str) -> list[tuple[str, Any]]:
    """Name and data of each event."""
    blocks = [block.splitlines() for block in text.strip().split("\n\n") if not block.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_an_answer_has_its_number_its_table_its_picture_and_its_plan(client: TestClient) -> None:
    reply = client.post("/ask", json={"question": "上个月各大区销售额"}).json()
    assert (reply["kind"], reply["language"], reply["data_set"]) == ("answer", "zh", "retail")
    assert reply["headline"]["value"] == "¥899.1万"
    assert [column["name"] for column in reply["table"]["columns"]] == ["region", "sales", "before", "rate"]
    assert reply["table"]["rows"][0][:3] == ["华东", 4211000.5, 3902112.0]
    assert reply["table"]["rows"][3][2:] == [None, None]
    assert reply["chart"]["spec"]["data"]
    assert reply["plan"] == encode(scripted_answers.SALES)
    assert reply["as_of"] == "2026-10-31"
    assert reply["conversation"] is None


def test_people_are_a_masked_sample_with_dates_as_text(client: TestClient) -> None:
    people = client.post("/ask", json={"question": "上海高价值客户"}).json()["people"]
    assert people["total_rows"] == 214
    assert [column["masked"] for column in people["columns"]] == [True, True, False, False, False, False]
    assert people["rows"][0] == ["张**", "138****1204", "上海", "金卡", 18250.5, "2026-09-03"]


@pytest.mark.parametrize(
    ("question", "kind", "language"),
    [("Which price?", "clarification", "en"), ("写一首诗", "refusal", "zh"), ("a poem, please", "refusal", "en")],
)
def test_a_question_back_and_an_honest_no_are_replies_too(
    client: TestClient, question: str, kind: str, language: str
) -> None:
    response = client.post("/ask", json={"question": question})
    assert response.status_code == 200
    assert (response.json()["kind"], response.json()["language"]) == (kind, language)


@pytest.mark.parametrize("pick", ["option", "chip", "removed chip", "follow-up", "step"])
def test_whatever_a_reply_offers_can_be_run(client: TestClient, pick: str) -> None:
    people = client.post("/ask", json={"question": "上海高价值客户"}).json()
    price = client.post("/ask", json={"question": "单价"}).json()
    plan = {
        "option": price["options"][0]["plan"],
        "chip": people["chips"][0]["options"][0]["plan"],
        "removed chip": people["chips"][0]["removed"],
        "follow-up": people["follow_ups"][0]["plan"],
        "step": people["waterfall"][0]["plan"],
    }[pick]
    reply = client.post("/plans", json={"plan": plan, "language": "en"}).json()
    assert (reply["kind"], reply["language"]) == ("answer", "en")


def test_the_model_is_asked_when_that_is_wanted(client: TestClient) -> None:
    assert client.post("/ask", json={"question": "上海"}).json()["can_ask_model"] is True
    reply = client.post("/ask", json={"question": "上海", "ask_model": True}).json()
    assert reply["understood_by"] == "模型理解（scripted-1）"


@pytest.mark.parametrize("path", ["/plans", "/segments", "/exports"])
@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"steps": []}, "at least one step"),
        (encode(Plan((SaveSegment("a", Audience()),))), "POST /segments"),
        (encode(Plan((Export(audience=Audience()),))), "POST /exports"),
        (encode(Plan((ListPeople(Audience()), SaveSegment("a", Audience())))), "POST /segments"),
        ({"is": "plan", "steps": [{"is": "delete_all"}]}, "is not known"),
        ({"is": "plan", "steps": [], "more": 1}, "is not known"),
        ({"steps": [{"is": "card", "key": {"$ne": 1}}]}, "expected str"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_plan_that_writes_or_cannot_be_read_is_refused(
    client: TestClient, told: list[str], path: str, plan: dict[str, Any], said: str
) -> None:
    body = {
        "/plans": {"plan": plan},
        "/segments": {"name": "a", "people": {"kind": "plan", "plan": plan}},
        "/exports": {"what": {"kind": "plan", "plan": plan}},
    }[path]
    response = client.post(path, json=body)
    assert (response.status_code, response.json()["type"]) == (422, "problems/invalid-plan")
    assert said in response.json()["detail"]


def test_a_plan_nested_too_deeply_is_refused(client: TestClient) -> None:
    where: dict[str, Any] = {"is": "compare", "field": "a", "op": "=", "value": 1}
    for _ in range(200):
        where = {"is": "not", "item": where}
    plan = {"steps": [{"is": "list_people", "audience": {"where": where}}]}
    assert client.post("/plans", json={"plan": plan}).status_code == 422


def test_events_are_progress_then_the_reply_then_done(client: TestClient) -> None:
    response = client.post("/ask", json={"question": "上个月各大区销售额"}, headers=EVENTS)
    assert response.headers["Content-Type"].startswith("text/event-stream")
    events = events_of(response.text)
    assert [name for name, _ in events] == ["progress", "progress", "progress", "reply", "done"]
    assert [data["stage"] for _, data in events[:3]] == ["understanding", "computing", "drawing"]
    assert events[0][1]["label"] == "理解问题…"
    plain = client.post("/ask", json={"question": "上个月各大区销售额"}).json()
    assert events[3][1].pop("id") != plain.pop("id")
    assert events[3][1] == plain


def test_each_fuller_reply_is_an_event_and_json_has_the_last(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stream(self: ScriptedAssistant, text: str, **given: object) -> Iterator[Event]:
        yield Progress(stage="computing", label="…")
        yield Finished(reply=scripted_answers.sales("first", text, "en"))
        yield Finished(reply=scripted_answers.sales("second", text, "en"))

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    events = events_of(client.post("/ask", json={"question": "x"}, headers=EVENTS).text)
    assert [data.get("id") for name, data in events if name == "reply"] == ["first", "second"]
    assert client.post("/ask", json={"question": "x"}).json()["id"] == "second"
    events = events_of(client.post("/ask", json={"question": "x", "whole": False}, headers=EVENTS).text)
    assert [name for name, _ in events] == ["progress", "reply", "done"]
    assert client.post("/ask", json={"question": "x", "whole": False}).json()["id"] == "first"


def test_a_long_silence_is_broken_by_comments(workspace: ScriptedWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def stream(self: ScriptedAssistant, text: str, **given: object) -> Iterator[Event]:
        go_on.wait(10)
        yield Finished(reply=scripted_answers.sales("a", text, "en"))

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    access = Keys()
    with (
        served(Scene(workspace, access, heartbeat=0.02).app) as address,
        asked(address, access.issue(ANA), "x") as connection,
    ):
        received = b""
        while received.count(b": still working\n\n") < 3:
            received += connection.recv(4096)
        go_on.set()
        while b"event: done" not in received:
            received += connection.recv(65536)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Who asked, through which door, in which conversation."""
    told: list[tuple[str, str, str]] = []
    plain = ScriptedAssistant.stream

    def stream(self: ScriptedAssistant, text: str, **given: Any) -> Iterator[Event]:
        told.append((given["user"].name, given["user"].via, given["conversation"]))
        return plain(self, text, **given)

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    return told


def test_a_conversation_belongs_to_whoever_began_it(scene: Scene, heard: list[tuple[str, str, str]]) -> None:
    ana, ben = scene.client(ANA), scene.client(BEN)
    for client in (ana, ana, ben):
        reply = client.post("/ask", json={"question": "那北京呢", "conversation": "c-1"}).json()
        assert reply["conversation"] == "c-1"
    ben.post("/ask", json={"question": "上海"})
    assert heard == [
        ("ana", "http", "http:ana:c-1"),
        ("ana", "http", "http:ana:c-1"),
        ("ben", "http", "http:ben:c-1"),
        ("ben", "http", ""),  # nothing is remembered
    ]


@pytest.mark.parametrize("name", ["http:ana:1", "a/b", "", "x" * 41, "a b", "会话", "a\n"])
def test_a_conversation_cannot_be_named_so_that_it_is_somebody_elses(client: TestClient, name: str) -> None:
    response = client.post("/ask", json={"question": "x", "conversation": name})
    assert response.json()["errors"][0]["where"] == "body.conversation"


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_stops_the_work_and_frees_its_place(
    workspace: ScriptedWorkspace, told: list[str], heard: list[tuple[str, str, str]], stream: bool
) -> None:
    access, streams = Keys(), OpenStreams(5)
    key = access.issue(ANA)
    with served(Scene(workspace, access, streams=streams).app) as address:
        connections = [asked(address, key, "慢", stream=stream) for _ in range(3)]
        until(lambda: len(heard) == 3)
        assert streams.count == (3 if stream else 0)
        for connection in connections:
            connection.close()
        until(lambda: told.count("cancelled") == 3 and streams.count == 0)


def test_who_waits_in_the_queue_and_leaves_never_begins(
    workspace: ScriptedWorkspace, told: list[str], heard: list[tuple[str, str, str]]
) -> None:
    access, streams = Keys(), OpenStreams(100)
    ana, ben = access.issue(ANA), access.issue(BEN)
    with served(Scene(workspace, access, streams=streams, most=40).app) as address:
        working = [asked(address, ana, "慢") for _ in range(ANSWERING)]
        until(lambda: len(heard) == ANSWERING)
        waiting = [asked(address, ben, "慢") for _ in range(3)]
        until(lambda: streams.count == ANSWERING + 3)
        for connection in waiting:
            connection.close()
        until(lambda: streams.count == ANSWERING)
        for connection in working:
            connection.close()
        until(lambda: streams.count == 0)
        assert [who for who, _, _ in heard] == ["ana"] * ANSWERING
        until(lambda: told == ["cancelled"] * ANSWERING)


def crowd(workspace: ScriptedWorkspace, monkeypatch: pytest.MonkeyPatch, *, size: int, most: int) -> None:
    """`size` streams of Ana with more to send than she reads; Ben, and her own short questions, are served all the same."""

    def stream(self: ScriptedAssistant, text: str, **given: object) -> Iterator[Event]:
        if text == "hold":
            yield from (Progress(stage="computing", label="x" * 10_000) for _ in range(1000))
        yield Finished(reply=scripted_answers.sales("a", text, "en"))

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    access, streams = Keys(), OpenStreams(most)
    ana, ben = ({"Authorization": f"Bearer {access.issue(who)}"} for who in (ANA, BEN))
    with served(Scene(workspace, access, streams=streams, most=most).app) as address:
        connections = [asked(address, ana["Authorization"].removeprefix("Bearer "), "hold") for _ in range(size)]
        try:
            until(lambda: streams.count == most // 4)
            with httpx2.Client(base_url=f"http://{address[0]}:{address[1]}/v1", timeout=60) as client:
                for _ in range(3):
                    assert client.post("/ask", json={"question": "s"}, headers=ben).json()["kind"] == "answer"
                    assert "event: done" in client.post("/ask", json={"question": "s"}, headers=EVENTS | ben).text
                    assert client.get("/me", headers=ben).status_code == 200
                refused = client.post("/ask", json={"question": "s"}, headers=EVENTS | ana)
                assert (refused.status_code, refused.json()["type"]) == (503, "problems/busy")
                assert int(refused.headers["Retry-After"]) > 0
                assert client.post("/ask", json={"question": "s"}, headers=ana).status_code == 200
        finally:
            for connection in connections:
                connection.close()
        until(lambda: streams.count == 0)


def test_many_streams_of_one_person_keep_nobody_else_waiting(
    workspace: ScriptedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(workspace, monkeypatch, size=30, most=20)


@pytest.mark.slow
def test_a_thousand_streams_of_one_person_keep_nobody_else_waiting(
    workspace: ScriptedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(workspace, monkeypatch, size=1000, most=200)
