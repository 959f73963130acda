"""What is said about campaigns: everything that was filled in, who is left out, what it can show, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from assistant.replies.campaigns import campaign_state, campaigns_listed, start_campaign
from assistant.resources import Asked
from semantic_layer.errors import NotAllowedError, NotYetError, UnknownNameError
from semantic_layer.policy.types import User
from semantic_layer.query.acts import CampaignState, Measure, StartCampaign
from semantic_layer.query.plan import Plan
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience
from tests.tools.campaigns.care import ANA, DAN, EVERYBODY, MIA, Office, Remembered, company
from tools.campaigns import DeskGate

START = StartCampaign(audience=EVERYBODY, channel="短信", name="秋天", holdout=0.1, spare_days=7)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembered]:
    with company(tmp_path_factory.mktemp("care")) as layer:
        yield layer


@pytest.fixture
def office(layer: Remembered) -> Office:
    return Office(layer)


def answer(office: Office, step, user: User = MIA, language="zh"):
    resources = SimpleNamespace(
        layer=office.layer,
        index=office.layer.index,
        calendar=office.layer.calendar,
        campaigns=office.desk,
        effects=None,
    )
    reply = {StartCampaign: start_campaign, CampaignState: campaign_state}[type(step)]
    return reply(step, Asked(text="", language=language, user=user, plan=Plan((step,))), resources)


def test_a_draft_says_whom_it_reaches_what_it_can_show_and_what_comes_next(office: Office) -> None:
    draft = answer(office, START)
    # Of 112, two did not agree, one said no, three have no address, four were contacted; a tenth of 102 is held back.
    assert "共 112 人，排除 10 人，发给 92 人，留出 10 人做对照" in draft.text
    assert "最小提升是" in draft.text
    assert "另一位有审批权限的人批准" in draft.text
    assert draft.headline.value == "92"
    rows = [row[:3] for row in draft.table.rows]
    assert rows == [
        ("符合条件", None, 112),
        ("未同意", 2, 110),
        ("已退订", 1, 109),
        ("联系方式无效", 3, 106),
        ("近期联系过", 4, 102),
        ("对照组", 10, 92),
        ("发送", None, 92),
    ]
    assert "92 人" in draft.chart.title
    assert any("没有发送任何消息" in one.zh for one in draft.remarks)
    filled = dict(draft.sections[0].lines)
    assert {"目标", "预算", "时间", "优先级", "发往", "内容", "退订字样"} == set(filled)
    assert draft.follow_ups[0].plan == Plan((CampaignState(campaign="秋天"),))


def test_the_same_in_english(office: Office) -> None:
    draft = answer(office, replace(START, name="Autumn"), language="en")
    assert "10 are left out, 92 get a message and 10 are held back" in draft.text
    assert "smallest lift" in draft.text
    assert not any("一" <= one <= "鿿" for one in draft.text)


def test_asking_twice_drafts_once(office: Office) -> None:
    answer(office, START)
    assert "已经起草过" in answer(office, START).text
    assert len(office.desk.list(MIA)) == 1


def test_without_a_channel_it_asks_back(office: Office) -> None:
    draft = answer(office, replace(START, channel=""))
    assert draft.text.startswith("用哪个渠道？")
    assert {plan.steps[0].channel for plan in (one.plan for one in draft.follow_ups)} == {"短信", "企微", "邮件"}
    assert office.desk.list(MIA) == ()


def test_a_list_with_a_control_needs_no_channel(office: Office) -> None:
    draft = answer(office, StartCampaign(audience=EVERYBODY, destination="file", name="名单"))
    assert (
        "共 112 人，排除 1 人，发给 100 人" in draft.text
    )  # four messages in seven days reach the cap over all channels
    assert "还不能" not in draft.text


def test_what_stands_in_the_way_is_said_with_what_to_do(office: Office) -> None:
    draft = answer(office, replace(START, budget=1.0, content="您好{会员等及}"))
    assert "还不能提交审批" in draft.text
    assert "超过预算" in draft.text
    assert "会员等级" in draft.text


def test_a_segment_that_is_not_there_and_a_role_that_may_not_send(office: Office) -> None:
    with pytest.raises(UnknownNameError):
        answer(office, replace(START, audience=Audience(where=InSegment("上海挽回人群"))))
    for user in (ANA, DAN):
        with pytest.raises(NotAllowedError):
            answer(office, START, user)
    assert office.desk.list(MIA) == ()


def test_how_far_it_is_at_every_step(office: Office) -> None:
    answer(office, START)
    state = CampaignState(campaign="秋天")
    assert "「草稿」" in answer(office, state).text
    campaign = office.desk.find("秋天", MIA)
    office.desk.submit(campaign.id, MIA)
    assert "请审批" in answer(office, state, DAN).text
    assert "等另一位" in answer(office, state).text
    office.desk.approve(campaign.id, DAN)
    assert "由 dan 批准" in answer(office, state).text
    office.desk.start(campaign.id, MIA)
    gate = DeskGate(office.desk)
    keys = gate.handover(campaign.id).keys
    gate.note_sent(campaign.id, keys, office.now)
    sending = answer(office, state)
    assert "计划发给 92 人，已发出 92" in sending.text
    assert sending.table.rows[-1][2] == 92
    gate.note_finished(campaign.id, office.now)
    sent = answer(office, state)
    assert sent.follow_ups[0].plan == Plan((Measure(campaign="秋天"),))
    assert [row[2] for row in sent.sections[-1].table.rows] == ["起草", "提交审批", "批准", "开始发送", "发送完毕"]


def test_all_of_them_and_none(office: Office) -> None:
    assert "还没有活动" in answer(office, CampaignState()).text
    answer(office, START)
    listed = answer(office, CampaignState(), ANA, "en")
    assert "1 campaign, 0 waiting" in listed.text
    assert listed.table.rows[0][:2] == ("秋天", "draft")


def test_numbers_are_kept_from_who_may_not_see_them(office: Office) -> None:
    answer(office, START)
    seen = answer(office, CampaignState(campaign="秋天"), ANA)
    assert seen.table is None
    assert "112" not in seen.text


def test_where_there_is_no_desk_it_says_so(office: Office) -> None:
    asked = Asked(text="", language="zh", user=MIA, plan=Plan((CampaignState(),)))
    with pytest.raises(NotYetError):
        campaigns_listed(asked, SimpleNamespace(campaigns=None))
