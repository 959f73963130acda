"""What a change makes of a segment: another name, another count, what rests on it, and the entry in its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience
from tools.segments.algebra import renamed_in
from tools.segments.types import Change, Segment, What, Who


def following(segment: Segment, old: str, new: str) -> Segment:
    """A segment that rests on one that is called `new` now: the same people, a new version."""
    where = segment.audience.where
    moved = renamed_in(where, old, new) if where is not None else None
    return replace(segment, audience=replace(segment.audience, where=moved), version=segment.version + 1)


def own_of(audience: Audience, name: str) -> Audience:
    """What stands for a list of people where a rule would stand: the list itself, by its name."""
    return Audience(where=InSegment(name), entity=audience.entity)


def called(segment: Segment, name: str) -> Segment:
    """The segment under another name."""
    audience = own_of(segment.audience, name) if segment.frozen else segment.audience
    return replace(segment, name=name, audience=audience)


def as_who(by: Who | str) -> Who:
    """Somebody by name alone has no rights."""
    return Who(name=by) if isinstance(by, str) else by


def counted(segment: Segment, count: int | None, as_of: date | None, who: Who) -> Segment:
    """The segment with a count, for those who have the rights of whoever counted."""
    under = who.rights if count is not None else ""
    return replace(segment, count_at_save=count, as_of=as_of, counted_under=under)


def change_of(segment: Segment, what: What, by: Who) -> Change:
    """The entry of the history for a segment as it is after a change."""
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
