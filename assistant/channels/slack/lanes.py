"""Work behind a bounded queue: few threads, and the jobs of one lane one after another, in their order."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

LOG: Final = logging.getLogger(__name__)

Work = Callable[[], None]


class Lanes:
    """At most `most` jobs wait or run; each lane runs one at a time."""

    def __init__(self, name: str, *, workers: int, most: int) -> None:
        self._name = name
        self._workers = workers
        self._most = most
        self._changed = threading.Condition()
        self._lanes: dict[str, deque[Work]] = {}
        self._ready: deque[str] = deque()
        self._count = 0
        self._open = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._open = True
        self._threads = [
            threading.Thread(target=self._run, name=f"{self._name}-{number}", daemon=True)
            for number in range(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Take nothing more, drop what waits, and wait for what runs at most so long."""
        with self._changed:
            self._open = False
            self._lanes.clear()
            self._ready.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(seconds)

    def submit(self, lane: str, work: Work) -> int | None:
        """How many jobs of the same lane come first; `None` when it was not taken because too much waits."""
        with self._changed:
            if not self._open or self._count >= self._most:
                return None
            queue = self._lanes.get(lane)
            self._count += 1
            if queue is None:
                self._lanes[lane] = deque([work])
                self._ready.append(lane)
                self._changed.notify()
                return 0
            queue.append(work)
            return len(queue) - 1

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ready or not self._open)
                if not self._open:
                    return
                lane = self._ready.popleft()
                work = self._lanes[lane][0]
            try:
                work()
            except Exception:  # the last one to hear of it: one job must not end the others
                LOG.exception("a job of %s failed", self._name)
            finally:
                self._finished(lane)

    def _finished(self, lane: str) -> None:
        with self._changed:
            self._count -= 1
            queue = self._lanes.get(lane)
            if queue is None:
                return
            queue.popleft()
            if queue:
                self._ready.append(lane)
                self._changed.notify()
            else:
                del self._lanes[lane]
