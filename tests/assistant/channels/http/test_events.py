"""Events come in by one route: kept once each, refused one by one, and turned away whole when too many wait."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant.accounts.types import Scope
from assistant.channels.http import events as route
from assistant.channels.http.events import Inlet, Inlets
from assistant.channels.scripted import ScriptedWorkspace
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.landing.intake import Accepted, EventIntake, FullError
from semantic_layer.ingestion.warehouse import Warehouse
from semantic_layer.policy.types import User
from tests.assistant.channels.http.scene import ANA, BEN, NEMO, NOW, Keys, Scene


@dataclass
class ScriptedInlet:
    """Keeps what it is told to: nothing is refused, ids that came before are known."""

    fails: Exception | None = None
    kept: list[tuple[str, str]] = field(default_factory=list)

    def accept(self, source: str, events: Sequence[Mapping[str, object]]) -> Accepted:
        if self.fails is not None:
            raise self.fails
        ids = [(source, str(event["event_id"])) for event in events]
        known = tuple(at for at, one in enumerate(ids) if one in self.kept)
        self.kept += [one for at, one in enumerate(ids) if at not in known]
        return Accepted(new=len(ids) - len(known), known=len(known), known_at=known)


def mounted(scene: Scene, inlet: Inlet, *, allowed: bool = True) -> Scene:
    def may(_: str, user: User) -> bool:
        return allowed and user.name == "ana"

    return replace(scene, inlets=Inlets(of=lambda _: inlet, may_write=may))


def batch(*names: str, **more: object) -> dict[str, object]:
    return {"source": "app", "events": [{"event_id": name} for name in names], **more}


def test_what_is_sent_is_kept_and_told_one_by_one(scene: Scene, tmp_path: Path) -> None:
    intake = EventIntake(
        Warehouse(tmp_path / "w.duckdb"), most_waiting=100, now=lambda: datetime(2026, 11, 2, tzinfo=UTC)
    )
    client = mounted(scene, intake).client()
    client.post("/events", json=batch("a"))
    sent = {
        "source": "app",
        "events": [{"event_id": "a"}, {"event_id": "b", "amount": 3.5, "tags": ["x"]}, {"amount": 1}],
    }
    response = client.post("/events", json=sent, headers={"Accept-Language": "zh"})
    assert response.status_code == 202
    assert response.json() == {
        "new": 1,
        "known": 1,
        "refused": 1,
        "events": [
            {"index": 0, "event_id": "a", "state": "known", "reason": ""},
            {"index": 1, "event_id": "b", "state": "new", "reason": ""},
            {"index": 2, "event_id": None, "state": "refused", "reason": "event_id 应为 1 到 200 个可见字符的文字。"},
        ],
    }
    taken = intake.take(10)
    intake.close()
    assert taken is not None
    assert json.loads(taken.events.column("body")[1].as_py()) == {"event_id": "b", "amount": 3.5, "tags": ["x"]}


def test_the_field_decides_the_language(scene: Scene, tmp_path: Path) -> None:
    intake = EventIntake(Warehouse(tmp_path / "w.duckdb"), most_waiting=100, now=lambda: NOW)
    client = mounted(scene, intake).client()
    out = client.post("/events", json={"source": "app", "events": [{}], "language": "zh"}).json()
    intake.close()
    assert out["events"][0]["reason"].startswith("event_id 应为")


@pytest.mark.parametrize(("tongue", "said"), [("zh", "等待处理的事件太多"), ("en", "Too many events wait")])
def test_when_too_many_wait_the_batch_is_to_come_again(scene: Scene, tongue: str, said: str) -> None:
    client = mounted(scene, ScriptedInlet(fails=FullError(5000, 10))).client()
    response = client.post("/events", json=batch("a"), headers={"Accept-Language": tongue})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "10")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"].startswith(said)


def test_a_warehouse_that_cannot_be_written_is_told_as_such(scene: Scene) -> None:
    client = mounted(scene, ScriptedInlet(fails=DataError(Text("磁盘满", "The disk is full")))).client()
    response = client.post("/events", json=batch("a"))
    assert (response.status_code, response.json()["detail"]) == (503, "The disk is full")
    assert "Retry-After" in response.headers


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"events": [{"event_id": "a"}]}, "body.source"),
        ({"source": "app"}, "body.events"),
        ({"source": "app", "events": []}, "body.events"),
        ({"source": "app", "events": [{"event_id": str(at)} for at in range(501)]}, "body.events"),
        ({"source": "app", "events": ["a"]}, "body.events.0"),
        ({"source": "app", "events": [{}], "more": 1}, "body.more"),
    ],
    ids=["no source", "no events", "none", "too many", "no object", "unknown field"],
)
def test_a_body_with_faults_is_told_with_their_places(scene: Scene, body: object, where: str) -> None:
    inlet = ScriptedInlet()
    client = mounted(scene, inlet).client()
    for tongue in ("zh", "en"):
        response = client.post("/events", json=body, headers={"Accept-Language": tongue})
        assert response.status_code == 422
        assert response.json()["errors"][0]["where"] == where
    assert inlet.kept == []


@pytest.mark.parametrize("content", [b"", b"hello", b"[" * 100_000, b'{"source": "\xff"}'])
def test_what_is_not_a_body_is_refused(scene: Scene, content: bytes) -> None:
    client = mounted(scene, ScriptedInlet()).client()
    response = client.post("/events", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)


def test_a_request_that_is_too_large_is_refused_in_both_languages(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "MOST_BYTES", 100)
    inlet = ScriptedInlet()
    client = mounted(scene, inlet).client()
    for tongue, said in (("zh", "请求太大"), ("en", "The request is too large")):
        response = client.post("/events", json=batch(*"abcdefgh"), headers={"Accept-Language": tongue})
        assert (response.status_code, response.json()["type"]) == (413, "problems/too-large")
        assert response.json()["detail"].startswith(said)
    assert inlet.kept == []


def test_who_has_no_key_or_no_role_sends_nothing(scene: Scene) -> None:
    inlet = ScriptedInlet()
    scene = mounted(scene, inlet)
    assert scene.client(None).post("/events", json=batch("a")).status_code == 401
    assert scene.client(NEMO).post("/events", json=batch("a")).status_code == 403
    assert inlet.kept == []


def test_a_key_needs_the_scope_and_a_role_the_right(workspace: ScriptedWorkspace) -> None:
    inlet = ScriptedInlet()
    scene = mounted(Scene(workspace, Keys()), inlet)
    lacks = scene.client(ANA, Scope.ASK).post("/events", json=batch("a"))
    assert (lacks.status_code, lacks.json()["scopes"]) == (403, ["ask"])
    denied = scene.client(BEN).post("/events", json=batch("a"))
    assert (denied.status_code, denied.json()["detail"]) == (403, route.NOT_ALLOWED.en)
    assert scene.client(ANA, Scope.EVENTS).post("/events", json=batch("a")).status_code == 202
    assert inlet.kept == [("app", "a")]


def test_an_unknown_data_set_is_named(scene: Scene) -> None:
    client: TestClient = mounted(scene, ScriptedInlet()).client()
    response = client.post("/events", json=batch("a", data_set="retial"))
    assert (response.status_code, response.json()["suggestions"]) == (404, ["retail"])


def test_it_is_described(scene: Scene) -> None:
    described = mounted(scene, ScriptedInlet()).client().get("/openapi.json").json()
    post = described["paths"]["/events"]["post"]
    assert post["operationId"] == "send_events"
    assert {"202", "413", "422", "429"} <= post["responses"].keys()
    assert described["components"]["schemas"]["EventsBody"]["properties"]["events"]["maxItems"] == 500
