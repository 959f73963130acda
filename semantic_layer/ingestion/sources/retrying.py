"""How often and after what pauses something that may come back is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Wait = Callable[[float], None]
"""Waits for some seconds; `time.sleep` outside of tests."""

ATTEMPTS: Final = 6
_LONGEST: Final = 60.0


class LostError(Exception):
    """The other side is gone, or not there yet: what was lost may come back. `why` is in the words of the driver."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Patience:
    """Pauses of 1, 2, 4 … seconds between attempts that follow each other without success."""

    wait: Wait
    attempts: int = ATTEMPTS
    failed: int = field(default=0, init=False)

    def succeeded(self) -> None:
        """Begin anew."""
        self.failed = 0

    def pause(self, at_least: float = 0.0) -> bool:
        """Wait for the next attempt; false, at once, when there were enough."""
        self.failed += 1
        if self.failed >= self.attempts:
            return False
        self.wait(min(max(2.0 ** (self.failed - 1), at_least), _LONGEST))
        return True
