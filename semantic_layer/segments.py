"""The seam to saved segments: what the compiler must know about them, and a fake that holds them in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from semantic_layer.query.types import Audience


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a list of people, as bits: bit `n`, the highest of each byte first, stands for the key `low + n`."""

    low: int
    bits: bytes

    def __post_init__(self) -> None:
        if not self.bits:
            raise ValueError("no bits: a list of nobody has one that is not set")

    @property
    def high(self) -> int:
        """The last key that has a bit."""
        return self.low + 8 * len(self.bits) - 1


class SegmentLookup(Protocol):
    """Finds what a saved segment means by its name."""

    def audience(self, name: str) -> Audience | None:
        """The rule of the segment; `None` when there is no such segment."""
        ...

    def members(self, name: str) -> Members | None:
        """The people of a segment that is a list; `None` for one that goes by a rule, and when there is no such segment.

        Raises `DataError` when there is a list but it cannot be read: who is in it must not be guessed.
        """
        ...

    def names(self) -> tuple[str, ...]: ...

    def seen_by(self, person: str, *, manages: bool) -> SegmentLookup:
        """The same without the segments that this person may not use; `manages` for those who manage everybody's."""
        ...


class SegmentsInMemory:
    """Segments given as mappings; the fake for tests and the choice of a layer without segments. Everybody sees them."""

    def __init__(
        self, segments: Mapping[str, Audience] | None = None, lists: Mapping[str, Members] | None = None
    ) -> None:
        self._segments = dict(segments or {})
        self._lists = dict(lists or {})

    def audience(self, name: str) -> Audience | None:
        return self._segments.get(name)

    def members(self, name: str) -> Members | None:
        return self._lists.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*self._segments, *self._lists}))

    def seen_by(self, person: str, *, manages: bool) -> SegmentsInMemory:
        return self
