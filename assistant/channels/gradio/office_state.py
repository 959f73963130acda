"""What is open on the pages for administrators, on the account page and in their dialogs. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.accounts.types import Account, ApiKey, Grant
from assistant.observability.insights import Insights

AdminTab = Literal["accounts", "roles"]
ADMIN_TABS: tuple[AdminTab, ...] = ("accounts", "roles")


@dataclass(slots=True, kw_only=True)
class AdminView:
    tab: AdminTab = "accounts"
    search: str = ""


@dataclass(slots=True, kw_only=True)
class InsightsView:
    """`found` is what the last look showed, of the past `days` and of `data_set`, empty for all of them."""

    days: int = 30
    data_set: str = ""
    found: Insights | None = None
    pictures: dict[tuple[str, bool, str], str] | None = None  # SVG by name, ground and language, of `found`


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form of an account, as it was typed."""

    login: str = ""
    name: str = ""
    email: str = ""
    identities: str = ""  # one a line
    grants: tuple[Grant, ...] = ()
    administrator: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDialog:
    """A new account, or a change of `base`: the account as it was when it was last read.

    `meanwhile` says what somebody else changed since the form was opened.
    """

    typed: Typed
    base: Account | None = None
    meanwhile: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetDialog:
    """A new first password for somebody, to be confirmed."""

    login: str
    name: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysDialog:
    """The API keys of another person."""

    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDialog:
    """A new API key of one's own; `days` until it expires, 0 for never."""

    label: str = ""
    scopes: tuple[str, ...] = ("ask", "catalogue")
    days: int = 90
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeDialog:
    """An API key about to end for good. `back` is whose list of keys it came from; empty for the account page."""

    key: ApiKey
    back: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretDialog:
    """A password or key that is shown once. `title`, `note` are keys of the words, `who` is whom it is for."""

    title: str
    note: str
    who: str
    secret: str
