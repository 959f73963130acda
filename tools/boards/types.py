"""A board and what stands on it: questions as plans, never their numbers. And who may do what with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from semantic_layer.errors import Language, NotAllowedError, Text, UserError
from semantic_layer.query.plan import Plan


class Sharing(StrEnum):
    """Who may look at a board besides its owner."""

    PRIVATE = "private"
    CHOSEN = "chosen"  # those whom `Board.people` names
    EVERYONE = "everyone"  # who has a role in the data set


class Size(StrEnum):
    """How much of the width of a board a tile takes: a third, a half, all of it."""

    SMALL = "small"
    WIDE = "wide"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A pinned answer. The chart that was chosen is part of `plan`; `removed_at` is set while it can be put back."""

    id: str
    plan: Plan
    title: str
    language: Language
    added_by: str
    added_at: datetime
    note: str = ""
    size: Size = Size.SMALL
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Tiles in their order, those that were taken away too. `revision` counts changes; `deleted_at` as for a tile."""

    id: str
    data_set: str
    name: str
    owner: str
    language: Language
    created_at: datetime
    updated_at: datetime
    sharing: Sharing = Sharing.PRIVATE
    people: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    revision: int = 1
    deleted_at: datetime | None = None

    @property
    def shown(self) -> tuple[Tile, ...]:
        """The tiles that stand on it."""
        return tuple(tile for tile in self.tiles if tile.removed_at is None)

    def open_to(self, person: str) -> bool:
        """Whether somebody with a role in the data set may look at it."""
        match self.sharing:
            case Sharing.EVERYONE:
                return True
            case Sharing.CHOSEN:
                return person == self.owner or person in self.people
            case Sharing.PRIVATE:
                return person == self.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said about a board, or about one tile of it. `mentions` are logins that exist."""

    id: str
    board: str
    author: str
    text: str
    at: datetime
    tile: str = ""
    mentions: tuple[str, ...] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that leads to a board, or to one question with its plan. It opens nothing by itself: rights are those of
    whoever follows it. `token` cannot be guessed.
    """

    token: str
    data_set: str
    made_by: str
    made_at: datetime
    board: str = ""  # else `plan` is set
    plan: Plan | None = None
    title: str = ""
    language: Language = "zh"
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> Literal["open", "expired", "revoked"]:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "open"


Every = Literal["day", "week", "change"]
Way = Literal["any", "mail", "slack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A number that a tile is watched against: told when its value comes to hold."""

    op: Literal["<", ">"]
    value: float

    def holds(self, value: float) -> bool:
        return value < self.value if self.op == "<" else value > self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of a board, or of one tile, and when. Without a `board` it is the weekly letter of segments and campaigns.

    `seen` is a digest of what was shown last, so that only a change is told and no number is kept. `failures` counts attempts
    since the last letter that arrived; `token` ends it, without signing in.
    """

    id: str
    token: str
    data_set: str
    person: str
    every: Every
    language: Language
    made_at: datetime
    board: str = ""
    tile: str = ""
    way: Way = "any"
    bound: Bound | None = None
    seen: str = ""
    sent_at: datetime | None = None
    failures: int = 0
    fault: Text | None = None
    next_try: datetime | None = None
    ended_at: datetime | None = None


class NotTheirBoardError(NotAllowedError):
    """The board belongs to somebody else; says to whom."""

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(
            Text(
                zh=f"看板「{name}」是 {owner} 的，只有 {owner} 可以改。您可以固定到自己的看板。",
                en=f"The board {name!r} belongs to {owner}; only they may change it. Pin to a board of your own.",
            )
        )


class BoardNameTakenError(UserError):
    """The person has a board of that name already; `offer` is a free one."""

    def __init__(self, name: str, offer: str) -> None:
        super().__init__(
            Text(
                zh=f"您已经有名为「{name}」的看板，可以用「{offer}」。",
                en=f"You have a board called {name!r} already. {offer!r} is free.",
            ),
            suggestions=(offer,),
        )


class BoardChangedError(UserError):
    """Somebody else changed the board between reading and writing it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                zh=f"看板「{name}」刚在别处被改过，请再试一次。",
                en=f"The board {name!r} has just been changed elsewhere. Try once more.",
            )
        )


def moved(tiles: Iterable[Tile], tile: str, by: int) -> tuple[Tile, ...]:
    """The tiles with one of them `by` places further among those that stand on the board; it stops at the ends."""
    every = list(tiles)
    here = next(at for at, one in enumerate(every) if one.id == tile)
    shown = [at for at, one in enumerate(every) if one.removed_at is None]
    target = shown[max(0, min(len(shown) - 1, shown.index(here) + by))]
    one = every.pop(here)
    return (*every[:target], one, *every[target:])
