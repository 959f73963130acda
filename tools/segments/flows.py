"""How segments lie over each other, and how people moved between them: counts of bitmaps, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap

from tools.segments.views import Sight

NONE = ""
"""The name of the place of people who are in none of the segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """`counts[i][j]` people are in both; on the diagonal in the one. `None` where too few to be told."""

    names: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]

    def jaccard(self, one: int, two: int) -> float | None:
        """People in both as a part of those in either (Jaccard index); `None` where that is not known or nobody is in."""
        both, first, second = self.counts[one][two], self.counts[one][one], self.counts[two][two]
        if both is None or first is None or second is None:
            return None
        either = first + second - both
        return both / either if either else None

    def part(self, one: int, two: int) -> float | None:
        """People in both as a part of those in the first."""
        both, first = self.counts[one][two], self.counts[one][one]
        return both / first if both is not None and first else None


def overlaps(names: Sequence[str], people: Sequence[BitMap], sight: Sight) -> Overlaps:
    """The matrix of all pairs. Both halves are filled; each pair is counted once."""
    seen = [sight.of(keys) for keys in people]
    size = len(seen)
    counts: list[list[int | None]] = [[0] * size for _ in range(size)]
    for one in range(size):
        for two in range(one, size):
            number = len(seen[one]) if one == two else seen[one].intersection_cardinality(seen[two])
            counts[one][two] = counts[two][one] = None if 0 < number < sight.least else number
    return Overlaps(names=tuple(names), counts=tuple(tuple(row) for row in counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """People who were in `before` on the first day and in `after` on the last; `NONE` is none of the segments."""

    before: str
    after: str
    people: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How people moved between segments from the end of one day to the end of another.

    Whoever is in several counts in the first of them; `several` are those, on either day. Those in none on both days are no
    part of it. `recorded` says whether both days were looked at, else today's rules were asked of the data for those days.
    """

    names: tuple[str, ...]
    start: date
    end: date
    streams: tuple[Stream, ...]
    several: int
    recorded: bool

    def people(self, before: str, after: str) -> int | None:
        return next((one.people for one in self.streams if (one.before, one.after) == (before, after)), 0)


def streams(
    names: Sequence[str], before: Sequence[BitMap], after: Sequence[BitMap], sight: Sight
) -> tuple[tuple[Stream, ...], int]:
    """All streams with people in them, and how many people were in several segments on a day."""
    first, twice = _apart([sight.of(keys) for keys in before])
    last, again = _apart([sight.of(keys) for keys in after])
    places = (*names, NONE)
    came = BitMap.union(BitMap(), *last) - BitMap.union(BitMap(), *first)
    gone = BitMap.union(BitMap(), *first) - BitMap.union(BitMap(), *last)
    starts, ends = [*first, came], [*last, gone]
    pairs = [(one, two) for one in range(len(places)) for two in range(len(places))]
    counts = sight.counts([starts[one] & ends[two] for one, two in pairs])
    found = [
        Stream(before=places[one], after=places[two], people=number)
        for (one, two), number in zip(pairs, counts, strict=True)
        if number != 0
    ]
    return tuple(found), len(twice | again)


def _apart(people: Sequence[BitMap]) -> tuple[list[BitMap], BitMap]:
    """Each person in the first of their segments only, and those who were in several."""
    taken, several = BitMap(), BitMap()
    found: list[BitMap] = []
    for keys in people:
        several |= keys & taken
        found.append(keys - taken)
        taken |= keys
    return found, several
