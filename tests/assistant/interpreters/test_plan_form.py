"""Whole plans from a model: what is read of an answer, and what is sent back with the reason."""

from __future__ import annotations

import json

import pytest

from assistant.interpreters.llm.drafts import AskBack, Drafted, Faulty, SaysNo
from assistant.interpreters.llm.material import Material
from assistant.interpreters.llm.plan_form import STEPS, PlanForm
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Card, ChartKind, Export, ListPeople, Plan, SaveSegment, Step, WhyMember
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, Query
from semantic_layer.vocabulary.terms import FieldTerm, MetricTerm
from tests.assistant.interpreters.reading_scene import gaps_over, material_of
from tests.semantic_layer.query.test_schema import Checker

ASKED = "上月上海卖掉的钱"
NEAR = [(MetricTerm("sales"), 0.8), (MetricTerm("refunds"), 0.5), (FieldTerm("customer.high_value"), 0.4)]
SALES = Plan((Query(metrics=("sales",), where=Compare("customer.city", "=", "上海")),))
REFUNDS = Plan((Query(metrics=("refunds",), where=Compare("customer.city", "=", "上海")),))
PEOPLE = Audience(where=Compare("customer.city", "=", "上海"))


@pytest.fixture(scope="module")
def material(retail_index: ModelIndex) -> Material:
    return material_of(ASKED, "zh", retail_index, gaps_over(retail_index), {ASKED: NEAR, "卖掉的钱": NEAR})


def written(plan: Plan) -> dict[str, object]:
    return {key: value for key, value in encode(plan).items() if key != "is"}


def answer(**changes: object) -> dict[str, object]:
    whole = {"kind": "plan", "words": [], "plan": written(SALES), "question": None, "options": [], "reason": None}
    return {**whole, **changes}


def read(material: Material, said: object):
    return PlanForm().read(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False), ASKED, material)


# ---- plans


@pytest.mark.parametrize(
    "said",
    [
        json.dumps(answer()),
        "```json\n" + json.dumps(answer(), indent=2) + "\n```",
        "Here is the plan:\n```\n" + json.dumps(answer()) + "\n```\nAnything else?",
        '<think>{"kind": "refusal"}</think>' + json.dumps(answer()),
        json.dumps({"plan": written(SALES)}),  # without a kind it is what it holds
        json.dumps(written(SALES)),
        json.dumps(encode(SALES)),
        json.dumps(answer(plan=encode(SALES))),
    ],
)
def test_a_plan_is_read_however_it_is_wrapped(material: Material, said: str) -> None:
    draft = read(material, said)
    assert isinstance(draft, Drafted)
    assert (draft.plan, draft.glosses, draft.backed) == (SALES, (), True)


def test_a_chart_that_was_asked_for_is_kept(material: Material) -> None:
    draft = read(material, answer(plan={**written(SALES), "chart": "pie"}))
    assert isinstance(draft, Drafted)
    assert draft.plan == Plan(SALES.steps, ChartKind.PIE)


@pytest.mark.parametrize(
    "step",
    [
        SaveSegment("上海客户", PEOPLE),
        Export(audience=PEOPLE),
        Card("M00012345"),
        WhyMember("M00012345", PEOPLE),
    ],
)
def test_what_a_person_does_by_a_click_is_never_taken_from_a_model(material: Material, step: Step) -> None:
    assert type(step) not in STEPS
    for steps in ((step,), (ListPeople(PEOPLE), step), (step, ListPeople(PEOPLE))):
        for said in (answer(plan=written(Plan(steps))), written(Plan(steps))):
            assert isinstance(read(material, said), Faulty)
        asked = answer(kind="clarification", plan=None, options=[written(SALES), written(Plan(steps))])
        assert isinstance(read(material, asked), Faulty)


