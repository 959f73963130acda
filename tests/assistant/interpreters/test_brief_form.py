"""The short form: a model chooses among names, the rules make the plan, and the ranking must hold the same for near."""

from __future__ import annotations

import json

import pytest

from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.llm.brief_form import BriefForm
from assistant.interpreters.llm.drafts import Drafted, Faulty, SaysNo
from assistant.interpreters.llm.material import Material
from assistant.interpreters.names import Names
from assistant.interpreters.spans import Gaps
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import And, Compare
from semantic_layer.query.time import Calendar, Comparison, Grain
from semantic_layer.query.types import Audience, Query
from semantic_layer.vocabulary.terms import FieldTerm, MetricTerm, ValueTerm
from tests.assistant.interpreters.reading_scene import Ranking, ReadsOnly, ScriptedRanks, gaps_over, material_of

SHANGHAI = Compare("customer.city", "=", "上海")
SALES, REFUNDS = MetricTerm("sales"), MetricTerm("refunds")
VALUABLE = FieldTerm("customer.high_value")
SILENT = ValueTerm("customer.lifecycle_stage", "沉默")
MONEY_ZH, MONEY_EN = "上月上海卖掉的钱", "what did we flog in Shanghai last month"
PEOPLE_ZH, PEOPLE_EN = "上海的鲸鱼客户", "whales in Shanghai"


def last_month(metric: str) -> Plan:
    query = Query(
        metrics=(metric,), where=SHANGHAI, time=Calendar(Grain.MONTH, -1), compare_to=(Comparison.PERIOD_BEFORE,)
    )
    return Plan((query,))


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


class Scene:
    def __init__(
        self, text: str, language: Language, parts: tuple[ModelIndex, GrammarInterpreter, Gaps], near: Ranking
    ):
        index, interpreter, gaps = parts
        self.text = text
        self.reads = ReadsOnly(interpreter)
        self.form = BriefForm(Names(index, ScriptedRanks(near)), self.reads)
        self.material: Material = material_of(text, language, index, gaps, near)

    def read(self, said: object):
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return self.form.read(text, self.text, self.material)

    @property
    def allowed(self) -> dict[str, list[str]]:
        return {key: rule["enum"] for key, rule in self.form.schema(self.material)["properties"].items()}  # type: ignore[union-attr, index, call-overload]


@pytest.fixture
def scene(retail_index: ModelIndex, retail_interpreter: GrammarInterpreter, gaps: Gaps):
    def made(text: str, language: Language, near: Ranking) -> Scene:
        return Scene(text, language, (retail_index, retail_interpreter, gaps), near)

    return made


def money(text: str, gap: str) -> Ranking:
    both = [(SALES, 0.8), (REFUNDS, 0.6)]
    return {text: both, gap: both}


# ---- what may be chosen


def test_metrics_people_and_none_of_these_may_be_asked_for(scene) -> None:
    zh = scene(MONEY_ZH, "zh", money(MONEY_ZH, "卖掉的钱"))
    assert zh.allowed == {"asked": ["销售额", "退款金额", "客户人数", "客户名单", "都不是"]}
    en = scene(MONEY_EN, "en", money(MONEY_EN, "flog"))
    assert en.allowed == {"asked": ["sales", "refunds", "how many customers", "list of customers", "none of these"]}


def test_near_conditions_may_be_chosen_for_unknown_words(scene) -> None:
    near = {"鲸鱼": [(VALUABLE, 0.7), (SILENT, 0.5), (FieldTerm("customer.night_owl"), 0.1)]}
    made = scene(PEOPLE_ZH, "zh", near)
    assert made.allowed["A"] == ["无", "高价值客户", "生命周期阶段为沉默", "别的条件"]
    assert "A 【鲸鱼】: 无, 高价值客户, 生命周期阶段为沉默, 别的条件" in made.form.user(PEOPLE_ZH, made.material)


