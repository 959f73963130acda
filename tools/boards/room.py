"""Everything about the boards of one data set in one value, over one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tools.boards.links import Links
from tools.boards.shelf import Shelf
from tools.boards.store import BoardStore
from tools.boards.subscribing import Subscriptions
from tools.boards.talk import Talk
from tools.boards.types import Board


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRoom:
    """Boards with their tiles, comments, links and subscriptions."""

    data_set: str
    shelf: Shelf
    talk: Talk
    links: Links
    subscriptions: Subscriptions


def room_of(
    store: BoardStore,
    data_set: str,
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    new_token: Callable[[], str],
    knows: Callable[[str], bool] = lambda _: False,
) -> BoardRoom:
    """The room of a data set. `new_token` gives what cannot be guessed; `knows` says whether a login has a role here."""

    def may_look(board: Board, person: str) -> bool:
        return board.open_to(person) and knows(person)

    return BoardRoom(
        data_set=data_set,
        shelf=Shelf(store, data_set, clock=clock, new_id=new_id),
        talk=Talk(store, clock=clock, new_id=new_id, knows=may_look),
        links=Links(store, data_set, clock=clock, new_token=new_token),
        subscriptions=Subscriptions(store, data_set, clock=clock, new_id=new_id, new_token=new_token),
    )
