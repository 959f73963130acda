"""What is open on the Segments page. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.living.port import Changes, ListGiven
from tools.segments.flows import Overlaps
from tools.segments.importing import Report
from tools.segments.past import Trend

Place = Literal["", "changes", "why", "arrange", "freeze", "into", "compare"]
Part = Literal["size", "people", "settings", "history"]


@dataclass(slots=True, kw_only=True)
class ImportView:
    """A list on its way in: what was given, by which identifier it is matched, and what came of it."""

    given: ListGiven | None = None
    field: str = ""
    report: Report | None = None
    name: str = ""
    into: str = ""
    target: str = ""
    busy: bool = False
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class SegmentsView:
    """The open segment with what was found out about it, or the list with what was chosen in it.

    `fault` stands at the form named by `fault_at`, and `typed` is what was typed into it. `pictures` are charts drawn so far, by
    what they show, ground and language.
    """

    search: str = ""
    opened: str = ""
    part: Part = "size"
    trend: Trend | None = None
    changes: Changes | None = None
    days: int = 7
    first: str = ""
    last: str = ""
    busy: bool = False
    chosen: tuple[str, ...] = ()
    overlaps: Overlaps | None = None
    importing: ImportView | None = None
    fault: str = ""
    fault_at: Place = ""
    typed: dict[str, str] = field(default_factory=dict)
    pictures: dict[tuple[object, bool, str], str] = field(default_factory=dict)

    def complain(self, at: Place, said: str, **typed: str) -> None:
        """Say what was wrong where it was asked for, with what was typed."""
        self.fault_at, self.fault, self.typed = at, said, typed

    def settle(self) -> None:
        """Nothing is wrong any more."""
        self.fault_at, self.fault, self.typed = "", "", {}
