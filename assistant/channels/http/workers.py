"""A few threads that compute answers for many people in turn, and the bridge from them to the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from assistant.channels.streams import BusyError
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text

IDLE_SECONDS: Final = 20.0  # after which a thread without work ends
_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class Place:
    """A piece of work that waits or runs."""

    person: str
    work: Callable[[], None]


class Workers:
    """At most `threads` pieces of work run at once; `most` may wait in all, and `each` of one person.

    People take turns: whoever has many pieces waiting delays only the own ones. Threads start when needed and end when
    idle; work must not raise.
    """

    def __init__(self, threads: int, *, most: int, each: int) -> None:
        self._threads = threads
        self._most = most
        self._each = each
        self._waiting: OrderedDict[str, deque[Place]] = OrderedDict()
        self._changed = threading.Condition()
        self._started = 0
        self._idle = 0

    @property
    def waiting(self) -> int:
        """How many pieces of work have not begun."""
        with self._changed:
            return self._count()

    def submit(self, person: str, work: Callable[[], None]) -> Place:
        """A place in the queue; raises `BusyError` when it is full."""
        with self._changed:
            mine = self._waiting.get(person, ())
            if len(mine) >= self._each or self._count() >= self._most:
                raise BusyError(
                    Text(
                        f"排队的问题太多（您的 {len(mine)} 个，共 {self._count()} 个）。请稍后再试。",
                        f"Too many questions are waiting ({len(mine)} of yours, {self._count()} in all). Retry a little later.",
                    )
                )
            place = Place(person, work)
            self._waiting.setdefault(person, deque()).append(place)
            if self._idle < self._count() and self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._work, name="answers", daemon=True).start()
            self._changed.notify()
        return place

    def drop(self, place: Place) -> bool:
        """Give up a place that has not begun; whether it was still waiting."""
        with self._changed:
            mine = self._waiting.get(place.person)
            if mine is None or place not in mine:
                return False
            mine.remove(place)
            if not mine:
                del self._waiting[place.person]
            return True

    def _count(self) -> int:
        return sum(len(places) for places in self._waiting.values())

    def _work(self) -> None:
        while (place := self._next()) is not None:
            place.work()

    def _next(self) -> Place | None:
        """The first piece of whoever has waited longest for a turn; `None` when nothing came for a while."""
        with self._changed:
            self._idle += 1
            came = self._changed.wait_for(lambda: bool(self._waiting), IDLE_SECONDS)
            self._idle -= 1
            if not came:
                self._started -= 1
                return None
            person, places = self._waiting.popitem(last=False)
            place = places.popleft()
            if places:
                self._waiting[person] = places  # at the end of the turns
            return place


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class Job(Generic[_T]):
    """Work on a thread whose items arrive in the event loop it was made in, one by one; to be stopped by its maker.

    `work` is a generator function. Making a job raises `BusyError` when too many wait.
    """

    def __init__(self, workers: Workers, person: str, work: Callable[[Cancel], Iterator[_T]]) -> None:
        self._workers = workers
        self._work = work
        self._cancel = Cancel()
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[_T | _End] = asyncio.Queue()
        self._place = workers.submit(person, self._run)

    def __aiter__(self) -> Job[_T]:
        return self

    async def __anext__(self) -> _T:
        """The next item; raises what the work raised. Nothing is lost when waiting for it is given up."""
        item = await self._items.get()
        if isinstance(item, _End):
            self._items.put_nowait(item)  # an end stays an end
            if item.error is not None:
                raise item.error
            raise StopAsyncIteration
        return item

    def stop(self) -> None:
        """Give the place back: work that waits never begins, work that runs is told to stop."""
        self._cancel.press()
        self._workers.drop(self._place)

    def _run(self) -> None:
        try:
            for item in self._work(self._cancel):
                self._put(item)
                if self._cancel.pressed:
                    break
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits in the loop
            self._put(_End(error))
        else:
            self._put(_End(None))

    def _put(self, item: _T | _End) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
