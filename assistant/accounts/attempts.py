"""Wrong passwords are counted, for each login and each address, and after some the door stays shut for a while.

The wait doubles with each further wrong one. Values only; where they are kept is the store's business.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from assistant.accounts.tokens import digest

_IPV6_NETWORK: Final = 64  # bits of an IPv6 address that one customer of a provider has: the rest is theirs to vary


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """After `free` wrong ones the door is shut for `first`, then twice that, up to `longest`.

    Counts are forgotten `forget` after the last wrong one.
    """

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long the door stays shut after so many wrong ones."""
        if failures < self.free:
            return timedelta()
        doubled: int = 2 ** min(failures - self.free, 32)
        return min(self.first * doubled, self.longest)


LOGIN_RULE: Final = Rule(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15), forget=timedelta(hours=24))
ADDRESS_RULE: Final = Rule(  # an office often has one address for all, hence more, and forgotten sooner
    free=20, first=timedelta(seconds=30), longest=timedelta(minutes=15), forget=timedelta(hours=1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Wrong ones of one `subject` so far. `held` counts those that came while the door was shut, since it was shut."""

    subject: str
    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None
    held: int = 0


def login_subject(login: str) -> str:
    """A digest, because people type passwords into the field of the login."""
    return f"login:{digest(login)[:40]}"


def address_subject(address: str) -> str:
    """The address itself, its network when it is IPv6, or the digest of what is no address."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{digest(address)[:40]}"
    if isinstance(known, ipaddress.IPv6Address):
        mapped = known.ipv4_mapped
        network = ipaddress.ip_network((known, _IPV6_NETWORK), strict=False)
        return f"address:{mapped if mapped is not None else network}"
    return f"address:{known}"


def held(attempts: Attempts, now: datetime, rule: Rule) -> Attempts:
    """One attempt that came: noted when the door is shut, and not otherwise."""
    attempts = _today(attempts, now, rule)
    return replace(attempts, held=attempts.held + 1) if seconds_left(attempts, now) else attempts


def failed(attempts: Attempts, now: datetime, rule: Rule) -> Attempts:
    """One wrong attempt more."""
    attempts = _today(attempts, now, rule)
    failures = attempts.failures + 1
    wait = rule.wait(failures)
    return replace(
        attempts, failures=failures, last_at=now, locked_until=now + wait if wait else attempts.locked_until, held=0
    )


def tried(attempts: Attempts, now: datetime, rule: Rule) -> Attempts:
    """One attempt that counts as wrong until it is proven right; only noted while the door is shut."""
    noted = held(attempts, now, rule)
    return noted if seconds_left(noted, now) else failed(attempts, now, rule)


def seconds_left(attempts: Attempts, now: datetime) -> int:
    """How long the door is still shut, rounded up; 0 when it is open."""
    until = attempts.locked_until
    return math.ceil((until - now).total_seconds()) if until is not None and until > now else 0


def _today(attempts: Attempts, now: datetime, rule: Rule) -> Attempts:
    """Without what is long past. When the clock was put back, a wait starts anew instead of lasting until a false date."""
    last = attempts.last_at
    if last is None:
        return attempts
    if now - last > rule.forget:
        return Attempts(subject=attempts.subject)
    if last > now:
        until = attempts.locked_until
        return replace(attempts, last_at=now, locked_until=None if until is None else now + (until - last))
    return attempts
