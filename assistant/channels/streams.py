"""How many answers are streamed at once, over all doors: beyond the limit a newcomer is told to come back."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from semantic_layer.errors import Text, UserError

RETRY_AFTER: Final = 5  # seconds
LEAST_EACH: Final = 4


class BusyError(UserError):
    """All places are taken; nothing was begun. `retry_after` is in seconds."""

    def __init__(self, message: Text, *, retry_after: int = RETRY_AFTER) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OpenStream:
    """A place that is held; closing it a second time does nothing."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class OpenStreams:
    """Places for `most` streams in all, and for `each` of one person (a quarter of all unless said), so that nobody can
    take every place. Safe for several threads.
    """

    def __init__(self, most: int, *, each: int | None = None) -> None:
        self._most = most
        self._each = each if each is not None else max(LEAST_EACH, most // 4)
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many are open now."""
        with self._lock:
            return self._held.total()

    def open(self, login: str) -> OpenStream:
        """A place, to be closed by whoever took it; raises `BusyError` when there is none."""
        with self._lock:
            if self._held[login] >= self._each:
                raise BusyError(
                    Text(
                        f"您已有 {self._each} 个回答正在发送，这是每人的上限。请等其中一个结束后再试。",
                        f"{self._each} answers are being streamed to you, the most for one person. Wait for one to end, then retry.",
                    )
                )
            if self._held.total() >= self._most:
                raise BusyError(
                    Text(
                        f"正在发送的回答已达上限（{self._most} 个）。请稍后再试。",
                        f"{self._most} answers are being streamed already, the most there may be. Retry a little later.",
                    )
                )
            self._held[login] += 1
        return OpenStream(lambda: self._close(login))

    def _close(self, login: str) -> None:
        with self._lock:
            self._held[login] -= 1
            if self._held[login] <= 0:
                del self._held[login]
