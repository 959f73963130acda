"""What campaigns are said to be, in sentences: whom they reach, what they can show, and what is needed next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never
from zoneinfo import ZoneInfo

from semantic_layer.errors import Text
from tools import numbers
from tools.campaigns import Standing
from tools.campaigns.records import NOBODY, STATES
from tools.campaigns.types import Campaign, LeftOut, State, Verdict


def reach_sentence(verdict: Verdict, who: str) -> Text:
    """How many match, are left out, get a message now or later, and are held back."""
    treated, held = len(verdict.treated), len(verdict.held_back)
    out = verdict.matched - treated - held
    later = len(verdict.later)
    later_zh = f"（其中 {later:,} 人等安静时段过后）" if later else ""
    later_en = f" ({later:,} of them after quiet hours)" if later else ""
    return Text(
        f"{who}共 {verdict.matched:,} 人，排除 {out:,} 人，发给 {treated:,} 人{later_zh}，留出 {held:,} 人做对照",
        f"Of {verdict.matched:,} people ({who}), {out:,} are left out, {treated:,} get a message{later_en} and {held:,} are "
        "held back as control",
    )


def detectable_sentence(verdict: Verdict) -> Text:
    """The smallest lift that groups of this size show."""
    if not verdict.treated:
        return Text("", "")
    if not verdict.held_back:
        return Text("没有对照组，之后无法证明有没有效果", "Without a control no effect can be proven afterwards")
    if verdict.base_rate is None:
        return Text("没有目标，无法估计能看出多小的效果", "Without a goal nothing can be said about what it could show")
    base = numbers.percent(verdict.base_rate)
    if verdict.detectable is None:
        return Text(
            f"这两组太小：即使所有人都转化（现在是 {base}）也看不出差别",
            f"These groups are too small: even if everybody converted (now {base}) it would not show",
        )
    points = f"{verdict.detectable * 100:.1f}"
    return Text(
        f"这个规模能看出的最小提升是 {points} 个百分点（现在的转化率 {base}，把握 80%，显著性 5%），更小的效果会是“未证实”",
        f"The smallest lift that groups of this size can show is {points} points (base rate {base}, power 80 %, level 5 %); "
        "a smaller one will end as “not proven”",
    )


def needed_next(campaign: Campaign, user: str, problems: Sequence[Text], zone: ZoneInfo) -> Text:
    """What has to happen next, and by whom. Times are those of `zone`."""
    match campaign.state:
        case State.DRAFT if problems:
            return Text(
                f"还不能提交审批：{'；'.join(one.zh.rstrip('。') for one in problems)}",
                f"It cannot be submitted yet: {' '.join(one.en for one in problems)}",
            )
        case State.DRAFT:
            return Text(
                "下一步：在「活动」页提交审批，由另一位有审批权限的人批准后才会发送",
                "Next: submit it under Campaigns; it is sent only after a second person with the right approves it",
            )
        case State.WAITING:
            own = user in (campaign.owner, campaign.edited_by, campaign.submitted_by)
            return Text(
                "等另一位有审批权限的人批准" if own else "请审批：批准或退回",
                "Waits for a second person to approve it" if own else "To be approved or rejected",
            )
        case State.APPROVED if campaign.send_at is not None:
            when = f"{campaign.send_at.astimezone(zone):%Y-%m-%d %H:%M}"
            return Text(f"已批准，将在 {when} 自动开始发送", f"Approved; sending begins by itself at {when}")
        case State.APPROVED:
            return Text("已批准，等人开始发送", "Approved; somebody has to start it")
        case State.SENDING:
            return Text("正在发送，可以随时暂停或停止", "Being sent; it can be paused or stopped at any time")
        case State.PAUSED:
            return Text("已暂停，可以继续或停止", "Paused; it can be resumed or stopped")
        case State.STOPPED | State.SENT:
            return Text("可以看效果了", "Its effect can be read")
        case _:
            assert_never(campaign.state)


def in_words(campaign: Campaign) -> Text:
    """Where it is and who brought it there."""
    state = STATES[campaign.state]
    by = campaign.approved_by
    approved_zh = "，规则不要求审批" if by == NOBODY else f"，由 {by} 批准" if by else ""
    approved_en = ", approved by the policies" if by == NOBODY else f", approved by {by}" if by else ""
    return Text(
        f"活动「{campaign.name}」现在是「{state.zh}」，{campaign.owner} 起草{approved_zh}",
        f"“{campaign.name}” is {state.en}; drafted by {campaign.owner}{approved_en}",
    )


def outcome_sentence(standing: Standing) -> Text:
    """How much of it has left."""
    frozen = standing.frozen
    if frozen is None:
        return Text("没有发出任何消息", "Nothing was sent")
    out = sum(len(people) for reason, people in frozen.left_out.items() if reason is not LeftOut.HOLDOUT)
    return Text(
        f"计划发给 {len(frozen.treated):,} 人，已发出 {standing.sent:,}，未发出 {standing.waiting:,}；"
        f"对照组 {len(frozen.control):,} 人，排除 {out:,} 人",
        f"{standing.sent:,} of {len(frozen.treated):,} were sent, {standing.waiting:,} were not; {len(frozen.control):,} are "
        f"held back and {out:,} left out",
    )
