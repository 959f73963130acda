"""What the Data page shows of sources: what was found, what maps to what, loads, quality, quarantine, drift. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from assistant.stewardship.types import Shown
from semantic_layer.errors import Text
from semantic_layer.ingestion.sources.types import SourceKind

Verdict = Literal["good", "warning", "bad"]
LoadState = Literal["running", "done", "failed", "held"]
DriftKind = Literal["added", "missing", "renamed", "retyped"]
DraftKind = Literal["entity", "relationship", "dimension", "metric", "tag"]
DraftState = Literal["open", "accepted", "changed", "rejected"]


class SourceState(StrEnum):
    NEW = "new"  # declared, never loaded
    GOOD = "good"
    LOADING = "loading"
    HELD = "held"  # a change of its columns waits for an answer
    FAILED = "failed"
    GONE = "gone"  # nothing is where it was


# --- sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source of the list. `address` never holds a secret. `said` is one sentence on its state, empty when all is well.

    `score` and `trend` (oldest first) go from 0 to 100; `None` and empty before the first load. `drift` counts open questions.
    """

    name: str
    label: Text
    kind: SourceKind
    address: str
    owner: str
    state: SourceState
    said: Text = Text("", "")  # frozen
    score: float | None = None
    trend: tuple[float, ...] = ()
    loaded_at: datetime | None = None
    rows: int | None = None
    quarantined: int = 0
    drift: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumn:
    """A column as it was found. `empty` is the share of cells without a value (0 to 1); `type` says what values look like."""

    name: str
    type: Text
    examples: tuple[Shown, ...]
    empty: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What stands at an address. `parts` are the sheets or tables to choose from, `part` the one that was read.

    `encoding` and `delimiter` are empty, and `header` is `None`, where they mean nothing. `header` counts the lines that
    make the header. `notes` are sentences on what was odd and what was done about it. `rows` is `None` when only counted at
    the load. `key` are the columns that tell rows apart, as proposed.
    """

    address: str
    kind: SourceKind
    name: str
    columns: tuple[FoundColumn, ...]
    parts: tuple[str, ...] = ()
    part: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: int | None = None
    files: int = 1
    size: int | None = None  # bytes
    rows: int | None = None
    key: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()

    def column(self, name: str) -> FoundColumn | None:
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How an address is to be read; what is empty is found out."""

    address: str
    part: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingProposal:
    """The field that a column seems to fill, empty for none; `score` from 0 to 1. `others` are further candidates."""

    column: str
    field: str
    score: float
    why: Text
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceForm:
    """A source to be saved. `mapping` holds column and field for the columns that are used; `key` are columns."""

    name: str
    reading: Reading
    mapping: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()
    watermark: str = ""


# --- loads and quality


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadEntry:
    load: int
    state: LoadState
    started_at: datetime
    ended_at: datetime | None = None
    rows_read: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_same: int = 0
    rows_held: int = 0
    why: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """One rule in the last load: how many values were checked, how many failed, and the share that failed (0 to 1)."""

    rule: str
    label: Text
    field: str
    verdict: Verdict
    checked: int
    failed: int
    share: float
    note: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True)
class ScorePoint:
    day: date
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """`score` is that of the last load, `None` before the first; `over_time` runs oldest first."""

    score: float | None
    at: datetime | None
    rules: tuple[RuleResult, ...]
    over_time: tuple[ScorePoint, ...]
    next_check: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A value that failed a rule. `held` rows are left out of what is published until they are settled."""

    id: str
    place: str
    rule: str
    field: str
    field_label: Text
    value: Shown
    reason: Text
    remedy: Text
    held: bool
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinePage:
    """`rules` counts the waiting rows by rule, most first: what a list can be narrowed to."""

    rows: tuple[QuarantineRow, ...]
    total: int
    offset: int
    rules: tuple[tuple[str, Text, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAnswer:
    """A way to settle a change. `effect` says what then happens with the column."""

    id: str
    label: Text
    effect: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftQuestion:
    id: str
    kind: DriftKind
    question: Text
    answers: tuple[DriftAnswer, ...]  # the likeliest first
    examples: tuple[Shown, ...] = ()
    found_at: datetime | None = None


# --- the field standard book and the draft


@dataclass(frozen=True, slots=True, kw_only=True)
class BookField:
    """One entry of the field standard. `filled_by` are the sources that fill it."""

    name: str
    label: Text
    meaning: Text
    type: Text
    format: Text = Text("", "")  # frozen
    owner: str = ""
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    filled_by: tuple[Text, ...] = ()
    identifies: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One proposed definition. `details` says what it is made of, `why` on what it rests."""

    id: str
    kind: DraftKind
    label: Text
    details: str
    why: Text
    state: DraftState = "open"
    examples: tuple[Shown, ...] = ()
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A drafted model. `adopted` says that its accepted rows are in the definitions already."""

    address: str
    rows: tuple[DraftRow, ...]
    notes: tuple[Text, ...] = ()
    adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChange:
    """A decision on one row; with `changed`, `label` takes the place of the proposed one."""

    row: str
    state: DraftState
    label: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReply:
    """An answer of the draft, always marked as such. `read_as` is how the question was read, `sql` what was run."""

    question: str
    text: Text
    read_as: Text
    sql: str = ""
