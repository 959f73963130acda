"""`Assistant`: a question in, an answer, a question back or an honest no out. Short on purpose: each part has its own room."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from assistant.answer import Answer, Clarification, Event, Finished, Progress, Reply, Timing
from assistant.conversation.choice import chosen
from assistant.conversation.record import ReadBy, audit_entry
from assistant.conversation.store import Conversation, ConversationStore, Turn
from assistant.interpreters.base import (
    Ambiguous,
    Context,
    Declined,
    Note,
    NoteKind,
    NotUnderstood,
    Outcome,
    RefusalKind,
    Understood,
)
from assistant.interpreters.cascade import Read
from assistant.interpreters.grammar.normalise import encodable
from assistant.interpreters.language import language_of
from assistant.replies.actions import ask_purpose
from assistant.replies.build import answer
from assistant.replies.drafted import drafted_notes
from assistant.replies.follow_ups import follow_ups
from assistant.replies.limited import limited_notes
from assistant.replies.questions_back import ask_back, ask_which_way, refused
from assistant.resources import Asked, Resources
from assistant.take import SegmentHandle, Wanted, save_people, take
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import (
    CancelledError,
    DataError,
    Language,
    NotAllowedError,
    NotYetError,
    SeveralPathsError,
    Text,
    UserError,
)
from semantic_layer.policy.types import User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.plan import Export, Pin, Plan, SaveSegment
from tools.export.proof import Proof

READING = Text("理解问题…", "Reading the question…")
MACHINES = ("http", "mcp")  # doors through which programs ask
MODEL_READING = Text("模型在读问题…", "The model is reading the question…")
COMPUTING = Text("计算…", "Computing…")


class Assistant:
    """One open data set that can be asked. Safe for several people at once: all state is per conversation."""

    def __init__(self, resources: Resources, *, user: User) -> None:
        self.resources = resources
        self.user = user
        self.conversations = ConversationStore()

    def ask(
        self, text: str, *, user: User | None = None, conversation: str | None = None, ask_model: bool = False
    ) -> Reply:
        """The reply to a question, with follow-ups. Without a conversation each question stands alone."""
        return self._last(self.stream(text, user=user, conversation=conversation, ask_model=ask_model))

    def run(
        self, plan: Plan, *, language: Language = "zh", user: User | None = None, conversation: str | None = None
    ) -> Reply:
        """The reply to a plan that is already known: a chip, a button, a saved question."""
        return self._last(self.stream_plan(plan, language=language, user=user, conversation=conversation))

    def follow_up(self, answer: Answer, text: str, *, user: User | None = None) -> Reply:
        """Ask on from an answer, in a conversation of its own."""
        conversation = self.resources.new_id()
        self.conversations.add(conversation, Turn(asked=answer.question, reply=answer))
        return self.ask(text, conversation=conversation, user=user)

    def save_segment(self, answer: Answer, name: str, *, user: User | None = None) -> SegmentHandle:
        """Save the people of an answer; raises `InvalidPlanError` when it is not about people."""
        return save_people(answer, name, self.resources, user or self.user)

    def export(self, answer: Answer, target: Path, *, purpose: str = "", user: User | None = None) -> Proof:
        """Write an answer to a file: its people, else its table; a picture for .png and .svg. Returns the proof."""
        wanted = Wanted(target=target, user=user or self.user, purpose=purpose, language=answer.language)
        return take(answer, wanted, self.resources).proof

    def understands(self, question: str) -> bool:
        """Whether a question has one clear meaning; nothing is computed."""
        return isinstance(self.resources.interpreter.interpret(question, Context()), Understood)

    def derivation(self, question: str, plan: Plan | None) -> tuple[str, ...]:
        """How a question is read, for evaluation: the rules used, outermost first."""
        outcome = self.resources.interpreter.interpret(question, Context(plan=plan))
        return outcome.derivation if isinstance(outcome, Understood) else ()

    def own_cases(self) -> Path:
        """Where the evaluation cases of this data set stand; raises `DataError` when it has none."""
        if self.resources.cases is None or not self.resources.cases.exists():
            raise DataError(Text("这个数据集没有评测用例。", "This data set has no evaluation cases."))
        return self.resources.cases

    def stream(
        self,
        text: str,
        *,
        user: User | None = None,
        conversation: str | None = None,
        cancel: Cancel | None = None,
        ask_model: bool = False,
    ) -> Iterator[Event]:
        """Progress in words, then the reply; an answer comes a second time once its follow-ups have been tried.

        With `ask_model` a language model, where there is one, reads the question too.
        """
        text = encodable(text)
        yield Progress(stage="understanding", label=READING.in_(language_of(text)))
        started = self.resources.seconds()
        before = self.conversations.get(conversation) if conversation else None
        last = before.turns[-1].reply if before and before.turns else None
        picked = None if ask_model else chosen(text, last)
        if picked is not None:
            if isinstance(last, Clarification) and before is not None:
                self._chose(last, picked, user or self.user, before)
            yield from self.stream_plan(
                picked,
                text=text,
                language=last.language if last else language_of(text),
                user=user,
                conversation=conversation,
                cancel=cancel,
            )
            return
        if ask_model:
            yield Progress(stage="understanding", label=MODEL_READING.in_(language_of(text)))
        context = Context(plan=before.plan if before else None, user=user or self.user, cancel=cancel)
        read = self._read(text, context, ask_model=ask_model)
        took = (self.resources.seconds() - started) * 1000
        asked = Asked(
            text=text,
            language=read.outcome.language,
            user=user or self.user,
            plan=_plan_of(read.outcome),
            read=read,
            cancel=cancel,
        )
        yield Progress(stage="computing", label=COMPUTING.in_(asked.language))
        yield from self._finish(asked, read.outcome, took, conversation)

    def stream_plan(  # all but the plan have defaults
        self,
        plan: Plan,
        *,
        text: str = "",
        language: Language = "zh",
        user: User | None = None,
        conversation: str | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]:
        """As `stream`, for a plan that is already known."""
        yield Progress(stage="computing", label=COMPUTING.in_(language))
        asked = Asked(text=text, language=language, user=user or self.user, plan=plan, cancel=cancel)
        yield from self._finish(asked, None, 0.0, conversation)

    def _read(self, text: str, context: Context, *, ask_model: bool) -> Read:
        """Who understood it and as what; what is found impossible to read on is declined in its own words."""
        try:
            return self.resources.reader.read(text, context, ask_model=ask_model)
        except CancelledError:
            raise
        except UserError as error:
            reason, language = error.message, language_of(text)
            return Read(outcome=Declined(kind=RefusalKind.CONTRADICTION, reason=reason, language=language))

    def _chose(self, clarification: Clarification, picked: Plan, user: User, before: Conversation) -> None:
        """Remember which meaning a person chose; an answer never waits for memory to be written."""
        with contextlib.suppress(UserError):
            self.resources.memory.chose(
                clarification, picked, user=user, conversation=before.id, follows=len(before.turns) > 1
            )

    def _finish(self, asked: Asked, outcome: Outcome | None, took: float, conversation: str | None) -> Iterator[Event]:
        limits = (*limited_notes(asked.user, self.resources.layer.policy), *drafted_notes(self.resources.index))
        if isinstance(outcome, Understood):
            asked = replace(asked, notes=(*asked.read.notes, *outcome.reading.notes))
        asked = replace(asked, notes=(*asked.notes, *limits))
        reply, rest = self._reply(asked, outcome, took)
        reply = _replied(reply, asked.read, limits)
        self.resources.audit.record(audit_entry(asked, reply, self.resources, conversation or "", _by(asked.read)))
        if conversation:
            self.conversations.add(conversation, Turn(asked=asked.text, reply=reply))
        if not isinstance(reply, Answer):
            yield Finished(reply=reply)
            return
        reply = replace(reply, actions=_ActionsOf(self, asked.user))
        yield Finished(reply=reply)
        try:
            if rest is not None:
                reply = replace(
                    _answered(self._completed(reply, rest), asked.read), actions=_ActionsOf(self, asked.user)
                )
                yield Finished(reply=reply)
            tried = follow_ups(replace(asked, plan=reply.plan), self.resources)
        except CancelledError:
            return  # what was shown stays
        yield Finished(reply=replace(reply, follow_ups=(*reply.follow_ups, *tried)))

    def _completed(self, reply: Answer, rest: Callable[[], Answer]) -> Answer:
        """The whole answer; where its rest cannot be had, the first part with the reason."""
        try:
            return rest()
        except CancelledError:
            raise
        except UserError as error:
            told = Note(kind=NoteKind.DEFAULT, words="", meaning=error.message)
            return replace(reply, notes=(*reply.notes, told))

    def _reply(self, asked: Asked, outcome: Outcome | None, took: float) -> tuple[Reply, Callable[[], Answer] | None]:
        timing = Timing(interpret=took, total=took)
        try:
            match outcome:
                case None | Understood():
                    _refuse_by_words(asked)
                    if (step := _unstated(asked.plan)) is not None:
                        return ask_purpose(step, asked, self.resources), None
                    return answer(asked, self.resources, interpret_ms=took)
                case Ambiguous() | NotUnderstood():
                    return ask_back(asked, outcome, timing, self.resources), None
                case Declined(kind=kind, reason=reason, suggestions=suggestions):
                    told = tuple(s.in_(asked.language) for s in suggestions)
                    return refused(asked, kind, reason.in_(asked.language), told, timing, self.resources), None
                case _:
                    assert_never(outcome)
        except SeveralPathsError as error:
            return ask_which_way(asked, error, timing, self.resources), None
        except NotYetError as error:
            said = error.message.in_(asked.language)
            return refused(asked, RefusalKind.NOT_YET, said, error.suggestions, timing, self.resources), None
        except UserError as error:
            return refused(
                asked, "error", error.message.in_(asked.language), error.suggestions, timing, self.resources
            ), None

    def _last(self, events: Iterator[Event]) -> Reply:
        reply: Reply | None = None
        for event in events:
            if isinstance(event, Finished):
                reply = event.reply
        if reply is None:
            raise AssertionError("a stream ended without a reply")
        return reply


def _refuse_by_words(asked: Asked) -> None:
    """Programs change and take nothing by words: their own ways ask for the right, and for somebody's yes."""
    if asked.user.via in MACHINES and any(
        isinstance(step, SaveSegment | Export | StartCampaign | Pin) for step in asked.plan.steps
    ):
        raise NotAllowedError(
            Text(
                "程序不能用一句话保存人群、导出、起草活动或固定到看板。保存和导出请用专门的接口，其余请在页面上做。",
                "Programs neither save, export, draft campaigns nor pin by words. There are calls of their own for saving and "
                "exporting; people do the rest on the page.",
            )
        )


