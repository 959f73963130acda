"""How much contact is ahead: who would get more messages than the caps allow, day by day, if all that is planned were sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from pyroaring import BitMap

from tools.campaigns.contacts import Contacts, counted, from_here
from tools.campaigns.keys import keys_of
from tools.campaigns.policy_book import Rules
from tools.campaigns.reading import Reader
from tools.campaigns.store import Contacted
from tools.campaigns.types import Campaign
from tools.campaigns.waterfall import Around, contacts_of

_DAYS_AHEAD: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A campaign that is to be sent: when, and to whom."""

    campaign: Campaign
    at: datetime
    people: BitMap


def pressure(
    campaign: Campaign, reader: Reader, around: Around, people: BitMap, planned: Sequence[Planned]
) -> Mapping[date, int]:
    """For each day ahead how many of `people` would have had more messages than a cap allows, if all that is planned were sent.

    Days without any are left out. Days are the company's.
    """
    caps = around.rules.caps(campaign)
    if not caps or not people:
        return {}
    keys = keys_of(people)
    ahead = [Planned(campaign=campaign, at=around.at, people=people), *planned]
    parts: tuple[Contacts, ...] = (
        *contacts_of(reader, around, max(cap.hours for cap in caps)),
        from_here([_as_contacted(one, around.rules) for one in ahead], around.now),
    )
    found: dict[date, int] = {}
    for day in range(_DAYS_AHEAD):
        moment = around.at + timedelta(days=day)
        later = (moment - around.now).total_seconds()
        over = np.zeros(keys.size, dtype=bool)
        for cap in caps:
            over |= counted(parts, keys, cap, later=max(later, 0)) > cap.most
        if over.any():
            found[moment.astimezone(ZoneInfo(reader.zone)).date()] = int(over.sum())
    return found


def _as_contacted(one: Planned, rules: Rules) -> Contacted:
    campaign = one.campaign
    return Contacted(
        campaign=campaign.id,
        data_set=campaign.data_set,
        channel=campaign.channel,
        at=one.at,
        keys=one.people,
        kind=campaign.kind,
        counts=rules.counts(campaign),
    )
