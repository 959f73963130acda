"""Marketing campaigns: who was planned into which group, and the orders that each campaign truly caused.

Groups are drawn so that chance alone makes no difference between them: what remains is the planted effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from semantic_layer.examples.retail.company import Bools, Company, Floats, Ints, Stream
from semantic_layer.examples.retail.people import PLAIN_MEMBER, People
from semantic_layer.examples.retail.visits import Visits

WINDOW_DAYS = 30
Audience = Literal["silent", "active", "everyone"]
Taste = Literal["all", "coupon lovers", "big spenders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as planned, and its `true_effect` on the chance to buy within 30 days (the truth; never in the data)."""

    id: int
    name: str
    channel: str
    kind: str
    starts: date
    ends: date
    audience: Audience
    control: float  # planned share of the control group
    true_effect: float
    reaches: Taste = "all"
    actual_control: float | None = None  # where the split went wrong
    coupon: bool = False


CAMPAIGNS = (
    Campaign(id=1, name="2025年3月女神节活动", channel="APP推送", kind="促销", starts=date(2025, 3, 3),
             ends=date(2025, 3, 9), audience="active", control=0.2, true_effect=0.012),
    Campaign(id=2, name="2025年618预热", channel="短信", kind="促销", starts=date(2025, 5, 29), ends=date(2025, 6, 18),
             audience="everyone", control=0.1, true_effect=0.01),
    Campaign(id=3, name="2025年8月沉睡唤醒", channel="短信", kind="挽回", starts=date(2025, 8, 12), ends=date(2025, 8, 25),
             audience="silent", control=0.15, true_effect=0.02, coupon=True),
    Campaign(id=4, name="2025年双11预售", channel="企业微信", kind="促销", starts=date(2025, 10, 24), ends=date(2025, 11, 11),
             audience="active", control=0.1, true_effect=0.015),
    Campaign(id=5, name="2026年年货节", channel="邮件", kind="促销", starts=date(2026, 1, 20), ends=date(2026, 2, 5),
             audience="everyone", control=0.1, true_effect=0.003),
    Campaign(id=6, name="2026年3月会员专享券", channel="短信", kind="优惠券", starts=date(2026, 3, 5), ends=date(2026, 3, 18),
             audience="active", control=0.3, true_effect=0.032, reaches="coupon lovers", coupon=True),
    Campaign(id=7, name="2026年4月春季新品首发", channel="APP推送", kind="新品", starts=date(2026, 4, 10),
             ends=date(2026, 4, 20), audience="active", control=0.3, true_effect=0.032, reaches="big spenders"),
    Campaign(id=8, name="2026年5月优惠券活动", channel="短信", kind="优惠券", starts=date(2026, 5, 8), ends=date(2026, 5, 20),
             audience="everyone", control=0.2, true_effect=0.0),
    Campaign(id=9, name="2026年618会员日", channel="企业微信", kind="促销", starts=date(2026, 6, 1), ends=date(2026, 6, 18),
             audience="active", control=0.5, actual_control=0.43, true_effect=0.012),
    Campaign(id=10, name="2026年8月挽回活动", channel="短信", kind="挽回", starts=date(2026, 8, 5), ends=date(2026, 8, 19),
             audience="silent", control=0.1, true_effect=0.03, coupon=True),
    Campaign(id=11, name="2026年国庆出行季", channel="APP推送", kind="促销", starts=date(2026, 9, 24),
             ends=date(2026, 10, 7), audience="active", control=0.1, true_effect=0.008),
    Campaign(id=12, name="2026年双11预热", channel="企业微信", kind="促销", starts=date(2026, 10, 27),
             ends=date(2026, 11, 11), audience="active", control=0.1, true_effect=0.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The planned people of one campaign in one block: `person` sorted, `treated` beside it."""

    campaign: Campaign
    person: Ints
    treated: Bools


def run_campaigns(
    company: Company, block: int, people: People, visits: Visits
) -> tuple[tuple[Membership, ...], Visits]:
    """Plan every campaign in order of time, and add the orders that each one causes."""
    rng = company.rng(Stream.CAMPAIGNS, block)
    planned = []
    for campaign in CAMPAIGNS:
        if campaign.starts > company.end or campaign.starts < company.start:
            continue
        start = company.day(campaign.starts)
        person = _audience(company, rng, campaign, people, visits, start)
        inside = (visits.day >= start) & (visits.day < start + WINDOW_DAYS)
        buys = np.bincount(visits.person[inside], minlength=len(people))[person] > 0
        share = campaign.control if campaign.actual_control is None else campaign.actual_control
        kind = buys + 2 * (_loves_coupons(people)[person] > 0) + 4 * (_spends_much(people)[person] > 0)
        treated = _split(rng, kind, share)
        planned.append(Membership(campaign=campaign, person=person, treated=treated))
        caused = _caused(rng, campaign, people, person[treated & ~buys], int(treated.sum()))
        wait = 1 + np.minimum(np.floor(rng.exponential(6.0, len(caused))), WINDOW_DAYS - 3).astype(np.int64)
        visits = visits.plus(caused, np.minimum(start + wait, company.days - 1), coupon=campaign.coupon)
    return tuple(planned), visits


def _audience(
    company: Company, rng: np.random.Generator, campaign: Campaign, people: People, visits: Visits, start: int
) -> Ints:
    before = visits.day < start
    last = np.full(len(people), -10_000, dtype=np.int64)
    np.maximum.at(last, visits.person[before], visits.day[before])
    joined = people.registered < company.seconds(np.array([start]))[0]
    since = start - last
    match campaign.audience:
        case "silent":
            wanted = joined & (since > 90) & (since < 1000)
        case "active":
            wanted = joined & (since <= 120)
        case "everyone":
            wanted = joined & (since < 1000)
    wanted &= rng.random(len(people)) < 0.9
    wanted &= people.key != PLAIN_MEMBER
    return np.flatnonzero(wanted)


def _split(rng: np.random.Generator, kind: Ints, control: float) -> Bools:
    """Treatment or control, drawn within each kind of people: would buy anyway, loves coupons, spends much."""
    treated = np.ones(len(kind), dtype=np.bool_)
    for each in range(8):
        order = rng.permutation(np.flatnonzero(kind == each))
        treated[order[: round(len(order) * control)]] = False
    return treated


def _caused(rng: np.random.Generator, campaign: Campaign, people: People, open_to: Ints, treated: int) -> Ints:
    """Who buys because of the campaign: as many as the true effect says, those first whom it suits."""
    number = min(round(campaign.true_effect * treated), len(open_to))
    weight = np.where(people.burnt_out, 1e-6, _suits(campaign, people))[open_to]
    order = np.argsort(rng.exponential(1.0, len(open_to)) / weight, kind="stable")
    return open_to[order[:number]]


def _suits(campaign: Campaign, people: People) -> Floats:
    if campaign.reaches == "coupon lovers":
        return 0.01 + _loves_coupons(people)
    if campaign.reaches == "big spenders":
        return 0.01 + _spends_much(people)
    return 0.4 + people.coupon_love if campaign.coupon else np.ones(len(people))


def _loves_coupons(people: People) -> Floats:
    """How much a coupon moves each person; 0 for most."""
    return np.clip(people.coupon_love - 0.42, 0.0, 1.0) * np.minimum(people.rate, 2.0)


def _spends_much(people: People) -> Floats:
    """How much novelty moves each person; 0 for most, and for those who wait for coupons."""
    return np.clip(people.rate * people.price_level - 1.0, 0.0, 5.0) * (people.coupon_love < 0.3)
