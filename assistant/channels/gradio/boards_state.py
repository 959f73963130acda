"""What is open on the Boards page, and the dialogs about boards. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.boards.port import Place
from semantic_layer.errors import Language
from tools.boards.types import Sharing, Size


@dataclass(slots=True, kw_only=True)
class BoardsView:
    """The open board, if there is one. `told` is what could not be done, in place of a board."""

    place: Place | None = None
    editing: str = ""  # the comment that is being changed
    typed: str = ""  # what stands in the comment box after it was refused
    fault: str = ""  # of the comment box
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinDialog:
    """Where an answer is to be kept. `board` is an id, or empty for a new one called `name`."""

    turn: str
    board: str = ""
    name: str = ""
    title: str = ""
    note: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardNameDialog:
    """A new board, or another name for one."""

    board: str = ""
    name: str = ""
    language: Language = "zh"
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileDialog:
    board: str
    tile: str
    title: str
    note: str
    size: Size
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareDialog:
    board: str
    sharing: Sharing
    people: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDialog:
    """A link to the answer of a turn; `address` once it was made."""

    turn: str
    address: str = ""
    token: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeDialog:
    board: str
    tile: str = ""
    every: Literal["day", "week", "change"] = "week"
    way: Literal["any", "mail", "slack"] = "any"
    op: str = ""
    bound: str = ""
    fault: str = ""


BoardDialog = PinDialog | BoardNameDialog | TileDialog | ShareDialog | LinkDialog | SubscribeDialog
