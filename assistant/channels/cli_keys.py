"""The commands of API keys: `qunxiang keys list`, `issue`, `revoke`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from assistant.accounts.api_keys import scope_named
from assistant.accounts.types import ApiKey
from assistant.channels.account_text import key_as_data, keys_as_text
from assistant.channels.cli_accounts import Accounts, AsJson, InLanguage, Login, opened_accounts
from assistant.channels.cli_output import say_json
from assistant.opening_readers import now
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.model.nearest import nearest

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="API keys: with which programs ask on behalf of an account.\n\n"
    "Example: qunxiang keys issue bo nightly-report --scope ask --days 90",
)

_ISSUED = Text("密钥（只显示这一次）：{secret}", "Key (shown only now): {secret}")
_REVOKED = Text("密钥 {hint}… 已撤销。", "The key {hint}… is revoked.")


@app.command("list")
def list_keys(
    login: Annotated[str, typer.Argument(help="login of the account; all accounts when absent")] = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Print API keys without their secrets: whose, for what, until when, and when they were last used.

    Example: qunxiang keys list bo
    """
    with opened_accounts(language, as_json=as_json) as here:
        found = here.access.keys(login, by=here.me) if login else _all_keys(here)
        if as_json:
            say_json([key_as_data(key, now()) for key in found])
        else:
            typer.echo(keys_as_text(found, now(), language))


@app.command()
def issue(
    login: Login,
    label: Annotated[str, typer.Argument(help="what the key is for")],
    scope: Annotated[
        list[str],
        typer.Option(help="ask, catalogue, segments:read, segments:write, export, events; may be given several times"),
    ],
    days: Annotated[int, typer.Option(min=0, max=3650, help="days until it expires; 0 for never")] = 90,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Issue an API key and print its secret once. It never allows more than the roles of its account do.

    Example: qunxiang keys issue bo nightly-report --scope ask --scope segments:read --days 90
    """
    with opened_accounts(language, as_json=as_json) as here:
        until = now() + timedelta(days=days) if days else None
        scopes = tuple(scope_named(name) for name in scope)
        key, secret = here.access.issue_key(login, label, scopes, expires_at=until, by=here.me)
        if as_json:
            say_json(key_as_data(key, now()) | {"secret": secret})
        else:
            typer.echo(keys_as_text((key,), now(), language))
            typer.echo(_ISSUED.in_(language).format(secret=secret))


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="id or beginning of the key, as `list` prints it")],
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Revoke an API key: from now on it is refused.

    Example: qunxiang keys revoke qx_0d5088d0
    """
    with opened_accounts(language, as_json=as_json) as here:
        revoked = here.access.revoke_key(_key_id(here, key), by=here.me)
        if as_json:
            say_json(key_as_data(revoked, now()))
        else:
            typer.echo(_REVOKED.in_(language).format(hint=revoked.hint))


def _all_keys(here: Accounts) -> tuple[ApiKey, ...]:
    owners = (account.login for account in here.access.accounts(by=here.me))
    return tuple(key for login in owners for key in here.access.keys(login, by=here.me))


def _key_id(here: Accounts, text: str) -> str:
    """The id of a key by its id or its public beginning."""
    found = [key.id for key in _all_keys(here) if text in (key.id, key.hint)]
    if len(found) == 1:
        return found[0]
    there = tuple(key.hint for key in _all_keys(here))
    raise UnknownNameError(Text("API 密钥", "API key"), text, nearest(text, there))
