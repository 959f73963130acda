"""Segments, exports and the catalogue: what changes is changed once for each key, pages lose nothing, files match their proof."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.accounts.types import Scope
from assistant.channels import scripted_answers
from assistant.channels.http.requests import RequestKey
from assistant.channels.scripted_segments import ScriptedSegments
from semantic_layer.query.codec import encode
from tests.assistant.channels.http.scene import ANA, BEN, Scene

PEOPLE = {"kind": "question", "question": "上海高价值客户"}
SALES = {"kind": "question", "question": "上个月各大区销售额"}
KEY = {"Idempotency-Key": "key-1"}


def save(client: TestClient, name: str, **more: str) -> Any:
    return client.post("/segments", json={"name": name, "people": PEOPLE}, headers=more)


def test_a_segment_is_saved_found_renamed_counted_deleted_and_taken_back(client: TestClient) -> None:
    made = save(client, "上海 高价值/2026?")
    assert made.status_code == 201
    assert (made.json()["owner"], made.json()["count"]) == ("ana", 214)
    path = "/segments/%E4%B8%8A%E6%B5%B7%20%E9%AB%98%E4%BB%B7%E5%80%BC%2F2026%3F"
    assert client.get(path).json() == made.json()
    assert client.get(path, headers={"Accept-Language": "zh"}).json()["words"] == "城市：上海，高价值客户"
    assert client.post(f"{path}/recount").json()["count"] == 215
    assert client.patch(path, json={"name": "b"}).json()["name"] == "b"
    assert client.get(path).status_code == 404
    assert client.delete("/segments/b").status_code == 204
    assert client.get("/segments").json() == {"items": [], "next_cursor": None}
    assert client.post("/segments/b/restore").json()["name"] == "b"
    assert client.post("/plans", json={"plan": client.get("/segments/b").json()["plan"]}).json()["kind"] == "answer"


def test_people_may_come_from_a_plan_or_from_two_segments(client: TestClient) -> None:
    plan = encode(scripted_answers.audience_plan(scripted_answers.SHANGHAI))
    assert client.post("/segments", json={"name": "a", "people": {"kind": "plan", "plan": plan}}).status_code == 201
    save(client, "b")
    both = {"kind": "combination", "first": "a", "operation": "union", "second": "b"}
    assert client.post("/segments", json={"name": "c", "people": both}).json()["words"] == "a ∪ b"
    missing = client.post("/segments", json={"name": "d", "people": {**both, "second": "bb"}})
    assert (missing.status_code, missing.json()["type"]) == (404, "problems/unknown-name")


@pytest.mark.parametrize(
    ("question", "kind", "problem"),
    [("单价", "clarification", "unclear"), ("写一首诗", "refusal", "cannot-be-done")],
    ids=["clarification", "refusal"],
)
def test_a_question_without_one_answer_is_told_with_what_was_replied(
    client: TestClient, question: str, kind: str, problem: str
) -> None:
    people = {"kind": "question", "question": question}
    for path, body in (("/segments", {"name": "a", "people": people}), ("/exports", {"what": people})):
        response = client.post(path, json=body)
        assert (response.status_code, response.json()["type"]) == (422, f"problems/{problem}")
        assert response.json()["reply"]["kind"] == kind
    assert client.get("/segments").json()["items"] == []


def test_an_answer_about_numbers_is_no_segment(client: TestClient) -> None:
    response = client.post("/segments", json={"name": "a", "people": SALES})
    assert response.json()["detail"] == "This answer is not about people and cannot be saved as a segment."


@pytest.mark.parametrize("name", ["", "x" * 61, "a\nb", "a\x00b", "\x7f", 7, None, ["a"]])
def test_a_name_that_cannot_be_is_refused(client: TestClient, name: object) -> None:
    response = client.post("/segments", json={"name": name, "people": PEOPLE})
    assert response.json()["errors"][0]["where"] == "body.name"


# --- the same request again


def test_the_same_key_and_content_give_the_same_answer_and_change_nothing_again(client: TestClient) -> None:
    first, again = save(client, "a", **KEY), save(client, "a", **KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert save(client, "a").status_code != 201  # without the key it is taken
    counted = [client.post("/segments/a/recount", headers=KEY).json()["updated_at"] for _ in range(2)]
    assert counted[0] == counted[1]
    assert client.post("/segments/a/recount").json()["updated_at"] != counted[0]


def test_the_same_key_with_other_content_is_refused(client: TestClient) -> None:
    save(client, "a", **KEY)
    other = save(client, "b", **KEY)
    assert (other.status_code, other.json()["type"]) == (422, "problems/other-request")
    assert [one["name"] for one in client.get("/segments").json()["items"]] == ["a"]


def test_a_key_belongs_to_its_owner_and_route(scene: Scene) -> None:
    assert save(scene.client(ANA), "a", **KEY).status_code == 201
    assert save(scene.client(BEN), "b", **KEY).status_code == 201
    exported = scene.client(ANA).post("/exports", json={"what": SALES}, headers=KEY)
    assert exported.status_code == 200


def test_a_key_is_good_for_a_day(scene: Scene) -> None:
    client = scene.client()
    save(client, "a", **KEY)
    scene.wait(hours=23)
    assert save(client, "b", **KEY).status_code == 422
    scene.wait(hours=2)
    assert save(client, "b", **KEY).status_code == 201


def test_what_failed_may_be_tried_again_with_its_key(client: TestClient) -> None:
    save(client, "a")
    assert save(client, "a", **KEY).status_code == 422
    client.delete("/segments/a")
    assert save(client, "a", **KEY).status_code == 201


def test_a_request_under_way_is_not_begun_a_second_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    client = scene.client()
    inner: list[Any] = []
    plain = ScriptedSegments.save

    def saving(self: ScriptedSegments, *given: Any, **named: Any) -> Any:
        if not inner:
            inner.append(None)
            inner.append(save(scene.client(), "a", **KEY))
        return plain(self, *given, **named)

    monkeypatch.setattr(ScriptedSegments, "save", saving)
    assert save(client, "a", **KEY).status_code == 201
    second = inner[1]
    assert (second.status_code, second.json()["type"]) == (409, "problems/in-progress")
    assert second.headers["Retry-After"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_that_cannot_be_is_refused(client: TestClient, key: str) -> None:
    assert save(client, "a", **{"Idempotency-Key": key}).status_code == 422
    assert client.get("/segments").json()["items"] == []


def test_keys_are_kept_under_the_login_of_their_owner(scene: Scene) -> None:
    save(scene.client(), "a", **KEY)
    kept = RequestKey(owner="ana", route="POST /segments", key="key-1")
    assert kept in scene.requests._rows  # type: ignore[attr-defined]


# --- pages


def test_pages_hold_everything_once_whatever_happens_in_between(client: TestClient) -> None:
    names = [f"s{number:02d}" for number in range(7)]
    for name in names:
        save(client, name)
    first = client.get("/segments?limit=3").json()
    assert [one["name"] for one in first["items"]] == names[:3]
    client.delete("/segments/s02")  # the one that the cursor stands at
    client.patch("/segments/s00", json={"name": "zz"})
    save(client, "aa")
    second = client.get("/segments", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["name"] for one in second["items"]] == names[3:6]
    last = client.get("/segments", params={"limit": 3, "cursor": second["next_cursor"]}).json()
    assert [one["name"] for one in last["items"]] == ["s06", "zz"]
    assert last["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["!", "a", "////", "5LiK5rW", "上海", "%00"])
def test_a_cursor_that_was_not_given_out_is_refused(client: TestClient, cursor: str) -> None:
    response = client.get("/segments", params={"cursor": cursor})
    assert response.json()["type"] in ("problems/invalid-plan", "problems/invalid-request")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "page=2", "language=de", "limit="])
def test_a_query_that_cannot_be_is_refused(client: TestClient, query: str) -> None:
    for path in ("/segments", "/catalogue"):
        assert client.get(f"{path}?{query}").json()["type"] == "problems/invalid-request"


def test_the_catalogue_is_listed_searched_and_explained(client: TestClient) -> None:
    page = client.get("/catalogue?limit=4&language=zh").json()
    assert [one["name"] for one in page["items"]] == [
        "customer.churn_risk",
        "customer.city",
        "customer.favourite_category",
        "customer.high_value",
    ]
    rest = client.get("/catalogue", params={"cursor": page["next_cursor"], "language": "zh"}).json()
    assert [one["label"] for one in rest["items"]] == ["复购率", "销售额"]
    found = client.get("/catalogue?search=risk&kind=tag&category=lifecycle").json()["items"]
    assert [one["name"] for one in found] == ["customer.churn_risk"]
    card = client.get("/catalogue/customer.churn_risk").json()
    assert card["question"] == "How many Churn risk?"
    assert card["card"]["lines"][0]["name"] == "Meaning"


# --- exports


def test_a_file_matches_the_digest_of_its_proof(client: TestClient) -> None:
    response = client.post("/exports", json={"what": SALES, "columns": ["sales", "region"]})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["X-Proof-SHA256"] == hashlib.sha256(response.content).hexdigest()
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''table.csv"
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert response.text.splitlines()[:2] == ["\ufeffregion,sales", "华东,4211000.5"]


def test_an_export_with_the_same_key_gives_the_same_file(client: TestClient, tmp_path: Path) -> None:
    body = {"what": SALES, "bom": False}
    first = client.post("/exports", json=body, headers=KEY)
    again = client.post("/exports", json=body, headers=KEY)
    assert first.content == again.content
    assert first.headers["X-Proof-SHA256"] == again.headers["X-Proof-SHA256"]
    (tmp_path / "table.csv").unlink()
    gone = client.post("/exports", json=body, headers=KEY)
    assert (gone.status_code, gone.json()["type"]) == (410, "problems/gone")


def test_people_of_an_answer_and_of_a_segment(client: TestClient) -> None:
    save(client, "a")
    people = client.post("/exports", json={"what": PEOPLE, "columns": ["city"]})
    assert people.text.splitlines()[:2] == ["\ufeffcity", "上海"]
    segment = client.post("/exports", json={"what": {"kind": "segment", "segment": "a"}})
    assert segment.text.splitlines() == ["\ufeffcustomer_key,phone"]


def test_a_picture_of_an_answer(client: TestClient) -> None:
    response = client.post("/exports", json={"what": SALES, "format": "svg"})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert response.text.startswith("<svg")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"what": PEOPLE, "format": "png"}, "no picture"),
        ({"what": PEOPLE, "part": "table"}, "no table"),
        ({"what": SALES, "part": "people"}, "no list"),
        ({"what": {"kind": "segment", "segment": "a"}, "format": "svg"}, "csv or xlsx"),
        ({"what": SALES, "columns": ["slaes"]}, "Did you mean 'sales'?"),
        ({"what": {"kind": "segment", "segment": "b"}}, "No segment is called 'b'"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_cannot_leave_is_told_with_what_can(client: TestClient, body: object, said: str) -> None:
    save(client, "a")
    response = client.post("/exports", json=body)
    assert response.status_code in (404, 422)
    assert said in response.json()["detail"]


def test_purposes_are_listed_in_the_language(scene: Scene) -> None:
    client = scene.client(ANA, Scope.EXPORT)
    assert client.get("/purposes?language=zh").json() == [{"id": "win-back SMS", "label": "挽回短信"}]
