"""The memory of one open data set: what channels are told goes to the queue, what data owners decide to the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from assistant.answer import Answer, Clarification
from assistant.interpreters.base import Context, Interpreter, Understood
from assistant.interpreters.language import language_of
from assistant.memory.gaps import GapReport, Nearest, gaps
from assistant.memory.reading import plan_of_data
from assistant.memory.review import ReviewQueue
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.rights import may_review, require_review
from assistant.memory.store import FeedbackStore
from assistant.memory.types import (
    Approve,
    Decision,
    Feedback,
    FeedbackKind,
    Proposal,
    QueueView,
    Reject,
    ReviewedQuestion,
    Withdraw,
)
from assistant.observability.audit import AuditStore
from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import Plan
from semantic_layer.vocabulary.vocabulary import Suggester

_NEAREST = 3  # names told for a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a memory is made from. `said` words a plan, `near` finds defined names near a text."""

    data_set: str
    policy: Policy
    reviewed: ReviewedStore
    store: FeedbackStore
    audit: AuditStore
    interpreter: Interpreter
    said: Callable[[Plan, Language], str]
    near: Nearest
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


class Memory:
    """A `MemoryPort`. `reviewed` is what interpreters look questions up in."""

    def __init__(self, parts: Parts) -> None:
        self.reviewed = parts.reviewed
        self._parts = parts
        self._queue = ReviewQueue(
            parts.store,
            parts.reviewed,
            parts.policy,
            data_set=parts.data_set,
            clock=parts.clock,
            new_id=parts.new_id,
        )

    def feedback(
        self,
        answer: Answer,
        *,
        good: bool,
        user: User,
        comment: str = "",
        conversation: str = "",
        understood_by: str = "",
        follows: bool = False,
    ) -> None:
        said = self._about(answer, FeedbackKind.THUMB, user, conversation, follows=follows)
        self._queue.propose(replace(said, good=good, comment=comment, understood_by=understood_by))

    def correct(
        self,
        answer: Answer,
        *,
        user: User,
        words: str = "",
        plan: Plan | None = None,
        conversation: str = "",
        understood_by: str = "",
        follows: bool = False,
    ) -> None:
        if not words.strip() and plan is None:
            raise InvalidPlanError(
                Text("请说明什么是对的，或选择一个选项。", "Say what is right, or choose one of the options.")
            )
        said = self._about(answer, FeedbackKind.CORRECTION, user, conversation, follows=follows)
        corrected = plan_to_json(plan) if plan is not None else ""
        self._queue.propose(replace(said, correction=words.strip(), corrected=corrected, understood_by=understood_by))

    def chose(
        self, clarification: Clarification, plan: Plan, *, user: User, conversation: str = "", follows: bool = False
    ) -> None:
        question = clarification.asked
        if follows:
            question = self._parts.said(plan, clarification.language)
        self._queue.propose(
            Feedback(
                id=self._parts.new_id(),
                at=self._parts.clock(),
                who=user.name,
                data_set=self._parts.data_set,
                kind=FeedbackKind.CHOICE,
                answer=clarification.id,
                question=question,
                language=clarification.language,
                conversation=conversation,
                corrected=plan_to_json(plan),
            )
        )

    def may_review(self, user: User) -> bool:
        return may_review(user, self._parts.policy)

    def queue(self, user: User) -> QueueView:
        return self._queue.view(user)

    def proposal(self, item_id: str, user: User) -> Proposal:
        return self._queue.proposal(item_id, user)

    def decide(self, item_id: str, decision: Decision, user: User) -> None:
        match decision:
            case Approve():
                self._queue.approve(item_id, user, decision)
            case Reject(why=why):
                self._queue.reject(item_id, user, why)
            case Withdraw(why=why):
                self._queue.withdraw(item_id, user, why)
            case _:
                assert_never(decision)

    def pairs(self, user: User) -> tuple[ReviewedQuestion, ...]:
        require_review(user, self._parts.policy)
        return self.reviewed.pairs()

    def read_plan(self, text: str) -> Plan:
        if text.lstrip().startswith("{"):
            return _plan_of_json(text)
        outcome = self._parts.interpreter.interpret(text, Context())
        if isinstance(outcome, Understood):
            return outcome.reading.plan
        raise InvalidPlanError(
            Text(
                zh=f"「{text}」没有唯一的含义。请换一种说法，或给出 JSON 形式的计划（qunxiang ask --json 会打印）。",
                en=f"{text!r} has no one clear meaning. Word it differently, or give the plan as JSON (`qunxiang ask --json` prints it).",
            )
        )

    def gaps(self, since: datetime, user: User) -> GapReport:
        require_review(user, self._parts.policy)
        parts = self._parts
        asked = (one for one in parts.audit.questions() if one.data_set == parts.data_set)
        return gaps(asked, parts.store.feedback(parts.data_set, since=since), since, parts.near)

    def _about(self, answer: Answer, kind: FeedbackKind, user: User, conversation: str, *, follows: bool) -> Feedback:
        """What is said about an answer; a question that cannot stand alone is its plan in words."""
        parts = self._parts
        alone = answer.question if answer.question and not follows else parts.said(answer.plan, answer.language)
        return Feedback(
            id=parts.new_id(),
            at=parts.clock(),
            who=user.name,
            data_set=parts.data_set,
            kind=kind,
            answer=answer.id,
            question=alone,
            language=answer.language,
            conversation=conversation,
            plan=plan_to_json(answer.plan) if answer.plan.steps else "",
        )


def names_near(index: ModelIndex, suggester: Suggester | None = None) -> Nearest:
    """Labels of metrics, tags and dimensions that stand in a text, then those that `suggester` offers for it; without one,
    those that look like it.
    """
    model = index.model
    words = [thing.words for things in (model.metrics, model.tags, model.dimensions) for thing in things]
    labels = tuple(dict.fromkeys(label for one in words for label in (one.label.zh, one.label.en)))

    def near(text: str) -> tuple[str, ...]:
        plain = text.casefold()
        inside = sorted((label for label in labels if label.casefold() in plain), key=len, reverse=True)
        if suggester is None:
            offered = nearest(text, labels)
        else:
            entries = (near.entry for near in suggester.nearest(text, _NEAREST))
            offered = tuple(entry.label.in_(language_of(text)) or entry.text for entry in entries)
        return tuple(dict.fromkeys((*inside[:_NEAREST], *offered)))[:_NEAREST]

    return near


def _plan_of_json(text: str) -> Plan:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidPlanError(Text(f"不是有效的 JSON（{error}）。", f"This is not valid JSON ({error}).")) from error
    return plan_of_data(data)
