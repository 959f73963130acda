"""Lists in pages. A cursor holds the last name of its page, so that rows that come and go in between move nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from assistant.channels.http import words
from semantic_layer.errors import InvalidPlanError

_T = TypeVar("_T")


def page(
    items: Sequence[_T], name: Callable[[_T], str], *, limit: int, cursor: str | None
) -> tuple[list[_T], str | None]:
    """The rows after `cursor` in the order of their names, and the cursor of the next page, if there is one."""
    after = None if cursor is None else _read(cursor)
    rest = sorted((item for item in items if after is None or name(item) > after), key=name)
    shown = rest[:limit]
    return shown, _written(name(shown[-1])) if len(rest) > limit else None


def _written(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidPlanError(words.BAD_CURSOR) from error
