"""The policies of contact of one data set: rows with an owner and a log, and the rules that hold for a campaign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.outreach import Channel
from tools.campaigns.rules import (
    ApprovalNeeded,
    ConsentNeeded,
    FrequencyCap,
    GlobalControl,
    LeastAudience,
    LeastHoldout,
    PriorityRule,
    QuietHours,
    Rule,
    TransactionalOverride,
    UnsubscribeText,
    check,
)
from tools.campaigns.store import CampaignStore, PolicyChange, PolicyChangedError, PolicyRow
from tools.campaigns.types import Campaign

_R = TypeVar("_R", bound=Rule)
_WEEK: Final = 7 * 24
_A_WEEK: Final = {"sms": 2, "email": 2, "wecom": 2, "push": 3, "phone": 1}
BY_DEFAULT: Final = "default"
"""Whose the rows are that nobody has set yet."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows that are switched on, asked by what they hold for."""

    rows: tuple[PolicyRow, ...]

    def of(self, kind: type[_R]) -> tuple[_R, ...]:
        return tuple(row.rule for row in self.rows if isinstance(row.rule, kind))

    def caps(self, campaign: Campaign) -> tuple[FrequencyCap, ...]:
        """Those that may keep this campaign from a customer."""
        if self.overrides(campaign):
            return ()
        return tuple(
            cap
            for cap in self.of(FrequencyCap)
            if cap.channel in ("", campaign.channel) and (not cap.kinds or campaign.kind in cap.kinds)
        )

    def quiet(self, campaign: Campaign) -> tuple[QuietHours, ...]:
        if self.overrides(campaign) or not campaign.channel:
            return ()
        return tuple(one for one in self.of(QuietHours) if one.channel in ("", campaign.channel))

    def overrides(self, campaign: Campaign) -> bool:
        """Whether caps and quiet hours do not hold for it."""
        return campaign.transactional and bool(self.of(TransactionalOverride))

    def counts(self, campaign: Campaign) -> bool:
        """Whether its messages count into caps."""
        return not self.overrides(campaign) or any(one.counts for one in self.of(TransactionalOverride))

    def consent(self, campaign: Campaign) -> bool:
        """Whether only those who agreed may be contacted; a list without a channel holds no contacts."""
        return campaign.channel != "" and any(
            one.channel in ("", campaign.channel) and (one.transactional or not campaign.transactional)
            for one in self.of(ConsentNeeded)
        )

    def approval(self, campaign: Campaign) -> bool:
        return any(one.transactional or not campaign.transactional for one in self.of(ApprovalNeeded))

    @property
    def least_audience(self) -> int:
        return max((one.people for one in self.of(LeastAudience)), default=1)

    @property
    def least_holdout(self) -> float:
        return max((one.share for one in self.of(LeastHoldout)), default=0.0)


def default_rules(channels: Sequence[Channel]) -> dict[str, tuple[Rule, bool]]:
    """The rows that a company starts with by their ids: the rule, and whether it is on."""
    caps = {
        f"cap_{one.kind}_{number}": (FrequencyCap(most=_A_WEEK[one.kind], hours=_WEEK, channel=one.name), True)
        for number, one in enumerate(channels)
        if one.kind in _A_WEEK
    }
    return {
        "cap_all": (FrequencyCap(most=4, hours=_WEEK), True),
        **caps,
        "quiet_hours": (QuietHours(), True),
        "global_control": (GlobalControl(share=0.02), False),
        "priority": (PriorityRule(hours=_WEEK), True),
        "least_audience": (LeastAudience(people=50), True),
        "least_holdout": (LeastHoldout(share=0.05), True),
        "consent": (ConsentNeeded(), True),
        "approval": (ApprovalNeeded(), True),
        "transactional": (TransactionalOverride(), True),
        "unsubscribe": (UnsubscribeText(), True),
    }


class PolicyBook:
    """Reads and edits the rows. The first look writes the default ones, so that from then on they are rows like others."""

    def __init__(
        self,
        store: CampaignStore,
        data_set: str,
        channels: Sequence[Channel],
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._data_set = data_set
        self._channels = tuple(channels)
        self._clock = clock
        self._new_id = new_id

    def rows(self) -> tuple[PolicyRow, ...]:
        """All rows, those that are switched off too."""
        found = self._store.policies(self._data_set)
        if found:
            return found
        now = self._clock()
        changes = [
            PolicyChange(
                row=PolicyRow(
                    id=name, data_set=self._data_set, rule=rule, owner=BY_DEFAULT, updated_at=now, on=switched_on
                ),
                at=now,
                by=BY_DEFAULT,
                what="set",
            )
            for name, (rule, switched_on) in default_rules(self._channels).items()
        ]
        with suppress(PolicyChangedError):  # another process wrote them a moment ago
            self._store.write_policies(changes)
        return self._store.policies(self._data_set)

    def rules(self) -> Rules:
        return Rules(tuple(row for row in self.rows() if row.on))

    def log(self) -> tuple[PolicyChange, ...]:
        """Every change of every row, oldest first."""
        self.rows()
        return self._store.policy_log(self._data_set)

    def add(self, rule: Rule, *, by: str) -> PolicyRow:
        """A new row, which its author owns. Raises as `rules.check`."""
        self._check(rule)
        self.rows()
        now = self._clock()
        row = PolicyRow(id=self._new_id(), data_set=self._data_set, rule=rule, owner=by, updated_at=now)
        self._store.write_policies([PolicyChange(row=row, at=now, by=by, what="set")])
        return row

    def edit(self, row_id: str, rule: Rule, *, by: str) -> PolicyRow:
        """Another rule in the same row; whoever edits a row of nobody's owns it."""
        self._check(rule)
        row = self._row(row_id)
        owner = by if row.owner == BY_DEFAULT else row.owner
        return self._write(replace(row, rule=rule, owner=owner), by, "edited")

    def switch(self, row_id: str, *, on: bool, by: str) -> PolicyRow:
        row = self._row(row_id)
        if row.on == on:
            return row
        return self._write(replace(row, on=on), by, "switched on" if on else "switched off")

    def _check(self, rule: Rule) -> None:
        check(rule, [one.name for one in self._channels])

    def _row(self, row_id: str) -> PolicyRow:
        known = {row.id: row for row in self.rows()}
        if row_id not in known:
            raise UnknownNameError(Text("触达规则", "rule of contact"), row_id, nearest(row_id, known))
        return known[row_id]

    def _write(self, row: PolicyRow, by: str, what: str) -> PolicyRow:
        now = self._clock()
        after = replace(row, revision=row.revision + 1, updated_at=now)
        self._store.write_policies([PolicyChange(row=after, at=now, by=by, what=what)])  # type: ignore[arg-type]
        return after
