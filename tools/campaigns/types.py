"""A campaign as a value: what is planned for whom, what stands in its way, and where it is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, Text, UserError
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Audience


class State(StrEnum):
    """Where a campaign is. Only `APPROVED` ones are ever sent; an edit brings a campaign back to `DRAFT`."""

    DRAFT = "draft"
    WAITING = "waiting"  # for approval by a second person
    APPROVED = "approved"  # waits for its time
    SENDING = "sending"
    PAUSED = "paused"
    STOPPED = "stopped"  # for good, by a person
    SENT = "sent"


class LeftOut(StrEnum):
    """Why somebody of the audience gets no message. In this order; each person counts at the first that holds.

    Quiet hours are the one exception: they only put off those who are to get a message, so whoever is held back counts there.
    """

    NO_CONSENT = "no_consent"
    UNSUBSCRIBED = "unsubscribed"
    INVALID_CONTACT = "invalid_contact"
    SPARED = "spared"  # contacted within the days that the campaign itself leaves free
    CAPPED = "capped"  # a frequency cap of the policies
    OTHER_CAMPAIGN = "other_campaign"  # planned into one of higher priority
    QUIET_HOURS = "quiet_hours"  # put off until the customer's morning, not left out for good
    GLOBAL_CONTROL = "global_control"
    HOLDOUT = "holdout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is said to those for whom `where` holds (everybody when absent). Text may hold `{field}` placeholders."""

    name: str
    body: str
    subject: str = ""
    where: Predicate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """`holdout` is a share, 0 to 1; without one (0) a reason must be given, which the result shows.

    `approved_revision` is the revision that somebody approved: a campaign of another revision is not sent.
    `destination` is the name of where its messages go; `seed` decides who is held back. Without a
    `channel` it is a list of people without contacts, of whom some are held back. `revision` counts changes of what is
    planned, `number` every change. `kind` is what the company calls this sort of campaign; rules may hold for some kinds only.
    `roles` are those of the owner, `sender` and `sender_roles` whoever started it: contacts are read in their name.
    """

    id: str
    data_set: str
    name: str
    audience: Audience
    channel: str
    owner: str
    created_at: datetime
    updated_at: datetime
    brief: str = ""
    destination: str = ""
    variants: tuple[Variant, ...] = ()
    goal: str = ""  # a metric: what a converted customer does
    days: int = 30  # attribution window after the send
    send_at: datetime | None = None  # when somebody starts it, when absent
    holdout: float = 0.1
    no_holdout_reason: str = ""
    priority: int = 50  # 0 to 100; the higher one keeps the customer
    transactional: bool = False  # a message about what the customer did: caps and quiet hours do not hold
    spare_days: int = 0
    budget: float | None = None
    seed: str = ""
    revision: int = 1
    state: State = State.DRAFT
    submitted_by: str = ""
    approved_by: str = ""
    approved_revision: int = 0
    sent_at: datetime | None = None
    number: int = 1
    kind: str = ""
    roles: tuple[str, ...] = ()
    edited_by: str = ""
    sender: str = ""
    sender_roles: tuple[str, ...] = ()
    deleted_at: datetime | None = None  # while a deletion can be undone

    @property
    def approved(self) -> bool:
        """Whether exactly what is planned now was approved."""
        return self.approved_revision == self.revision and self.approved_by != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Who was meant for a campaign: integer customer keys. Treated are those who were to get a message; control were held back.

    `planned_control` is the share that should have been held back; `None` where nobody said.
    """

    campaign: str
    name: str
    starts: date
    treated: BitMap
    control: BitMap
    channel: str = ""
    planned_control: float | None = None
    ends: date | None = None
    left_out: Mapping[LeftOut, BitMap] = field(default_factory=dict)
    cost: float | None = None
    no_holdout_reason: str = ""


class GroupsOf(Protocol):
    """Finds the groups of campaigns: those of this product, or those that stand in the data."""

    def names(self) -> tuple[str, ...]:
        """Newest first."""
        ...

    def groups(self, campaign: str) -> Groups:
        """By name or id; raises `UnknownNameError` with the nearest names."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """One step of the way from everybody who matches to those who will be sent a message."""

    reason: LeftOut
    label: Text
    people: BitMap
    why: Text = Text("", "")  # frozen; the rule behind it in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What would happen if a campaign were sent at `at`: `matched` are those of `steps` and of `send` together.

    `later` are those who get the message after their quiet hours: the people of that step. `detectable` is the smallest difference of the conversion rate (a share: 0.012 is 1.2 points) that groups of these sizes
    show with 80 % power at 5 %, given `base_rate`; `None` where there is no control. `problems` forbid sending, `remarks` do not.
    """

    matched: int
    steps: tuple[Suppressed, ...]
    send: BitMap
    held_back: BitMap
    detectable: float | None
    base_rate: float | None
    problems: tuple[Text, ...] = ()
    remarks: tuple[Text, ...] = ()
    pressure: Mapping[date, int] = field(default_factory=dict)  # people over a cap by day, if this is sent
    cost: float | None = None
    at: datetime | None = None
    later: BitMap = field(default_factory=BitMap)

    @property
    def treated(self) -> BitMap:
        """Everybody who is to get a message, now or later."""
        return self.send | self.later

    def people(self, reason: LeftOut) -> BitMap:
        """Who is left out for this reason."""
        return next((step.people for step in self.steps if step.reason is reason), BitMap())


What = Literal[
    "drafted",
    "edited",
    "submitted",
    "approved",
    "rejected",
    "scheduled",
    "started",
    "paused",
    "resumed",
    "stopped",
    "finished",
    "deleted",
    "restored",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of a campaign's history, never changed or taken out. `note` is what the person gave as a reason."""

    campaign: str
    number: int
    at: datetime
    by: str
    what: What
    revision: int
    state: State
    note: str = ""


class CampaignChangedError(UserError):
    """Somebody else changed the campaign between reading and writing it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"活动「{name}」刚被别人改过，请刷新后再试。",
                f"Somebody has just changed campaign {name!r}. Look again, then retry.",
            )
        )


class NotReadyError(InvalidPlanError):
    """A campaign that may not go on as it is. `problems` are all that stand in the way, each with what to do."""

    def __init__(self, name: str, problems: tuple[Text, ...]) -> None:
        zh = "；".join(one.zh.rstrip("。") for one in problems)
        en = " ".join(one.en for one in problems)
        super().__init__(Text(f"活动「{name}」还不能继续：{zh}。", f"Campaign {name!r} cannot go on: {en}"))
        self.problems = problems
