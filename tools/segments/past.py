"""What became of segments: who came and went, how sizes went, how people moved between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pyroaring import BitMap

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.engines.base import Cancel
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Predicate
from tools.segments.causes import Before, movements
from tools.segments.flows import Flow, streams
from tools.segments.ground import Ground
from tools.segments.membership import Cause, Failure, Moved, Side, Snapshot, Standing, people_on
from tools.segments.types import Segment
from tools.segments.views import Sight

ONE_DAY: Final = timedelta(days=1)
POINTS: Final = 12
"""Days of the past for which a rule is asked where nothing was recorded."""
_WEEK: Final = timedelta(days=7)
_LONGEST: Final = timedelta(days=3660)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """Who came and went from the end of the day before `span` to its end.

    `recorded` says that both days were looked at; else the rule as it is now was asked of the data for the two days.
    """

    segment: Segment
    span: DateSpan
    before: int | None
    after: int | None
    moved: tuple[Moved, ...]
    sight: Sight
    recorded: bool
    since: date | None
    failure: Failure | None = None

    def people(self, side: str) -> BitMap:
        return BitMap.union(BitMap(), *(one.keys for one in self.moved if one.side == side))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The size at the end of a day; `recorded` when it was looked at then, else today's rule was asked for that day."""

    day: date
    size: int | None
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How the size of one segment went."""

    segment: Segment
    points: tuple[Point, ...]
    since: date | None


class Past:
    """Answers about the past, each cut to the people whom the person who asks may see."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def movements(self, name: str, span: DateSpan, user: User, *, cancel: Cancel | None = None) -> Movements:
        """Who came into a segment inside `span`, who left, and why. Looks at it first where what stands is not of today."""
        segment = self._ground.seen(name, user)
        end = min(span.end, self._ground.as_of)
        failure = self._ground.brought_up(segment, end, cancel)
        sight = self._ground.sight(user)
        looks = self._ground.store.snapshots(segment.id)
        since = looks[0].as_of if looks else None
        span = DateSpan(min(span.start, end), end)
        start = span.start - ONE_DAY
        standing = self._ground.store.standing(segment.id)
        first, last = _known(segment, standing, looks, start), _known(segment, standing, looks, end)
        recorded = first is not None and last is not None
        if first is None or last is None:
            first, last, moved = self._asked_for(segment, start, end, cancel)
        else:
            between = [look for look in looks if start < look.as_of <= end]
            moved = _net(first, last, between, Cause.LISTED if segment.frozen else Cause.CHANGED)
        return Movements(
            segment=segment,
            span=span,
            before=sight.count(first),
            after=sight.count(last),
            moved=sight.moved(moved),
            sight=sight,
            recorded=recorded,
            since=since,
            failure=failure,
        )

    def trend(
        self, names: Sequence[str], span: DateSpan | None, user: User, *, cancel: Cancel | None = None
    ) -> tuple[Trend, ...]:
        """The sizes that were recorded inside `span` (the last twelve weeks when absent), one a day of the data.

        Before the first look the rule is asked for a few days of the past.
        """
        end = self._ground.as_of if span is None else min(span.end, self._ground.as_of)
        start = end - POINTS * _WEEK if span is None else max(span.start, end - _LONGEST)
        sight = self._ground.sight(user)
        found = []
        for name in names:
            segment = self._ground.seen(name, user)
            self._ground.brought_up(segment, end, cancel)
            points = self._points(segment, DateSpan(min(start, end), end), sight, cancel)
            looks = self._ground.store.sizes(segment.id)
            found.append(Trend(segment=segment, points=points, since=looks[0].as_of if looks else None))
        return tuple(found)

    def flow(self, names: Sequence[str], span: DateSpan, user: User, *, cancel: Cancel | None = None) -> Flow:
        """How people moved between segments from the end of the first day of `span` to the end of its last."""
        end = min(span.end, self._ground.as_of)
        start = min(span.start, end)
        before, after, recorded = [], [], True
        for name in names:
            segment = self._ground.seen(name, user)
            self._ground.brought_up(segment, end, cancel)
            first, known = self._on(segment, start, cancel)
            last, known_too = self._on(segment, end, cancel)
            before.append(first)
            after.append(last)
            recorded = recorded and known and known_too
        labels = tuple(self._ground.saved.named(name).name for name in names)
        found, several = streams(labels, before, after, self._ground.sight(user))
        return Flow(names=labels, start=start, end=end, streams=found, several=several, recorded=recorded)

    def _asked_for(
        self, segment: Segment, start: date, end: date, cancel: Cancel | None
    ) -> tuple[BitMap, BitMap, tuple[Moved, ...]]:
        """Both days by the rule as it is now, asked of today's data."""
        now, _ = self._ground.evaluation(self._ground.keeper, self._ground.saved.list(), cancel)
        before, after = now.rule(segment.audience, start), now.rule(segment.audience, end)
        held = Before(found=before, audience=segment.audience, since=start, until=end)
        return before.keys, after.keys, movements(held, after, now, self._ground.readings, edited=False)

    def _on(self, segment: Segment, day: date, cancel: Cancel | None) -> tuple[BitMap, bool]:
        """Who was in at the end of a day, and whether that was recorded."""
        standing = self._ground.store.standing(segment.id)
        known = _known(segment, standing, self._ground.store.snapshots(segment.id), day)
        if known is not None:
            return known, True
        now, _ = self._ground.evaluation(self._ground.keeper, self._ground.saved.list(), cancel)
        return now.rule(segment.audience, day).keys, False

    def _points(self, segment: Segment, span: DateSpan, sight: Sight, cancel: Cancel | None) -> tuple[Point, ...]:
        looks = (
            self._ground.store.snapshots(segment.id)
            if sight.people is not None
            else self._ground.store.sizes(segment.id)
        )
        by_day = {look.as_of: look for look in looks if look.as_of in span}
        first = min((look.as_of for look in looks), default=span.end + ONE_DAY)
        now, _ = self._ground.evaluation(self._ground.keeper, self._ground.saved.list(), cancel)
        points = [
            Point(day=day, size=sight.count(now.rule(segment.audience, day).keys), recorded=False)
            for day in (() if segment.frozen else _days_before(span, first))
        ]
        standing = self._ground.store.standing(segment.id)
        for day, look in by_day.items():
            size: int | None = look.size
            if sight.people is not None:
                known = people_on(standing, looks, day) if standing is not None else None
                size = None if known is None else sight.count(known)
            elif 0 < look.size < sight.least:
                size = None
            points.append(Point(day=day, size=size, recorded=True))
        return tuple(sorted(points, key=lambda one: one.day))


