"""The saved segments of a real data set: what `SegmentsPort` asks for, each number under the rights of whoever looks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from assistant.channels.workspace import SegmentEntry, SetOperation
from assistant.core import Assistant
from assistant.living.definitions import A_LIST, OUT_OF_SIGHT, definition_words, may_be_told
from assistant.resources import Resources
from assistant.take import save_audience
from semantic_layer.errors import NotAllowedError, Text, UnknownNameError
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience
from tools.segments.algebra import SetOperation as SetOperator
from tools.segments.algebra import combine
from tools.segments.rights import who_of
from tools.segments.types import Segment, Who

_MOST_COUNTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there were on the data's day."""

    count: int
    as_of: date


class CountsByRights:
    """Counts of a moment ago that nobody keeps, by segment, its version, and the rights they were made under."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[tuple[str, int, str], Counted] = OrderedDict()

    def get(self, segment: Segment, who: Who) -> Counted | None:
        with self._lock:
            return self._counts.get((segment.id, segment.version, who.rights))

    def keep(self, segment: Segment, who: Who, counted: Counted) -> None:
        with self._lock:
            self._counts[segment.id, segment.version, who.rights] = counted
            while len(self._counts) > _MOST_COUNTS:
                self._counts.popitem(last=False)


class LiveSegments:
    """The saved segments of one data set."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._counts = CountsByRights()

    @property
    def _resources(self) -> Resources:
        return self._assistant.resources

    def list(self, *, user: User) -> tuple[SegmentEntry, ...]:
        try:
            who = self._who(user)
        except NotAllowedError:
            return ()  # without a role nothing is to be seen
        return tuple(self._entry(segment, user, who) for segment in self._resources.segments.visible(who))

    def save(self, audience: Audience, name: str, *, user: User) -> SegmentEntry:
        saved = save_audience(audience, name, self._resources, user)
        return self._entry(saved, user, self._who(user))

    def rename(self, name: str, new_name: str, *, user: User) -> SegmentEntry:
        who = self._who(user)
        return self._entry(self._resources.segments.rename(self._named(name, user).id, new_name, by=who), user, who)

    def recount(self, name: str, *, user: User) -> SegmentEntry:
        segment, who = self._named(name, user), self._who(user)
        count = self._resources.layer.count(segment.people, user)
        self._counts.keep(segment, who, Counted(count, self._resources.as_of))
        counted = self._resources.segments.recount(segment.id, count, as_of=self._resources.as_of, by=who)
        return self._entry(counted, user, who)

    def combine(self, first: str, operation: SetOperation, second: str, name: str, *, user: User) -> SegmentEntry:
        one, two = self._named(first, user), self._named(second, user)
        left, right = (Audience(where=InSegment(each.name), entity=each.audience.entity) for each in (one, two))
        return self.save(combine(SetOperator(operation), left, right), name, user=user)

    def delete(self, name: str, *, user: User) -> None:
        self._resources.segments.delete(self._named(name, user).id, by=self._who(user))

    def restore(self, name: str, *, user: User) -> SegmentEntry:
        who = self._who(user)
        for segment in self._resources.segments.list(deleted=True):
            if segment.name == name and segment.seen_by(who):
                return self._entry(self._resources.segments.restore(segment.id, by=who), user, who)
        raise UnknownNameError(Text("已删除的人群", "deleted segment"), name)

    def _who(self, user: User) -> Who:
        return who_of(user, self._resources.layer.policy)

    def _named(self, name: str, user: User) -> Segment:
        return self._resources.segments.named(name, self._who(user))

    def _entry(self, segment: Segment, user: User, who: Who) -> SegmentEntry:
        counted = self._counted(segment, who)
        day = counted.as_of if counted is not None else None
        told = segment.frozen or may_be_told(segment.audience, user, self._resources)
        rule = A_LIST if segment.frozen else definition_words(segment.audience, self._resources)
        return SegmentEntry(
            name=segment.name,
            words=rule if told else OUT_OF_SIGHT,
            count=counted.count if counted is not None else None,
            counted_at=datetime(day.year, day.month, day.day, tzinfo=UTC) if day is not None else None,
            owner=segment.owner,
            updated_at=segment.updated_at,
            version=segment.version,
            audience=segment.people
            if told
            else Audience(where=InSegment(segment.name), entity=segment.audience.entity),
        )

    def _counted(self, segment: Segment, who: Who) -> Counted | None:
        """The count that is this person's to see: the stored one under equal rights, else one made a moment ago."""
        stored = segment.count_for(who.rights)
        if stored is not None and segment.as_of is not None:
            return Counted(stored, segment.as_of)
        return self._counts.get(segment, who)
