"""The real `Access`: accounts in a store, every change and every sign-in in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from assistant.accounts.administration import Administration, KnownRoles
from assistant.accounts.api_keys import ApiKeys
from assistant.accounts.book import Actor, Book, What
from assistant.accounts.logins import email_key, login_key, storable
from assistant.accounts.passwords import Hasher, Passwords
from assistant.accounts.sessions import SessionEnds, Sessions, at_page
from assistant.accounts.store import AccountStore
from assistant.accounts.tokens import RandomBytes
from assistant.accounts.types import Account, ApiKey, Grant, KeyHolder, Scope, Ticket, Visit
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from tools.ledger import Ledger


class StoredAccess:
    """An `Access` over an `AccountStore`.

    `console` is the person at the command line, who holds the database and so may do all; only the command line gives
    one. `known_roles` are the roles that can be granted; any, when it is `None`.
    """

    def __init__(  # noqa: PLR0913  # each is a seam
        self,
        store: AccountStore,
        *,
        ledger: Ledger,
        hasher: Hasher,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        random_bytes: RandomBytes,
        known_roles: KnownRoles | None = None,
        ends: SessionEnds | None = None,
        console: Account | None = None,
    ) -> None:
        self._store = store
        self._console = console
        self._clock = clock
        self._book = Book(ledger, clock=clock, new_id=new_id)
        passwords = Passwords(hasher)
        self._sessions = Sessions(
            store, self._book, passwords, clock=clock, random_bytes=random_bytes, ends=ends or SessionEnds()
        )
        self._keys = ApiKeys(store, self._book, clock=clock, new_id=new_id, random_bytes=random_bytes)
        self._administration = Administration(
            store, self._book, passwords, clock=clock, random_bytes=random_bytes, known_roles=known_roles
        )

    @property
    def local(self) -> Account | None:
        return None

    def account(self, login: str) -> Account | None:
        return _if_active(self._store.account(login_key(login)))

    def by_identity(self, identity: str) -> Account | None:
        return _if_active(self._store.by_identity(storable(identity))) if identity else None

    def by_email(self, email: str) -> Account | None:
        key = email_key(email)
        found = [one for one in self._store.by_email(key) if one.active] if key else []
        return found[0] if len(found) == 1 else None

    # --- sessions of the page

    def sign_in(self, login: str, password: str, *, address: str) -> Ticket:
        return self._sessions.with_password(login, password, address=address)

    def sign_in_as(self, account: Account, *, address: str) -> Ticket:
        return self._sessions.proven_otherwise(account, address=address, how="identity")

    def visit(self, token: str, *, active: bool = True) -> Visit | None:
        return self._sessions.visit(token, active=active)

    def sign_out(self, token: str) -> None:
        self._sessions.end(token)

    def change_password(self, login: str, old: str, new: str, *, address: str) -> Ticket:
        account, _ = self._sessions.proven(login, old, address=address)
        if new == old:
            raise InvalidPlanError(
                Text("新密码与旧密码相同。请换一个。", "The new password is the old one. Take another.")
            )
        changed = self._administration.set_password(account, new, What.PASSWORD_CHANGED, by=at_page(account.login))
        return self._sessions.proven_otherwise(changed, address=address, how="password")

    # --- API keys

    def key(self, secret: str) -> KeyHolder:
        return self._keys.holder(secret)

    def keys(self, login: str, *, by: Account) -> tuple[ApiKey, ...]:
        return self._keys.of(self._owner(login, by).login)

    def issue_key(
        self, login: str, label: str, scopes: Sequence[Scope], *, expires_at: datetime | None, by: Account
    ) -> tuple[ApiKey, str]:
        owner = self._owner(login, by)
        if not owner.active:
            raise NotAllowedError(
                Text(
                    f"账号「{owner.login}」已停用，不能新建密钥。",
                    f"The account {owner.login!r} is closed and gets no keys.",
                )
            )
        return self._keys.issue(owner, label, scopes, expires_at=expires_at, by=self._actor(by))

    def revoke_key(self, key_id: str, *, by: Account) -> ApiKey:
        who = self._still_in(by)
        key = self._keys.key(key_id)
        if not who.administrator and key.login != who.login:
            raise self._keys.unknown_to(who.login, key_id)
        return self._keys.revoke(key, by=self._actor(by))

    # --- administration

    def accounts(self, *, by: Account) -> tuple[Account, ...]:
        self._administrator(by)
        return self._store.accounts()

    def first_administrator(self, login: str, name: str, password: str, *, grants: Sequence[Grant] = ()) -> Account:
        """Makes the first account of all, which keeps this password.

        Raises `NotAllowedError` when there is an account already, or says what the password lacks.
        """
        console = self._console
        wanted = replace(self._new(login, name, administrator=True), grants=tuple(grants))
        by = self._actor(console) if console else Actor(login=login_key(login))
        account, _ = self._administration.create(wanted, password, by=by, first=True)
        return account

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
        """An empty `password` makes an account that comes in only by an identity or its e-mail address."""
        self._administrator(by)
        wanted = replace(
            self._new(login, name, administrator=administrator),
            grants=tuple(grants),
            email=email,
            identities=tuple(identities),
        )
        return self._administration.create(wanted, password, by=self._actor(by))

    def update(self, account: Account, *, by: Account) -> Account:
        self._administrator(by)
        return self._administration.update(account, by=self._actor(by))

    def reset_password(self, login: str, *, by: Account) -> str:
        self._administrator(by)
        password = self._administration.reset_password(login, by=self._actor(by))
        self._sessions.unlock(login_key(login))
        return password

    def unlock(self, login: str, *, by: Account) -> Account:
        """Let somebody try again at once who gave too many wrong passwords."""
        self._administrator(by)
        account = self._administration.named(login)
        self._sessions.unlock(account.login)
        self._book.write(What.UNLOCKED, by=self._actor(by), login=account.login)
        return account

    def named(self, login: str, *, by: Account) -> Account:
        """An account, open or closed; raises `UnknownNameError` with the nearest logins."""
        self._administrator(by)
        return self._administration.named(login)

    # --- who may

    def _still_in(self, by: Account) -> Account:
        """Who acts, as they are now: rights that were taken meanwhile are gone."""
        if self._console is not None and by is self._console:
            return by
        now = self.account(by.login)
        if now is None:
            raise NotAllowedError(Text("账号已停用，请联系管理员。", "This account is closed. Ask an administrator."))
        return now

    def _administrator(self, by: Account) -> None:
        if not self._still_in(by).administrator:
            raise NotAllowedError(
                Text("只有管理员可以管理账号。", "Only an administrator may manage accounts. Ask one to do it.")
            )

    def _owner(self, login: str, by: Account) -> Account:
        who = self._still_in(by)
        if login_key(login) != who.login and not who.administrator:
            raise NotAllowedError(
                Text(
                    "只能管理自己的 API 密钥；别人的由管理员管理。",
                    "You can manage your own API keys only; those of others are for an administrator.",
                )
            )
        return self._administration.named(login)

    def _actor(self, by: Account) -> Actor:
        if self._console is not None and by is self._console:
            return Actor(login=by.login, via="cli", name=by.name)
        return Actor(login=by.login)

    def _new(self, login: str, name: str, *, administrator: bool) -> Account:
        now = self._clock()
        return Account(login=login, name=name, administrator=administrator, created_at=now, updated_at=now)


def _if_active(account: Account | None) -> Account | None:
    return account if account is not None and account.active else None
