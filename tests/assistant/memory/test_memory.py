"""The memory behind the port, and the fake beside it: both take the same calls."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from assistant.answer import Answer, Clarification, Option
from assistant.interpreters.base import Context, NotUnderstood, Outcome, Reading, Understood
from assistant.memory.folders import ReviewedFolders
from assistant.memory.gaps import GapReport
from assistant.memory.holds import AnyPlan
from assistant.memory.memory import Memory, Parts
from assistant.memory.port import MemoryPort, ScriptedMemory
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.store import FeedbackInMemory
from assistant.memory.types import Approve, FeedbackKind, QueueView, Reject, State, Withdraw
from assistant.observability.audit import Asked, audit_in_memory
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.query.codec import plan_to_json
from tests.assistant.memory.conftest import ANALYST, AT, ORDERS, OWNER, POLICY, SALES, pair


class OneQuestion:
    """Understands one sentence."""

    name = "one"

    def interpret(self, text: str, context: Context) -> Outcome:
        if text == "订单数":
            return Understood(reading=Reading(label=Text("", ""), plan=ORDERS), language="zh")
        return NotUnderstood(unexplained=(text,), language="zh")


@pytest.fixture
def store() -> FeedbackInMemory:
    return FeedbackInMemory()


@pytest.fixture
def memory(folders: ReviewedFolders, store: FeedbackInMemory) -> Memory:
    numbers = itertools.count(1)
    return Memory(
        Parts(
            data_set="shop",
            policy=POLICY,
            reviewed=ReviewedStore(folders, AnyPlan()),
            store=store,
            audit=audit_in_memory(),
            interpreter=OneQuestion(),
            said=lambda plan, language: "销售额是多少" if plan == SALES else "订单数是多少",
            near=lambda text: (),
            clock=lambda: AT + timedelta(minutes=next(numbers)),
            new_id=lambda: f"{next(numbers)}",
        )
    )


def answer(question: str = "卖得怎么样？") -> Answer:
    return Answer(id="a1", question=question, language="zh", text="1", plan=SALES)


CLARIFICATION = Clarification(
    id="k1", asked="价值多少", language="zh", question="?", options=(Option(label="订单数", count="", plan=ORDERS),)
)


def test_a_thumb_becomes_a_proposal_and_an_approval_answers_the_next_question(memory: Memory) -> None:
    memory.feedback(answer(), good=True, user=ANALYST, understood_by="model: small", comment="对", conversation="c")
    (proposal,) = memory.queue(OWNER).proposals
    assert memory.proposal(proposal.item.id, OWNER) == proposal
    memory.decide(proposal.item.id, Approve(), OWNER)
    found = memory.reviewed.match("卖得 怎么样")
    assert found is not None
    assert memory.pairs(OWNER) == (found,)
    memory.decide(proposal.item.id, Withdraw(why="no"), OWNER)
    assert memory.pairs(OWNER) == ()


@pytest.mark.parametrize(("question", "follows"), [("", False), ("那北京呢", True)])
def test_a_question_that_cannot_stand_alone_is_its_plan_in_words(memory: Memory, question: str, follows: bool) -> None:
    memory.feedback(answer(question), good=False, user=ANALYST, follows=follows)
    assert memory.queue(OWNER).proposals[0].item.question == "销售额是多少"


def test_corrections_in_words_and_as_a_plan(memory: Memory, store: FeedbackInMemory) -> None:
    with pytest.raises(InvalidPlanError):
        memory.correct(answer(), words="  ", user=ANALYST)
    memory.correct(answer(), words=" 要订单数 ", user=ANALYST)
    (said,) = store.feedback("shop")
    assert (said.kind, said.correction, said.corrected) == (FeedbackKind.CORRECTION, "要订单数", "")
    memory.correct(answer(), plan=ORDERS, user=ANALYST)
    (said,) = store.feedback("shop")
    assert said.corrected == plan_to_json(ORDERS)
    memory.decide(memory.queue(OWNER).proposals[0].item.id, Reject(why="no"), OWNER)
    assert store.items("shop")[0].state is State.REJECTED


def test_a_choice_is_kept_with_the_question_that_was_asked_back(memory: Memory, store: FeedbackInMemory) -> None:
    memory.chose(CLARIFICATION, ORDERS, user=ANALYST, conversation="c")
    (said,) = store.feedback("shop")
    assert (said.question, said.answer, said.corrected) == ("价值多少", "k1", plan_to_json(ORDERS))
    memory.chose(CLARIFICATION, ORDERS, user=ANALYST, follows=True)
    assert store.feedback("shop")[0].question == "订单数是多少"


def test_nothing_of_a_result_is_kept(memory: Memory, store: FeedbackInMemory) -> None:
    secret = Answer(id="a1", question="谁", language="zh", text="王小明 13800138000", plan=SALES, sql=("SELECT 1",))
    memory.feedback(secret, good=False, user=ANALYST)
    memory.correct(secret, words="不是", user=ANALYST)
    kept = str(store.feedback("shop")) + str(memory.queue(OWNER))
    assert "13800138000" not in kept
    assert "王小明" not in kept


def test_plans_that_a_reviewer_types(memory: Memory) -> None:
    assert memory.read_plan("订单数") == ORDERS
    assert memory.read_plan('{"is": "query", "metrics": ["orders"]}') == ORDERS
    assert memory.read_plan('{"steps": [{"is": "query", "metrics": ["orders"]}]}') == ORDERS
    assert memory.read_plan(plan_to_json(ORDERS)) == ORDERS
    for text in ("别的", "", '{"is": "qery"}', "{", '{"steps": 3}', "{" * 5000):
        with pytest.raises(InvalidPlanError):
            memory.read_plan(text)


def test_gaps_are_those_of_the_data_set(memory: Memory) -> None:
    for number, data_set in enumerate(("shop", "other")):
        memory._parts.audit.record(
            Asked(
                id=f"r{number}",
                who="ana",
                at=AT,
                data_set=data_set,
                question="毛净率",
                outcome="clarification",
                unexplained=("毛净率",),
            )
        )
    report = memory.gaps(AT, OWNER)
    assert report.asked == 1
    assert [gap.text for gap in report.gaps] == ["毛净率", "毛净率"]


def test_what_is_for_data_owners_is_refused_to_others(memory: Memory) -> None:
    assert not memory.may_review(ANALYST)
    for attempt in (
        lambda: memory.queue(ANALYST),
        lambda: memory.pairs(ANALYST),
        lambda: memory.gaps(AT, ANALYST),
        lambda: memory.decide("x", Approve(), ANALYST),
        lambda: memory.proposal("x", ANALYST),
    ):
        with pytest.raises(NotAllowedError):
            attempt()


def use(port: MemoryPort) -> None:
    """What a page does."""
    port.feedback(answer(), good=True, user=ANALYST, comment="x")
    port.correct(answer(), words="y", user=ANALYST)
    port.chose(CLARIFICATION, ORDERS, user=ANALYST)
    port.decide("q1", Reject(why="z"), OWNER)


def test_the_fake_notes_what_it_is_told() -> None:
    fake = ScriptedMemory(POLICY, pairs=(pair(),), plan=ORDERS)
    use(fake)
    assert fake.told == [
        ("feedback", "a1", True, "x", "ana"),
        ("correct", "a1", "y", None, "ana"),
        ("chose", "k1", ORDERS, "ana"),
        ("decide", "q1", Reject(why="z"), "olga"),
    ]
    assert fake.queue(OWNER) == QueueView()
    assert fake.pairs(OWNER) == (pair(),)
    assert fake.read_plan("x") == ORDERS
    assert fake.gaps(AT, OWNER) == GapReport(since=AT, asked=0)
    assert (fake.may_review(OWNER), fake.may_review(ANALYST)) == (True, False)
    with pytest.raises(UnknownNameError):
        fake.proposal("q1", OWNER)


def test_the_memory_is_a_port(memory: Memory) -> None:
    check: Callable[[MemoryPort], None] = lambda port: port.feedback(answer(), good=True, user=ANALYST)  # noqa: E731
    check(memory)
