"""From a campaign in words to a whole draft: everything that was not said is filled in, and each such thing is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from semantic_layer.errors import DataError, InvalidPlanError, Language, Text, UnknownNameError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import nearest
from semantic_layer.model.outreach import Channel, Outreach
from semantic_layer.policy.types import User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.predicate import InSegment
from tools.campaigns.policy_book import Rules
from tools.campaigns.rules import UnsubscribeText
from tools.campaigns.types import Campaign, Variant

HOLDOUT: Final = 0.1
_FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel that a campaign could use, and how many of its audience agreed to it."""

    channel: Channel
    agreed: int


class ChannelNeededError(InvalidPlanError):
    """The channel was not said and several fit; `choices` are those, most people first."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        zh = "、".join(f"{one.channel.label.zh}（{one.agreed:,} 人同意）" for one in choices)
        en = ", ".join(f"{one.channel.label.en} ({one.agreed:,} agreed)" for one in choices)
        super().__init__(
            Text(f"用哪个渠道？可以用：{zh}。", f"By which channel? There are {en}."),
            suggestions=[one.channel.name for one in choices],
        )
        self.choices = tuple(choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft with what was filled in by default. `before` says that the same brief gave this draft earlier."""

    campaign: Campaign
    defaults: tuple[Text, ...]
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """Fills in what a brief leaves open, from the definitions, the policies and the destinations there are."""

    data_set: str
    index: ModelIndex
    outreach: Outreach
    rules: Rules
    destinations: Mapping[str, Text]  # labels by name

    def channel(self, name: str) -> Channel:
        """By name or label, or a list without contacts for no name; raises `UnknownNameError` with the nearest, `DataError` where the definitions name none."""
        if not name:
            return self._list
        channels = self.outreach.channels
        if not channels:
            raise no_channels()
        found = self.outreach.channel(name)
        if found is None:
            names = [part for one in channels for part in (one.label.zh, one.label.en)]
            known = tuple(one.label.zh for one in channels)
            raise UnknownNameError(Text("触达渠道", "channel"), name, nearest(name, names) or known)
        return found

    @property
    def _list(self) -> Channel:
        """A list of people by what they are called, which tells nobody how to reach them."""
        entity = self.index.entity(self.index.model.customer_entity)
        shown = entity.label_column or entity.primary_key[0]
        return Channel(name="", label=Text("名单", "list"), kind="webhook", contact=f"{entity.name}.{shown}")

    def draft(
        self,
        step: StartCampaign,
        channel: Channel,
        user: User,
        *,
        name: str,
        new_id: str,
        now: datetime,
        language: Language,
    ) -> Drafted:
        """A whole campaign; `name` is a free one."""
        told: list[Text] = []
        if not step.name:
            told.append(Text(f"名称：{name}", f"name: {name}"))
        if not step.channel and channel.name:
            told.append(Text(f"渠道：{channel.label.zh}（只有它可用）", f"channel: {channel.label.en} (the only one)"))
        goal, days = self._goal(step, told)
        if step.holdout is None:
            told.append(Text(f"对照组：{HOLDOUT:.0%}，随机", f"control group: {HOLDOUT:.0%}, at random"))
        if step.spare_days is None:
            told.append(Text("近期联系过的人：按频次规则", "people contacted lately: by the frequency caps"))
        if step.budget is None:
            told.append(Text("预算：不限", "budget: no limit"))
        told.append(Text("时间：批准后由人开始发送", "time: when somebody starts it after approval"))
        told.append(Text("优先级：50（0–100）", "priority: 50 (0–100)"))
        campaign = Campaign(
            id=new_id,
            data_set=self.data_set,
            name=name,
            audience=step.audience,
            channel=channel.name,
            owner=user.name,
            created_at=now,
            updated_at=now,
            brief=step.content,
            destination=step.destination or self._destination(channel, told),
            variants=(self._variant(step, channel, told, language),),
            goal=goal,
            days=days,
            holdout=HOLDOUT if step.holdout is None else step.holdout,
            spare_days=step.spare_days or 0,
            budget=step.budget,
            seed=new_id,
            roles=user.roles,
        )
        return Drafted(campaign=campaign, defaults=tuple(told))

    def suggested_name(self, step: StartCampaign, channel: Channel, now: datetime, language: Language) -> str:
        """What a campaign without a name is called: its segment, where it has one, and the channel."""
        if step.name:
            return step.name
        where = step.audience.where
        who = where.name if isinstance(where, InSegment) else Text("活动", "Campaign").in_(language)
        return f"{who} {channel.label.in_(language)} {now:%m-%d}"

    def _goal(self, step: StartCampaign, told: list[Text]) -> tuple[str, int]:
        default = self.outreach.goal
        if step.goal:
            self.index.metric(step.goal)
        goal = step.goal or (default.converts if default is not None else "")
        days = default.days if default is not None else 30
        if goal:
            label = self.index.metric(goal).words.label
            said = Text(f"目标：{days} 天内有{label.zh}", f"goal: {label.en} within {days} days")
        else:
            said = Text(
                "目标：没有（定义里没有 outreach.goal）", "goal: none (the definitions have no `outreach.goal`)"
            )
        if not step.goal:
            told.append(said)
        return goal, days

    def _destination(self, channel: Channel, told: list[Text]) -> str:
        """The one that is called as the channel or its kind, else a file, which sends nothing by itself."""
        chosen = next((one for one in (channel.name, channel.kind, _FILE) if one in self.destinations), "")
        label = self.destinations.get(chosen, Text("还没有", "none yet"))
        told.append(Text(f"发往：{label.zh}", f"goes to: {label.en}"))
        return chosen

    def _variant(self, step: StartCampaign, channel: Channel, told: list[Text], language: Language) -> Variant:
        company = self.index.model.words.label.in_(language)
        text = step.content.strip()
        if not text and channel.name:
            text = Text(f"【{company}】您好，期待您的光临。", f"{company}: we would love to see you again.").in_(
                language
            )
            told.append(Text("内容：一句问候，请改写", "content: a greeting, to be rewritten"))
        for rule in self.rules.of(UnsubscribeText):
            if channel.kind in rule.channel_kinds and not any(
                word.casefold() in text.casefold() for word in rule.words
            ):
                ending = rule.ending if language == "zh" else rule.ending_en
                text = f"{text} {ending}"
                told.append(Text(f"退订字样：{ending}", f"words to unsubscribe: {ending}"))
        subject = company if channel.kind == "email" else ""
        if subject:
            told.append(Text(f"邮件主题：{subject}", f"subject: {subject}"))
        return Variant(name=Text("默认", "default").in_(language), body=text, subject=subject)


def no_channels() -> DataError:
    """The definitions say nothing about how customers are reached."""
    return DataError(
        Text(
            "这个数据集的定义里没有触达渠道，不能发起活动。请在 outreach.channels 里写明渠道、联系方式和同意标签。",
            "The definitions of this data set name no channel, so no campaign can be drafted. Name channels, their contact "
            "fields and tags of consent under `outreach.channels`.",
        )
    )
