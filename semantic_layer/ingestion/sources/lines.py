"""Blocks of whole lines of a text file, which know where each line lies. Shared by CSV and NDJSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 8_000_000  # bytes that are read at once
MOST_LINE: Final = 16_000_000  # bytes of one line, and of one record
_LINE_BREAK: Final = 10


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines. `offset` is the byte of the first, `line` its number; `is_last` when the file ends with them."""

    content: bytes
    offset: int
    line: int
    is_last: bool

    @property
    def count(self) -> int:
        """How many lines; the last may lack its line break."""
        return self.content.count(b"\n") + (bool(self.content) and not self.content.endswith(b"\n"))

    def starts(self) -> NDArray[np.int64]:
        """The byte of the file that each line begins with, and the one after the last."""
        ends = np.flatnonzero(np.frombuffer(self.content, np.uint8) == _LINE_BREAK) + 1
        if self.content and not self.content.endswith(b"\n"):
            ends = np.append(ends, len(self.content))
        return np.append(0, ends) + self.offset


def position(starts: NDArray[np.int64], first: int, line: int) -> str:
    """What resumes at a line of a block that begins with line `first`."""
    return f"{starts[line - first]}:{line}"


def resumed(after: str) -> tuple[int, int]:
    """The byte to begin at, and the number of the line there."""
    if not after:
        return 0, 1
    offset, _, line = after.partition(":")
    return int(offset), int(line)
