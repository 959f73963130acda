"""What the page's tool-kit (Gradio 6) serves, address by address, and what each takes. Nothing else is let through.

The tool-kit mounts more than the page needs: direct calls of handlers, uploads, a proxy, sharing, profiling, an editor.
Those stay closed to everybody, whoever is signed in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

API: Final = "/gradio_api/"


class Takes(StrEnum):
    """How a request names what it is about, and so what the guard must look at."""

    FILE_OF_THE_TOOLKIT = "the same for everybody; needs no sign-in"
    NOTHING = "needs a sign-in only"
    TAB_IN_PATH = "a tab, by its session_hash in the path"
    TAB_IN_QUERY = "a tab, in the query"
    TAB_IN_BODY = "a tab, in the body"
    QUESTION = "a tab in the body; the answer names the event that was made"
    EVENT_IN_BODY = "a tab and an event, in the body"
    DOWNLOAD = "a file that was put out for somebody"
    CLOSED = "not offered to anybody"
    UNKNOWN = "no address of the page"


_READ: Final = frozenset({"GET", "HEAD"})
_POST: Final = frozenset({"POST"})

_OPEN_FILES: Final = re.compile(r"/(?:assets|static|svelte)/.+|/(?:theme\.css|favicon\.ico|manifest\.json)")

_ADDRESSES: Final[tuple[tuple[frozenset[str], re.Pattern[str], Takes], ...]] = (
    (_READ, re.compile(r"startup-events|app_id|theme\.css"), Takes.NOTHING),
    (_POST, re.compile(r"reset/?"), Takes.NOTHING),  # the tool-kit does nothing with it
    (_READ, re.compile(r"heartbeat/(?P<tab>[^/]+)"), Takes.TAB_IN_PATH),
    (_READ, re.compile(r"queue/data"), Takes.TAB_IN_QUERY),
    (_POST, re.compile(r"queue/join"), Takes.QUESTION),
    (_POST, re.compile(r"component_server/?"), Takes.TAB_IN_BODY),
    (_POST, re.compile(r"cancel"), Takes.EVENT_IN_BODY),
    (_READ, re.compile(r"file=(?P<file>/.+)"), Takes.DOWNLOAD),
)


def is_open_file(method: str, path: str) -> bool:
    """Whether this is a file that ships with the tool-kit."""
    return method in _READ and _OPEN_FILES.fullmatch(path) is not None


def taken(method: str, path: str, pages: Sequence[str]) -> tuple[Takes, str]:
    """What a request to the page takes, and the tab or file that its path names. `pages` are addresses of whole pages."""
    if is_open_file(method, path):
        return Takes.FILE_OF_THE_TOOLKIT, ""
    if path in pages and method in _READ:
        return Takes.NOTHING, ""
    if not path.startswith(API):
        return Takes.UNKNOWN, ""
    for methods, pattern, takes in _ADDRESSES:
        found = pattern.fullmatch(path.removeprefix(API))
        if found is not None and method in methods:
            return takes, next(iter(found.groupdict().values()), "")
    return Takes.CLOSED, ""
