"""From everybody who matches to those who will be sent a message: who is left out on the way, each person once, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pyroaring import BitMap

from semantic_layer.errors import Text
from semantic_layer.model.outreach import Channel, History
from tools.campaigns.addresses import usable
from tools.campaigns.consent import Answers
from tools.campaigns.contacts import Contacts, capped, contacted_within, from_here
from tools.campaigns.draw import always_held, held_back
from tools.campaigns.keys import bitmap, union
from tools.campaigns.policy_book import Rules
from tools.campaigns.quiet import is_quiet
from tools.campaigns.reading import Reader
from tools.campaigns.rules import ConsentNeeded, GlobalControl, PriorityRule, QuietHours, rule_to_json, said
from tools.campaigns.store import Contacted
from tools.campaigns.types import Campaign, LeftOut, Suppressed

LABELS: Final[Mapping[LeftOut, Text]] = {
    LeftOut.NO_CONSENT: Text("未同意", "did not agree"),
    LeftOut.UNSUBSCRIBED: Text("已退订", "unsubscribed"),
    LeftOut.INVALID_CONTACT: Text("联系方式无效", "no usable address"),
    LeftOut.SPARED: Text("近期联系过", "contacted lately"),
    LeftOut.CAPPED: Text("达到频次上限", "frequency cap reached"),
    LeftOut.OTHER_CAMPAIGN: Text("在其他活动里", "in another campaign"),
    LeftOut.QUIET_HOURS: Text("安静时段，稍后发送", "put off by quiet hours"),
    LeftOut.GLOBAL_CONTROL: Text("全局对照组", "standing control group"),
    LeftOut.HOLDOUT: Text("对照组", "held back as control"),
}
"""What each step is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Everybody of `matched` is in exactly one of `steps`, or in `send`. `later` are those of the quiet hours.

    `unchecked` says that addresses could not be looked at by the person in whose name this was reckoned.
    """

    matched: BitMap
    steps: tuple[Suppressed, ...]
    send: BitMap
    later: BitMap
    held_back: BitMap
    unchecked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known besides the data, at `now`: rules, what people said here, whom we contacted, who is reserved.

    `reserved` are the people of campaigns that come first. `at` is when the messages are to leave.
    """

    rules: Rules
    answers: Answers
    here: Sequence[Contacted]
    reserved: Mapping[str, BitMap]
    now: datetime
    at: datetime
    history: History | None = None
    data_contacts: Contacts | None = field(default=None)  # read before, so that they are read once

    @property
    def later(self) -> float:
        """Seconds from now until the messages leave."""
        return max((self.at - self.now).total_seconds(), 0.0)


def waterfall(campaign: Campaign, channel: Channel, reader: Reader, around: Around) -> Waterfall:
    """Nothing is left out twice: each reason sees only those whom no reason before it took."""
    matched = reader.matched(campaign.audience)
    left = BitMap(matched)
    steps: list[Suppressed] = []
    unchecked = False
    for reason, people, why in _reasons(campaign, channel, reader, around, left):
        if people is None:
            unchecked = True
            continue
        taken = left & people
        left -= taken  # `_reasons` looks at the same object, so it asks about whoever is left
        steps.append(Suppressed(reason=reason, label=LABELS[reason], people=taken, why=why))
    standing_group = _standing_group(left, campaign, around.rules)
    control = held_back(left - standing_group, campaign.holdout, campaign.seed or campaign.id)
    treated = left - standing_group - control
    rules = around.rules.quiet(campaign)
    later = asleep(treated, rules, reader, around.at)
    quiet = tuple(said(rule) for rule in rules)
    groups = around.rules.of(GlobalControl)
    steps += [
        _step(LeftOut.QUIET_HOURS, later, *quiet),
        _step(LeftOut.GLOBAL_CONTROL, standing_group, *(said(rule) for rule in groups)),
        _step(LeftOut.HOLDOUT, control, _share(campaign.holdout)),
    ]
    return Waterfall(
        matched=matched, steps=tuple(steps), send=treated - later, later=later, held_back=control, unchecked=unchecked
    )


