"""A saved segment, what happened to it, and the seam to where segments are kept, with its fake."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from semantic_layer.errors import NotAllowedError, Text, UserError
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience

What = Literal["saved", "renamed", "edited", "recounted", "deleted", "restored", "arranged"]
Sharing = Literal["private", "named", "everyone"]


class Rhythm(StrEnum):
    """When the people of a segment are looked at again without anybody asking."""

    MANUAL = "manual"
    DAILY = "daily"
    WEEKLY = "weekly"
    ON_LOAD = "on load"  # with each new version of the data


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """How a segment is kept: in which folder, who sees it, how often its people are looked at, what size is unusual.

    `shared_with` are names of people, where `sharing` is "named". A size below `at_least` or above `at_most` is told.
    """

    folder: str = ""
    sharing: Sharing = "everyone"
    shared_with: tuple[str, ...] = ()
    rhythm: Rhythm = Rhythm.MANUAL
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named audience. The audience stays symbolic, so that its members move with the data; that of a list names the list.

    `version` counts changes of the audience, `revision` every change. `deleted_at` is set while it can be restored.
    `count_at_save` is a number for those whose rights have the digest `counted_under` (`Rights.digest`), and for nobody when
    that is empty: somebody who sees fewer rows must not learn how many there are.
    """

    id: str
    data_set: str
    name: str
    audience: Audience
    owner: str
    created_at: datetime
    updated_at: datetime
    version: int = 1
    revision: int = 1
    count_at_save: int | None = None
    as_of: date | None = None  # the data's day on which `count_at_save` was counted
    counted_under: str = ""
    deleted_at: datetime | None = None
    frozen: bool = False  # a list of people: they stay the same until somebody changes the list
    arrangement: Arrangement = Arrangement()

    def seen_by(self, who: Who) -> bool:
        """Whether this person may use the segment at all."""
        if who.manages or who.name == self.owner:
            return True
        kept = self.arrangement
        return kept.sharing == "everyone" or (kept.sharing == "named" and who.name in kept.shared_with)

    @property
    def people(self) -> Audience:
        """What a plan says that means its people: the rule, and for a list of people the segment itself, which has no rule."""
        return Audience(where=InSegment(self.name), entity=self.audience.entity) if self.frozen else self.audience

    def count_for(self, rights: str) -> int | None:
        """The stored count for somebody whose rights have this digest; `None` when it is not theirs to see."""
        return self.count_at_save if rights and rights == self.counted_under else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of a segment's history, with the segment as it was after it."""

    segment_id: str
    revision: int
    at: datetime
    by: str
    what: What
    version: int
    name: str
    audience: Audience
    count: int | None
    counted_under: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who works on segments: their name, the digest of their rights, and whether others' segments are theirs to change."""

    name: str
    rights: str = ""
    manages: bool = False


class NotTheirsError(NotAllowedError):
    """The segment belongs to somebody else; says to whom, and who else may change it."""

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(
            Text(
                zh=f"「{name}」是 {owner} 保存的，只有 {owner} 或有人群管理权限（manage_segments）的角色可以改。"
                "您可以查看它，也可以另存一份。",
                en=f"{name!r} was saved by {owner!r}. Only they, or a role with `manage_segments`, may change it. "
                "You can look at it, or save one of your own.",
            )
        )
        self.owner = owner


class NameTakenError(UserError):
    """Another segment of the data set has this name; `offer` is a free one near it."""

    def __init__(self, name: str, offer: str) -> None:
        super().__init__(
            Text(
                zh=f"已经有名为「{name}」的人群，可以用「{offer}」。",
                en=f"A segment is already called {name!r}. {offer!r} is free.",
            ),
            suggestions=(offer,),
        )
        self.name = name
        self.offer = offer


class ChangedMeanwhileError(UserError):
    """Somebody else changed the segment between reading and writing it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                zh=f"「{name}」刚被别人改过，请刷新后再试。",
                en=f"Somebody has just changed {name!r}. Look again, then retry.",
            )
        )


class SegmentStore(Protocol):
    """Keeps segments and their histories. Rules about names and references are not its business."""

    def load(self, data_set: str) -> tuple[Segment, ...]:
        """All segments of a data set, deleted ones too, oldest first."""
        ...

    def write(self, changes: Sequence[tuple[Segment, Change]]) -> None:
        """Write all or none. A revision of 1 is new; any other must follow the stored one.

        Raises `ChangedMeanwhileError` when it does not, `NameTakenError` when a living segment has the name,
        `DataError` when nothing can be written.
        """
        ...

    def history(self, segment_id: str) -> tuple[Change, ...]:
        """What happened to one segment, oldest first."""
        ...


class SegmentsOfMemory:
    """The fake: keeps segments as long as the process lives."""

    def __init__(self) -> None:
        self._segments: dict[str, Segment] = {}
        self._changes: list[Change] = []
        self._lock = threading.Lock()

    def load(self, data_set: str) -> tuple[Segment, ...]:
        return tuple(segment for segment in self._segments.values() if segment.data_set == data_set)

    def write(self, changes: Sequence[tuple[Segment, Change]]) -> None:
        with self._lock:
            after = dict(self._segments)
            for segment, _ in changes:
                stored = after.get(segment.id)
                if (stored.revision if stored else 0) != segment.revision - 1:
                    raise ChangedMeanwhileError(segment.name)
                after[segment.id] = segment
            living = [(s.data_set, name_key(s.name)) for s in after.values() if s.deleted_at is None]
            for segment, _ in changes:
                if living.count((segment.data_set, name_key(segment.name))) > 1:
                    raise NameTakenError(segment.name, f"{segment.name} 2")
            self._segments = after
            self._changes.extend(change for _, change in changes)

    def history(self, segment_id: str) -> tuple[Change, ...]:
        return tuple(change for change in self._changes if change.segment_id == segment_id)


def name_key(name: str) -> str:
    """What makes two names the same: width, case and spaces at the ends do not tell them apart."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
