"""`qunxiang eval` over a shop with two customers: cases, and the names found by paraphrases where somebody wrote them down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.channels.cli import app
from tests.semantic_layer.model.small_model import write_model

CASES = "- id: orders\n  kind: count\n  en: orders\n  rows: [[2]]\n"
SAID = "- tag: customer.high_value\n  en: [valued highly]\n"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corner_shop"
    write_model(folder / "model")
    for name, text in {
        "data/customers.csv": "customer_key,gender,birthday,city\n1,女,1990-01-01,上海\n2,男,1980-01-01,北京\n",
        "data/orders.csv": "order_id,customer_key,ordered_at,amount\n1,1,2026-10-01 10:00:00,5.5\n2,2,2026-10-31 10:00:00,4.5\n",
        "cases/cases.yml": CASES,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    settings = {"HOME": tmp_path / "home", "DATA": folder, "ROLE": "analyst", "MODE": "offline"}
    for name, value in settings.items():
        monkeypatch.setenv(f"QUNXIANG_{name}", str(value))
    return folder


def evaluate(company: Path, *more: str) -> Result:
    output = company.parent / "eval.json"
    return CliRunner().invoke(app, ["eval", "--data", str(company), "--output", str(output), *more])


def say_in_paraphrases(company: Path, text: str) -> None:
    (company / "vocabulary").mkdir()
    (company / "vocabulary" / "paraphrases.yml").write_text(text, encoding="utf-8")


def test_without_paraphrases_the_cases_alone_are_told(company: Path) -> None:
    result = evaluate(company)
    assert result.exit_code == 0, result.output
    assert "| all | 1 | 1 | 0 | 0 | 0 |" in result.stdout
    assert "recall" not in result.stdout
    assert "vocabulary" not in json.loads((company.parent / "eval.json").read_text(encoding="utf-8"))


def test_paraphrases_beside_the_cases_are_told_too(company: Path) -> None:
    say_in_paraphrases(company, SAID)
    result = evaluate(company, "--write-baseline")
    assert result.exit_code == 0, result.output
    assert "| all | 1 | 1 | 0 | 0 | 0 |" in result.stdout
    assert "Words for 4 tags." in result.stdout
    assert "| tags | en | mixed | 1 | " in result.stdout
    assert "| tags | en | letters | 1 | " in result.stdout
    found = json.loads((company.parent / "eval.json").read_text(encoding="utf-8"))["vocabulary"]
    assert (found["tags"], found["tags, en, mixed"]["paraphrases"]) == (4, 1)
    assert set(json.loads((company / "baseline.json").read_text(encoding="utf-8"))) == {
        "total",
        "by_language",
        "by_kind",
    }


def test_the_same_as_json(company: Path) -> None:
    say_in_paraphrases(company, SAID)
    found = json.loads(evaluate(company, "--json").stdout)
    assert (found["total"]["right"], found["vocabulary"]["tags"]) == (1, 4)


def test_paraphrases_of_a_tag_that_is_not_there_are_told(company: Path) -> None:
    say_in_paraphrases(company, "- tag: customer.high_values\n  en: [x]\n")
    result = evaluate(company)
    assert result.exit_code == 2
    assert "paraphrases.yml" in result.stdout
    assert "Did you mean 'customer.high_value'" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["model", "check"], 2, "QUNXIANG_MODEL_URL"),
        (["questions", "list"], 1, "The role is analyst now; QUNXIANG_ROLE sets it."),
    ],
)
def test_the_commands_of_model_and_questions_are_there(company: Path, words: list[str], code: int, told: str) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code
    assert told in result.stdout
