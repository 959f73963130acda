"""A model written as a folder of definition files and read again is the same model, with short keys and no defaults."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError, Issue
from semantic_layer.interchange.native.folder import as_yaml, write_folder
from semantic_layer.interchange.native.model import model_form
from semantic_layer.model import grain, outreach, types
from semantic_layer.model.load import load_model, read_model
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_yaml
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import SemanticModel
from tests.semantic_layer.interchange.meaning import MODEL, meaning
from tests.semantic_layer.model.small_model import write_model

EXAMPLES = Path(__file__).parents[3] / "semantic_layer" / "examples"


@pytest.mark.parametrize("example", ["retail", "completejourney"])
def test_an_example_survives_the_journey(example: str, tmp_path: Path) -> None:
    model, policy = load_definitions(EXAMPLES / example / "model")
    write_folder(model, tmp_path / "out", policy=policy)
    again, same_policy = load_definitions(tmp_path / "out")
    assert meaning(again) == meaning(model)
    assert same_policy == policy


def test_the_small_model_survives_the_journey(tmp_path: Path) -> None:
    model, policy = load_definitions(write_model(tmp_path / "in"))
    write_folder(model, tmp_path / "out", policy=policy)
    again, same_policy = load_definitions(tmp_path / "out")
    assert meaning(again) == meaning(model)
    assert same_policy == policy


@given(MODEL)
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_any_model_survives_the_journey(model: SemanticModel) -> None:
    issues: list[Issue] = []
    parsed = parse_yaml(as_yaml(model_form(model)), "written.yml")
    assert parsed.root is not None
    again = read_model(Section(parsed.root, "", issues), Sources())
    assert [str(issue) for issue in issues] == []
    assert meaning(again) == meaning(model)


def test_what_is_written_is_short(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path / "in"))
    written = write_folder(model, tmp_path / "out")
    assert [path.name for path in written] == [
        "company.yml",
        "datasets.yml",
        "metrics.yml",
        "tags.yml",
        "festivals.yml",
    ]
    metrics = (tmp_path / "out" / "metrics.yml").read_text(encoding="utf-8")
    assert metrics.startswith(
        "metrics:\n"
        "- name: sales\n"
        "  label: {zh: 销售额, en: sales}\n"
        "  synonyms: [GMV, revenue]\n"
        "  entity: order\n"
        "  agg: sum\n"
        "  expr: amount\n"
        "  unit: currency\n"
    )
    assert "numerator: sales\n" in metrics
    assert "inputs: [sales]\n" in metrics
    datasets = (tmp_path / "out" / "datasets.yml").read_text(encoding="utf-8")
    assert "birthday: {type: date, sensitivity: personal}\n" in datasets
    assert "- {value: 女, en: female, aliases: [女性, women]}\n" in datasets
    for default in ("good:", "ordered:", "version:", "refresh:", "kind: categorical", "hidden:", "null"):
        assert default not in metrics + datasets


def test_a_folder_that_holds_definitions_is_not_written_over(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path))
    with pytest.raises(DataError) as refused:
        write_folder(model, tmp_path)
    assert "空文件夹" in refused.value.message.zh
    assert "empty folder" in refused.value.message.en


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path / "in"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DataError) as refused:
        write_folder(model, tmp_path / "file" / "out")
    assert "file" in refused.value.message.en
    assert "写不进去" in refused.value.message.zh


# What the writers of `semantic_layer.interchange.native` know. A field that is new in the model is written nowhere until
# somebody does so; then it is added here, and to the random models of `meaning.py`.
KNOWN = {
    types.Words: "label synonyms description instructions examples",
    types.Origin: "file line owner version deprecated replaced_by",
    types.Value: "value label aliases",
    types.ValueGroup: "name words members low high",
    types.Column: "name type sensitivity",
    types.Dimension: "name entity words kind type expr values groups ordered index_values value_suffixes sensitivity unit "
    "grain origin",
    types.Validity: "start end end_inside",
    types.Entity: "name words table primary_key columns time label_column verbs validity partition origin",
    types.Relationship: "name from_entity to_entity from_columns to_columns label",
    types.Having: "metric op value",
    types.Percentile: "value discrete approximate",
    types.NonAdditive: "dimension choice groupings",
    types.Measure: "entity agg expr where time per having percentile non_additive",
    types.Simple: "measures fill every_period",
    types.Input: "metric alias where offset",
    types.Ratio: "numerator denominator",
    types.Derived: "expr inputs",
    types.Cumulative: "input window grain_to_date period_choice",
    types.Conversion: "entity base target window constant calculation counting",
    types.Metric: "name words body unit good counts where grain hidden origin",
    types.TagInput: "name metric window where",
    types.Level: "value when",
    types.AttributeBody: "expr",
    types.RuleBody: "inputs levels otherwise",
    types.QuantileBody: "metric window share require",
    types.PreferenceBody: "dimension metric window",
    types.TextBody: "text window labels speaker method bar fewest truth",
    types.TextLabel: "value words unless",
    types.TrueText: "said value",
    types.Tag: "name entity words kind category body type values positive ordered refresh sensitivity origin",
    types.Ambiguity: "word meanings default",
    types.NearMiss: "words offer why",
    types.Conventions: "time_zone week_start fiscal_year_start fiscal_weeks default_window as_of as_of_from currency missing "
    "minimum_group",
    types.Festival: "name words spans days presales",
    types.SampleQuestion: "text",
    types.SemanticModel: "name words entities relationships dimensions metrics tags ambiguities near_misses festivals samples "
    "time_spines conventions outreach customer_entity version",
    outreach.Outreach: "channels goal history",
    outreach.Channel: "name label kind contact consent purpose cost",
    outreach.Goal: "converts value days",
    outreach.History: "campaign name starts ends channel kind planned_control member group control message sent delivered opened "
    "clicked unsubscribed redeemed",
    grain.OwnPeriod: "name column label synonyms",
    grain.TimeSpine: "table column grain periods",
    grain.FiscalWeeks: "pattern weekday month rule named_by",
    grain.Offset: "unit count to_start",
}


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: kind.__name__)
def test_no_field_of_a_definition_is_forgotten(kind: type) -> None:
    assert sorted(field.name for field in fields(kind)) == sorted(KNOWN[kind].split())