@pytest.mark.parametrize(
    ("said", "issue"),
    [
        ("", "There is no JSON object in the answer."),
        ("SELECT * FROM orders", "There is no JSON object in the answer."),
        ('{"kind": "plan"', "There is no JSON object in the answer."),
        ("[1, 2]", "The answer must be one JSON object."),
        ({}, "kind: None is not known; allowed: plan, clarification, refusal."),
        (answer(kind="sql"), "kind: 'sql' is not known; allowed: plan, clarification, refusal."),
        (answer(kind=["plan"]), "kind: ['plan'] is not known; allowed: plan, clarification, refusal."),
        (answer(plan=None), "$: expected an object."),
        (answer(plan="SELECT 1"), "$: expected an object."),
        (answer(plan={}), "$.steps: is missing."),
        (answer(plan={"steps": []}), "The plan has no step that can be answered."),
        (answer(plan={"steps": ["SELECT 1"]}), "$.steps[0]: expected one of: query, list_people"),
        (
            answer(plan={"steps": [{"is": "sql", "text": "SELECT 1"}]}),
            "$.steps[0].is: 'sql' is not known; allowed: query",
        ),
        (answer(plan={"steps": [{"is": "query"}]}), "$.steps[0].metrics: is missing."),
        (
            answer(plan={"steps": [{"is": "query", "metrics": ["sales"], "wher": None}]}),
            "Nearest: where",
        ),
        (answer(plan={**written(SALES), "chart": "bars"}), "$.chart: 'bars' is not known; allowed: tile, line"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_place_and_what_is_allowed(
    material: Material, said: object, issue: str
) -> None:
    draft = read(material, said)
    assert isinstance(draft, Faulty)
    (told,) = draft.issues
    assert issue in told


# ---- the words


def test_words_are_told_by_the_names_they_were_taken_for(material: Material) -> None:
    words = [
        {"said": "卖掉的钱", "means": "sales"},
        {"said": "上月", "means": "-"},
        {"said": "上海", "means": "customer.city"},
    ]
    draft = read(material, answer(words=words))
    assert isinstance(draft, Drafted)
    assert [(g.said, g.label, g.named) for g in draft.glosses] == [
        ("卖掉的钱", Text("销售额", "sales"), True),
        ("上月", Text("", ""), False),
        ("上海", Text("城市", "city"), True),
    ]


@pytest.mark.parametrize(
    "words",
    [
        [{"said": "卖掉的钱", "means": "profit_of_the_moon"}],  # a name outside the material explains nothing
        [{"said": "卖掉的钱", "means": "customer.phone"}],
        [{"said": "", "means": "sales"}],
        [{"said": "。，", "means": "-"}],
        [{"said": "下周", "means": "-"}],  # was not said
        [{"means": "sales"}],
        ["卖掉的钱", None, 7],
        "卖掉的钱",
        None,
        {"卖掉的钱": "sales"},
    ],
)
def test_words_that_cannot_be_used_explain_nothing(material: Material, words: object) -> None:
    draft = read(material, answer(words=words))
    assert isinstance(draft, Drafted)
    assert draft.glosses == ()


# ---- questions back, and no


def test_a_question_back_brings_plans(material: Material) -> None:
    said = answer(kind="clarification", plan=None, question="哪一个？", options=[written(SALES), written(REFUNDS)])
    assert read(material, said) == AskBack(question="哪一个？", plans=(SALES, REFUNDS))


def test_at_most_three_plans_are_offered(material: Material) -> None:
    said = answer(kind="clarification", question=None, options=[written(SALES)] * 5)
    assert read(material, said) == AskBack(question="", plans=(SALES,) * 3)


@pytest.mark.parametrize("options", [None, "sales", {}, []])
def test_a_question_back_without_plans_has_none(material: Material, options: object) -> None:
    assert read(material, answer(kind="clarification", question="?", options=options)) == AskBack(
        question="?", plans=()
    )


def test_a_question_back_with_a_broken_plan_is_sent_back(material: Material) -> None:
    said = answer(kind="clarification", options=[written(SALES), {"steps": [{"is": "query"}]}])
    assert isinstance(read(material, said), Faulty)


@pytest.mark.parametrize(("reason", "told"), [("不是这份数据里的。", "不是这份数据里的。"), (None, ""), ("", "")])
def test_a_refusal_is_read_with_its_reason(material: Material, reason: str | None, told: str) -> None:
    assert read(material, answer(kind="refusal", plan=None, reason=reason)) == SaysNo(reason=told)


# ---- its schema


def test_answers_that_can_be_read_fit_the_schema(material: Material) -> None:
    schema = PlanForm().schema(material)
    check = Checker({k: v for k, v in schema.items() if k != "$defs"}, schema["$defs"])  # type: ignore[arg-type]
    word = {"said": "卖掉的钱", "means": "sales"}
    asked = answer(kind="clarification", plan=None, question="?", options=[written(SALES)] * 3)
    assert check.is_valid(answer(words=[word]))
    assert check.is_valid(asked)
    assert check.is_valid(answer(kind="refusal", plan=None, reason="no"))
    for wrong in (
        answer(kind="sql"),
        answer(words=[{**word, "means": "profit"}]),
        answer(plan=written(Plan((Query(metrics=("orders",)),)))),  # defined, and not in the material
        answer(plan=written(Plan((ListPeople(Audience(where=Compare("customer.phone", "=", "1"))),)))),
        answer(plan=written(Plan((Card("M00012345"),)))),
        answer(plan=written(Plan((Export(audience=PEOPLE),)))),
        answer(plan=written(Plan((SaveSegment("x", PEOPLE),)))),
        answer(plan={"steps": []}),
        {**asked, "options": [written(SALES)] * 4},
        {**answer(), "sql": "SELECT 1"},
        {"kind": "plan"},
    ):
        assert not check.is_valid(wrong), wrong


def test_without_names_found_the_schema_leaves_them_open(retail_index: ModelIndex) -> None:
    bare = material_of("鲸鱼", "zh", retail_index, gaps_over(retail_index), {})
    assert (bare.metrics, bare.fields) == ((), ())
    schema = PlanForm().schema(bare)
    check = Checker({k: v for k, v in schema.items() if k != "$defs"}, schema["$defs"])  # type: ignore[arg-type]
    assert check.is_valid(answer())
