"""The commands of accounts: `qunxiang users list`, `add`, `change`, `grant`, `revoke-role`, `close`, `reopen`, `reset-password`, `unlock`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from assistant.accounts.administration import grant_from, grant_text
from assistant.accounts.types import Account, Grant
from assistant.channels.account_text import account_as_data, accounts_as_text
from assistant.channels.cli_accounts import Accounts, AsJson, InLanguage, Login, opened_accounts
from assistant.channels.cli_output import say_json
from semantic_layer.errors import Language, Text, UnknownNameError
from semantic_layer.model.nearest import nearest

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Accounts: who may come in, and with which roles.\n\n"
    'Example: qunxiang users add bo --name "Bo Li" --role marketer',
)

Roles = Annotated[list[str], typer.Argument(help="roles, each as ROLE for every data set or ROLE@DATA_SET for one")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="read the password from the first line of stdin")]

_FIRST = Text(
    "第一个账号「{login}」已建立，它是管理员。已在运行的页面重新启动后才会要求登录。",
    "The first account, {login!r}, is made; it is an administrator. A page that is running asks for sign-in after a restart.",
)
_MADE = Text("账号「{login}」已建立。", "The account {login!r} is made.")
_PASSWORD = Text(
    "首个密码（只显示这一次，第一次登录时须更改）：{password}",
    "First password (shown only now, to be changed at the first sign-in): {password}",
)
_PASSWORD = Text(
    "首个密码（只显示这一次，第一次登录时须更改）：{password}",
    "First password (shown only now, to be changed at the first sign-in): {password}",
)
_CHANGED = Text("账号「{login}」已修改。", "The account {login!r} is changed.")
_CLOSED = Text("账号「{login}」已停用，它的登录都已结束。", "The account {login!r} is closed; all its sign-ins ended.")
_REOPENED = Text("账号「{login}」已重新启用。", "The account {login!r} is open again.")
_RESET = Text(
    "账号「{login}」的密码已重设，它的登录都已结束。", "The password of {login!r} is reset; all its sign-ins ended."
)
_CLOSED = Text("账号「{login}」已停用，它的登录都已结束。", "The account {login!r} is closed; all its sign-ins ended.")
_REOPENED = Text("账号「{login}」已重新启用。", "The account {login!r} is open again.")
_RESET = Text(
    "账号「{login}」的密码已重设，它的登录都已结束。", "The password of {login!r} is reset; all its sign-ins ended."
)
_REOPENED = Text("账号「{login}」已重新启用。", "The account {login!r} is open again.")
_RESET = Text(
    "账号「{login}」的密码已重设，它的登录都已结束。", "The password of {login!r} is reset; all its sign-ins ended."
)
_RESET = Text(
    "账号「{login}」的密码已重设，它的登录都已结束。", "The password of {login!r} is reset; all its sign-ins ended."
)
_UNLOCKED = Text("账号「{login}」可以马上再登录。", "{login!r} can sign in again at once.")


@app.command("list")
def list_users(language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print all accounts with their roles. A role that the definitions do not have any more is marked with `?`.

    Example: qunxiang users list --json
    """
    with opened_accounts(language, as_json=as_json) as here:
        accounts = here.access.accounts(by=here.me)
        if as_json:
            say_json([account_as_data(account, here.known_roles) for account in accounts])
        else:
            typer.echo(accounts_as_text(accounts, here.known_roles, language))


@app.command()
def add(  # noqa: PLR0913  # each is an option
    login: Login,
    *,
    name: Annotated[str, typer.Option(help="name of the person or service")] = "",
    role: Annotated[list[str] | None, typer.Option(help="role, or ROLE@DATA_SET; may be given several times")] = None,
    email: Annotated[str, typer.Option(help="e-mail address")] = "",
    identity: Annotated[
        list[str] | None, typer.Option(help="slack:TEAM:USER or oidc:ISSUER|SUBJECT; may be given several times")
    ] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="may manage accounts; gives no data")] = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="comes in only by an identity or e-mail address")
    ] = False,
    password_stdin: FromStdin = False,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Add an account. Its first password is made up and printed once, unless one is read from stdin.

    The first account of all is an administrator, and its password is asked for.

    Example: qunxiang users add bo --name "Bo Li" --role marketer --role analyst@retail
    """
    with opened_accounts(language, as_json=as_json) as here:
        grants = tuple(grant_from(text) for text in role or ())
        first = not here.access.accounts(by=here.me)
        if first:
            password = _read_password() if password_stdin else _ask_password(language)
            account = here.access.first_administrator(login, name or login, password, grants=grants)
            account = _with_ways_in(here, account, email, identity)
            shown = ""
        else:
            given = "" if no_password else _read_password() if password_stdin else None
            account, made = here.access.create(
                login,
                name=name or login,
                grants=grants,
                by=here.me,
                email=email,
                identities=tuple(identity or ()),
                administrator=administrator,
                password=given,
            )
            shown = made if given is None else ""
        if as_json:
            say_json(account_as_data(account, here.known_roles) | ({"password": shown} if shown else {}))
            return
        typer.echo((_FIRST if first else _MADE).in_(language).format(login=account.login))
        if shown:
            typer.echo(_PASSWORD.in_(language).format(password=shown))


@app.command()
def change(
    login: Login,
    name: Annotated[str | None, typer.Option(help="new name")] = None,
    email: Annotated[str | None, typer.Option(help="new e-mail address; empty for none")] = None,
    identity: Annotated[
        list[str] | None, typer.Option(help="all outside identities from now on; may be given several times")
    ] = None,
    administrator: Annotated[
        bool | None, typer.Option("--administrator/--no-administrator", help="may manage accounts")
    ] = None,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Change the name, e-mail address, outside identities or the right to manage accounts.

    Example: qunxiang users change bo --administrator
    """
    given = {"name": name, "email": email, "administrator": administrator}
    changes: dict[str, object] = {field: value for field, value in given.items() if value is not None}
    if identity is not None:
        changes["identities"] = tuple(one for one in identity if one)
    _update(login, lambda account: replace(account, **changes), _CHANGED, language, as_json=as_json)  # type: ignore[arg-type]  # by name


