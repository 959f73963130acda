"""Who is in a segment and how that came about: what stands now, what moved at each look, and the seam to where it is kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from pyroaring import BitMap

from semantic_layer.errors import Text
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Audience
from tools.segments.types import ChangedMeanwhileError

Side = Literal["entered", "left"]


class Cause(StrEnum):
    """Why somebody came into a segment or left it."""

    BEHAVIOUR = "behaviour"  # something they did since the last look
    TIME = "time"  # they did nothing: days went by
    CHANGED = "changed"  # their record, or what is recorded of their past
    MERGED = "merged"  # two customers were found to be one
    SPLIT = "split"  # one customer was found to be two
    NEW = "new"  # they are in the data for the first time
    GONE = "gone"  # they are not in the data any more
    EDITED = "edited"  # the rule, not the people
    LISTED = "listed"  # the list was changed by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """People who moved to one side for one cause; `conditions` are those that began, or ceased, to hold for them."""

    side: Side
    cause: Cause
    keys: BitMap
    conditions: tuple[Predicate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One look at a segment. `moved` says who came and went since the look before: each person once.

    `as_of` is the data's day, `data_version` names the data that was looked at, `version` the rule. The first look, with
    `serial` 1, has nobody moved: where the people before it were is not known.
    """

    segment_id: str
    serial: int
    at: datetime
    as_of: date
    data_version: str
    version: int
    size: int
    moved: tuple[Moved, ...] = ()

    def people(self, side: Side) -> BitMap:
        """Everybody who moved to one side."""
        return BitMap.union(*(one.keys for one in self.moved if one.side == side), BitMap())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who is in a segment as of its last look, and for each condition of its rule who met it then."""

    segment_id: str
    serial: int
    at: datetime
    as_of: date
    data_version: str
    version: int
    audience: Audience
    keys: BitMap
    parts: tuple[tuple[Predicate, BitMap], ...] = ()

    def met(self, part: Predicate) -> BitMap | None:
        """Who met a condition at the last look; `None` for one that was not part of the rule."""
        return next((keys for own, keys in self.parts if own == part), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A look that did not succeed: what stands is as old as it says."""

    segment_id: str
    at: datetime
    why: Text


class MembershipStore(Protocol):
    """Keeps who is in the segments of one data set. Raises `DataError` when it cannot be read or written."""

    def standing(self, segment_id: str) -> Standing | None: ...

    def standings(self, segment_ids: Sequence[str], *, whole: bool = True) -> Mapping[str, Standing]:
        """What stands of several segments, read at once; those without are left out. Not `whole`, the parts are left out."""
        ...

    def snapshots(self, segment_id: str) -> tuple[Snapshot, ...]:
        """All looks with their movements, oldest first."""
        ...

    def sizes(self, segment_id: str) -> tuple[Snapshot, ...]:
        """All looks without their movements, oldest first: little to read."""
        ...

    def keep(self, looks: Sequence[tuple[Standing, Snapshot]]) -> None:
        """What stands now of some segments, with the looks that found it, all or none; a success clears the last failure.

        Raises `ChangedMeanwhileError` when somebody else looked between.
        """
        ...

    def fail(self, failure: Failure) -> None: ...

    def failures(self) -> tuple[Failure, ...]: ...

    def forget(self, keys: BitMap) -> int:
        """Take people out of everything that is kept; how many records held one of them. Sizes of the past stay."""
        ...


class MembershipInMemory:
    """The fake: keeps everything as long as the process lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing: dict[str, Standing] = {}
        self._snapshots: dict[str, list[Snapshot]] = {}
        self._failures: dict[str, Failure] = {}

    def standing(self, segment_id: str) -> Standing | None:
        return self._standing.get(segment_id)

    def standings(self, segment_ids: Sequence[str], *, whole: bool = True) -> Mapping[str, Standing]:
        return {name: self._standing[name] for name in segment_ids if name in self._standing}

    def snapshots(self, segment_id: str) -> tuple[Snapshot, ...]:
        return tuple(self._snapshots.get(segment_id, ()))

    def sizes(self, segment_id: str) -> tuple[Snapshot, ...]:
        return tuple(replace(one, moved=()) for one in self.snapshots(segment_id))

    def keep(self, looks: Sequence[tuple[Standing, Snapshot]]) -> None:
        with self._lock:
            for standing, _ in looks:
                stored = self._standing.get(standing.segment_id)
                if (stored.serial if stored else 0) != standing.serial - 1:
                    raise ChangedMeanwhileError(standing.segment_id)
            for standing, snapshot in looks:
                self._standing[standing.segment_id] = standing
                self._snapshots.setdefault(snapshot.segment_id, []).append(snapshot)
                self._failures.pop(standing.segment_id, None)

    def fail(self, failure: Failure) -> None:
        self._failures[failure.segment_id] = failure

    def failures(self) -> tuple[Failure, ...]:
        return tuple(self._failures.values())

    def forget(self, keys: BitMap) -> int:
        with self._lock:
            held = 0
            for name, standing in self._standing.items():
                held += bool(standing.keys & keys)
                parts = tuple((part, met - keys) for part, met in standing.parts)
                self._standing[name] = replace(standing, keys=standing.keys - keys, parts=parts)
            for name, looks in self._snapshots.items():
                held += sum(bool(one.keys & keys) for look in looks for one in look.moved)
                self._snapshots[name] = [_without(look, keys) for look in looks]
            return held


def _without(look: Snapshot, keys: BitMap) -> Snapshot:
    return replace(look, moved=tuple(replace(one, keys=one.keys - keys) for one in look.moved))


def people_on(standing: Standing, snapshots: Sequence[Snapshot], day: date) -> BitMap | None:
    """Who was in at the end of a day of the data, by undoing what moved since; `None` before the first look."""
    if not snapshots or snapshots[0].as_of > day:
        return None
    keys = BitMap(standing.keys)
    for look in reversed(snapshots):
        if look.as_of <= day:
            break
        keys -= look.people("entered")
        keys |= look.people("left")
    return keys
