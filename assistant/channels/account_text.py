"""Accounts and API keys as text and as data. No secret is part of either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from assistant.accounts.administration import KnownRoles, grant_text
from assistant.accounts.api_keys import is_usable
from assistant.accounts.types import Account, ApiKey, Grant
from semantic_layer.errors import Language, Text

_NOBODY = Text(
    '还没有账号。建立第一个：qunxiang users add ann --name "Ann"',
    'There are no accounts yet. Make the first one with: qunxiang users add ann --name "Ann"',
)
_NO_KEYS = Text("没有 API 密钥。", "There are no API keys.")
_ADMINISTRATOR = Text("管理员", "administrator")
_CLOSED = Text("已停用", "closed")
_FIRST_PASSWORD = Text("须更改密码", "must change the password")
_NO_PASSWORD = Text("没有密码", "no password")
_SEEN = Text("最近 {at}", "last seen {at}")
_NEVER_SEEN = Text("从未登录", "never seen")
_REVOKED = Text("已撤销", "revoked")
_EXPIRED = Text("已到期", "expired")
_UNTIL = Text("到 {at}", "until {at}")
_FOR_EVER = Text("不会到期", "does not expire")
_USED = Text("最近使用 {at}", "last used {at}")
_NEVER_USED = Text("从未使用", "never used")


def account_as_data(account: Account, known_roles: KnownRoles) -> dict[str, object]:
    """All of an account. `vanished` are grants whose role is in no definitions any more: they give nothing."""
    return {
        "login": account.login,
        "name": account.name,
        "roles": [grant_text(grant) for grant in account.grants],
        "vanished": [grant_text(grant) for grant in account.grants if _is_gone(grant, known_roles)],
        "email": account.email,
        "identities": list(account.identities),
        "administrator": account.administrator,
        "active": account.active,
        "has_password": account.has_password,
        "must_change_password": account.must_change_password,
        "created_at": account.created_at.isoformat(),
        "last_seen_at": account.last_seen_at.isoformat() if account.last_seen_at else None,
        "revision": account.revision,
    }


def accounts_as_text(accounts: Sequence[Account], known_roles: KnownRoles, language: Language) -> str:
    """One account a line: login, name, roles, and what is special about it."""
    if not accounts:
        return _NOBODY.in_(language)
    return "\n".join(_account_line(account, known_roles, language) for account in accounts)


def _account_line(account: Account, known_roles: KnownRoles, language: Language) -> str:
    roles = ", ".join(f"{grant_text(one)}{'?' if _is_gone(one, known_roles) else ''}" for one in account.grants)
    marks = (
        (account.administrator, _ADMINISTRATOR),
        (not account.active, _CLOSED),
        (account.must_change_password, _FIRST_PASSWORD),
        (not account.has_password, _NO_PASSWORD),
    )
    special = [mark.in_(language) for is_so, mark in marks if is_so]
    parts = [account.login, account.name, roles or "–", account.email, *account.identities, *special]
    seen = _at(account.last_seen_at, _SEEN, _NEVER_SEEN, language)
    return "  ".join([*(part for part in parts if part), seen])


def key_as_data(key: ApiKey, now: datetime) -> dict[str, object]:
    """All of a key but its secret."""
    return {
        "id": key.id,
        "login": key.login,
        "label": key.label,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "usable": is_usable(key, now),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
    }


def keys_as_text(keys: Sequence[ApiKey], now: datetime, language: Language) -> str:
    """One key a line: its beginning, owner, purpose, scopes, end and last use."""
    if not keys:
        return _NO_KEYS.in_(language)
    return "\n".join(_key_line(key, now, language) for key in keys)


def _key_line(key: ApiKey, now: datetime, language: Language) -> str:
    if key.revoked_at is not None:
        state = _REVOKED.in_(language)
    elif not is_usable(key, now):
        state = _EXPIRED.in_(language)
    else:
        state = _at(key.expires_at, _UNTIL, _FOR_EVER, language)
    used = _at(key.last_used_at, _USED, _NEVER_USED, language)
    return "  ".join([f"{key.hint}…", key.login, key.label, " ".join(key.scopes), state, used])


def _at(moment: datetime | None, told: Text, otherwise: Text, language: Language) -> str:
    if moment is None:
        return otherwise.in_(language)
    return told.in_(language).format(at=moment.isoformat(sep=" ", timespec="minutes"))


def _is_gone(grant: Grant, known_roles: KnownRoles) -> bool:
    return grant.role not in known_roles(grant.data_set)
