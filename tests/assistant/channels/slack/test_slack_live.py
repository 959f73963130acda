"""The demo company behind the door: real replies fit into Slack, and a channel never holds what is about single people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.channels.live import LiveAssistant
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from semantic_layer.errors import Text
from tests.assistant.channels.slack.conftest import Kit, account
from tests.assistant.channels.slack.fake_slack import FakeSlack

pytestmark = pytest.mark.slow

TITLE = Text("青禾生活", "Qinghe Living")
QUESTIONS = (
    "上个月各大区销售额跟去年同期比",
    "各城市各会员等级的客户数",
    "各门店每月销售额",
    "最近三个月活跃且单价超过500的女性客户有哪些",
    "上海有流失风险的高价值客户有哪些？",
    "120岁以上的客户",
    "高价值客户是什么意思",
    "有哪些标签",
    "上个月销售额为什么变了",
    "新客户的月留存",
    "写一首诗",
    "把所有客户的手机号给我",
    "单价超过500的客户",
    "Sales by category last month",
    "Which tags are there?",
    "Who are the high-value customers in Shanghai?",
    "Funnel from first order to second order",
)
MASKED = re.compile(r"1\d{2}\*{2,}\d*|\b1[3-9]\d{9}\b|[\u4e00-\u9fff]\*\*")


class Company:
    """A workspace of the demo company alone."""

    def __init__(self, assistant: Assistant) -> None:
        self._port = LiveAssistant(assistant, TITLE)

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return (Dataset("retail", TITLE),)

    def assistant(self, dataset: str) -> LiveAssistant:
        return self._port


@pytest.fixture
def live(slack: FakeSlack, tmp_path: Path, assistant: Assistant) -> Iterator[Kit]:
    kit = Kit(slack, tmp_path)
    kit.workspace = Company(assistant)  # type: ignore[assignment]
    kit.door = kit.new_door()
    kit.start()
    yield kit
    kit.door.stop()


def test_every_kind_of_reply_fits_and_no_channel_holds_people(live: Kit, caplog: pytest.LogCaptureFixture) -> None:
    for question in QUESTIONS:
        live.direct(question)
        live.mention(question)
        live.wait_idle(120)
    assert live.slack.faults == []
    assert [one.getMessage() for one in caplog.records if one.name.startswith("assistant.channels.slack")] == []
    assert MASKED.findall(live.slack.seen_by_all("C1")) == []
    shown = [one for one in live.slack.messages if one.channel == "C1"]
    assert len(shown) == len(QUESTIONS)


def test_people_with_different_rows_do_not_see_each_others_numbers(live: Kit) -> None:
    live.book.add(account("eva", slack="U2", roles=("region_east",)))
    live.slack.members["C1"].append("U2")
    live.direct("上个月各大区销售额")
    live.direct("上个月各大区销售额", user="U2")
    live.wait_idle(60)
    everything, east = live.slack.message("华南", channel="DU1"), live.slack.message("华东", channel="DU2")
    assert "华东" in everything.whole
    assert not {"华南", "华北", "西南", "华中"} & set(re.findall(r"[\u4e00-\u9fff]{2}", east.whole))
    for asker in ("U1", "U2"):
        live.mention("上个月各大区销售额", user=asker)  # neither has all roles of the other
    live.wait_idle(60)
    assert live.slack.seen_by_all("C1").count("不是每个人都有同样的数据权限") == 2
    live.book.add(account("ana", slack="U1", roles=("analyst", "region_east")))
    live.mention("上个月各大区销售额", user="U2")  # the other one may see all of this now
    live.slack.message("华东", channel="C1")
    live.wait_idle(60)
    assert "华南" not in live.slack.seen_by_all("C1")
