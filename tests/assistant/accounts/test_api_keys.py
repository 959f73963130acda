"""API keys: for a purpose, for a while, and only for their owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from assistant.accounts.access import StoredAccess
from assistant.accounts.api_keys import MOST_KEYS, scope_named
from assistant.accounts.in_memory import access_in_memory
from assistant.accounts.types import Account, KeyRefusedError, Scope
from semantic_layer.errors import InvalidPlanError, NotAllowedError, UnknownNameError
from tools.ledger import LedgerInMemory

from .conftest import PASSWORD, START, Clock, on_every_store


def issued(access: StoredAccess, by: Account, *, days: float | None = None, login: str = "bo") -> tuple[str, str]:
    """Id and secret of a new key."""
    until = None if days is None else START + timedelta(days=days)
    key, secret = access.issue_key(login, "nightly report", [Scope.ASK], expires_at=until, by=by)
    return key.id, secret


def refusal(access: StoredAccess, secret: str) -> str:
    with pytest.raises(KeyRefusedError) as caught:
        access.key(secret)
    assert caught.value.message.zh
    return caught.value.message.en


@on_every_store
def test_a_key_stands_for_its_owner_and_its_scopes(access: StoredAccess, bo: Account, clock: Clock) -> None:
    scopes = [Scope.ASK, Scope.SEGMENTS_READ, Scope.ASK]
    key, secret = access.issue_key("bo", "  nightly \n report ", scopes, expires_at=None, by=bo)
    assert (key.label, key.scopes, key.created_at) == ("nightly report", (Scope.ASK, Scope.SEGMENTS_READ), clock.now)
    assert secret.startswith(f"{key.hint}_")
    assert len(key.hint) == 11
    holder = access.key(secret)
    assert holder.account.login == "bo"
    holder.require(Scope.ASK)
    with pytest.raises(NotAllowedError, match="export") as caught:
        holder.require(Scope.EXPORT)
    assert caught.value.suggestions == ("ask", "segments:read")


@pytest.mark.parametrize("secret", ["", "qx_", "qx_00000000_x", "Bearer x", "é" * 30, "x" * 100_000, "\ud800"])
def test_a_key_that_nobody_has_is_refused(access: StoredAccess, bo: Account, secret: str) -> None:
    issued(access, bo)
    assert "no such API key" in refusal(access, secret)


def test_only_the_whole_secret_is_the_key(access: StoredAccess, bo: Account) -> None:
    _, secret = issued(access, bo)
    for false in (secret[:-1], secret + "A", secret.swapcase(), secret[:11], f" {secret}"):
        assert "no such API key" in refusal(access, false)


def test_an_expired_key_is_refused_with_its_day(access: StoredAccess, bo: Account, clock: Clock) -> None:
    _, secret = issued(access, bo, days=30)
    clock.move(days=30, seconds=-1)
    assert access.key(secret)
    clock.move(seconds=1)
    said = refusal(access, secret)
    assert "expired on 2026-12-02" in said
    assert secret not in said


@on_every_store
def test_a_revoked_key_is_refused_from_then_on(
    access: StoredAccess, bo: Account, clock: Clock, ledger: LedgerInMemory
) -> None:
    key_id, secret = issued(access, bo)
    revoked = access.revoke_key(key_id, by=bo)
    assert revoked.revoked_at == clock.now
    assert "was revoked" in refusal(access, secret)
    clock.move(days=1)
    assert access.revoke_key(key_id, by=bo) == revoked
    assert [entry.read()["what"] for entry in ledger.pages].count("key_revoked") == 1


def test_a_key_of_a_closed_account_is_refused(access: StoredAccess, ann: Account, bo: Account) -> None:
    _, secret = issued(access, bo)
    closed = access.update(replace(bo, active=False), by=ann)
    assert "closed" in refusal(access, secret)
    access.update(replace(closed, active=True), by=ann)
    assert access.key(secret).account.active


def test_a_key_has_the_roles_that_its_owner_has_now(access: StoredAccess, ann: Account, bo: Account) -> None:
    _, secret = issued(access, bo)
    access.update(replace(bo, grants=()), by=ann)
    assert access.key(secret).account.roles_in("retail") == ()


@on_every_store
def test_last_use_is_written_once_a_minute(access: StoredAccess, bo: Account, clock: Clock) -> None:
    _, secret = issued(access, bo)
    used = []
    for seconds in (0, 59, 1, 30):
        clock.move(seconds=seconds)
        access.key(secret)
        last = access.keys("bo", by=bo)[0].last_used_at
        assert last is not None
        used.append((last - START).total_seconds())
    assert used == [0, 0, 60, 60]
    seen = access.account("bo")
    assert seen is not None
    assert seen.last_seen_at == START + timedelta(seconds=60)


# --- who may manage whose


def test_people_manage_their_own_keys_and_administrators_all(access: StoredAccess, ann: Account, bo: Account) -> None:
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann)
    key_id, secret = issued(access, bo)
    for forbidden in (
        lambda: access.keys("bo", by=cy),
        lambda: access.issue_key("bo", "x", [Scope.ASK], expires_at=None, by=cy),
    ):
        with pytest.raises(NotAllowedError):
            forbidden()
    # Whether a key that is not one's own exists is nobody's business.
    for unknown in (key_id, "no-such-key"):
        with pytest.raises(UnknownNameError):
            access.revoke_key(unknown, by=cy)
    assert access.key(secret)
    assert [key.id for key in access.keys("BO", by=ann)] == [key_id]
    access.revoke_key(key_id, by=ann)
    assert issued(access, ann)
    with pytest.raises(UnknownNameError):
        access.keys("nobody", by=ann)


def test_a_closed_account_manages_nothing(access: StoredAccess, ann: Account, bo: Account) -> None:
    access.update(replace(bo, active=False), by=ann)
    with pytest.raises(NotAllowedError):
        access.keys("bo", by=bo)
    with pytest.raises(NotAllowedError, match="closed"):
        issued(access, ann)


# --- what cannot be


@pytest.mark.parametrize("label", ["", "  ", "x" * 101])
def test_a_key_says_what_it_is_for(access: StoredAccess, bo: Account, label: str) -> None:
    with pytest.raises(InvalidPlanError, match="label"):
        access.issue_key("bo", label, [Scope.ASK], expires_at=None, by=bo)


def test_a_key_has_a_scope(access: StoredAccess, bo: Account) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        access.issue_key("bo", "x", [], expires_at=None, by=bo)
    assert caught.value.suggestions == ("ask", "catalogue", "segments:read", "segments:write", "export", "events")


@pytest.mark.parametrize("until", [START, START - timedelta(days=1), datetime(2030, 1, 1)])  # noqa: DTZ001  # that is the case
def test_a_key_expires_in_the_future(access: StoredAccess, bo: Account, until: datetime) -> None:
    with pytest.raises(InvalidPlanError, match="future"):
        access.issue_key("bo", "x", [Scope.ASK], expires_at=until, by=bo)
    assert access.keys("bo", by=bo) == ()


def test_there_are_not_too_many_of_them() -> None:
    access = access_in_memory(clock=lambda: START)
    bo = access.first_administrator("bo", "Bo", PASSWORD)
    first, _ = issued(access, bo)
    for _ in range(MOST_KEYS - 1):
        issued(access, bo)
    with pytest.raises(InvalidPlanError, match="50"):
        issued(access, bo)
    access.revoke_key(first, by=bo)
    assert issued(access, bo)


@pytest.mark.parametrize(("name", "near"), [("aks", "ask"), ("segment:read", "segments:read"), ("EXPORTS", "export")])
def test_an_unknown_scope_comes_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        scope_named(name)
    assert near in caught.value.suggestions
    assert f"'{near}'" in caught.value.message.en
    assert "segments:write" in caught.value.message.zh


def test_scopes_are_named_in_any_case() -> None:
    assert [scope_named(name) for name in (" Ask", "segments:WRITE")] == [Scope.ASK, Scope.SEGMENTS_WRITE]


def test_the_ledger_tells_who_made_and_revoked_which(
    access: StoredAccess, ann: Account, bo: Account, ledger: LedgerInMemory
) -> None:
    key, _ = access.issue_key("bo", "report", [Scope.ASK], expires_at=START + timedelta(days=1), by=ann)
    access.revoke_key(key.id, by=bo)
    last = [(entry.who, entry.read()) for entry in ledger.pages[-2:]]
    assert last == [
        (
            "ann",
            {
                "what": "key_issued",
                "login": "bo",
                "key": key.id,
                "hint": key.hint,
                "label": "report",
                "scopes": ["ask"],
                "expires_at": "2026-11-03T09:00:00+00:00",
            },
        ),
        ("bo", {"what": "key_revoked", "login": "bo", "key": key.id, "hint": key.hint}),
    ]
