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
from tools.segments.algebra import renamed_in, rests_on, segments_in
from tools.segments.types import Change, NameTakenError, NotTheirsError, Segment, SegmentStore, What, Who, name_key

MAX_NAME: Final = 60


class SavedSegments:
    """Rules over a `SegmentStore`. Names are unique among living segments; a segment never rests on itself.

    Everybody sees every segment. What changes one is for its owner and for those who manage segments, else
    `NotTheirsError`; `by` is one of those when it is a `Who`, and somebody without that right when it is a name alone.
    """

    def __init__(
        self, store: SegmentStore, data_set: str, *, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._data_set = data_set
        self._clock = clock
        self._new_id = new_id

    # ---- reading

    def list(self, *, deleted: bool = False) -> tuple[Segment, ...]:
        """Living segments, newest change first; with `deleted`, those that can be restored."""
        found = (s for s in self._store.load(self._data_set) if (s.deleted_at is not None) == deleted)
        return tuple(sorted(found, key=lambda segment: (segment.updated_at, segment.id), reverse=True))

    def get(self, segment_id: str) -> Segment:
        """A segment by its id, deleted or not."""
        for segment in self._store.load(self._data_set):
            if segment.id == segment_id:
                return segment
        raise UnknownNameError(Text("人群", "segment"), segment_id)

    def named(self, name: str) -> Segment:
        """A living segment by its name; raises `UnknownNameError` with the nearest names."""
        living = {name_key(segment.name): segment for segment in self.list()}
        try:
            return living[name_key(name)]
        except KeyError:
            raise UnknownNameError(
                Text("人群", "segment"), name, nearest(name, [s.name for s in living.values()])
            ) from None

    def audience(self, name: str) -> Audience | None:
        """What a plan that says `InSegment(name)` means; `None` when there is no such segment."""
        return next((s.audience for s in self.list() if name_key(s.name) == name_key(name)), None)

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
        self, name: str, audience: Audience, *, by: Who | str, count: int | None = None, as_of: date | None = None
    ) -> Segment:
        """A new segment. Raises `NameTakenError` with a free name near it, and `InvalidPlanError` for an unusable name."""
        clean = self._usable(name)
        now = self._clock()
        who = _who(by)
        segment = Segment(
            id=self._new_id(),
            data_set=self._data_set,
            name=clean,
            audience=audience,
            owner=who.name,
            created_at=now,
            updated_at=now,
            count_at_save=count,
            as_of=as_of,
            counted_under=who.rights if count is not None else "",
        )
        self._refuse_cycle(clean, audience.where)
        self._store.write([(segment, _change(segment, "saved", who))])
        return segment

    def rename(self, segment_id: str, name: str, *, by: Who | str) -> Segment:
        """A new name; segments that rest on the old one follow, whosever they are."""
        segment, who = self._theirs(self._living(segment_id), by)
        clean = self._usable(name, but=segment.id)
        if clean == segment.name:
            return segment
        changed = self._next(replace(segment, name=clean), "renamed", who)
        followers = [
            self._next(_following(other, segment.name, clean), "edited", who)
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
        edited = replace(segment, audience=audience, version=segment.version + 1)
        return self._write(_counted(edited, count, as_of, who), "edited", who)

    def recount(self, segment_id: str, count: int, *, as_of: date | None, by: Who | str) -> Segment:
        """The segment with how many there are on the data's day `as_of`, for whoever counted.

        Kept for its owner, and for those whose rights it was counted under before: nobody's count takes the place of that
        of somebody who sees more, or less.
        """
        segment, who = self._living(segment_id), _who(by)
        counted = _counted(segment, count, as_of, who)
        if who.name == segment.owner or (who.rights and who.rights == segment.counted_under):
            return self._write(counted, "recounted", who)
        return counted

    def delete(self, segment_id: str, *, by: Who | str) -> Segment:
        """Put it aside; `restore` brings it back. Refused while other segments rest on it."""
        segment, who = self._theirs(self._living(segment_id), by)
        users = [other.name for other in self.list() if rests_on(other.audience.where, segment.name)]
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
        self._refuse_cycle(clean, segment.audience.where)
        return self._write(replace(segment, name=clean, deleted_at=None), "restored", who)

    # ---- rules

    def _theirs(self, segment: Segment, by: Who | str) -> tuple[Segment, Who]:
        who = _who(by)
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
        return after, _change(after, what, by)

    def _write(self, segment: Segment, what: What, by: Who) -> Segment:
        after = self._next(segment, what, by)
        self._store.write([after])
        return after[0]


def _following(segment: Segment, old: str, new: str) -> Segment:
    where = segment.audience.where
    moved = renamed_in(where, old, new) if where is not None else None
    return replace(segment, audience=replace(segment.audience, where=moved), version=segment.version + 1)


def _who(by: Who | str) -> Who:
    return Who(name=by) if isinstance(by, str) else by


def _counted(segment: Segment, count: int | None, as_of: date | None, who: Who) -> Segment:
    under = who.rights if count is not None else ""
    return replace(segment, count_at_save=count, as_of=as_of, counted_under=under)


def _change(segment: Segment, what: What, by: Who) -> Change:
    return Change(
        segment_id=segment.id,
        revision=segment.revision,
        at=segment.updated_at,
        by=by.name,
        what=what,
        version=segment.version,
        name=segment.name,
        audience=segment.audience,
        count=segment.count_at_save,
        counted_under=segment.counted_under,
    )
