"""Levels of membership over time, consent by channel, and the messages that campaigns sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail.baskets import Lines, Orders
from semantic_layer.examples.retail.campaigns import Campaign, Membership
from semantic_layer.examples.retail.catalogue import LEVELS, MESSAGE_CHANNELS
from semantic_layer.examples.retail.company import DAY, Bools, Company, Ints, Stream
from semantic_layer.examples.retail.people import PLAIN_MEMBER, People, registration_day

_CONSENT = np.array([0.78, 0.55, 0.66, 0.42, 0.2])
_DELIVERED = dict(zip(MESSAGE_CHANNELS, (0.965, 0.93, 0.82, 0.9, 0.55), strict=True))
_OPENED = dict(zip(MESSAGE_CHANNELS, (0.4, 0.5, 0.12, 0.17, 0.7), strict=True))
_CLICKED = dict(zip(MESSAGE_CHANNELS, (0.09, 0.16, 0.3, 0.1, 0.05), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The level of each person now, and every spell of a level. Days count from the company's start."""

    now: Ints  # by person
    person: Ints
    level: Ints
    begins: Ints
    ends: Ints  # last day of the spell, where it is over
    current: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Messages in order of time, and the consent of each (person, channel) now."""

    campaign: Ints
    person: Ints
    channel: Ints
    sent: Ints
    delivered: Bools
    opened: Bools
    clicked: Bools
    unsubscribed: Bools
    granted: Bools  # (people, channels)
    changed: Ints  # seconds, (people, channels)
    recorded: Bools  # (people, channels)


def make_levels(company: Company, block: int, people: People, orders: Orders, lines: Lines) -> Levels:
    """Levels follow what was spent, with some luck; nobody under age holds the highest."""
    rng = company.rng(Stream.LEVELS, block)
    named = orders.named[lines.order]
    net = (lines.paid - lines.refund)[named]
    spent = np.bincount(orders.person[lines.order[named]], weights=net, minlength=len(people))
    score = np.log1p(spent / 100) + rng.normal(0.0, 0.5, len(people))
    now = np.searchsorted(np.quantile(score, (0.55, 0.84, 0.96)), score, side="right").astype(np.int64)
    now = np.where(people.age < 18, np.minimum(now, 2), now)
    now[people.key == PLAIN_MEMBER] = 1
    begun = registration_day(company, people)
    room = company.days - 1 - begun
    steps = np.sort(rng.random((len(people), len(LEVELS) - 1)), axis=1)
    rises = begun[:, None] + 1 + np.arange(len(LEVELS) - 1) + np.floor(steps * np.maximum(room - 6, 0)[:, None])
    starts = np.column_stack([begun, rises.astype(np.int64)])
    # Who joined in the last days has had no time to rise: the current level holds from the first day.
    hurried = room < len(LEVELS) + 2
    starts[hurried] = begun[hurried, None]
    rank = np.arange(len(LEVELS))[None, :]
    useful = np.where(hurried[:, None], rank == now[:, None], rank <= now[:, None])
    ends = np.column_stack([starts[:, 1:] - 1, starts[:, -1]])
    person, level = np.nonzero(useful)
    return Levels(
        now=now,
        person=person,
        level=level,
        begins=starts[useful],
        ends=ends[useful],
        current=level == now[person],
    )


def make_reach(company: Company, block: int, people: People, planned: tuple[Membership, ...]) -> Reach:
    """Consent, and the messages to the treated who had given it."""
    rng = company.rng(Stream.MESSAGES, block)
    size = (len(people), len(MESSAGE_CHANNELS))
    granted = rng.random(size) < _CONSENT
    recorded = rng.random(size) < 0.93
    lasted = (company.seconds(np.array([company.days]))[0] - people.registered)[:, None]
    changed = people.registered[:, None] + np.where(rng.random(size) < 0.7, 30, rng.random(size) * lasted * 0.95)
    changed = changed.astype(np.int64)
    allowed = granted & recorded
    sent_parts = []
    for member in planned:
        person, sent = _recipients(company, rng, member, allowed, changed)
        part = _fates(rng, member.campaign, person, sent)
        gone, channel = person[part["unsubscribed"]], MESSAGE_CHANNELS.index(member.campaign.channel)
        granted[gone, channel], recorded[gone, channel], allowed[gone, channel] = False, True, False
        changed[gone, channel] = sent[part["unsubscribed"]] + rng.integers(60, DAY // 2, len(gone))
        sent_parts.append(part)
    order = np.argsort(np.concatenate([_NO_TIMES, *(part["sent"] for part in sent_parts)]), kind="stable")

    def whole(name: str) -> Ints:
        return np.concatenate([_NO_TIMES, *(part[name] for part in sent_parts)]).astype(np.int64)[order]

    return Reach(
        campaign=whole("campaign"),
        person=whole("person"),
        channel=whole("channel"),
        sent=whole("sent"),
        delivered=whole("delivered") == 1,
        opened=whole("opened") == 1,
        clicked=whole("clicked") == 1,
        unsubscribed=whole("unsubscribed") == 1,
        granted=granted,
        changed=changed,
        recorded=recorded,
    )


_NO_TIMES: Ints = np.zeros(0, dtype=np.int64)


def _recipients(
    company: Company, rng: np.random.Generator, member: Membership, allowed: Bools, changed: Ints
) -> tuple[Ints, Ints]:
    """The treated who had consented when the campaign began, and when each was sent the message."""
    channel = MESSAGE_CHANNELS.index(member.campaign.channel)
    start = company.seconds(np.array([company.day(member.campaign.starts)]))[0] + 10 * 3600
    later = changed[member.person, channel] > start
    # Consent may have been given or taken back after the campaign: what held then is a coin's toss.
    before = np.where(later, rng.random(len(member.person)) < 0.5, allowed[member.person, channel])
    person = member.person[member.treated & before]
    return person, start + np.arange(len(person)) // 40 + rng.integers(0, 3, len(person)) * 3600


def _fates(rng: np.random.Generator, campaign: Campaign, person: Ints, sent: Ints) -> dict[str, Ints | Bools]:
    """What became of each message."""
    size = len(person)
    delivered = rng.random(size) < _DELIVERED[campaign.channel]
    opened = delivered & (rng.random(size) < _OPENED[campaign.channel])
    return {
        "campaign": np.full(size, campaign.id),
        "person": person,
        "channel": np.full(size, MESSAGE_CHANNELS.index(campaign.channel)),
        "sent": sent,
        "delivered": delivered,
        "opened": opened,
        "clicked": opened & (rng.random(size) < _CLICKED[campaign.channel]),
        "unsubscribed": opened & (rng.random(size) < 0.012),
    }
