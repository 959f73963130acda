"""Who reads a question, in which mode, and what is made of two readings."""

from __future__ import annotations

import pytest

from assistant.interpreters.base import (
    Ambiguous,
    Context,
    Declined,
    NoteKind,
    NotUnderstood,
    Outcome,
    Reading,
    RefusalKind,
    Understood,
)
from assistant.interpreters.cascade import By, Cascade, Mode, NothingReviewed, Read, nobody_read
from assistant.interpreters.llm.client import FailureKind, Usage
from assistant.interpreters.llm.interpreter import ModelRead
from assistant.interpreters.proposals import Proposal
from assistant.interpreters.spans import Gaps
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query
from tests.assistant.interpreters.reading_scene import Reviewed, gaps_over

ASKED = "鲸鱼有多少"
EMPTY = Text("", "")
SALES, ORDERS, REFUNDS, BUYERS = (Plan((Query(metrics=(m,)),)) for m in ("sales", "orders", "refunds", "buyers"))
USAGE = Usage(calls=1, tokens_in=500, tokens_out=20, seconds=1.5, cost=0.001)


def reading(plan: Plan) -> Reading:
    return Reading(label=EMPTY, plan=plan)


def understood(plan: Plan) -> Understood:
    return Understood(reading=reading(plan), language="zh")


def puzzled(*plans: Plan, unexplained: tuple[str, ...] = ("鲸鱼",), why: Text = EMPTY) -> NotUnderstood:
    return NotUnderstood(unexplained=unexplained, nearest=tuple(reading(p) for p in plans), why=why, language="zh")


AMBIGUOUS = Ambiguous(about="活跃", question=EMPTY, readings=(reading(SALES), reading(ORDERS)), language="zh")
DECLINED = Declined(kind=RefusalKind.UNSAFE, reason=Text("不行。", "No."), language="zh")


class Rules:
    name = "rules"

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self.asked: list[tuple[str, Context]] = []

    def interpret(self, text: str, context: Context) -> Outcome:
        self.asked.append((text, context))
        return self._outcome


class Model:
    model = "small"

    def __init__(self, outcome: Outcome | None, failed: Text | None = None, kind: FailureKind | None = None) -> None:
        self._read = ModelRead(outcome=outcome, model=self.model, usage=USAGE, failed=failed, kind=kind)
        self.asked: list[tuple[str, Context]] = []

    def read(self, text: str, context: Context) -> ModelRead:
        self.asked.append((text, context))
        return self._read


class Pairs:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def match(self, text: str) -> Reviewed | None:
        return Reviewed(plan=self._plan) if text == ASKED else None


class Proposals:
    """Proposes these plans for every question."""

    def __init__(self, *plans: Plan) -> None:
        self._plans = plans
        self.asked: list[str] = []

    def propose(self, text, found, language, limit=8):
        self.asked.append(text)
        made = [Proposal(reading=reading(p), wording="", glosses=(), score=0.5) for p in self._plans]
        return tuple(made[:limit])


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


def read(
    rules: Rules,
    model: Model | None = None,
    mode: Mode = "full",
    *,
    proposals: tuple[Proposals, Gaps] | None = None,
    reviewed: Pairs | None = None,
    ask_model: bool = False,
    text: str = ASKED,
) -> Read:
    proposer, gaps = proposals or (None, None)
    cascade = Cascade(rules, reviewed=reviewed, proposer=proposer, gaps=gaps, model=model, mode=mode)  # type: ignore[arg-type]
    return cascade.read(text, Context(), ask_model=ask_model)


# ---- reviewed questions


@pytest.mark.parametrize("mode", ["offline", "careful", "full"])
def test_a_reviewed_question_is_answered_without_anybody_reading_it(mode: Mode) -> None:
    rules, model = Rules(understood(ORDERS)), Model(understood(REFUNDS))
    found = read(rules, model, mode, reviewed=Pairs(SALES))
    assert found.outcome == understood(SALES)
    assert (found.by, found.model, found.usage, found.note) == (By.REVIEWED, "", Usage(), None)
    assert found.said == Text("已审核的问题", "understood as a reviewed question")
    assert rules.asked == model.asked == []
    assert found.can_ask_model is (mode != "offline")


def test_a_model_that_is_asked_for_reads_a_reviewed_question_too() -> None:
    rules, model = Rules(puzzled()), Model(understood(REFUNDS))
    found = read(rules, model, "careful", reviewed=Pairs(SALES), ask_model=True)
    assert (found.outcome, found.by) == (understood(REFUNDS), By.MODEL)


