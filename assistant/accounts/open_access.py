"""Access on a machine without accounts: whoever sits at it is the one person there is. Only for the loopback address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from assistant.accounts.types import (
    Account,
    ApiKey,
    Grant,
    KeyHolder,
    KeyRefusedError,
    Scope,
    SignInError,
    Ticket,
    Visit,
)
from semantic_layer.errors import NotAllowedError, Text

_NO_ACCOUNTS = Text(
    "这台机器上还没有账号，页面不需要登录。用 qunxiang users add 建立第一个账号。",
    "There are no accounts on this machine, and the page needs no sign-in. Make the first one with: qunxiang users add.",
)


class OpenAccess:
    """An `Access` that knows `local` alone."""

    def __init__(self, local: Account) -> None:
        self._local = local

    @property
    def local(self) -> Account | None:
        return self._local

    def account(self, login: str) -> Account | None:
        return self._local if login == self._local.login else None

    def by_identity(self, identity: str) -> Account | None:
        return None

    def by_email(self, email: str) -> Account | None:
        return None

    def sign_in(self, login: str, password: str, *, address: str) -> Ticket:
        raise SignInError(_NO_ACCOUNTS)

    def sign_in_as(self, account: Account, *, address: str) -> Ticket:
        raise SignInError(_NO_ACCOUNTS)

    def visit(self, token: str, *, active: bool = True) -> Visit | None:
        return None

    def sign_out(self, token: str) -> None:
        """Nobody was signed in."""

    def change_password(self, login: str, old: str, new: str, *, address: str) -> Ticket:
        raise SignInError(_NO_ACCOUNTS)

    def key(self, secret: str) -> KeyHolder:
        raise KeyRefusedError(_NO_ACCOUNTS)

    def keys(self, login: str, *, by: Account) -> tuple[ApiKey, ...]:
        return ()

    def issue_key(
        self, login: str, label: str, scopes: Sequence[Scope], *, expires_at: datetime | None, by: Account
    ) -> tuple[ApiKey, str]:
        _refuse()

    def revoke_key(self, key_id: str, *, by: Account) -> ApiKey:
        _refuse()

    def accounts(self, *, by: Account) -> tuple[Account, ...]:
        return ()

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
        _refuse()

    def update(self, account: Account, *, by: Account) -> Account:
        _refuse()

    def reset_password(self, login: str, *, by: Account) -> str:
        _refuse()


def _refuse() -> NoReturn:
    raise NotAllowedError(_NO_ACCOUNTS)
