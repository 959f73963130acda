"""What every door needs to know who stands before it, as a protocol. `access.py` is the real one, `open_access.py` the one
of a machine without accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from assistant.accounts.types import Account, ApiKey, Grant, KeyHolder, Scope, Ticket, Visit


class Access(Protocol):
    """Who may come in. Methods that change something write to the audit ledger who did it; no secret is ever logged.

    Errors are `UserError`s with both languages: `SignInError`, `KeyRefusedError`, `NotAllowedError`,
    `ChangedMeanwhileError`, `UnknownNameError`, `InvalidPlanError` for values that cannot be taken.
    """

    @property
    def local(self) -> Account | None:
        """The person at this machine, who needs no password; `None` wherever accounts are kept."""
        ...

    def account(self, login: str) -> Account | None:
        """An active account by its login; `None` for one that is missing or closed."""
        ...

    def by_identity(self, identity: str) -> Account | None:
        """The active account that an outside identity (`slack:TEAM:USER`) belongs to."""
        ...

    def by_email(self, email: str) -> Account | None:
        """The active account with this address, when exactly one has it."""
        ...

    # --- sessions of the page

    def sign_in(self, login: str, password: str, *, address: str) -> Ticket:
        """Raises `SignInError`: wrong, too many attempts for this login or from this `address`, account closed."""
        ...

    def sign_in_as(self, account: Account, *, address: str) -> Ticket:
        """A session for somebody whose identity another party has proven."""
        ...

    def visit(self, token: str, *, active: bool = True) -> Visit | None:
        """The open session behind a cookie, with the account as it is now; `None` when over, or the account closed.

        What an open tab asks by itself is not `active`: it does not keep an idle session open.
        """
        ...

    def sign_out(self, token: str) -> None: ...

    def change_password(self, login: str, old: str, new: str, *, address: str) -> Ticket:
        """Ends every session of the account and opens a new one. Raises `SignInError`, or says what the password lacks."""
        ...

    # --- API keys; a person manages their own, an administrator everybody's

    def key(self, secret: str) -> KeyHolder:
        """Who presents this key; raises `KeyRefusedError`."""
        ...

    def keys(self, login: str, *, by: Account) -> tuple[ApiKey, ...]: ...

    def issue_key(
        self, login: str, label: str, scopes: Sequence[Scope], *, expires_at: datetime | None, by: Account
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is never shown again."""
        ...

    def revoke_key(self, key_id: str, *, by: Account) -> ApiKey: ...

    # --- administration: `by` must be an administrator, else `NotAllowedError`

    def accounts(self, *, by: Account) -> tuple[Account, ...]: ...

    def create(
        self,
        login: str,
        *,
        name: str,
        grants: Sequence[Grant],
        by: Account,
        email: str = "",
        identities: Sequence[str] = (),
        administrator: bool = False,
        password: str | None = None,
    ) -> tuple[Account, str]:
        """The account and its first password, to be changed at the first sign-in; one is made up unless given.

        An empty password makes an account that comes in only by an identity or its e-mail address.
        """
        ...

    def update(self, account: Account, *, by: Account) -> Account:
        """Write an account back; raises `ChangedMeanwhileError` when its `revision` is not the stored one.

        The last active administrator cannot be closed or lose the right.
        """
        ...

    def reset_password(self, login: str, *, by: Account) -> str:
        """A new first password; ends every session of the account and lifts its lock-out."""
        ...
