"""What came from Slack and what is kept about it, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from assistant.accounts.types import Account
from semantic_layer.errors import Language
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was said. `thread` is the time stamp of the message that a thread hangs from; empty outside one."""

    team: str
    channel: str
    thread: str = ""

    @property
    def direct(self) -> bool:
        """Whether only one person and the app are there."""
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A question that was taken on: in words, or as an offer `reply:index` of an earlier reply.

    `message` is the one that says it is being worked on, as `channel:time stamp`. `follows` says that other questions may
    have come before, `quoted` that nobody has seen the question yet.
    """

    key: str
    place: Place
    user: str
    text: str = ""
    offer: str = ""
    follows: bool = False
    quoted: bool = False
    message: str = ""

    def packed(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str, message: str) -> Job:
        """What `packed` wrote, with the message that was posted since."""
        data = json.loads(text)
        return replace(cls(**{**data, "place": Place(**data["place"])}), message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button that was pressed under the message `message`. `trigger` opens a dialog within three seconds."""

    key: str
    act: str
    value: str
    place: Place
    user: str
    message: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What followed the slash command."""

    key: str
    text: str
    place: Place
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Somebody opened the home page of the app."""

    key: str
    user: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The app was removed from the workspace, or its token was taken back."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A dialog that was sent: `about` is the reply it belongs to, `fields` hold what was typed or chosen."""

    key: str
    kind: str
    view: str
    about: str
    user: str
    fields: Mapping[str, tuple[str, ...]]

    def one(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Slack user who has an account here."""

    slack: str
    account: Account
    language: Language

    def user_in(self, data_set: str) -> User:
        return self.account.user_in(data_set, via="slack")


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan behind a button."""

    label: str
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A reply behind buttons: whose it is and its plans, never a result. `plan` is empty where a reply had none.

    `conversation` is the place of the conversation; the login is added by whoever goes on.
    """

    id: str
    at: datetime
    owner: str
    data_set: str
    conversation: str
    language: Language
    question: str
    answer: str
    read_by: str = ""
    follows: bool = False
    plan: Plan = field(default_factory=lambda: Plan(()))
    offers: tuple[Offer, ...] = ()
    asks_back: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """What was chosen for a place; empty where nothing was."""

    data_set: str = ""
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A job that was acknowledged and never marked as done."""

    key: str
    job: str
    message: str
