"""The app manifest of the documentation asks for exactly what the code calls and hears, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from assistant.channels.slack import sharing
from assistant.channels.slack.blocks import COLUMNS, ROWS
from assistant.channels.slack.store import BUTTONS_LAST, RESUMED_WITHIN

ROOT = Path(__file__).resolve().parents[4]
CODE = ROOT / "assistant" / "channels" / "slack"

# docs.slack.dev/reference/methods: what each method needs; any one kind of conversation each for reading members.
NEEDS = {
    "auth.test": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.open": {"im:write"},
    "conversations.info": {"channels:read", "groups:read", "mpim:read"},
    "conversations.members": {"channels:read", "groups:read", "mpim:read"},
    "users.info": {"users:read", "users:read.email"},
    "users.list": {"users:read", "users:read.email"},
    "views.open": set(),
    "views.update": set(),
    "views.publish": set(),
    "files_upload_v2": {"files:write"},
}
HEARS = {
    "app_mention": ("app_mention", {"app_mentions:read"}),
    "message": ("message.im", {"im:history"}),
    "app_home_opened": ("app_home_opened", set()),
    "app_uninstalled": ("app_uninstalled", set()),
    "tokens_revoked": ("tokens_revoked", set()),
}


@pytest.fixture(params=["slack.md", "slack.zh-CN.md"])
def page(request: pytest.FixtureRequest) -> str:
    return (ROOT / "docs" / request.param).read_text(encoding="utf-8")


@pytest.fixture
def manifest(page: str) -> dict:
    found = re.search(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    assert found is not None
    return yaml.safe_load(found.group(1))


def _called() -> set[str]:
    source = (CODE / "api.py").read_text(encoding="utf-8")
    return set(re.findall(r"(?:call|ask)\(\s*\"([\w.]+)\"", source)) | set(re.findall(r"client\.(files_\w+)\(", source))


def _heard() -> set[str]:
    source = (CODE / "intake.py").read_text(encoding="utf-8")
    body = source[source.index("def _event") : source.index("def _question")]
    return {name for line in re.findall(r"case (\".*)", body) for name in re.findall(r"^\"(\w+)\"", line)}


def test_scopes_and_events_are_those_of_the_code(manifest: dict) -> None:
    assert _called() == NEEDS.keys()
    assert _heard() == HEARS.keys()
    scopes = {"commands"}.union(*NEEDS.values(), *(needed for _, needed in HEARS.values()))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == scopes
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == {event for event, _ in HEARS.values()}
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == ["/ask"]
    assert manifest["settings"]["interactivity"]["is_enabled"]


def test_the_figures_of_the_page_are_those_of_the_code(page: str) -> None:
    assert f"{sharing.MOST_READERS}" in page
    assert re.search(rf"fewer than {sharing.SMALL_GROUP} people|少于 {sharing.SMALL_GROUP} 人", page)
    assert re.search(rf"first {ROWS} rows and {COLUMNS} columns|前 {ROWS} 行、前 {COLUMNS} 列", page)
    assert re.search(rf"{BUTTONS_LAST.days} days|{BUTTONS_LAST.days} 天", page)
    assert RESUMED_WITHIN.total_seconds() == 1800  # "half an hour"
