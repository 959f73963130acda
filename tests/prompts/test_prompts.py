"""The texts that models are given: rendered strictly, the same in both languages, and word for word as they are on file.

`make golden` writes the files anew; read the difference before keeping it.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

import prompts
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.llm.brief_form import BriefForm
from assistant.interpreters.llm.drafts import Form
from assistant.interpreters.llm.material import Material
from assistant.interpreters.llm.plan_form import PlanForm
from assistant.interpreters.names import Names
from prompts import PromptError, render, text_of
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Query
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import FieldTerm, MetricTerm, ValueTerm
from tests.assistant.interpreters.reading_scene import Ranking, Reviewed, ScriptedRanks, gaps_over, material_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "golden" / "prompts"
MODEL = ROOT / "semantic_layer" / "examples" / "retail" / "model"
FORMS = ("plan", "brief")
LANGUAGES: tuple[Language, ...] = ("zh", "en")

QUESTIONS: dict[Language, str] = {
    "zh": "上月上海潜着水的客户卖掉的钱",
    "en": "what did the whales in Shanghai flog last month",
}
NEAR = [
    (MetricTerm("sales"), 0.8),
    (MetricTerm("refunds"), 0.6),
    (ValueTerm("customer.lifecycle_stage", "沉默"), 0.6),
    (FieldTerm("customer.high_value"), 0.5),
]
EXAMPLE = Reviewed(
    plan=Plan(
        (Query(metrics=("orders",), where=Compare("customer.city", "=", "北京"), time=Calendar(Grain.WEEK, -1)),)
    ),
    zh=("上周北京走了多少单",),
    en=("how many orders went to Beijing last week",),
)


@pytest.fixture(scope="module")
def index() -> ModelIndex:
    return ModelIndex(load_model(MODEL))


def ranking_of(text: str, index: ModelIndex) -> Ranking:
    gaps = gaps_over(index).of(text).gaps
    return dict.fromkeys((text, *(gap.said for places in gaps for gap in places)), NEAR)


def material_in(language: Language, index: ModelIndex) -> Material:
    text = QUESTIONS[language]
    return material_of(text, language, index, gaps_over(index), ranking_of(text, index), [EXAMPLE])


def form_of(name: str, language: Language, index: ModelIndex) -> Form:
    if name == "plan":
        return PlanForm()
    model = index.model
    calendar = CompanyCalendar(model.conventions, model.festivals, date(2026, 10, 31))
    grammar = GrammarInterpreter(Vocabulary.build(index, {}), index, calendar)
    return BriefForm(Names(index, ScriptedRanks(ranking_of(QUESTIONS[language], index))), grammar)


def rendered(name: str, language: Language, index: ModelIndex) -> str:
    form, material = form_of(name, language, index), material_in(language, index)
    parts = (form.system(material), form.user(QUESTIONS[language], material))
    return "\n\n---- user\n\n".join(parts) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_the_prompt_is_the_one_in_the_golden_file(form: str, language: Language, index: ModelIndex) -> None:
    found = rendered(form, language, index)
    path = FOLDER / f"{form}.{language}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {f"{f}.{language}" for f in FORMS for language in LANGUAGES}


# ---- what they hold


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_long_form_tells_only_what_was_found(language: Language, index: ModelIndex) -> None:
    form, material = PlanForm(), material_in(language, index)
    user = form.user(QUESTIONS[language], material)
    told = set(re.findall(r"^- ([a-z_.]+)(?: \(|: )", user, flags=re.MULTILINE))
    entities = {e.name for e in index.model.entities}
    assert told - entities == {
        "sales",
        "refunds",
        "customer.city",
        "customer.lifecycle_stage",
        "customer.high_value",
    }
    assert user.endswith(QUESTIONS[language])
    assert json.dumps({"is": "calendar", "unit": "month", "offset": -1}) in user


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sections_are_called_what_the_instructions_call_them(language: Language, index: ModelIndex) -> None:
    material = material_in(language, index)
    user, system = PlanForm().user(QUESTIONS[language], material), PlanForm().system(material)
    heads = [line.split("：")[0].split(":")[0] for line in user.splitlines() if line and not line.startswith("- ")]
    assert len(heads) == 6
    for head in heads[:5]:
        assert head in system, head


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_long_form_shows_reviewed_questions_in_the_form_of_answers(language: Language, index: ModelIndex) -> None:
    material = material_in(language, index)
    system = PlanForm().system(material)
    (asked,) = EXAMPLE.wordings(language)
    answer = system.split(f"Q: {asked}\n")[1].splitlines()[0]
    draft = PlanForm().read(answer, asked, material)
    assert getattr(draft, "plan", None) == EXAMPLE.plan


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_of_the_short_form_are_answers_by_its_keys(language: Language) -> None:
    text = text_of(f"brief_examples.{language}")
    blocks = text.split("\n\n")
    assert len(blocks) >= 3
    for block in blocks:
        *offered, _, answer = block.splitlines()
        chosen = json.loads(answer)
        keys = [line.split(" ")[0] for line in offered if "【" in line]
        assert [key for key in chosen if key != "asked"] == keys
        for line in offered:
            if "【" in line:
                assert chosen[line[0]] in line.split("】: ")[1].split(", ")
            else:
                assert chosen["asked"] in re.split("[;；] ?", re.sub(r" \([^)]*\)", "", line.split(": ", 1)[1]))


# ---- rendering


def test_every_place_needs_a_value_and_every_value_a_place() -> None:
    assert "- a\n- b" in render("repair.en", issues="- a\n- b")
    with pytest.raises(PromptError, match="no value for \\['issues'\\]"):
        render("repair.en")
    with pytest.raises(PromptError, match="no place for \\['other'\\]"):
        render("repair.en", issues="", other="")


def test_what_is_filled_in_is_not_filled_in_itself() -> None:
    assert "{{issues}}" in render("repair.en", issues="{{issues}}")
    assert "\\1" in render("repair.en", issues="\\1")


@pytest.mark.parametrize("name", ["nothing", "../pyproject", ""])
def test_a_prompt_that_is_missing_is_a_fault_of_the_program(name: str) -> None:
    with pytest.raises(PromptError, match="no prompt called"):
        text_of(name)


def test_each_text_is_there_in_both_languages_with_the_same_places() -> None:
    files = [p.name.removesuffix(".md") for p in resources.files(prompts).iterdir() if p.name.endswith(".md")]
    names = {name.rpartition(".")[0] for name in files}
    assert {f"{name}.{language}" for name in names for language in LANGUAGES} == set(files)
    for name in names:
        zh, en = (set(re.findall(r"\{\{(\w+)\}\}", text_of(f"{name}.{language}"))) for language in LANGUAGES)
        assert zh == en, name
