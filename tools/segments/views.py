"""What one person may be told of memberships that were looked at for everybody: only of people whom they may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from semantic_layer.policy.small_groups import small_rows
from tools.segments.membership import Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`people` are those whom the person may see, `None` for all; groups of fewer than `least` are not counted for them."""

    people: BitMap | None = None
    least: int = 0

    def of(self, keys: BitMap) -> BitMap:
        return keys if self.people is None else keys & self.people

    def count(self, keys: BitMap) -> int | None:
        """How many of them; `None` for so few that the number would point at persons."""
        number = len(self.of(keys))
        return None if 0 < number < self.least else number

    def counts(self, groups: Sequence[BitMap]) -> tuple[int | None, ...]:
        """How many are in each group that adds up with the others: one alone that is too small takes the next with it."""
        numbers = [len(self.of(keys)) for keys in groups]
        small = small_rows(numbers, self.least) if self.least > 0 else frozenset()
        return tuple(None if place in small else number for place, number in enumerate(numbers))

    def moved(self, moved: Iterable[Moved]) -> tuple[Moved, ...]:
        """The movements of the people in sight."""
        seen = (Moved(side=m.side, cause=m.cause, conditions=m.conditions, keys=self.of(m.keys)) for m in moved)
        return tuple(one for one in seen if one.keys)
