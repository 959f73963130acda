"""What the guards found out about a request, for every room behind them."""

from __future__ import annotations

from typing import Final, cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from assistant.accounts.types import Account, Visit

_VISIT: Final = "qunxiang.visit"
_ACCOUNT: Final = "qunxiang.account"


def let_in(scope: Scope, visit: Visit | None, account: Account | None) -> None:
    """Note who sends this request; for the guard of sessions alone."""
    scope[_VISIT] = visit
    scope[_ACCOUNT] = account


def visit_of(connection: HTTPConnection) -> Visit | None:
    """The open session that the request belongs to; `None` without one, and on a machine without accounts."""
    return cast("Visit | None", connection.scope.get(_VISIT))


def account_of(connection: HTTPConnection) -> Account | None:
    """Who sends the request: the account of the session, or the person at a machine without accounts."""
    return cast("Account | None", connection.scope.get(_ACCOUNT))


def login_of(connection: HTTPConnection) -> str | None:
    """The login of `account_of`; what the page's tool-kit takes as the name of its user."""
    account = account_of(connection)
    return account.login if account is not None else None


def address_of(connection: HTTPConnection) -> str:
    """The address that the request came from, as trusted proxies tell it; empty when there is none."""
    return address_in(connection.scope)


def address_in(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def over_https(scope: Scope) -> bool:
    """Whether the browser sees https: by the address of the page, or as a trusted proxy says."""
    return scope.get("scheme") == "https"
