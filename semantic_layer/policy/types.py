"""Who asks, what their roles allow, and the only form of SQL that an engine accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from semantic_layer.errors import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or service. A user without a known role may read nothing. `via` is the door they came by, for the records."""

    name: str
    roles: tuple[str, ...]
    via: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """Rows of `entity` that a role may see: SQL over the entity's columns, or over a field reached from it."""

    entity: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMeaning:
    """What a role is called and for whom it is."""

    label: Text
    description: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """A reason that a person may state for taking data out. `message_channel` is the consent that it needs, if any."""

    name: str
    label: Text
    synonyms: tuple[str, ...] = ()
    description: Text = Text("", "")  # frozen
    message_channel: str | None = None
    consent: str | None = None  # a yes-or-no tag that a person must have for contacts to leave


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicy:
    """What one role may do. Several roles of a user add up: most permissive for grants, OR for row filters.

    `hidden` names fields (`entity.name`), stored columns (`entity.column`) and metrics that the role may not use at all, not
    even masked, with everything made of them. It adds up too: hidden stays what every role that reads the entity hides.
    """

    name: str
    entities: tuple[str, ...] | Literal["all"] = "all"
    row_filters: tuple[RowFilter, ...] = ()
    hidden: tuple[str, ...] = ()
    see_personal: bool = False
    see_contact: bool = False
    export_contact_for: tuple[str, ...] = ()  # purposes; empty: never
    export: bool = True
    purposes: tuple[str, ...] | Literal["all"] = "all"  # those that the role may state for an export
    see_small_groups: bool = True
    review: bool = False  # decides about questions that people proposed
    manage_segments: bool = False  # changes segments that others saved
    define: bool = False  # publishes tags and other definitions
    manage_data: bool = False  # connects sources, starts loads, decides about drift and quarantine
    manage_people: bool = False  # splits and merges customers, deletes a person
    write_events: bool = False  # sends events over the API
    send: bool = False  # drafts campaigns, and sends those that were approved
    approve: bool = False  # approves campaigns of others
    manage_models: bool = False  # trains models and publishes their scores as tags
    meaning: RoleMeaning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    roles: tuple[RolePolicy, ...]
    purposes: tuple[str, ...] = ()  # purposes that a person may state for an export
    limits: Limits = field(default_factory=lambda: Limits())  # noqa: PLW0108  # defined below
    purpose_details: tuple[Purpose, ...] = ()  # labels of `purposes`, in the same order

    def role(self, name: str) -> RolePolicy | None:
        return next((role for role in self.roles if role.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one statement may use."""

    seconds: float = 30.0
    rows: int = 1_000_000
    memory_mb: int = 2048
    threads: int = 2
