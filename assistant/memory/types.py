"""Reviewed questions, what people said about answers, and what waits for a reviewer. Values only; never a row of a result."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from semantic_layer.errors import Issue, Language, Text, UserError
from semantic_layer.query.plan import Plan

MODEL = "model"  # begins `understood_by` of what a language model read


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedQuestion:
    """A question whose plan a data owner approved, in one or more wordings of each language.

    `definitions` is the version of the definitions that it was last checked against; `file` and `line` tell where it stands.
    """

    id: str
    plan: Plan
    approved_by: str
    approved_on: date
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    note: str = ""
    definitions: str = ""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def wordings(self, language: Language | None = None) -> tuple[str, ...]:
        """The wordings of one language, or all of them."""
        if language is None:
            return (*self.zh, *self.en)
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a plan does not hold under the definitions, and which names are near those it uses."""

    reason: Text
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairIssue:
    """A reviewed question that was set aside: it is not used until it is mended or the definitions fit it again."""

    pair: ReviewedQuestion
    fault: Fault

    @property
    def said(self) -> Text:
        near = tuple(name for name in self.fault.nearest if name not in self.fault.reason.en)
        zh = f"相近的有：{'、'.join(near)}。" if near else ""
        en = f" Near: {', '.join(near)}." if near else ""
        return Text(f"需要复核：{self.fault.reason.zh}{zh}", f"needs review: {self.fault.reason.en}{en}")

    @property
    def issue(self) -> Issue:
        """The same as a fault of a file."""
        near = " or ".join(repr(name) for name in self.fault.nearest)
        remedy = f"Use {near} in the plan, or withdraw it." if near else "Mend the plan, or withdraw it."
        key = f"questions[{self.pair.id}].plan"
        return Issue(file=self.pair.file, line=self.pair.line, key=key, message=self.fault.reason.en, remedy=remedy)


class FeedbackKind(StrEnum):
    """What a person did about a reply."""

    THUMB = "thumb"  # up or down
    CORRECTION = "correction"  # "correct this"
    CHOICE = "choice"  # of one of the meanings that were offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What somebody said about the reply `answer` to a question. Plans are JSON text; empty for none.

    `understood_by` names who read the question: `rules`, `reviewed`, or `model` and more. `correction` is in the person's
    words; `corrected` is the plan that they chose instead. One person has one thumb, correction and choice a reply: the
    last counts.
    """

    id: str
    at: datetime
    who: str
    data_set: str
    kind: FeedbackKind
    answer: str
    question: str
    language: Language
    conversation: str = ""
    plan: str = ""
    good: bool | None = None
    comment: str = ""
    correction: str = ""
    corrected: str = ""
    understood_by: str = ""

    @property
    def proposed(self) -> str:
        """The plan that this says is right, as JSON; empty when it does not say one."""
        match self.kind:
            case FeedbackKind.THUMB:
                return self.plan if self.good else ""
            case FeedbackKind.CORRECTION | FeedbackKind.CHOICE:
                return self.corrected

    @property
    def wants_review(self) -> bool:
        """Whether a reviewer should look at the question."""
        match self.kind:
            case FeedbackKind.THUMB:
                liked = self.good is True and bool(self.plan) and self.understood_by.startswith(MODEL)
                return self.good is False or liked
            case FeedbackKind.CORRECTION:
                return bool(self.correction or self.corrected)
            case FeedbackKind.CHOICE:
                return bool(self.corrected)


class State(StrEnum):
    """Where an item of the queue stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # was approved; its pair was taken out again


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question that waits for a reviewer, or was decided. There is one for all who asked the same question.

    `plan` is that of the last approval, as JSON; `revision` counts every change.
    """

    id: str
    data_set: str
    question: str
    language: Language
    opened_at: datetime
    last_seen: datetime
    state: State = State.OPEN
    decided_by: str = ""
    decided_at: datetime | None = None
    why: str = ""
    plan: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plan that people say is right, as JSON, and how many times they did."""

    plan: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An item with what people said: how often and by how many, how many were not satisfied, and which plans they chose.

    `shown` are plans that were answered and disliked; `remarks` are comments and corrections, newest first. No names.
    """

    item: Item
    count: int
    people: int
    disliked: int = 0
    candidates: tuple[Candidate, ...] = ()
    shown: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """What waits for a reviewer: open proposals, most frequent first; pairs that were set aside; faults of the files."""

    proposals: tuple[Proposal, ...] = ()
    set_aside: tuple[PairIssue, ...] = ()
    faults: tuple[Issue, ...] = ()
    said: Text | None = None  # where approved pairs go, when that is not beside the definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """Approve a question: with other wordings than the one asked, or another plan than the one proposed, if given."""

    questions: tuple[str, ...] = ()
    plan: Plan | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Turn a proposal down; `why` is needed."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Undo a decision."""

    why: str = ""


Decision = Approve | Reject | Withdraw


class DecidedMeanwhileError(UserError):
    """Somebody else decided about the question between reading and deciding."""

    def __init__(self, question: str) -> None:
        super().__init__(
            Text(
                zh=f"「{question}」刚被别人处理过，请刷新后再看。",
                en=f"Somebody has just decided about {question!r}. Look again.",
            )
        )
