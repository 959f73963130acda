"""What the page of segments needs beyond names and rules, as a protocol; the fake beside it is `assistant.living.scripted`.

Every method is for one `user` and raises a `UserError` that says what is wrong and what is allowed. `rows` and `versions` are read
at every drawing of the page and cost little; the others may take a while, so a page asks them once and keeps what they gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from pyroaring import BitMap

from assistant.stewardship.types import Task
from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.errors import Language, Text
from semantic_layer.policy.types import User
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import Audience
from tools.segments.flows import Overlaps
from tools.segments.importing import Report
from tools.segments.listing import Into
from tools.segments.past import Trend
from tools.segments.stories import Line
from tools.segments.types import Arrangement, Segment, What

ABOUT: Final = "segment:"
"""What the task that looks at a segment is about: this and its name; without a name, all of them."""


class Standing(StrEnum):
    """How a segment stands."""

    NEVER = "never"  # not looked at yet
    FRESH = "fresh"  # looked at on the data and the rule of now
    STALE = "stale"  # on older data, or on an older rule
    FAILED = "failed"  # the last look did not succeed
    LIST = "list"  # a list of people: nothing to look at
    HIDDEN = "hidden"  # its rule rests on what this person may not see


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Who came and went at the last look; `None` for so few that the number would point at persons."""

    entered: int | None
    left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingRow:
    """A segment as the list shows it. `size` is `None` where it is not known, or not this person's to know.

    `sizes` are those of the last looks, oldest first, for whoever sees everybody. `moved` is missing before the second look.
    `why` says why it is stale or failed, `alert` what is unusual about its size. `may_change` holds for its owner and for those
    who manage segments.
    """

    name: str
    owner: str
    standing: Standing
    arrangement: Arrangement
    size: int | None = None
    sizes: tuple[int, ...] = ()
    moved: Moved | None = None
    looked_at: datetime | None = None
    as_of: date | None = None
    why: Text | None = None
    alert: Text | None = None
    may_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One change of a segment. `words` is its definition after it, `None` where this person may not see all of it."""

    version: int
    at: datetime
    by: str
    what: What
    name: str
    words: Text | None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Who came and went inside a period: the story, a line a cause, and what is to be known about the numbers."""

    span: DateSpan
    story: Text
    lines: tuple[Line, ...]
    remarks: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGiven:
    """A list as it came in: a file with its name, or pasted text."""

    file: str = ""
    content: bytes = b""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A field that names single customers, "entity.name", and what it is called."""

    field: str
    label: Text


class LivingPort(Protocol):
    """The segments of one data set as they live."""

    def watches(self) -> bool:
        """Whether segments are watched here at all; it must cost nothing."""
        ...

    # reading

    def rows(self, *, user: User) -> tuple[LivingRow, ...]:
        """Those that this person may use, in the order of folders and names."""
        ...

    def versions(self, name: str, *, user: User) -> tuple[Version, ...]:
        """What happened to one, newest first; looks and counts are no part of it."""
        ...

    def trend(self, name: str, *, user: User) -> Trend:
        """How its size went in the last twelve weeks; before its first look today's rule is asked of the data of then."""
        ...

    def changes(self, name: str, time: TimeRange, *, user: User) -> Changes: ...

    def overlap(self, names: Sequence[str], *, user: User) -> Overlaps: ...

    def identifiers(self, *, user: User) -> tuple[Identifier, ...]:
        """By which this person may match a list; that by which customers are listed first."""
        ...

    # changing

    def refresh(self, name: str, *, user: User) -> Task:
        """Look in the background at one segment, at all that this person may use when `name` is empty."""
        ...

    def arrange(self, name: str, arrangement: Arrangement, *, user: User) -> Segment: ...

    def freeze(self, name: str, people: Audience | BitMap, *, user: User) -> Segment:
        """Keep just these people as a list called `name`."""
        ...

    def save_into(self, name: str, people: Audience | BitMap, into: Into, *, user: User) -> Segment: ...

    def match(self, given: ListGiven, field: str, *, user: User) -> Report:
        """Which customers a list names, and every row that names none. Nothing is saved."""
        ...

    def report_file(self, report: Report, language: Language) -> Path:
        """Every row that did not count, with why, as a CSV file."""
        ...
