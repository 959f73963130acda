"""Looks at many segments at one moment of the data: those that others rest on first, each condition asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from pyroaring import BitMap

from semantic_layer.engines.version import Versioned
from semantic_layer.errors import CancelledError, DataError, Text, UserError
from semantic_layer.query.predicate import And, Predicate
from semantic_layer.query.types import Audience
from tools.segments.algebra import renamed_in, segments_in
from tools.segments.causes import Before, CorrectedKeys, Readings, movements
from tools.segments.evaluation import Evaluation, Found
from tools.segments.lists import list_missing
from tools.segments.membership import Failure, MembershipStore, Moved, Snapshot, Standing
from tools.segments.types import ChangedMeanwhileError, Segment, name_key

EVERYBODY: Final[Predicate] = And(())
"""Stands beside the conditions of a rule for everybody who was in the data at the look."""

_AT_ONCE: Final = 25
"""Looks that are written together: few writes, and little lost when the power goes."""

Progress = Callable[[str, int, int], None]
"""Told the name of the segment looked at, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh did: the new looks, the segments that were up to date, those that failed, and whether it was stopped."""

    looks: tuple[Snapshot, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    cancelled: bool = False


def version_of(engine: object, as_of: date) -> str:
    """A name for the data as they are now: the published version and the data's day."""
    version = engine.version() if isinstance(engine, Versioned) else None
    return f"{version.serial if version is not None else ''}@{as_of.isoformat()}"


class Lookup:
    """What the names of segments mean to an evaluation: lists by their people, others by stored people or by their rule.

    Stored people are taken for the data's today only, when they are those of this data and of the rule as it stands.
    """

    def __init__(self, segments: Iterable[Segment], store: MembershipStore, data_version: str, as_of: date) -> None:
        self._named = {name_key(one.name): one for one in segments}
        self._store = store
        self._data_version = data_version
        self._as_of = as_of
        self._read: dict[str, Standing | None] = {}
        self._now: dict[str, BitMap] = {}

    def __call__(self, name: str, as_of: date | None) -> BitMap | Audience | None:
        segment = self._named.get(name_key(name))
        if segment is None:
            return None
        if segment.frozen:
            return self.listed(segment)
        if as_of not in (None, self._as_of):
            return segment.audience
        known = self._now.get(segment.id)
        if known is None:
            standing = self.standing(segment)
            fresh = standing is not None and is_fresh(standing, segment, self._data_version)
            known = standing.keys if standing is not None and fresh else None
        return segment.audience if known is None else known

    def read(self, segments: Sequence[Segment]) -> None:
        """Read what stands of many segments at once."""
        found = self._store.standings([one.id for one in segments])
        self._read.update({one.id: found.get(one.id) for one in segments})

    def standing(self, segment: Segment) -> Standing | None:
        """What stood of a segment when it was first asked for here."""
        if segment.id not in self._read:
            self._read[segment.id] = self._store.standing(segment.id)
        return self._read[segment.id]

    def found(self, segment: Segment, keys: BitMap) -> None:
        """The people of a segment at this moment."""
        self._now[segment.id] = keys

    def as_called_now(self, standing: Standing, segment: Segment) -> Standing:
        """What stood, in the words of today, where a segment that the rule rests on has another name now."""
        before, now = segments_in(standing.audience.where), segments_in(segment.audience.where)
        gone = [name for name in before if name_key(name) not in self._named]
        new = sorted(now - before)
        if len(gone) != 1 or len(new) != 1 or standing.audience.where is None:
            return standing
        where = renamed_in(standing.audience.where, gone[0], new[0])
        parts = tuple((renamed_in(part, gone[0], new[0]), met) for part, met in standing.parts)
        return replace(standing, audience=replace(standing.audience, where=where), parts=parts)

    def listed(self, segment: Segment) -> BitMap:
        """The people of a list; raises `DataError` when they are missing."""
        standing = self.standing(segment)
        if standing is None:
            raise list_missing(segment.name)
        return standing.keys


def is_fresh(standing: Standing, segment: Segment, data_version: str) -> bool:
    """Whether what stands is of this data and of the rule as it is."""
    return standing.data_version == data_version and standing.audience == segment.audience


