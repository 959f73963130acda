"""What everything about memberships shares: the segments, the data, what was looked at, and who may be told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.small_groups import least_people
from semantic_layer.policy.types import User
from tools.segments.causes import CorrectedKeys, NoCorrections, Readings
from tools.segments.evaluation import Evaluation
from tools.segments.membership import Failure, MembershipStore, Standing
from tools.segments.refresh import Lookup, Progress, Refresh, Refreshed, is_fresh, version_of
from tools.segments.rights import who_of
from tools.segments.saved import SavedSegments
from tools.segments.types import Segment, name_key
from tools.segments.views import Sight

_MOST_ALLOWED: Final = 20_000


class Ground:
    """Looks are made in the name of `keeper`, who must be allowed to see all and to manage segments; `clock` says when."""

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
        self.saved = saved
        self.layer = layer
        self.store = store
        self.keeper = keeper
        self.clock = clock
        self.readings = Readings(layer.index)
        self._corrections = corrections or NoCorrections()
        self._allowed: set[tuple[str, int, str, tuple[str, ...]]] = set()

    @property
    def as_of(self) -> date:
        """The data's today."""
        return self.layer.as_of

    @property
    def data_version(self) -> str:
        return version_of(self.layer.engine, self.layer.as_of)

    def refresh(
        self,
        names: Sequence[str] | None = None,
        *,
        progress: Progress = lambda _name, _done, _total: None,
        cancel: Cancel | None = None,
    ) -> Refreshed:
        """Look at segments by name, all when `None`, those that they rest on first. What fails is kept as a failure."""
        everything = self.saved.list()
        chosen = everything if names is None else [self.saved.named(name) for name in names]
        now, lookup = self.evaluation(self.keeper, everything, cancel)
        round_ = Refresh(
            self.store,
            now,
            lookup,
            self.readings,
            self._corrections,
            data_version=self.data_version,
            as_of=self.layer.as_of,
            clock=self.clock,
        )
        watched = [one for one in chosen if one.audience.entity == now.customer]
        return round_.run(watched, everything, progress)

    def evaluation(self, user: User, segments: Sequence[Segment], cancel: Cancel | None) -> tuple[Evaluation, Lookup]:
        lookup = Lookup(segments, self.store, self.data_version, self.layer.as_of)
        return Evaluation(self.layer, user, lookup, cancel), lookup

    def seen(self, name: str, user: User) -> Segment:
        """The segment, for whoever may use it and its rule. Raises `UnknownNameError` and `NotAllowedError`."""
        (segment,) = self.seen_several((name,), user)
        return segment

    def seen_several(self, names: Sequence[str], user: User) -> tuple[Segment, ...]:
        """As `seen`, for several at once."""
        seen = {name_key(one.name): one for one in self.saved.visible(who_of(user, self.layer.policy))}
        for name in names:
            if name_key(name) not in seen:
                self.saved.named(name, who_of(user, self.layer.policy))  # raises, with what is near
        segments = tuple(seen[name_key(name)] for name in names)
        for one in segments:
            self._may_use_rule(one, user)
        return segments

    def _may_use_rule(self, segment: Segment, user: User) -> None:
        """Raises `NotAllowedError` where the rule rests on what this person may not use. A yes is remembered for the rule."""
        asked = (segment.id, segment.version, user.name, user.roles)
        if asked in self._allowed:
            return
        self.layer.statement(segment.audience, user)
        if len(self._allowed) >= _MOST_ALLOWED:
            self._allowed.clear()
        self._allowed.add(asked)

    def sight(self, user: User) -> Sight:
        rights = rights_of(user, self.layer.policy)
        least = least_people(rights, self.layer.index.model.conventions.minimum_group)
        if not rights.partial:
            return Sight(least=least)
        now, _ = self.evaluation(user, (), None)
        return Sight(people=now.everybody(), least=least)

    def brought_up(self, segment: Segment, day: date, cancel: Cancel | None) -> Failure | None:
        """Look at the segment when `day` is today and what stands is of other data; the failure, if that did not succeed."""
        standing = self.store.standing(segment.id)
        fresh = standing is not None and is_fresh(standing, segment, self.data_version)
        if not segment.frozen and not fresh and day >= self.layer.as_of:
            done = self.refresh([segment.name], cancel=cancel)
            own = [one for one in done.failed if one.segment_id == segment.id]
            return own[0] if own else None
        return next((one for one in self.store.failures() if one.segment_id == segment.id), None)

    def members(self, name: str, user: User, *, cancel: Cancel | None = None) -> BitMap:
        """The people of a segment now, as far as this person may see them. Raises what a failed look says."""
        ((_, keys),) = self.several((name,), user, cancel=cancel)
        return BitMap(self.sight(user).of(keys))

    def several(
        self, names: Sequence[str], user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Segment, BitMap], ...]:
        """Everybody in some segments now, for whoever may use them; those that are of other data are looked at first."""
        segments = self.seen_several(names, user)
        standing = dict(self.store.standings([one.id for one in segments], whole=False))
        old = [one for one in segments if not self._holds(one, standing.get(one.id))]
        failed = {}
        if old:
            failed = {one.segment_id: one for one in self.refresh([one.name for one in old], cancel=cancel).failed}
            standing |= self.store.standings([one.id for one in old], whole=False)
        for one in segments:
            if not self._holds(one, standing.get(one.id)):
                raise unknown_people(one, failed.get(one.id))
        return tuple((one, standing[one.id].keys) for one in segments)

    def _holds(self, segment: Segment, standing: Standing | None) -> bool:
        return standing is not None and (segment.frozen or is_fresh(standing, segment, self.data_version))


def unknown_people(segment: Segment, failure: Failure | None) -> DataError:
    """What is said where nobody knows who is in a segment now."""
    zh = failure.why.zh if failure is not None else "它还没有被计算过。"
    en = failure.why.en if failure is not None else "It was never looked at."
    return DataError(
        Text(
            zh=f"人群「{segment.name}」现在有哪些人还不知道：{zh}请先更新它。",
            en=f"Who is in the segment {segment.name!r} now is not known: {en} Refresh it first.",
        )
    )
