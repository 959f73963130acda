"""Readings that names in the place of unknown words give: the right one first, nothing lost, and in time."""

from __future__ import annotations

import pytest

from assistant.interpreters.base import Note, NoteKind
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.names import Names
from assistant.interpreters.proposals import Proposer
from assistant.interpreters.spans import Gaps
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import And, Compare
from semantic_layer.query.time import Calendar, Comparison, Grain
from semantic_layer.query.types import Audience, Query
from semantic_layer.vocabulary.terms import FieldTerm, MetricTerm, ValueTerm
from tests.assistant.interpreters.reading_scene import Ranking, ReadsOnly, ScriptedRanks, gaps_over

SHANGHAI = Compare("customer.city", "=", "上海")
SILENT = ValueTerm("customer.lifecycle_stage", "沉默")
ACTIVE = ValueTerm("customer.lifecycle_stage", "活跃")


def last_month(metric: str) -> Plan:
    """A number of last month, held against the month before, as the company does."""
    query = Query(
        metrics=(metric,),
        where=SHANGHAI,
        time=Calendar(Grain.MONTH, -1),
        compare_to=(Comparison.PERIOD_BEFORE,),
    )
    return Plan((query,))


def people(level: str) -> Plan:
    where = And((SHANGHAI, Compare("customer.lifecycle_stage", "=", level)))
    return Plan((ListPeople(Audience(where=where)),))


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


class Scene:
    def __init__(self, interpreter: GrammarInterpreter, index: ModelIndex, gaps: Gaps, ranking: Ranking) -> None:
        self.reads = ReadsOnly(interpreter)
        self.ranks = ScriptedRanks(ranking)
        self.gaps = gaps
        self.names = Names(index, self.ranks)

    def propose(self, text: str, language: Language = "zh", *, limit: int = 8):
        return Proposer(self.reads, self.names).propose(text, self.gaps.of(text), language, limit)


@pytest.fixture
def scene(retail_interpreter: GrammarInterpreter, retail_index: ModelIndex, gaps: Gaps):
    return lambda ranking: Scene(retail_interpreter, retail_index, gaps, ranking)


def test_a_metric_near_the_unknown_words_is_read_in_their_place(scene) -> None:
    found = scene({"卖掉的钱": [(MetricTerm("sales"), 0.8), (MetricTerm("refunds"), 0.6)]}).propose("上月上海卖掉的钱")
    assert [p.reading.plan for p in found] == [last_month("sales"), last_month("refunds")]
    best = found[0]
    assert best.wording == "上月上海 销售额"
    assert best.reading.notes[0] == Note(kind=NoteKind.UNDERSTOOD_AS, words="卖掉的钱", meaning=Text("销售额", "sales"))
    assert [(g.said, g.term) for g in best.glosses] == [("卖掉的钱", MetricTerm("sales"))]


def test_a_metric_near_the_question_as_a_whole_may_be_meant_too(scene) -> None:
    text = "what did we flog in Shanghai last month"
    ranking = {text: [(MetricTerm("sales"), 0.95)], "flog": [(MetricTerm("refunds"), 0.6)]}
    found = scene(ranking).propose(text, "en")
    assert [p.reading.plan for p in found] == [last_month("sales"), last_month("refunds")]


def test_when_a_metric_is_named_the_question_as_a_whole_is_not_ranked(scene) -> None:
    text = "麻烦瞅瞅上月上海的销售额"
    made = scene({text: [(MetricTerm("refunds"), 0.9)]})
    made.propose(text)
    assert text not in made.ranks.asked
    assert made.reads.read == ["麻烦 上月上海的销售额"]


def test_words_that_say_nothing_are_passed_over_and_told(scene) -> None:
    """One gap is a metric, the other is not near anything."""
    found = scene({"卖掉的钱": [(MetricTerm("sales"), 0.9)]}).propose("瞅瞅，上月上海卖掉的钱")
    assert found[0].reading.plan == last_month("sales")
    told = {(note.kind, note.words) for note in found[0].reading.notes}
    assert {(NoteKind.UNUSED, "瞅瞅"), (NoteKind.UNDERSTOOD_AS, "卖掉的钱")} <= told


