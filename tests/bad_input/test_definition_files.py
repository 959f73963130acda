"""Definition files that are huge, damaged or of another make are read or refused in reasonable time, with file and line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError
from semantic_layer.interchange.read import Format, read_foreign

REASONABLE = 60.0  # seconds of the processor, several times of what it takes
HEAD = "name: big\nlabel: big\ncustomer_entity: t0\ndatasets:\n"
DATASET = """\
- name: t{0}
  label: table {0}
  source: t{0}
  primary_key: [id]
  columns: {{id: integer, a: decimal, d: date}}
  time: day{0}
  fields:
  - name: day{0}
    label: day {0}
    expr: d
"""
METRIC = """\
- name: m{0}
  label: {{zh: 指标{0}, en: metric {0}}}
  entity: t{1}
  agg: sum
  expr: a
"""
RATIO = """\
- name: r{0}
  label: {{zh: 比{0}, en: ratio {0}}}
  type: ratio
  numerator: m{0}
  denominator: mm{0}
"""


def folder(path: Path, metrics: str) -> Path:
    text = HEAD + "".join(DATASET.format(n) for n in range(100)) + "metrics:\n" + metrics
    assert text.count("\n") > 50_000
    (path / "big.yml").write_text(text, encoding="utf-8")
    return path


@pytest.mark.slow
def test_fifty_thousand_lines_are_read(tmp_path: Path) -> None:
    began = time.process_time()
    model, _ = load_definitions(folder(tmp_path, "".join(METRIC.format(n, n % 100) for n in range(10_000))))
    assert len(model.metrics) == 10_000
    assert time.process_time() - began < REASONABLE


@pytest.mark.slow
def test_fifty_thousand_lines_of_faults_are_refused(tmp_path: Path) -> None:
    metrics = "".join(METRIC.format(n, n % 100) + RATIO.format(n) for n in range(5_000))
    began = time.process_time()
    with pytest.raises(DefinitionError) as refused:
        load_definitions(folder(tmp_path, metrics))
    assert time.process_time() - began < REASONABLE
    issues = refused.value.issues
    assert len(issues) == 201  # 5,000 names are wrong; the first 200 are enough to mend
    assert all(issue.file == "big.yml" and issue.line > 0 and issue.remedy for issue in issues)
    assert "There is no metric 'mm0'. Did you mean 'm0'" in str(issues[0])
    assert any("More than 200 faults were found; the rest is not listed." in issue.message for issue in issues)


@pytest.mark.slow
def test_fifty_thousand_lines_of_another_tool_are_read(tmp_path: Path) -> None:
    field = (
        "  - name: c{0}\n    sql: c{0}\n    type: string\n    title: Column {0}\n    description: >-\n      of {0}\n"
    )
    text = "cubes:\n- name: t\n  sql_table: t\n  dimensions:\n" + "".join(field.format(n) for n in range(8_500))
    (tmp_path / "big.yml").write_text(text, encoding="utf-8")
    assert text.count("\n") > 50_000
    began = time.process_time()
    found = read_foreign(tmp_path / "big.yml", Format.CUBE)
    assert len(found.imported.model.dimensions) == 8_500
    assert time.process_time() - began < REASONABLE


def test_faults_of_a_file_are_told_with_line_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(
        "name: shop\nlabel: shop\nname: again\ndatasets:\n- &t\n  name: t\n  source: t\n  label: t\n"
        "  primary_key: [id]\n  columns: {id: integer}\n- <<: *t\n  name: u\n",
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    found = {(issue.line, issue.key): (issue.message, issue.remedy) for issue in refused.value.issues}
    assert found[3, "name"] == ("The key 'name' stands twice; it was first given on line 1.", "Keep one of the two.")
    assert found[11, "datasets[1].<<"] == ("Keys are not merged here.", "Write the keys of the anchor out.")


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        ("cubes: []\n", Format.OSSIE, "looks like a file of cube"),
        ("datasets: []\n", Format.CUBE, "looks like a file of ossie"),
        ("tables: []\n", Format.CUBE, "looks like a file of snowflake"),
        ("semantic_models: []\n", Format.SNOWFLAKE, "looks like a file of dbt"),
        ("semantic_model: [{name: a}]\n", Format.DBT, "looks like a file of ossie"),
    ],
)
def test_a_file_of_another_tool_is_recognised(tmp_path: Path, text: str, source: Format, message: str) -> None:
    (tmp_path / "file.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_foreign(tmp_path / "file.yml", source)
    first = refused.value.issues[0]
    assert message in first.message
    assert first.remedy.startswith("Say --from ")
    assert (first.file, first.line) == ("file.yml", 1)


@pytest.mark.parametrize("source", list(Format))
@pytest.mark.parametrize(
    "text", ["", "5", "[]", "a: [", "\x00", "- - -", "name: {a: 1}\ntables: 5\ncubes: x\ndatasets: {}\n"]
)
def test_anything_else_is_refused_and_never_crashes(tmp_path: Path, source: Format, text: str) -> None:
    (tmp_path / "file.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_foreign(tmp_path / "file.yml", source)
    assert all(issue.file and issue.line > 0 and issue.message and issue.remedy for issue in refused.value.issues)
