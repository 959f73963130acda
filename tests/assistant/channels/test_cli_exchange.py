"""`qunxiang import-model` and `export-model`: what they write, what they tell, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.channels.cli import app
from semantic_layer.definitions import load_definitions
from tests.semantic_layer.interchange.meaning import meaning
from tests.semantic_layer.model.small_model import write_model

CUBE = """\
cubes:
- name: customers
  sql_table: public.customers
  dimensions:
  - {name: id, sql: id, type: number, primary_key: true}
  - {name: city, sql: "{CUBE}.city", type: string}
  measures:
  - {name: people, type: count}
  - {name: filtered, sql: "{FILTER_PARAMS.customers.city.filter('city')}", type: sum}
"""
DBT = """\
semantic_models:
- name: customers
  model: ref('customers')
  entities: [{name: customer, type: primary, expr: id}]
  dimensions: [{name: city, type: categorical}]
  measures: [{name: people, agg: count, expr: id}]
metrics:
- {name: people, type: simple, label: People, type_params: {measure: people}}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_import_writes_a_folder_and_tells_what_is_lost(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.yml", CUBE)
    result = run("import-model", file, "--from", "cube", "--to", tmp_path / "model", "--customer", "customers")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"Written to {tmp_path / 'model'}: 1 entities, 2 dimensions, 1 metrics, 0 tags."
    assert lines[1] == "Not carried over, or only by assumption (3):"
    assert any(line.startswith("  shop.yml:9: customers.filtered: The SQL holds a template") for line in lines)
    model, _ = load_definitions(tmp_path / "model")
    assert [metric.name for metric in model.metrics] == ["people"]


def test_import_speaks_chinese(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.yml", CUBE)
    result = run("import-model", file, "--from", "cube", "--to", tmp_path / "model", "--language", "zh")
    assert result.exit_code == 0
    assert "没有导入，或按假设导入的（4）：" in result.stdout
    assert "customer_entity: 来源没有说哪个实体代表人。" in result.stdout


def test_import_as_json(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.yml", CUBE)
    result = run("import-model", file, "--from", "cube", "--to", tmp_path / "model", "--json")
    data = json.loads(result.stdout)
    assert (data["entities"], data["dimensions"], data["metrics"], data["tags"]) == (1, 2, 1, 0)
    assert [Path(path).name for path in data["files"]] == ["company.yml", "datasets.yml", "metrics.yml"]
    assert {loss["what"] for loss in data["losses"]} == {
        "customer_entity",
        "cubes[customers].sql_table",
        "customers.columns",
        "customers.filtered",
    }


def test_import_from_dbt(tmp_path: Path) -> None:
    write(tmp_path, "models.yml", DBT)
    result = run(
        "import-model", tmp_path / "models.yml", "--from", "dbt", "--to", tmp_path / "out", "--customer", "customers"
    )
    assert result.exit_code == 0, result.stdout
    model, _ = load_definitions(tmp_path / "out")
    assert model.customer_entity == "customers"
    assert [metric.name for metric in model.metrics] == ["people"]


def test_what_is_exported_is_imported_whole(tmp_path: Path) -> None:
    model, policy = load_definitions(write_model(tmp_path / "model"))
    result = run("export-model", tmp_path / "model", "--to", tmp_path / "shop.yaml")
    assert result.exit_code == 0
    assert result.stdout == (
        f"Written to {tmp_path / 'shop.yaml'}. Other tools see 4 metrics; 1 more stand only in our own extension.\n"
    )
    result = run("import-model", tmp_path / "shop.yaml", "--from", "ossie", "--to", tmp_path / "again")
    assert result.exit_code == 0
    assert "Everything was carried over." in result.stdout
    again, same_policy = load_definitions(tmp_path / "again")
    assert meaning(again) == meaning(model)
    assert same_policy == policy


def test_export_as_json_and_in_chinese(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    result = run("export-model", tmp_path / "model", "--to", tmp_path / "shop.yaml", "--json")
    assert json.loads(result.stdout)["metrics_seen_by_others"] == 4
    result = run("export-model", tmp_path / "model", "--to", tmp_path / "shop.yaml", "--language", "zh")
    assert "别的工具能看到 4 个指标；另外 1 个只在本产品的扩展里。" in result.stdout


def test_a_folder_that_is_not_empty_is_not_written_over(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.yml", CUBE)
    result = run("import-model", file, "--from", "cube", "--to", tmp_path)
    assert result.exit_code == 2
    assert "already holds definition files" in result.stdout


@pytest.mark.parametrize(("language", "words"), [("en", "There is no file or folder"), ("zh", "这个文件或文件夹")])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, language: str, words: str) -> None:
    result = run(
        "import-model", tmp_path / "no.yml", "--from", "ossie", "--to", tmp_path / "out", "--language", language
    )
    assert result.exit_code == 2
    assert words in result.stdout


def test_a_folder_where_a_file_is_meant(tmp_path: Path) -> None:
    result = run("import-model", tmp_path, "--from", "snowflake", "--to", tmp_path / "out")
    assert result.exit_code == 2
    assert "definitions of snowflake are one file" in result.stdout


def test_faults_are_told_with_file_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.yml", "cubes:\n- nme: a\n")
    result = run("import-model", file, "--from", "cube", "--to", tmp_path / "out")
    assert result.exit_code == 2
    assert "shop.yml:2: error: cubes[0].name: The key 'name' is missing." in result.stdout
    result = run("import-model", file, "--from", "cube", "--to", tmp_path / "out", "--json")
    assert json.loads(result.stdout)["faults"][0]["line"] == 2


def test_an_unknown_tool_is_wrong_use(tmp_path: Path) -> None:
    assert run("import-model", tmp_path, "--from", "looker", "--to", tmp_path / "out").exit_code == 2


def test_definitions_with_faults_are_not_exported(tmp_path: Path) -> None:
    write_model(tmp_path / "model", metrics="metrics: [{name: a}]\n")
    result = run("export-model", tmp_path / "model", "--to", tmp_path / "shop.yaml")
    assert result.exit_code == 2
    assert "metrics.yml:1" in result.stdout
    assert not (tmp_path / "shop.yaml").exists()
