"""Segments that live: looked at by their rhythm, with who came, who went and why, under the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience
from tools.segments.apart import Apart, apart
from tools.segments.causes import CorrectedKeys
from tools.segments.drift import Alert, alert_of
from tools.segments.flows import Overlaps, overlaps
from tools.segments.ground import Ground
from tools.segments.listing import Lists
from tools.segments.membership import Failure, MembershipStore, Snapshot
from tools.segments.past import Past
from tools.segments.refresh import Progress, Refreshed
from tools.segments.rights import who_of
from tools.segments.saved import SavedSegments
from tools.segments.types import Rhythm, Segment
from tools.segments.views import Sight

_ONE_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A segment that should be looked at, and why."""

    segment: Segment
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingState:
    """How a segment stands. `size` is `None` for what was not looked at, or is not this person's to know.

    `since` is the data's day of the first look. `stale` says why what is shown may not hold any more.
    """

    segment: Segment
    size: int | None = None
    looked_at: datetime | None = None
    as_of: date | None = None
    since: date | None = None
    stale: Text | None = None
    failure: Failure | None = None
    alert: Alert | None = None


class LivingSegments:
    """Watches the saved segments of one data set.

    Looks are made for everybody, in the name of `keeper`, who must be allowed to see all and to manage segments; what is told
    of them is cut to the people whom the person who asks may see, and nothing is told of a rule that they may not use.
    `clock` is the wall clock. `past` answers about what was, `lists` keeps segments that are lists of people.
    """

    def __init__(
        self,
        saved: SavedSegments,
        layer: SemanticLayer,
        store: MembershipStore,
        *,
        keeper: User,
        clock: Callable[[], datetime],
        corrections: CorrectedKeys | None = None,
    ) -> None:
        self._ground = Ground(saved, layer, store, keeper=keeper, clock=clock, corrections=corrections)
        self.past = Past(self._ground)
        self.lists = Lists(self._ground)

    @property
    def saved(self) -> SavedSegments:
        return self._ground.saved

    # ---- looking

    def refresh(
        self,
        names: Sequence[str] | None = None,
        *,
        progress: Progress = lambda _name, _done, _total: None,
        cancel: Cancel | None = None,
    ) -> Refreshed:
        """Look at segments by name, all when `None`, those that they rest on first. What fails is kept as a failure."""
        return self._ground.refresh(names, progress=progress, cancel=cancel)

    def due(self) -> tuple[Due, ...]:
        """The segments whose rhythm says that they should be looked at now, in the order of their names."""
        found = ((segment, self._why_due(segment)) for segment in self._ground.saved.list())
        due = [Due(segment=segment, why=why) for segment, why in found if why is not None]
        return tuple(sorted(due, key=lambda one: one.segment.name))

    def refresh_due(
        self, *, progress: Progress = lambda _name, _done, _total: None, cancel: Cancel | None = None
    ) -> Refreshed:
        """Look at everything that is due."""
        names = [one.segment.name for one in self.due()]
        return self._ground.refresh(names, progress=progress, cancel=cancel) if names else Refreshed()

    # ---- telling

    def states(self, user: User) -> tuple[LivingState, ...]:
        """How every segment stands that this person may use, in the order of folders and names."""
        sight = self._ground.sight(user)
        failures = {one.segment_id: one for one in self._ground.store.failures()}
        segments = self._ground.saved.visible(who_of(user, self._ground.layer.policy))
        ordered = sorted(segments, key=lambda one: (one.arrangement.folder, one.name))
        return tuple(self._state(one, user, sight, failures.get(one.id)) for one in ordered)

    def members(self, name: str, user: User, *, cancel: Cancel | None = None) -> BitMap:
        """The people of a segment now, as far as this person may see them. Raises what a failed look says."""
        return self._ground.members(name, user, cancel=cancel)

    def overlap(self, names: Sequence[str], user: User, *, cancel: Cancel | None = None) -> Overlaps:
        """How many people each two segments share, as of the last look at each; those of other data are looked at first."""
        found = self._ground.several(names, user, cancel=cancel)
        return overlaps([one.name for one, _ in found], [keys for _, keys in found], self._ground.sight(user))

    def apart(self, first: Audience, second: Audience, user: User, *, cancel: Cancel | None = None) -> Apart:
        """Who is in the first but not in the second, under this person's own rights."""
        for audience in (first, second):
            self._ground.layer.statement(audience, user)  # refuses what this person may not ask
        seen = self._ground.saved.visible(who_of(user, self._ground.layer.policy))
        now, _ = self._ground.evaluation(user, self._ground.saved.list(), cancel)
        rule = second
        if isinstance(second.where, InSegment):
            named = self._ground.seen(second.where.name, user)
            rule = second if named.frozen or named not in seen else named.audience
        return apart(first, second, rule, now, Sight(least=self._ground.sight(user).least))

    def forget(self, keys: BitMap) -> int:
        """Take people out of all that is kept, for good; how many records held one of them."""
        return self._ground.store.forget(keys)

    def _state(self, segment: Segment, user: User, sight: Sight, failure: Failure | None) -> LivingState:
        state = LivingState(segment=segment, failure=failure)
        looks = self._ground.store.sizes(segment.id)
        if not looks or not self._may_know(segment, user):
            return state
        size: int | None = looks[-1].size
        standing = self._ground.store.standing(segment.id) if sight.people is not None or not segment.frozen else None
        if sight.people is not None:
            size = sight.count(standing.keys) if standing is not None else None
        elif 0 < looks[-1].size < sight.least:
            size = None
        return replace(
            state,
            size=size,
            looked_at=looks[-1].at,
            as_of=looks[-1].as_of,
            since=looks[0].as_of,
            stale=None if segment.frozen or standing is None else self._stale(segment, looks[-1]),
            alert=alert_of(looks, segment.arrangement) if sight == Sight() else None,
        )

    def _may_know(self, segment: Segment, user: User) -> bool:
        try:
            self._ground.layer.statement(segment.audience, user)
        except UserError:
            return False
        return True

    def _stale(self, segment: Segment, look: Snapshot) -> Text | None:
        if look.version != segment.version:
            return Text("规则改过，还没有重新计算。", "The rule was changed and not looked at since.")
        if look.data_version != self._ground.data_version:
            return Text("数据更新过，还没有重新计算。", "The data are newer than the last look.")
        return None

    def _why_due(self, segment: Segment) -> Text | None:
        rhythm = segment.arrangement.rhythm
        if segment.frozen or rhythm is Rhythm.MANUAL:
            return None
        standing = self._ground.store.standing(segment.id)
        if standing is None:
            return Text("还没有计算过。", "It was never looked at.")
        passed = self._ground.clock() - standing.at
        if rhythm is Rhythm.DAILY and passed >= _ONE_DAY:
            return Text("已过一天。", "A day has passed.")
        if rhythm is Rhythm.WEEKLY and passed >= _WEEK:
            return Text("已过一周。", "A week has passed.")
        if rhythm is Rhythm.ON_LOAD and standing.data_version != self._ground.data_version:
            return Text("数据更新了。", "There are new data.")
        return None
