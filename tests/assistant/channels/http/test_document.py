"""The document's commands do what stands below them: every field that is shown is there, with a value of that kind."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from assistant.accounts.types import Scope
from assistant.channels.http.problems import problem_of
from tests.assistant.channels.http.scene import Scene
from tests.assistant.channels.http.test_problems import KINDS

ROOT = Path(__file__).resolve().parents[4]
PAGES = ("http-api.md", "http-api.zh-CN.md")
EXAMPLE = re.compile(r"^```sh\n(curl .*?)^```\n\n```(json|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BASE = "https://ask.example.com/v1"


def read(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def carried_out(command: str, client: TestClient) -> httpx2.Response:
    """What curl would do."""
    words = shlex.split(command.replace("\\\n", " "))
    headers: dict[str, str] = {}
    url, body = "", None
    rest = iter(words[1:])
    for word in rest:
        if word in ("-H", "-d", "-D", "-o"):
            value = next(rest)
            if word == "-H":
                name, _, said = value.partition(": ")
                headers[name] = said
            elif word == "-d":
                body = value.encode()
        elif not word.startswith("-"):
            url = word
    assert url.startswith(BASE)
    assert headers.pop("Authorization") == "Bearer $KEY"
    return client.request("GET" if body is None else "POST", url.removeprefix(BASE), content=body, headers=headers)


def same_shape(shown: Any, given: Any, where: str) -> None:
    if isinstance(shown, dict):
        assert isinstance(given, dict), where
        for name, value in shown.items():
            assert name in given, f"{where}.{name}"
            if where != ".chart.spec":
                same_shape(value, given[name], f"{where}.{name}")
    elif isinstance(shown, list):
        assert isinstance(given, list), where
        assert given, where
        same_shape(shown[0], given[0], f"{where}[0]")
    elif shown is not None:
        assert type(shown) is type(given), where


@pytest.mark.parametrize("name", PAGES)
def test_every_example_gives_what_is_shown(scene: Scene, name: str) -> None:
    client = scene.client()
    examples = EXAMPLE.findall(read(name))
    assert len(examples) == read(name).count("```sh\n") == 8
    for command, kind, shown in examples:
        response = carried_out(command, client)
        if kind == "json":
            expected = json.loads(shown)
            assert response.status_code == expected.get("status", response.status_code)
            assert response.is_success == ("status" not in expected), response.text
            if "chart" in expected:
                expected["chart"]["spec"] = {}
            same_shape(expected, response.json(), "")
        elif "event: " in shown:
            lines = [line for line in response.text.splitlines() if line.startswith("event: ")]
            assert list(dict.fromkeys(lines)) == shown.splitlines()
        else:
            assert response.is_success
            for line in shown.splitlines():
                header, _, value = line.partition(":")
                assert response.headers[header].startswith(value.strip())


@pytest.mark.parametrize("name", PAGES)
def test_every_scope_status_and_route_is_told(scene: Scene, name: str) -> None:
    page = read(name)
    for scope in Scope:
        assert f"`{scope.value}`" in page
    described = scene.client().get("/openapi.json").json()
    statuses = {
        int(status) for path in described["paths"].values() for route in path.values() for status in route["responses"]
    }
    for status in sorted(one for one in statuses if one >= 400) + [problem_of(error).status for error, _ in KINDS]:
        assert f"\n| {status} |" in page
    for path in described["paths"]:
        assert path.split("/{")[0] in page
    for field in described["components"]["schemas"]["AskBody"]["properties"]:
        assert f"`{field}`" in page


def test_both_pages_have_the_same_sections_rows_and_examples() -> None:
    english, chinese = (read(name) for name in PAGES)
    for mark in ("\n## ", "\n| ", "\n```"):
        assert english.count(mark) == chinese.count(mark), mark
