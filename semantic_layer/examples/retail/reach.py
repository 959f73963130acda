"""Levels of membership over time, consent by channel, and the messages that campaigns sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail.baskets import Lines, Orders
from semantic_layer.examples.retail.campaigns import Membership
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
    parts = []
    for member in planned:
        channel = MESSAGE_CHANNELS.index(member.campaign.channel)
        start = company.seconds(np.array([company.day(member.campaign.starts)]))[0] + 10 * 3600
        reachable = member.treated & (allowed[member.person, channel] | (changed[member.person, channel] > start))
        reachable &= ~((changed[member.person, channel] > start) & (rng.random(len(member.person)) < 0.5))
        person = member.person[reachable]
        sent = start + np.arange(len(person)) // 40 + rng.integers(0, 3, len(person)) * 3600
        delivered = rng.random(len(person)) < _DELIVERED[member.campaign.channel]
        opened = delivered & (rng.random(len(person)) < _OPENED[member.campaign.channel])
        clicked = opened & (rng.random(len(person)) < _CLICKED[member.campaign.channel])
        leaves = opened & (rng.random(len(person)) < 0.012)
        gone = person[leaves]
        granted[gone, channel], recorded[gone, channel] = False, True
        changed[gone, channel] = sent[leaves] + rng.integers(60, DAY // 2, len(gone))
        allowed[gone, channel] = False
        parts.append((np.full(len(person), member.campaign.id), person, np.full(len(person), channel), sent, delivered, opened, clicked, leaves))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [np.zeros(0, dtype=np.int64)] * 8
    order = np.argsort(columns[3], kind="stable")
    campaign, person, channels, sent, delivered, opened, clicked, leaves = (column[order] for column in columns)
    return Reach(
        campaign=campaign, person=person, channel=channels, sent=sent, delivered=delivered.astype(np.bool_),
        opened=opened.astype(np.bool_), clicked=clicked.astype(np.bool_), unsubscribed=leaves.astype(np.bool_),
        granted=granted, changed=changed, recorded=recorded,
    )  # fmt: skip