def test_another_question_is_not_short_circuited() -> None:
    assert read(Rules(understood(ORDERS)), reviewed=Pairs(SALES), text="别的问题").outcome == understood(ORDERS)
    assert NothingReviewed().match(ASKED) is None


# ---- who is asked


@pytest.mark.parametrize(
    ("mode", "outcome", "ask_model", "asked", "can_ask"),
    [
        ("offline", understood(SALES), False, False, False),
        ("offline", puzzled(), False, False, False),
        ("offline", puzzled(), True, False, False),
        ("careful", understood(SALES), False, False, True),
        ("careful", puzzled(), False, False, True),
        ("careful", AMBIGUOUS, False, False, True),
        ("careful", understood(SALES), True, True, False),
        ("careful", puzzled(), True, True, False),
        ("careful", AMBIGUOUS, True, True, False),
        ("full", understood(SALES), False, False, True),
        ("full", AMBIGUOUS, False, False, True),  # the company has decided what is asked back
        ("full", puzzled(), False, True, False),
        ("full", understood(SALES), True, True, False),
        # what must not be answered is never sent
        ("offline", DECLINED, True, False, False),
        ("careful", DECLINED, False, False, False),
        ("careful", DECLINED, True, False, False),
        ("full", DECLINED, False, False, False),
        ("full", DECLINED, True, False, False),
    ],
)
def test_when_a_model_is_asked(mode: Mode, outcome: Outcome, ask_model: bool, asked: bool, can_ask: bool) -> None:
    model = Model(None, Text("忙", "busy"))
    found = read(Rules(outcome), model, mode, ask_model=ask_model)
    assert bool(model.asked) is asked
    assert found.can_ask_model is can_ask
    assert found.outcome == outcome
    assert found.by is By.RULES


@pytest.mark.parametrize("mode", ["careful", "full"])
def test_without_a_model_it_is_offline(mode: Mode) -> None:
    cascade = Cascade(Rules(puzzled()), mode=mode)
    assert cascade.mode == "offline"
    found = cascade.read(ASKED, Context(), ask_model=True)
    assert (found.outcome, found.can_ask_model, found.model) == (puzzled(), False, "")


def test_rules_and_model_are_told_what_came_before_and_how_to_stop() -> None:
    rules, model = Rules(puzzled()), Model(understood(SALES))
    context = Context(plan=ORDERS, cancel=Cancel())
    Cascade(rules, model=model).read(ASKED, context)
    assert rules.asked == [(ASKED, context)]
    assert model.asked == [(ASKED, context)]
    assert model.asked[0][1] is context


# ---- two readings


def test_a_model_answers_what_the_rules_do_not_understand() -> None:
    for outcome in (understood(SALES), AMBIGUOUS, DECLINED):
        found = read(Rules(puzzled(REFUNDS)), Model(outcome))
        assert (found.outcome, found.by, found.model, found.usage) == (outcome, By.MODEL, "small", USAGE)
        assert found.said == Text("模型理解（small）", "understood by a model (small)")
        assert (found.note, found.notes) == (None, ())


def test_the_same_plan_twice_is_said_to_agree() -> None:
    found = read(Rules(understood(SALES)), Model(understood(SALES)), ask_model=True)
    assert (found.outcome, found.by, found.usage) == (understood(SALES), By.BOTH, USAGE)
    assert found.said == Text("规则与模型理解一致（small）", "rules and model agree (small)")


def test_two_plans_that_differ_are_asked_back_with_who_says_which() -> None:
    found = read(Rules(understood(SALES)), Model(understood(ORDERS)), ask_model=True)
    assert isinstance(found.outcome, Ambiguous)
    assert [(r.label, r.plan) for r in found.outcome.readings] == [
        (Text("规则理解", "By rules"), SALES),
        (Text("模型理解（small）", "By the model (small)"), ORDERS),
    ]
    assert (found.model, found.usage, found.note) == ("small", USAGE, None)


@pytest.mark.parametrize("outcome", [puzzled(ORDERS), AMBIGUOUS, DECLINED])
def test_a_model_that_is_unsure_does_not_take_away_what_the_rules_understood(outcome: Outcome) -> None:
    found = read(Rules(understood(SALES)), Model(outcome), ask_model=True)
    assert (found.outcome, found.by) == (understood(SALES), By.RULES)
    assert found.note == Text("模型没有找到别的理解。", "The model found no other reading.")


