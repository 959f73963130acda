"""Finding a board for somebody, and what its tiles say under their rights."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from assistant.accounts.types import Account
from assistant.boards.cache import Key, TileCache, key_of, seen
from assistant.boards.numbers import Numbers
from assistant.boards.pictures import Pictures
from assistant.boards.port import Content, Place, TileView
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.policy.types import User
from tools.boards.room import BoardRoom
from tools.boards.types import Board, Sharing, Tile

_LOG: Final = logging.getLogger(__name__)
_BROKEN: Final = Text(
    "计算时意外中断。请刷新重试；若再次发生，请联系管理员查看日志。",
    "Computing broke off. Refresh to try again; if it happens again, ask an administrator to look at the log.",
)


class Directory(Protocol):
    """Who is there. `assistant.accounts.port.Access` is one."""

    def account(self, login: str) -> Account | None:
        """An active account by its login; `None` for one that is missing or closed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """What everything about boards of one data set shares."""

    room: BoardRoom
    numbers: Numbers
    directory: Directory
    clock: Callable[[], datetime]
    cache: TileCache = field(default_factory=TileCache)
    pictures: Pictures = field(default_factory=Pictures)

    def board(self, place: Place, user: User) -> Board:
        """The board of a place. Raises for somebody without a role, for a board that is not theirs to see, and for a link
        that ended; what stands behind a link to a question is a board of one tile.
        """
        self.numbers.reader(user)
        if not place.link:
            return self.room.shelf.board(place.board, user.name)
        link = self.room.links.follow(place.link)
        if link.plan is None:
            found = self.room.shelf.linked(link.board)
            if found is None:
                raise NotAllowedError(
                    Text(
                        f"链接指向的看板「{link.title}」已被删除。",
                        f"The board {link.title!r} of this link was deleted.",
                    )
                )
            return found
        tile = Tile(
            id="answer",
            plan=link.plan,
            title=link.title,
            language=link.language,
            added_by=link.made_by,
            added_at=link.made_at,
        )
        return Board(
            id=f"link {link.token}",
            data_set=link.data_set,
            name=link.title,
            owner=link.made_by,
            language=link.language,
            created_at=link.made_at,
            updated_at=link.made_at,
            sharing=Sharing.EVERYONE,
            tiles=(tile,),
        )

    def key(self, board: Board, tile: Tile, user: User) -> Key:
        return key_of(tile.plan, board.language, self.numbers.reader(user), user.name)

    def tiles(self, board: Board, user: User) -> tuple[TileView, ...]:
        """The tiles with what is known of them; nothing is computed."""
        version, now = self.numbers.version(), self.clock()
        return tuple(
            seen(tile, self.cache.get(self.key(board, tile, user)), version=version, now=now) for tile in board.shown
        )

    def compute(self, board: Board, tile: Tile, user: User, cancel: Cancel) -> Content | None:
        """Compute one tile and keep it; `None` when it failed, which is kept too. Raises `CancelledError` alone."""
        key, version = self.key(board, tile, user), self.numbers.version()
        try:
            content = self.numbers.compute(
                tile.plan, title=tile.title, user=user, language=board.language, cancel=cancel
            )
        except CancelledError:
            raise
        except UserError as error:
            self.cache.fail(key, error.message, version=version, at=self.clock())
            return None
        except Exception:  # noqa: BLE001  # one tile must not end the others; it is logged
            _LOG.exception("a tile of the board %s broke off", board.id)
            self.cache.fail(key, _BROKEN, version=version, at=self.clock())
            return None
        self.cache.put(key, content, version=version, at=self.clock())
        return content

    def draw(self, content: Content) -> None:
        """Draw the picture of a tile ahead, for light and dark pages."""
        if content.chart is not None and content.chart.spec:
            for dark in (False, True):
                self.pictures.svg(content.chart, dark=dark)

    def people(self, said: str) -> tuple[str, ...]:
        """The logins in a text. Raises `UnknownNameError` for one without an account, `NotAllowedError` for one without a
        role in this data set.
        """
        text = unicodedata.normalize("NFKC", said).replace("、", ",").replace(";", ",").replace("@", " ")
        names = dict.fromkeys(name for name in text.replace(",", " ").split() if name)
        return tuple(self._person(name) for name in names)

    def user(self, login: str, via: str) -> User | None:
        """Somebody as they are now to the policy of the data set; `None` without an account or a role."""
        account = self.directory.account(login)
        roles = account.roles_in(self.room.data_set) if account is not None else ()
        return User(name=login, roles=roles, via=via) if roles else None

    def _person(self, name: str) -> str:
        account = self.directory.account(name)
        if account is None:
            raise UnknownNameError(Text("账号", "account"), name)
        if not account.roles_in(self.room.data_set):
            raise NotAllowedError(
                Text(
                    f"「{name}」在这个数据集里没有角色，看不到看板。请管理员先分配角色。",
                    f"{name!r} has no role in this data set and could see nothing. Ask an administrator for a role.",
                )
            )
        return account.login
