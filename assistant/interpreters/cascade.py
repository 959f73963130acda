"""Who reads a question: reviewed questions first, then the rules, then a language model. Each is said to have read it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Literal, Protocol

from assistant.interpreters.base import (
    Ambiguous,
    Context,
    Declined,
    Interpreter,
    Note,
    NoteKind,
    NotUnderstood,
    Outcome,
    Reading,
    Understood,
)
from assistant.interpreters.grammar.normalise import encodable
from assistant.interpreters.language import language_of
from assistant.interpreters.llm.client import FailureKind, Usage
from assistant.interpreters.llm.interpreter import ModelRead
from assistant.interpreters.proposals import Proposer
from assistant.interpreters.spans import Gaps
from semantic_layer.errors import CancelledError, Language, Text
from semantic_layer.query.plan import Plan
from semantic_layer.query.time import Comparison
from semantic_layer.query.types import Query

Mode = Literal["offline", "careful", "full"]

OFFERED: Final = 3  # readings that a question back offers


class By(StrEnum):
    """Who read a question."""

    REVIEWED = "reviewed"
    RULES = "rules"
    MODEL = "model"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a question was read as, by whom, and what that took. `note` says why a model did not help."""

    outcome: Outcome
    by: By = By.RULES
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    can_ask_model: bool = False
    note: Text | None = None

    @property
    def said(self) -> Text:
        """By whom it was understood, for a person."""
        match self.by:
            case By.REVIEWED:
                return Text("已审核的问题", "understood as a reviewed question")
            case By.RULES:
                return Text("规则理解", "understood by rules")
            case By.MODEL:
                return Text(f"模型理解（{self.model}）", f"understood by a model ({self.model})")
            case By.BOTH:
                return Text(f"规则与模型理解一致（{self.model}）", f"rules and model agree ({self.model})")

    @property
    def notes(self) -> tuple[Note, ...]:
        """Why a model did not help, as people are told of it."""
        return () if self.note is None else (Note(kind=NoteKind.DEFAULT, words="", meaning=self.note),)


def nobody_read() -> Read:
    """For a plan that was not in words: a chip, a button, a saved question."""
    return Read(outcome=NotUnderstood(unexplained=(), language="zh"))


class Pair(Protocol):
    @property
    def plan(self) -> Plan: ...


class Reviewed(Protocol):
    """Questions whose plans were approved."""

    def match(self, text: str) -> Pair | None: ...


class NothingReviewed:
    """The fake: no question was reviewed."""

    def match(self, text: str) -> Pair | None:
        return None


class Model(Protocol):
    """A language model that reads questions."""

    @property
    def model(self) -> str: ...

    def read(self, text: str, context: Context) -> ModelRead: ...


