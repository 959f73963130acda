"""What is kept of campaigns, of the rules of contact, and of who agreed and who was contacted: values, and the seam to where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from pyroaring import BitMap

from semantic_layer.errors import Text, UserError
from tools.campaigns.rules import Rule, said
from tools.campaigns.types import Campaign, Change, LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """A rule of contact as a row that people edit. `owner` answers for it; `revision` counts its changes from 1."""

    id: str
    data_set: str
    rule: Rule
    owner: str
    updated_at: datetime
    on: bool = True
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One entry of the log of a row, with the row as it was after it."""

    row: PolicyRow
    at: datetime
    by: str
    what: Literal["set", "edited", "switched on", "switched off"]


class Said(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """Somebody said yes or no to a channel. `by` wrote it down, `source` is where it came from (link, hotline, import)."""

    data_set: str
    channel: str
    key: int
    at: datetime
    said: Said
    by: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacted:
    """People of a campaign who were contacted in one minute, or `held` back when they would have been.

    Whether they count into caps (`counts`), and as which `kind` on which `channel`, is as it was then.
    """

    campaign: str
    data_set: str
    channel: str
    at: datetime
    keys: BitMap
    held: bool = False
    kind: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Who was meant for a campaign and who was left out, fixed when its sending began, with the rules that held then."""

    campaign: str
    at: datetime
    revision: int
    treated: BitMap
    control: BitMap
    left_out: Mapping[LeftOut, BitMap] = field(default_factory=dict)
    rules: tuple[str, ...] = ()  # the rows that counted, as JSON
    base_rate: float | None = None
    detectable: float | None = None


class PolicyChangedError(UserError):
    """Somebody else changed the rule between reading and writing it."""

    def __init__(self, rule: Rule) -> None:
        words = said(rule)
        super().__init__(
            Text(
                f"规则「{words.zh}」刚被别人改过，请刷新后再试。",
                f"Somebody has just changed the rule {words.en!r}. Look again, then retry.",
            )
        )


def minute(at: datetime) -> datetime:
    """Contacts are kept to the minute."""
    return at.replace(second=0, microsecond=0)


class CampaignStore(Protocol):
    """Keeps everything; rules about what may change are not its business. Raises `DataError` when it cannot."""

    def load(self, data_set: str) -> tuple[Campaign, ...]:
        """All campaigns of a data set, deleted ones too, oldest first."""
        ...

    def get(self, campaign_id: str) -> Campaign | None:
        """One by its id, deleted or not."""
        ...

    def write(
        self,
        campaign: Campaign,
        change: Change,
        *,
        frozen: Frozen | None = None,
        planned: BitMap | None = None,
        contacted: Sequence[Contacted] = (),
    ) -> None:
        """All or nothing. A `number` of 1 is new, any other must follow the stored one: `CampaignChangedError` otherwise.

        `planned` are the people whom the campaign reserves until it is sent; `frozen` takes the place of an earlier one.
        """
        ...

    def history(self, campaign_id: str) -> tuple[Change, ...]:
        """Oldest first."""
        ...

    def planned(self, campaign_id: str) -> BitMap: ...

    def frozen(self, campaign_id: str) -> Frozen | None: ...

    def policies(self, data_set: str) -> tuple[PolicyRow, ...]:
        """All rows, those switched off too, in the order of their ids."""
        ...

    def write_policies(self, changes: Sequence[PolicyChange]) -> None:
        """All or nothing; raises `PolicyChangedError` for a row whose revision does not follow the stored one."""
        ...

    def policy_log(self, data_set: str) -> tuple[PolicyChange, ...]:
        """Oldest first."""
        ...

    def add_consents(self, events: Sequence[ConsentEvent]) -> None:
        """The same event twice is one."""
        ...

    def consents(self, data_set: str, channel: str) -> tuple[ConsentEvent, ...]:
        """All of a channel, by their time; of one time, a no comes last."""
        ...

    def consents_of(self, data_set: str, key: int) -> tuple[ConsentEvent, ...]:
        """All of one person, by their time."""
        ...

    def add_contacted(self, contacted: Contacted) -> BitMap:
        """Adds those of whom nothing was noted for this campaign yet (held or not, as it says), and returns them."""
        ...

    def contacted(self, data_set: str, since: datetime) -> tuple[Contacted, ...]:
        """Everybody contacted or held at `since` or later."""
        ...

    def noted(self, campaign_id: str) -> BitMap:
        """Everybody noted as contacted by a campaign; not those held."""
        ...
