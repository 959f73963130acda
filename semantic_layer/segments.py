"""The seam to saved segments: what the compiler must know about them, and a fake that holds them in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from semantic_layer.query.types import Audience


class SegmentLookup(Protocol):
    """Finds the definition of a saved segment by its name."""

    def audience(self, name: str) -> Audience | None: ...

    def names(self) -> tuple[str, ...]: ...


class SegmentsInMemory:
    """Segments given as a mapping; the fake for tests and the choice of a layer without segments."""

    def __init__(self, segments: Mapping[str, Audience] | None = None) -> None:
        self._segments = dict(segments or {})

    def audience(self, name: str) -> Audience | None:
        return self._segments.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._segments))
