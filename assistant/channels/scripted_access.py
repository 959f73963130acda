"""Accounts that need no store: the fake that ships with the seam. Passwords and keys are made up in a known order."""

# a fake takes what its protocol gives

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from assistant.accounts.types import (
    Account,
    ApiKey,
    ChangedMeanwhileError,
    Grant,
    KeyHolder,
    KeyRefusedError,
    Scope,
    SignInError,
    Ticket,
    Visit,
)
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError

MADE: Final = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
SEEN: Final = datetime(2026, 11, 2, 8, 45, tzinfo=UTC)
NOT_YOU: Final = Text("只有管理员可以管理账号。", "Only administrators may manage accounts.")


def person(login: str, name: str, *grants: Grant, administrator: bool = False, seen: datetime | None = SEEN) -> Account:
    """An active account."""
    return Account(
        login=login,
        name=name,
        grants=grants,
        email=f"{login}@example.com",
        administrator=administrator,
        created_at=MADE,
        updated_at=MADE,
        last_seen_at=seen,
    )


LOCAL: Final = person("local", "local", Grant("analyst"), administrator=True)


def people() -> tuple[Account, ...]:
    """An administrator, an analyst of everything, one of the first data set alone, one without a role, one closed."""
    return (
        person("ana", "Ana 安娜", Grant("analyst"), administrator=True),
        person("wei", "王伟", Grant("analyst", "retail"), Grant("region_east", "second")),
        person("lin", "林芳", Grant("region_east", "retail"), seen=SEEN - timedelta(days=12)),
        person("new", "New person", seen=None),
        replace(person("old", "Former colleague", Grant("analyst")), active=False),
    )


class ScriptedAccess:
    """An `Access` over a list of accounts. Every password is `correct`; `note` hears what a real one would record."""

    def __init__(
        self,
        accounts: Sequence[Account] = (),
        *,
        clock: Callable[[], datetime] = lambda: SEEN,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._accounts = {one.login: one for one in accounts or people()}
        self._keys: dict[str, ApiKey] = {}
        self._clock = clock
        self._note = note
        self._made = 0

    @property
    def local(self) -> Account | None:
        return None

    def account(self, login: str) -> Account | None:
        found = self._accounts.get(login)
        return found if found is not None and found.active else None

    def by_identity(self, identity: str) -> Account | None:
        return next((one for one in self._accounts.values() if one.active and identity in one.identities), None)

    def by_email(self, email: str) -> Account | None:
        found = [one for one in self._accounts.values() if one.active and one.email == email]
        return found[0] if len(found) == 1 else None

    def sign_in(self, login: str, password: str, *, address: str) -> Ticket:
        account = self.account(login)
        if account is None or password != "correct":  # noqa: S105  # the password of everybody here
            raise SignInError(Text("账号或密码不对。", "Login or password is wrong."))
        return self.sign_in_as(account, address=address)

    def sign_in_as(self, account: Account, *, address: str) -> Ticket:
        return Ticket(token=account.login, account=account, expires_at=self._clock() + timedelta(hours=12))

    def visit(self, token: str, *, active: bool = True) -> Visit | None:
        account = self.account(token)
        if account is None:
            return None
        now = self._clock()
        return Visit(account=account, form_token=f"form-{token}", opened_at=now, expires_at=now + timedelta(hours=12))

    def sign_out(self, token: str) -> None:
        self._note(f"{token} signed out")

    def change_password(self, login: str, old: str, new: str, *, address: str) -> Ticket:
        return self.sign_in(login, old, address=address)

    def key(self, secret: str) -> KeyHolder:
        key = self._keys.get(secret.removeprefix("secret-"))
        account = self.account(key.login) if key is not None and key.revoked_at is None else None
        if key is None or account is None:
            raise KeyRefusedError(Text("这个 API 密钥无效。", "This API key is not valid."))
        return KeyHolder(account=account, key=key)

    def keys(self, login: str, *, by: Account) -> tuple[ApiKey, ...]:
        self._own(login, by)
        return tuple(one for one in self._keys.values() if one.login == login)

    def issue_key(
        self, login: str, label: str, scopes: Sequence[Scope], *, expires_at: datetime | None, by: Account
    ) -> tuple[ApiKey, str]:
        self._own(login, by)
        self._made += 1
        name = f"key{self._made}"
        key = ApiKey(
            id=name, login=login, label=label, hint=f"qx_{name}", scopes=tuple(scopes), created_at=self._clock(),
            expires_at=expires_at,
        )  # fmt: skip
        self._keys[name] = key
        self._note(f"{by.login} issued {name} for {login}")
        return key, f"secret-{name}"

    def revoke_key(self, key_id: str, *, by: Account) -> ApiKey:
        if key_id not in self._keys:
            raise UnknownNameError(Text("密钥", "key"), key_id)
        self._own(self._keys[key_id].login, by)
        self._keys[key_id] = replace(self._keys[key_id], revoked_at=self._clock())
        self._note(f"{by.login} revoked {key_id}")
        return self._keys[key_id]

    def accounts(self, *, by: Account) -> tuple[Account, ...]:
        _administrator(by)
        return tuple(self._accounts.values())

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
        _administrator(by)
        if not login or login in self._accounts:
            raise InvalidPlanError(Text(f"登录名「{login}」不能用。", f"The login {login!r} cannot be used."))
        made = replace(
            person(login, name or login, *grants, administrator=administrator, seen=None),
            email=email,
            identities=tuple(identities),
            must_change_password=True,
        )
        self._accounts[login] = made
        self._note(f"{by.login} made {login}")
        return made, password or self._password()

    def update(self, account: Account, *, by: Account) -> Account:
        _administrator(by)
        stored = self._accounts[account.login]
        if stored.revision != account.revision:
            raise ChangedMeanwhileError(
                Text(
                    "这个账号刚刚被别人改过，没有保存。", "Somebody else just changed this account; nothing was saved."
                )
            )
        others = any(one.administrator and one.active for one in self._accounts.values() if one.login != account.login)
        if not others and not (account.administrator and account.active):
            raise NotAllowedError(
                Text("至少要有一个启用的管理员。", "There must be at least one active administrator.")
            )
        changed = replace(account, revision=account.revision + 1, updated_at=self._clock())
        self._accounts[account.login] = changed
        self._note(f"{by.login} changed {account.login}")
        return changed

    def reset_password(self, login: str, *, by: Account) -> str:
        _administrator(by)
        self._note(f"{by.login} reset {login}")
        return self._password()

    def _password(self) -> str:
        self._made += 1
        return f"first-password-{self._made}"

    def _own(self, login: str, by: Account) -> None:
        if login != by.login:
            _administrator(by)


def _administrator(by: Account) -> None:
    if not (by.administrator and by.active):
        raise NotAllowedError(NOT_YOU)
