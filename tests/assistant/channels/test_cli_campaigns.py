"""The commands about campaigns and destinations: what they print, and with what they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUNXIANG_HOME", str(tmp_path))
    return tmp_path


def test_a_folder_of_files_is_always_there() -> None:
    listed = RUNNER.invoke(app, ["destinations", "list", "--json"])
    assert listed.exit_code == 0, listed.output
    assert [one["name"] for one in json.loads(listed.output)] == ["file"]


def test_a_preview_shows_what_would_leave_and_nothing_leaves(home: Path) -> None:
    shown = RUNNER.invoke(app, ["destinations", "preview", "file"])
    assert shown.exit_code == 0, shown.output
    assert "示例消息" in shown.output
    assert not (home / "lists").exists()


def test_an_unknown_destination_names_those_there_are() -> None:
    refused = RUNNER.invoke(app, ["destinations", "check", "fil"])
    assert refused.exit_code == 1
    assert "file" in refused.output


def test_nothing_waits_to_be_accepted() -> None:
    refused = RUNNER.invoke(app, ["destinations", "accept", "smtp.example.com:587"])
    assert refused.exit_code == 1
    assert "certificate" in refused.output


def test_faults_of_the_file_are_told_with_their_line(home: Path) -> None:
    (home / "destinations.yml").write_text("destinations:\n- {name: x, kind: telegram}\n", encoding="utf-8")
    refused = RUNNER.invoke(app, ["destinations", "list"])
    assert refused.exit_code == 2
    assert "destinations.yml:2" in refused.output
