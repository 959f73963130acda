from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import DataError, DefinitionError
from semantic_layer.model.load import load_model
from semantic_layer.model.types import (
    Aggregation,
    ColumnType,
    Derived,
    DimensionKind,
    Having,
    Input,
    Measure,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    Sensitivity,
    Simple,
    TagInput,
    Unit,
)
from tests.semantic_layer.model.small_model import ENTITIES, METRICS, line_of, write_model


def test_reads_an_entity_with_its_columns(tmp_path: Path) -> None:
    customer = load_model(write_model(tmp_path)).entities[0]
    assert (customer.name, customer.table, customer.primary_key) == ("customer", "customers", ("customer_key",))
    assert [column.name for column in customer.columns] == ["customer_key", "gender", "birthday", "city"]
    assert customer.columns[2].sensitivity is Sensitivity.PERSONAL
    assert customer.origin.file == "entities.yml"
    assert customer.origin.line == line_of(ENTITIES, "- name: customer")


def test_a_field_takes_type_and_kind_from_its_column(tmp_path: Path) -> None:
    fields = {field.qualified: field for field in load_model(write_model(tmp_path)).dimensions}
    assert fields["customer.gender"].type is ColumnType.STRING
    assert fields["customer.gender"].kind is DimensionKind.CATEGORICAL
    assert fields["customer.gender"].expr == "gender"
    assert fields["order.ordered_at"].kind is DimensionKind.TIME
    assert fields["customer.age"].kind is DimensionKind.NUMERIC


def test_reads_values_with_both_labels_and_aliases(tmp_path: Path) -> None:
    gender = load_model(write_model(tmp_path)).dimensions[0]
    assert [(value.value, value.label.zh, value.label.en) for value in gender.values] == [
        ("女", "女", "female"),
        ("男", "男", "male"),
    ]
    assert gender.values[0].aliases == ("女性", "women")


def test_reads_metrics_of_each_type(tmp_path: Path) -> None:
    metrics = {metric.name: metric for metric in load_model(write_model(tmp_path)).metrics}
    assert metrics["sales"].body == Simple(measures=(Measure(entity="order", agg=Aggregation.SUM, expr="amount"),))
    assert metrics["sales"].unit is Unit.CURRENCY
    assert metrics["average_order_value"].body == Ratio(numerator=Input("sales"), denominator=Input("orders"))
    assert metrics["net_sales"].body == Derived(expr="sales * 0.87", inputs=(Input("sales"),))
    body = metrics["repeat_buyers"].body
    assert isinstance(body, Simple)
    assert body.measures[0].having == Having(metric="orders", op=">=", value=2.0)
    assert body.measures[0].per == "customer"


def test_reads_tags_of_each_kind(tmp_path: Path) -> None:
    tags = {tag.name: tag for tag in load_model(write_model(tmp_path)).tags}
    assert tags["high_value"].body == QuantileBody(
        metric="sales", window="12 months", share=0.2, require=(Having(metric="orders", op=">=", value=2.0),)
    )
    risk = tags["risk"]
    assert isinstance(risk.body, RuleBody)
    assert risk.body.inputs == (TagInput(name="recent", metric="orders", window="90 days", where="amount > 10"),)
    assert [value.value for value in risk.values] == ["低", "高"]
    assert risk.positive == ("高",)
    assert isinstance(tags["liked_gender"].body, PreferenceBody)


def test_a_tag_without_levels_is_boolean_and_its_name_means_yes(tmp_path: Path) -> None:
    tags = {tag.name: tag for tag in load_model(write_model(tmp_path)).tags}
    for name in ("high_value", "buyer"):
        assert (tags[name].type, tags[name].values, tags[name].positive) == (ColumnType.BOOLEAN, (), (True,))


def test_a_preference_tag_has_the_values_of_its_dimension(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path))
    tag = next(tag for tag in model.tags if tag.name == "liked_gender")
    assert tag.values == model.dimensions[0].values
    assert tag.type is ColumnType.STRING


def test_reads_what_belongs_to_the_company(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path))
    assert [(one.word, one.default) for one in model.ambiguities] == [("价值", "sales"), ("worth", "sales")]
    assert model.festivals[0].spans == (("2026-06-01", "2026-06-18"),)
    assert model.festivals[0].days == ("2026-06-18",)
    assert model.near_misses[0].offer == ("customer.age",)
    assert model.conventions.as_of_from == "order.ordered_at"
    assert model.samples[0].text.zh == "销售额是多少"


def test_synonyms_may_stand_in_ai_context(tmp_path: Path) -> None:
    text = METRICS.replace(
        "  synonyms: [GMV, revenue]\n",
        "  synonyms: [GMV]\n  ai_context: {synonyms: [revenue], instructions: Use for money taken., examples: [sales in May]}\n",
    )
    sales = load_model(write_model(tmp_path, metrics=text)).metrics[0]
    assert sales.words.synonyms == ("GMV", "revenue")
    assert sales.words.instructions == "Use for money taken."
    assert sales.words.examples == ("sales in May",)


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    first = load_model(write_model(tmp_path / "a")).version
    assert load_model(write_model(tmp_path / "b")).version == first
    assert load_model(write_model(tmp_path / "c", metrics=METRICS + "\n# seen\n")).version != first


def test_a_folder_without_definitions_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        load_model(tmp_path)
    assert "*.yml" in error.value.message.zh
    assert "*.yml" in error.value.message.en


def test_lists_of_several_files_are_joined(tmp_path: Path) -> None:
    more = "metrics:\n- name: biggest\n  label: {zh: 最大单, en: biggest order}\n  entity: order\n  agg: max\n  expr: amount\n"
    model = load_model(write_model(tmp_path, more_metrics=more))
    assert "biggest" in [metric.name for metric in model.metrics]


def test_a_metric_takes_five_lines_and_a_tag_seven(tmp_path: Path) -> None:
    metric = "- name: biggest\n  label: {zh: 最大单, en: biggest order}\n  entity: order\n  agg: max\n  expr: amount\n"
    assert metric.count("\n") == 5
    load_model(write_model(tmp_path, metrics=METRICS + metric))


def test_all_faults_are_reported_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    metrics = METRICS.replace("agg: sum", "agg: summ").replace("numerator: sales", "numerator: salse")
    entities = ENTITIES.replace("kind: geographic", "kind: geografic")
    with pytest.raises(DefinitionError) as error:
        load_model(write_model(tmp_path, metrics=metrics, entities=entities))
    found = [(issue.file, issue.line) for issue in error.value.issues]
    assert found == [
        ("entities.yml", line_of(entities, "geografic")),
        ("metrics.yml", line_of(metrics, "summ")),
        ("metrics.yml", line_of(metrics, "salse")),
    ]
    assert str(error.value).count("\n") == 2


def test_a_value_without_other_names_may_stand_alone(tmp_path: Path) -> None:
    text = ENTITIES.replace("    - {value: 上海, en: Shanghai}\n", "    - 上海\n")
    city = load_model(write_model(tmp_path, entities=text)).dimensions[1]
    assert [(value.value, value.label.en) for value in city.values] == [("上海", "上海"), ("北京", "Beijing")]
