"""The forms of what goes out: replies, segments and definitions, closed and described. What can be run again is a plan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from assistant.channels.http.bodies import PlanBody
from assistant.channels.workspace import DefinitionKind
from semantic_layer.errors import Language

CellValue = bool | int | float | str | None


class Out(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnOut(Out):
    """A column of a table. `masked` says that its values are hidden from you."""

    name: str
    label: str
    role: str
    unit: str | None
    masked: bool


class TableOut(Out):
    """Rows in their order; dates are ISO text. `total_rows` is how many there are when `rows` is cut."""

    columns: list[ColumnOut]
    rows: list[list[CellValue]]
    total_rows: int | None


class NoteOut(Out):
    """Something to know about how the question was read."""

    kind: str
    words: str
    meaning: str


class OfferOut(Out):
    """Something that can be run with POST /plans, in words and as a plan."""

    label: str
    plan: PlanBody


class CountedOut(OfferOut):
    count: int


class OptionOut(OfferOut):
    """A possible meaning; `count` is already worded."""

    count: str


class ChipOut(Out):
    """A piece of what was understood. `removed` is the plan without it, `null` where it cannot be left out."""

    kind: str
    label: str
    by_default: bool
    removed: PlanBody | None
    options: list[OfferOut]


class HeadlineOut(Out):
    value: str
    exact: str
    label: str
    change: str


class ChartOut(Out):
    """A picture as a Vega-Lite specification with its data inside; `null` for one number."""

    kind: str
    title: str
    subtitle: str
    spec: dict[str, JsonValue] | None


class ProfileRowOut(Out):
    """`share` and `base_share` are fractions; `tgi` is 100 * share / base_share."""

    field: str
    label: str
    value: str
    count: int
    share: float
    base_share: float
    tgi: float
    significant: bool


class ProfileOut(Out):
    size: int
    base_size: int
    rows: list[ProfileRowOut]
    findings: list[str]


class DefinitionOut(Out):
    name: str
    kind: DefinitionKind
    label: str
    meaning: str
    owner: str
    version: int
    freshness: str


class LineOut(Out):
    name: str
    value: str


class SectionOut(Out):
    title: str
    lines: list[LineOut]
    table: TableOut | None
    code: str


class ReplyOut(Out):
    """What all replies say. `conversation` is the one that was sent with the question."""

    id: str
    data_set: str
    conversation: str | None
    language: Language
    notes: list[NoteOut]
    understood_by: str
    can_ask_model: bool
    milliseconds: float


class AnswerOut(ReplyOut):
    """A number, a table or people, how it was reached, and what can be done next."""

    kind: Literal["answer"] = "answer"
    text: str
    plan: PlanBody
    headline: HeadlineOut | None
    chips: list[ChipOut]
    table: TableOut | None
    people: TableOut | None = Field(description="a sample, masked as your role needs")
    chart: ChartOut | None
    waterfall: list[CountedOut]
    relaxations: list[CountedOut]
    emptied_by: str
    profile: ProfileOut | None
    sections: list[SectionOut]
    definitions: list[DefinitionOut]
    follow_ups: list[OfferOut]
    sql: list[str]
    as_of: date | None


class ClarificationOut(ReplyOut):
    """A question back."""

    kind: Literal["clarification"] = "clarification"
    question: str
    options: list[OptionOut]
    unexplained: list[str]
    suggestions: list[str]


class RefusalOut(ReplyOut):
    """An honest no: why, and what can be asked instead."""

    kind: Literal["refusal"] = "refusal"
    why: str
    reason: str
    suggestions: list[str]


AnyReply = AnswerOut | ClarificationOut | RefusalOut


class ReplyBody(RootModel[Annotated[AnyReply, Field(discriminator="kind")]]):
    """An answer, a question back, or an honest no."""


class ProgressOut(Out):
    """What is being done now: the data of the event `progress`."""

    stage: Literal["understanding", "checking", "computing", "drawing"]
    label: str


class SegmentOut(Out):
    """A saved group of people. `plan` lists them; `count` is that of the last count."""

    name: str
    words: str
    count: int | None
    counted_at: datetime | None
    owner: str
    updated_at: datetime
    version: int
    data_set: str
    plan: PlanBody


class SegmentsPage(Out):
    items: list[SegmentOut]
    next_cursor: str | None = Field(description="for the next page; null on the last")


class EntryOut(Out):
    name: str
    kind: DefinitionKind
    label: str
    summary: str
    category: str
    category_label: str


class CataloguePage(Out):
    items: list[EntryOut]
    next_cursor: str | None = Field(description="for the next page; null on the last")


class CardOut(Out):
    """All that is written down about one name, and a question that uses it."""

    name: str
    card: SectionOut
    question: str


class PurposeOut(Out):
    id: str
    label: str


class DataSetOut(Out):
    id: str
    title: str
    roles: list[str] = Field(description="your roles there")


class KeyOut(Out):
    label: str
    hint: str
    expires_at: datetime | None


class MeOut(Out):
    """Whom the key stands for, and what it may be used for. `key` is null for the person at this machine."""

    login: str
    name: str
    scopes: list[str]
    key: KeyOut | None
    data_sets: list[DataSetOut]
