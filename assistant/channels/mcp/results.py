"""What the tools give. Every model is told to the client as an output schema."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, JsonValue

from assistant.channels.workspace import DefinitionKind
from semantic_layer.errors import Language

CellValue = str | int | float | bool | None


class ColumnTold(BaseModel):
    name: str
    label: str
    unit: str = ""


class OptionTold(BaseModel):
    """Something to go on with: `plan` for run_plan; `count` says how many people it would give, where that is known."""

    label: str
    count: str = ""
    plan: dict[str, JsonValue]


class StepTold(BaseModel):
    """People left after one more condition."""

    label: str
    count: int


class ShareTold(BaseModel):
    """How common a value is among the people of the answer, and among the base (0 to 1)."""

    field: str
    value: str
    count: int
    share: float
    base_share: float


class DetailTold(BaseModel):
    title: str
    lines: tuple[tuple[str, str], ...] = ()
    code: str = ""


class ReplyTold(BaseModel):
    """An answer, a question back, a refusal, or an answer about single people, which this door does not give out."""

    kind: Literal["answer", "clarification", "refusal", "withheld"]
    text: str
    language: Language
    data_set: str
    conversation: str
    plan: dict[str, JsonValue] | None = None
    columns: tuple[ColumnTold, ...] = ()
    rows: tuple[tuple[CellValue, ...], ...] = ()
    total_rows: int | None = None
    steps: tuple[StepTold, ...] = ()
    profile: tuple[ShareTold, ...] = ()
    details: tuple[DetailTold, ...] = ()
    chart: str = ""
    sql: tuple[str, ...] = ()
    as_of: str = ""
    options: tuple[OptionTold, ...] = ()
    follow_ups: tuple[OptionTold, ...] = ()
    suggestions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    why: str = ""
    understood_by: str = ""


class DataSetTold(BaseModel):
    id: str
    title: str
    roles: tuple[str, ...]


class DataSetsTold(BaseModel):
    data_sets: tuple[DataSetTold, ...]


class EntryTold(BaseModel):
    name: str
    kind: DefinitionKind
    label: str
    meaning: str
    category: str = ""


class EntriesTold(BaseModel):
    """`total` counts all that fit; `entries` is cut at the limit asked for."""

    data_set: str
    total: int
    entries: tuple[EntryTold, ...]


class DefinitionTold(BaseModel):
    data_set: str
    title: str
    lines: tuple[tuple[str, str], ...]
    code: str = ""
    question: str = ""


class SegmentTold(BaseModel):
    """A saved segment. `count` is that of its last recount."""

    name: str
    meaning: str
    count: int | None
    counted_at: str = ""
    owner: str
    updated_at: str
    version: int


class SegmentsTold(BaseModel):
    data_set: str
    segments: tuple[SegmentTold, ...]


class SegmentCount(BaseModel):
    """How many people of a segment the caller may see today."""

    data_set: str
    name: str
    count: int
    as_of: str
    text: str


class SegmentDone(BaseModel):
    data_set: str
    done: Literal["saved", "renamed", "deleted"]
    segment: SegmentTold
    text: str


class ExportDone(BaseModel):
    """A file that may be fetched as the resource `uri` for an hour, by the one who asked for it."""

    data_set: str
    uri: str
    file: str
    mime_type: str
    bytes: int
    purpose: str
    text: str
