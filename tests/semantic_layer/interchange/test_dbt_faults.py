"""Damaged, unknown and half-understood dbt projects: every fault names its file, its line and what would mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semantic_layer.errors import DataError, DefinitionError, Issue
from semantic_layer.interchange.dbt import read_dbt
from tests.semantic_layer.interchange.dbt_shop import METRICS, MODELS, write


def issues(path: Path) -> list[Issue]:
    with pytest.raises(DefinitionError) as caught:
        read_dbt(path)
    return list(caught.value.issues)


def the_issue(folder: Path, *, more_metrics: str = "", models: str = MODELS) -> Issue:
    """The only fault of the shop with some lines changed or added."""
    (found,) = issues(write(folder, models=models, metrics=METRICS + more_metrics))
    assert found.remedy
    return found


LAST = len(METRICS.splitlines())


def test_metrics_made_of_each_other(tmp_path: Path) -> None:
    ring = """\
---
metric: {name: one, type: derived, type_params: {expr: two, metrics: [{name: two}]}}
---
metric: {name: two, type: derived, type_params: {expr: one, metrics: [{name: one}]}}
"""
    found = the_issue(tmp_path, more_metrics=ring)
    assert (found.file, found.line) == ("more/metrics.yaml", LAST + 2)
    assert "one → two → one" in found.message


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("{name: x, type: simple, type_params: {measure: order}}", "No measure is called 'order'."),
        ("{name: x, type: ratio, type_params: {numerator: orders, denominator: orderz}}", "No metric is called 'orderz'."),
        ("{name: x, type: magic, type_params: {measure: orders}}", "'magic' is not allowed for 'type'."),
        ("{name: x, type: simple}", "The metric does not say what it is made of."),
        ("{name: x, type: simple, type_params: {measure: orders}, filter: \"{{ Dimension('shop__sise') }} = 1\"}", "No field is called 'shop__sise'."),
        ("{name: x, type: simple, type_params: {measure: orders}, filter: \"{{ system('ls') }}\"}", "is not understood in a filter"),
        ("{name: x, type: cumulative, type_params: {measure: orders, window: soon}}", "'soon' is not a length of time."),
        ("{name: x, type: conversion, type_params: {}}", "The conversion does not say from what to what."),
        ("{name: orders, type: simple, type_params: {measure: orders}}", "The metric 'orders' is defined twice"),
    ],
)  # fmt: skip
def test_faulty_metrics(tmp_path: Path, metric: str, message: str) -> None:
    found = issues(write(tmp_path, metrics=f"{METRICS}---\nmetric: {metric}\n"))[0]
    assert (found.file, found.line) == ("more/metrics.yaml", LAST + 2)
    assert message in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("    alias: fct_orders\n", "", "    schema_name: marts", "The key 'alias' is missing."),
        ("agg: sum_boolean", "agg: total", "agg: total", "'total' is not allowed for 'agg'."),
        ("ref('dim_shops')", "dim_shops", "model: dim_shops", "'dim_shops' is not a reference to a model."),
        ("agg_time_dimension: ordered_at", "agg_time_dimension: order_at", "name: orders", "'order_at' is not a time field of 'orders'."),
        ("- name: gifts", "- name: payments", "- name: payments\n      agg: sum_boolean", "The measure 'payments' is defined twice; first in models.yml:41."),
        ("{name: staff, type", "{name: shop, type", "name: shop_days", "The field 'shop_days.shop' is defined twice"),
    ],
)  # fmt: skip
def test_faulty_models(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    text = MODELS.replace(old, new, 1)
    line = text[: text.index(at)].count("\n") + 1
    found = issues(write(tmp_path, models=text))
    assert ("models.yml", line) in [(one.file, one.line) for one in found]
    assert any(message in one.message and one.remedy for one in found)


def test_a_whole_manifest_is_told_from_the_semantic_one(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text('{"metadata": {"dbt_schema_version": "v12"},\n "nodes": {}}', encoding="utf-8")
    (found,) = issues(file)
    assert (found.file, found.line) == ("manifest.json", 2)
    assert "semantic_manifest.json" in found.remedy


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    manifest = {
        "semantic_models": [{"name": "a", "node_relation": {"alias": "a"}, "entities": []}],
        "project_configuration": {"dsi_package_version": {"major_version": "7"}},
    }
    (tmp_path / "semantic_manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    (found,) = issues(tmp_path)
    assert (found.file, found.line) == ("semantic_manifest.json", 13)
    assert "Version '7' of the semantic manifest is not known" in found.message


def test_files_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("version: 3\n" + "semantic_models: []\n", encoding="utf-8")
    assert any("version 3" in one.message for one in issues(tmp_path))


def test_semantic_models_inside_of_models_are_not_overlooked(tmp_path: Path) -> None:
    text = "version: 2\nmodels:\n  - name: fct_orders\n    semantic_model:\n      enabled: true\n"
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    found = issues(tmp_path)
    assert ("a.yml", 4) in [(one.file, one.line) for one in found]
    assert any("dbt parse" in one.remedy for one in found)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.yml", "semantic_models: [\n", 2),
        ("a.yml", "---\nmetric:\n  name: a\n---\nmetric: {name: b, name: c}\n", 5),
        ("a.yml", "- a list\n", 1),
        ("a.yml", "metricks: []\n", 1),
        ("semantic_manifest.json", '{\n "metrics": [,]}', 2),
        ("semantic_manifest.json", "[" * 5000, 1),
    ],
)
def test_damaged_files(tmp_path: Path, name: str, text: str, line: int) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert (name, line) in [(one.file, one.line) for one in issues(tmp_path)]


def test_a_key_that_nobody_knows_beside_known_ones_is_refused(tmp_path: Path) -> None:
    found = issues(write(tmp_path, rest="metrics: []\nmetrisc: []\n"))
    assert [(one.file, one.line, one.key) for one in found] == [("project.yml", 2, "metrisc")]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_dbt(tmp_path)


def test_other_files_of_a_project_are_passed_over_and_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: shop\n", encoding="utf-8")
    assert "dbt_project.yml" in [loss.what for loss in read_dbt(tmp_path).losses]


def test_a_metric_that_cannot_be_said_is_left_out_with_all_that_is_made_of_it(tmp_path: Path) -> None:
    more = """\
---
metric: {name: by_season, type: cumulative, type_params: {measure: orders, window: 2 season}}
---
metric: {name: twice, type: derived, type_params: {expr: by_season * 2, metrics: [{name: by_season}]}}
---
metric: {name: thrice, type: derived, type_params: {expr: twice + twice / 2, metrics: [{name: twice}]}}
"""
    found = read_dbt(write(tmp_path, metrics=METRICS + more))
    assert {"by_season", "twice", "thrice"}.isdisjoint(metric.name for metric in found.model.metrics)
    told = {loss.what: loss for loss in found.losses}
    assert told["metric by_season"].place == f"more/metrics.yaml:{LAST + 2}"
    assert "'by_season'" in told["metric twice"].why.en
    assert "'twice'" in told["metric thrice"].why.en


def test_unknown_keys_inside_definitions_are_told(tmp_path: Path) -> None:
    found = read_dbt(
        write(tmp_path, models=MODELS.replace("      expr: is_gift\n", "      expr: is_gift\n      colour: red\n"))
    )
    assert "semantic_models[orders].measures[gifts].colour" in [loss.what for loss in found.losses]
