"""Who is told of a board, and when the next letter is due: daily, weekly, on change; tried again when it did not arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from semantic_layer.errors import InvalidPlanError, Language, NotAllowedError, Text, UserError
from tools.boards.store import BoardStore
from tools.boards.types import Board, Bound, Every, Subscription, Way

WAITS: Final = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))
"""Before the next attempt, by how many failed; the last repeats."""
HOUR: Final = 8  # of the day, in the zone of the clock: daily and weekly letters go out then
MONDAY: Final = 0


class Subscriptions:
    """Subscriptions of one data set. Each person has at most one for a board, a tile of it, or the weekly letter."""

    def __init__(
        self,
        store: BoardStore,
        data_set: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        new_token: Callable[[], str],
    ) -> None:
        self._store = store
        self._data_set = data_set
        self._clock = clock
        self._new_id = new_id
        self._new_token = new_token

    def living(self) -> tuple[Subscription, ...]:
        return tuple(one for one in self._store.subscriptions(self._data_set) if one.ended_at is None)

    def of(self, person: str, board: str = "") -> tuple[Subscription, ...]:
        """What somebody subscribed to on one board; without a board, their weekly letter."""
        return tuple(one for one in self.living() if one.person == person and one.board == board)

    def subscribe(
        self,
        person: str,
        every: Every,
        *,
        language: Language,
        board: Board | None = None,
        tile: str = "",
        way: Way = "any",
        bound: Bound | None = None,
    ) -> Subscription:
        """A new subscription, or the person's old one with other wishes. A bound needs a tile, and "on change"."""
        if board is not None and tile and all(one.id != tile for one in board.shown):
            raise UserError(Text("这张卡片已不在看板上。", "This tile is not on the board any more."))
        if bound is not None and (every != "change" or not tile):
            raise InvalidPlanError(
                Text(
                    "界限只能用于一张卡片的「有变化时」提醒。请选一张卡片，或去掉界限。",
                    "A bound is for one tile, told on change. Choose a tile, or leave the bound out.",
                )
            )
        where = board.id if board is not None else ""
        old = next((one for one in self.of(person, where) if one.tile == tile), None)
        made = old or Subscription(
            id=self._new_id(),
            token=self._new_token(),
            data_set=self._data_set,
            person=person,
            every=every,
            language=language,
            made_at=self._clock(),
            board=where,
            tile=tile,
        )
        wished = replace(made, every=every, language=language, way=way, bound=bound)
        changed = old is None or (old.every, old.way, old.bound) != (every, way, bound)
        if changed:
            wished = replace(wished, failures=0, fault=None, next_try=None, seen="")
        self._store.put_subscription(wished)
        return wished

    def end(self, subscription: str, *, by: str) -> Subscription:
        found = next((one for one in self.living() if one.id == subscription), None)
        if found is None:
            raise UserError(Text("没有这个订阅。", "There is no such subscription."))
        if found.person != by:
            raise NotAllowedError(Text("只能取消自己的订阅。", "Only one's own subscriptions can be ended."))
        return self.ended(found)

    def end_by_token(self, token: str) -> Subscription:
        """What the address in a letter does, without signing in; doing it twice is doing it once."""
        found = self._store.subscription(token)
        if found is None or found.data_set != self._data_set:
            raise UserError(Text("没有这个订阅。", "There is no such subscription."))
        return found if found.ended_at is not None else self.ended(found)

    def ended(self, one: Subscription) -> Subscription:
        return self._put(replace(one, ended_at=self._clock()))

    # ---- what came of a letter

    def looked(self, one: Subscription, seen: str) -> Subscription:
        """Nothing to tell: what was seen is remembered."""
        return self._put(replace(one, seen=seen))

    def sent(self, one: Subscription, seen: str) -> Subscription:
        return self._put(replace(one, seen=seen, sent_at=self._clock(), failures=0, fault=None, next_try=None))

    def failed(self, one: Subscription, why: Text) -> Subscription:
        wait = WAITS[min(one.failures, len(WAITS) - 1)]
        return self._put(replace(one, failures=one.failures + 1, fault=why, next_try=self._clock() + wait))

    def _put(self, one: Subscription) -> Subscription:
        """Whoever unsubscribed while a letter was on its way stays so."""
        stored = self._store.subscription(one.token)
        if stored is not None and stored.ended_at is not None:
            one = replace(one, ended_at=stored.ended_at)
        self._store.put_subscription(one)
        return one


def is_due(one: Subscription, now: datetime) -> bool:
    """Whether it is time to look. Daily and weekly letters go out once after their hour; changes are looked for each time."""
    if one.ended_at is not None or (one.next_try is not None and one.next_try > now):
        return False
    if one.every == "change":
        return True
    last = one.sent_at or one.made_at
    return last < last_time(one.every, now)


def last_time(every: Every, now: datetime) -> datetime:
    """The last moment before `now` at which letters of this rhythm go out."""
    at = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if at > now:
        at -= timedelta(days=1)
    if every == "week":
        at -= timedelta(days=(at.weekday() - MONDAY) % 7)
    return at
