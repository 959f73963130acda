"""What the Boards page needs, as a protocol. `desk.py` is the real one, `scripted.py` the one that needs no data.

Every method is for one `user` and raises a `UserError` that says what is wrong and what is allowed. Reading methods are called
at every drawing of the page: none computes anything. What does is a `Task`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from assistant.answer import Headline, Section
from assistant.stewardship.types import Task
from semantic_layer.errors import Language, Text
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from semantic_layer.table import Table
from tools.boards.shelf import Pinned
from tools.boards.types import Board, Bound, Comment, Every, Link, Sharing, Size, Subscription, Tile, Way
from tools.chart import ChartSpec

PaperFormat = Literal["pdf", "pptx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a tile says, computed under one person's rights. `value` is its number, where it has a single one."""

    text: str
    as_of: date
    headline: Headline | None = None
    chart: ChartSpec | None = None
    table: Table | None = None
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    restated: str = ""
    value: float | None = None


TileState = Literal["fresh", "old", "waiting", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileView:
    """A tile as one person sees it. `old` content is of an earlier version of the data, or past its age; with `failed`,
    `content` is the last that could be computed, if there is one, and `fault` says why there is none newer.
    """

    tile: Tile
    state: TileState
    content: Content | None = None
    computed_at: datetime | None = None
    fault: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A board by its id, or what a link leads to; with a link it is open to whoever may use the data set."""

    board: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A board in the list. `waiting` counts open comments that name the person."""

    board: Board
    mine: bool
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """All of a board for one person. `single` says that it is one question behind a link, not a board; `ready` that
    the file of `running` waits to be taken.
    """

    board: Board
    mine: bool
    tiles: tuple[TileView, ...]
    comments: tuple[Comment, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    links: tuple[Link, ...] = ()
    running: Task | None = None
    ready: bool = False
    may_export: bool = False
    single: bool = False

    @property
    def outdated(self) -> bool:
        """Whether something should be computed again."""
        return any(one.state in ("old", "waiting") for one in self.tiles)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinWish:
    """An answer to be kept: on the board of an id, or of a name, which is made when there is none."""

    plan: Plan
    title: str
    language: Language
    board: str = ""
    name: str = ""
    note: str = ""
    size: Size = Size.WIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeWish:
    """How somebody wants to be told. Without a tile it is about all of the board."""

    every: Every
    language: Language
    tile: str = ""
    way: Way = "any"
    bound: Bound | None = None


class BoardsPort(Protocol):
    """The boards of one data set."""

    # boards

    def boards(self, *, user: User) -> tuple[BoardRow, ...]:
        """One's own first, then those that others share."""
        ...

    def view(self, place: Place, *, user: User) -> BoardView: ...

    def opened(self, place: Place, *, user: User) -> None:
        """Somebody opened a board: it is noted, and what is outdated is computed as by `keep_up`."""
        ...

    def keep_up(self, place: Place, *, user: User) -> None:
        """Compute what is outdated in the background; nothing when nothing is."""
        ...

    def picture(self, chart: ChartSpec, *, dark: bool) -> str:
        """The chart as SVG text without its title; drawn once."""
        ...

    def create(self, name: str, *, language: Language, user: User) -> Board: ...

    def rename(self, board: str, name: str, *, user: User, language: Language | None = None) -> Board:
        """Another name, and the language that its tiles speak; `None` leaves that as it is."""
        ...

    def delete(self, board: str, *, user: User) -> Board: ...

    def restore(self, board: str, *, user: User) -> Board: ...

    def share(self, board: str, sharing: Sharing, people: str, *, user: User) -> Board:
        """`people` are logins, with commas or spaces between them. Raises for one that has no account or no role here."""
        ...

    # tiles

    def pin(self, wish: PinWish, *, user: User) -> Pinned: ...

    def change_tile(
        self,
        board: str,
        tile: str,
        *,
        user: User,
        title: str | None = None,
        note: str | None = None,
        size: Size | None = None,
    ) -> Board: ...

    def move(self, board: str, tile: str, places: int, *, user: User) -> Board: ...

    def remove(self, board: str, tile: str, *, user: User) -> Board: ...

    def put_back(self, board: str, tile: str, *, user: User) -> Board: ...

    def refresh(self, place: Place, *, user: User, tile: str = "") -> Task:
        """Compute all of a board anew, or one tile."""
        ...

    def stop(self, task: str, *, user: User) -> None:
        """Stop computing or writing; what was finished stays."""
        ...

    # links

    def link_board(self, board: str, days: int, *, user: User) -> Link: ...

    def link_answer(self, plan: Plan, title: str, language: Language, days: int, *, user: User) -> Link: ...

    def revoke(self, token: str, *, user: User) -> Link: ...

    def address(self, link: Link) -> str:
        """What is passed on."""
        ...

    def follow(self, token: str, *, user: User) -> Place:
        """Where a link leads; noted. Raises for one that ended, that was taken back, or of a board that is gone."""
        ...

    # comments

    def comment(self, place: Place, text: str, *, user: User, tile: str = "") -> Comment: ...

    def edit_comment(self, place: Place, comment: str, text: str, *, user: User) -> Comment: ...

    def delete_comment(self, place: Place, comment: str, *, user: User) -> Comment: ...

    def restore_comment(self, place: Place, comment: str, *, user: User) -> Comment: ...

    def settle(self, place: Place, comment: str, *, user: User, done: bool) -> Comment: ...

    # subscriptions

    def subscribe(self, board: str, wish: SubscribeWish, *, user: User) -> Subscription: ...

    def unsubscribe(self, subscription: str, *, user: User) -> Subscription: ...

    def digest(self, *, user: User) -> Subscription | None:
        """The person's weekly letter of segments and campaigns, if they have one."""
        ...

    def subscribe_digest(self, *, language: Language, user: User) -> Subscription: ...

    # files

    def export(self, place: Place, file_format: PaperFormat, *, user: User) -> Task:
        """Write the board in the background, every tile computed under this person's rights."""
        ...

    def taken(self, task: str, *, user: User) -> Path | None:
        """The file of an export that is done, once."""
        ...
