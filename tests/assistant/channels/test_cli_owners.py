"""The commands of data owners over a company of three systems: what they print, change, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from assistant.channels import cli_data, cli_people, cli_privacy, cli_quality
from tests.semantic_layer.ingestion.pipeline.company import MALL_LATER, write_company

pytestmark = pytest.mark.slow

ROOT = typer.Typer()
for commands in (cli_data, cli_quality, cli_people, cli_privacy):
    commands.add_to(ROOT)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(ROOT, [str(argument) for argument in arguments])


def data_of(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the company and what the first load made of it."""
    folder = tmp_path_factory.mktemp("owners")
    write_company(folder / "shop")
    with pytest.MonkeyPatch.context() as patch:
        _settings(patch, folder)
        done = run("sources", "load")
    assert done.exit_code == 0, done.stdout
    assert "11 new rows" in done.stdout
    return folder


@pytest.fixture
def company(loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may change."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    _settings(monkeypatch, tmp_path)
    return tmp_path / "shop"


def _settings(patch: pytest.MonkeyPatch, folder: Path) -> None:
    for name, value in {"HOME": folder / "home", "DATA": folder / "shop", "ROLE": "admin", "USER": "olga"}.items():
        patch.setenv(f"QUNXIANG_{name}", str(value))


# --- sources


def test_before_the_first_load_sources_are_there_and_nothing_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_company(tmp_path / "shop")
    _settings(monkeypatch, tmp_path)
    assert [row["state"] for row in data_of("sources", "list")] == ["new", "new", "new"]
    checked = run("sources", "check")
    assert (checked.exit_code, checked.stdout.count("✓")) == (0, 3)
    (tmp_path / "shop" / "raw" / "crm.csv").unlink()
    (tmp_path / "shop" / "raw" / "till.csv").write_text("小票,会员号,时间\nT1,,2026-10-02\n", encoding="utf-8")
    checked = run("sources", "check", "--language", "zh")
    assert checked.exit_code == 1
    assert "✗ crm" in checked.stdout
    assert "✗ till：缺少用到的列 金额" in checked.stdout
    assert [row["rows"] for row in data_of("sources", "list")] == [None, None, None]


@pytest.mark.slow
def test_a_second_load_takes_in_what_is_new_only(company: Path) -> None:
    (company / "raw" / "mall_02.csv").write_text(MALL_LATER, encoding="utf-8")
    done = run("sources", "load", "mall")
    assert "2 new rows, 1 changed" in done.stdout
    assert {row["name"]: row["rows"] for row in data_of("sources", "list")} == {"crm": 4, "mall": 7, "till": 2}
    held = data_of("quarantine", "list", "--source", "mall")
    assert [row["field"] for row in held if row["value"] == "2026-02-31"] == ["ordered_at"]


def test_a_source_that_does_not_exist_and_one_that_nobody_watches(company: Path) -> None:
    assert company.is_dir()
    nobody = run("sources", "load", "crn")
    assert (nobody.exit_code, "'crm'" in nobody.stdout) == (1, True)
    assert run("sources", "watch", "--once").exit_code == 1


def test_who_may_not_manage_data_loads_and_corrects_nothing(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert company.is_dir()
    monkeypatch.setenv("QUNXIANG_ROLE", "marketer")
    for command in (("sources", "load"), ("quality", "--anew"), ("privacy", "purposes"), ("identity", "merge", "1", "2", "--yes")):  # fmt: skip
        refused = run(*command)
        assert refused.exit_code == 1
        assert "marketer" in refused.stdout
    (masked,) = data_of("quarantine", "list", "--source", "crm")
    assert masked["value"] == "138****8000"


def test_definitions_with_a_fault_are_told_and_end_with_two(company: Path) -> None:
    (company / "sources" / "systems.yml").write_text("sources:\n- {name: crm, kind: cvs}\n", encoding="utf-8")
    wrong = run("sources", "list")
    assert wrong.exit_code == 2
    assert "systems.yml" in wrong.stdout


# --- quality and columns that changed


def test_quality_names_the_rules_that_fail(company: Path) -> None:
    assert company.is_dir()
    report = run("quality", "--source", "crm")
    assert (report.exit_code, "phone_fake_pattern  1/4 (25.0%)" in report.stdout) == (0, True)
    assert data_of("quality")["till"]["score"] == 100


def test_a_row_is_corrected_and_another_dismissed(company: Path) -> None:
    assert company.is_dir()
    (row,) = data_of("quarantine", "list", "--source", "crm")
    assert run("quarantine", "correct", "crm", row["id"], "13900001234").exit_code == 0
    first, _ = data_of("quarantine", "list", "--source", "mall")
    assert run("quarantine", "dismiss", "mall", first["id"]).exit_code == 0
    assert len(data_of("quarantine", "list")) < 3
    assert run("quarantine", "dismiss", "mall", "nothing").exit_code == 1


@pytest.mark.slow
def test_a_renamed_column_waits_for_an_answer(company: Path) -> None:
    crm = company / "raw" / "crm.csv"
    crm.write_text(crm.read_text(encoding="utf-8").replace("手机", "移动电话"), encoding="utf-8")
    assert run("sources", "load", "crm").exit_code == 1
    asked = run("drift", "list")
    assert asked.exit_code == 1
    assert "is-now-called" in asked.stdout
    (column,) = [one["id"] for one in data_of("drift", "list") if one["kind"] == "renamed"]
    wrong = run("drift", "answer", "crm", column, "renamed")
    assert (wrong.exit_code, "is-now-called" in wrong.stdout) == (1, True)
    assert run("drift", "answer", "crm", column, "is-now-called").exit_code == 0
    assert run("sources", "load", "crm").exit_code == 0


def test_the_field_standard_book_is_written(company: Path) -> None:
    target = company / "book.md"
    assert run("standard-book", "--language", "zh", "--output", target).exit_code == 0
    text = target.read_text(encoding="utf-8")
    assert text.startswith("# 字段标准手册")
    assert "会员系统 的「手机」" in text
    assert run("standard-book", "--output", company / "no" / "book.md").exit_code == 2


# --- who is one customer


@pytest.mark.slow
def test_a_merge_is_shown_done_and_taken_back(company: Path) -> None:
    assert company.is_dir()
    assert data_of("identity", "figures")["customers"] == 6
    assert run("identity", "queue").exit_code == 0
    shown = run("identity", "merge", 1, 2)
    assert (shown.exit_code, "Nothing was changed" in shown.stdout) == (1, True)
    done = run("identity", "merge", 1, 2, "--yes")
    assert done.exit_code == 0
    assert data_of("identity", "figures")["customers"] == 5
    why = data_of("identity", "why", 1)
    (entry,) = [line["entry"] for line in why["ledger"] if line["kind"] == "merge"]
    assert f"identity undo {entry} --yes" in done.stdout
    assert run("identity", "undo", entry, "--yes").exit_code == 0
    assert data_of("identity", "figures")["customers"] == 6


@pytest.mark.slow
def test_a_record_is_split_off(company: Path) -> None:
    assert company.is_dir()
    (record,) = [one["id"] for one in data_of("identity", "why", 1)["records"] if one["row"] == "A2"]
    assert run("identity", "split", 1, record, "--yes").exit_code == 0
    assert data_of("identity", "figures")["customers"] == 7


@pytest.mark.slow
def test_a_rule_is_tried_before_it_is_turned(company: Path) -> None:
    tried = run("identity", "try-rule", "phone", "off")
    assert (tried.exit_code, tried.stdout.startswith("6 customers become")) == (0, True)
    assert run("identity", "apply-rule", "phone", "off").exit_code == 1
    assert not (company / "identity.yml").exists()
    assert run("identity", "try-rule", "fone", "off").exit_code == 1


# --- personal data


def test_personal_columns_are_found_though_nobody_declared_them(company: Path) -> None:
    assert run("privacy", "find").exit_code == 0
    crm = company / "sources" / "systems.yml"
    crm.write_text(crm.read_text(encoding="utf-8").replace("手机: phone, ", ""), encoding="utf-8")
    found = run("privacy", "find", "--json")
    assert found.exit_code == 1
    assert [(one["table"], one["column"], one["by"]) for one in json.loads(found.stdout) if one["open"]] == [
        ("crm", "手机", "values")
    ]
    assert "13822334455" not in run("privacy", "find").stdout


@pytest.mark.slow
def test_a_person_is_deleted_and_does_not_come_back(company: Path) -> None:
    plan = run("privacy", "plan", 3)
    assert "2 rows" in plan.stdout
    assert run("privacy", "forget", 3).exit_code == 1
    assert data_of("identity", "figures")["customers"] == 6
    assert run("privacy", "forget", 3, "--yes").exit_code == 0
    assert data_of("identity", "figures")["customers"] == 5
    assert run("privacy", "plan", 3).exit_code == 1
    (company / "raw" / "crm.csv").touch()
    assert run("sources", "load").exit_code == 0
    assert data_of("identity", "figures")["customers"] == 5


def test_purposes_and_times_are_told(company: Path) -> None:
    policies = company / "model" / "policies.yml"
    policies.write_text(
        policies.read_text(encoding="utf-8").replace(
            "purposes: []", "purposes: [{name: recall, label: {zh: 召回, en: recall}}]"
        ),
        encoding="utf-8",
    )
    (recall,) = data_of("privacy", "purposes")
    assert (recall["name"], recall["roles"], recall["exports"]) == ("recall", ["admin", "marketer"], 0)
    systems = company / "sources" / "systems.yml"
    systems.write_text(systems.read_text(encoding="utf-8") + "  keep_days: 400\n", encoding="utf-8")
    kept = {one["source"]: one["keep_days"] for one in data_of("privacy", "retention")}
    assert kept == {"crm": None, "mall": None, "till": 400}
