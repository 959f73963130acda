"""Where a person may be sent after signing in: places on this server alone."""

from __future__ import annotations

import re
from typing import Final

HOME: Final = "/"
_LONGEST: Final = 2000
# One slash, then neither a second one nor a backslash: browsers take both for the beginning of a host name, and drop
# control characters before they look.
_LOCAL: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_AGAIN: Final = ("/sign-in", "/sign-out", "/password")


def local_path(wanted: str) -> str:
    """`wanted` when it is a path on this server, else the beginning. Pages of signing in lead nowhere themselves."""
    if len(wanted) > _LONGEST or not _LOCAL.fullmatch(wanted):
        return HOME
    path = re.split(r"[?#]", wanted, maxsplit=1)[0]
    return HOME if any(path == page or path.startswith(f"{page}/") for page in _AGAIN) else wanted