@app.command()
def grant(login: Login, roles: Roles, language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Give an account roles, in every data set or in one.

    Example: qunxiang users grant bo marketer analyst@retail
    """
    more = tuple(grant_from(text) for text in roles)
    _update(
        login,
        lambda account: replace(account, grants=(*account.grants, *more)),
        _CHANGED,
        language,
        as_json=as_json,
    )


@app.command("revoke-role")
def revoke_role(login: Login, roles: Roles, language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Take roles away, written as `users list` prints them.

    Example: qunxiang users revoke-role bo analyst@retail
    """
    gone = tuple(grant_from(text) for text in roles)

    def without(account: Account) -> Account:
        for one in gone:
            if one not in account.grants:
                raise _no_such_grant(account, one)
        return replace(account, grants=tuple(one for one in account.grants if one not in gone))

    _update(login, without, _CHANGED, language, as_json=as_json)


@app.command()
def close(login: Login, language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Close an account: nobody comes in with it any more, with a password or a key. Nothing is deleted.

    Example: qunxiang users close bo
    """
    _update(login, lambda account: replace(account, active=False), _CLOSED, language, as_json=as_json)


@app.command()
def reopen(login: Login, language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Open a closed account again, with the roles and keys that it had.

    Example: qunxiang users reopen bo
    """
    _update(login, lambda account: replace(account, active=True), _REOPENED, language, as_json=as_json)


@app.command("reset-password")
def reset_password(login: Login, language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Make up a new first password and print it once. Ends all sign-ins of the account, and lifts its lock-out.

    Example: qunxiang users reset-password bo
    """
    with opened_accounts(language, as_json=as_json) as here:
        password = here.access.reset_password(login, by=here.me)
        account = here.access.named(login, by=here.me)
        if as_json:
            say_json(account_as_data(account, here.known_roles) | {"password": password})
            return
        typer.echo(_RESET.in_(language).format(login=account.login))
        typer.echo(_PASSWORD.in_(language).format(password=password))


@app.command()
def unlock(login: Login, language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Let somebody sign in at once who gave too many wrong passwords.

    Example: qunxiang users unlock bo
    """
    with opened_accounts(language, as_json=as_json) as here:
        _say_account(here.access.unlock(login, by=here.me), here, _UNLOCKED, language, as_json=as_json)


def _update(login: str, change: Callable[[Account], Account], said: Text, language: Language, *, as_json: bool) -> None:
    with opened_accounts(language, as_json=as_json) as here:
        account = here.access.update(change(here.access.named(login, by=here.me)), by=here.me)
        _say_account(account, here, said, language, as_json=as_json)


def _say_account(account: Account, here: Accounts, said: Text, language: Language, *, as_json: bool) -> None:
    if as_json:
        say_json(account_as_data(account, here.known_roles))
    else:
        typer.echo(said.in_(language).format(login=account.login))
        typer.echo(accounts_as_text((account,), here.known_roles, language))


def _with_ways_in(here: Accounts, account: Account, email: str, identities: Sequence[str] | None) -> Account:
    return here.access.update(replace(account, email=email, identities=tuple(identities or ())), by=here.me)


def _no_such_grant(account: Account, wanted: Grant) -> UnknownNameError:
    there = [grant_text(one) for one in account.grants]
    shown = ", ".join(there) or "–"
    kind = Text(f"角色（「{account.login}」有：{shown}）", f"role ({account.login!r} has: {shown})")
    return UnknownNameError(kind, grant_text(wanted), nearest(grant_text(wanted), there))


def _ask_password(language: Language) -> str:
    """Asked for twice, without showing it."""
    asked = Text("密码（至少 10 个字符）", "Password (at least 10 characters)").in_(language)
    again = Text("再输入一次", "Once more").in_(language)
    return str(typer.prompt(asked, hide_input=True, confirmation_prompt=again))


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")
