"""The tables of accounts, and how values become rows and rows values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from assistant.accounts.attempts import Attempts
from assistant.accounts.logins import email_key
from assistant.accounts.store import Session
from assistant.accounts.types import Account, ApiKey, Grant, Scope

Row = dict[str, str | int | None]

_METADATA: Final = sa.MetaData()
ACCOUNTS: Final = sa.Table(
    "accounts",
    _METADATA,
    sa.Column("login", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("name", "grants", "email", "email_key", "password")),
    *(sa.Column(name, sa.Integer) for name in ("administrator", "active", "must_change_password", "epoch", "revision")),
    *(sa.Column(name, sa.String) for name in ("created_at", "updated_at", "last_seen_at")),
)
IDENTITIES: Final = sa.Table(
    "account_identities",
    _METADATA,
    sa.Column("identity", sa.String, primary_key=True),
    sa.Column("login", sa.String),
    sa.Column("position", sa.Integer),
)
SESSIONS: Final = sa.Table(
    "sessions",
    _METADATA,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("login", sa.String),
    sa.Column("epoch", sa.Integer),
    *(sa.Column(name, sa.String) for name in ("opened_at", "seen_at", "expires_at")),
)
KEYS: Final = sa.Table(
    "api_keys",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("digest", "login", "label", "hint", "scopes")),
    *(sa.Column(name, sa.String) for name in ("created_at", "expires_at", "revoked_at", "last_used_at")),
)
ATTEMPTS: Final = sa.Table(
    "sign_in_attempts",
    _METADATA,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("failures", sa.Integer),
    *(sa.Column(name, sa.String) for name in ("last_at", "locked_until")),
    sa.Column("held", sa.Integer),
)


def moment(at: datetime) -> str:
    """One time zone and one length, so that the order of the texts is the order of the moments."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def account_row(account: Account) -> Row:
    """What an account holds, save its login, password, epoch and when it was last seen."""
    return {
        "name": account.name,
        "grants": json.dumps([[grant.role, grant.data_set] for grant in account.grants], ensure_ascii=False),
        "email": account.email,
        "email_key": email_key(account.email),
        "administrator": int(account.administrator),
        "active": int(account.active),
        "must_change_password": int(account.must_change_password),
        "created_at": moment(account.created_at),
        "updated_at": moment(account.updated_at),
        "revision": account.revision,
    }


def accounts_from(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> tuple[Account, ...]:
    """The accounts that meet a condition, by login."""
    rows = connection.execute(sa.select(ACCOUNTS).where(condition).order_by(ACCOUNTS.c.login)).all()
    wanted = sa.select(IDENTITIES).where(IDENTITIES.c.login.in_(sa.select(ACCOUNTS.c.login).where(condition)))
    identities: dict[str, list[str]] = {}
    for row in connection.execute(wanted.order_by(IDENTITIES.c.login, IDENTITIES.c.position)) if rows else ():
        identities.setdefault(row.login, []).append(row.identity)
    return tuple(_account(row, tuple(identities.get(row.login, ()))) for row in rows)


def _account(row: sa.Row[tuple[object, ...]], identities: tuple[str, ...]) -> Account:
    return Account(
        login=row.login,
        name=row.name,
        grants=tuple(Grant(role, data_set) for role, data_set in json.loads(row.grants)),
        email=row.email,
        identities=identities,
        administrator=bool(row.administrator),
        active=bool(row.active),
        has_password=bool(row.password),
        must_change_password=bool(row.must_change_password),
        created_at=datetime.fromisoformat(row.created_at),
        updated_at=datetime.fromisoformat(row.updated_at),
        last_seen_at=_read(row.last_seen_at),
        revision=row.revision,
    )


def session_row(session: Session) -> Row:
    return {
        "digest": session.digest,
        "login": session.login,
        "epoch": session.epoch,
        "opened_at": moment(session.opened_at),
        "seen_at": moment(session.seen_at),
        "expires_at": moment(session.expires_at),
    }


def session_from(row: sa.Row[tuple[object, ...]]) -> Session:
    return Session(
        digest=row.digest,
        login=row.login,
        epoch=row.epoch,
        opened_at=datetime.fromisoformat(row.opened_at),
        seen_at=datetime.fromisoformat(row.seen_at),
        expires_at=datetime.fromisoformat(row.expires_at),
    )


def key_row(key: ApiKey) -> Row:
    """What a key holds, save the digest of its secret."""
    return {
        "id": key.id,
        "login": key.login,
        "label": key.label,
        "hint": key.hint,
        "scopes": " ".join(key.scopes),
        "created_at": moment(key.created_at),
        "expires_at": _moment_or_none(key.expires_at),
        "revoked_at": _moment_or_none(key.revoked_at),
        "last_used_at": _moment_or_none(key.last_used_at),
    }


def key_from(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        login=row.login,
        label=row.label,
        hint=row.hint,
        scopes=tuple(Scope(name) for name in row.scopes.split()),
        created_at=datetime.fromisoformat(row.created_at),
        expires_at=_read(row.expires_at),
        revoked_at=_read(row.revoked_at),
        last_used_at=_read(row.last_used_at),
    )


def attempts_row(attempts: Attempts) -> Row:
    return {
        "subject": attempts.subject,
        "failures": attempts.failures,
        "last_at": _moment_or_none(attempts.last_at),
        "locked_until": _moment_or_none(attempts.locked_until),
        "held": attempts.held,
    }


def attempts_from(row: sa.Row[tuple[object, ...]]) -> Attempts:
    return Attempts(
        subject=row.subject,
        failures=row.failures,
        last_at=_read(row.last_at),
        locked_until=_read(row.locked_until),
        held=row.held,
    )
