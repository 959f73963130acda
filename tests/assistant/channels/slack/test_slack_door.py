"""The door itself: signatures, socket mode, a token that is taken back, strangers, secrets, and starting without accounts."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.accounts.open_access import OpenAccess
from assistant.channels.slack import door
from assistant.channels.slack.door import slack_door
from assistant.channels.slack.store import SlackStoreInMemory
from assistant.channels.slack.words import WORDS
from assistant.settings import Settings
from semantic_layer.errors import DataError, NotAllowedError, Text, UserError
from tests.assistant.channels.slack.conftest import NOW, SECRET, TOKEN, Kit, account, call
from tests.assistant.channels.slack.fake_slack import TEAM, FakeSlack, running, user

QUESTION = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1700.1", "text": "<@UBOT> 销售额"}


def _event(event_id: str = "Ev1") -> str:
    return json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": QUESTION})


# --- HTTP mode


def test_the_handshake_is_answered(kit: Kit) -> None:
    status, body = kit.post("/slack/events", json.dumps({"type": "url_verification", "challenge": "abc"}))
    assert (status, json.loads(body)) == (200, {"challenge": "abc"})


def test_a_good_signature_is_let_in_and_a_duplicate_is_not_answered_twice(kit: Kit) -> None:
    assert kit.post("/slack/events", _event()) == (200, "")
    kit.slack.message("899.1", channel="C1")
    kit.wait_idle()
    assert kit.post("/slack/events", _event()) == (200, "")
    kit.wait_idle()
    assert kit.slack.called.count("chat.postMessage") == 1


def test_forged_and_old_requests_are_refused(kit: Kit) -> None:
    old = str(int(time.time()) - 301)
    future = str(int(time.time()) + 400)
    signed = {"x-slack-signature": "v0=" + "0" * 64}
    for header in ({"secret": "another"}, {"stamp": old}, {"stamp": future}, {"stamp": "soon"}, signed):
        for path in ("/slack/events", "/slack/interactions", "/slack/commands"):
            assert kit.post(path, _event(), **header)[0] == 401, header
    kit.wait_idle()
    assert kit.slack.messages == []


def test_a_request_that_was_changed_on_its_way_is_refused(kit: Kit) -> None:
    import hashlib
    import hmac

    stamp, body = str(int(time.time())), _event()
    signature = "v0=" + hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    changed = body.replace("U1", "U2").encode()
    assert asyncio.run(call(kit.door.asgi, "/slack/events", changed, headers))[0] == 401
    assert asyncio.run(call(kit.door.asgi, "/slack/events", body.encode(), headers))[0] == 200


def test_other_paths_methods_and_sizes_are_refused(kit: Kit) -> None:
    assert kit.post("/slack/other", _event())[0] == 404
    assert asyncio.run(call(kit.door.asgi, "/slack/events", b"", {}, method="GET"))[0] == 404
    assert kit.post("/slack/events", "x" * 300_000)[0] == 413


@pytest.mark.parametrize("body", ["[1]", "null", "1", "{", "payload=garbage", "payload=[1]", '{"event": 5}'])
def test_bodies_of_another_shape_are_not_read_unsigned_and_refused_signed(kit: Kit, body: str) -> None:
    kind = "application/x-www-form-urlencoded" if body.startswith("payload") else "application/json"
    assert kit.post("/slack/events", body, kind, secret="another")[0] == 401
    assert asyncio.run(call(kit.door.asgi, "/slack/events", body.encode(), {"content-type": kind}))[0] == 401
    assert kit.post("/slack/events", body, kind)[0] in (400, 500)
    assert kit.post("/slack/events", _event())[0] == 200  # the door still stands


def test_what_cannot_be_remembered_is_not_acknowledged(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, *given: object, **named: object) -> bool:
        raise DataError(Text("磁盘满了。", "The disk is full."))

    monkeypatch.setattr(SlackStoreInMemory, "take", full)
    assert kit.post("/slack/events", _event())[0] == 503
    monkeypatch.undo()
    assert kit.post("/slack/events", _event())[0] == 200
    kit.slack.message("899.1", channel="C1")


# --- a token that is taken back


def test_a_revoked_token_closes_the_door_alone(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    kit.slack.revoked.add(TOKEN)
    kit.mention("销售额")
    kit.slack.wait(lambda: "token_revoked" in kit.door.said().en and kit.door._app is None)
    assert "QUNXIANG_SLACK_BOT_TOKEN" in kit.door.said().zh
    assert any("a token is no longer valid" in one.getMessage() for one in caplog.records)
    assert kit.post("/slack/events", _event("Ev2"))[0] == 503
    assert kit.workspace.assistant("retail").samples("zh")  # the rest goes on


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}]
)
def test_an_app_that_was_removed_closes_the_door(kit: Kit, event: dict[str, object]) -> None:
    kit.event(event)
    kit.slack.wait(lambda: "no longer valid" in kit.door.said().en)


def test_a_persons_revoked_token_is_none_of_ours(kit: Kit) -> None:
    kit.event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}})
    kit.wait_idle()
    assert kit.door.said() == WORDS["listening"]


def test_a_bad_token_at_the_start_is_said(slack: FakeSlack, tmp_path: Path) -> None:
    slack.revoked.add(TOKEN)
    kit = Kit(slack, tmp_path)
    kit.door.start()
    slack.wait(lambda: "no longer valid" in kit.door.said().en)
    kit.door.stop()


def test_a_slack_that_cannot_be_reached_is_tried_again(
    slack: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "WAITS", (0.02,))
    slack.broken["auth.test"] = "internal_error"
    kit = Kit(slack, tmp_path)
    kit.door.start()
    slack.wait(lambda: "internal_error" in kit.door.said().en)
    slack.broken.clear()
    slack.wait(lambda: kit.door.said() == WORDS["listening"])
    kit.door.stop()
    assert kit.door.said() == WORDS["ended"]


# --- who


def test_nobody_without_an_account_gets_more_than_their_identity(kit: Kit) -> None:
    kit.mention("销售额", user="U2")
    kit.direct("Sales by region", user="U2")
    assert "slack:T1:U2" in kit.slack.message("管理员", only="U2").whole
    assert "slack:T1:U2" in kit.slack.message("administrator", channel="DU2").whole
    kit.wait_idle()
    assert kit.slack.seen_by_all("C1") == ""
    assert len(kit.slack.messages) == 2


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"is_restricted": True}, True),
        ({"is_ultra_restricted": True}, True),
        ({"is_stranger": True}, True),
        ({"team_id": "T2"}, True),
        ({"deleted": True}, False),
        ({"is_bot": True}, False),
    ],
)
def test_guests_strangers_bots_and_those_who_left_are_refused(kit: Kit, about: dict[str, object], told: bool) -> None:
    kit.slack.users["U1"] = user("U1", **about)
    kit.mention("销售额")
    kit.wait_idle()
    assert [one.only for one in kit.slack.messages] == (["U1"] if told else [])
    assert "899.1" not in "".join(one.whole for one in kit.slack.messages)


def test_who_cannot_be_looked_up_gets_nothing(kit: Kit) -> None:
    kit.slack.broken["users.info"] = "internal_error"
    kit.mention("销售额")
    kit.slack.message("无法向 Slack 核对", only="U1")


@pytest.mark.parametrize(
    ("match", "confirmed", "answered"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_an_address_counts_only_where_that_was_chosen(
    slack: FakeSlack, tmp_path: Path, match: bool, confirmed: bool, answered: bool
) -> None:
    kit = Kit(slack, tmp_path, slack_match_email=match)
    kit.book.add(account("mia", email="mia@example.com"))
    slack.users["U3"] = user("U3", profile={"email": "mia@example.com"}, is_email_confirmed=confirmed)
    kit.start()
    kit.direct("销售额", user="U3")
    slack.message("899.1" if answered else "slack:T1:U3", channel="DU3")
    kit.door.stop()


# --- starting


def _door(settings: Settings, access: object, tmp_path: Path) -> object:
    return slack_door(
        None,
        access,
        settings,
        store=SlackStoreInMemory(),
        clock=lambda: NOW,
        new_id=lambda: "x",  # type: ignore[arg-type]
    )


def test_without_accounts_the_door_stays_closed(tmp_path: Path) -> None:
    settings = Settings(slack="http", slack_bot_token=SecretStr("x"), slack_signing_secret=SecretStr("y"))
    with pytest.raises(NotAllowedError, match="no accounts"):
        _door(settings, OpenAccess(account("local")), tmp_path).start()


def test_missing_settings_are_named(kit: Kit, tmp_path: Path) -> None:
    for mode, missing in (("socket", "QUNXIANG_SLACK_APP_TOKEN"), ("http", "QUNXIANG_SLACK_SIGNING_SECRET")):
        with pytest.raises(UserError, match=f"QUNXIANG_SLACK_BOT_TOKEN, {missing}"):
            _door(Settings(slack=mode), kit.book, tmp_path).start()


def test_a_door_that_was_not_chosen_does_nothing(tmp_path: Path) -> None:
    off = _door(Settings(slack="off"), OpenAccess(account("local")), tmp_path)
    off.start()
    assert off.said() == WORDS["off"]
    off.stop()


def test_no_secret_and_no_question_is_logged(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    kit.post("/slack/events", _event().replace("销售额", "question-canary"), secret="another")
    kit.mention("question-canary")
    kit.slack.broken["chat.update"] = "internal_error"
    kit.mention("question-canary 销售额")
    kit.wait_idle()
    kit.slack.revoked.add(TOKEN)
    kit.mention("question-canary")
    kit.slack.wait(lambda: kit.door._app is None)
    written = caplog.text
    assert "canary" not in written


# --- socket mode


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Kit]:
    with running(FakeSlack(), sockets=True) as slack:
        kit = Kit(slack, tmp_path, slack="socket").start()
        yield kit
        kit.door.stop()
        assert slack.faults == []


def test_socket_mode_answers_reconnects_and_ends_when_its_token_does(wired: Kit) -> None:
    slack = wired.slack
    first = slack.sockets.get(timeout=5)
    payload = json.loads(_event())
    slack.deliver(first, "e1", "events_api", payload)
    slack.message("899.1", channel="C1")
    wired.wait_idle()
    slack.deliver(first, "e2", "events_api", payload, retry=1)
    command = {"command": "/ask", "text": "help", "user_id": "U1", "channel_id": "DU1", "trigger_id": "t1"}
    slack.deliver(first, "e3", "slash_commands", command)
    slack.message("/ask help", channel="DU1")
    wired.wait_idle()
    assert slack.called.count("chat.postMessage") == 2

    first.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
    second = slack.sockets.get(timeout=5)
    slack.deliver(second, "e4", "events_api", payload | {"event_id": "Ev9", "event": QUESTION | {"ts": "1700.2"}})
    slack.wait(lambda: slack.called.count("chat.postMessage") == 3)
    assert wired.door.said() == WORDS["connected"]
    assert asyncio.run(call(wired.door.asgi, "/slack/events", b"", {}))[0] == 503

    slack.revoked.add("xapp-canary-3")
    second.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
    slack.wait(lambda: "no longer valid" in wired.door.said().en)


def test_a_dialog_is_answered_over_the_socket(wired: Kit) -> None:
    slack = wired.slack
    connection = slack.sockets.get(timeout=5)
    view = {"type": "modal", "callback_id": "save", "private_metadata": "gone", "id": "V1", "state": {"values": {}}}
    payload = {"type": "view_submission", "user": {"id": "U1"}, "trigger_id": "t1", "view": view}
    slack.deliver(connection, "e1", "interactive", payload)
    assert slack.acks["e1"]["response_action"] == "update"
    slack.message("失效", channel="DU1")


def test_what_runs_when_the_door_closes_is_left_for_the_next_start(kit: Kit) -> None:
    kit.direct("慢慢算销售额")
    kit.slack.message("正在理解问题", channel="DU1")
    kit.door.stop()
    assert "已停止" not in kit.slack.message("理解", channel="DU1").whole  # no person stopped it
    assert [one.message.startswith("DU1:") for one in kit.store.resume(before=NOW + timedelta(seconds=1))] == [True]
