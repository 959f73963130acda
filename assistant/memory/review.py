"""The queue of a reviewer: what people said becomes proposals, and a data owner's approval becomes a reviewed question.

An approval writes the pair first and notes the decision second. The pair has the id of its item, so that a crash between
the two loses nothing: `reconcile` finds the pair and notes the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

from assistant.interpreters.language import language_of
from assistant.memory.proposals import proposals
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.rights import require_review
from assistant.memory.store import FeedbackStore
from assistant.memory.types import (
    Approve,
    DecidedMeanwhileError,
    Feedback,
    Item,
    Proposal,
    QueueView,
    ReviewedQuestion,
    State,
)
from assistant.memory.wordings import question_key, storable, usable_wording
from assistant.memory.writing import one_writer
from semantic_layer.errors import DataError, InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.codec import plan_from_json, plan_to_json
from semantic_layer.query.plan import Plan

_ATTEMPTS: Final = 20
_ITEM: Final = Text("待审核的问题", "question in the queue")
_GONE: Final = "The pair is no longer in the files."


class ReviewQueue:
    """Rules over a `FeedbackStore` and a `ReviewedStore` of one data set. Deciding needs the right of a data owner."""

    def __init__(
        self,
        store: FeedbackStore,
        reviewed: ReviewedStore,
        policy: Policy,
        *,
        data_set: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._reviewed = reviewed
        self._policy = policy
        self._data_set = data_set
        self._clock = clock
        self._new_id = new_id

    # ---- what people say

    def propose(self, given: Feedback) -> None:
        """Keep what was said; where a reviewer should look, the item of the question is opened or seen again."""
        said = replace(
            given,
            who=storable(given.who),
            question=storable(given.question),
            comment=storable(given.comment),
            correction=storable(given.correction),
        )
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                wanted = said.wants_review and bool(question_key(said.question))
                self._store.write(said, self._seen(said) if wanted else None)
            except DecidedMeanwhileError:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    def _seen(self, said: Feedback) -> Item:
        item = self._store.item_of(self._data_set, said.question)
        if item is None:
            return Item(
                id=f"q{self._new_id()[:9]}",
                data_set=self._data_set,
                question=said.question,
                language=said.language,
                opened_at=said.at,
                last_seen=said.at,
            )
        state = State.OPEN if self._reopens(item, said) else item.state
        return replace(item, last_seen=max(item.last_seen, said.at), state=state, revision=item.revision + 1)

    def _reopens(self, item: Item, said: Feedback) -> bool:
        """An approved plan that is contradicted, or a plan that was not known when the question was rejected."""
        match item.state:
            case State.OPEN:
                return True
            case State.APPROVED:
                return said.proposed != item.plan
            case State.REJECTED | State.WITHDRAWN:
                before = self._store.feedback(self._data_set, question=said.question)
                return bool(said.proposed) and said.proposed not in {one.proposed for one in before}

    # ---- what waits

    def view(self, user: User) -> QueueView:
        """Everything that waits for a reviewer; raises `NotAllowedError` for others."""
        require_review(user, self._policy)
        self.reconcile()
        found = proposals(self._items(State.OPEN), self._store.feedback(self._data_set))
        return QueueView(
            proposals=found,
            set_aside=self._reviewed.set_aside(),
            faults=self._reviewed.faults(),
            said=self._reviewed.folders.said,
        )

    def proposal(self, item_id: str, user: User) -> Proposal:
        """One item, whatever its state; raises `UnknownNameError` with the nearest ids."""
        require_review(user, self._policy)
        item = self._item(item_id)
        return proposals((item,), self._store.feedback(self._data_set, question=item.question))[0]

    # ---- what is decided

    def approve(self, item_id: str, user: User, wanted: Approve | None = None) -> ReviewedQuestion:
        """Write the pair and note the decision; the same approval again changes nothing.

        Raises `NotAllowedError`, `UnknownNameError`, `DecidedMeanwhileError`, `InvalidPlanError` when the plan does not
        hold or was not chosen, and `DataError` when nothing can be written; the item then stays open.
        """
        require_review(user, self._policy)
        wanted = wanted or Approve()
        with self._deciding():
            item = self._reconciled(self._item(item_id))
            pair = self._pair(item, wanted, user)
            if item.state is State.APPROVED and item.plan == plan_to_json(pair.plan):
                return self._reviewed.get(item.id) or pair
            if item.state not in (State.OPEN, State.WITHDRAWN):
                raise DecidedMeanwhileError(item.question)
            written = self._reviewed.add(pair)
            self._decide(item, State.APPROVED, user.name, plan=plan_to_json(pair.plan))
            return written

    def reject(self, item_id: str, user: User, why: str) -> Item:
        """Turn a proposal down; a reviewed question that people contradicted stays in force."""
        require_review(user, self._policy)
        if not why.strip():
            raise InvalidPlanError(Text("请写明为什么不通过。", "Say why it is turned down."))
        with self._deciding():
            item = self._reconciled(self._item(item_id))
            if item.state is not State.OPEN:
                raise DecidedMeanwhileError(item.question)
            in_force = self._reviewed.get(item.id) is not None
            state = State.APPROVED if in_force else State.REJECTED
            return self._decide(item, state, user.name, why=why.strip(), plan=item.plan)

    def withdraw(self, some_id: str, user: User, why: str = "") -> None:
        """Undo a decision: a reviewed question, of the queue or written by hand, is taken out; a rejected one is open again."""
        require_review(user, self._policy)
        with self._deciding():
            item = next((one for one in self._items() if one.id == some_id), None)
            if item is not None and item.state is State.REJECTED:
                self._decide(item, State.OPEN, user.name, why=why)
                return
            if self._reviewed.get(some_id) is None:
                raise self._unknown(some_id)
            self._reviewed.remove(some_id)
            if item is not None:
                self._decide(item, State.WITHDRAWN, user.name, why=why, plan=item.plan)

    def reconcile(self) -> None:
        """Note what the files say and the queue does not: pairs that came, or went, without it."""
        if any(self._behind(item) is not None for item in self._items()):
            with self._deciding():
                for item in self._items():
                    self._reconciled(item)

    # ---- inside

    def _behind(self, item: Item) -> Item | None:
        """The item as the files say it is; `None` when it says the same."""
        pair = self._reviewed.get(item.id)
        if pair is None:
            unread = any(issue.severity == "error" for issue in self._reviewed.faults())
            if item.state is not State.APPROVED or unread:
                return None
            return replace(item, state=State.WITHDRAWN, why=_GONE)
        plan = plan_to_json(pair.plan)
        disputed = item.state is State.OPEN and item.plan == plan
        if disputed or (item.state is State.APPROVED and item.plan == plan):
            return None
        return replace(item, state=State.APPROVED, decided_by=pair.approved_by, plan=plan, why="")

    def _reconciled(self, item: Item) -> Item:
        behind = self._behind(item)
        if behind is None:
            return item
        return self._decide(item, behind.state, behind.decided_by, why=behind.why, plan=behind.plan)

    def _decide(self, item: Item, state: State, by: str, *, why: str = "", plan: str = "") -> Item:
        """Note a decision. What people say meanwhile does not stand in its way; another decision does."""
        now = self._clock()
        for attempt in range(1, _ATTEMPTS + 1):
            decided = replace(
                item,
                state=state,
                decided_by=by,
                decided_at=now,
                why=why,
                plan=plan,
                revision=item.revision + 1,
            )
            try:
                self._store.write(None, decided)
            except DecidedMeanwhileError:
                fresh = self._item(item.id)
                if attempt == _ATTEMPTS or fresh.state is not item.state:
                    raise
                item = fresh
            else:
                return decided
        raise AssertionError("unreachable: the last attempt raises or returns")

    def _pair(self, item: Item, wanted: Approve, user: User) -> ReviewedQuestion:
        wordings = tuple(dict.fromkeys(usable_wording(text) for text in wanted.questions or (item.question,)))
        return ReviewedQuestion(
            id=item.id,
            zh=tuple(text for text in wordings if language_of(text) == "zh"),
            en=tuple(text for text in wordings if language_of(text) == "en"),
            plan=wanted.plan or self._proposed(item),
            approved_by=user.name,
            approved_on=self._clock().date(),
            note=" ".join(wanted.note.split()),
            definitions=self._reviewed.check.version,
        )

    def _proposed(self, item: Item) -> Plan:
        """The one plan that was proposed."""
        said = self._store.feedback(self._data_set, question=item.question)
        candidates = proposals((item,), said)[0].candidates
        if len(candidates) == 1:
            return plan_from_json(candidates[0].plan)
        count = len(candidates)
        raise InvalidPlanError(
            Text(
                zh=f"「{item.question}」有 {count} 个被提议的计划，请指定其中一个。",
                en=f"{count} plans were proposed for {item.question!r}. Say which one is right.",
            )
        )

    def _items(self, *states: State) -> tuple[Item, ...]:
        found = self._store.items(self._data_set)
        return tuple(item for item in found if not states or item.state in states)

    def _item(self, item_id: str) -> Item:
        item = next((one for one in self._items() if one.id == item_id), None)
        if item is None:
            raise self._unknown(item_id)
        return item

    def _unknown(self, some_id: str) -> UnknownNameError:
        known: Sequence[str] = [*(one.id for one in self._items()), *(one.id for one in self._reviewed.pairs())]
        return UnknownNameError(_ITEM, some_id, nearest(some_id, known))

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        """One decision at a time, over all processes of this home."""
        try:
            with one_writer(self._reviewed.folders.home.parent / "decisions.lock"):
                yield
        except OSError as error:
            raise DataError(
                Text(
                    f"审核结果写不进去：{error.strerror}。请检查权限和磁盘空间。",
                    f"The decision cannot be written: {error.strerror}. Check rights and disk space.",
                )
            ) from error
