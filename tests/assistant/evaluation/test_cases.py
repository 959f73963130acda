"""Reading cases: every wording is a case, and every fault is told with file, case and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.evaluation.cases import Case, read_cases
from semantic_layer.errors import DefinitionError
from semantic_layer.query.plan import ChartKind, Define, Plan
from semantic_layer.query.types import Query

EXAMPLES = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples"


def read(folder: Path, text: str) -> tuple[Case, ...]:
    file = folder / "cases.yml"
    file.write_text(text, encoding="utf-8")
    return read_cases(file)


def faults(folder: Path, text: str) -> str:
    with pytest.raises(DefinitionError) as raised:
        read(folder, text)
    return "\n".join(f"{i.file} {i.key} {i.message} {i.remedy}" for i in raised.value.issues)


def test_each_language_is_a_case(tmp_path: Path) -> None:
    cases = read(tmp_path, "- {id: a, kind: count, zh: 多少, en: how many}")
    assert [(c.id, c.language, c.question) for c in cases] == [("a", "zh", "多少"), ("a", "en", "how many")]


def test_each_wording_is_a_case_with_a_name_of_its_own(tmp_path: Path) -> None:
    cases = read(tmp_path, "- {id: a, kind: count, zh: [一, 二], en: [one]}")
    assert [(c.id, c.language) for c in cases] == [("a.1", "zh"), ("a.2", "zh"), ("a.1", "en")]


def test_a_plan_may_be_given_as_its_only_step(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "- {id: a, kind: define, zh: 一, plan: {is: define, name: sales}}")
    assert case.plans == (Plan(steps=(Define("sales"),)),)


def test_a_whole_plan_keeps_its_chart(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "- {id: a, kind: x, zh: 一, plan: {steps: [{is: query, metrics: [sales]}], chart: pie}}")
    assert case.plans == (Plan(steps=(Query(metrics=("sales",)),), chart=ChartKind.PIE),)


def test_other_right_plans_are_kept(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "- {id: a, kind: x, zh: 一, plan: {is: define, name: a}, also: [{is: define, name: b}]}")
    assert [plan.steps for plan in case.plans] == [(Define("a"),), (Define("b"),)]


def test_turns_before_go_to_their_language(tmp_path: Path) -> None:
    zh, en = read(tmp_path, "- {id: a, kind: x, zh: 一, en: one, before: {zh: [零]}}")
    assert (zh.before, en.before) == (("零",), ())


def test_broken_yaml_is_told_with_its_file(tmp_path: Path) -> None:
    told = faults(tmp_path, "- {id: a, kind")
    assert "cases.yml" in told
    assert "cannot be read" in told


def test_an_unknown_key_is_told_with_the_allowed_ones(tmp_path: Path) -> None:
    told = faults(tmp_path, "- {id: a, kind: x, zh: 一, plann: {}}")
    assert "case 1" in told
    assert "plann" in told
    assert "refusal" in told


def test_a_missing_name_is_told(tmp_path: Path) -> None:
    assert "id" in faults(tmp_path, "- {kind: x, zh: 一}")


def test_an_unknown_step_is_told_with_the_known_ones(tmp_path: Path) -> None:
    told = faults(tmp_path, "- {id: a, kind: x, zh: 一, plan: {is: guess}}")
    assert "guess" in told
    assert "list_people" in told


def test_a_case_without_a_question_is_told(tmp_path: Path) -> None:
    assert "has no question" in faults(tmp_path, "- {id: lonely, kind: x}")


def test_two_cases_of_one_name_are_told(tmp_path: Path) -> None:
    assert "two cases" in faults(tmp_path, "- {id: a, kind: x, zh: 一}\n- {id: a, kind: x, zh: 二}")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    told = faults(tmp_path, "- {id: a, kind: x, zh: 一, no: 1}\n- {id: b, kind: x, zh: 二, nein: 1}")
    assert "case 1" in told
    assert "case 2" in told


@pytest.mark.parametrize("text", ["", "[]"])
def test_no_case_at_all_is_told(tmp_path: Path, text: str) -> None:
    assert "no case" in faults(tmp_path, text)


def test_something_that_is_no_list_is_told(tmp_path: Path) -> None:
    assert "case 1" in faults(tmp_path, "just words")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read"):
        read_cases(tmp_path / "nothing.yml")


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("- {id: b, kind: x, zh: 二}", encoding="utf-8")
    (tmp_path / "a.yml").write_text("- {id: a, kind: x, zh: 一}", encoding="utf-8")
    assert [case.id for case in read_cases(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize("example", ["retail", "completejourney"])
def test_the_cases_that_are_shipped_can_be_read(example: str) -> None:
    cases = read_cases(EXAMPLES / example / "cases")
    assert {case.language for case in cases} == {"zh", "en"}


def test_no_question_of_the_shipped_cases_is_asked_twice() -> None:
    asked = [(c.before, c.question) for c in read_cases(EXAMPLES / "retail" / "cases") if not c.id.startswith("q")]
    assert len(asked) == len(set(asked))
