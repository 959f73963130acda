"""API keys: made, listed and revoked by their owner or an administrator, and recognised when a program presents one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from assistant.accounts.book import Actor, Book, What
from assistant.accounts.logins import storable
from assistant.accounts.store import AccountStore
from assistant.accounts.tokens import RandomBytes, digest, new_key
from assistant.accounts.types import Account, ApiKey, KeyHolder, KeyRefusedError, Scope
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest

MOST_KEYS: Final = 50
_LONGEST_LABEL: Final = 100
_LONGEST_SECRET: Final = 200
_A_MINUTE: Final = timedelta(minutes=1)
_KIND: Final = Text("API 密钥", "API key")
_UNKNOWN: Final = Text(
    "没有这个 API 密钥。请检查是否完整，或新建一个。",
    "There is no such API key. Check that it is complete, or have a new one issued.",
)


class ApiKeys:
    """Keys in a store. Who may manage whose is decided before it gets here."""

    def __init__(
        self,
        store: AccountStore,
        book: Book,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        random_bytes: RandomBytes,
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._new_id = new_id
        self._random_bytes = random_bytes

    def holder(self, secret: str) -> KeyHolder:
        found = self._store.key_of(digest(secret)) if 0 < len(secret) <= _LONGEST_SECRET else None
        if found is None:
            raise KeyRefusedError(_UNKNOWN)
        key, account = found
        now = self._clock()
        _check(key, account, now)
        if key.last_used_at is None or abs(now - key.last_used_at) >= _A_MINUTE:
            self._store.touch_key(key, now)
        return KeyHolder(account=account, key=key)

    def of(self, login: str) -> tuple[ApiKey, ...]:
        return self._store.keys(login)

    def issue(
        self, owner: Account, label: str, scopes: Sequence[Scope], *, expires_at: datetime | None, by: Actor
    ) -> tuple[ApiKey, str]:
        now = self._clock()
        name = " ".join(storable(label).split())
        self._refuse_what_cannot_be(owner, name, scopes, expires_at, now)
        hint, secret = new_key(self._random_bytes)
        key = ApiKey(
            id=self._new_id(),
            login=owner.login,
            label=name,
            hint=hint,
            scopes=tuple(dict.fromkeys(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        self._store.add_key(key, digest(secret))
        until = expires_at.isoformat() if expires_at else None
        self._book.write(
            What.KEY_ISSUED,
            by=by,
            login=owner.login,
            key=key.id,
            hint=hint,
            label=name,
            scopes=[scope.value for scope in key.scopes],
            expires_at=until,
        )
        return key, secret

    def _refuse_what_cannot_be(
        self, owner: Account, label: str, scopes: Sequence[Scope], expires_at: datetime | None, now: datetime
    ) -> None:
        if not 0 < len(label) <= _LONGEST_LABEL:
            raise InvalidPlanError(
                Text(
                    f"请给密钥起一个 1 到 {_LONGEST_LABEL} 个字符的名称，例如用途。",
                    f"Give the key a label of 1 to {_LONGEST_LABEL} characters, such as what it is for.",
                )
            )
        if not scopes:
            allowed = tuple(scope.value for scope in Scope)
            raise InvalidPlanError(
                Text(
                    f"请至少选择一种权限：{'、'.join(allowed)}。", f"Choose at least one scope: {', '.join(allowed)}."
                ),
                suggestions=allowed,
            )
        if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
            raise InvalidPlanError(
                Text(
                    "密钥的到期时间必须在将来，并带有时区。",
                    "A key must expire in the future, at a time with a time zone.",
                )
            )
        usable = [key for key in self._store.keys(owner.login) if is_usable(key, now)]
        if len(usable) >= MOST_KEYS:
            raise InvalidPlanError(
                Text(
                    f"一个账号最多有 {MOST_KEYS} 个可用的密钥。请先撤销不用的。",
                    f"An account can have {MOST_KEYS} usable keys. Revoke those that are not needed first.",
                )
            )

    def key(self, key_id: str) -> ApiKey:
        found = self._store.key(storable(key_id))
        if found is None:
            raise UnknownNameError(_KIND, key_id[:60])
        return found

    def unknown_to(self, login: str, key_id: str) -> UnknownNameError:
        """The error for a key that `login` does not have, whoever else may."""
        return UnknownNameError(_KIND, key_id[:60], nearest(key_id, (key.id for key in self.of(login))))

    def revoke(self, key: ApiKey, *, by: Actor) -> ApiKey:
        """What was revoked before stays revoked from then."""
        if key.revoked_at is None:
            self._store.revoke_key(key.id, self._clock())
            self._book.write(What.KEY_REVOKED, by=by, login=key.login, key=key.id, hint=key.hint)
        return self.key(key.id)


def is_usable(key: ApiKey, now: datetime) -> bool:
    """Neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def scope_named(name: str) -> Scope:
    """The scope of this name; raises `UnknownNameError` with the nearest."""
    try:
        return Scope(name.strip().casefold())
    except ValueError as error:
        allowed = tuple(scope.value for scope in Scope)
        kind = Text(f"权限（可用：{'、'.join(allowed)}）", f"scope (there are: {', '.join(allowed)})")
        raise UnknownNameError(kind, name[:60], nearest(name, allowed)) from error


def _check(key: ApiKey, account: Account, now: datetime) -> None:
    if key.revoked_at is not None:
        raise KeyRefusedError(
            Text(f"API 密钥 {key.hint}… 已被撤销。请换一个。", f"The API key {key.hint}… was revoked. Use another one.")
        )
    if not is_usable(key, now):
        day = key.expires_at.date().isoformat() if key.expires_at else ""
        raise KeyRefusedError(
            Text(
                f"API 密钥 {key.hint}… 已于 {day} 到期。请新建一个。",
                f"The API key {key.hint}… expired on {day}. Have a new one issued.",
            )
        )
    if not account.active:
        raise KeyRefusedError(
            Text(
                f"API 密钥 {key.hint}… 所属的账号已停用。请联系管理员。",
                f"The account of the API key {key.hint}… is closed. Ask an administrator.",
            )
        )
