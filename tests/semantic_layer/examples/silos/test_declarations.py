"""What is declared about the systems can be read, and the folder belongs to its owner."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.evaluation.cases import read_cases
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError
from semantic_layer.examples.silos.prepare import COMPANY, prepare
from semantic_layer.ingestion.blueprint import read_blueprint
from semantic_layer.ingestion.publishing import Tables

SYSTEMS = {"crm", "crm_this_year", "mall_orders", "mall_lines", "products", "tills", "stores", "cities", "app", "desk"}
CASES = COMPANY / "cases"


def test_the_declarations_have_no_fault_and_no_source_has_the_key_of_a_customer() -> None:
    model, _ = load_definitions(COMPANY / "model")
    blueprint = read_blueprint(COMPANY, model)
    assert {spec.name for spec in blueprint.specs} == SYSTEMS
    assert Tables(model=model, specs=blueprint.specs).resolves_people
    assert "customer_key" not in {mapping.field for spec in blueprint.specs for mapping in spec.columns}


def test_the_questions_are_asked_in_both_languages() -> None:
    cases = read_cases(CASES)
    for language in ("zh", "en"):
        assert len([case for case in cases if case.language == language]) >= 12


def test_the_folder_holds_what_an_owner_of_the_systems_would_have(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "mine", people=100, progress=lambda *_: None)
    assert {path.name for path in (folder / "raw").iterdir()} == {"app", "crm", "desk", "mall", "pos", "reference"}
    assert {path.name for path in folder.iterdir()} >= {"raw", "sources", "model", "quality.yml"}
    rules, export = folder / "quality.yml", folder / "raw" / "desk" / "tickets.csv"
    rules.write_text("rules: []\n", encoding="utf-8")
    export.write_text("工单号\n", encoding="utf-8")
    prepare(folder, people=100, progress=lambda *_: None)
    assert rules.read_text(encoding="utf-8") == "rules: []\n"
    assert export.read_text(encoding="utf-8") == "工单号\n"


def test_exports_that_were_broken_off_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".raw.unfinished" / "crm").mkdir(parents=True)
    (tmp_path / ".raw.unfinished" / "crm" / "half.csv").write_text("会员号\n", encoding="utf-8")
    prepare(tmp_path, people=100, progress=lambda *_: None)
    assert not (tmp_path / "raw" / "crm" / "half.csv").exists()
    assert not (tmp_path / ".raw.unfinished").exists()


def test_too_few_people_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        prepare(tmp_path, people=3, progress=lambda *_: None)