@dataclass(frozen=True, slots=True)
class _ActionsOf:
    """What the person who asked can do with their answer, under their own rights."""

    assistant: Assistant
    user: User

    def follow_up(self, answer: Answer, text: str) -> Reply:
        return self.assistant.follow_up(answer, text, user=self.user)

    def save_segment(self, answer: Answer, name: str) -> SegmentHandle:
        return self.assistant.save_segment(answer, name, user=self.user)


def _unstated(plan: Plan) -> Export | None:
    """An export of people whose purpose has not been said yet."""
    step = plan.steps[0]
    return step if isinstance(step, Export) and step.audience is not None and step.purpose is None else None


def _replied(reply: Reply, read: Read, limits: tuple[Note, ...]) -> Reply:
    """The reply with who read the question, why a model did not help, and of which part of the data it speaks."""
    if isinstance(reply, Answer):
        return _answered(reply, read)
    notes = (*read.notes, *reply.notes, *(limits if isinstance(reply, Clarification) else ()))
    return replace(reply, understood_by=read.said, can_ask_model=read.can_ask_model, notes=notes)


def _answered(answer: Answer, read: Read) -> Answer:
    """The same for an answer, whose notes hold those of the reading already."""
    return replace(answer, understood_by=read.said, read_by=_by(read).by, can_ask_model=read.can_ask_model)


def _by(read: Read) -> ReadBy:
    """The same for the audit."""
    by = f"{read.by.value} {read.model}".strip()
    usage = read.usage
    tokens = float(usage.tokens_in + usage.tokens_out)
    return ReadBy(by=by, tokens=tokens, cost=usage.cost, currency=usage.currency)


def _plan_of(outcome: Outcome) -> Plan:
    """The plan that is answered; outcomes without one are never computed."""
    return outcome.reading.plan if isinstance(outcome, Understood) else Plan(())