class Cascade:
    """Reads questions of one data set. Safe for several threads. Without a model it is offline, whatever the mode."""

    def __init__(
        self,
        grammar: Interpreter,
        *,
        reviewed: Reviewed | None = None,
        proposer: Proposer | None = None,
        gaps: Gaps | None = None,
        model: Model | None = None,
        mode: Mode = "full",
    ) -> None:
        self.mode = mode if model is not None else "offline"
        self._grammar = grammar
        self._reviewed = reviewed or NothingReviewed()
        self._proposer = proposer
        self._gaps = gaps
        self._model = model

    def read(self, text: str, context: Context, *, ask_model: bool = False) -> Read:
        """The reading of a question. With `ask_model` the model reads it too, though others did."""
        text = encodable(text)  # half a character would be an error in an encoder
        pair = None if ask_model else self._reviewed.match(text)
        if pair is not None:
            reading = Reading(label=Text("", ""), plan=pair.plan)
            return Read(
                outcome=Understood(reading=reading, language=language_of(text)),
                by=By.REVIEWED,
                can_ask_model=self._may_ask,
            )
        outcome = self._grammar.interpret(text, context)
        if isinstance(outcome, Declined) or not self._wanted(outcome, ask_model=ask_model):
            return Read(outcome=self._with_proposals(text, outcome), can_ask_model=self._can_help(outcome))
        assert self._model is not None
        asked = self._model.read(text, context)
        return self._joined(text, outcome, asked)

    @property
    def _may_ask(self) -> bool:
        return self.mode != "offline"

    def _can_help(self, outcome: Outcome) -> bool:
        """May a model still be asked? What must not be answered stays so."""
        return self._may_ask and not isinstance(outcome, Declined)

    def _wanted(self, outcome: Outcome, *, ask_model: bool) -> bool:
        """A question back about a word with several declared meanings is what the company wants: no model decides it."""
        return self._may_ask and (ask_model or (self.mode == "full" and isinstance(outcome, NotUnderstood)))

    def _joined(self, text: str, rules: Outcome, asked: ModelRead) -> Read:
        read = Read(outcome=rules, model=asked.model, usage=asked.usage)
        found = asked.outcome
        if asked.kind is FailureKind.CANCELLED and asked.failed is not None:
            raise CancelledError(asked.failed)  # nobody waits for what the rules can offer
        if found is None:
            why = asked.failed or Text("", "")
            note = Text(
                f"模型没有帮上忙，按规则理解：{why.zh}",
                f"The model could not help; this is the rules' reading. {why.en}",
            )
            return replace(read, outcome=self._with_proposals(text, rules), note=note)
        if not isinstance(rules, Understood):
            if isinstance(found, NotUnderstood):
                return replace(read, outcome=self._merged(text, rules, found))
            return replace(read, outcome=found, by=By.MODEL)
        if isinstance(found, Understood):
            if _same(found.reading.plan, rules.reading.plan):
                return replace(read, by=By.BOTH)
            return replace(read, outcome=_differ(rules.reading, found.reading, asked.model, rules.language))
        return replace(read, note=Text("模型没有找到别的理解。", "The model found no other reading."))

    def _merged(self, text: str, rules: Outcome, found: NotUnderstood) -> Outcome:
        """What the model thinks likely is offered first, then what the rules can offer."""
        if not isinstance(rules, NotUnderstood):
            return rules
        offered = self._with_proposals(text, rules)
        assert isinstance(offered, NotUnderstood)
        readings = {reading.plan: reading for reading in (*found.nearest, *offered.nearest)}
        return replace(
            offered,
            unexplained=found.unexplained or offered.unexplained,
            nearest=tuple(readings.values())[:OFFERED],
            why=found.why if found.nearest else offered.why,
        )

    def _with_proposals(self, text: str, outcome: Outcome) -> Outcome:
        """A question back with readings that names near the unknown words would give, where there are any."""
        if not isinstance(outcome, NotUnderstood) or self._proposer is None or self._gaps is None:
            return outcome
        found = self._gaps.of(text)
        proposals = self._proposer.propose(text, found, outcome.language, OFFERED)
        if not proposals:
            return outcome
        readings = {proposal.reading.plan: proposal.reading for proposal in proposals}
        for reading in outcome.nearest:
            readings.setdefault(reading.plan, reading)
        unknown = tuple(dict.fromkeys(places[0].said for places in found.gaps))
        return replace(outcome, unexplained=unknown, nearest=tuple(readings.values())[:OFFERED])


def _same(one: Plan, other: Plan) -> bool:
    """Do two plans ask for the same? The rules hold a number against the period before by default; a model need not."""
    return _without_default(one) == _without_default(other)


def _without_default(plan: Plan) -> Plan:
    steps = tuple(
        replace(step, compare_to=())
        if isinstance(step, Query) and step.compare_to in ((), (Comparison.PERIOD_BEFORE,))
        else step
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def _differ(rules: Reading, model: Reading, name: str, language: Language) -> Ambiguous:
    """Two plans for one question: the person chooses, seeing what each gives."""
    return Ambiguous(
        about="",
        question=Text(
            "规则和模型的理解不同，您指的是哪一个？", "Rules and model read this differently. Which one do you mean?"
        ),
        readings=(
            replace(rules, label=Text("规则理解", "By rules")),
            replace(model, label=Text(f"模型理解（{name}）", f"By the model ({name})")),
        ),
        language=language,
    )
