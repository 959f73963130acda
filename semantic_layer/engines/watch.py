"""Stops a running statement when its time is over or its person presses stop. It knows how to interrupt, nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from semantic_layer.engines.base import Cancel

_AGAIN = 0.02


class Ending(StrEnum):
    RUNNING = "running"
    OUT_OF_TIME = "out of time"
    PRESSED = "pressed"


class Watch:
    """Watches one statement. `ending` says why it was interrupted, if it was."""

    def __init__(self, interrupt: Callable[[], None], seconds: float) -> None:
        self.ending = Ending.RUNNING
        self._interrupt = interrupt
        self._seconds = seconds
        self._wake = threading.Event()
        self._done = threading.Event()

    @contextmanager
    def over(self, cancel: Cancel) -> Iterator[None]:
        """Watch for as long as the block lasts."""
        thread = threading.Thread(target=self._watch, args=(cancel,), daemon=True)
        with cancel.on_press(self._wake.set):
            thread.start()
            try:
                yield
            finally:
                self._done.set()
                self._wake.set()
                thread.join()

    def _watch(self, cancel: Cancel) -> None:
        self._wake.wait(self._seconds)
        if self._done.is_set():
            return
        self.ending = Ending.PRESSED if cancel.pressed else Ending.OUT_OF_TIME
        # An interrupt that comes before the statement has started is lost, hence more than one.
        while not self._done.is_set():
            self._interrupt()
            self._done.wait(_AGAIN)
