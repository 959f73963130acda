"""What is shown for a question: a closed union of `Answer`, `Clarification` and `Refusal`. Values only; channels draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from assistant.interpreters.base import Note, RefusalKind
from semantic_layer.errors import Language, Text
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from semantic_layer.table import Table
from tools.chart import ChartSpec
from tools.profile import ProfileResult

BY_RULES = Text("规则理解", "understood by rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipOption:
    """A choice for an editable chip: the label to show and the whole plan that choosing it gives."""

    label: str
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One piece of the restatement. `removed` is the plan without it, or `None` where it cannot be left out."""

    id: str
    kind: Literal["metric", "group", "condition", "time", "comparison", "order", "limit", "share", "subject", "chart"]
    label: str
    by_default: bool = False  # filled in by a convention, not said by the person
    removed: Plan | None = None
    options: tuple[ChipOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The one big number. `change` is already worded ("+18", "-6.2 个百分点"); `good` colours it."""

    value: str
    exact: str
    label: str
    change: str = ""
    good: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallStep:
    """People left after one more condition; `plan` lists them."""

    label: str
    count: int
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A near condition that would leave somebody: what changes, how many it gives, and the plan."""

    label: str
    count: int
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionUsed:
    """A definition that the answer rests on."""

    name: str
    kind: Literal["metric", "tag", "dimension"]
    label: str
    meaning: str
    owner: str
    version: int
    freshness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A next question that was dry-run: it has an answer."""

    label: str
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds spent in each step."""

    interpret: float = 0.0
    compile: float = 0.0
    run: float = 0.0
    total: float = 0.0


class Actions(Protocol):
    """What can be done with an answer from code; the assistant that gave it stands behind."""

    def follow_up(self, answer: Answer, text: str) -> Reply: ...

    def save_segment(self, answer: Answer, name: str) -> SavedSegment: ...


class SavedSegment(Protocol):
    """A segment that was saved from an answer."""

    @property
    def name(self) -> str: ...

    def export(self, path: str | Path, *, purpose: str = "", user: User | None = None) -> Path:
        """Write its people to a CSV or XLSX file, for a purpose of the policy, with a proof."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A right number, how it was reached, and what can be done next."""

    id: str
    question: str
    language: Language
    text: str  # one or two sentences by template
    plan: Plan
    headline: Headline | None = None
    chips: tuple[Chip, ...] = ()
    notes: tuple[Note, ...] = ()
    table: Table | None = None
    chart: ChartSpec | None = None
    waterfall: tuple[WaterfallStep, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    emptied_by: str = ""  # the condition that leaves nobody, in words
    profile: ProfileResult | None = None
    people: Table | None = None  # a masked sample
    sections: tuple[Section, ...] = ()  # cards and definitions: titled text and tables
    definitions: tuple[DefinitionUsed, ...] = ()
    sql: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()  # written for the person, to be taken away
    follow_ups: tuple[FollowUp, ...] = ()
    as_of: date | None = None
    understood_by: Text = BY_RULES
    read_by: str = "rules"  # the same for machines: rules, reviewed, both, or model, then the name of the model
    can_ask_model: bool = False  # a language model is there and has not read this question yet
    timing: Timing = field(default_factory=Timing)
    actions: Actions | None = field(default=None, repr=False, compare=False)

    def follow_up(self, text: str) -> Reply:
        """Ask on from this answer: "那北京呢", "by gender instead"."""
        return self._actions().follow_up(self, text)

    def save_segment(self, name: str) -> SavedSegment:
        """Save the people of this answer under a name."""
        return self._actions().save_segment(self, name)

    def _actions(self) -> Actions:
        if self.actions is None:
            raise RuntimeError("this answer was made without an assistant behind it")
        return self.actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled block of an answer that is not a number: a definition card, a customer card, a list of tags."""

    title: str
    lines: tuple[tuple[str, str], ...] = ()  # name, value
    table: Table | None = None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A possible meaning, with how many people (or which number) it would give, and its plan."""

    label: str
    count: str
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """A question back. Options carry counts; `unexplained` names the words that nothing explains."""

    id: str
    asked: str
    language: Language
    question: str
    options: tuple[Option, ...] = ()
    unexplained: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    understood_by: Text = BY_RULES
    can_ask_model: bool = False
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An honest no: why, and what can be asked instead."""

    id: str
    asked: str
    language: Language
    kind: RefusalKind | Literal["error"]
    reason: str
    suggestions: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    understood_by: Text = BY_RULES
    can_ask_model: bool = False
    timing: Timing = field(default_factory=Timing)


Reply = Answer | Clarification | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is being done now, in words."""

    stage: Literal["understanding", "checking", "computing", "drawing"]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    reply: Reply


Event = Progress | Finished