def _known(segment: Segment, standing: Standing | None, looks: Sequence[Snapshot], day: date) -> BitMap | None:
    """Who was in at the end of a day, as it was recorded; nobody was on a list before it was made."""
    known = people_on(standing, looks, day) if standing is not None else None
    return BitMap() if known is None and segment.frozen and standing is not None else known


def _net(first: BitMap, last: BitMap, looks: Sequence[Snapshot], otherwise: Cause) -> tuple[Moved, ...]:
    """Who is on one day and was not on the other, each for the cause of their last movement to that side, or `otherwise`."""
    left: dict[Side, BitMap] = {"entered": last - first, "left": first - last}
    found: dict[tuple[Side, Cause, tuple[Predicate, ...]], BitMap] = {}
    for look in reversed(looks):
        for one in look.moved:
            some = one.keys & left[one.side]
            if some:
                key = (one.side, one.cause, one.conditions)
                found[key] = found.get(key, BitMap()) | some
                left[one.side] -= some
    for side, rest in left.items():
        if rest:
            found[side, otherwise, ()] = found.get((side, otherwise, ()), BitMap()) | rest
    moved = [Moved(side=side, cause=cause, conditions=parts, keys=keys) for (side, cause, parts), keys in found.items()]
    return tuple(sorted(moved, key=lambda one: -len(one.keys)))


def _days_before(span: DateSpan, first: date) -> Iterator[date]:
    """A few days of a span before the first look, evenly apart, the first of them its beginning."""
    last = min(first - ONE_DAY, span.end)
    days = (last - span.start).days
    if days < 0:
        return
    step = max(1, -(-days // POINTS))
    day = span.start
    while day <= last:
        yield day
        day += timedelta(days=step)
