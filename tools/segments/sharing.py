"""Who sees which saved segment, and what an arrangement may say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Final, Protocol

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.types import Audience
from semantic_layer.segments import Members
from tools.segments.algebra import segments_in
from tools.segments.types import Arrangement, Segment, Who, name_key

MAX_FOLDER: Final = 60


class Kept(Protocol):
    """What there is to be seen."""

    def list(self) -> tuple[Segment, ...]: ...

    def members(self, name: str) -> Members | None: ...


class SeenSegments:
    """The segments that one person may use: those shared with them, and what these rest on. Any other is not there."""

    def __init__(self, kept: Kept, who: Who) -> None:
        self._kept = kept
        self._who = who

    def audience(self, name: str) -> Audience | None:
        segment = self._usable.get(name_key(name))
        return segment.audience if segment is not None else None

    def members(self, name: str) -> Members | None:
        segment = self._usable.get(name_key(name))
        return self._kept.members(segment.name) if segment is not None and segment.frozen else None

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(segment.name for segment in self._usable.values() if segment.seen_by(self._who)))

    def seen_by(self, person: str, *, manages: bool) -> SeenSegments:
        return SeenSegments(self._kept, Who(name=person, manages=manages))

    @cached_property
    def _usable(self) -> Mapping[str, Segment]:
        """Read once: this view lasts no longer than a question."""
        named = {name_key(one.name): one for one in self._kept.list()}
        waiting = [key for key, one in named.items() if one.seen_by(self._who)]
        usable: dict[str, Segment] = {}
        while waiting:
            key = waiting.pop()
            if key in named and key not in usable:
                usable[key] = named[key]
                waiting.extend(name_key(one) for one in segments_in(named[key].audience.where))
        return usable


def usable_folder(folder: str) -> str:
    """The name of a folder without odd spaces; empty for none. Raises `InvalidPlanError` for one that cannot be shown."""
    clean = re.sub(r"\s+", " ", unicodedata.normalize("NFC", folder)).strip()
    if len(clean) > MAX_FOLDER or any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} for char in clean):
        raise InvalidPlanError(
            Text(
                f"文件夹名称最多 {MAX_FOLDER} 个可见字符。",
                f"A folder's name has at most {MAX_FOLDER} visible characters.",
            )
        )
    return clean


def check_arrangement(arrangement: Arrangement) -> None:
    """Raises `InvalidPlanError` for one that cannot be meant."""
    low, high = arrangement.at_least, arrangement.at_most
    if any(bound is not None and bound < 0 for bound in (low, high)):
        raise InvalidPlanError(Text("人数的界限不能是负数。", "A bound on a number of people cannot be negative."))
    if low is not None and high is not None and low > high:
        raise InvalidPlanError(
            Text(
                zh=f"下限 {low:,} 大于上限 {high:,}，没有人数能满足。",
                en=f"The lower bound {low:,} is above the upper bound {high:,}: no size meets both.",
            )
        )
    if arrangement.sharing == "named" and not arrangement.shared_with:
        raise InvalidPlanError(
            Text("按姓名共享时，请写出与谁共享。", "To share with people by name, say with whom."),
            suggestions=("private", "everyone"),
        )
