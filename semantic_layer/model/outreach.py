"""How a company reaches its customers, and where its past campaigns stand: what campaigns and their effects are built on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from semantic_layer.errors import Text

ChannelKind = Literal["sms", "email", "wecom", "push", "phone", "webhook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to reach customers. `name` is its value in the data (短信).

    `contact` is the field that holds the address, `consent` the yes-or-no tag that a customer must have, `purpose` the purpose
    of the policy for which contacts leave; `cost` is that of one message, in the currency of the company.
    """

    name: str
    label: Text
    kind: ChannelKind
    contact: str
    consent: str = ""
    purpose: str = ""
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Past campaigns in the data. All names are qualified fields; empty where the data does not say.

    `campaign`, `member` and `message` are entities: a campaign, a person planned into a group of it, a message sent.
    """

    campaign: str
    name: str
    starts: str
    ends: str = ""
    channel: str = ""
    kind: str = ""
    planned_control: str = ""  # share that should have been held back
    member: str = ""
    group: str = ""  # field of `member`
    control: str = "control"  # its value for those held back
    message: str = ""
    sent: str = ""
    delivered: str = ""
    opened: str = ""
    clicked: str = ""
    unsubscribed: str = ""
    redeemed: str = ""  # an entity whose rows are coupons used, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What campaigns are for: `converts` counts what a converted customer does (a metric), `value` is what it brings."""

    converts: str
    value: str = ""
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach:
    channels: tuple[Channel, ...] = ()
    goal: Goal | None = None
    history: History | None = None

    def channel(self, name: str) -> Channel | None:
        return next((one for one in self.channels if name in (one.name, one.label.zh, one.label.en)), None)
