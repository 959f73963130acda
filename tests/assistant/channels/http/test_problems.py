"""Every error is problem+json in the language of the request, and tells nothing of the inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from assistant.accounts.types import ChangedMeanwhileError as AccountChangedError
from assistant.accounts.types import KeyRefusedError, SignInError
from assistant.answer import Event
from assistant.channels.http import words
from assistant.channels.http.problems import problem_of
from assistant.channels.scripted import ScriptedAssistant
from assistant.channels.streams import BusyError
from semantic_layer.errors import (
    CancelledError,
    DataError,
    DefinitionError,
    InvalidPlanError,
    Issue,
    NotAllowedError,
    NotYetError,
    SeveralPathsError,
    Text,
    TooLongError,
    UnknownNameError,
    UserError,
)
from tests.assistant.channels.http.scene import Scene
from tools.segments.types import ChangedMeanwhileError, NameTakenError

SAID = Text("中文", "English")
KINDS = [
    (KeyRefusedError(SAID), 401),
    (SignInError(SAID), 401),
    (NotAllowedError(SAID), 403),
    (UnknownNameError(Text("标签", "tag"), "citty", ("city",)), 404),
    (NameTakenError("a", "a 2"), 409),
    (ChangedMeanwhileError("a"), 409),
    (AccountChangedError(SAID), 409),
    (InvalidPlanError(SAID), 422),
    (SeveralPathsError(SAID, "order", ("buyer", "seller")), 422),
    (NotYetError(Text("预测", "forecasts")), 422),
    (UserError(SAID), 422),
    (TooLongError(SAID), 503),
    (CancelledError(SAID), 503),
    (DataError(SAID), 503),
    (BusyError(SAID, retry_after=7), 503),
]


@pytest.mark.parametrize(("error", "status"), KINDS, ids=lambda value: type(value).__name__)
def test_each_error_has_its_status_its_suggestions_and_both_languages(error: UserError, status: int) -> None:
    problem = problem_of(error)
    assert problem.status == status
    assert (status == 503) == ("Retry-After" in problem.headers)
    zh, en = problem.body("zh", "1"), problem.body("en", "1")
    assert (zh.detail, en.detail) == (error.message.zh, error.message.en)
    assert zh.title != en.title
    assert zh.suggestions == list(error.suggestions)


def test_who_is_busy_says_for_how_long() -> None:
    assert problem_of(BusyError(SAID, retry_after=7)).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB, zh;q=0.2", "en"),
        ("fr, zh;q=0.3, en;q=0.2", "zh"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=nonsense", "zh"),
    ],
)
def test_the_header_decides_the_language(client: TestClient, accept: str, language: str) -> None:
    title = client.get("/nowhere", headers={"Accept-Language": accept}).json()["title"]
    assert title == words.TITLES["unknown-name"].in_("zh" if language == "zh" else "en")


def test_a_field_decides_before_the_header(client: TestClient) -> None:
    body = {"question": "上海", "language": "zh", "data_set": "retial"}
    problem = client.post("/ask", json=body, headers={"Accept-Language": "en"}).json()
    assert problem["detail"] == "没有名为「retial」的数据集。您是不是指retail？"
    asked = client.get("/catalogue/sales_?language=zh", headers={"Accept-Language": "en"}).json()
    assert asked["detail"].startswith("没有名为")


FAULTS = [
    ({}, "body.question", "缺少此项", "is missing"),
    ({"question": ""}, "body.question", "至少 1 个字符", "must have at least 1 character(s)"),
    ({"question": "x" * 2001}, "body.question", "最多 2000 个字符", "must have at most 2000 characters"),
    ({"question": 7}, "body.question", "应为文字", "must be text"),
    ({"question": ["上海"]}, "body.question", "应为文字", "must be text"),
    ({"question": None}, "body.question", "应为文字", "must be text"),
    ({"question": "x", "ask_model": "yes"}, "body.ask_model", "应为 true 或 false", "must be true or false"),
    ({"question": "x", "language": "fr"}, "body.language", "只能是 'zh' or 'en'", "must be 'zh' or 'en'"),
    ({"question": "x", "more": 1}, "body.more", "没有这一项", "is not a known field"),
]


@pytest.mark.parametrize(("body", "where", "zh", "en"), FAULTS, ids=lambda value: str(value)[:30])
def test_faults_of_a_body_are_told_with_their_place(
    client: TestClient, body: object, where: str, zh: str, en: str
) -> None:
    for language, said in (("zh", zh), ("en", en)):
        response = client.post("/ask", json=body, headers={"Accept-Language": language})
        assert response.status_code == 422
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["errors"] == [{"where": where, "message": said}]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'{"question":',
        b"[]",
        b'"x"',
        b"null",
        b'{"question": "\\ud800"}',
        b'{"question": "a\\u0000b"}',
        b'\xff\xfe{"question": "x"}',
        b'{"question": "\xff"}',
        b'{"question": NaN}',
        b'{"plan": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        b"[" * 100_000,
    ],
    ids=lambda content: repr(content[:20]),
)
@pytest.mark.parametrize("path", ["/ask", "/plans", "/segments", "/exports"])
def test_what_is_not_a_body_is_refused(client: TestClient, path: str, content: bytes) -> None:
    response = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_what_was_sent_is_not_repeated(client: TestClient) -> None:
    response = client.post("/ask", json={"question": {"phone": "13800001204"}, "name_张伟": 1})
    assert "13800001204" not in response.text


def test_a_wrong_method_and_a_wrong_address(client: TestClient) -> None:
    wrong = client.put("/ask")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
    assert wrong.json()["type"] == "problems/method-not-allowed"
    assert client.get("/nowhere").json()["type"] == "problems/unknown-name"


def fails(error: Exception, after: int = 0) -> object:
    def stream(self: ScriptedAssistant, text: str, **given: object) -> Iterator[Event]:
        yield from list(self._work(0.0, "en", given["cancel"]))[:after]
        raise error

    return stream


def test_what_nobody_foresaw_is_a_number_outside_and_whole_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ScriptedAssistant, "stream", fails(RuntimeError("secret of the house")))
    with caplog.at_level(logging.ERROR):
        response = client.post("/ask", json={"question": "x"}, headers={"Accept-Language": "zh"})
    assert response.status_code == 500
    problem = response.json()
    number = response.headers["X-Request-Id"]
    assert problem["instance"] == f"requests/{number}"
    assert number in problem["detail"]
    assert problem["title"] == "内部错误"
    assert "secret" not in response.text
    assert "secret of the house" in caplog.text
    assert number in caplog.text


def test_an_error_in_the_middle_of_a_stream_ends_it_with_a_problem(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, kind in ((RuntimeError("secret"), "problems/internal"), (DataError(SAID), "problems/data")):
        monkeypatch.setattr(ScriptedAssistant, "stream", fails(error, after=1))
        response = client.post("/ask", json={"question": "x"}, headers={"Accept": "text/event-stream"})
        assert response.status_code == 200
        names = [line for line in response.text.splitlines() if line.startswith("event")]
        assert names == ["event: progress", "event: problem"]
        assert kind in response.text
        assert "secret" not in response.text


def test_definitions_with_faults_are_no_business_of_the_caller(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    issue = Issue(file="model/secret.yml", line=3, key="a", message="wrong", remedy="mend it")
    monkeypatch.setattr(ScriptedAssistant, "stream", fails(DefinitionError([issue])))
    response = client.post("/ask", json={"question": "x"})
    assert response.status_code == 503
    assert "secret.yml" not in response.text
    assert "secret.yml" in caplog.text


def test_every_title_and_fault_is_said_in_both_languages() -> None:
    for kind, title in words.TITLES.items():
        assert title.zh, kind
        assert title.en, kind
    assert words.fault("string_too_long", {"max_length": 3}, "zh") == "最多 3 个字符"
    assert words.fault("some_new_kind", {}, "en") == "cannot be used"
    assert words.fault("string_too_long", {}, "en") == "cannot be used"


def test_nothing_is_kept_by_caches_on_the_way(scene: Scene) -> None:
    for response in (scene.client().get("/me"), scene.client(None).get("/me")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