@pytest.mark.parametrize("similarity", [0.0, 0.2])
def test_what_is_near_nothing_is_not_proposed(scene, similarity: float) -> None:
    """Neither by passing over all that is unknown, nor by names that are far."""
    made = scene({"瞅瞅": [(FieldTerm("customer.high_value"), similarity)]})
    assert made.propose("麻烦瞅瞅上月上海的销售额") == ()
    assert made.reads.read[0] == "麻烦 上月上海的销售额"


def test_a_condition_is_read_in_its_place(scene) -> None:
    found = scene({"潜着水": [(SILENT, 0.9), (ACTIVE, 0.7)]}).propose("潜着水的上海客户有哪些")
    plans = [p.reading.plan for p in found]
    assert set(map(_parts, plans[:2])) == {_parts(people("沉默")), _parts(people("活跃"))}
    assert _parts(plans[0]) == _parts(people("沉默"))


def _parts(plan: Plan) -> frozenset[object]:
    (step,) = plan.steps
    assert isinstance(step, ListPeople)
    assert isinstance(step.audience.where, And)
    return frozenset(step.audience.where.items)


def test_a_plan_that_two_names_give_stands_once_with_the_better(scene) -> None:
    """高价值 and the tag itself are one condition."""
    tag = FieldTerm("customer.high_value")
    found = scene({"鲸鱼": [(tag, 0.7)], "的鲸鱼": [(tag, 0.9)]}).propose("上海的鲸鱼客户有多少")
    plans = [p.reading.plan for p in found]
    assert len(plans) == len(set(plans))
    where = And((SHANGHAI, Compare("customer.high_value", "=", True)))
    assert plans[0] == Plan((Query(metrics=("customers",), where=where),))
    assert found[0].score == pytest.approx(0.87)  # what taking the word beside it costs


def test_scores_fall(scene) -> None:
    metrics = ("sales", "refunds", "orders", "gross_profit")
    ranking = {"卖掉的钱": [(MetricTerm(m), 0.9 - n / 10) for n, m in enumerate(metrics)]}
    found = scene(ranking).propose("上月上海卖掉的钱")
    scores = [p.score for p in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(0.9)
    assert [p.reading.plan for p in scene(ranking).propose("上月上海卖掉的钱", limit=2)] == [
        last_month("sales"),
        last_month("refunds"),
    ]


def test_a_question_without_unknown_words_has_no_proposals(scene) -> None:
    made = scene({})
    assert made.propose("上月上海的销售额") == ()
    assert made.reads.read == []


def test_no_more_wordings_are_read_than_is_sensible(scene) -> None:
    text = "鲸鱼、海豚、海豹、海狮有多少"
    metrics = [(MetricTerm(m), 0.5) for m in ("sales", "refunds", "orders", "gross_profit", "gross_margin")]
    made = scene(dict.fromkeys(("鲸鱼", "海豚", "海豹", "海狮"), metrics))
    made.propose(text)
    assert 0 < len(made.reads.read) <= 32


def test_the_most_similar_are_read_first(scene) -> None:
    made = scene({"卖掉的钱": [(MetricTerm("refunds"), 0.4), (MetricTerm("sales"), 0.9)]})
    made.propose("上月上海卖掉的钱")
    assert made.reads.read == ["上月上海 销售额", "上月上海 退款金额", "上月上海"]


def test_the_best_is_first_though_it_was_not_read_first(scene) -> None:
    """A name that is hardly near makes the whole worse than passing its words over."""
    text = "瞅瞅，上月上海卖掉的钱"
    made = scene({"卖掉的钱": [(MetricTerm("sales"), 0.95)], "瞅瞅": [(FieldTerm("customer.high_value"), 0.4)]})
    found = made.propose(text)
    assert made.reads.read[:2] == ["高价值客户 ，上月上海 销售额", "，上月上海 销售额"]
    assert found[0].reading.plan == last_month("sales")
    assert [p.score for p in found] == pytest.approx([0.93, 0.5375])
