"""The fake of `CampaignStore`: keeps everything as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pyroaring import BitMap

from tools.campaigns.keys import union
from tools.campaigns.store import (
    ConsentEvent,
    Contacted,
    Frozen,
    PolicyChange,
    PolicyChangedError,
    PolicyRow,
    Said,
    minute,
)
from tools.campaigns.types import Campaign, CampaignChangedError, Change


class CampaignsInMemory:
    """One process, all data sets."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._campaigns: dict[str, Campaign] = {}
        self._changes: list[Change] = []
        self._planned: dict[str, BitMap] = {}
        self._frozen: dict[str, Frozen] = {}
        self._policies: dict[tuple[str, str], PolicyRow] = {}
        self._policy_log: list[PolicyChange] = []
        self._consents: list[ConsentEvent] = []
        self._contacted: list[Contacted] = []

    def load(self, data_set: str) -> tuple[Campaign, ...]:
        return tuple(one for one in self._campaigns.values() if one.data_set == data_set)

    def get(self, campaign_id: str) -> Campaign | None:
        return self._campaigns.get(campaign_id)

    def write(
        self,
        campaign: Campaign,
        change: Change,
        *,
        frozen: Frozen | None = None,
        planned: BitMap | None = None,
        contacted: Sequence[Contacted] = (),
    ) -> None:
        with self._lock:
            stored = self._campaigns.get(campaign.id)
            if (stored.number if stored else 0) != campaign.number - 1:
                raise CampaignChangedError(campaign.name)
            self._campaigns[campaign.id] = campaign
            self._changes.append(change)
            if frozen is not None:
                self._frozen[campaign.id] = frozen
            if planned is not None:
                self._planned[campaign.id] = planned
            for one in contacted:
                self.add_contacted(one)

    def history(self, campaign_id: str) -> tuple[Change, ...]:
        return tuple(change for change in self._changes if change.campaign == campaign_id)

    def planned(self, campaign_id: str) -> BitMap:
        return BitMap(self._planned.get(campaign_id, BitMap()))

    def frozen(self, campaign_id: str) -> Frozen | None:
        return self._frozen.get(campaign_id)

    def policies(self, data_set: str) -> tuple[PolicyRow, ...]:
        return tuple(row for (of, _), row in sorted(self._policies.items()) if of == data_set)

    def write_policies(self, changes: Sequence[PolicyChange]) -> None:
        with self._lock:
            after = dict(self._policies)
            for change in changes:
                row = change.row
                stored = after.get((row.data_set, row.id))
                if (stored.revision if stored else 0) != row.revision - 1:
                    raise PolicyChangedError(row.rule)
                after[row.data_set, row.id] = row
            self._policies = after
            self._policy_log.extend(changes)

    def policy_log(self, data_set: str) -> tuple[PolicyChange, ...]:
        return tuple(change for change in self._policy_log if change.row.data_set == data_set)

    def add_consents(self, events: Sequence[ConsentEvent]) -> None:
        with self._lock:
            self._consents = list(dict.fromkeys((*self._consents, *events)))

    def consents(self, data_set: str, channel: str) -> tuple[ConsentEvent, ...]:
        found = (one for one in self._consents if one.data_set == data_set and one.channel == channel)
        return tuple(sorted(found, key=lambda one: (one.at, one.said is Said.NO)))

    def consents_of(self, data_set: str, key: int) -> tuple[ConsentEvent, ...]:
        found = (one for one in self._consents if one.data_set == data_set and one.key == key)
        return tuple(sorted(found, key=lambda one: (one.at, one.said is Said.NO)))

    def add_contacted(self, contacted: Contacted) -> BitMap:
        with self._lock:
            before = (
                one.keys for one in self._contacted if (one.campaign, one.held) == (contacted.campaign, contacted.held)
            )
            new = contacted.keys - union(before)
            if new:
                self._contacted.append(replace(contacted, keys=new, at=minute(contacted.at)))
            return new

    def contacted(self, data_set: str, since: datetime) -> tuple[Contacted, ...]:
        floor = minute(since)
        return tuple(one for one in self._contacted if one.data_set == data_set and one.at >= floor)

    def noted(self, campaign_id: str) -> BitMap:
        return union(one.keys for one in self._contacted if one.campaign == campaign_id and not one.held)