class Refresh:
    """One round of looks. `clock` says when; `data_version` names the data that `now` asks."""

    def __init__(
        self,
        store: MembershipStore,
        now: Evaluation,
        lookup: Lookup,
        readings: Readings,
        corrections: CorrectedKeys,
        *,
        data_version: str,
        as_of: date,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._now = now
        self._lookup = lookup
        self._readings = readings
        self._corrections = corrections
        self._data_version = data_version
        self._as_of = as_of
        self._clock = clock
        self._waiting: list[tuple[Standing, Snapshot]] = []
        self._looks: list[Snapshot] = []
        self._unchanged: list[str] = []
        self._failed: dict[str, Failure] = {}

    def run(self, segments: Sequence[Segment], everything: Sequence[Segment], progress: Progress) -> Refreshed:
        """Looks at `segments` and at what they rest on among `everything`. One that fails does not stop the others."""
        ordered = in_order(segments, everything)
        self._lookup.read(ordered)
        for done, segment in enumerate(ordered):
            progress(segment.name, done, len(ordered))
            try:
                self._refuse_failed(segment)
                look = self._look(segment)
            except CancelledError:
                self._write()
                return self._refreshed(cancelled=True)
            except UserError as error:
                self._fail(segment, error)
            else:
                if look is None:
                    self._unchanged.append(segment.name)
                else:
                    self._waiting.append(look)
            if len(self._waiting) >= _AT_ONCE:
                self._write()
        self._write()
        if ordered:
            progress("", len(ordered), len(ordered))
        return self._refreshed(cancelled=False)

    def _refreshed(self, *, cancelled: bool) -> Refreshed:
        return Refreshed(
            looks=tuple(self._looks),
            unchanged=tuple(self._unchanged),
            failed=tuple(self._failed.values()),
            cancelled=cancelled,
        )

    def _write(self) -> None:
        """Keep what was found so far, together; where somebody else looked between, one by one, leaving theirs."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            self._store.keep(waiting)
        except ChangedMeanwhileError:
            if len(waiting) == 1:
                return
            for one in waiting:
                self._waiting = [one]
                self._write()
        else:
            self._looks += [look for _, look in waiting]

    def _fail(self, segment: Segment, error: UserError) -> None:
        failure = Failure(segment_id=segment.id, at=self._clock(), why=error.message)
        self._store.fail(failure)
        self._failed[name_key(segment.name)] = failure

    def _look(self, segment: Segment) -> tuple[Standing, Snapshot] | None:
        """The new look; `None` where nothing can have moved."""
        if segment.frozen:
            self._lookup.listed(segment)
            return None
        standing = self._lookup.standing(segment)
        if standing is not None and is_fresh(standing, segment, self._data_version):
            self._lookup.found(segment, standing.keys)
            return None
        standing = None if standing is None else self._lookup.as_called_now(standing, segment)
        found = self._now.rule(segment.audience)
        self._lookup.found(segment, found.keys)
        look = Snapshot(
            segment_id=segment.id,
            serial=1 if standing is None else standing.serial + 1,
            at=self._clock(),
            as_of=self._as_of,
            data_version=self._data_version,
            version=segment.version,
            size=len(found.keys),
            moved=() if standing is None else self._moved(standing, segment, found),
        )
        return self._standing(look, segment, found), look

    def _standing(self, look: Snapshot, segment: Segment, found: Found) -> Standing:
        return Standing(
            segment_id=segment.id,
            serial=look.serial,
            at=look.at,
            as_of=look.as_of,
            data_version=look.data_version,
            version=look.version,
            audience=segment.audience,
            keys=found.keys,
            parts=(*found.parts, (EVERYBODY, self._now.everybody())),
        )

    def _moved(self, standing: Standing, segment: Segment, found: Found) -> tuple[Moved, ...]:
        before = Before(
            found=Found(keys=standing.keys, parts=standing.parts),
            audience=standing.audience,
            since=standing.as_of,
            until=self._as_of,
            everybody=standing.met(EVERYBODY),
            corrections=self._corrections.between(standing.data_version, self._data_version),
        )
        edited = standing.audience != segment.audience
        return movements(before, found, self._now, self._readings, edited=edited)

    def _refuse_failed(self, segment: Segment) -> None:
        for used in segments_in(segment.audience.where):
            if name_key(used) in self._failed and name_key(used) != name_key(segment.name):
                raise DataError(
                    Text(
                        zh=f"它所依据的人群「{used}」没有更新成功，所以没有更新。",
                        en=f"The segment {used!r} that it rests on could not be refreshed, so this one was not.",
                    )
                )


def in_order(segments: Sequence[Segment], everything: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments and all that they rest on, each after those it rests on."""
    named = {name_key(one.name): one for one in everything}
    ordered: dict[str, Segment] = {}
    entered: set[str] = set()

    def add(segment: Segment) -> None:
        if segment.id in entered:
            return
        entered.add(segment.id)
        for used in sorted(segments_in(segment.audience.where)):
            if (other := named.get(name_key(used))) is not None:
                add(other)
        ordered[segment.id] = segment

    for one in segments:
        add(one)
    return tuple(ordered.values())
