"""Chips of a campaign and of what it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from assistant.answer import Chip
from assistant.replies.chip_maker import ChipMaker, named
from assistant.replies.choices import people_fields
from semantic_layer.errors import Text
from semantic_layer.query.acts import Measure, StartCampaign
from semantic_layer.restate.spoken_acts import OUTCOMES

_HOLDOUTS: Final = (0.05, 0.1, 0.2, 0.3)
_SPARED: Final = (3, 7, 14, 30)
_DAYS: Final = (7, 14, 30, 60)
_MOST: Final = 8


def campaign_chips(of: ChipMaker, step: StartCampaign) -> Iterator[Chip]:
    """To whom is said by the conditions; here is how, with which control, whom to spare, and what else was said."""
    channels = of.resources.index.model.outreach.channels
    known = next((one.label for one in channels if one.name == step.channel), Text(step.channel, step.channel))
    yield of.chip("subject", "subject", Text("活动草稿", "draft of a campaign"))
    yield of.chip(
        "channel",
        "group",
        named(
            "渠道",
            "channel",
            Text("导出文件", "a file") if step.destination else known if step.channel else Text("待定", "open"),
        ),
        options=[
            (one.label, replace(step, channel=one.name, destination="")) for one in channels if one.name != step.channel
        ],
        default=not step.channel and not step.destination,
    )
    yield of.chip(
        "holdout",
        "share",
        _control(step.holdout),
        options=[(_control(one), replace(step, holdout=one)) for one in _HOLDOUTS if one != step.holdout],
        removed=None if step.holdout is None else replace(step, holdout=None),
        default=step.holdout is None,
    )
    yield of.chip(
        "spare_days",
        "condition",
        _spared(step.spare_days),
        options=[(_spared(one), replace(step, spare_days=one)) for one in _SPARED if one != step.spare_days],
        removed=None if step.spare_days is None else replace(step, spare_days=None),
        default=step.spare_days is None,
    )
    yield from _said(of, step)


def _said(of: ChipMaker, step: StartCampaign) -> Iterator[Chip]:
    if step.name:
        yield of.chip("name", "subject", named("名称", "name", step.name), removed=replace(step, name=""))
    if step.content:
        yield of.chip("content", "subject", named("内容", "content", step.content), removed=replace(step, content=""))
    if step.goal:
        goal = of.resources.index.metric(step.goal).words.label
        yield of.chip("goal", "metric", named("目标", "goal", goal), removed=replace(step, goal=""))
    if step.budget is not None:
        amount = f"{step.budget:,.0f} {of.resources.currency}"
        yield of.chip("budget", "limit", named("预算", "budget", amount), removed=replace(step, budget=None))


def measure_chips(of: ChipMaker, step: Measure) -> Iterator[Chip]:
    """Which campaign, which outcome, split by what, within how many days."""
    yield of.subject("活动", "campaign", step.campaign)
    yield of.chip(
        "outcome",
        "metric",
        OUTCOMES[step.outcome],
        options=[(text, replace(step, outcome=one)) for one, text in OUTCOMES.items() if one != step.outcome],
        default=step.outcome == "conversion",
    )
    fields = [one for one in people_fields(of.asked, of.resources)[:_MOST] if one != step.by]
    yield of.chip(
        "group-0",
        "group",
        Text("不拆分", "not split") if step.by is None else of.field(step.by),
        options=[(of.field(one), replace(step, by=one)) for one in fields],
        removed=None if step.by is None else replace(step, by=None),
        default=step.by is None,
    )
    yield of.chip(
        "days",
        "time",
        _within(step.days),
        options=[(_within(one), replace(step, days=one)) for one in _DAYS if one != step.days],
        removed=None if step.days is None else replace(step, days=None),
        default=step.days is None,
    )


def _control(share: float | None) -> Text:
    if share is None:
        return Text("对照组：按默认", "control: as usual")
    return Text(f"对照组：{share * 100:g}%", f"control: {share * 100:g}%")


def _spared(days: int | None) -> Text:
    if days is None:
        return Text("不额外避开", "nobody spared besides the policies")
    return Text(f"避开最近 {days} 天联系过的", f"not contacted in the last {days} days")


def _within(days: int | None) -> Text:
    return Text("默认天数内", "within the usual days") if days is None else Text(f"{days} 天内", f"within {days} days")
