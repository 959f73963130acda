"""Questions in channels, threads and direct messages, the slash command and the home page."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.answer import Finished, Progress
from assistant.channels import scripted_answers
from assistant.channels.scripted import ScriptedAssistant
from semantic_layer.errors import DataError, Text
from tests.assistant.channels.slack.conftest import Kit, account
from tests.assistant.channels.slack.fake_slack import FakeSlack


def test_a_mention_is_answered_in_its_thread(kit: Kit) -> None:
    ts = kit.mention("上个月各大区销售额")
    answer = kit.slack.message("899.1", channel="C1")
    assert answer.thread == ts
    kit.wait_idle()
    assert [block["type"] for block in answer.blocks[:2]] == ["section", "context"]
    assert "没有用到" in json.dumps(answer.blocks[0], ensure_ascii=False)  # unused words first
    assert any(block["type"] == "table" for block in answer.blocks)
    assert len([m for m in kit.slack.messages if m.channel == "C1"]) == 1  # one message, updated
    chart = kit.slack.files[0]
    assert (chart.channel, chart.thread, chart.name) == ("C1", ts, "chart.png")
    assert chart.described
    assert chart.content


def test_follow_ups_share_a_conversation_and_two_people_do_not(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = ScriptedAssistant.stream

    def stream(self: ScriptedAssistant, text: str, **given: object) -> object:
        seen.append(str(given["conversation"]))
        return real(self, text, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    kit.book.add(account("ben", slack="U2"))
    kit.slack.members["C1"].append("U2")
    ts = kit.mention("上个月各大区销售额")
    kit.wait_idle()
    kit.mention("销售额呢", thread=ts)
    kit.mention("销售额呢", thread=ts, user="U2")
    kit.wait_idle()
    assert seen == [f"slack:T1:C1:{ts}:ana"] * 2 + [f"slack:T1:C1:{ts}:ben"]


def test_a_direct_message_shows_people_and_offers_the_export(kit: Kit) -> None:
    kit.direct("Which high-value customers in Shanghai are at churn risk?")
    answer = kit.slack.message("214 high-value", channel="DU1")
    assert "张**" in answer.whole
    assert {"how", "save", "export", "open", "good", "bad"} <= {e["action_id"] for e in answer.elements()}
    assert answer.element("open")["url"] == "https://ask.example.com"


def test_the_language_of_the_question_is_that_of_the_answer(kit: Kit) -> None:
    kit.direct("Sales by region last month")
    assert "Sales in September 2026" in kit.slack.message("¥9.0M").text
    kit.direct("上个月各大区销售额")
    assert "2026 年 9 月销售额" in kit.slack.message("899.1").text


@pytest.mark.parametrize(
    "event",
    [
        {"edited": {"ts": "1"}},
        {"subtype": "message_changed"},
        {"bot_id": "B9"},
        {"user": "UBOT"},
        {"subtype": "bot_message"},
    ],
)
def test_edits_and_bots_are_ignored(kit: Kit, event: dict[str, object]) -> None:
    kit.direct("销售额", **event)
    kit.wait_idle()
    assert kit.slack.messages == []


def test_the_command_repeats_the_question_that_nobody_saw(kit: Kit) -> None:
    kit.ask("上个月各大区销售额")
    answer = kit.slack.message("899.1", channel="C1")
    assert "问题：上个月各大区销售额" in answer.whole
    assert answer.thread == ""


def test_the_command_where_the_app_is_not_is_answered_directly(kit: Kit) -> None:
    kit.ask("上个月各大区销售额", channel="C9")
    assert "请先邀请它加入频道" in kit.slack.message("899.1", channel="DU1").whole


def test_the_command_explains_itself_and_chooses_the_data_set(kit: Kit) -> None:
    kit.ask("help")
    assert "/ask data" in kit.slack.message("/ask help", only="U1").whole
    kit.ask("data retial")
    assert "可以用：retail, second" in kit.slack.message("retial", only="U1").whole
    kit.ask("data second")
    kit.slack.message("现在用数据集「second」", only="U1")
    kit.ask("data")
    kit.slack.message("现在用的是 second", only="U1")


def test_a_data_set_without_a_role_is_not_named(kit: Kit) -> None:
    kit.book.add(account("ana", slack="U1", roles=()))
    kit.ask("data retail")
    assert "可以用：–" in kit.slack.message("没有名为", only="U1").whole
    kit.mention("销售额")
    kit.slack.message("没有角色", only="U1")
    assert "899.1" not in kit.slack.seen_by_all("C1")


def test_starting_over_begins_another_conversation(kit: Kit) -> None:
    before = kit.door._counter._desk.conversation(place := _direct_place())
    kit.ask("new", channel="DU1")
    kit.slack.message("已重新开始", channel="DU1")
    assert kit.door._counter._desk.conversation(place) != before


def _direct_place():
    from assistant.channels.slack.values import Place

    return Place(team="T1", channel="DU1")


def test_the_home_page_offers_three_questions_that_can_be_asked(kit: Kit) -> None:
    kit.event({"type": "app_home_opened", "user": "U1", "tab": "home"})
    home = kit.slack.wait(lambda: kit.slack.homes.get("U1"))
    buttons = [one for block in home["blocks"] if block["type"] == "actions" for one in block["elements"]]
    assert len(buttons) == 3
    action = {"action_id": buttons[1]["action_id"], "value": buttons[1]["value"]}
    container = {"type": "view", "view_id": "V1"}
    kit.interact({"type": "block_actions", "user": {"id": "U1"}, "container": container, "actions": [action]})
    assert "上个月各大区销售额" in kit.slack.message("899.1", channel="DU1").whole


def test_a_clarification_is_answered_by_its_button_and_remembered(kit: Kit) -> None:
    ts = kit.mention("单价超过500的客户")
    question = kit.slack.message("指哪一个", channel="C1")
    assert [e["text"]["text"] for e in question.elements()] == ["客单价 > 500 · 1,204 人", "件单价 > 500 · 388 人"]
    kit.press(question, "run:1")
    answer = kit.slack.message("214 人", channel="C1")
    assert answer.thread == ts
    kit.wait_idle()
    assert any(one.startswith("chose") for one in kit.told), kit.told


def test_a_refusal_offers_what_can_be_asked(kit: Kit) -> None:
    kit.mention("写一首诗")
    refusal = kit.slack.message("只能回答", channel="C1")
    kit.press(refusal, "sample:0")
    kit.slack.message("899.1", channel="C1")


def test_a_chip_can_be_removed_and_changed(kit: Kit) -> None:
    kit.direct("上海有流失风险的高价值客户")
    answer = kit.slack.message("214 人", channel="DU1")
    menu = answer.element("pick:0")
    assert [o["text"]["text"] for o in menu["options"]] == ["✕ 去掉 城市：上海", "北京", "杭州"]
    kit.press(answer, "pick:0", choose=1)
    kit.slack.message("问题：北京", channel="DU1")
    kit.press(answer, "run:1")
    kit.slack.message("去掉「高价值客户」", channel="DU1")


def test_later_questions_of_a_thread_wait_with_a_note_and_can_be_stopped(kit: Kit) -> None:
    ts = kit.mention("慢慢算销售额")
    working = kit.slack.message("正在理解问题", channel="C1")
    kit.mention("销售额", thread=ts)
    kit.slack.message("排队中", only="U1")
    assert sum(one.channel == "C1" and not one.only for one in kit.slack.messages) == 1
    kit.press(working, "stop", user="U2")
    kit.slack.message("只有提问的人可以停止", only="U2")
    kit.press(working, "stop")
    kit.slack.message("已停止", channel="C1")
    kit.slack.message("899.1", channel="C1")


def test_progress_is_said_at_most_once_a_second(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def stream(self: ScriptedAssistant, text: str, **given: object) -> object:
        for number in range(30):
            kit.clock.pass_by(0.1)
            yield Progress(stage="computing", label=f"step {number}")
        yield Finished(reply=scripted_answers.sales("a1", text, "zh"))

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    kit.mention("销售额")
    answer = kit.slack.message("899.1", channel="C1")
    kit.wait_idle()
    assert 2 <= len(answer.history) <= 4  # three seconds: the first words, at most three more
    assert "step" in answer.history[-1]


def test_what_slack_puts_off_is_tried_again_after_the_time_it_says(kit: Kit) -> None:
    kit.slack.limited["chat.update"] = 1
    kit.mention("销售额")
    kit.slack.message("899.1", channel="C1")
    kit.wait_idle()
    updates = [at for method, at in kit.slack.when if method == "chat.update"]
    assert all(later - sooner >= 1 for sooner, later in pairwise(updates[-2:]))


def test_a_huge_table_is_cut_with_a_note(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from semantic_layer.table import ResultColumn, Table

    wide = tuple(ResultColumn(name=f"c{n}", label=Text(f"列{n}" * 90, "c" * 300), role="metric") for n in range(60))
    table = Table(wide, tuple(tuple("甲" * 2000 for _ in wide) for _ in range(50)), total_rows=70_000)
    big = replace(scripted_answers.sales("a1", "", "zh"), table=table, text="很长" * 9000)
    big = replace(big, chips=big.chips * 40, follow_ups=big.follow_ups * 40)
    monkeypatch.setattr(ScriptedAssistant, "_reply", lambda self, text, language: big)
    kit.mention("销售额")
    answer = kit.slack.message("前 10 行，共 70,000 行", channel="C1")
    assert "只显示前 20 列，共 60 列" in answer.whole


def test_hostile_text_stays_text(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    bad = "<!channel> <@U2> <https://evil.example|click> *b* `c` @here & \u202e"
    reply = scripted_answers.refusal("a1", bad, "zh")
    reply = replace(reply, reason=bad, suggestions=(bad,))
    monkeypatch.setattr(ScriptedAssistant, "_reply", lambda self, text, language: reply)
    kit.mention(bad.replace("<", "&lt;"))
    shown = kit.slack.message("evil.example", channel="C1")
    assert "<!channel>" not in shown.text
    assert "&lt;!channel&gt;" in shown.text
    assert shown.blocks[0]["text"]["type"] == "plain_text"
    kit.mention("销售额")  # the scripted regions hold markup too


def test_what_fails_is_told_to_the_asker_only(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: ScriptedAssistant, text: str, **given: object) -> object:
        raise DataError(Text("磁盘满了。", "The disk is full."))

    monkeypatch.setattr(ScriptedAssistant, "stream", full)
    kit.mention("销售额")
    kit.slack.message("磁盘满了", only="U1")
    kit.wait_idle()
    assert "磁盘满了" not in kit.slack.seen_by_all("C1")


def test_a_fault_of_the_program_is_a_number_for_the_person(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: ScriptedAssistant, text: str, **given: object) -> object:
        raise KeyError("canary-inside")

    monkeypatch.setattr(ScriptedAssistant, "stream", broken)
    kit.direct("销售额")
    said = kit.slack.message("编号", channel="DU1")
    assert "canary-inside" not in said.whole


def test_an_answer_that_slack_does_not_take_is_said(kit: Kit) -> None:
    kit.slack.broken["chat.update"] = "invalid_blocks"
    kit.mention("销售额")
    assert "invalid_blocks" in kit.slack.message("没有接受", only="U1").whole


def test_a_picture_that_slack_does_not_take_loses_no_answer(kit: Kit) -> None:
    kit.slack.broken["files.getUploadURLExternal"] = "file_uploads_disabled"
    kit.mention("销售额")
    kit.slack.message("899.1", channel="C1")
    kit.wait_idle()
    assert list(kit.settings.home.glob("chart*")) == []  # nothing is left lying about


def test_too_many_questions_are_refused_with_words(
    slack: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.channels.slack.counter.MOST_JOBS", 1)
    kit = Kit(slack, tmp_path).start()
    kit.mention("慢慢算")
    kit.slack.message("正在理解问题", channel="C1")
    kit.mention("销售额")
    kit.slack.message("问的人太多", only="U1")
    kit.door.stop()
