"""The fake store of accounts, and an `Access` over it: both last as long as the process."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from assistant.accounts.access import StoredAccess
from assistant.accounts.attempts import Attempts
from assistant.accounts.logins import email_key
from assistant.accounts.passwords import CheapHasher
from assistant.accounts.store import Credentials, Session, Written
from assistant.accounts.types import Account, ApiKey
from tools.ledger import Ledger, LedgerInMemory


def access_in_memory(
    *,
    clock: Callable[[], datetime] | None = None,
    new_id: Callable[[], str] | None = None,
    ledger: Ledger | None = None,
    known_roles: Callable[[str], tuple[str, ...]] | None = None,
) -> StoredAccess:
    """An `Access` that is quick and forgets. Without `known_roles`, any role can be granted."""
    return StoredAccess(
        AccountsInMemory(),
        ledger=ledger or LedgerInMemory(),
        hasher=CheapHasher(),
        clock=clock or (lambda: datetime.now(UTC)),
        new_id=new_id or (lambda: uuid.uuid4().hex),
        random_bytes=secrets.token_bytes,
        known_roles=known_roles,
    )


class AccountsInMemory:
    """An `AccountStore` in dictionaries."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._credentials: dict[str, Credentials] = {}
        self._sessions: dict[str, Session] = {}
        self._keys: dict[str, tuple[ApiKey, str]] = {}
        self._attempts: dict[str, Attempts] = {}
        self._lock = threading.RLock()

    def empty(self) -> bool:
        return not self._accounts

    def account(self, login: str) -> Account | None:
        return self._accounts.get(login)

    def accounts(self) -> tuple[Account, ...]:
        with self._lock:
            return tuple(account for _, account in sorted(self._accounts.items()))

    def by_identity(self, identity: str) -> Account | None:
        return next((account for account in self.accounts() if identity in account.identities), None)

    def by_email(self, email: str) -> tuple[Account, ...]:
        return tuple(account for account in self.accounts() if email and email_key(account.email) == email)

    def credentials(self, login: str) -> Credentials | None:
        return self._credentials.get(login)

    def write(self, account: Account, *, password: str | None = None, first: bool = False) -> Written:
        with self._lock:
            before = self._accounts.get(account.login)
            refused = self._refused(account, before, first=first)
            if refused is not None:
                return refused
            kept = self._credentials.get(account.login, Credentials(password="", epoch=1))
            closing = before is not None and before.active and not account.active
            epoch = kept.epoch + (password is not None or closing)
            seen = before.last_seen_at if before else account.last_seen_at
            self._accounts[account.login] = replace(account, last_seen_at=seen)
            self._credentials[account.login] = Credentials(
                password=kept.password if password is None else password, epoch=epoch
            )
            self._sessions = {
                digest: session
                for digest, session in self._sessions.items()
                if session.login != account.login or session.epoch == epoch
            }
            return Written.DONE

    def _refused(self, account: Account, before: Account | None, *, first: bool) -> Written | None:
        if first and self._accounts:
            return Written.NOT_FIRST
        if account.revision == 1 and before is not None:
            return Written.TAKEN
        if account.revision != 1 and (before is None or before.revision != account.revision - 1):
            return Written.CHANGED
        others = [one for one in self._accounts.values() if one.login != account.login]
        if any(set(one.identities) & set(account.identities) for one in others):
            return Written.IDENTITY_TAKEN
        was_one = before is not None and before.active and before.administrator
        is_one = account.active and account.administrator
        if was_one and not is_one and not any(one.active and one.administrator for one in others):
            return Written.LAST_ADMINISTRATOR
        return None

    def renew_password(self, login: str, old: str, new: str) -> None:
        with self._lock:
            kept = self._credentials.get(login)
            if kept is not None and kept.password == old:
                self._credentials[login] = replace(kept, password=new)

    def _seen(self, login: str, at: datetime) -> None:
        self._accounts[login] = replace(self._accounts[login], last_seen_at=at)

    def open_session(self, session: Session) -> None:
        with self._lock:
            opened = session.opened_at
            self._sessions = {d: one for d, one in self._sessions.items() if one.expires_at >= opened}
            self._sessions[session.digest] = session
            self._seen(session.login, opened)

    def session(self, digest: str) -> tuple[Session, Account] | None:
        with self._lock:
            session = self._sessions.get(digest)
            if session is None or self._credentials[session.login].epoch != session.epoch:
                return None
            return session, self._accounts[session.login]

    def touch_session(self, session: Session, at: datetime) -> None:
        with self._lock:
            if session.digest in self._sessions:
                self._sessions[session.digest] = replace(session, seen_at=at)
            self._seen(session.login, at)

    def end_session(self, digest: str) -> None:
        with self._lock:
            self._sessions.pop(digest, None)

    def add_key(self, key: ApiKey, digest: str) -> None:
        with self._lock:
            self._keys[key.id] = (key, digest)

    def key_of(self, digest: str) -> tuple[ApiKey, Account] | None:
        with self._lock:
            found = next((key for key, kept in self._keys.values() if kept == digest), None)
            return None if found is None else (found, self._accounts[found.login])

    def key(self, key_id: str) -> ApiKey | None:
        found = self._keys.get(key_id)
        return found[0] if found else None

    def keys(self, login: str) -> tuple[ApiKey, ...]:
        with self._lock:
            found = (key for key, _ in self._keys.values() if key.login == login)
            return tuple(sorted(found, key=lambda key: (key.created_at, key.id)))

    def revoke_key(self, key_id: str, at: datetime) -> None:
        with self._lock:
            key, digest = self._keys[key_id]
            self._keys[key_id] = (replace(key, revoked_at=at), digest)

    def touch_key(self, key: ApiKey, at: datetime) -> None:
        with self._lock:
            kept, digest = self._keys[key.id]
            self._keys[key.id] = (replace(kept, last_used_at=at), digest)
            self._seen(key.login, at)

    def change_attempts(self, subject: str, change: Callable[[Attempts], Attempts]) -> Attempts:
        with self._lock:
            after = change(self._attempts.pop(subject, Attempts(subject=subject)))
            if after.failures:
                self._attempts[subject] = after
            return after

    def clear_attempts(self, subject: str, *, before: datetime | None = None) -> None:
        with self._lock:
            self._attempts = {
                name: one
                for name, one in self._attempts.items()
                if name != subject and (before is None or one.last_at is None or one.last_at >= before)
            }
