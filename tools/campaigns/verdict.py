"""Before sending: what would happen, what stands in the way, and what one should know."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from semantic_layer.errors import CancelledError, Text, UserError
from semantic_layer.model.outreach import Channel
from tools import numbers
from tools.campaigns.content import length_of
from tools.campaigns.pressure import Planned, pressure
from tools.campaigns.problems import of_budget, of_content, of_people, of_plan
from tools.campaigns.quiet import over_at
from tools.campaigns.reading import Reader
from tools.campaigns.types import Campaign, Verdict
from tools.campaigns.waterfall import Around, Waterfall, consent_needed, longest, waterfall
from tools.effect.power import detectable

_MANY_DAYS_OLD: Final = 2


def judge(
    campaign: Campaign,
    channel: Channel,
    reader: Reader,
    around: Around,
    *,
    planned: Sequence[Planned] = (),
    destinations: Sequence[str] = (),
) -> Verdict:
    """Reckons everything; raises a `UserError` only where the audience itself cannot be read."""
    hours = longest(campaign, around.rules)
    around = replace(around, data_contacts=reader.contacts(around.history, hours, around.now) if hours else None)
    found = waterfall(campaign, channel, reader, around)
    treated = found.send | found.later
    base, unfit = _base_rate(campaign, reader)
    smallest = detectable(base[0], len(treated), len(found.held_back)) if base is not None else math.inf
    cost = channel.cost * len(treated)
    problems = (
        *of_plan(campaign, around, destinations),
        *of_people(found, around.rules),
        *of_content(campaign, channel, reader, around.rules, treated),
        *of_budget(campaign, cost),
        *unfit,
    )
    remarks = (
        *_remarks(campaign, channel, reader, around, found),
        *_lengths(campaign, channel),
        *_of_base(campaign, base),
    )
    return Verdict(
        matched=len(found.matched),
        steps=found.steps,
        send=found.send,
        held_back=found.held_back,
        detectable=smallest if math.isfinite(smallest) else None,
        base_rate=base[0] if base is not None else None,
        problems=problems,
        remarks=remarks,
        pressure=pressure(campaign, reader, around, treated | found.held_back, planned),
        cost=cost,
        at=around.at,
        later=found.later,
    )


def _base_rate(campaign: Campaign, reader: Reader) -> tuple[tuple[float, int] | None, tuple[Text, ...]]:
    """The rate and of how many, and what is wrong with the goal."""
    if not campaign.goal or campaign.days < 1:
        return None, ()
    try:
        return reader.base_rate(campaign.audience, campaign.goal, campaign.days), ()
    except CancelledError:
        raise
    except UserError as error:
        zh, en = error.message.zh.rstrip("。"), error.message.en
        return None, (
            Text(
                f"目标不能按人计算：{zh}；请换一个目标", f"The goal cannot be counted by person: {en} Choose another."
            ),
        )


def _remarks(campaign: Campaign, channel: Channel, reader: Reader, around: Around, found: Waterfall) -> Iterator[Text]:
    if campaign.no_holdout_reason.strip() and campaign.holdout < around.rules.least_holdout:
        reason = campaign.no_holdout_reason.strip()
        yield Text(
            f"对照组低于规则要求，理由：{reason}", f"Fewer are held back than the policies ask for, because: {reason}"
        )
    if not found.held_back and found.send | found.later:
        yield Text("没有对照组，之后无法证明效果", "Nobody is held back, so no effect can be proven afterwards")
    if found.unchecked:
        yield Text(
            "您的角色不能读取联系方式，地址没有检查", "Your role may not read addresses, so they were not checked"
        )
    if not channel.consent and consent_needed(campaign, channel, reader, around.rules):
        yield Text(
            f"定义里没有说明哪个标签表示同意{channel.label.zh}，只有在这里表示同意的人能收到",
            f"The definitions name no tag of consent to {channel.label.en}; only those who agreed here are reached",
        )
    days = (around.now.date() - reader.layer.as_of).days
    if days >= _MANY_DAYS_OLD:
        yield Text(
            f"数据截至 {reader.layer.as_of}，之后的联系只知道从这里发出的",
            f"The data ends on {reader.layer.as_of}; of contacts since then only those made here are known",
        )
    if found.later:
        yield _put_off(campaign, reader, around, len(found.later))


def _put_off(campaign: Campaign, reader: Reader, around: Around, people: int) -> Text:
    until = max(over_at(rule, around.at, reader.zone) for rule in around.rules.quiet(campaign))
    clock = until.astimezone(ZoneInfo(reader.zone)).strftime("%m-%d %H:%M")
    return Text(
        f"{people:,} 人在安静时段，公司时间 {clock} 起才会发给他们",
        f"{people:,} people are in quiet hours; theirs leave from {clock} company time on",
    )


def _lengths(campaign: Campaign, channel: Channel) -> Iterator[Text]:
    for variant in campaign.variants:
        length = length_of(variant.body, channel)
        if length.segments > 1:
            yield Text(
                f"内容「{variant.name}」约 {length.characters} 字，按 {length.segments} 条短信计费",
                f"Variant {variant.name!r} has about {length.characters} characters and is charged as {length.segments} messages",
            )


def _of_base(campaign: Campaign, base: tuple[float, int] | None) -> Iterator[Text]:
    if base is None:
        return
    rate, people = base
    share = numbers.percent(rate)
    yield Text(
        f"转化率的基准是 {share}：{campaign.days} 天前符合条件的 {people:,} 人里，到现在完成目标的占比",
        f"The base rate is {share}: of {people:,} people who matched {campaign.days} days ago, those who reached the goal since",
    )
