"""When a reader looks whether a newer version was published: seldom enough to cost nothing, soon enough to be seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from semantic_layer.engines.version import manifest_of

OFTEN: Final = 0.5
"""Seconds between two looks at the manifest."""


class Following:
    """Looks at the manifest of a line of versions. It is replaced whole, so another file means another version."""

    def __init__(self, folder: Path, line: str, seconds: Callable[[], float]) -> None:
        self._manifest = manifest_of(folder, line)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._seen: tuple[int, int, int] | None = None

    def due(self) -> bool:
        """Whether the manifest is another than at the last look; of several that ask at once, one is told."""
        with self._lock:
            now = self._seconds()
            if self._looked_at is not None and now - self._looked_at < OFTEN:
                return False
            self._looked_at = now
            try:
                found = self._manifest.stat()
            except OSError:
                return False
            seen, self._seen = self._seen, (found.st_mtime_ns, found.st_ino, found.st_size)
            return seen != self._seen

    def again(self) -> None:
        """What was published could not be opened: tell of it once more at the next look."""
        with self._lock:
            self._seen = None
