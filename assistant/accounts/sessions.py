"""Signing in and what follows: sessions with an end, attempts that are counted, and messages that tell strangers nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from assistant.accounts.attempts import (
    ADDRESS_RULE,
    LOGIN_RULE,
    Attempts,
    address_subject,
    failed,
    held,
    login_subject,
    seconds_left,
    tried,
)
from assistant.accounts.book import Actor, Book, What, shortened
from assistant.accounts.logins import login_key
from assistant.accounts.passwords import Passwords
from assistant.accounts.store import AccountStore, Session
from assistant.accounts.tokens import RandomBytes, digest, form_token, new_token
from assistant.accounts.types import Account, SignInError, Ticket, Visit
from semantic_layer.errors import Text

_WRONG: Final = Text(
    "登录名或密码不对，或者账号已停用。请再试，或请管理员重设密码。",
    "The login or the password is wrong, or the account is closed. Try again, or ask an administrator to reset the password.",
)
_CLOSED: Final = Text("账号已停用，请联系管理员。", "This account is closed. Ask an administrator.")
_A_MINUTE: Final = timedelta(minutes=1)
_CLOCK_SLACK: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnds:
    """A session ends `lasts` after it was opened, and earlier when nothing came from it for `idle`."""

    lasts: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=2)


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(
        self,
        store: AccountStore,
        book: Book,
        passwords: Passwords,
        *,
        clock: Callable[[], datetime],
        random_bytes: RandomBytes,
        ends: SessionEnds,
    ) -> None:
        self._store = store
        self._book = book
        self._passwords = passwords
        self._clock = clock
        self._random_bytes = random_bytes
        self._ends = ends

    def with_password(self, login: str, password: str, *, address: str) -> Ticket:
        account, epoch = self.proven(login, password, address=address)
        return self._open(account, epoch, address=address, how="password")

    def proven_otherwise(self, account: Account, *, address: str, how: str) -> Ticket:
        """For an account that somebody else vouches for; it is read again, for it may have been closed since."""
        now, kept = self._store.account(account.login), self._store.credentials(account.login)
        if now is None or kept is None or not now.active:
            self._book.refused(account.login, known=now is not None, address=address, why="closed")
            raise SignInError(_CLOSED)
        return self._open(now, kept.epoch, address=address, how=how)

    def proven(self, login: str, password: str, *, address: str) -> tuple[Account, int]:
        """The account and its epoch when the password is right.

        The attempt counts as wrong before the password is looked at, so that guesses sent at once are counted too.
        """
        key = login_key(login)
        kept = self._store.credentials(key)
        known = kept is not None
        now = self._clock()
        at_door = self._store.change_attempts(address_subject(address), lambda one: held(one, now, ADDRESS_RULE))
        self._let_by(at_door, key, now, known=known, address=address)
        at_login = self._store.change_attempts(login_subject(key), lambda one: tried(one, now, LOGIN_RULE))
        if at_login.held:
            self._let_by(at_login, key, now, known=known, address=address)
        right = self._passwords.right(kept.password if kept else "", password)
        account = self._store.account(key) if right else None
        if kept is None or account is None or not account.active:
            self._store.change_attempts(address_subject(address), lambda one: failed(one, now, ADDRESS_RULE))
            why = "closed" if right else "wrong"
            self._book.refused(key, known=known, address=address, why=why)
            raise SignInError(_WRONG, retry_after=seconds_left(at_login, now))
        self._store.clear_attempts(login_subject(key), before=now - max(LOGIN_RULE.forget, ADDRESS_RULE.forget))
        renewed = self._passwords.renewed(kept.password, password)
        if renewed is not None:
            self._store.renew_password(key, kept.password, renewed)
        return account, kept.epoch

    def _let_by(self, attempts: Attempts, key: str, now: datetime, *, known: bool, address: str) -> None:
        wait = seconds_left(attempts, now)
        if not wait:
            return
        if attempts.held == 1:  # the book tells once that the door is shut, however often somebody rattles at it
            self._book.refused(key, known=known, address=address, why="locked")
        raise SignInError(
            Text(
                f"尝试次数过多，请在 {wait} 秒后再试。忘记密码请联系管理员。",
                f"Too many attempts. Try again in {wait} seconds. An administrator can reset a forgotten password.",
            ),
            retry_after=wait,
        )

    def _open(self, account: Account, epoch: int, *, address: str, how: str) -> Ticket:
        """A session with a token that nobody had before."""
        now = self._clock()
        token = new_token(self._random_bytes)
        expires_at = now + self._ends.lasts
        self._book.write(
            What.SIGNED_IN, by=at_page(account.login), login=account.login, address=shortened(address), how=how
        )
        self._store.open_session(
            Session(
                digest=digest(token),
                login=account.login,
                epoch=epoch,
                opened_at=now,
                seen_at=now,
                expires_at=expires_at,
            )
        )
        return Ticket(token=token, account=replace(account, last_seen_at=now), expires_at=expires_at)

    def visit(self, token: str, *, active: bool = True) -> Visit | None:
        found = self._store.session(digest(token)) if token else None
        if found is None:
            return None
        session, account = found
        now = self._clock()
        if not account.active or self._over(session, now):
            self._store.end_session(session.digest)
            return None
        if active and now - session.seen_at >= _A_MINUTE:
            self._store.touch_session(session, now)
        return Visit(
            account=account,
            form_token=form_token(token),
            opened_at=session.opened_at,
            expires_at=session.expires_at,
        )

    def _over(self, session: Session, now: datetime) -> bool:
        """Also when the clock was put back: nobody knows any more how old such a session is."""
        put_back = session.seen_at - now > _CLOCK_SLACK
        return put_back or now >= session.expires_at or now - session.seen_at >= self._ends.idle

    def end(self, token: str) -> None:
        found = self._store.session(digest(token)) if token else None
        if found is not None:
            session, account = found
            self._store.end_session(session.digest)
            self._book.write(What.SIGNED_OUT, by=at_page(account.login), login=account.login)

    def unlock(self, login: str) -> None:
        self._store.clear_attempts(login_subject(login))


def at_page(login: str) -> Actor:
    """Sessions are of the page alone."""
    return Actor(login=login, via="page")
