"""The cookie that carries a session, and the one that carries a sign-in on its way through another party."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Final

from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from assistant.accounts.types import Ticket
from assistant.channels.web.guests import over_https

_NAME: Final = "qunxiang"
_LONGEST_TOKEN: Final = 200
_UNDER_WAY_SECONDS: Final = 600


def session_cookie(scope: Scope) -> str:
    """Its name. The prefix makes browsers refuse one that another host set, or that came without https."""
    return f"__Host-{_NAME}" if over_https(scope) else _NAME


def token_in(scope: Scope) -> str:
    """The token that the browser sent; empty when none."""
    token = HTTPConnection(scope).cookies.get(session_cookie(scope), "")
    return token if len(token) <= _LONGEST_TOKEN else ""


def tokens_in(cookies: str) -> tuple[str, ...]:
    """Tokens in a whole `Cookie` header, for whoever no longer knows how the request came; the guarded name first."""
    found = cookie_parser(cookies)
    return tuple(found[name] for name in (f"__Host-{_NAME}", _NAME) if 0 < len(found.get(name, "")) <= _LONGEST_TOKEN)


def give_session(response: Response, scope: Scope, ticket: Ticket, *, now: datetime) -> None:
    _set(response, scope, session_cookie(scope), ticket.token, max(0, int((ticket.expires_at - now).total_seconds())))


def take_session(response: Response, scope: Scope) -> None:
    _set(response, scope, session_cookie(scope), "", 0)


def give_way(response: Response, scope: Scope, state: str, *, onward: str, language: str) -> None:
    """Remember a sign-in at a provider: its state, where to go on, in which language. For this browser, ten minutes."""
    written = json.dumps([state, onward, language]).encode()
    value = base64.urlsafe_b64encode(written).decode().rstrip("=")
    _set(response, scope, f"{session_cookie(scope)}-way", value, _UNDER_WAY_SECONDS)


def take_way(response: Response, scope: Scope) -> None:
    _set(response, scope, f"{session_cookie(scope)}-way", "", 0)


def way_in(scope: Scope) -> tuple[str, str, str] | None:
    """State, where to go on, and language of a sign-in under way in this browser."""
    value = HTTPConnection(scope).cookies.get(f"{session_cookie(scope)}-way", "")
    try:
        state, onward, language = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except ValueError:
        return None
    return (state, onward, language) if all(isinstance(part, str) for part in (state, onward, language)) else None


def _set(response: Response, scope: Scope, name: str, value: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=over_https(scope), httponly=True, samesite="lax")
