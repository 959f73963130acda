"""Signing in: nobody comes in who should not, guessing gets slower and slower, and a stranger learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from assistant.accounts.access import StoredAccess
from assistant.accounts.in_memory import AccountsInMemory
from assistant.accounts.passwords import CheapHasher
from assistant.accounts.store import AccountStore
from assistant.accounts.tokens import digest
from assistant.accounts.types import Account, SignInError, Ticket
from semantic_layer.errors import InvalidPlanError, UnknownNameError
from tools.ledger import LedgerInMemory

from .conftest import PASSWORD, Clock, counted_bytes, on_every_store

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def refused(access: StoredAccess, login: str, password: str, address: str = HERE) -> SignInError:
    with pytest.raises(SignInError) as caught:
        access.sign_in(login, password, address=address)
    return caught.value


def told(ledger: LedgerInMemory) -> list[tuple[str, object, object]]:
    """What the ledger says: who, what, and about whom or why."""
    return [(entry.who, entry.read()["what"], entry.read().get("why")) for entry in ledger.pages]


@on_every_store
def test_the_right_password_opens_a_session(access: StoredAccess, bo: Account, clock: Clock) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    visit = access.visit(ticket.token)
    assert visit is not None
    assert (visit.account.login, visit.opened_at, visit.expires_at) == ("bo", clock.now, ticket.expires_at)
    assert visit.form_token not in ("", ticket.token)
    assert (ticket.expires_at - clock.now).total_seconds() == 12 * 3600


@pytest.mark.parametrize("typed", ["BO", " bo ", "ｂｏ"])
def test_case_width_and_spaces_of_a_login_do_not_matter(access: StoredAccess, bo: Account, typed: str) -> None:
    assert access.sign_in(typed, PASSWORD, address=HERE).account.login == "bo"


def test_a_stranger_cannot_tell_a_wrong_password_from_a_missing_or_closed_account(
    access: StoredAccess, ann: Account, bo: Account
) -> None:
    said = {refused(access, "bo", "wrong").message, refused(access, "nobody", "wrong").message}
    access.update(replace(bo, active=False), by=ann)
    said |= {refused(access, "bo", PASSWORD).message, refused(access, "", "").message}
    assert len(said) == 1


@pytest.mark.parametrize("login", ["bo", "nobody"])
def test_twenty_wrong_passwords_wait_longer_and_longer(
    access: StoredAccess, bo: Account, clock: Clock, login: str
) -> None:
    waits = []
    for _ in range(20):
        error = refused(access, login, "wrong")
        waits.append(error.retry_after)
        clock.move(seconds=error.retry_after)
    # Four are free; from the fifth on each wrong one doubles the wait, up to a quarter of an hour.
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, *[900] * 11]


def test_twenty_wrong_passwords_at_once_are_held_after_five(
    access: StoredAccess, bo: Account, ledger: LedgerInMemory
) -> None:
    errors = [refused(access, "bo", f"wrong {number}") for number in range(20)]
    assert [error.retry_after for error in errors] == [0, 0, 0, 0, *[30] * 16]
    assert "30" in errors[-1].message.zh
    assert "30" in errors[-1].message.en
    # The book tells of each password that was looked at, and once that the door is shut.
    assert [why for _, what, why in told(ledger) if what == "refused"] == [*["wrong"] * 5, "locked"]


def test_the_right_password_is_refused_while_the_door_is_shut(access: StoredAccess, bo: Account, clock: Clock) -> None:
    for _ in range(5):
        refused(access, "bo", "wrong")
    assert refused(access, "bo", PASSWORD).retry_after == 30
    clock.move(seconds=29)
    assert refused(access, "bo", PASSWORD).retry_after == 1
    clock.move(seconds=1)
    assert access.sign_in("bo", PASSWORD, address=HERE).account.login == "bo"


def test_nobody_else_is_held_by_it(access: StoredAccess, ann: Account, bo: Account) -> None:
    for _ in range(7):
        refused(access, "bo", "wrong")
    assert access.sign_in("ann", PASSWORD, address=HERE).account.login == "ann"


@on_every_store
def test_counts_survive_a_restart(opened: Callable[..., StoredAccess], bo: Account) -> None:
    for _ in range(5):
        refused(opened(), "bo", "wrong")
    assert refused(opened(), "bo", PASSWORD).retry_after == 30


@on_every_store
def test_success_forgets_the_wrong_ones_of_the_login(access: StoredAccess, bo: Account) -> None:
    for _ in range(3):
        for _ in range(4):
            refused(access, "bo", "wrong")
        access.sign_in("bo", PASSWORD, address=HERE)


def test_wrong_ones_are_forgotten_after_a_day(access: StoredAccess, bo: Account, clock: Clock) -> None:
    for _ in range(4):
        refused(access, "bo", "wrong")
    clock.move(hours=25)
    assert [refused(access, "bo", "wrong").retry_after for _ in range(5)] == [0, 0, 0, 0, 30]


def test_an_address_that_tries_many_logins_is_held(access: StoredAccess, bo: Account, clock: Clock) -> None:
    for number in range(20):
        assert refused(access, f"guess{number}", "wrong").retry_after == 0
    assert refused(access, "bo", PASSWORD).retry_after == 30
    assert access.sign_in("bo", PASSWORD, address=ELSEWHERE).account.login == "bo"
    clock.move(seconds=30)
    assert access.sign_in("bo", PASSWORD, address=HERE).account.login == "bo"


def test_a_provider_customer_cannot_use_up_ipv6_addresses(access: StoredAccess, bo: Account) -> None:
    for number in range(20):
        refused(access, f"guess{number}", "wrong", address=f"2001:db8:1:2::{number:x}")
    assert refused(access, "bo", PASSWORD, address="2001:db8:1:2:ffff::1").retry_after == 30
    assert access.sign_in("bo", PASSWORD, address="2001:db8:1:3::1").account.login == "bo"


@on_every_store
def test_guesses_sent_at_once_are_counted_before_they_are_checked(access: StoredAccess, bo: Account) -> None:
    def guess(number: int) -> str:
        try:
            access.sign_in("bo", f"wrong {number}", address=f"192.0.2.{number}")
        except SignInError as error:
            return "looked at" if "密码不对" in error.message.zh else "held"
        return "in"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(24)))
    assert sorted(set(outcomes)) == ["held", "looked at"]
    assert outcomes.count("looked at") == 5


def test_a_clock_that_is_put_back_does_not_lock_anybody_out_for_long(
    access: StoredAccess, bo: Account, clock: Clock
) -> None:
    clock.move(days=400)
    for _ in range(5):
        refused(access, "bo", "wrong")
    clock.move(days=-400)
    assert refused(access, "bo", PASSWORD).retry_after == 30
    clock.move(seconds=30)
    assert access.sign_in("bo", PASSWORD, address=HERE).account.login == "bo"


@on_every_store
@pytest.mark.parametrize("typed", ["\ud800", "bo\x00", "x" * 10_000_000, "' OR '1'='1", "bo%", "\u202eob"])
def test_what_no_login_can_be_is_a_wrong_one(access: StoredAccess, bo: Account, typed: str) -> None:
    assert "密码不对" in refused(access, typed, typed, address=typed[:1000]).message.zh
    assert access.by_identity(typed) is None
    assert access.by_email(typed) is None
    assert access.account(typed) is None
    with pytest.raises(UnknownNameError):
        access.revoke_key(typed[:1000], by=bo)


# --- sessions


def test_each_sign_in_has_a_fresh_token(access: StoredAccess, bo: Account) -> None:
    """What a browser held before it signed in opens nothing afterwards: no session can be fixed from outside."""
    planted = "planted-by-somebody"
    assert access.visit(planted) is None
    tokens = {access.sign_in("bo", PASSWORD, address=HERE).token for _ in range(5)}
    assert len(tokens) == 5
    assert access.visit(planted) is None
    assert all(access.visit(token) is not None for token in tokens)


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "a" * 5000, "' OR 1=1 --", "\ud800"])
def test_a_false_token_opens_nothing(access: StoredAccess, bo: Account, token: str) -> None:
    access.sign_in("bo", PASSWORD, address=HERE)
    assert access.visit(token) is None
    access.sign_out(token)


def test_a_session_ends_when_nothing_comes_for_two_hours(access: StoredAccess, bo: Account, clock: Clock) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    for _ in range(3):
        clock.move(minutes=119)
        assert access.visit(ticket.token) is not None
    clock.move(minutes=120)
    assert access.visit(ticket.token) is None
    clock.move(minutes=-60)
    assert access.visit(ticket.token) is None


def test_a_session_ends_after_twelve_hours_however_busy(access: StoredAccess, bo: Account, clock: Clock) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    for _ in range(7):
        clock.move(minutes=102)
        assert access.visit(ticket.token) is not None
    clock.move(minutes=6)
    assert access.visit(ticket.token) is None


def test_a_session_from_the_future_is_over(access: StoredAccess, bo: Account, clock: Clock) -> None:
    clock.move(hours=3)
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    clock.move(minutes=-4)
    assert access.visit(ticket.token) is not None
    clock.move(hours=-3)
    assert access.visit(ticket.token) is None


def test_signing_out_ends_one_session(access: StoredAccess, bo: Account) -> None:
    one, two = (access.sign_in("bo", PASSWORD, address=HERE) for _ in range(2))
    access.sign_out(one.token)
    access.sign_out(one.token)
    assert access.visit(one.token) is None
    assert access.visit(two.token) is not None


def ended(access: StoredAccess, tickets: list[Ticket]) -> list[bool]:
    return [access.visit(ticket.token) is None for ticket in tickets]


@on_every_store
def test_a_changed_password_ends_every_session_and_opens_one(access: StoredAccess, bo: Account) -> None:
    before = [access.sign_in("bo", PASSWORD, address=HERE) for _ in range(2)]
    assert before[0].account.must_change_password
    after = access.change_password("bo", PASSWORD, "eight loud geese", address=HERE)
    assert ended(access, before) == [True, True]
    visit = access.visit(after.token)
    assert visit is not None
    assert not visit.account.must_change_password
    assert refused(access, "bo", PASSWORD)
    assert access.sign_in("bo", "eight loud geese", address=HERE)


def test_changing_a_password_takes_the_old_one_and_is_held_too(access: StoredAccess, bo: Account) -> None:
    waits = []
    for _ in range(6):
        with pytest.raises(SignInError) as caught:
            access.change_password("bo", "wrong", "eight loud geese", address=HERE)
        waits.append(caught.value.retry_after)
    assert waits == [0, 0, 0, 0, 30, 30]


@pytest.mark.parametrize(("new", "lacks"), [(PASSWORD, "旧密码"), ("short", "太短"), ("qwertyuiop", "常见")])
def test_a_new_password_that_will_not_do_changes_nothing(
    access: StoredAccess, bo: Account, new: str, lacks: str
) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    with pytest.raises(InvalidPlanError) as caught:
        access.change_password("bo", PASSWORD, new, address=HERE)
    assert lacks in caught.value.message.zh
    assert access.visit(ticket.token) is not None


def test_a_reset_ends_every_session_and_lifts_the_lock(
    access: StoredAccess, ann: Account, bo: Account, ledger: LedgerInMemory
) -> None:
    tickets = [access.sign_in("bo", PASSWORD, address=HERE) for _ in range(2)]
    for _ in range(6):
        refused(access, "bo", "wrong")
    password = access.reset_password("bo", by=ann)
    assert ended(access, tickets) == [True, True]
    assert access.sign_in("bo", password, address=HERE).account.must_change_password
    assert ("ann", "password_reset", None) in told(ledger)


@on_every_store
def test_closing_ends_every_session_and_opening_does_not_bring_them_back(
    access: StoredAccess, ann: Account, bo: Account
) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    closed = access.update(replace(bo, active=False), by=ann)
    assert access.visit(ticket.token) is None
    assert access.account("bo") is None
    access.update(replace(closed, active=True), by=ann)
    assert access.visit(ticket.token) is None
    assert access.sign_in("bo", PASSWORD, address=HERE)


@on_every_store
def test_a_session_that_is_opened_while_the_password_changes_is_over(
    access: StoredAccess, store: AccountStore, bo: Account
) -> None:
    """Somebody passed the door with the old password just before it changed, and the session is written just after."""
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    found = store.session(digest(ticket.token))
    assert found is not None
    access.change_password("bo", PASSWORD, "eight loud geese", address=HERE)
    store.open_session(replace(found[0], digest=digest("late")))
    assert access.visit("late") is None


def test_a_visit_sees_the_account_as_it_is_now(access: StoredAccess, ann: Account, bo: Account) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    access.update(replace(bo, grants=()), by=ann)
    visit = access.visit(ticket.token)
    assert visit is not None
    assert visit.account.roles_in("retail") == ()


def test_a_proven_identity_opens_a_session_unless_the_account_is_closed(
    access: StoredAccess, ann: Account, bo: Account, ledger: LedgerInMemory
) -> None:
    assert access.visit(access.sign_in_as(bo, address=HERE).token) is not None
    access.update(replace(bo, active=False), by=ann)
    with pytest.raises(SignInError):
        access.sign_in_as(bo, address=HERE)
    assert [why for _, what, why in told(ledger) if what == "refused"] == ["closed"]


def test_the_ledger_tells_who_came_in_from_where_and_how(
    access: StoredAccess, bo: Account, ledger: LedgerInMemory
) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    access.sign_out(ticket.token)
    access.sign_in_as(bo, address=ELSEWHERE)
    last = [entry.read() for entry in ledger.pages[-3:]]
    assert [entry.kind for entry in ledger.pages[-3:]] == ["account"] * 3
    assert last == [
        {"what": "signed_in", "login": "bo", "address": HERE, "how": "password", "via": "page"},
        {"what": "signed_out", "login": "bo", "via": "page"},
        {"what": "signed_in", "login": "bo", "address": ELSEWHERE, "how": "identity", "via": "page"},
    ]


def test_last_seen_is_kept_without_a_change_of_the_account(access: StoredAccess, bo: Account, clock: Clock) -> None:
    ticket = access.sign_in("bo", PASSWORD, address=HERE)
    clock.move(seconds=30)
    access.visit(ticket.token)
    seen = access.account("bo")
    assert seen is not None
    assert (clock.now - seen.last_seen_at).total_seconds() == 30  # type: ignore[operator]
    clock.move(seconds=31)
    access.visit(ticket.token)
    seen = access.account("bo")
    assert seen is not None
    assert (seen.last_seen_at, seen.revision) == (clock.now, bo.revision)


def test_a_login_that_nobody_has_takes_the_same_steps(
    access: StoredAccess, bo: Account, ledger: LedgerInMemory
) -> None:
    """What takes time in refusing: the same reads and writes of the store, and the same entries."""
    steps = []
    for login in ("bo", "nobody"):
        watched = Watched(AccountsInMemory())
        door = StoredAccess(
            watched,  # type: ignore[arg-type]  # it hands everything on
            ledger=ledger,
            hasher=CheapHasher(),
            clock=Clock(),
            new_id=lambda: "id",
            random_bytes=counted_bytes(),
        )
        door.first_administrator("bo", "Bo", PASSWORD)
        watched.called.clear()
        refused(door, login, "wrong")
        steps.append(tuple(watched.called))
    assert steps[0] == steps[1]
    assert len(steps[0]) > 2


class Watched:
    """A store that notes what is asked of it."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store
        self.called: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.called.append(name)
        return getattr(self._store, name)


@on_every_store
def test_a_session_that_nobody_uses_ends_though_its_tab_stays_open(
    access: StoredAccess, bo: Account, clock: Clock
) -> None:
    used, left = (access.sign_in("bo", PASSWORD, address=HERE).token for _ in range(2))
    for _ in range(5):
        clock.move(minutes=30)
        assert access.visit(used) is not None
        access.visit(left, active=False)
    assert access.visit(left) is None
    assert access.visit(used) is not None
