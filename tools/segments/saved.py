"""The saved segments of one data set: save, rename, edit, recount, delete with undo. Also how a plan finds them by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Audience
from semantic_layer.segments import Members
from tools.segments.algebra import rests_on, segments_in
from tools.segments.lists import as_bits, list_missing
from tools.segments.membership import MembershipStore
from tools.segments.revisions import as_who, called, change_of, counted, following, own_of
from tools.segments.sharing import SeenSegments, check_arrangement, usable_folder
from tools.segments.types import (
    Arrangement,
    Change,
    NameTakenError,
    NotTheirsError,
    Segment,
    SegmentStore,
    What,
    Who,
    name_key,
)

MAX_NAME: Final = 60


class SavedSegments:
    """Rules over a `SegmentStore`. Names are unique among living segments; a segment never rests on itself.

    Who sees a segment is said by its arrangement: `visible` and `seen_by` keep to it. What changes one is for its owner and
    for those who manage segments, else `NotTheirsError`; `by` is one of those when it is a `Who`, and somebody without that
    right when it is a name alone. `lists` holds the people of segments that are lists.
    """

    def __init__(
        self,
        store: SegmentStore,
        data_set: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        lists: MembershipStore | None = None,
    ) -> None:
        self._lists = lists
        self._store = store
        self._data_set = data_set
        self._clock = clock
        self._new_id = new_id

    # ---- reading

    def list(self, *, deleted: bool = False) -> tuple[Segment, ...]:
        """Living segments, newest change first; with `deleted`, those that can be restored."""
        found = (s for s in self._store.load(self._data_set) if (s.deleted_at is not None) == deleted)
        return tuple(sorted(found, key=lambda segment: (segment.updated_at, segment.id), reverse=True))

    def visible(self, who: Who) -> tuple[Segment, ...]:
        """Living segments that this person may use, newest change first."""
        return tuple(segment for segment in self.list() if segment.seen_by(who))

    def seen_by(self, person: str, *, manages: bool) -> SeenSegments:
        """What this person's plans may refer to."""
        return SeenSegments(self, Who(name=person, manages=manages))

    def get(self, segment_id: str) -> Segment:
        """A segment by its id, deleted or not."""
        for segment in self._store.load(self._data_set):
            if segment.id == segment_id:
                return segment
        raise UnknownNameError(Text("人群", "segment"), segment_id)

    def named(self, name: str, who: Who | None = None) -> Segment:
        """A living segment by its name; with `who`, of those that this person may use. Raises `UnknownNameError` with the
        nearest names.
        """
        seen = self.list() if who is None else self.visible(who)
        living = {name_key(segment.name): segment for segment in seen}
        try:
            return living[name_key(name)]
        except KeyError:
            raise UnknownNameError(
                Text("人群", "segment"), name, nearest(name, [s.name for s in living.values()])
            ) from None

    def audience(self, name: str) -> Audience | None:
        """What a plan that says `InSegment(name)` means; `None` when there is no such segment."""
        return next((s.audience for s in self.list() if name_key(s.name) == name_key(name)), None)

    def members(self, name: str) -> Members | None:
        """The people of a list as bits; `None` for a segment that goes by its rule.

        Raises `DataError` when they cannot be had.
        """
        segment = next((s for s in self.list() if name_key(s.name) == name_key(name)), None)
        if segment is None or not segment.frozen:
            return None
        found = self._lists.standings((segment.id,), whole=False) if self._lists is not None else {}
        standing = found.get(segment.id)
        if standing is None:
            raise list_missing(segment.name)
        return as_bits(standing.keys)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(segment.name for segment in self.list()))

    def history(self, segment_id: str) -> tuple[Change, ...]:
        return self._store.history(self.get(segment_id).id)

    def free_name(self, name: str) -> str:
        """`name`, or the first of "name 2", "name 3"… that nobody has."""
        taken = {name_key(segment.name) for segment in self.list()}
        if name_key(name) not in taken:
            return name
        number = 2
        while name_key(f"{name} {number}") in taken:
            number += 1
        return f"{name} {number}"

    # ---- writing

    def save(
        self,
        name: str,
        audience: Audience,
        *,
        by: Who | str,
        count: int | None = None,
        as_of: date | None = None,
        frozen: bool = False,
    ) -> Segment:
        """A new segment, with `frozen` a list whose people are kept elsewhere. Raises `NameTakenError` with a free name near
        it, and `InvalidPlanError` for an unusable name.
        """
        clean = self._usable(name)
        now = self._clock()
        who = as_who(by)
        segment = Segment(
            id=self._new_id(),
            data_set=self._data_set,
            name=clean,
            audience=own_of(audience, clean) if frozen else audience,
            frozen=frozen,
            owner=who.name,
            created_at=now,
            updated_at=now,
            count_at_save=count,
            as_of=as_of,
            counted_under=who.rights if count is not None else "",
        )
        if not frozen:
            self._refuse_cycle(clean, audience.where)
        self._store.write([(segment, change_of(segment, "saved", who))])
        return segment

    def rename(self, segment_id: str, name: str, *, by: Who | str) -> Segment:
        """A new name; segments that rest on the old one follow, whosever they are."""
        segment, who = self._theirs(self._living(segment_id), by)
        clean = self._usable(name, but=segment.id)
        if clean == segment.name:
            return segment
        changed = self._next(called(segment, clean), "renamed", who)
        followers = [
            self._next(following(other, segment.name, clean), "edited", who)
            for other in self.list()
            if other.id != segment.id and rests_on(other.audience.where, segment.name)
        ]
        self._store.write([changed, *followers])
        return changed[0]

    def edit(
        self, segment_id: str, audience: Audience, *, by: Who | str, count: int | None = None, as_of: date | None = None
    ) -> Segment:
        """Other people under the same name: a new version; the old one stays in the history."""
        segment, who = self._theirs(self._living(segment_id), by)
        self._refuse_cycle(segment.name, audience.where)
        edited = replace(segment, audience=audience, frozen=False, version=segment.version + 1)
        return self._write(counted(edited, count, as_of, who), "edited", who)

    def relisted(self, segment_id: str, count: int, *, as_of: date, by: Who | str) -> Segment:
        """The segment is a list now, of other people than before: a new version."""
        segment, who = self._theirs(self._living(segment_id), by)
        listed = replace(called(replace(segment, frozen=True), segment.name), version=segment.version + 1)
        return self._write(counted(listed, count, as_of, who), "edited", who)

    def arrange(self, segment_id: str, arrangement: Arrangement, *, by: Who | str) -> Segment:
        """Another folder, sharing, rhythm or bounds; the people stay who they are.

        Raises `InvalidPlanError` for bounds that no size meets, and for sharing by name with nobody.
        """
        segment, who = self._theirs(self._living(segment_id), by)
        arranged = replace(arrangement, folder=usable_folder(arrangement.folder))
        check_arrangement(arranged)
        if arranged == segment.arrangement:
            return segment
        return self._write(replace(segment, arrangement=arranged), "arranged", who)

    def recount(self, segment_id: str, count: int, *, as_of: date | None, by: Who | str) -> Segment:
        """The segment with how many there are on the data's day `as_of`, for whoever counted.

        Kept for its owner, and for those whose rights it was counted under before: nobody's count takes the place of that
        of somebody who sees more, or less.
        """
        segment, who = self._living(segment_id), as_who(by)
        after = counted(segment, count, as_of, who)
        if who.name == segment.owner or (who.rights and who.rights == segment.counted_under):
            return self._write(after, "recounted", who)
        return after

    def delete(self, segment_id: str, *, by: Who | str) -> Segment:
        """Put it aside; `restore` brings it back. Refused while other segments rest on it."""
        segment, who = self._theirs(self._living(segment_id), by)
        users = [
            other.name
            for other in self.list()
            if other.id != segment.id and rests_on(other.audience.where, segment.name)
        ]
        if users:
            raise InvalidPlanError(
                Text(
                    zh=f"「{segment.name}」正被这些人群使用：{'、'.join(users)}。请先修改它们。",
                    en=f"{segment.name!r} is used by {', '.join(map(repr, users))}. Change those first.",
                ),
                suggestions=users,
            )
        return self._write(replace(segment, deleted_at=self._clock()), "deleted", who)

    def restore(self, segment_id: str, *, by: Who | str, name: str | None = None) -> Segment:
        """Undo a deletion; under another `name` when its own was taken meanwhile."""
        segment, who = self._theirs(self.get(segment_id), by)
        if segment.deleted_at is None:
            return segment
        clean = self._usable(name or segment.name, but=segment.id)
        if not segment.frozen:
            self._refuse_cycle(clean, segment.audience.where)
        return self._write(replace(called(segment, clean), deleted_at=None), "restored", who)

    # ---- rules

    def _theirs(self, segment: Segment, by: Who | str) -> tuple[Segment, Who]:
        who = as_who(by)
        if who.name != segment.owner and not who.manages:
            raise NotTheirsError(segment.name, segment.owner)
        return segment, who

    def _living(self, segment_id: str) -> Segment:
        segment = self.get(segment_id)
        if segment.deleted_at is not None:
            raise InvalidPlanError(
                Text(f"「{segment.name}」已删除，请先恢复。", f"{segment.name!r} was deleted. Restore it first.")
            )
        return segment

    def _usable(self, name: str, *, but: str = "") -> str:
        clean = re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()
        broken = not clean or any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} for char in clean)
        if broken or len(clean) > MAX_NAME:
            raise InvalidPlanError(
                Text(
                    zh=f"人群名称应为 1 到 {MAX_NAME} 个可见字符。",
                    en=f"A segment's name has 1 to {MAX_NAME} visible characters.",
                )
            )
        if any(name_key(s.name) == name_key(clean) and s.id != but for s in self.list()):
            raise NameTakenError(clean, self.free_name(clean))
        return clean

    def _refuse_cycle(self, name: str, where: Predicate | None) -> None:
        living = {name_key(segment.name): segment.audience.where for segment in self.list()}
        seen: set[str] = set()
        waiting = list(segments_in(where))
        while waiting:
            used = name_key(waiting.pop())
            if used == name_key(name):
                raise InvalidPlanError(
                    Text(f"人群「{name}」不能用它自己来定义。", f"Segment {name!r} cannot be defined by itself.")
                )
            if used not in seen:
                seen.add(used)
                waiting.extend(segments_in(living.get(used)))

    def _next(self, segment: Segment, what: What, by: Who) -> tuple[Segment, Change]:
        after = replace(segment, revision=segment.revision + 1, updated_at=self._clock())
        return after, change_of(after, what, by)

    def _write(self, segment: Segment, what: What, by: Who) -> Segment:
        after = self._next(segment, what, by)
        self._store.write([after])
        return after[0]
