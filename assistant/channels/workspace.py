"""What a screen or a bot needs from the product, as protocols. Channels know this and nothing below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from assistant.answer import Answer, Event, Section
from assistant.memory.port import MemoryPort
from assistant.settings import Mode
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Audience

FileFormat = Literal["csv", "xlsx"]
PictureFormat = Literal["png", "svg"]
SetOperation = Literal["union", "intersection", "difference"]
DefinitionKind = Literal["tag", "metric", "dimension"]
ExportPart = Literal["table", "people"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set that can be opened."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A way to finish what is being typed: `text` replaces the whole question."""

    text: str
    hint: str = ""  # what the word is: metric, tag, a value of city


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Characters `start` (inside) to `end` (outside) of a question, and whether anything explains them."""

    start: int
    end: int
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    """A saved group of people as one person sees it. `words` is its definition as a restatement.

    `count` is that of the last count under the rights of whoever looks; `None` when there is none, or only one that was made
    under other rights. Where the definition rests on what this person may not see, `words` and `audience` only name it.
    """

    name: str
    words: Text
    count: int | None
    counted_at: datetime | None
    owner: str
    updated_at: datetime
    version: int
    audience: Audience


class SegmentsPort(Protocol):
    """Saved groups of people. Every method raises a `UserError` that says what is wrong and what is allowed.

    Everybody sees all of them; changing one is for its owner and for roles with `manage_segments`.
    """

    def list(self, *, user: User) -> tuple[SegmentEntry, ...]: ...

    def save(self, audience: Audience, name: str, *, user: User) -> SegmentEntry: ...

    def rename(self, name: str, new_name: str, *, user: User) -> SegmentEntry: ...

    def recount(self, name: str, *, user: User) -> SegmentEntry:
        """Count it now under this user's rights; nobody else sees the number but those with equal rights."""
        ...

    def combine(self, first: str, operation: SetOperation, second: str, name: str, *, user: User) -> SegmentEntry: ...

    def delete(self, name: str, *, user: User) -> None: ...

    def restore(self, name: str, *, user: User) -> SegmentEntry:
        """Take back the last `delete` of this name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportColumn:
    """A column that may leave: `sensitivity` says whether it is shown masked without a purpose that allows it."""

    name: str
    label: Text
    sensitivity: Sensitivity = Sensitivity.NONE


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why data leaves the house, as the policy names it."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """How a file is wanted. Without `columns` all that are offered are written."""

    format: FileFormat
    bom: bool = True
    purpose: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One defined tag, metric or dimension. `name` finds its definition; `category` is empty where there is none."""

    name: str
    kind: DefinitionKind
    label: str
    summary: str
    category: str = ""
    category_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionCard:
    """All that is written down about one name, and a question that uses it."""

    section: Section
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """The language model behind a data set. `said` is one line for the page: which model, or why there is none."""

    mode: Mode
    ready: bool
    said: Text


class AssistantPort(Protocol):
    """One open data set."""

    @property
    def title(self) -> Text: ...

    @property
    def as_of(self) -> date: ...

    @property
    def currency(self) -> str:
        """ISO code, for the sign before amounts."""
        ...

    @property
    def segments(self) -> SegmentsPort: ...

    def new_conversation(self) -> str: ...

    @property
    def memory(self) -> MemoryPort:
        """What people say about answers, and the questions that were reviewed."""
        ...

    def identifies(self, field: str) -> bool:
        """Whether a field tells single customers apart: member numbers, and numbers of what belongs to one of them."""
        ...

    def model_status(self) -> ModelStatus:
        """Whether a language model reads questions here, and how it does."""
        ...

    def stream(
        self, text: str, *, user: User, conversation: str, cancel: Cancel, ask_model: bool = False
    ) -> Iterator[Event]:
        """Answer a question in words, or words that answer a question back. Ends with `Finished` or a `UserError`.

        With `ask_model` the language model reads it too, though the rules did: "not satisfied? ask the model".
        """
        ...

    def run_plan(
        self, plan: Plan, *, user: User, conversation: str, language: Language, cancel: Cancel
    ) -> Iterator[Event]:
        """Answer a plan that an earlier reply offered: a chip, an option, a step, a follow-up, another picture."""
        ...

    def look_back(self, answer: Answer, *, conversation: str) -> None:
        """Make an earlier answer the one that the next follow-up edits."""
        ...

    def samples(self, language: Language) -> tuple[str, ...]:
        """Questions known to be answerable, best first."""
        ...

    def scope(self, language: Language) -> str:
        """One line of what can be asked."""
        ...

    def complete(self, text: str, language: Language, *, user: User | None = None) -> tuple[Completion, ...]:
        """Ways to go on typing, of names that this user may use; without a user, of those that no role hides."""
        ...

    def understood_spans(self, text: str) -> tuple[WordSpan, ...]: ...

    def restated(self, answer: Answer) -> str:
        """The plan of an answer in words that could be asked; empty when there is nothing to add to the chips."""
        ...

    def origins(self, answer: Answer) -> tuple[tuple[str, str], ...]:
        """Each column of the numbers and what it is made from; empty for answers without numbers."""
        ...

    def names_people(self, answer: Answer) -> bool:
        """Whether the people of an answer can be saved as a segment, by a rule or as a list."""
        ...

    def save_people(self, answer: Answer, name: str, *, user: User) -> str:
        """Save them; the name under which they are kept. Raises what saving a segment raises."""
        ...

    def audience_of(self, answer: Answer) -> Audience | None:
        """The people an answer is about, if it can be saved as a segment."""
        ...

    def export_columns(self, answer: Answer, part: ExportPart, *, user: User) -> tuple[ExportColumn, ...]: ...

    def export_answer(self, answer: Answer, part: ExportPart, request: ExportRequest, *, user: User) -> Path: ...

    def segment_columns(self, name: str, *, user: User) -> tuple[ExportColumn, ...]: ...

    def export_segment(self, name: str, request: ExportRequest, *, user: User) -> Path: ...

    def export_purposes(self, *, user: User) -> tuple[Purpose, ...]:
        """The purposes that this user may state."""
        ...

    def chart_svg(self, answer: Answer, *, dark: bool) -> str:
        """The picture of an answer as SVG text, for a light or a dark ground."""
        ...

    def chart_file(self, answer: Answer, picture: PictureFormat, *, user: User) -> Path: ...

    def catalogue(
        self,
        search: str,
        kind: DefinitionKind | None,
        category: str | None,
        language: Language,
        *,
        user: User | None = None,
    ) -> tuple[CatalogueEntry, ...]:
        """The definitions that this user may use; without a user, those that no role hides. Nothing for no role."""
        ...

    def definition(self, name: str, language: Language, *, user: User | None = None) -> DefinitionCard:
        """All that is written down about one name; without a user no figure about the data stands in it.

        Raises `UnknownNameError`, and `NotAllowedError` for what this user may not use.
        """
        ...


class Workspace(Protocol):
    """All data sets that this installation opens; the first is the default."""

    @property
    def datasets(self) -> tuple[Dataset, ...]: ...

    def assistant(self, dataset: str) -> AssistantPort: ...
