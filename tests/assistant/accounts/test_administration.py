"""Making and changing accounts: only by administrators, never by accident, and never over another's change."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from assistant.accounts.access import StoredAccess
from assistant.accounts.opening import console_person
from assistant.accounts.types import Account, ChangedMeanwhileError, Grant
from semantic_layer.errors import InvalidPlanError, NotAllowedError, UnknownNameError, UserError
from tools.ledger import LedgerInMemory

from .conftest import PASSWORD, START, on_every_store


def test_the_first_account_is_an_administrator_and_made_only_once(access: StoredAccess) -> None:
    ann = access.first_administrator(" Ann ", "Ann  A.", PASSWORD)
    assert (ann.login, ann.name, ann.administrator, ann.must_change_password) == ("ann", "Ann A.", True, False)
    with pytest.raises(NotAllowedError) as caught:
        access.first_administrator("mallory", "M", PASSWORD)
    assert "已经有账号" in caught.value.message.zh
    assert [one.login for one in access.accounts(by=ann)] == ["ann"]


@on_every_store
def test_two_first_administrators_at_once_are_one(opened: Callable[..., StoredAccess]) -> None:
    doors = [opened() for _ in range(4)]

    def first(number: int) -> bool:
        try:
            doors[number].first_administrator(f"a{number}", "A", PASSWORD)
        except NotAllowedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(first, range(4))) == 1


@on_every_store
def test_an_account_comes_back_as_it_was_made(access: StoredAccess, ann: Account) -> None:
    grants = (Grant("marketer"), Grant("editor", "books"))
    made, password = access.create(
        "Wei.Li", name="李伟", grants=grants, by=ann, email=" Wei@Example.com ", identities=["slack:T1:U1"]
    )
    assert access.account("wei.li") == made
    assert access.by_identity("slack:T1:U1") == made
    assert access.by_email("wei@EXAMPLE.com") == made
    assert (made.grants, made.email, made.must_change_password, made.revision) == (grants, "Wei@Example.com", True, 1)
    assert made.roles_in("retail") == ("marketer",)
    assert made.roles_in("books") == ("marketer", "editor")
    assert made.user_in("books", via="http").roles == ("marketer", "editor")
    assert [len(part) for part in password.split("-")] == [5, 5, 5, 5]
    assert access.sign_in("wei.li", password, address="192.0.2.1").account.login == "wei.li"


@pytest.mark.parametrize("login", ["", "  ", "a b", "a:b", "a/b", "x" * 65, "bo\nann", "bo\x00", "console", "\u202ebo"])
def test_a_login_that_cannot_be_one_is_refused(access: StoredAccess, ann: Account, login: str) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        access.create(login, name="X", grants=(), by=ann)
    assert "64" in caught.value.message.zh
    assert [one.login for one in access.accounts(by=ann)] == ["ann"]


def test_a_login_that_will_not_do_comes_with_one_that_would(access: StoredAccess, ann: Account) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        access.create("li wei", name="X", grants=(), by=ann)
    assert caught.value.suggestions == ("liwei",)


@pytest.mark.parametrize("name", ["", " \n ", "x" * 101])
def test_an_account_has_a_name(access: StoredAccess, ann: Account, name: str) -> None:
    with pytest.raises(InvalidPlanError, match="100"):
        access.create("bo", name=name, grants=(), by=ann)


@pytest.mark.parametrize("email", ["bo", "bo@", "@x", "a b@c", "x" * 250 + "@y.example"])
def test_an_address_nobody_can_write_to_is_refused(access: StoredAccess, ann: Account, email: str) -> None:
    with pytest.raises(InvalidPlanError, match="e-mail"):
        access.create("bo", name="Bo", grants=(), by=ann, email=email)


def test_a_taken_login_is_refused_in_any_spelling(access: StoredAccess, ann: Account, bo: Account) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        access.create("ＢＯ", name="Other", grants=(), by=ann)
    assert "'bo' is taken" in caught.value.message.en
    assert access.account("bo") == bo


@on_every_store
def test_an_identity_belongs_to_one_account(access: StoredAccess, ann: Account, bo: Account) -> None:
    access.create("cy", name="Cy", grants=(), by=ann, identities=["slack:T:U"])
    with pytest.raises(InvalidPlanError) as caught:
        access.update(replace(bo, identities=("slack:T:V", "slack:T:U")), by=ann)
    assert "'slack:T:U'" in caught.value.message.en
    assert "'cy'" in caught.value.message.en
    assert access.account("bo") == bo


@on_every_store
def test_an_address_that_two_have_finds_nobody(access: StoredAccess, ann: Account) -> None:
    both = [
        access.create(login, name="X", grants=(), by=ann, email="desk@example.com")[0] for login in ("desk1", "desk2")
    ]
    assert access.by_email("desk@example.com") is None
    assert access.by_email("") is None
    access.update(replace(both[0], active=False), by=ann)
    assert access.by_email("DESK@example.com") == both[1]


def test_an_account_without_a_password_needs_another_way_in(access: StoredAccess, ann: Account) -> None:
    with pytest.raises(InvalidPlanError, match="identity"):
        access.create("robot", name="Robot", grants=(), by=ann, password="")
    robot, password = access.create("robot", name="Robot", grants=(), by=ann, password="", identities=["oidc:I|1"])
    assert (password, robot.has_password, robot.must_change_password) == ("", False, False)
    for guess in ("", " ", "None"):
        with pytest.raises(UserError):
            access.sign_in("robot", guess, address="192.0.2.1")
    assert access.reset_password("robot", by=ann)
    assert access.account("robot").has_password  # type: ignore[union-attr]


def test_a_password_can_be_taken_away(access: StoredAccess, ann: Account, bo: Account) -> None:
    ticket = access.sign_in("bo", PASSWORD, address="192.0.2.1")
    changed = access.update(replace(bo, has_password=False), by=ann)
    assert not changed.has_password
    assert not changed.must_change_password
    assert access.visit(ticket.token) is None
    with pytest.raises(UserError):
        access.sign_in("bo", PASSWORD, address="192.0.2.1")
    with pytest.raises(InvalidPlanError):
        access.update(replace(changed, has_password=True), by=ann)


# --- roles


def test_an_unknown_role_is_refused_with_the_nearest(access: StoredAccess, ann: Account, bo: Account) -> None:
    with pytest.raises(UnknownNameError) as caught:
        access.update(replace(bo, grants=(Grant("markter"),)), by=ann)
    assert caught.value.suggestions[0] == "marketer"
    assert "'markter'" in caught.value.message.en
    assert "editor" in caught.value.message.en, "everything that is allowed is named"
    assert access.account("bo") == bo


def test_a_role_counts_in_its_data_set_alone(access: StoredAccess, ann: Account) -> None:
    with pytest.raises(UnknownNameError) as caught:
        access.create("cy", name="Cy", grants=[Grant("marketer", "books")], by=ann)
    assert "books has: editor" in caught.value.message.en
    with pytest.raises(UnknownNameError):
        access.create("cy", name="Cy", grants=[Grant("marketer", "nowhere")], by=ann)


def test_a_role_that_is_gone_stays_visible_and_gives_nothing(
    access: StoredAccess, opened: Callable[..., StoredAccess], ann: Account, bo: Account
) -> None:
    later = opened(known_roles=lambda data_set: ("analyst",))
    seen = later.account("bo")
    assert seen is not None
    assert seen.grants == (Grant("marketer"),)
    renamed = later.update(replace(seen, name="Bo B.", grants=(*seen.grants, Grant("analyst"))), by=ann)
    assert [grant.role for grant in renamed.grants] == ["marketer", "analyst"]
    # Taken away once, it cannot be given again.
    without = later.update(replace(renamed, grants=(Grant("analyst"),)), by=ann)
    with pytest.raises(UnknownNameError):
        later.update(replace(without, grants=(Grant("marketer"),)), by=ann)


def test_the_same_grant_twice_is_one(access: StoredAccess, ann: Account, bo: Account) -> None:
    changed = access.update(replace(bo, grants=(Grant("analyst"), Grant("analyst"))), by=ann)
    assert changed.grants == (Grant("analyst"),)


# --- two administrators


@on_every_store
def test_the_second_of_two_administrators_is_told_what_changed(access: StoredAccess, ann: Account, bo: Account) -> None:
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann, administrator=True)
    first = access.update(replace(bo, grants=(Grant("analyst"),)), by=ann)
    with pytest.raises(ChangedMeanwhileError) as caught:
        access.update(replace(bo, name="Bo Second"), by=cy)
    for said in ("ann", "grants", "marketer → analyst"):
        assert said in caught.value.message.zh
        assert said in caught.value.message.en
    assert access.account("bo") == first
    again = access.update(replace(first, name="Bo Second"), by=cy)
    assert (again.name, again.grants, again.revision) == ("Bo Second", (Grant("analyst"),), 3)


@on_every_store
def test_of_many_changes_at_once_each_is_kept_or_refused(
    opened: Callable[..., StoredAccess], access: StoredAccess, ann: Account, bo: Account
) -> None:
    doors = [opened() for _ in range(4)]

    def change(number: int) -> bool:
        try:
            doors[number].update(replace(bo, name=f"Bo {number}"), by=ann)
        except ChangedMeanwhileError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(change, range(4)))
    assert sum(outcomes) == 1
    now = access.account("bo")
    assert now is not None
    assert (now.name, now.revision) == (f"Bo {outcomes.index(True)}", 2)


def test_nothing_changed_is_no_change(access: StoredAccess, ann: Account, bo: Account, ledger: LedgerInMemory) -> None:
    entries = len(ledger.pages)
    assert access.update(bo, by=ann) == bo
    assert len(ledger.pages) == entries


def test_what_an_account_is_not_asked_for_cannot_be_changed(access: StoredAccess, ann: Account, bo: Account) -> None:
    ticket = access.sign_in("bo", PASSWORD, address="192.0.2.1")
    forged = replace(bo, created_at=START.replace(year=1999), last_seen_at=START.replace(year=1999), name="Bo B.")
    changed = access.update(forged, by=ann)
    assert changed.created_at == bo.created_at
    now = access.account("bo")
    assert now is not None
    assert now.last_seen_at == ticket.account.last_seen_at


# --- the last administrator


@on_every_store
@pytest.mark.parametrize("change", [{"active": False}, {"administrator": False}])
def test_the_last_administrator_stays(access: StoredAccess, ann: Account, bo: Account, change: dict[str, bool]) -> None:
    with pytest.raises(NotAllowedError) as caught:
        access.update(replace(ann, **change), by=ann)
    assert "最后一个" in caught.value.message.zh
    assert access.account("ann") == ann
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann, administrator=True)
    access.update(replace(ann, **change), by=cy)
    with pytest.raises(NotAllowedError):
        access.update(replace(cy, **change), by=cy)


@on_every_store
def test_two_administrators_cannot_close_each_other_at_once(
    opened: Callable[..., StoredAccess], access: StoredAccess, ann: Account
) -> None:
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann, administrator=True)
    doors = [opened() for _ in range(2)]

    def close(number: int) -> None:
        whom, by = ((ann, cy), (cy, ann))[number]
        with suppress(NotAllowedError):
            doors[number].update(replace(whom, active=False), by=by)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(close, range(2)))
    assert len([one for one in ("ann", "cy") if access.account(one) is not None]) == 1


# --- who may


def test_only_an_administrator_manages_accounts(access: StoredAccess, ann: Account, bo: Account) -> None:
    for forbidden in (
        lambda: access.accounts(by=bo),
        lambda: access.create("cy", name="Cy", grants=(), by=bo),
        lambda: access.update(replace(bo, administrator=True), by=bo),
        lambda: access.reset_password("ann", by=bo),
        lambda: access.unlock("bo", by=bo),
        lambda: access.named("ann", by=bo),
    ):
        with pytest.raises(NotAllowedError):
            forbidden()
    # Saying so of oneself is not enough.
    with pytest.raises(NotAllowedError):
        access.accounts(by=replace(bo, administrator=True))


def test_a_right_that_was_taken_meanwhile_is_gone(access: StoredAccess, ann: Account) -> None:
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann, administrator=True)
    access.update(replace(cy, administrator=False), by=ann)
    with pytest.raises(NotAllowedError):
        access.accounts(by=cy)
    dan, _ = access.create("dan", name="Dan", grants=(), by=ann, administrator=True)
    access.update(replace(dan, active=False), by=ann)
    with pytest.raises(NotAllowedError):
        access.accounts(by=dan)


def test_only_the_command_line_is_the_console(opened: Callable[..., StoredAccess], ann: Account) -> None:
    console = console_person("root", START)
    with pytest.raises(NotAllowedError):
        opened().accounts(by=console)
    with pytest.raises(NotAllowedError):
        opened(console=console).accounts(by=replace(console))
    assert [one.login for one in opened(console=console).accounts(by=console)] == ["ann"]


def test_unknown_logins_come_with_the_nearest(access: StoredAccess, ann: Account, bo: Account) -> None:
    access.create("charlotte", name="C", grants=(), by=ann)
    with pytest.raises(UnknownNameError) as caught:
        access.reset_password("charlote", by=ann)
    assert caught.value.suggestions == ("charlotte",)
    with pytest.raises(UnknownNameError):
        access.update(replace(bo, login="nobody"), by=ann)


def test_the_ledger_tells_every_change(
    opened: Callable[..., StoredAccess], access: StoredAccess, ann: Account, bo: Account, ledger: LedgerInMemory
) -> None:
    access.update(replace(bo, grants=(Grant("analyst"), Grant("editor", "books")), administrator=True), by=ann)
    console = console_person("root", START)
    opened(console=console).unlock("bo", by=console)
    bodies = [(entry.who, entry.read()) for entry in ledger.pages]
    assert bodies[0] == (
        "ann",
        {"what": "created", "login": "ann", "revision": 1, "name": "Ann", "grants": [], "email": "", "identities": [],
         "administrator": True},
    )  # fmt: skip
    assert bodies[2] == (
        "ann",
        {
            "what": "changed",
            "login": "bo",
            "revision": 2,
            "changed": {"grants": [["marketer"], ["analyst", "editor@books"]], "administrator": [False, True]},
        },
    )
    assert bodies[3] == ("console", {"what": "unlocked", "login": "bo", "via": "cli", "by_name": "root"})
