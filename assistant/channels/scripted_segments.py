"""Segments in memory for the scripted workspace."""

# a fake takes what its protocol gives

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from assistant.channels.workspace import SegmentEntry, SetOperation
from semantic_layer.errors import Text, UnknownNameError, UserError
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import InSegment, Or
from semantic_layer.query.types import Audience


class ScriptedSegments:
    """Segments in memory. Counts are made up from the name's length, so they are the same each time."""

    def __init__(self) -> None:
        self._entries: dict[str, SegmentEntry] = {}
        self._deleted: dict[str, SegmentEntry] = {}
        self._moments = 0

    def list(self, *, user: User) -> tuple[SegmentEntry, ...]:
        return tuple(sorted(self._entries.values(), key=lambda entry: entry.updated_at, reverse=True))

    def save(self, audience: Audience, name: str, *, user: User) -> SegmentEntry:
        return self._put(
            name, audience, Text("城市：上海，高价值客户", "City: Shanghai, high-value customers"), 214, user
        )

    def rename(self, name: str, new_name: str, *, user: User) -> SegmentEntry:
        entry = self._get(name)
        self._free(new_name)
        del self._entries[name]
        self._entries[new_name] = replace(entry, name=new_name, updated_at=self._now())
        return self._entries[new_name]

    def recount(self, name: str, *, user: User) -> SegmentEntry:
        now = self._now()
        self._entries[name] = replace(self._get(name), count=215, counted_at=now, updated_at=now)
        return self._entries[name]

    def combine(self, first: str, operation: SetOperation, second: str, name: str, *, user: User) -> SegmentEntry:
        audience = Audience(where=Or((InSegment(self._get(first).name), InSegment(self._get(second).name))))
        sign = {"union": "∪", "intersection": "∩", "difference": "−"}[operation]
        words = f"{first} {sign} {second}"
        return self._put(name, audience, Text(words, words), 318, user)

    def delete(self, name: str, *, user: User) -> None:
        self._deleted[name] = self._get(name)
        del self._entries[name]

    def restore(self, name: str, *, user: User) -> SegmentEntry:
        if name not in self._deleted:
            raise UnknownNameError(Text("人群", "segment"), name)
        self._entries[name] = self._deleted.pop(name)
        return self._entries[name]

    def _put(self, name: str, audience: Audience, words: Text, count: int, user: User) -> SegmentEntry:
        self._free(name)
        now = self._now()
        self._entries[name] = SegmentEntry(
            name=name,
            words=words,
            count=count,
            counted_at=now,
            owner=user.name,
            updated_at=now,
            version=1,
            audience=audience,
        )
        return self._entries[name]

    def _get(self, name: str) -> SegmentEntry:
        if name not in self._entries:
            raise UnknownNameError(Text("人群", "segment"), name, tuple(self._entries)[:3])
        return self._entries[name]

    def _free(self, name: str) -> None:
        if name in self._entries:
            raise UserError(
                Text(
                    f"已经有名为「{name}」的人群，请换个名称。",
                    f"A segment called “{name}” exists already. Choose another name.",
                )
            )

    def _now(self) -> datetime:
        self._moments += 1
        return datetime(2026, 10, 31, 9, self._moments % 60, tzinfo=UTC)
