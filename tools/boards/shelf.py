"""The boards of one data set: make, rename, share, delete with undo; and the tiles on them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from semantic_layer.errors import InvalidPlanError, Language, Text, UserError
from semantic_layer.query.plan import Plan
from tools.boards.pinnable import refuse_unpinnable
from tools.boards.store import BoardStore
from tools.boards.types import Board, BoardNameTakenError, NotTheirBoardError, Sharing, Size, Tile, moved

MAX_NAME: Final = 60
MAX_TITLE: Final = 120
MAX_NOTE: Final = 500
MAX_TILES: Final = 40
KEPT_FOR: Final = timedelta(days=30)  # a tile that was taken away can be put back so long
OWN: Final = Text("我的看板", "My board")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """Where an answer stands now; `made` says that the board is new."""

    board: Board
    tile: Tile
    made: bool


class Shelf:
    """Rules over a `BoardStore`. Names are unique among the boards of one owner.

    Looking is for the owner and those the board is shared with; to everybody else it does not exist. Changing is for the
    owner. That somebody has a role in the data set is seen to by whoever calls.
    """

    def __init__(
        self, store: BoardStore, data_set: str, *, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._data_set = data_set
        self._clock = clock
        self._new_id = new_id

    # ---- reading

    def visible(self, person: str) -> tuple[Board, ...]:
        """The boards that somebody may look at: their own first, then newest change first."""
        found = [one for one in self._living() if one.open_to(person)]
        found.sort(key=lambda one: (one.updated_at, one.id), reverse=True)
        return tuple(sorted(found, key=lambda one: one.owner != person))

    def board(self, board: str, person: str) -> Board:
        """A board by its id. Raises `UserError` for one that is not there or not open to this person."""
        for one in self.visible(person):
            if one.id == board:
                return one
        raise _unknown()

    def linked(self, board: str) -> Board | None:
        """A living board whoever it is open to; for those who follow a link to it."""
        return next((one for one in self._living() if one.id == board), None)

    def named(self, name: str, person: str) -> Board | None:
        """The board that somebody means by a name: their own before another's."""
        return next((one for one in self.visible(person) if _key(one.name) == _key(name)), None)

    # ---- boards

    def create(self, name: str, *, by: str, language: Language) -> Board:
        """An empty board. Raises `BoardNameTakenError` with a free name, `InvalidPlanError` for an unusable one."""
        now = self._clock()
        board = Board(
            id=self._new_id(),
            data_set=self._data_set,
            name=self._usable(name, by),
            owner=by,
            language=language,
            created_at=now,
            updated_at=now,
        )
        self._store.write(board)
        return board

    def rename(self, board: str, name: str, *, by: str, language: Language | None = None) -> Board:
        """Another name, and the language that its tiles speak; `None` leaves that as it is."""
        found = self._own(board, by)
        return self._written(found, name=self._usable(name, by, but=found.id), language=language or found.language)

    def delete(self, board: str, *, by: str) -> Board:
        """Take a board away; `restore` brings it back."""
        return self._written(self._own(board, by), deleted_at=self._clock())

    def restore(self, board: str, *, by: str) -> Board:
        """Take back a deletion; under another name when its own was given away meanwhile."""
        gone = (one for one in self._store.boards(self._data_set) if one.id == board and one.owner == by)
        found = next(gone, None)
        if found is None:
            raise _unknown()
        return self._written(found, deleted_at=None, name=self._free(found.name, by, but=found.id))

    def share(self, board: str, sharing: Sharing, people: Iterable[str], *, by: str) -> Board:
        """Whether these people exist is seen to by whoever calls."""
        chosen = tuple(dict.fromkeys(one for one in people if one != by))
        if sharing is Sharing.CHOSEN and not chosen:
            raise InvalidPlanError(
                Text("请写上要共享给谁，或选「仅自己」。", "Name whom it is shared with, or choose “only me”.")
            )
        people = chosen if sharing is Sharing.CHOSEN else ()
        return self._written(self._own(board, by), sharing=sharing, people=people)

    # ---- tiles

    def pin(
        self,
        plan: Plan,
        *,
        title: str,
        by: str,
        language: Language,
        name: str = "",
        board: str = "",
        note: str = "",
        size: Size = Size.WIDE,
    ) -> Pinned:
        """Put an answer on a board by its id, else by its name: one that nobody has is made. With neither, on the person's
        own. Raises `NotTheirBoardError` for a board of somebody else.
        """
        refuse_unpinnable(plan)
        found = self._own(board, by) if board else self._meant(name.strip(), by)
        made = found is None
        if found is None:
            found = self.create(name.strip() or OWN.in_(language), by=by, language=language)
        if len(found.shown) >= MAX_TILES:
            raise InvalidPlanError(
                Text(
                    f"看板「{found.name}」已有 {MAX_TILES} 张卡片，放不下了。请移除几张，或固定到另一个看板。",
                    f"The board {found.name!r} holds {MAX_TILES} tiles, which is all it can. Remove some, or pin elsewhere.",
                )
            )
        tile = Tile(
            id=self._new_id(),
            plan=plan,
            title=_short(title.strip(), MAX_TITLE),
            language=language,
            added_by=by,
            added_at=self._clock(),
            note=_checked_note(note),
            size=size,
        )
        return Pinned(board=self._written(found, tiles=(*self._kept(found), tile)), tile=tile, made=made)

    def change_tile(
        self,
        board: str,
        tile: str,
        *,
        by: str,
        title: str | None = None,
        note: str | None = None,
        size: Size | None = None,
    ) -> Board:
        """Another title, note or size; what is `None` stays."""

        def changed(one: Tile) -> Tile:
            return replace(
                one,
                title=one.title if title is None else _short(title.strip(), MAX_TITLE) or one.title,
                note=one.note if note is None else _checked_note(note),
                size=size or one.size,
            )

        return self._tile_changed(board, tile, by, changed)

    def move(self, board: str, tile: str, places: int, *, by: str) -> Board:
        """A tile so many places further; it stops at the ends."""
        found = self._own(board, by)
        _shown(found, tile)
        return self._written(found, tiles=moved(found.tiles, tile, places))

    def remove(self, board: str, tile: str, *, by: str) -> Board:
        """Take a tile away; `put_back` undoes it, in its old place."""
        return self._tile_changed(board, tile, by, lambda one: replace(one, removed_at=self._clock()))

    def put_back(self, board: str, tile: str, *, by: str) -> Board:
        found = self._own(board, by)
        if all(one.id != tile for one in found.tiles):
            raise _no_tile()
        tiles = tuple(replace(one, removed_at=None) if one.id == tile else one for one in found.tiles)
        return self._written(found, tiles=tiles)

    # ---- what they share

    def _living(self) -> tuple[Board, ...]:
        return tuple(one for one in self._store.boards(self._data_set) if one.deleted_at is None)

    def _own(self, board: str, by: str) -> Board:
        found = self.board(board, by)
        if found.owner != by:
            raise NotTheirBoardError(found.name, found.owner)
        return found

    def _meant(self, name: str, by: str) -> Board | None:
        """The person's board of that name; the one that is always theirs without a name."""
        names = (name,) if name else (OWN.zh, OWN.en)
        own = {_key(one.name): one for one in self._living() if one.owner == by}
        found = next((own[_key(one)] for one in names if _key(one) in own), None)
        other = self.named(name, by) if name and found is None else None
        if other is not None:
            raise NotTheirBoardError(other.name, other.owner)
        return found

    def _tile_changed(self, board: str, tile: str, by: str, change: Callable[[Tile], Tile]) -> Board:
        found = self._own(board, by)
        _shown(found, tile)
        return self._written(found, tiles=tuple(change(one) if one.id == tile else one for one in found.tiles))

    def _kept(self, board: Board) -> tuple[Tile, ...]:
        oldest = self._clock() - KEPT_FOR
        return tuple(one for one in board.tiles if one.removed_at is None or one.removed_at > oldest)

    def _written(self, board: Board, **changes: object) -> Board:
        changed = replace(board, updated_at=self._clock(), revision=board.revision + 1)
        changed = replace(changed, **changes)  # type: ignore[arg-type]  # fields of Board
        self._store.write(changed)
        return changed

    def _usable(self, name: str, by: str, but: str = "") -> str:
        clean = " ".join(unicodedata.normalize("NFC", name).split())
        if not clean or len(clean) > MAX_NAME:
            raise InvalidPlanError(
                Text(f"看板名称要有 1 到 {MAX_NAME} 个字。", f"A board's name has 1 to {MAX_NAME} characters.")
            )
        free = self._free(clean, by, but)
        if free != clean:
            raise BoardNameTakenError(clean, free)
        return clean

    def _free(self, name: str, by: str, but: str = "") -> str:
        taken = {_key(one.name) for one in self._living() if one.owner == by and one.id != but}
        offer, number = name, 2
        while _key(offer) in taken:
            offer, number = f"{name} {number}", number + 1
        return offer


def _unknown() -> UserError:
    return UserError(
        Text(
            "这个看板不存在，或没有共享给您。请在「看板」页选一个。",
            "There is no such board, or it is not shared with you. Choose one under Boards.",
        )
    )


def _no_tile() -> UserError:
    return UserError(Text("这张卡片已不在看板上。", "This tile is not on the board any more."))


def _shown(board: Board, tile: str) -> Tile:
    for one in board.shown:
        if one.id == tile:
            return one
    raise _no_tile()


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _checked_note(note: str) -> str:
    clean = note.strip()
    if len(clean) > MAX_NOTE:
        raise InvalidPlanError(
            Text(
                f"备注最多 {MAX_NOTE} 字，现有 {len(clean)} 字。",
                f"A note has at most {MAX_NOTE} characters, not {len(clean)}.",
            )
        )
    return clean