def test_a_question_with_a_metric_is_not_asked_for_one(scene) -> None:
    text = "上海鲸鱼客户的销售额"
    made = scene(text, "zh", {"鲸鱼": [(VALUABLE, 0.7)]})
    assert made.allowed == {"A": ["无", "高价值客户", "别的条件"]}


def test_the_schema_wants_every_key_and_no_other(scene) -> None:
    schema = scene(PEOPLE_ZH, "zh", {"鲸鱼": [(VALUABLE, 0.7)]}).form.schema
    found = schema(scene(PEOPLE_ZH, "zh", {"鲸鱼": [(VALUABLE, 0.7)]}).material)
    assert (found["type"], found["required"], found["additionalProperties"]) == ("object", ["asked", "A"], False)


# ---- readings


@pytest.mark.parametrize(
    ("text", "language", "gap", "said", "plan"),
    [
        (MONEY_ZH, "zh", "卖掉的钱", {"asked": "销售额"}, last_month("sales")),
        (MONEY_ZH, "zh", "卖掉的钱", {"asked": "退款金额"}, last_month("refunds")),
        (MONEY_EN, "en", "flog", {"asked": "sales"}, last_month("sales")),
        (MONEY_EN, "en", "flog", {"asked": "refunds"}, last_month("refunds")),
    ],
)
def test_the_metric_that_was_chosen_is_read(
    scene, text: str, language: Language, gap: str, said: dict[str, str], plan: Plan
) -> None:
    draft = scene(text, language, money(text, gap)).read(said)
    assert isinstance(draft, Drafted)
    assert (draft.plan, draft.backed) == (plan, True)


@pytest.mark.parametrize(
    ("text", "language", "gap", "said"),
    [
        (PEOPLE_ZH, "zh", "鲸鱼", ("客户人数", "高价值客户")),
        (PEOPLE_EN, "en", "whales", ("how many customers", "high-value customer")),
    ],
)
def test_people_are_counted_by_what_was_chosen(
    scene, text: str, language: Language, gap: str, said: tuple[str, str]
) -> None:
    draft = scene(text, language, {gap: [(VALUABLE, 0.7)]}).read({"asked": said[0], "A": said[1]})
    assert isinstance(draft, Drafted)
    (step,) = draft.plan.steps
    assert isinstance(step, Query)
    assert step.metrics == ("customers",)
    assert isinstance(step.where, And)
    assert set(step.where.items) == {SHANGHAI, Compare("customer.high_value", "=", True)}
    assert [(g.said, g.term) for g in draft.glosses] == [(gap, VALUABLE)]
    assert draft.backed


def test_people_are_listed_by_what_was_chosen(scene) -> None:
    draft = scene(PEOPLE_ZH, "zh", {"鲸鱼": [(SILENT, 0.7)]}).read({"asked": "客户名单", "A": "生命周期阶段为沉默"})
    assert isinstance(draft, Drafted)
    where = And((SHANGHAI, Compare("customer.lifecycle_stage", "=", "沉默")))
    assert draft.plan == Plan((ListPeople(Audience(where=where)),))


# ---- the second witness


def test_a_name_that_the_ranking_holds_for_far_is_not_backed(scene) -> None:
    """It stands fourth of what the words may mean."""
    others = [FieldTerm(f"customer.{name}") for name in ("complainer", "night_owl", "price_sensitive")]
    near = {"鲸鱼": [(term, 0.9 - n / 10) for n, term in enumerate([*others, VALUABLE])]}
    draft = scene(PEOPLE_ZH, "zh", near).read({"asked": "客户人数", "A": "高价值客户"})
    assert isinstance(draft, Drafted)
    assert not draft.backed


def test_a_metric_that_is_near_neither_the_words_nor_the_question_is_not_backed(scene) -> None:
    many = ("orders", "buyers", "gross_profit", "gross_margin", "average_order_value", "member_sales")
    near = {
        MONEY_ZH: [(MetricTerm(name), 0.9) for name in (*many, "sales")],
        "卖掉的钱": [(MetricTerm(n), 0.9) for n in many],
    }
    draft = scene(MONEY_ZH, "zh", near).read({"asked": "销售额"})
    assert isinstance(draft, Drafted)
    assert (draft.plan, draft.backed) == (last_month("sales"), False)


