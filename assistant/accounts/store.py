"""The seam to where accounts, sessions, API keys and attempts are kept. `in_memory.py` has its fake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from assistant.accounts.attempts import Attempts
from assistant.accounts.types import Account, ApiKey


class Written(StrEnum):
    """What became of writing an account. Nothing was written unless `DONE`."""

    DONE = "done"
    TAKEN = "taken"  # a new account has a login that is there already
    NOT_FIRST = "not_first"  # it was to be the first account and there is one
    CHANGED = "changed"  # its revision does not follow the stored one
    IDENTITY_TAKEN = "identity_taken"  # another account has one of its identities
    LAST_ADMINISTRATOR = "last_administrator"  # nobody would be left to manage accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The kept digest of a password, empty for none. `epoch` counts what ends all sessions; a session belongs to one."""

    password: str = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open session; `digest` is that of its token."""

    digest: str = field(repr=False)
    login: str
    epoch: int
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime


class AccountStore(Protocol):
    """Keeps what it is given; who may do what is not its business. Raises `DataError` when it cannot."""

    # --- accounts

    def empty(self) -> bool:
        """Whether there is no account at all, not even a closed one."""
        ...

    def account(self, login: str) -> Account | None:
        """Open or closed."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """All, by login."""
        ...

    def by_identity(self, identity: str) -> Account | None: ...

    def by_email(self, email: str) -> tuple[Account, ...]:
        """Those with this address, by login; `email` as `email_key` writes it."""
        ...

    def credentials(self, login: str) -> Credentials | None:
        """What proves an account, open or closed. Takes as long for a login that nobody has."""
        ...

    def write(self, account: Account, *, password: str | None = None, first: bool = False) -> Written:
        """All or nothing. Revision 1 is a new account, any other must follow the stored one.

        `password` is a digest, empty to have none, `None` to leave it. A new password and closing end all sessions.
        When the account was last seen is left alone.
        """
        ...

    def renew_password(self, login: str, old: str, new: str) -> None:
        """Another digest of the same password; nothing happens when the kept one is not `old` any more."""
        ...

    # --- sessions

    def open_session(self, session: Session) -> None:
        """Note the account as seen, and forget all sessions that ended by themselves before this one was opened."""
        ...

    def session(self, digest: str) -> tuple[Session, Account] | None:
        """The session and its account as it is now; `None` when it was ended or is of an earlier epoch."""
        ...

    def touch_session(self, session: Session, at: datetime) -> None:
        """Note the session and its account as seen."""
        ...

    def end_session(self, digest: str) -> None: ...

    # --- API keys

    def add_key(self, key: ApiKey, digest: str) -> None: ...

    def key_of(self, digest: str) -> tuple[ApiKey, Account] | None:
        """The key with this digest and its owner, whether or not either may still be used."""
        ...

    def key(self, key_id: str) -> ApiKey | None: ...

    def keys(self, login: str) -> tuple[ApiKey, ...]:
        """Oldest first."""
        ...

    def revoke_key(self, key_id: str, at: datetime) -> None: ...

    def touch_key(self, key: ApiKey, at: datetime) -> None:
        """Note the key as used and its account as seen."""
        ...

    # --- attempts

    def change_attempts(self, subject: str, change: Callable[[Attempts], Attempts]) -> Attempts:
        """Change what is counted of a subject, so that no other change falls between; gives what is there after."""
        ...

    def clear_attempts(self, subject: str, *, before: datetime | None = None) -> None:
        """Forget a subject, and all whose last wrong attempt was `before` that moment."""
        ...
