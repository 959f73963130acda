"""A person's yes before something is changed or leaves. Each question is asked once, and its answer holds for one call only.

Clients up to protocol 2025-11-25 are asked while the call waits; later ones get the question as the reply to the call and
send the call again with the answer. Either way the preview is made anew afterwards: when it says something else than what
was agreed to, nothing is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from semantic_layer.errors import Language, NotAllowedError, Text

MOST_OPEN: Final = 1000
FIELD: Final = "approve"

_NOTHING: Final = Text("什么都没有做。", "Nothing was done.")
UNSUPPORTED: Final = Text(
    f"这一步要由一个人同意，而这个客户端不能向人提问（elicitation）。{_NOTHING.zh}请换一个能提问的客户端，或在页面上做。",
    f"A person has to agree to this, and this client cannot ask one (elicitation). {_NOTHING.en} Use a client that can, or the page.",
)
REFUSED: Final = Text(f"没有得到同意。{_NOTHING.zh}", f"This was not agreed to. {_NOTHING.en}")
CANCELLED: Final = Text(f"询问被关闭，没有得到同意。{_NOTHING.zh}", f"The question was dismissed. {_NOTHING.en}")
TOO_LATE: Final = Text(
    f"等待同意的时间过了。{_NOTHING.zh}需要的话请重新调用。",
    f"The time to agree is over. {_NOTHING.en} Call again if it is still wanted.",
)
OVER: Final = Text(
    f"这次询问已经答过，或已经不在了。{_NOTHING.zh}需要的话请重新调用。",
    f"This question was answered already, or is no longer open. {_NOTHING.en} Call again if it is still wanted.",
)
CHANGED: Final = Text(
    f"询问之后情况变了，和当时说的不一样。{_NOTHING.zh}请重新调用。",
    f"Things changed since the question was asked. {_NOTHING.en} Call again.",
)
_ASKED: Final = Text("您同意吗？", "Do you agree?")
_AGREE: Final = Text("同意", "Agree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is to be agreed to: by whom it was called (login and key), with what, and the preview that the person sees."""

    login: str
    key: str
    tool: str
    arguments: str  # as JSON text, so that two calls can be compared
    preview: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came back."""

    action: Literal["accept", "decline", "cancel"]
    content: Mapping[str, object]


def question(preview: Text, language: Language) -> str:
    """The preview and the question, as the person reads them."""
    return f"{preview.in_(language)}\n\n{_ASKED.in_(language)}"


def form(language: Language) -> dict[str, object]:
    """The JSON schema of the one field that is asked for."""
    return {
        "type": "object",
        "properties": {FIELD: {"type": "boolean", "title": _AGREE.in_(language), "default": False}},
        "required": [FIELD],
    }


def agreed(said: Said) -> None:
    """Raises `NotAllowedError` for anything but a clear yes."""
    if said.action == "cancel":
        raise NotAllowedError(CANCELLED)
    if said.action != "accept" or said.content.get(FIELD) is not True:
        raise NotAllowedError(REFUSED)


class OpenQuestions:
    """Questions whose answer comes with a later call. Each is taken once, by the key that asked, for the same call."""

    def __init__(self, *, clock: Callable[[], datetime], new_id: Callable[[], str], patience: timedelta) -> None:
        self._clock = clock
        self._new_id = new_id
        self._patience = patience
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Asking, datetime]] = {}

    def put(self, asking: Asking) -> str:
        """Remember a question; the id that its answer must come with. The oldest are forgotten first."""
        number = self._new_id()
        with self._lock:
            while len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
            self._open[number] = (asking, self._clock())
        return number

    def take(self, number: str, asking: Asking) -> None:
        """Take a question that was answered; raises `NotAllowedError` unless it was this one, asked a short while ago."""
        with self._lock:
            found, at = self._open.pop(number, (None, self._clock()))
        if found is None:
            raise NotAllowedError(OVER)
        if self._clock() - at > self._patience:
            raise NotAllowedError(TOO_LATE)
        if found != asking:
            raise NotAllowedError(CHANGED)
