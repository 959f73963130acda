"""Who is let in: keys, scopes, data sets, and the person at a machine without accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Scope
from assistant.channels.scripted import ScriptedWorkspace
from tests.assistant.channels.http.scene import ANA, BEN, NEMO, NOW, Keys, Scene

ROUTES = [
    ("POST", "/ask", {"question": "上海"}, Scope.ASK),
    ("POST", "/plans", {"plan": {"steps": [{"is": "card", "key": "1"}]}}, Scope.ASK),
    ("GET", "/segments", None, Scope.SEGMENTS_READ),
    ("GET", "/segments/x", None, Scope.SEGMENTS_READ),
    ("POST", "/segments", {"name": "x", "people": {"kind": "question", "question": "上海"}}, Scope.SEGMENTS_WRITE),
    ("PATCH", "/segments/x", {"name": "y"}, Scope.SEGMENTS_WRITE),
    ("DELETE", "/segments/x", None, Scope.SEGMENTS_WRITE),
    ("POST", "/segments/x/recount", None, Scope.SEGMENTS_WRITE),
    ("POST", "/segments/x/restore", None, Scope.SEGMENTS_WRITE),
    ("POST", "/exports", {"what": {"kind": "question", "question": "上海"}}, Scope.EXPORT),
    ("GET", "/purposes", None, Scope.EXPORT),
    ("GET", "/catalogue", None, Scope.CATALOGUE),
    ("GET", "/catalogue/sales", None, Scope.CATALOGUE),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES, ids=str)
def test_each_route_needs_its_scope_and_no_other(
    scene: Scene, method: str, path: str, body: object, scope: Scope
) -> None:
    without = scene.client(ANA, *(one for one in Scope if one is not scope)).request(method, path, json=body)
    assert without.status_code == 403
    assert without.json()["scopes"] == [one.value for one in Scope if one is not scope]
    assert f'scope="{scope.value}"' in without.headers["WWW-Authenticate"]
    assert scene.client(ANA, scope).request(method, path, json=body).status_code not in (401, 403)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YW5hOmFuYQ==", "Bearer qx_unknown", "qx_0", "Bearer 密钥"]
)
def test_without_a_valid_key_nothing_is_told(scene: Scene, header: str) -> None:
    scene.client(ANA)
    headers = [(b"authorization", header.encode())] if header else []
    for method, path in (("GET", "/me"), ("POST", "/ask"), ("GET", "/nowhere")):
        response = scene.client(None).request(method, path, headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.headers["Content-Type"] == "application/problem+json"


def test_an_expired_or_revoked_key_is_refused_from_that_moment_on(scene: Scene) -> None:
    access = scene.access
    assert isinstance(access, Keys)
    lasting = access.issue(ANA, expires_at=NOW + timedelta(hours=1))
    sent = {"Authorization": f"Bearer {lasting}"}
    client = scene.client(None)
    assert client.get("/me", headers=sent).status_code == 200
    access.now = NOW + timedelta(hours=1)
    assert client.get("/me", headers=sent).status_code == 401
    revoked = access.issue(ANA)
    sent = {"Authorization": f"Bearer {revoked}"}
    assert client.get("/me", headers=sent).status_code == 200
    del access.holders[revoked]
    assert client.get("/me", headers=sent).json()["type"] == "problems/key-refused"


def test_a_key_never_comes_back(scene: Scene) -> None:
    client = scene.client(ANA, Scope.ASK)
    secret = client.headers["Authorization"].removeprefix("Bearer ")
    for response in (client.get("/me"), client.get("/catalogue"), client.post("/ask", json={"question": secret[:3]})):
        assert secret not in response.text


def test_only_data_sets_with_a_role_are_open(scene: Scene) -> None:
    ben = scene.client(BEN)
    assert [one["id"] for one in ben.get("/data-sets").json()] == ["retail"]
    closed = ben.get("/catalogue?data_set=second")
    missing = ben.get("/catalogue?data_set=nothing")
    assert closed.status_code == missing.status_code == 404
    assert closed.json()["detail"].replace("second", "…") == missing.json()["detail"].replace("nothing", "…")
    assert closed.json()["suggestions"] == ["retail"]


def test_without_any_role_nothing_is_open(scene: Scene) -> None:
    nemo = scene.client(NEMO)
    assert nemo.get("/data-sets").json() == []
    assert nemo.post("/ask", json={"question": "上海"}).status_code == 403


def test_me_tells_whom_the_key_stands_for(scene: Scene) -> None:
    assert scene.client(BEN, Scope.ASK).get("/me", headers={"Accept-Language": "zh"}).json() == {
        "login": "ben",
        "name": "Ben",
        "scopes": ["ask"],
        "key": {"label": "test", "hint": "qx_000", "expires_at": None},
        "data_sets": [{"id": "retail", "title": "青禾生活", "roles": ["analyst"]}],
    }


def open_scene(workspace: ScriptedWorkspace) -> Scene:
    return Scene(workspace, OpenAccess(ANA))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_without_accounts_this_machine_needs_no_key(workspace: ScriptedWorkspace, host: str) -> None:
    me = open_scene(workspace).client(None, host=host).get("/me").json()
    assert (me["login"], me["key"]) == ("ana", None)


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.1.2", "2001:db8::1", "testclient", "127.0.0.1.example"])
def test_without_accounts_no_other_machine_comes_in(workspace: ScriptedWorkspace, host: str) -> None:
    response = open_scene(workspace).client(None, host=host).get("/me")
    assert response.status_code == 401


def test_without_accounts_no_page_of_another_site_comes_in(workspace: ScriptedWorkspace) -> None:
    client = open_scene(workspace).client(None)
    assert client.get("/me", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/me", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert client.get("/me", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    plain = client.post("/ask", content=b'{"question": "x"}', headers={"Content-Type": "text/plain"})
    assert plain.status_code == 422  # the only JSON that another site may send without asking


def test_without_accounts_a_key_is_refused_not_ignored(workspace: ScriptedWorkspace) -> None:
    client = open_scene(workspace).client(None)
    assert client.get("/me", headers={"Authorization": "Bearer qx_1"}).status_code == 401


def test_the_description_needs_no_key_and_no_other_address_is_like_it(scene: Scene) -> None:
    nobody: TestClient = scene.client(None)
    assert nobody.get("/openapi.json").json()["servers"] == [{"url": "/v1"}]
    for path in ("/segments/openapi.json", "/catalogue/openapi.json", "/openapi.json/", "/docs", "/redoc"):
        assert nobody.get(path).status_code == 401
