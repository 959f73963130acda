"""The boards of one data set for people: a `BoardsPort` over the rules, the numbers and the work in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from assistant.boards.looking import Lookout
from assistant.boards.port import BoardRow, BoardView, PaperFormat, PinWish, Place, SubscribeWish
from assistant.boards.working import Works
from assistant.stewardship.types import Task
from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.codec import Json
from semantic_layer.query.plan import Plan
from tools.boards.shelf import Pinned
from tools.boards.types import Board, Comment, Link, Sharing, Size, Subscription, Way
from tools.chart import ChartSpec

LINKS = "/shared/l/"
"""Where links are answered, below the address of the page."""

Note = Callable[[User, str, Mapping[str, Json]], None]
"""Who did what, with what belongs to it: into the ledger."""
Reach = Callable[[str, Way], None]
"""Raises a `UserError` that says what is missing when letters cannot reach a login that way."""


def reaches_everybody(_login: str, _way: Way) -> None:
    """Nothing is looked at before the first letter."""


class BoardDesk:
    """`base` is the address at which people reach the page. Views are noted, numbers never are."""

    def __init__(
        self, lookout: Lookout, works: Works, *, base: str, note: Note, reach: Reach = reaches_everybody
    ) -> None:
        self._lookout = lookout
        self._works = works
        self._room = lookout.room
        self._base = base.rstrip("/")
        self._note = note
        self._reach = reach

    # ---- boards

    def boards(self, *, user: User) -> tuple[BoardRow, ...]:
        self._lookout.numbers.reader(user)
        return tuple(
            BoardRow(board=one, mine=one.owner == user.name, waiting=self._room.talk.waiting_for(one, user.name))
            for one in self._room.shelf.visible(user.name)
        )

    def view(self, place: Place, *, user: User) -> BoardView:
        board = self._lookout.board(place, user)
        single, mine = _is_single(board), board.owner == user.name
        running = self._works.running(board, user)
        links = self._room.links.made_by(user.name) if mine and not single else ()
        return BoardView(
            board=board,
            mine=mine and not single,
            tiles=self._lookout.tiles(board, user),
            comments=() if single else self._room.talk.of(board),
            subscriptions=() if single else self._room.subscriptions.of(user.name, board.id),
            links=tuple(one for one in links if one.board == board.id and one.revoked_at is None),
            running=running,
            ready=running is not None and self._works.has_file(running),
            may_export=rights_of(user, self._lookout.numbers.policy).may_export,
            single=single,
        )

    def opened(self, place: Place, *, user: User) -> None:
        board = self._lookout.board(place, user)
        if not place.link:  # following the link was noted
            self._note(user, "looked at a board", {"board": board.id})
        self._keep_up(board, user)

    def keep_up(self, place: Place, *, user: User) -> None:
        self._keep_up(self._lookout.board(place, user), user)

    def picture(self, chart: ChartSpec, *, dark: bool) -> str:
        return self._lookout.pictures.svg(chart, dark=dark)

    def _keep_up(self, board: Board, user: User) -> None:
        views = self._lookout.tiles(board, user)
        outdated = [one.tile for one in views if one.state in ("old", "waiting")]
        if outdated:
            self._works.refresh(board, outdated, user)

    def create(self, name: str, *, language: Language, user: User) -> Board:
        self._lookout.numbers.reader(user)
        return self._room.shelf.create(name, by=user.name, language=language)

    def rename(self, board: str, name: str, *, user: User, language: Language | None = None) -> Board:
        return self._room.shelf.rename(board, name, by=user.name, language=language)

    def delete(self, board: str, *, user: User) -> Board:
        return self._room.shelf.delete(board, by=user.name)

    def restore(self, board: str, *, user: User) -> Board:
        return self._room.shelf.restore(board, by=user.name)

    def share(self, board: str, sharing: Sharing, people: str, *, user: User) -> Board:
        chosen = self._lookout.people(people) if sharing is Sharing.CHOSEN else ()
        shared = self._room.shelf.share(board, sharing, chosen, by=user.name)
        self._note(user, "shared a board", {"board": board, "with": sharing.value, "people": list(shared.people)})
        return shared

    # ---- tiles

    def pin(self, wish: PinWish, *, user: User) -> Pinned:
        self._lookout.numbers.reader(user)
        self._lookout.numbers.refuse(wish.plan)
        return self._room.shelf.pin(
            wish.plan,
            title=wish.title,
            by=user.name,
            language=wish.language,
            name=wish.name,
            board=wish.board,
            note=wish.note,
            size=wish.size,
        )

    def change_tile(
        self,
        board: str,
        tile: str,
        *,
        user: User,
        title: str | None = None,
        note: str | None = None,
        size: Size | None = None,
    ) -> Board:
        return self._room.shelf.change_tile(board, tile, by=user.name, title=title, note=note, size=size)

    def move(self, board: str, tile: str, places: int, *, user: User) -> Board:
        return self._room.shelf.move(board, tile, places, by=user.name)

    def remove(self, board: str, tile: str, *, user: User) -> Board:
        return self._room.shelf.remove(board, tile, by=user.name)

    def put_back(self, board: str, tile: str, *, user: User) -> Board:
        return self._room.shelf.put_back(board, tile, by=user.name)

    def refresh(self, place: Place, *, user: User, tile: str = "") -> Task:
        board = self._lookout.board(place, user)
        tiles = tuple(one for one in board.shown if tile in ("", one.id))
        if not tiles:
            raise InvalidPlanError(Text("看板上还没有卡片。", "Nothing stands on this board yet."))
        return self._works.refresh(board, tiles, user)

    def stop(self, task: str, *, user: User) -> None:
        self._works.stop(task, user)

    # ---- links

    def link_board(self, board: str, days: int, *, user: User) -> Link:
        found = self._lookout.board(Place(board=board), user)
        link = self._room.links.to_board(found, by=user.name, days=days)
        self._note(user, "made a link", {"board": board})
        return link

    def link_answer(self, plan: Plan, title: str, language: Language, days: int, *, user: User) -> Link:
        self._lookout.numbers.reader(user)
        self._lookout.numbers.refuse(plan)
        link = self._room.links.to_answer(plan, title=title, language=language, by=user.name, days=days)
        self._note(user, "made a link", {"question": link.title})
        return link

    def revoke(self, token: str, *, user: User) -> Link:
        return self._room.links.revoke(token, by=user.name)

    def address(self, link: Link) -> str:
        return f"{self._base}{LINKS}{link.token}"

    def follow(self, token: str, *, user: User) -> Place:
        place = Place(link=token)
        board = self._lookout.board(place, user)
        about: Mapping[str, Json] = {"question": board.name} if _is_single(board) else {"board": board.id}
        self._note(user, "followed a link", {**about, "made_by": self._room.links.follow(token).made_by})
        return place if _is_single(board) else Place(board=board.id, link=token)

    # ---- comments

    def comment(self, place: Place, text: str, *, user: User, tile: str = "") -> Comment:
        return self._room.talk.say(self._talked(place, user), text, by=user.name, tile=tile)

    def edit_comment(self, place: Place, comment: str, text: str, *, user: User) -> Comment:
        return self._room.talk.edit(self._talked(place, user), comment, text, by=user.name)

    def delete_comment(self, place: Place, comment: str, *, user: User) -> Comment:
        return self._room.talk.delete(self._talked(place, user), comment, by=user.name)

    def restore_comment(self, place: Place, comment: str, *, user: User) -> Comment:
        return self._room.talk.restore(self._talked(place, user), comment, by=user.name)

    def settle(self, place: Place, comment: str, *, user: User, done: bool) -> Comment:
        return self._room.talk.settle(self._talked(place, user), comment, by=user.name, done=done)

    # ---- subscriptions

    def subscribe(self, board: str, wish: SubscribeWish, *, user: User) -> Subscription:
        self._reach(user.name, wish.way)
        return self._room.subscriptions.subscribe(
            user.name,
            wish.every,
            language=wish.language,
            board=self._lookout.board(Place(board=board), user),
            tile=wish.tile,
            way=wish.way,
            bound=wish.bound,
        )

    def unsubscribe(self, subscription: str, *, user: User) -> Subscription:
        return self._room.subscriptions.end(subscription, by=user.name)

    def digest(self, *, user: User) -> Subscription | None:
        return next(iter(self._room.subscriptions.of(user.name)), None)

    def subscribe_digest(self, *, language: Language, user: User) -> Subscription:
        self._lookout.numbers.reader(user)
        self._reach(user.name, "any")
        return self._room.subscriptions.subscribe(user.name, "week", language=language)

    # ---- files

    def export(self, place: Place, file_format: PaperFormat, *, user: User) -> Task:
        return self._works.export(self._lookout.board(place, user), file_format, user)

    def taken(self, task: str, *, user: User) -> Path | None:
        return self._works.taken(task, user)

    def close(self) -> None:
        """Stop what runs where nothing is lost."""
        self._works.close()

    def _talked(self, place: Place, user: User) -> Board:
        board = self._lookout.board(place, user)
        if _is_single(board):
            raise InvalidPlanError(
                Text(
                    "单个回答的链接不能评论。把它固定到看板后，可以在看板上讨论。",
                    "A link to one answer takes no comments. Pin it to a board and talk about it there.",
                )
            )
        return board


def _is_single(board: Board) -> bool:
    """Whether it is a question behind a link."""
    return board.id.startswith("link ")
