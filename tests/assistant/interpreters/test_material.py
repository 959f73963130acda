"""What a prompt may hold, and what a model may look up: definitions and declared values, never what is personal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.interpreters.llm.lookup_tools import LookUps
from assistant.interpreters.llm.material import Material
from assistant.interpreters.names import Names
from assistant.interpreters.spans import Gaps
from semantic_layer.errors import DataError, Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from semantic_layer.vocabulary.terms import EntityTerm, FieldTerm, GroupTerm, MetricTerm, Term, ValueTerm
from tests.assistant.interpreters.reading_scene import Reviewed, ScriptedRanks, gaps_over, material_of

ANA = User(name="ana", roles=("analyst",))
PLAN = Plan((ListPeople(Audience()),))


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


def names(material: Material) -> tuple[list[str], list[str]]:
    return [m.name for m in material.metrics], [f.field.qualified for f in material.fields]


def test_names_of_the_question_come_first_and_then_those_near_it(retail_index: ModelIndex, gaps: Gaps) -> None:
    text = "上月上海鲸鱼的销售额"
    near: list[tuple[Term, float]] = [
        (MetricTerm("refunds"), 0.5),
        (FieldTerm("customer.high_value"), 0.9),
        (ValueTerm("customer.lifecycle_stage", "沉默"), 0.4),
        (MetricTerm("orders"), 0.6),
    ]
    found = material_of(
        text, "zh", retail_index, gaps, {text: near, "鲸鱼": [(GroupTerm("product.category", "sports"), 0.7)]}
    )
    assert names(found) == (
        ["sales", "orders", "refunds"],
        ["customer.city", "customer.high_value", "product.category", "customer.lifecycle_stage"],
    )
    assert found.times == (("上月", {"is": "calendar", "unit": "month", "offset": -1}),)
    assert [gap.said for gap in found.gaps] == ["鲸鱼"]
    assert found.fields[0].named == ("上海",)
    assert [v.value for v in found.fields[3].values] == ["新客", "未转化", "活跃", "沉默", "流失预警", "已流失"]


def test_what_is_personal_is_never_told(retail_index: ModelIndex, gaps: Gaps) -> None:
    text = "王小明的电话和地址"
    personal = [FieldTerm(f"customer.{name}") for name in ("name", "phone", "email", "address", "birthday")]
    found = material_of(text, "zh", retail_index, gaps, {text: [(term, 0.9) for term in personal]})
    assert not {term.field for term in personal} & set(names(found)[1])
    assert found.entities  # kinds of things are always told


def test_hidden_metrics_are_not_told(retail_index: ModelIndex) -> None:
    model = retail_index.model
    metrics = tuple(replace(m, hidden=True) if m.name == "sales" else m for m in model.metrics)
    index = ModelIndex(replace(model, metrics=metrics))
    found = material_of(
        "鲸鱼", "zh", index, gaps_over(index), {"鲸鱼": [(MetricTerm("sales"), 0.9), (MetricTerm("orders"), 0.1)]}
    )
    assert names(found)[0] == ["orders"]


def test_the_material_is_short(retail_index: ModelIndex, gaps: Gaps) -> None:
    text = "鲸鱼，海豚，海豹，海狮，海象"
    model = retail_index.model
    metrics = [(MetricTerm(m.name), 0.5) for m in model.metrics]
    fields = [(FieldTerm(d.qualified), 0.5) for d in (*model.tags, *model.dimensions)]
    everything = {said: metrics[n::5] + fields[n::5] for n, said in enumerate(("鲸鱼", "海豚", "海豹", "海狮", "海象"))}
    found = material_of(text, "zh", retail_index, gaps, {text: metrics + fields, **everything})
    assert len(found.metrics) == 14
    assert len(found.fields) == 14
    assert all(len(f.values) <= 16 for f in found.fields)


@pytest.mark.parametrize(("language", "told"), [("zh", [("上周多少单", PLAN)]), ("en", [])])
def test_reviewed_questions_are_shown_in_the_language_of_the_question(
    retail_index: ModelIndex, gaps: Gaps, language: Language, told: list[tuple[str, Plan]]
) -> None:
    example = Reviewed(plan=PLAN, zh=("上周多少单", "上礼拜多少单"))
    found = material_of("鲸鱼" if language == "zh" else "whales", language, retail_index, gaps, {}, [example])
    assert list(found.examples) == told


# ---- look-ups


class Counts:
    """Counts what it is told to, or says why not."""

    def __init__(self, said: int | DataError) -> None:
        self._said = said
        self.asked: list[tuple[Audience, User]] = []

    def __call__(self, audience: Audience, user: User) -> int:
        self.asked.append((audience, user))
        if isinstance(self._said, DataError):
            raise self._said
        return self._said


def tools_of(
    index: ModelIndex,
    gaps: Gaps,
    counts: Counts | None = None,
    near: list[tuple[Term, float]] | None = None,
    user: User | None = ANA,
):
    material = material_of("鲸鱼", "zh", index, gaps, {})
    look_ups = LookUps(index, Names(index, ScriptedRanks({"鲸鱼": near or []})), counts or Counts(7))
    return {tool.name: tool for tool in look_ups(material, user)}


def test_there_are_four_and_each_takes_one_thing(retail_index: ModelIndex, gaps: Gaps) -> None:
    tools = tools_of(retail_index, gaps)
    assert {name: list(tool.parameters["properties"]) for name, tool in tools.items()} == {  # type: ignore[arg-type]
        "search_vocabulary": ["words"],
        "sample_values": ["field"],
        "count_audience": ["audience"],
        "ask_user": ["question"],
    }
    for tool in tools.values():
        assert tool.parameters["additionalProperties"] is False
        assert tool.parameters["required"] == list(tool.parameters["properties"])  # type: ignore[arg-type]


def test_names_are_searched_as_plans_write_them(retail_index: ModelIndex, gaps: Gaps) -> None:
    near: list[tuple[Term, float]] = [
        (MetricTerm("sales"), 0.9),
        (ValueTerm("customer.lifecycle_stage", "沉默"), 0.8),
        (FieldTerm("customer.high_value"), 0.7),
        (GroupTerm("product.category", "sports"), 0.6),
        (EntityTerm("order"), 0.5),
        (FieldTerm("customer.phone"), 0.4),
        (ValueTerm("customer.city", "上海"), 0.3),
    ]
    run = tools_of(retail_index, gaps, near=near)["search_vocabulary"].run
    assert run({"words": "鲸鱼"}).splitlines() == [
        "sales: 销售额",
        'customer.lifecycle_stage = "沉默": 生命周期阶段：沉默',
        "customer.high_value: 高价值客户",
        "product.category in sports: 运动大类",
        "order: 订单",
    ]
    assert run({"words": "海豚"}) == "Nothing is near."


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("customer.churn_risk", "高, 中, 低"),
        ("customer.phone", "customer.phone has no declared values."),
        ("customer.name", "customer.name has no declared values."),
        ("order.order_id", "order.order_id has no declared values."),
        ("customer.shoe_size", "There is no field 'customer.shoe_size'."),
        ("'; DROP TABLE orders", 'There is no field "\'; DROP TABLE orders".'),
    ],
)
def test_declared_values_are_told_and_no_others(retail_index: ModelIndex, gaps: Gaps, field: str, told: str) -> None:
    assert tools_of(retail_index, gaps)["sample_values"].run({"field": field}) == told


def test_people_are_counted_by_who_may(retail_index: ModelIndex, gaps: Gaps) -> None:
    counts = Counts(12_345)
    run = tools_of(retail_index, gaps, counts)["count_audience"].run
    where = {"is": "compare", "field": "customer.city", "op": "=", "value": "上海"}
    assert run({"audience": {"where": where}}) == "12,345"
    assert counts.asked == [(Audience(where=Compare("customer.city", "=", "上海")), ANA)]


def test_without_somebody_who_asks_nothing_is_counted(retail_index: ModelIndex, gaps: Gaps) -> None:
    counts = Counts(7)
    assert (
        tools_of(retail_index, gaps, counts, user=None)["count_audience"].run({"audience": {}})
        == "Counts are not told here."
    )
    assert counts.asked == []


def test_a_count_that_may_not_be_told_is_a_reason(retail_index: ModelIndex, gaps: Gaps) -> None:
    few = Counts(DataError(Text("人数太少。", "Too few people to tell.")))
    run = tools_of(retail_index, gaps, few)["count_audience"].run
    assert run({"audience": {}}) == "Too few people to tell."
    broken = run({"audience": {"is": "sql", "text": "SELECT 1"}})
    assert "'sql' is not known; allowed: audience" in broken
    assert len(few.asked) == 1


def test_asking_the_person_leads_to_a_question_back(retail_index: ModelIndex, gaps: Gaps) -> None:
    assert "clarification" in tools_of(retail_index, gaps)["ask_user"].run({"question": "哪一个？"})


def test_declared_values_of_what_is_personal_are_not_told(retail_index: ModelIndex, gaps: Gaps) -> None:
    model = retail_index.model
    fields = tuple(
        replace(d, sensitivity=Sensitivity.PERSONAL) if d.qualified == "customer.gender" else d
        for d in model.dimensions
    )
    run = tools_of(ModelIndex(replace(model, dimensions=fields)), gaps)["sample_values"].run
    assert run({"field": "customer.gender"}) == "customer.gender has no declared values."
    assert "女" in tools_of(retail_index, gaps)["sample_values"].run({"field": "customer.gender"})
