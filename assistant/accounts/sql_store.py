"""Accounts, sessions, API keys and attempts in a database, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assistant.accounts.attempts import Attempts
from assistant.accounts.sql_rows import (
    ACCOUNTS,
    ATTEMPTS,
    IDENTITIES,
    KEYS,
    SESSIONS,
    account_row,
    accounts_from,
    attempts_from,
    attempts_row,
    key_from,
    key_row,
    moment,
    session_from,
    session_row,
)
from assistant.accounts.store import Credentials, Session, Written
from assistant.accounts.types import Account, ApiKey
from semantic_layer.errors import DataError, Text
from tools.storage import reading, transaction

_TRIES: Final = 3


class SqlAccountStore:
    """An `AccountStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    # --- accounts

    def empty(self) -> bool:
        with reading(self._engine) as connection:
            return _empty(connection)

    def account(self, login: str) -> Account | None:
        return self._one(ACCOUNTS.c.login == login)

    def accounts(self) -> tuple[Account, ...]:
        return self._where(sa.true())

    def by_identity(self, identity: str) -> Account | None:
        holder = sa.select(IDENTITIES.c.login).where(IDENTITIES.c.identity == identity)
        return self._one(ACCOUNTS.c.login.in_(holder))

    def by_email(self, email: str) -> tuple[Account, ...]:
        return self._where(ACCOUNTS.c.email_key == email) if email else ()

    def _one(self, condition: sa.ColumnElement[bool]) -> Account | None:
        return next(iter(self._where(condition)), None)

    def _where(self, condition: sa.ColumnElement[bool]) -> tuple[Account, ...]:
        with reading(self._engine) as connection:
            return accounts_from(connection, condition)

    def credentials(self, login: str) -> Credentials | None:
        wanted = sa.select(ACCOUNTS.c.password, ACCOUNTS.c.epoch).where(ACCOUNTS.c.login == login)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Credentials(password=row.password, epoch=row.epoch)

    def write(self, account: Account, *, password: str | None = None, first: bool = False) -> Written:
        try:
            with transaction(self._engine) as connection:
                refused = _refused(connection, account, first=first)
                return refused if refused is not None else _put(connection, account, password)
        except IntegrityError:
            # Another process took the login or an identity between the check and this write.
            there = account.revision == 1 and self.account(account.login) is not None
            return Written.TAKEN if there else Written.IDENTITY_TAKEN

    def renew_password(self, login: str, old: str, new: str) -> None:
        same = sa.and_(ACCOUNTS.c.login == login, ACCOUNTS.c.password == old)
        self._run(sa.update(ACCOUNTS).where(same).values(password=new))

    def _run(self, statement: sa.Insert | sa.Update | sa.Delete) -> None:
        with transaction(self._engine) as connection:
            connection.execute(statement)

    # --- sessions

    def open_session(self, session: Session) -> None:
        past = SESSIONS.c.expires_at < moment(session.opened_at)
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(SESSIONS).where(past))
            connection.execute(sa.insert(SESSIONS).values(session_row(session)))
            _seen(connection, session.login, session.opened_at)

    def session(self, digest: str) -> tuple[Session, Account] | None:
        of_now = sa.and_(SESSIONS.c.login == ACCOUNTS.c.login, SESSIONS.c.epoch == ACCOUNTS.c.epoch)
        wanted = sa.select(SESSIONS).join(ACCOUNTS, of_now).where(SESSIONS.c.digest == digest)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
            owners = accounts_from(connection, ACCOUNTS.c.login == row.login) if row is not None else ()
        return (session_from(row), owners[0]) if row is not None else None

    def touch_session(self, session: Session, at: datetime) -> None:
        here = SESSIONS.c.digest == session.digest
        with transaction(self._engine) as connection:
            connection.execute(sa.update(SESSIONS).where(here).values(seen_at=moment(at)))
            _seen(connection, session.login, at)

    def end_session(self, digest: str) -> None:
        self._run(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest))

    # --- API keys

    def add_key(self, key: ApiKey, digest: str) -> None:
        self._run(sa.insert(KEYS).values(key_row(key) | {"digest": digest}))

    def key_of(self, digest: str) -> tuple[ApiKey, Account] | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(KEYS).where(KEYS.c.digest == digest)).first()
            owners = accounts_from(connection, ACCOUNTS.c.login == row.login) if row is not None else ()
        return (key_from(row), owners[0]) if row is not None else None

    def key(self, key_id: str) -> ApiKey | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(KEYS).where(KEYS.c.id == key_id)).first()
        return None if row is None else key_from(row)

    def keys(self, login: str) -> tuple[ApiKey, ...]:
        wanted = sa.select(KEYS).where(KEYS.c.login == login).order_by(KEYS.c.created_at, KEYS.c.id)
        with reading(self._engine) as connection:
            return tuple(key_from(row) for row in connection.execute(wanted).all())

    def revoke_key(self, key_id: str, at: datetime) -> None:
        self._run(sa.update(KEYS).where(KEYS.c.id == key_id).values(revoked_at=moment(at)))

    def touch_key(self, key: ApiKey, at: datetime) -> None:
        with transaction(self._engine) as connection:
            connection.execute(sa.update(KEYS).where(KEYS.c.id == key.id).values(last_used_at=moment(at)))
            _seen(connection, key.login, at)

    # --- attempts

    def change_attempts(self, subject: str, change: Callable[[Attempts], Attempts]) -> Attempts:
        for _ in range(_TRIES):
            try:
                with transaction(self._engine) as connection:
                    return _changed(connection, subject, change)
            except IntegrityError:
                # Another process counted the first attempt of the same subject: count on from there.
                continue
        raise DataError(Text("登录次数无法记录，请再试一次。", "Attempts to sign in could not be counted. Try again."))

    def clear_attempts(self, subject: str, *, before: datetime | None = None) -> None:
        gone = ATTEMPTS.c.subject == subject
        past = [] if before is None else [ATTEMPTS.c.last_at < moment(before)]
        self._run(sa.delete(ATTEMPTS).where(sa.or_(gone, *past)))


def _empty(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(ACCOUNTS.c.login).limit(1)).first() is None


def _seen(connection: sa.Connection, login: str, at: datetime) -> None:
    connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.login == login).values(last_seen_at=moment(at)))


def _refused(connection: sa.Connection, account: Account, *, first: bool) -> Written | None:
    if first and connection.dialect.name == "postgresql":
        # Two first administrators at once would each see an empty table.
        connection.exec_driver_sql("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")
    if first and not _empty(connection):
        return Written.NOT_FIRST
    before = next(iter(accounts_from(connection, ACCOUNTS.c.login == account.login)), None)
    if account.revision == 1 and before is not None:
        return Written.TAKEN
    if account.revision != 1 and (before is None or before.revision != account.revision - 1):
        return Written.CHANGED
    others = sa.and_(IDENTITIES.c.identity.in_(account.identities), IDENTITIES.c.login != account.login)
    if connection.execute(sa.select(IDENTITIES.c.login).where(others)).first() is not None:
        return Written.IDENTITY_TAKEN
    was_one = before is not None and before.active and before.administrator
    if was_one and not (account.active and account.administrator) and _administrators(connection) <= {account.login}:
        return Written.LAST_ADMINISTRATOR
    return None


def _administrators(connection: sa.Connection) -> set[str]:
    """Those who can manage accounts, held until the end, so that two cannot close each other at once."""
    can = sa.and_(ACCOUNTS.c.administrator == 1, ACCOUNTS.c.active == 1)
    wanted = sa.select(ACCOUNTS.c.login).where(can).order_by(ACCOUNTS.c.login).with_for_update()
    return set(connection.execute(wanted).scalars())


def _put(connection: sa.Connection, account: Account, password: str | None) -> Written:
    row = account_row(account)
    login = ACCOUNTS.c.login == account.login
    if account.revision == 1:
        seen = moment(account.last_seen_at) if account.last_seen_at else None
        new = {"login": account.login, "password": password or "", "epoch": 1, "last_seen_at": seen}
        connection.execute(sa.insert(ACCOUNTS).values(row | new))
    else:
        closes = sa.case((ACCOUNTS.c.active > int(account.active), 1), else_=0)
        kept = {} if password is None else {"password": password}
        epoch = ACCOUNTS.c.epoch + (closes if password is None else 1)
        same = sa.and_(login, ACCOUNTS.c.revision == account.revision - 1)
        if connection.execute(sa.update(ACCOUNTS).where(same).values(row | kept).values(epoch=epoch)).rowcount != 1:
            return Written.CHANGED
        now = sa.select(ACCOUNTS.c.epoch).where(login).scalar_subquery()
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.login == account.login, SESSIONS.c.epoch != now))
        connection.execute(sa.delete(IDENTITIES).where(IDENTITIES.c.login == account.login))
    for position, identity in enumerate(account.identities):
        here = {"identity": identity, "login": account.login, "position": position}
        connection.execute(sa.insert(IDENTITIES).values(here))
    return Written.DONE


def _changed(connection: sa.Connection, subject: str, change: Callable[[Attempts], Attempts]) -> Attempts:
    here = ATTEMPTS.c.subject == subject
    row = connection.execute(sa.select(ATTEMPTS).where(here).with_for_update()).first()
    after = change(Attempts(subject=subject) if row is None else attempts_from(row))
    if not after.failures:
        connection.execute(sa.delete(ATTEMPTS).where(here))
    elif row is None:
        connection.execute(sa.insert(ATTEMPTS).values(attempts_row(after)))
    else:
        connection.execute(sa.update(ATTEMPTS).where(here).values(attempts_row(after)))
    return after
