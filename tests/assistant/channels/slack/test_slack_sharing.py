"""What stands in a channel: only what everybody there may see, and never single people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answer import Answer, Headline
from assistant.channels import scripted_answers as answers
from assistant.channels.scripted import ScriptedAssistant
from assistant.channels.slack.sharing import MOST_READERS, Readers, may_be_shared
from semantic_layer.errors import Text
from semantic_layer.model.types import Sensitivity, Unit
from semantic_layer.query.plan import Card, Plan
from semantic_layer.table import ResultColumn, Table
from tests.assistant.channels.slack.conftest import Kit, account
from tests.assistant.channels.slack.fake_slack import user

CANARY = "13900001234"
SAME = Readers(roles=(frozenset({"analyst"}),))


def test_people_go_to_the_asker_and_the_rest_to_the_channel(kit: Kit) -> None:
    ts = kit.mention("上海有流失风险的高价值客户")
    shown = kit.slack.message("214 人", channel="C1")
    assert "<@U1>" in shown.whole
    assert "名单和文件不在频道里显示" in shown.whole
    assert not any(e["action_id"] == "export" for e in shown.elements())
    direct = kit.slack.message("张**", channel="DU1")
    assert "来自频道里的提问：上海有流失风险的高价值客户" in direct.whole
    kit.wait_idle()
    assert "张**" not in kit.slack.seen_by_all("C1")
    assert shown.thread == ts


def test_a_thread_of_the_private_answer_goes_on_with_the_conversation(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = kit.mention("上海有流失风险的高价值客户")
    direct = kit.slack.message("张**", channel="DU1")
    kit.wait_idle()
    seen: list[object] = []
    real = ScriptedAssistant.stream

    def stream(self: ScriptedAssistant, text: str, **given: object) -> object:
        seen.append(given["conversation"])
        return real(self, text, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ScriptedAssistant, "stream", stream)
    kit.direct("销售额", thread_ts=direct.ts)
    kit.wait_idle()
    assert seen == [f"slack:T1:C1:{ts}:ana"]


@pytest.mark.parametrize("roles", [(), ("viewer",)])
def test_a_member_with_fewer_rights_keeps_the_answer_private(kit: Kit, roles: tuple[str, ...]) -> None:
    kit.book.add(account("ben", slack="U2", roles=roles))
    kit.slack.members["C1"].append("U2")
    kit.mention("上个月各大区销售额")
    kit.slack.message("899.1", channel="DU1")
    note = kit.slack.message("私下发给", channel="C1")
    assert "不是每个人都有同样的数据权限" in note.whole
    kit.wait_idle()
    assert "899.1" not in kit.slack.seen_by_all("C1")
    assert [file.channel for file in kit.slack.files] == ["DU1"]


def test_a_member_with_more_rights_does_not(kit: Kit) -> None:
    kit.book.add(account("ben", slack="U2", roles=("boss", "analyst")))
    kit.slack.members["C1"].append("U2")
    kit.mention("上个月各大区销售额")
    kit.slack.message("899.1", channel="C1")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda slack: slack.members["C1"].append("U2"),  # nobody here
        lambda slack: slack.members["C1"].append("UOTHERBOT"),
        lambda slack: slack.channels["C1"].update(is_ext_shared=True),
        lambda slack: slack.broken.update({"conversations.members": "missing_scope"}),
        lambda slack: slack.broken.update({"conversations.info": "fatal_error"}),
        lambda slack: slack.members["C1"].extend(f"U{n}" for n in range(1000, 1000 + MOST_READERS)),
        lambda slack: slack.channels["C1"].update(is_private=False),  # everybody of the workspace can look in
    ],
)
def test_in_doubt_nothing_is_shown_to_all(kit: Kit, spoil: object) -> None:
    spoil(kit.slack)  # type: ignore[operator]
    kit.mention("上个月各大区销售额")
    kit.slack.message("899.1", channel="DU1")
    kit.wait_idle()
    assert "899.1" not in kit.slack.seen_by_all("C1")


def test_an_open_channel_of_people_with_equal_rights_is_answered_openly(kit: Kit) -> None:
    kit.slack.channels["C1"]["is_private"] = False
    kit.book.add(account("ben", slack="U2"))
    kit.slack.users = {"U1": user("U1"), "U2": user("U2"), "U9": user("U9", deleted=True), "B": user("B", is_bot=True)}
    kit.mention("上个月各大区销售额")
    kit.slack.message("899.1", channel="C1")


def test_rights_taken_back_count_at_once(kit: Kit) -> None:
    kit.book.add(account("ben", slack="U2"))
    kit.slack.members["C1"].append("U2")
    kit.mention("上个月各大区销售额")
    kit.slack.message("899.1", channel="C1")
    kit.book.add(account("ben", slack="U2", roles=()))
    kit.mention("上个月各大区销售额")
    kit.slack.message("不是每个人都有同样的数据权限", channel="C1")


def test_personal_values_are_never_in_a_channel(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A canary in every part of an answer that may hold personal data."""
    phone = ResultColumn(name="phone", label=Text("手机", "Phone"), role="group", sensitivity=Sensitivity.CONTACT)
    people = Table((phone,), ((CANARY,),))
    whole = replace(answers.audience("a1", "", "zh"), people=people)
    card = replace(whole, plan=Plan((Card(CANARY),)), text=CANARY, waterfall=())
    table = replace(answers.sales("a2", "", "zh"), table=people)
    few = replace(whole, text=CANARY, headline=Headline(value="3", exact="3", label="人"), waterfall=(), people=None)
    for reply in (whole, card, table, few):
        monkeypatch.setattr(ScriptedAssistant, "_reply", lambda self, text, language, reply=reply: reply)
        kit.mention("随便")
        kit.wait_idle()
    assert CANARY in kit.slack.message(CANARY, channel="DU1").whole
    assert CANARY not in kit.slack.seen_by_all("C1")
    assert not any(CANARY in one.whole for one in kit.slack.messages if one.channel == "C1")


def _sales(**changed: object) -> Answer:
    return replace(answers.sales("a1", "", "zh"), **changed)  # type: ignore[arg-type]


def test_numbers_for_equal_rights_are_shown_whole() -> None:
    reply = _sales()
    verdict = may_be_shared(reply, ("analyst",), SAME)
    assert verdict.shown == reply
    assert verdict.why is None


def test_a_table_with_a_small_group_is_not_shown() -> None:
    columns = (
        ResultColumn(name="city", label=Text("城市", "City"), role="group"),
        ResultColumn(name="n", label=Text("人数", "People"), role="metric", unit=Unit.COUNT),
    )
    small = _sales(table=Table(columns, (("上海", 214), ("拉萨", 4))))
    large = _sales(table=Table(columns, (("上海", 214), ("拉萨", 5), ("三沙", 0))))
    assert may_be_shared(small, ("analyst",), SAME).shown is None
    assert may_be_shared(large, ("analyst",), SAME).shown == large


def test_a_clarification_that_counts_a_few_people_is_not_shown() -> None:
    asked = answers.clarification("c1", "", "zh")
    few = replace(asked, options=(replace(asked.options[0], count="3 人"),))
    assert may_be_shared(asked, ("analyst",), SAME).shown == asked
    assert may_be_shared(few, ("analyst",), SAME).shown is None


def test_several_roles_must_all_be_there() -> None:
    readers = Readers(roles=(frozenset({"east", "analyst"}), frozenset({"analyst"})))
    assert may_be_shared(_sales(), ("analyst",), readers).shown is not None
    assert may_be_shared(_sales(), ("east", "analyst"), readers).shown is None
