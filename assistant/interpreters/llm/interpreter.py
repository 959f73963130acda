"""Reads a question with a language model: one request, and one more to mend what could not be used.

Whatever the model says is data. It becomes a reading only when it decodes, holds under the definitions, and loses nothing
that the question surely says; else it is asked back or dropped, and the rules' own outcome stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, assert_never

from assistant.interpreters.base import (
    Ambiguous,
    Context,
    Declined,
    NotUnderstood,
    Outcome,
    Reading,
    RefusalKind,
    Understood,
)
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.language import language_of
from assistant.interpreters.llm.accounted import added, lost, unexplained
from assistant.interpreters.llm.client import (
    Completion,
    Exchange,
    FailureKind,
    ModelClient,
    ModelError,
    Request,
    Tool,
    Usage,
)
from assistant.interpreters.llm.drafts import AskBack, Drafted, Faulty, Form, SaysNo
from assistant.interpreters.llm.material import Gatherer, Material
from assistant.interpreters.proposals import with_notes
from assistant.interpreters.spans import Found, Gaps, plain
from prompts import render
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query

CALLS: Final = 2  # one, and one to repair or after a look into the vocabulary
_MOST_SAID: Final = 300  # letters quoted of what a model says
_UNUSABLE: Final = Text("模型的回答不能用", "the model's answer could not be used")
_WHICH: Final = Text(
    "这个问题有几种意思，您指的是哪一个？", "The question can mean several things. Which one do you mean?"
)
_WHOLE_HAN: Final = 9  # letters from which a turn is taken for a whole question
_WHOLE_LETTERS: Final = 26
_ALONE: Final = Text(
    "单独看这句话，模型是这样理解的，对吗？", "Taken alone, the model understands it so. Is that right?"
)
_UNSURE: Final = Text(
    "有些词不在标签、指标和取值里，模型是这样理解的，对吗？",
    "Some words are not among the tags, metrics and values. The model understood them so; is that right?",
)


class PlanFaults(Protocol):
    """Tells what is wrong with a plan under the definitions; `None` when it holds."""

    def __call__(self, plan: Plan) -> Text | None: ...


class MakesTools(Protocol):
    """The look-ups that a model may make for one question, with the rights of whoever asks it."""

    def __call__(self, material: Material, user: User | None) -> tuple[Tool, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRead:
    """What a model made of a question. `failed` says why there is no outcome, in words for a person."""

    outcome: Outcome | None
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    failed: Text | None = None
    kind: FailureKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What reading with a model needs of a data set. `seconds` is a monotonic clock."""

    gaps: Gaps
    gatherer: Gatherer
    form: Form
    faults: PlanFaults
    tools: MakesTools
    index: ModelIndex
    seconds: Callable[[], float]
    answers: bool = True  # whether a reading may be answered; else it is offered, and a person chooses


