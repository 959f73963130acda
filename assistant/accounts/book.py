"""What the audit ledger keeps of accounts: who changed what, who came in, and who was not let in. Never a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from assistant.accounts.logins import LONGEST, storable
from assistant.accounts.types import Account, Via
from semantic_layer.query.codec import Json
from tools.ledger import Entry, Ledger

KIND: Final = "account"
_LONGEST_ADDRESS: Final = 64
_RECENT: Final = 500


class What(StrEnum):
    """What an entry of the kind `account` tells."""

    CREATED = "created"
    CHANGED = "changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105  # not a password
    UNLOCKED = "unlocked"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"
    KEY_ISSUED = "key_issued"
    KEY_REVOKED = "key_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, and by which door. `name` is told of the person at the console, who has no account."""

    login: str
    via: Via = ""
    name: str = ""


class Book:
    """Writes entries about accounts, and finds what happened to one of them lately."""

    def __init__(self, ledger: Ledger, *, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id

    def write(self, what: What, *, by: Actor, login: str, **told: Json) -> None:
        """`by` did it, to the account `login`."""
        body: dict[str, Json] = {"what": what.value, "login": login, **told}
        body |= {name: said for name, said in (("via", by.via), ("by_name", by.name)) if said}
        self._ledger.append(entry_id=self._new_id(), kind=KIND, at=self._clock(), who=by.login, body=body)

    def refused(self, typed: str, *, known: bool, address: str, why: str) -> None:
        """Somebody was not let in. Of a login that nobody has, only the beginning is kept: it may be a password."""
        shown = typed[:LONGEST] if known else f"{typed[:2]}…"
        by = Actor(login=shown if known else "", via="page")
        self.write(What.REFUSED, by=by, login=shown, address=shortened(address), why=why)

    def changes_since(self, account: Account) -> tuple[Entry, ...]:
        """Changes of the account after its `revision`, oldest first."""
        found = [
            entry
            for entry in self._ledger.entries(kind=KIND, limit=_RECENT)
            if _is_later(entry.read(), account.login, account.revision)
        ]
        return tuple(reversed(found))


def shortened(address: str) -> str:
    """An address as it is kept; whatever a caller sends, no longer than any real one."""
    return storable(address[:_LONGEST_ADDRESS])


def _is_later(body: Mapping[str, Json], login: str, revision: int) -> bool:
    number = body.get("revision")
    return body.get("login") == login and isinstance(number, int) and number > revision
