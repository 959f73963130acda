"""What the commands of accounts and keys share: the accounts of the database, opened by whoever sits at the console.

Whoever runs them holds the database, and so is an administrator; the ledger says that it was done at the console.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from assistant.accounts.access import StoredAccess
from assistant.accounts.administration import KnownRoles
from assistant.accounts.opening import console_person, roles_of, stored_access
from assistant.accounts.types import Account
from assistant.channels.cli_output import error_as_data, say_json
from assistant.opening_readers import new_id, now
from assistant.settings import Settings
from semantic_layer.errors import Language, UserError
from tools.storage import open_storage

Login = Annotated[str, typer.Argument(help="login of the account")]
InLanguage = Annotated[Literal["en", "zh"], typer.Option(help="language of the report")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts, and who changes them."""

    access: StoredAccess
    me: Account
    known_roles: KnownRoles


@contextmanager
def opened_accounts(language: Language, *, as_json: bool) -> Iterator[Accounts]:
    """The accounts of the database. Says what went wrong: exit code 1 for what is refused, 2 for what cannot be opened."""
    settings = Settings()
    try:
        storage = open_storage(settings.address_of_state())
    except UserError as error:
        _cannot(error, language, as_json=as_json)
        raise typer.Exit(2) from error
    known_roles = roles_of(settings)
    me = console_person(_system_name(), now())
    access = stored_access(storage, settings=settings, clock=now, new_id=new_id, known_roles=known_roles, console=me)
    try:
        yield Accounts(access, me, known_roles)
    except UserError as error:
        _cannot(error, language, as_json=as_json)
        raise typer.Exit(1) from error
    finally:
        storage.dispose()


def _cannot(error: UserError, language: Language, *, as_json: bool) -> None:
    if as_json:
        say_json(error_as_data(error.message) | {"suggestions": list(error.suggestions)})
    else:
        typer.echo(error.message.in_(language))


def _system_name() -> str:
    """Who runs the command, to the operating system; empty where it knows no names."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
