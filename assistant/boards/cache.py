"""What was computed for tiles, kept apart by the rights it was computed under. It lasts as long as the process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from assistant.boards.port import Content, TileView
from semantic_layer.errors import Language, Text
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import Explain, Funnel, ListPeople, Overlap, Plan, Profile, Retention
from semantic_layer.query.types import Query
from tools.boards.types import Tile

MOST: Final = 2_000
FRESH_FOR: Final = timedelta(minutes=30)
"""After this an answer is computed again though the data has no new version: events come in between versions."""
TRY_AGAIN: Final = timedelta(minutes=5)
_BY_RIGHTS_ALONE: Final = (Query, ListPeople, Profile, Overlap, Retention, Funnel, Explain)


@dataclass(frozen=True, slots=True)
class Key:
    """What an answer depends on besides the data: the plan, the language, and whose rights."""

    plan: str
    language: Language
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The last good content, and why the last attempt failed if it did."""

    content: Content | None = None
    computed_at: datetime | None = None
    version: str = ""
    fault: Text | None = None
    failed_at: datetime | None = None
    failed_version: str = ""


def key_of(plan: Plan, language: Language, rights: str, person: str) -> Key:
    """Figures over customers are the same for all of equal rights. What else is asked for, and whatever rests on segments of
    people, may differ between two of them, so it is kept for each person.
    """
    text = plan_to_json(plan)
    shared = all(isinstance(step, _BY_RIGHTS_ALONE) for step in plan.steps) and '"in_segment"' not in text
    return Key(text, language, rights if shared else f"{rights} {person}")


class TileCache:
    """Safe for several threads; the least lately used entries go first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    def get(self, key: Key) -> Entry | None:
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: Key, content: Content, *, version: str, at: datetime) -> None:
        self._set(key, Entry(content=content, computed_at=at, version=version))

    def fail(self, key: Key, fault: Text, *, version: str, at: datetime) -> None:
        """The last good content stays beside the fault."""
        before = self.get(key) or Entry()
        self._set(key, replace(before, fault=fault, failed_at=at, failed_version=version))

    def _set(self, key: Key, entry: Entry) -> None:
        with self._lock:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)


def seen(tile: Tile, entry: Entry | None, *, version: str, now: datetime) -> TileView:
    """A tile with what is known of it, and whether that still holds."""
    if entry is None:
        return TileView(tile=tile, state="waiting")
    shown = TileView(tile=tile, state="old", content=entry.content, computed_at=entry.computed_at)
    if entry.failed_at is not None:
        again = entry.failed_version != version or now - entry.failed_at >= TRY_AGAIN
        if not again:
            return replace(shown, state="failed", fault=entry.fault)
        return replace(shown, fault=entry.fault)
    fresh = entry.version == version and entry.computed_at is not None and now - entry.computed_at < FRESH_FOR
    return replace(shown, state="fresh") if fresh else shown
