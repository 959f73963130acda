"""Buttons and dialogs: how, save, export, thumbs, other people's buttons, restarts and old buttons."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.channels.scripted import ScriptedAssistant
from assistant.channels.slack.sql_store import SqlSlackStore
from assistant.channels.slack.store import BUTTONS_LAST
from tests.assistant.channels.slack.conftest import Kit, account
from tests.assistant.channels.slack.fake_slack import FakeSlack, Posted
from tools.storage import open_storage


def _newest(slack: FakeSlack, *parts: str) -> tuple[str, dict]:
    """The dialog that says all of `parts`."""

    def found():
        for name, views in slack.views.items():
            if all(part in json.dumps(views[-1], ensure_ascii=False) for part in parts):
                return name, views[-1]
        return None

    return slack.wait(found)


def _asked(kit: Kit, channel: str = "DU1") -> Posted:
    if channel == "DU1":
        kit.direct("上海有流失风险的高价值客户")
    else:
        kit.mention("上海有流失风险的高价值客户")
    answer = kit.slack.message("214 人", channel=channel)
    kit.wait_idle()
    return answer


def test_how_shows_definitions_and_sql(kit: Kit) -> None:
    kit.press(_asked(kit), "how")
    _, view = _newest(kit.slack, "SELECT COUNT(*)", "近 12 个月消费前 20%", "会员运营")
    assert view["title"]["text"] == "怎么算的"


def test_a_segment_is_saved_and_a_taken_name_comes_back_in_the_dialog(kit: Kit) -> None:
    answer = _asked(kit)
    kit.press(answer, "save")
    name, view = _newest(kit.slack, "人群名称")
    typed = {"type": "plain_text_input", "value": "上海流失"}
    assert kit.submit(view, name, {"name": typed})["response_action"] == "update"
    kit.slack.message("人群「上海流失」已保存：214 人", channel="DU1")
    kit.press(answer, "save")
    kit.slack.wait(lambda: len(kit.slack.views) == 2)
    kit.submit(view, "V2", {"name": typed})
    _, again = _newest(kit.slack, "已经有名为「上海流失」的人群")
    assert again["blocks"][-1]["element"]["initial_value"] == "上海流失"


def _export(kit: Kit, answer: Posted) -> tuple[str, dict]:
    kit.press(answer, "export")
    return _newest(kit.slack, "用途")


def _chosen(value: str) -> dict:
    return {"type": "static_select", "selected_option": {"value": value}}


def _several(*values: str) -> dict:
    return {"type": "multi_static_select", "selected_options": [{"value": value} for value in values]}


def test_an_export_goes_to_the_direct_message(kit: Kit) -> None:
    name, view = _export(kit, _asked(kit))
    columns = next(b["element"] for b in view["blocks"] if b.get("block_id") == "columns_people")
    assert [o["value"] for o in columns["initial_options"]] == ["city", "level", "spend", "last"]
    fields = {"part": _chosen("people"), "format": _chosen("csv"), "purpose": _chosen("-")}
    kit.submit(view, name, fields | {"columns_people": _several()})
    _newest(kit.slack, "请至少选一列")
    kit.submit(view, name, fields | {"columns_people": _several("city", "level")})
    _newest(kit.slack, "文件已发到私聊")
    file = kit.slack.files[-1]
    assert (file.name, file.channel) == ("people.csv", "DU1")
    assert file.content.decode("utf-8-sig").splitlines()[0] == "city,level"
    kit.wait_idle()
    assert list(kit.settings.home.glob("people*")) == []


def test_an_export_that_is_asked_for_in_a_channel_is_refused(kit: Kit) -> None:
    shared = _asked(kit, "C1")
    direct = kit.slack.message("张**", channel="DU1").element("export")
    shared.blocks.append({"type": "actions", "elements": [direct]})  # as a forged request would have it
    kit.press(shared, "export")
    kit.slack.message("私聊里导出", only="U1")
    assert kit.slack.views == {}


def test_another_persons_export_is_refused_though_the_button_is_known(kit: Kit) -> None:
    kit.book.add(account("ben", slack="U2"))
    answer = _asked(kit)
    forged = Posted("DU2", "1.1", "", "", answer.blocks)
    kit.press(forged, "export", user="U2")
    kit.slack.message("私聊里导出", channel="DU2")
    about = answer.element("export")["value"]
    view = {"type": "modal", "callback_id": "export", "private_metadata": about}
    fields = {"part": _chosen("people"), "format": _chosen("csv"), "purpose": _chosen("-")}
    kit.slack.views["V9"] = [view]
    kit.submit(view, "V9", fields | {"columns_people": _several("phone")}, user="U2")
    _newest(kit.slack, "私聊里导出")
    assert kit.slack.files == []


def test_thumbs_are_kept_with_the_person(kit: Kit) -> None:
    answer = _asked(kit)
    kit.press(answer, "good")
    kit.slack.message("谢谢", channel="DU1")
    kit.press(answer, "bad")
    kit.slack.wait(lambda: sum("feedback" in one or "thumb" in one for one in kit.told) == 2 or None)


def test_another_person_is_answered_privately_under_their_own_rights(kit: Kit) -> None:
    kit.book.add(account("ben", slack="U2"))
    kit.slack.members["C1"].append("U2")
    answer = _asked(kit, "C1")
    before = kit.slack.seen_by_all("C1")
    kit.press(answer, "run:1", user="U2")
    kit.slack.message("214 人", channel="DU2")
    kit.wait_idle()
    assert kit.slack.seen_by_all("C1") == before


def test_another_person_without_a_role_gets_nothing(kit: Kit) -> None:
    answer = _asked(kit, "C1")
    kit.book.add(account("ben", slack="U2", roles=()))
    for act in ("run:1", "how"):
        kit.press(answer, act, user="U2")
        kit.wait_idle()
    kit.slack.message("没有角色", channel="DU2")
    _newest(kit.slack, "没有角色")
    assert not any("214" in one.whole for one in kit.slack.messages if one.channel == "DU2")
    assert not any("SELECT" in json.dumps(views) for views in kit.slack.views.values())


def test_a_stranger_pressing_gets_nothing(kit: Kit) -> None:
    answer = _asked(kit, "C1")
    for act in ("run:1", "how", "save", "good"):
        kit.press(answer, act, user="U3")
    kit.wait_idle()
    said = [one for one in kit.slack.messages if "U3" in (one.only, one.channel.removeprefix("D"))]
    assert len(said) == 4
    assert all("slack:T1:U3" in one.whole for one in said)
    assert kit.slack.views == {}


@pytest.mark.parametrize("value", ["", "nothing:0", "id000001:999", "id000001:-1", "x" * 500])
def test_a_made_up_button_does_nothing(kit: Kit, value: str) -> None:
    forged = Posted(
        "DU1",
        "1.1",
        "",
        "",
        [{"type": "actions", "elements": [{"action_id": "run:0", "type": "button", "value": value}]}],
    )
    kit.press(forged, "run:0")
    kit.wait_idle()
    assert all("失效" in one.whole or "Understanding" in one.whole or "理解" in one.whole for one in kit.slack.messages)


@pytest.fixture
def lasting(slack: FakeSlack, tmp_path: Path):
    store = SqlSlackStore(open_storage(f"sqlite:///{tmp_path / 'state.sqlite'}"))
    made = Kit(slack, tmp_path, store=store).start()
    yield made
    made.door.stop()
    assert slack.faults == []


def test_buttons_survive_a_restart_and_expire(lasting: Kit) -> None:
    answer = _asked(lasting)
    lasting.restart()
    lasting.press(answer, "run:1")
    lasting.slack.message("去掉「高价值客户」", channel="DU1")
    lasting.press(answer, "how")
    _newest(lasting.slack, "SELECT COUNT(*)")
    lasting.clock.now += BUTTONS_LAST + timedelta(seconds=1)
    lasting.press(answer, "run:1")
    lasting.slack.message("已经失效", channel="DU1")


def test_a_question_is_answered_once_however_often_it_is_delivered(lasting: Kit) -> None:
    event = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1700.1", "text": "销售额"}
    lasting.event(event, event_id="Ev1")
    lasting.slack.message("899.1", channel="C1")
    lasting.wait_idle()
    again = {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
    assert lasting.event(event, event_id="Ev1", **again) == (200, "")
    lasting.restart()
    assert lasting.event(event, event_id="Ev1", **again) == (200, "")
    lasting.event(event, event_id="Ev2")  # the same message as another event
    lasting.wait_idle()
    assert lasting.slack.called.count("chat.postMessage") == 1


def test_a_question_that_was_acknowledged_is_answered_after_a_restart(
    lasting: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting.mention("慢慢算销售额")
    working = lasting.slack.message("正在理解问题", channel="C1")
    monkeypatch.setattr(ScriptedAssistant, "_work", lambda self, seconds, language, cancel: iter(()))
    lasting.restart()
    answer = lasting.slack.message("899.1", channel="C1")
    assert answer.ts == working.ts  # the same message, not a second one
    lasting.restart()
    lasting.wait_idle()
    assert lasting.slack.called.count("chat.postMessage") == 1
