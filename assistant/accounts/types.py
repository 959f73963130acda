"""Accounts, sessions and API keys as values. No secret is ever part of one: the store keeps digests only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from semantic_layer.errors import NotAllowedError, Text, UserError
from semantic_layer.policy.types import User

EVERY_DATA_SET: Final = "*"

Via = Literal["page", "http", "mcp", "slack", "cli", ""]
"""The door by which somebody came."""


class Scope(StrEnum):
    """What an API key may be used for. A key never allows more than the roles of its owner do."""

    ASK = "ask"
    CATALOGUE = "catalogue"
    SEGMENTS_READ = "segments:read"
    SEGMENTS_WRITE = "segments:write"
    EXPORT = "export"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role of the policy, in one data set or in `*`, all of them."""

    role: str
    data_set: str = EVERY_DATA_SET


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person or service that may come in. `revision` counts changes, so that two administrators cannot undo each other.

    `identities` name the same person elsewhere: `slack:TEAM:USER`, `oidc:ISSUER|SUBJECT`. `administrator` may manage
    accounts and see how the product is used; it gives no data.
    """

    login: str  # as `login_key` writes it: unique
    name: str
    grants: tuple[Grant, ...] = ()
    email: str = ""
    identities: tuple[str, ...] = ()
    administrator: bool = False
    active: bool = True
    has_password: bool = True  # else only through an identity
    must_change_password: bool = False
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None = None
    revision: int = 1

    def roles_in(self, data_set: str) -> tuple[str, ...]:
        """Names of roles in one data set, in the order of the grants, each once."""
        return tuple(dict.fromkeys(g.role for g in self.grants if g.data_set in (EVERY_DATA_SET, data_set)))

    def user_in(self, data_set: str, via: Via) -> User:
        """Who this is to the policy of a data set; without a role there nothing may be read."""
        return User(name=self.login, roles=self.roles_in(data_set), via=via)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A session that was just opened. `token` is shown to the browser once and kept nowhere."""

    token: str = field(repr=False)
    account: Account
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An open session, found by its token. `form_token` must come with every form that this session sends."""

    account: Account
    form_token: str = field(repr=False)
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret; `hint` is its public beginning, by which its owner knows it again."""

    id: str
    login: str
    label: str
    hint: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """Who a presented key stands for, and what it may be used for."""

    account: Account
    key: ApiKey

    def require(self, scope: Scope) -> None:
        """Raises `NotAllowedError` with the scopes that the key has."""
        if scope not in self.key.scopes:
            there = ", ".join(self.key.scopes) or "–"
            raise NotAllowedError(
                Text(
                    f"这个 API 密钥没有「{scope}」权限；它的权限：{there}。请用有此权限的密钥。",
                    f"This API key lacks the scope {str(scope)!r}; it has: {there}. Use a key with that scope.",
                ),
                suggestions=tuple(self.key.scopes),
            )


class SignInError(UserError):
    """Not let in. The message never says whether the login exists. `retry_after` is seconds to wait, 0 when at once."""

    def __init__(self, message: Text, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class KeyRefusedError(UserError):
    """An API key that is unknown, expired or revoked."""


class ChangedMeanwhileError(UserError):
    """Somebody else changed the account since it was read; nothing was written."""
