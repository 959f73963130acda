"""Passwords: what makes a good one, and how it is kept. The home of argon2."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import unicodedata
from typing import Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from assistant.accounts.common_passwords import COMMON
from assistant.accounts.logins import login_key
from semantic_layer.errors import InvalidPlanError, Text

SHORTEST: Final = 10
LONGEST: Final = 256
# argon2id with 19 MiB and two passes in one lane: the least that the OWASP Password Storage Cheat Sheet names. More
# memory would let a few people who sign in at once push out the data engine.
_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1
_AT_ONCE: Final = 4


class Hasher(Protocol):
    """Turns a password into a digest that is slow to guess. `CheapHasher` is the fake."""

    def digest(self, password: str) -> str: ...

    def matches(self, digest: str, password: str) -> bool: ...

    def outdated(self, digest: str) -> bool:
        """Whether it was made with other parameters than are used now."""
        ...


class Argon2Hasher:
    """A `Hasher` with argon2id. Few run at once, so that a crowd at the door cannot take all memory."""

    def __init__(self, *, memory_kib: int = _MEMORY_KIB, passes: int = _PASSES, lanes: int = _LANES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def digest(self, password: str) -> str:
        with self._room:
            return self._argon2.hash(password)

    def matches(self, digest: str, password: str) -> bool:
        with self._room:
            try:
                return self._argon2.verify(digest, password)
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, digest: str) -> bool:
        return self._argon2.check_needs_rehash(digest)


class CheapHasher:
    """The fake: fast, and no protection at all."""

    def digest(self, password: str) -> str:
        salt = os.urandom(8).hex()
        return f"{salt}:{_salted(salt, password)}"

    def matches(self, digest: str, password: str) -> bool:
        salt, _, kept = digest.partition(":")
        return hmac.compare_digest(kept, _salted(salt, password))

    def outdated(self, digest: str) -> bool:
        return False


def _salted(salt: str, password: str) -> str:
    return hashlib.sha256(f"{salt}:{password}".encode("utf-8", "surrogatepass")).hexdigest()


class Passwords:
    """Takes and checks passwords. A login that nobody has takes as long to refuse as a wrong password."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._nobodys = hasher.digest("no password has this digest")

    def digest(self, password: str, *, login: str) -> str:
        """What is kept of a new password; raises `InvalidPlanError` with what it lacks."""
        key = password_key(password)
        lack = _lack(key, login)
        if lack is not None:
            raise InvalidPlanError(lack)
        return self._hasher.digest(key)

    def right(self, kept: str, password: str) -> bool:
        """Whether this is the password; `kept` is empty when there is none."""
        key = password_key(password)
        fits = len(key) <= LONGEST
        matches = self._hasher.matches(kept or self._nobodys, key if fits else "")
        return bool(kept) and fits and matches

    def renewed(self, kept: str, password: str) -> str | None:
        """The digest with the parameters of today when the kept one has others; only for a password that is right."""
        return self._hasher.digest(password_key(password)) if self._hasher.outdated(kept) else None


def password_key(password: str) -> str:
    """The same password from every keyboard: one form for characters that look alike in Unicode (NFKC).

    What no encoding can carry is replaced, so that half a character cannot break the door.
    """
    whole = password[: LONGEST + 1].encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", whole)


def _lack(key: str, login: str) -> Text | None:
    if len(key) < SHORTEST:
        return Text(
            f"密码太短：至少要 {SHORTEST} 个字符。", f"The password is too short: it takes {SHORTEST} characters."
        )
    if len(key) > LONGEST:
        return Text(f"密码太长：最多 {LONGEST} 个字符。", f"The password is too long: at most {LONGEST} characters.")
    if key.casefold().strip() == login_key(login):
        return Text("密码不能与登录名相同。", "The password cannot be the login.")
    if key.casefold() in COMMON:
        return Text(
            "这个密码很常见，容易被猜到。请换一个，例如几个不相干的词。",
            "This password is a common one and easily guessed. Take another, such as a few words that do not belong together.",
        )
    return None
