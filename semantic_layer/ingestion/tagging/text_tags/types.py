"""What was found in a text, how well a method finds each label, and what a method is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

UNLABELLED = ""
"""What a text is that has none of a tag's labels."""


@dataclass(frozen=True, slots=True)
class Found:
    """A label of a text and how sure the method is, 0..1."""

    value: str
    score: float


class Finds(Protocol):
    """A dictionary or a classifier."""

    def find_all(self, texts: Sequence[str]) -> list[Found]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelQuality:
    """How well one label was found in texts whose truth is known. `low` and `high` bound the precision at 95 %.

    `precision` is `None` for a label that was never given, `recall` for one that never was true.
    """

    value: str
    given: int
    right: int
    true: int
    precision: float | None
    low: float
    high: float
    recall: float | None

    def holds(self, bar: float) -> bool:
        """Whether the label is good enough to be published."""
        return self.precision is not None and self.precision >= bar