class ModelInterpreter:
    """One model over one data set. Safe for several threads; raises nothing that the model caused."""

    def __init__(self, client: ModelClient, parts: Parts, *, budget: float) -> None:
        self._client = client
        self._parts = parts
        self._budget = budget
        self._meanings = Meanings(parts.index)

    @property
    def model(self) -> str:
        return self._client.name

    def read(self, text: str, context: Context, *, until: float | None = None) -> ModelRead:
        """The model's reading of a question of its own, inside the budget of seconds. It is told nothing of what came
        before, so a short turn that follows an answer is only offered as what it would mean alone.
        """
        until = self._parts.seconds() + self._budget if until is None else until
        found = self._parts.gaps.of(text)
        material = self._parts.gatherer.gather(text, found, language_of(text))
        tools = self._parts.tools(material, context.user)
        usage = Usage()
        earlier: tuple[Exchange, ...] = ()
        try:
            while True:
                left = until - self._parts.seconds()
                completion = self._ask(text, material, tools, earlier, CALLS - usage.calls, left, context.cancel)
                usage = usage + completion.usage
                outcome = self._outcome(completion.text, text, material)
                if not isinstance(outcome, Faulty):
                    outcome = _offered_only(outcome) if _follows(text, context) else outcome
                    return ModelRead(outcome=outcome, model=self.model, usage=usage)
                if usage.calls >= CALLS:
                    return ModelRead(outcome=None, model=self.model, usage=usage, failed=_UNUSABLE)
                issues = render(f"repair.{material.language}", issues="\n".join(f"- {i}" for i in outcome.issues))
                earlier = (Exchange(answer=completion.text, issues=issues),)
        except ModelError as error:
            return ModelRead(
                outcome=None, model=self.model, usage=usage + error.usage, failed=error.message, kind=error.kind
            )

    def _ask(  # one request, all of it
        self,
        text: str,
        material: Material,
        tools: tuple[Tool, ...],
        earlier: tuple[Exchange, ...],
        calls: int,
        seconds: float,
        cancel: Cancel | None,
    ) -> Completion:
        form = self._parts.form
        completion = self._client.complete(
            Request(
                system=form.system(material),
                user=form.user(text, material),
                schema=form.schema(material),
                tools=() if earlier else tools,
                earlier=earlier,
                calls=calls,
                seconds=max(round(seconds, 1), 0.1),  # people are told of them
                cancel=cancel,
            )
        )
        # An answer is a call, whatever the endpoint reports.
        return replace(completion, usage=replace(completion.usage, calls=max(completion.usage.calls, 1)))

    # ---- from the answer to an outcome

    def _outcome(self, answer: str, text: str, material: Material) -> Outcome | Faulty:
        language = material.language
        draft = self._parts.form.read(answer, text, material)
        match draft:
            case Faulty():
                return draft
            case SaysNo(reason=""):
                return NotUnderstood(unexplained=tuple(g.said for g in material.gaps), language=language)
            case SaysNo(reason=reason):
                return Declined(kind=RefusalKind.OUT_OF_SCOPE, reason=_no(_quoted(reason, text)), language=language)
            case AskBack(plans=plans, question=question):
                return self._asked_back(plans, _quoted(question, text), material)
            case Drafted():
                return self._drafted(draft, material.found, material)
            case _:
                assert_never(draft)

    def _asked_back(self, plans: tuple[Plan, ...], question: str, material: Material) -> Outcome | Faulty:
        good = tuple(plan for plan in dict.fromkeys(plans) if self._parts.faults(plan) is None)
        if not good:
            return Faulty(issues=("options: none of the plans holds under the definitions.",))
        return Ambiguous(
            about="",
            question=Text(question, question) if question else _WHICH,
            readings=tuple(Reading(label=Text("", ""), plan=plan) for plan in good),
            language=material.language,
        )

    def _drafted(self, draft: Drafted, found: Found, material: Material) -> Outcome | Faulty:
        fault = self._parts.faults(draft.plan)
        if fault is not None:
            return Faulty(issues=(fault.en,))
        missing = lost(found, draft.plan, draft.glosses, self._meanings)
        if missing:
            return Faulty(issues=tuple(f"The plan leaves out what the question says: {said!r}." for said in missing))
        if added(found, draft.plan):
            return Faulty(issues=("The plan has a time that the question does not say.",))
        reading = with_notes(Reading(label=Text("", ""), plan=draft.plan), draft.glosses)
        open_words = unexplained(found, draft.glosses) or _unsaid(found, draft)
        if open_words or not draft.backed or not self._parts.answers:
            instead = tuple(Reading(label=Text("", ""), plan=plan) for plan in draft.instead)
            taken = tuple(gloss.said for gloss in draft.glosses if gloss.named)
            return NotUnderstood(
                unexplained=open_words or taken, nearest=(reading, *instead), why=_UNSURE, language=material.language
            )
        return Understood(reading=reading, language=material.language)


def _unsaid(found: Found, draft: Drafted) -> tuple[str, ...]:
    """The gaps, when the plan measures something though neither a name nor a gloss says what."""
    measures = any(isinstance(step, Query) and step.metrics for step in draft.plan.steps)
    if not measures or found.measured or any(gloss.named for gloss in draft.glosses):
        return ()
    return tuple(places[0].said for places in found.gaps)


def _no(said: str) -> Text:
    return Text(
        f"模型认为这份数据回答不了这个问题{said and f'：{said}'}",
        f"The model finds that this data cannot answer the question{said and f': {said}'}",
    )


def _quoted(said: str, asked: str) -> str:
    """What a model said, on one line; nothing when it brings numbers that were not asked with, for those it makes up."""
    short = " ".join(said.split())[:_MOST_SAID]
    return short if set(re.findall(r"\d+", short)) <= set(re.findall(r"\d+", asked)) else ""


def _follows(text: str, context: Context) -> bool:
    """May it be a turn that changes the answer before? Whole questions are longer."""
    return context.plan is not None and len(plain(text)) < (_WHOLE_HAN if language_of(text) == "zh" else _WHOLE_LETTERS)


def _offered_only(outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Understood):
        return outcome
    return NotUnderstood(unexplained=(), nearest=(outcome.reading,), why=_ALONE, language=outcome.language)
