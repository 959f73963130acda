"""Logins and e-mail addresses: what makes two the same, and which can be had."""

from __future__ import annotations

import unicodedata
from typing import Final

from semantic_layer.errors import InvalidPlanError, Text

LONGEST: Final = 64
CONSOLE: Final = "console"
"""Whoever runs the command line, in the ledger; nobody else can have this login."""

_MARKS: Final = frozenset("._-@+")
_LONGEST_EMAIL: Final = 254  # RFC 5321, section 4.5.3.1.3, less the brackets


def storable(text: str) -> str:
    """The text in a form that every database takes: half a character and NUL are replaced, for no name has one."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def login_key(login: str) -> str:
    """What makes two logins the same: width, case and spaces at the ends do not tell them apart.

    Cut where it is longer than any login, so that a long one costs nothing.
    """
    whole = storable(login[: 4 * LONGEST])
    return unicodedata.normalize("NFKC", whole).casefold().strip()[: LONGEST + 1]


def new_login(typed: str) -> str:
    """The login that a new account gets; raises `InvalidPlanError` when it cannot be one."""
    login = login_key(typed)
    fits = 0 < len(login) <= LONGEST and all(letter.isalnum() or letter in _MARKS for letter in login)
    if fits and login != CONSOLE:
        return login
    kept = "" if fits else "".join(letter for letter in login if letter.isalnum() or letter in _MARKS)[:LONGEST]
    near_zh, near_en = (f"可以用「{kept}」。", f" {kept!r} would do.") if kept else ("", "")
    raise InvalidPlanError(
        Text(
            f"「{typed[:LONGEST]}」不能作为登录名：要有 1 到 {LONGEST} 个字符，只能用文字、数字和 . _ - @ +，也不能是 {CONSOLE}。{near_zh}",
            f"{typed[:LONGEST]!r} cannot be a login: it takes 1 to {LONGEST} letters, digits and . _ - @ +, and cannot be {CONSOLE!r}.{near_en}",
        ),
        suggestions=(kept,) if kept else (),
    )


def email_key(email: str) -> str:
    """What makes two addresses the same; empty for none."""
    return unicodedata.normalize("NFKC", storable(email)).casefold().strip()


def checked_email(typed: str) -> str:
    """The address without spaces around it, or empty; raises `InvalidPlanError` when nobody could be written to there."""
    email = storable(typed).strip()
    name, at, place = email.rpartition("@")
    whole = bool(at and name and place) and len(email) <= _LONGEST_EMAIL and not any(map(str.isspace, email))
    if email and not whole:
        raise InvalidPlanError(
            Text(
                f"「{email[:LONGEST]}」不是电子邮箱地址。请写成 name@example.com 的样子，或留空。",
                f"{email[:LONGEST]!r} is not an e-mail address. Write it like name@example.com, or leave it empty.",
            )
        )
    return email
