"""What a page or a bot needs of the memory, as a protocol, with a scripted fake."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from assistant.answer import Answer, Clarification
from assistant.memory.gaps import GapReport
from assistant.memory.rights import may_review
from assistant.memory.types import Decision, Proposal, QueueView, ReviewedQuestion
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.plan import Plan


class MemoryPort(Protocol):
    """Feedback is for everybody; the queue, its decisions and the gaps are for data owners.

    Every method raises a `UserError` that says what is wrong and what is allowed. `follows` says that a question was read
    after others of its conversation: alone it may mean something else, so its plan in words is kept instead.
    """

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
        """Thumb up or down; the last one of a person on an answer counts."""
        ...

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
        """What is right instead: in words, or as a plan that was chosen from options."""
        ...

    def chose(
        self, clarification: Clarification, plan: Plan, *, user: User, conversation: str = "", follows: bool = False
    ) -> None:
        """A meaning was chosen of those that a question back offered."""
        ...

    def may_review(self, user: User) -> bool: ...

    def queue(self, user: User) -> QueueView: ...

    def proposal(self, item_id: str, user: User) -> Proposal:
        """One item, whatever its state."""
        ...

    def decide(self, item_id: str, decision: Decision, user: User) -> None: ...

    def pairs(self, user: User) -> tuple[ReviewedQuestion, ...]:
        """All reviewed questions that can be read."""
        ...

    def read_plan(self, text: str) -> Plan:
        """The plan that a reviewer typed: as JSON, or as a question that has one clear meaning."""
        ...

    def gaps(self, since: datetime, user: User) -> GapReport: ...


class ScriptedMemory:
    """The fake: answers what it was given, and notes what it was told in `told`."""

    def __init__(
        self,
        policy: Policy,
        *,
        view: QueueView | None = None,
        pairs: tuple[ReviewedQuestion, ...] = (),
        report: GapReport | None = None,
        plan: Plan | None = None,
    ) -> None:
        self.told: list[tuple[object, ...]] = []
        self._policy = policy
        self._view = view or QueueView()
        self._pairs = pairs
        self._report = report
        self._plan = plan or Plan(())

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
        self.told.append(("feedback", answer.id, good, comment, user.name))

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
        self.told.append(("correct", answer.id, words, plan, user.name))

    def chose(
        self, clarification: Clarification, plan: Plan, *, user: User, conversation: str = "", follows: bool = False
    ) -> None:
        self.told.append(("chose", clarification.id, plan, user.name))

    def may_review(self, user: User) -> bool:
        return may_review(user, self._policy)

    def queue(self, user: User) -> QueueView:
        return self._view

    def proposal(self, item_id: str, user: User) -> Proposal:
        """Raises `UnknownNameError` when the view holds none with this id."""
        for one in self._view.proposals:
            if one.item.id == item_id:
                return one
        raise UnknownNameError(Text("待审核的问题", "question in the queue"), item_id)

    def decide(self, item_id: str, decision: Decision, user: User) -> None:
        self.told.append(("decide", item_id, decision, user.name))

    def pairs(self, user: User) -> tuple[ReviewedQuestion, ...]:
        return self._pairs

    def read_plan(self, text: str) -> Plan:
        return self._plan

    def gaps(self, since: datetime, user: User) -> GapReport:
        return self._report or GapReport(since=since, asked=0)
