"""Where boards, comments, links and subscriptions are kept: the seam, and the fake that lasts as long as the process."""

from __future__ import annotations

import threading
from typing import Protocol

from tools.boards.types import Board, BoardChangedError, Comment, Link, Subscription


class BoardStore(Protocol):
    """Rules about names and rights are not its business. Everything raises `DataError` when it cannot be read or written."""

    def boards(self, data_set: str) -> tuple[Board, ...]:
        """All of a data set, deleted ones too, oldest first."""
        ...

    def write(self, board: Board) -> None:
        """A revision of 1 is new; any other must follow the stored one, else `BoardChangedError`."""
        ...

    def comments(self, board: str) -> tuple[Comment, ...]:
        """Oldest first, deleted ones too."""
        ...

    def put_comment(self, comment: Comment) -> None:
        """New, or in the place of the one with its id."""
        ...

    def links(self, data_set: str) -> tuple[Link, ...]: ...

    def link(self, token: str) -> Link | None: ...

    def put_link(self, link: Link) -> None: ...

    def subscriptions(self, data_set: str) -> tuple[Subscription, ...]:
        """Oldest first, ended ones too."""
        ...

    def subscription(self, token: str) -> Subscription | None: ...

    def put_subscription(self, subscription: Subscription) -> None: ...


class BoardsInMemory:
    """The fake."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._boards: dict[str, Board] = {}
        self._comments: dict[str, Comment] = {}
        self._links: dict[str, Link] = {}
        self._subscriptions: dict[str, Subscription] = {}

    def boards(self, data_set: str) -> tuple[Board, ...]:
        return tuple(one for one in self._boards.values() if one.data_set == data_set)

    def write(self, board: Board) -> None:
        with self._lock:
            stored = self._boards.get(board.id)
            if (stored.revision if stored else 0) != board.revision - 1:
                raise BoardChangedError(board.name)
            self._boards[board.id] = board

    def comments(self, board: str) -> tuple[Comment, ...]:
        return tuple(one for one in self._comments.values() if one.board == board)

    def put_comment(self, comment: Comment) -> None:
        self._comments[comment.id] = comment

    def links(self, data_set: str) -> tuple[Link, ...]:
        return tuple(one for one in self._links.values() if one.data_set == data_set)

    def link(self, token: str) -> Link | None:
        return self._links.get(token)

    def put_link(self, link: Link) -> None:
        self._links[link.token] = link

    def subscriptions(self, data_set: str) -> tuple[Subscription, ...]:
        return tuple(one for one in self._subscriptions.values() if one.data_set == data_set)

    def subscription(self, token: str) -> Subscription | None:
        return next((one for one in self._subscriptions.values() if one.token == token), None)

    def put_subscription(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.id] = subscription
