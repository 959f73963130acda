"""Secrets stay where they belong: no log, error, ledger entry, printed value or database row holds one."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.accounts.access import StoredAccess
from assistant.accounts.passwords import CheapHasher
from assistant.accounts.sql_store import SqlAccountStore
from assistant.accounts.types import Account, Scope
from semantic_layer.errors import UserError
from tools.ledger import LedgerInMemory, SqlLedger
from tools.storage import open_storage

from .conftest import Clock, counted_bytes

CANARY = "canary-7f3e-yellow-bird"


def everything_said(act: Callable[[], object]) -> str:
    """What a person, a log or a debugger would see of it: the value or the error with its whole chain."""
    try:
        value = act()
    except UserError as error:
        return "".join(traceback.format_exception(error)) + error.message.zh + error.message.en + repr(error)
    return repr(value)


def test_a_canary_is_told_nowhere(
    access: StoredAccess, ann: Account, bo: Account, ledger: LedgerInMemory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ticket = access.change_password("bo", "seven quiet herons", CANARY, address="192.0.2.1")
    key, secret = access.issue_key("bo", "report", [Scope.ASK], expires_at=None, by=bo)
    first = access.reset_password("bo", by=ann)
    said = [
        everything_said(act)
        for act in (
            lambda: ticket,
            lambda: access.visit(ticket.token),
            lambda: access.sign_in("bo", CANARY, address="192.0.2.1"),
            lambda: access.sign_in(CANARY, CANARY, address="192.0.2.1"),
            lambda: access.sign_in("bo", first, address="192.0.2.1"),
            lambda: access.change_password("bo", CANARY, CANARY, address="192.0.2.1"),
            lambda: access.change_password("bo", first, CANARY[:9], address="192.0.2.1"),
            lambda: access.create("cy", name="Cy", grants=(), by=ann, password=CANARY)[0],
            lambda: access.key(secret),
            lambda: access.key(secret + "x"),
            lambda: access.revoke_key(key.id, by=bo),
            lambda: access.key(secret),
            lambda: access.accounts(by=ann),
            lambda: access.keys("bo", by=ann),
        )
    ]
    book = [entry.body + entry.who for entry in ledger.pages]
    everything = "\n".join([*said, *book, caplog.text])
    for kept_secret in (CANARY, CANARY[:9], ticket.token, secret, secret[12:], first):
        assert kept_secret not in everything


def test_a_password_typed_into_the_login_field_is_not_kept(
    access: StoredAccess, ann: Account, ledger: LedgerInMemory
) -> None:
    for typed in (CANARY, "x" * 5000):
        everything_said(lambda typed=typed: access.sign_in(typed, "", address="192.0.2.1"))
    assert [(entry.who, entry.read()["login"]) for entry in ledger.pages[-2:]] == [("", "ca…"), ("", "xx…")]


def test_a_false_address_cannot_fill_the_ledger(access: StoredAccess, ann: Account, ledger: LedgerInMemory) -> None:
    everything_said(lambda: access.sign_in("ann", "wrong", address="x" * 100_000))
    assert len(ledger.pages[-1].body) < 300


def test_the_database_holds_digests_only(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "app.db"
    engine = open_storage(f"sqlite:///{file}")
    ids = iter(range(1000))
    access = StoredAccess(
        SqlAccountStore(engine),
        ledger=SqlLedger(engine),
        hasher=CheapHasher(),
        clock=clock,
        new_id=lambda: f"id{next(ids)}",
        random_bytes=counted_bytes(),
    )
    ann = access.first_administrator("ann", "Ann", CANARY)
    ticket = access.sign_in("ann", CANARY, address="192.0.2.1")
    _, secret = access.issue_key("ann", "report", [Scope.ASK], expires_at=None, by=ann)
    everything_said(lambda: access.sign_in(f"{CANARY} typed", "x", address="192.0.2.1"))
    visit = access.visit(ticket.token)
    assert visit is not None
    engine.dispose()
    with sqlite3.connect(file) as connection:
        rows = "\n".join(connection.iterdump())
    connection.close()
    assert "ann" in rows
    for kept_secret in (CANARY, ticket.token, secret[12:], visit.form_token):
        assert kept_secret not in rows


def test_values_do_not_print_their_secrets(access: StoredAccess, bo: Account) -> None:
    ticket = access.sign_in("bo", "seven quiet herons", address="192.0.2.1")
    visit = access.visit(ticket.token)
    assert visit is not None
    printed = repr(ticket) + repr(visit) + repr(replace(ticket)) + str(visit)
    assert ticket.token not in printed
    assert visit.form_token not in printed