def test_a_model_may_settle_what_the_rules_ask_back_about() -> None:
    found = read(Rules(AMBIGUOUS), Model(understood(SALES)), ask_model=True)
    assert (found.outcome, found.by) == (understood(SALES), By.MODEL)
    found = read(Rules(AMBIGUOUS), Model(puzzled(REFUNDS)), ask_model=True)
    assert (found.outcome, found.by) == (AMBIGUOUS, By.RULES)


def test_what_both_find_likely_is_offered_the_model_first(gaps: Gaps) -> None:
    why = Text("对吗？", "Is that right?")
    unsure = puzzled(ORDERS, unexplained=("鲸鱼",), why=why)
    found = read(
        Rules(puzzled(REFUNDS, unexplained=("有",))), Model(unsure), proposals=(Proposals(SALES, ORDERS, BUYERS), gaps)
    )
    assert isinstance(found.outcome, NotUnderstood)
    assert [r.plan for r in found.outcome.nearest] == [ORDERS, SALES, BUYERS]
    assert (found.outcome.unexplained, found.outcome.why, found.by) == (("鲸鱼",), why, By.RULES)


def test_a_model_that_offers_nothing_leaves_what_the_rules_offer() -> None:
    why = Text("换个说法。", "Say it otherwise.")
    rules = puzzled(REFUNDS, unexplained=("鲸鱼",), why=why)
    found = read(Rules(rules), Model(puzzled(unexplained=())))
    assert found.outcome == rules


# ---- when a model does not help


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.CANCELLED])
def test_a_model_that_fails_leaves_the_rules_and_says_why(kind: FailureKind) -> None:
    failed = Text("模型太忙。", "The model is busy.")
    for outcome in (puzzled(REFUNDS), understood(SALES), AMBIGUOUS):
        found = read(Rules(outcome), Model(None, failed, kind), ask_model=True)
        assert (found.outcome, found.by, found.usage) == (outcome, By.RULES, USAGE)
        assert found.note is not None
        assert failed.zh in found.note.zh
        assert failed.en in found.note.en
        (note,) = found.notes
        assert (note.kind, note.meaning) == (NoteKind.DEFAULT, found.note)


def test_a_model_that_fails_leaves_the_proposals_too(gaps: Gaps) -> None:
    found = read(Rules(puzzled(REFUNDS)), Model(None, Text("忙", "busy")), proposals=(Proposals(SALES), gaps))
    assert isinstance(found.outcome, NotUnderstood)
    assert [r.plan for r in found.outcome.nearest] == [SALES, REFUNDS]


def test_after_a_stop_nothing_more_is_done(gaps: Gaps) -> None:
    proposals = Proposals(SALES)
    stopped = Model(None, Text("已停止", "stopped"), FailureKind.CANCELLED)
    with pytest.raises(CancelledError):
        read(Rules(puzzled(REFUNDS)), stopped, proposals=(proposals, gaps))
    assert proposals.asked == []


# ---- proposals


def test_proposals_stand_before_what_the_rules_offer_and_three_in_all(gaps: Gaps) -> None:
    found = read(Rules(puzzled(REFUNDS, SALES)), proposals=(Proposals(ORDERS, SALES), gaps))
    assert isinstance(found.outcome, NotUnderstood)
    assert [r.plan for r in found.outcome.nearest] == [ORDERS, SALES, REFUNDS]
    assert found.outcome.unexplained == ("鲸鱼",)


def test_without_proposals_the_rules_stand(gaps: Gaps) -> None:
    assert read(Rules(puzzled(REFUNDS)), proposals=(Proposals(), gaps)).outcome == puzzled(REFUNDS)


@pytest.mark.parametrize("outcome", [understood(SALES), AMBIGUOUS, DECLINED])
def test_only_what_was_not_understood_gets_proposals(gaps: Gaps, outcome: Outcome) -> None:
    proposals = Proposals(ORDERS)
    assert read(Rules(outcome), proposals=(proposals, gaps)).outcome == outcome
    assert proposals.asked == []


def test_a_plan_that_was_not_in_words_was_read_by_the_rules() -> None:
    assert nobody_read().said == Text("规则理解", "understood by rules")
    assert nobody_read().usage == Usage()
