"""Responses come in by one route: for keys and accounts that may, again without harm, and what is wrong is told one by one."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from pyroaring import BitMap

from assistant.accounts.types import Scope
from assistant.channels.http.events import Inlets, nowhere
from semantic_layer.errors import DataError, Text
from semantic_layer.policy.types import User
from tests.assistant.channels.http.scene import ANA, BEN, NEMO, NOW, Scene
from tools.effect.hearing import Hearing, Taken
from tools.effect.intake import from_webhook
from tools.effect.responses import ResponsesInMemory, SentMessage

ZONE = ZoneInfo("Asia/Shanghai")
AT = "2026-11-02T09:10:00+08:00"


class Sent:
    """One message, m-7, to the customer 7."""

    def __init__(self) -> None:
        self.noes: list[tuple[str, int]] = []
        self.message = SentMessage(campaign="c1", key=7, channel="短信", at=NOW.replace(hour=0), days=30)

    def of_message(self, message: str) -> SentMessage | None:
        return self.message if message == "m-7" else None

    def to(self, campaign: str, key: int) -> SentMessage | None:
        return self.message if (campaign, key) == ("c1", 7) else None

    def unsubscribe(self, channel: str, key: int, at: object, source: str) -> None:
        self.noes.append((channel, key))


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def hearing(sent: Sent, scene: Scene) -> Scene:
    """The interface with an ear; ana may write events."""
    ear = Hearing(
        ResponsesInMemory(),
        sent,
        sent,
        data_set="retail",
        everybody=lambda: BitMap([7, 8]),
        clock=lambda: NOW,
    )

    def hear(data_set: str, body: bytes) -> Taken:
        assert data_set == "retail"
        return ear.take(from_webhook(body, ZONE))

    def may(_: str, user: User) -> bool:
        return user.name == "ana"

    return replace(scene, inlets=Inlets(of=nowhere().of, may_write=may, hear=hear))


def events(*many: dict[str, object], **more: object) -> dict[str, object]:
    return {"events": list(many), **more}


def event(name: str, kind: str = "click", **more: object) -> dict[str, object]:
    return {"id": name, "kind": kind, "at": AT, "message": "m-7", **more}


def test_a_batch_may_be_sent_again_and_a_no_holds_at_once(hearing: Scene, sent: Sent) -> None:
    client = hearing.client(ANA, Scope.EVENTS)
    batch = events(event("a"), event("b", "unsubscribe"), event("c", message="", campaign="c1", key=7))
    first = client.post("/responses", json=batch)
    assert first.status_code == 202
    assert first.json() == {"new": 3, "known": 0, "aside": 0, "unsubscribed": 1, "unread": []}
    assert sent.noes == [("短信", 7)]
    again = client.post("/responses", json=batch)
    assert again.json() == {"new": 0, "known": 3, "aside": 0, "unsubscribed": 0, "unread": []}
    assert len(sent.noes) == 1


def test_people_whom_nobody_knows_are_kept_aside_and_what_cannot_be_read_is_named(hearing: Scene, sent: Sent) -> None:
    client = hearing.client()
    batch = events(
        event("a", "unsubscribe", message="m-99"), event("b", "dance"), {"id": "c"}, event("d", key=-1), event("e")
    )
    for tongue, said in (("zh", "不认识事件类型「dance」"), ("en", "'dance' is no kind of event")):
        answer = client.post("/responses", json=batch, headers={"Accept-Language": tongue}).json()
        assert [one["index"] for one in answer["unread"]] == [1, 2, 3]
        assert answer["unread"][0]["reason"].startswith(said)
    assert (answer["new"], answer["known"]) == (0, 2)
    assert sent.noes == []


@pytest.mark.parametrize("scope", [one for one in Scope if one is not Scope.EVENTS])
def test_other_scopes_are_not_enough(hearing: Scene, sent: Sent, scope: Scope) -> None:
    answer = hearing.client(ANA, scope).post("/responses", json=events(event("a", "unsubscribe")))
    assert answer.status_code == 403
    assert sent.noes == []


@pytest.mark.parametrize("who", [BEN, NEMO], ids=["may not write", "has no role"])
def test_others_write_nothing(hearing: Scene, sent: Sent, who: object) -> None:
    answer = hearing.client(who).post("/responses", json=events(event("a", "unsubscribe")))  # type: ignore[arg-type]
    assert answer.status_code in (403, 404)
    assert sent.noes == []


def test_without_a_key_nobody_is_heard(hearing: Scene, sent: Sent) -> None:
    assert hearing.client(None).post("/responses", json=events(event("a", "unsubscribe"))).status_code == 401
    assert sent.noes == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"events": []},
        {"events": ["a"]},
        {"events": [{}], "more": 1},
        {"events": [{"id": str(n)} for n in range(501)]},
    ],
    ids=["none", "empty", "no object", "unknown field", "too many"],
)
def test_a_body_with_faults_is_refused_whole(hearing: Scene, body: object) -> None:
    answer = hearing.client().post("/responses", json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_what_is_too_large_is_refused_whole(hearing: Scene, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.channels.http.responses.MOST_BYTES", 200)
    answer = hearing.client().post("/responses", json=events(event("a", "unsubscribe"), event("b"), event("c")))
    assert answer.status_code == 413
    assert sent.noes == []


def test_what_cannot_be_kept_is_to_come_again(hearing: Scene) -> None:
    def fail(_data_set: str, _body: bytes) -> Taken:
        raise DataError(Text("磁盘满", "The disk is full"))

    assert hearing.inlets is not None
    scene = replace(hearing, inlets=replace(hearing.inlets, hear=fail))
    answer = scene.client().post("/responses", json=events(event("a")))
    assert (answer.status_code, answer.json()["detail"]) == (503, "The disk is full")
