"""Replies about campaigns: a draft from words with all that it would do, how far one is, and which there are. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from assistant.answer import FollowUp, Headline, Section
from assistant.replies.campaign_words import (
    detectable_sentence,
    in_words,
    needed_next,
    outcome_sentence,
    reach_sentence,
)
from assistant.replies.draft import Draft
from assistant.replies.restated import who_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, NotYetError, Text, UnknownNameError
from semantic_layer.policy.rights import rights_of
from semantic_layer.query.acts import CampaignState, Measure, StartCampaign
from semantic_layer.query.plan import Plan
from semantic_layer.table import Cell, ResultColumn, Table
from tools.campaigns import CampaignDesk, ChannelNeededError, Standing
from tools.campaigns.records import PLANNABLE, STATES
from tools.campaigns.store import Frozen
from tools.campaigns.types import Campaign, Groups, LeftOut, State, Suppressed, Verdict
from tools.campaigns.waterfall import LABELS
from tools.chart import ChartSpec
from tools.chart.suppression import suppression_chart

_NOT_SENT: Final = Text("只是草稿，没有发送任何消息。", "This is a draft. Nothing was sent.")
_ORDER: Final = Text("每个人只算在第一个成立的原因里。", "Each person counts at the first reason that holds.")
_FROZEN: Final = Text("人数在开始发送时已经固定。", "The people were fixed when sending began.")


def start_campaign(step: StartCampaign, asked: Asked, resources: Resources) -> Draft:
    """The draft in words, everything that was filled in, who would be left out and why, and what is needed next."""
    desk = _desk(resources)
    try:
        drafted = desk.draft(step, asked.user, language=asked.language, cancel=asked.cancel)
    except ChannelNeededError as error:
        return _which_channel(step, error, asked)
    campaign = drafted.campaign
    verdict = desk.verdict(campaign.id, asked.user, cancel=asked.cancel)
    opening = (
        Text(f"活动「{campaign.name}」已经起草过", f"“{campaign.name}” was drafted before")
        if drafted.before
        else Text(f"已起草活动「{campaign.name}」", f"Drafted “{campaign.name}”")
    )
    draft = _planned(campaign, verdict, opening, asked, resources)
    filled = [one.in_(asked.language) for one in drafted.defaults]
    defaults = Section(
        title=Text("没有说、按默认填的", "Filled in, as it was not said").in_(asked.language),
        lines=tuple(_pair(line) for line in filled),
    )
    return replace(
        draft,
        plan=asked.plan,
        sections=(defaults, *draft.sections),
        remarks=(_NOT_SENT, *draft.remarks),
        follow_ups=(_how_far(campaign, asked.language),),
    )


def campaign_state(step: CampaignState, asked: Asked, resources: Resources) -> Draft:
    """How far one campaign is, and what comes next; without a name all of them."""
    desk = _desk(resources)
    if not step.campaign:
        return campaigns_listed(asked, resources)
    try:
        campaign = desk.find(step.campaign, asked.user)
    except UnknownNameError:
        return _past(step, asked, resources)
    rights = rights_of(asked.user, resources.layer.policy)
    if not (rights.may_send or rights.may_approve):
        text = in_words(campaign).in_(asked.language)
        return Draft(text=text, plan=asked.plan, sections=(_history(desk, campaign, asked),))
    if campaign.state in PLANNABLE:
        verdict = desk.verdict(campaign.id, asked.user, cancel=asked.cancel)
        draft = _planned(campaign, verdict, in_words(campaign), asked, resources)
        return replace(draft, plan=asked.plan, sections=(*draft.sections, _history(desk, campaign, asked)))
    return _begun(campaign, desk, asked)


def campaigns_listed(asked: Asked, resources: Resources) -> Draft:
    """All campaigns of this product, newest first, with what each waits for."""
    desk = _desk(resources)
    found = desk.list(asked.user)
    language = asked.language
    columns = _columns(
        ("name", Text("活动", "Campaign")),
        ("state", Text("状态", "State")),
        ("channel", Text("渠道", "Channel")),
        ("owner", Text("负责人", "Owner")),
        ("sent", Text("发送时间", "Sent")),
        ("next", Text("下一步", "Next")),
    )
    zone = _zone(resources)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.name,
            STATES[one.state].in_(language),
            _channel(desk, one).in_(language),
            one.owner,
            f"{one.sent_at.astimezone(zone):%Y-%m-%d %H:%M}" if one.sent_at is not None else None,
            needed_next(one, asked.user.name, (), zone).in_(language),
        )
        for one in found
    )
    waiting = sum(one.state is State.WAITING for one in found)
    if not found:
        text = Text(
            "还没有活动。可以说“给某群人发短信，留 10% 对照组”。",
            "No campaigns yet. Try “send an SMS to …, keep a 10% control”.",
        )
    else:
        text = Text(
            f"共 {len(found)} 个活动，其中 {waiting} 个待审批。",
            f"{len(found)} {'campaign' if len(found) == 1 else 'campaigns'}, {waiting} waiting for approval.",
        )
    follow_ups = tuple(FollowUp(label=one.name, plan=Plan((CampaignState(campaign=one.name),))) for one in found[:3])
    table = Table(columns, rows) if rows else None
    return Draft(text=text.in_(language), plan=asked.plan, table=table, follow_ups=follow_ups)


# ---- before sending


def _planned(campaign: Campaign, verdict: Verdict, opening: Text, asked: Asked, resources: Resources) -> Draft:
    language = asked.language
    who = who_text(campaign.audience, resources.index, resources.calendar, language)
    treated = len(verdict.treated)
    parts = [
        opening,
        reach_sentence(verdict, who),
        detectable_sentence(verdict),
        needed_next(campaign, asked.user.name, verdict.problems, _zone(resources)),
    ]
    joint = "" if language == "zh" else " "
    label = Text("人会收到", "would get a message")
    return Draft(
        text=joint.join(_ended(part.in_(language), language) for part in parts if part.zh),
        plan=asked.plan,
        headline=Headline(value=f"{treated:,}", exact=f"{treated:,}", label=label.in_(language)),
        table=_waterfall_table(verdict.matched, verdict.steps, treated, language),
        chart=_chart(verdict.matched, verdict.steps, treated, campaign, language),
        sections=_sections(campaign, verdict, _desk(resources), asked),
        remarks=(_ORDER, *verdict.remarks),
    )


def _sections(campaign: Campaign, verdict: Verdict, desk: CampaignDesk, asked: Asked) -> tuple[Section, ...]:
    language = asked.language
    found: list[Section] = []
    if verdict.problems:
        title = Text("提交前要解决", "To be solved before it is submitted").in_(language)
        found.append(Section(title=title, lines=tuple(("✗", one.in_(language)) for one in verdict.problems)))
    texts = tuple((one.name, f"{one.subject} — {one.body}" if one.subject else one.body) for one in campaign.variants)
    if any(body.strip() for _, body in texts):
        found.append(Section(title=Text("内容", "Content").in_(language), lines=texts))
    to = desk.destinations.get(campaign.destination)
    numbers_of = [(Text("发往", "Goes to"), to.label.in_(language) if to is not None else campaign.destination)]
    if verdict.cost:
        numbers_of.append((Text("预计花费", "Cost"), f"{verdict.cost:,.2f}"))
    if campaign.budget is not None:
        numbers_of.append((Text("预算", "Budget"), f"{campaign.budget:,.2f}"))
    if verdict.pressure:
        day, people = max(verdict.pressure.items(), key=lambda item: item[1])
        said = Text(f"{day} 有 {people:,} 人会超过频次上限", f"on {day} {people:,} people would be over a cap")
        numbers_of.append((Text("打扰预测", "Contact ahead"), said.in_(language)))
    lines = tuple((name.in_(language), value) for name, value in numbers_of if value)
    found.append(Section(title=Text("安排", "Arrangements").in_(language), lines=lines))
    return tuple(found)


def _which_channel(step: StartCampaign, error: ChannelNeededError, asked: Asked) -> Draft:
    """A question back: each channel as a button, with how many agreed to it."""
    language = asked.language
    columns = (
        ResultColumn(name="channel", label=Text("渠道", "Channel"), role="group"),
        ResultColumn(name="people", label=Text("同意的人数", "People who agreed"), role="metric"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple((one.channel.label.in_(language), one.agreed) for one in error.choices)
    follow_ups = tuple(
        FollowUp(
            label=Text(
                f"用{one.channel.label.zh}（{one.agreed:,} 人同意）",
                f"by {one.channel.label.en} ({one.agreed:,} agreed)",
            ).in_(language),
            plan=Plan((replace(step, channel=one.channel.name),)),
        )
        for one in error.choices
        if one.agreed
    )
    text = Text("用哪个渠道？还没有起草任何内容。", "By which channel? Nothing was drafted yet.").in_(language)
    return Draft(text=text, plan=asked.plan, table=Table(columns, rows), follow_ups=follow_ups)


# ---- under way and after


def _begun(campaign: Campaign, desk: CampaignDesk, asked: Asked) -> Draft:
    standing = desk.standing(campaign.id, asked.user)
    frozen = standing.frozen
    if frozen is None:  # stopped before it began
        text = in_words(campaign).in_(asked.language)
        return Draft(text=text, plan=asked.plan, sections=(_history(desk, campaign, asked),))
    language = asked.language
    steps = _frozen_steps(frozen)
    matched = len(frozen.treated) + sum(len(one.people) for one in steps)
    follow_ups: tuple[FollowUp, ...] = (_how_far(campaign, language),)
    if campaign.state in (State.SENT, State.STOPPED):
        label = Text("看效果", "what it did").in_(language)
        follow_ups = (FollowUp(label=label, plan=Plan((Measure(campaign=campaign.name),))),)
    zone = ZoneInfo(desk.layer.index.model.conventions.time_zone)
    said = (in_words(campaign), outcome_sentence(standing), needed_next(campaign, asked.user.name, (), zone))
    joint = "" if language == "zh" else " "
    return Draft(
        text=joint.join(_ended(part.in_(language), language) for part in said),
        plan=asked.plan,
        headline=_sent(standing, language),
        table=_waterfall_table(matched, steps, len(frozen.treated), language),
        chart=_chart(matched, steps, len(frozen.treated), campaign, language),
        sections=(_history(desk, campaign, asked),),
        follow_ups=follow_ups,
        remarks=(_FROZEN, _ORDER),
    )


def _past(step: CampaignState, asked: Asked, resources: Resources) -> Draft:
    """A campaign that stands in the data: its groups and days, as far as the data says."""
    if resources.effects is None:
        _desk(resources).find(step.campaign, asked.user)
        raise NotYetError(Text("活动", "campaigns"))
    name = resources.effects.find(step.campaign, asked.user, asked.language)
    groups = resources.effects.groups(asked.user, cancel=asked.cancel).groups(name)
    text = Text(
        f"「{groups.name}」是数据里的活动，{_days(groups).zh}：计划触达 {len(groups.treated):,} 人，对照组 {len(groups.control):,} 人。",
        f"“{groups.name}” stands in the data, {_days(groups).en}: {len(groups.treated):,} people were to be contacted, "
        f"{len(groups.control):,} held back.",
    )
    label = Text("看效果", "what it did").in_(asked.language)
    return Draft(
        text=text.in_(asked.language),
        plan=asked.plan,
        follow_ups=(FollowUp(label=label, plan=Plan((Measure(campaign=groups.name),))),),
    )


def _days(groups: Groups) -> Text:
    if groups.ends is None:
        return Text(f"从 {groups.starts} 开始", f"from {groups.starts}")
    return Text(f"{groups.starts} 至 {groups.ends}", f"{groups.starts} to {groups.ends}")


def _frozen_steps(frozen: Frozen) -> tuple[Suppressed, ...]:
    parts = {**frozen.left_out, LeftOut.HOLDOUT: frozen.control}
    return tuple(
        Suppressed(reason=reason, label=LABELS[reason], people=parts[reason]) for reason in LeftOut if reason in parts
    )


def _sent(standing: Standing, language: Language) -> Headline:
    label = Text("条已发出", "sent").in_(language)
    return Headline(value=f"{standing.sent:,}", exact=f"{standing.sent:,}", label=label)


# ---- parts


def _desk(resources: Resources) -> CampaignDesk:
    if resources.campaigns is None:
        raise NotYetError(Text("营销活动", "campaigns"))
    return resources.campaigns


def _zone(resources: Resources) -> ZoneInfo:
    return ZoneInfo(resources.index.model.conventions.time_zone)


def _waterfall_table(matched: int, steps: Sequence[Suppressed], send: int, language: Language) -> Table:
    """Everybody first, then each reason with whom it takes out and who is left, then those who get a message."""
    left = matched
    rows: list[tuple[Cell, ...]] = [(Text("符合条件", "match").in_(language), None, left, None)]
    for step in steps:
        if step.reason is LeftOut.QUIET_HOURS:
            continue  # put off, not left out
        left -= len(step.people)
        if step.people:
            rows.append((step.label.in_(language), len(step.people), left, step.why.in_(language) or None))
    rows.append((Text("发送", "get a message").in_(language), None, send, None))
    columns = (
        ResultColumn(name="step", label=Text("步骤", "Step"), role="group"),
        ResultColumn(name="out", label=Text("排除", "Left out"), role="metric"),
        ResultColumn(name="left", label=Text("剩下", "Left"), role="metric"),
        ResultColumn(name="why", label=Text("依据", "Why"), role="attribute"),
    )
    return Table(columns, tuple(rows))


def _chart(
    matched: int, steps: Sequence[Suppressed], send: int, campaign: Campaign, language: Language
) -> ChartSpec | None:
    taken = [
        (step.label.in_(language), len(step.people))
        for step in steps
        if step.people and step.reason is not LeftOut.QUIET_HOURS
    ]
    return suppression_chart(matched, taken, send, language, subtitle=campaign.name)


def _history(desk: CampaignDesk, campaign: Campaign, asked: Asked) -> Section:
    language = asked.language
    zone = ZoneInfo(desk.layer.index.model.conventions.time_zone)
    columns = _columns(
        ("at", Text("时间", "When")),
        ("by", Text("谁", "Who")),
        ("what", Text("做了什么", "What")),
        ("note", Text("说明", "Note")),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}", one.by, WHAT[one.what].in_(language), one.note or None)
        for one in desk.history(campaign.id, asked.user)
    )
    return Section(title=Text("经过", "What happened").in_(language), table=Table(columns, rows))


WHAT: Final = {
    "drafted": Text("起草", "drafted"),
    "edited": Text("修改", "changed"),
    "submitted": Text("提交审批", "submitted"),
    "approved": Text("批准", "approved"),
    "rejected": Text("退回", "rejected"),
    "scheduled": Text("安排时间", "scheduled"),
    "started": Text("开始发送", "started"),
    "paused": Text("暂停", "paused"),
    "resumed": Text("继续", "resumed"),
    "stopped": Text("停止", "stopped"),
    "finished": Text("发送完毕", "finished"),
    "deleted": Text("删除", "deleted"),
    "restored": Text("恢复", "restored"),
}
"""What each step of a campaign's history is called."""


def _columns(*named: tuple[str, Text]) -> tuple[ResultColumn, ...]:
    return tuple(ResultColumn(name=name, label=label, role="attribute") for name, label in named)


def _channel(desk: CampaignDesk, campaign: Campaign) -> Text:
    found = desk.outreach.channel(campaign.channel)
    return found.label if found is not None else Text(campaign.channel or "名单", campaign.channel or "list")


def _how_far(campaign: Campaign, language: Language) -> FollowUp:
    label = Text("这个活动到哪一步了", "how far this campaign is").in_(language)
    return FollowUp(label=label, plan=Plan((CampaignState(campaign=campaign.name),)))


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.replace("：", ": ", 1).partition(": ")
    return name, value


def _ended(text: str, language: Language) -> str:
    stop = "。" if language == "zh" else "."
    return text if text.endswith(("。", ".", "？", "?", "！")) else f"{text}{stop}"