def test_passing_over_words_that_are_near_a_condition_is_not_backed(scene) -> None:
    text = "上海鲸鱼客户的销售额"
    draft = scene(text, "zh", {"鲸鱼": [(VALUABLE, 0.9)]}).read({"A": "无"})
    assert isinstance(draft, Drafted)
    assert not draft.backed


# ---- no, and what cannot be used


@pytest.mark.parametrize(
    ("text", "language", "gap", "said"),
    [
        (MONEY_ZH, "zh", "卖掉的钱", {"asked": "都不是"}),
        (MONEY_EN, "en", "flog", {"asked": "none of these"}),
        (MONEY_EN, "en", "flog", {"asked": "none of these", "A": "whatever"}),
    ],
)
def test_none_of_these_is_a_no(scene, text: str, language: Language, gap: str, said: dict[str, str]) -> None:
    assert scene(text, language, money(text, gap)).read(said) == SaysNo()


def test_none_of_these_is_a_no_even_where_the_rest_could_be_read(scene) -> None:
    made = scene(PEOPLE_ZH, "zh", {"鲸鱼": [(VALUABLE, 0.7)]})
    assert made.read({"asked": "都不是", "A": "高价值客户"}) == SaysNo()
    assert made.reads.read == []


def test_a_condition_that_is_not_listed_is_a_no(scene) -> None:
    made = scene(PEOPLE_ZH, "zh", {"鲸鱼": [(VALUABLE, 0.7)]})
    assert made.read({"asked": "客户人数", "A": "别的条件"}) == SaysNo()


@pytest.mark.parametrize(
    ("said", "issues"),
    [
        (
            {"asked": "利润"},
            ["asked: '利润' is not allowed; choose from: 销售额, 退款金额, 客户人数, 客户名单, 都不是."],
        ),
        ({}, ["asked: None is not allowed; choose from: 销售额, 退款金额, 客户人数, 客户名单, 都不是."]),
        (
            {"asked": ["销售额"]},
            ["asked: ['销售额'] is not allowed; choose from: 销售额, 退款金额, 客户人数, 客户名单, 都不是."],
        ),
        (
            {"asked": "SELECT 1"},
            ["asked: 'SELECT 1' is not allowed; choose from: 销售额, 退款金额, 客户人数, 客户名单, 都不是."],
        ),
        ("", ["There is no JSON object in the answer."]),
        ("销售额", ["There is no JSON object in the answer."]),
        ('["销售额"]', ["The answer must be one JSON object."]),
    ],
)
def test_a_choice_that_is_not_offered_is_sent_back_with_those_that_are(scene, said: object, issues: list[str]) -> None:
    made = scene(MONEY_ZH, "zh", money(MONEY_ZH, "卖掉的钱"))
    assert made.read(said) == Faulty(issues=tuple(issues))
    assert made.reads.read == []


def test_every_wrong_choice_is_told(scene) -> None:
    draft = scene(PEOPLE_ZH, "zh", {"鲸鱼": [(VALUABLE, 0.7)]}).read({"asked": "x", "A": "y"})
    assert isinstance(draft, Faulty)
    assert [issue.split(":")[0] for issue in draft.issues] == ["asked", "A"]


def test_choices_that_the_rules_cannot_read_are_a_no(scene) -> None:
    made = scene(MONEY_ZH, "zh", money(MONEY_ZH, "卖掉的钱"))
    made.reads.understood = lambda text: None
    assert made.read({"asked": "销售额"}) == SaysNo()


def test_fenced_answers_are_read(scene) -> None:
    made = scene(MONEY_ZH, "zh", money(MONEY_ZH, "卖掉的钱"))
    draft = made.read('```json\n{"asked": "销售额"}\n```')
    assert isinstance(draft, Drafted)
    assert draft.plan == last_month("sales")