def _reasons(
    campaign: Campaign, channel: Channel, reader: Reader, around: Around, left: BitMap
) -> Iterator[tuple[LeftOut, BitMap | None, Text]]:
    """Reason by reason who must not be contacted, perhaps more than are left; `None` where it cannot be known."""
    answers = around.answers
    if consent_needed(campaign, channel, reader, around.rules):
        why = _joined([said(rule) for rule in around.rules.of(ConsentNeeded)])
        agreed = reader.agreed(channel) if channel.consent else BitMap()
        yield LeftOut.NO_CONSENT, left - agreed - answers.agreed, why
    said_no = reader.unsubscribed(channel, around.history) - answers.agreed
    yield LeftOut.UNSUBSCRIBED, said_no | answers.refused, Text("客户在这个渠道说了不", "They said no on this channel")
    yield LeftOut.INVALID_CONTACT, _without_address(campaign, channel, reader, left), _FORMAT
    caps = around.rules.caps(campaign)
    hours = longest(campaign, around.rules)
    contacts = contacts_of(reader, around, hours) if hours else ()
    spare = campaign.spare_days
    spared = contacted_within(contacts, left, spare * 24, later=around.later) if spare else BitMap()
    lately = Text(f"{spare} 天内联系过", f"contacted in the last {spare} days") if spare else _NONE
    yield LeftOut.SPARED, spared, lately
    full = capped(contacts, left, caps, later=around.later) if caps else BitMap()
    yield LeftOut.CAPPED, full, _joined([said(cap) for cap in caps])
    names = [name for name, people in around.reserved.items() if people & left]
    why = Text(f"优先的活动：{'、'.join(names)}", f"Campaigns that come first: {', '.join(names)}") if names else _NONE
    yield LeftOut.OTHER_CAMPAIGN, union(around.reserved.values()), why


def longest(campaign: Campaign, rules: Rules) -> float:
    """The hours that must be looked back for everything that holds for the campaign."""
    return max([campaign.spare_days * 24.0, *(float(cap.hours) for cap in rules.caps(campaign))])


_NONE: Final = Text("", "")
_FORMAT: Final = Text("没有地址、写法不对，或许多人共用", "missing, not written as one, or shared by many")


def consent_needed(campaign: Campaign, channel: Channel, reader: Reader, rules: Rules) -> bool:
    """By the rules, or by the purpose for which contacts leave; messages about a purchase go by the rules alone."""
    return rules.consent(campaign) or (not campaign.transactional and reader.needs_consent(channel))


def contacts_of(reader: Reader, around: Around, hours: float) -> tuple[Contacts, ...]:
    """All contacts of the last `hours`, in the data and here."""
    data = around.data_contacts
    if data is None:
        data = reader.contacts(around.history, hours, around.now)
    return (data, from_here(around.here, around.now))


def asleep(people: BitMap, rules: Sequence[QuietHours], reader: Reader, at: datetime) -> BitMap:
    """Those of `people` for whom `at` lies in quiet hours."""
    return union(_asleep(people, rule, reader, at) for rule in rules)


def _asleep(people: BitMap, rule: QuietHours, reader: Reader, at: datetime) -> BitMap:
    """Whoever lives in a zone of the rule goes by it, all others by the company's."""
    here = is_quiet(rule, at, reader.zone)
    elsewhere = [value for value, zone in rule.zones if is_quiet(rule, at, zone) != here]
    differ = people & reader.in_zone(rule.zone_field, elsewhere) if elsewhere else BitMap()
    return people - differ if here else differ


def _without_address(campaign: Campaign, channel: Channel, reader: Reader, left: BitMap) -> BitMap | None:
    found = reader.addresses(campaign.audience, channel)
    if found is None:
        return None
    keys, addresses = found
    return left - bitmap(keys[usable(addresses, channel.kind)])


def _standing_group(left: BitMap, campaign: Campaign, rules: Rules) -> BitMap:
    if campaign.transactional:
        return BitMap()
    return union(always_held(left, rule.share, rule.seed) for rule in rules.of(GlobalControl))


def first_of(campaign: Campaign, others: Sequence[Campaign], rules: Rules, at: datetime) -> tuple[Campaign, ...]:
    """Those of `others` that come before `campaign`: near in time, and of higher priority, or of the same and older."""
    hours = max((rule.hours for rule in rules.of(PriorityRule)), default=0)
    if not hours or campaign.transactional:
        return ()
    return tuple(
        other
        for other in others
        if other.id != campaign.id
        and not other.transactional
        and abs(((other.send_at or at) - at).total_seconds()) < hours * 3600
        and (-other.priority, other.created_at, other.id) < (-campaign.priority, campaign.created_at, campaign.id)
    )


def _step(reason: LeftOut, people: BitMap, *why: Text) -> Suppressed:
    return Suppressed(reason=reason, label=LABELS[reason], people=people, why=_joined(why))


def _joined(parts: Sequence[Text]) -> Text:
    return Text("；".join(one.zh for one in parts), "; ".join(one.en for one in parts))


def _share(share: float) -> Text:
    return Text(f"随机留出 {share:.1%}", f"{share:.1%} at random")


def frozen_rules(rules: Rules) -> tuple[str, ...]:
    """The rules that hold now as JSON, to be kept with what they decided."""
    return tuple(
        json.dumps({"id": row.id, "revision": row.revision, **rule_to_json(row.rule)}, ensure_ascii=False)
        for row in rules.rows
    )
