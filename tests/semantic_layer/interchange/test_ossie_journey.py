"""What we write in the format of Apache Ossie reads back to the same model, and others can read it too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError, DefinitionError
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.native.folder import as_yaml
from semantic_layer.interchange.ossie_core import CoreReader
from semantic_layer.interchange.ossie_file import open_ossie, own_form
from semantic_layer.interchange.ossie_own import OwnBlocks
from semantic_layer.interchange.ossie_read import read_ossie, read_ossie_file
from semantic_layer.interchange.ossie_write import ossie_form, write_ossie
from semantic_layer.model.load import load_model
from semantic_layer.model.types import Aggregation, Input, Measure, Metric, Ratio, SemanticModel, Simple
from tests.semantic_layer.interchange.meaning import MODEL, meaning
from tests.semantic_layer.model.small_model import write_model

EXAMPLES = Path(__file__).parents[3] / "semantic_layer" / "examples"


@pytest.mark.parametrize("example", ["retail", "completejourney"])
def test_an_example_survives_the_journey(example: str, tmp_path: Path) -> None:
    model, policy = load_definitions(EXAMPLES / example / "model")
    write_ossie(model, tmp_path / "model.yaml", policy=policy)
    found = read_ossie_file(tmp_path / "model.yaml")
    assert meaning(found.imported.model) == meaning(model)
    assert found.policy == policy
    assert found.imported.losses == ()


@given(MODEL)
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_any_model_survives_the_journey(tmp_path_factory: pytest.TempPathFactory, model: SemanticModel) -> None:
    path = tmp_path_factory.mktemp("ossie") / "model.yaml"
    path.write_text(as_yaml(ossie_form(model)), encoding="utf-8")
    file = open_ossie(path)
    reader = CoreReader(file.model, file.losses)
    core = reader.read()
    own = own_form(file.model, file.losses)
    assert own is not None
    again, _ = OwnBlocks(file, core, reader.own, own).read()
    assert [str(issue) for issue in file.issues] == []
    assert meaning(again) == meaning(model)


# -- what others see -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> SemanticModel:
    return load_model(write_model(tmp_path / "small"))


def without_ours(data: object) -> object:
    """A file as a tool sees it that knows nothing of our extensions."""
    if isinstance(data, dict):
        return {key: without_ours(value) for key, value in data.items() if key != "custom_extensions"}
    return [without_ours(item) for item in data] if isinstance(data, list) else data


# Keys of the format's schema, which allows no others.
ALLOWED = {
    "": {"version", "name", "description", "ai_context", "datasets", "relationships", "metrics", "custom_extensions"},
    "datasets": {
        "name", "source", "primary_key", "unique_keys", "description", "ai_context", "fields", "custom_extensions",
    },
    "fields": {
        "name", "expression", "dimension", "label", "description", "datatype", "ai_context", "custom_extensions",
    },
    "relationships": {"name", "from", "to", "from_columns", "to_columns", "ai_context", "custom_extensions"},
    "metrics": {"name", "expression", "description", "datatype", "ai_context", "custom_extensions"},
    "custom_extensions": {"vendor_name", "data"},
    "dialects": {"dialect", "expression"},
    "expression": {"dialects"},
    "dimension": {"is_time"},
    "ai_context": {"instructions", "synonyms", "examples"},
}  # fmt: skip
REQUIRED = {
    "": {"version", "name", "datasets"},
    "datasets": {"name", "source"},
    "fields": {"name", "expression"},
    "relationships": {"name", "from", "to", "from_columns", "to_columns"},
    "metrics": {"name", "expression"},
    "custom_extensions": {"vendor_name", "data"},
}


def strangers(data: object, part: str = "") -> list[str]:
    """Keys that the schema does not allow at their place, or requires and misses."""
    if isinstance(data, list):
        return [found for item in data for found in strangers(item, part)]
    if not isinstance(data, dict):
        return []
    wrong = [f"{part}: {key}" for key in data if key not in ALLOWED[part]]
    wrong += [f"{part} lacks {key}" for key in REQUIRED.get(part, set()) if key not in data]
    return wrong + [found for key, value in data.items() for found in strangers(value, key)]


@pytest.mark.parametrize("example", ["retail", "completejourney"])
def test_the_file_keeps_to_the_schema_of_the_format(example: str, tmp_path: Path) -> None:
    write_ossie(load_model(EXAMPLES / example / "model"), tmp_path / "model.yaml")
    data = yaml.safe_load((tmp_path / "model.yaml").read_text(encoding="utf-8"))
    assert strangers(data) == []
    assert data["version"] == "0.2.0.dev0"
    fields = {(one["name"], field["name"]) for one in data["datasets"] for field in one["fields"]}
    assert len(fields) == sum(len(one["fields"]) for one in data["datasets"])
    for one in data["datasets"]:
        for extension in one["custom_extensions"]:
            assert extension["vendor_name"] == "QUNXIANG"
            assert isinstance(json.loads(extension["data"]), dict)


def test_others_see_tables_fields_joins_and_numbers(small: SemanticModel, tmp_path: Path) -> None:
    seen = without_ours(yaml.safe_load(as_yaml(ossie_form(small))))
    assert isinstance(seen, dict)
    customer, order = seen["datasets"]
    assert (customer["name"], customer["source"], customer["primary_key"]) == (
        "customer",
        "customers",
        ["customer_key"],
    )
    assert customer["fields"][0] == {
        "name": "gender",
        "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": "gender"}]},
        "dimension": {"is_time": False},
        "datatype": "String",
        "ai_context": {"synonyms": ["性别", "gender", "sex"]},
    }
    by_name = {field["name"]: field for field in customer["fields"]}
    # The day of the question is today elsewhere, and columns that are no field of ours are fields there.
    assert by_name["age"]["expression"]["dialects"][0]["expression"] == "YEAR(CURRENT_DATE) - YEAR(birthday)"
    assert by_name["birthday"] == {
        "name": "birthday",
        "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": "birthday"}]},
        "datatype": "Date",
    }
    assert [field["name"] for field in order["fields"]] == ["ordered_at", "order_id", "customer_key", "amount"]
    assert seen["relationships"] == [
        {
            "name": "order_customer",
            "from": "order",
            "to": "customer",
            "from_columns": ["customer_key"],
            "to_columns": ["customer_key"],
        }
    ]
    expressions = {one["name"]: one["expression"]["dialects"][0]["expression"] for one in seen["metrics"]}
    assert expressions == {
        "sales": 'SUM("order".amount)',
        "orders": 'COUNT("order".order_id)',
        "average_order_value": 'SUM("order".amount) / NULLIF(COUNT("order".order_id), 0)',
        "net_sales": 'SUM("order".amount) * 0.87',
    }  # repeat_buyers has two levels, which one expression cannot say


def test_without_our_extensions_the_numbers_are_still_read(small: SemanticModel, tmp_path: Path) -> None:
    path = tmp_path / "seen.yaml"
    path.write_text(json.dumps(without_ours(yaml.safe_load(as_yaml(ossie_form(small))))), encoding="utf-8")
    model = read_ossie(path).model
    assert [entity.name for entity in model.entities] == ["customer", "order"]
    metrics = {metric.name: metric for metric in model.metrics}
    assert metrics["sales"].body == Simple(measures=(Measure(entity="order", agg=Aggregation.SUM, expr="amount"),))
    assert metrics["average_order_value"].body == Ratio(numerator=Input("sales"), denominator=Input("orders"))
    assert [one.to_entity for one in model.relationships] == ["customer"]


# -- what another tool changed -------------------------------------------------------------------------------------------


def changed(model: SemanticModel, folder: Path, change) -> Path:
    data = yaml.safe_load(as_yaml(ossie_form(model)))
    change(data)
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def metric_of(model: SemanticModel, name: str) -> Metric:
    return next(metric for metric in model.metrics if metric.name == name)


def test_a_changed_expression_wins_over_our_block(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        data["metrics"][0]["expression"]["dialects"][0]["expression"] = 'AVG("order".amount)'

    found = read_ossie(changed(small, tmp_path, change))
    sales = metric_of(found.model, "sales")
    assert sales.body == Simple(measures=(Measure(entity="order", agg=Aggregation.AVERAGE, expr="amount"),))
    assert sales.words == metric_of(small, "sales").words  # what was not changed is kept
    assert sales.unit is metric_of(small, "sales").unit
    (loss,) = found.losses
    assert loss.what == "metrics[sales].expression"
    assert loss.place.startswith("changed.yaml:")
    assert (loss.why.zh, loss.why.en) == (
        "别的工具改过它，按改后的读取。",
        "Another tool changed it; it is read as changed.",
    )


def test_a_change_that_cannot_be_carried_leaves_our_definition(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        data["metrics"][0]["expression"]["dialects"][0]["expression"] = 'SUM("order".amount) OVER ()'

    found = read_ossie(changed(small, tmp_path, change))
    assert metric_of(found.model, "sales").body == metric_of(small, "sales").body
    (loss,) = found.losses
    assert "保留了原来的定义" in loss.why.zh
    assert "our definition is kept" in loss.why.en


def test_changed_words_and_types_win_too(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        gender = data["datasets"][0]["fields"][0]
        gender["description"] = "As given by the customer"
        gender["ai_context"]["synonyms"].append("m/f")
        gender["expression"]["dialects"][0]["expression"] = "UPPER(gender)"
        data["datasets"][1]["fields"][0]["datatype"] = "Date"

    found = read_ossie(changed(small, tmp_path, change))
    gender, *_ = found.model.dimensions
    assert gender.words.description.en == gender.words.description.zh == "As given by the customer"
    assert gender.words.synonyms == ("sex", "m/f")
    assert gender.words.label.zh == "性别"
    assert gender.expr == "UPPER(gender)"
    assert gender.values == small.dimensions[0].values
    assert next(one for one in found.model.dimensions if one.name == "ordered_at").type == "date"
    assert sorted(loss.what.rpartition(".")[2] for loss in found.losses) == [
        "ai_context",
        "datatype",
        "description",
        "expression",
    ]


def test_what_another_tool_added_is_read_beside_ours(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        one = {"dialect": "ANSI_SQL"}
        data["datasets"][1]["fields"].append(
            {"name": "tax", "expression": {"dialects": [{**one, "expression": "tax"}]}, "datatype": "Decimal"}
        )
        data["datasets"].append(
            {
                "name": "shop",
                "source": "shops",
                "primary_key": ["shop_id"],
                "fields": [
                    {"name": "town", "expression": {"dialects": [{**one, "expression": "town"}]}, "datatype": "String"}
                ],
            }
        )
        expression = 'SUM("order".tax) / SUM("order".amount)'
        data["metrics"].append({"name": "tax_rate", "expression": {"dialects": [{**one, "expression": expression}]}})

    found = read_ossie(changed(small, tmp_path, change))
    assert [entity.name for entity in found.model.entities] == ["customer", "order", "shop"]
    assert found.model.entities[1].column("tax") is not None
    assert found.model.entities[:1] != ()
    assert metric_of(found.model, "tax_rate").body == Ratio(
        numerator=Input("tax_rate_numerator"), denominator=Input("sales")
    )
    assert metric_of(found.model, "tax_rate_numerator").hidden
    assert metric_of(found.model, "repeat_buyers").body == metric_of(small, "repeat_buyers").body
    assert found.model.tags == tuple(found.model.tags) != ()


def test_a_definition_that_another_tool_removed_is_gone(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        data["datasets"][0]["fields"] = [one for one in data["datasets"][0]["fields"] if one["name"] != "city"]

    found = read_ossie(changed(small, tmp_path, change))
    assert "customer.city" not in [one.qualified for one in found.model.dimensions]


def test_a_damaged_block_of_ours_is_an_issue(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        data["custom_extensions"][0]["data"] = "{"

    with pytest.raises(DefinitionError) as refused:
        read_ossie(changed(small, tmp_path, change))
    (issue,) = refused.value.issues
    assert (issue.file, issue.key) == ("changed.yaml", "custom_extensions[0].data")
    assert issue.line > 1
    assert "JSON" in issue.message
    assert "Export the model again" in issue.remedy


def test_a_block_of_a_later_format_is_an_issue(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        block = json.loads(data["custom_extensions"][0]["data"])
        data["custom_extensions"][0]["data"] = json.dumps({**block, "format": 99})

    with pytest.raises(DefinitionError, match="format 99"):
        read_ossie(changed(small, tmp_path, change))


def test_a_place_that_cannot_be_written_is_named(small: SemanticModel, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        write_ossie(small, tmp_path)
    assert "写不进去" in refused.value.message.zh
    assert "cannot be written" in refused.value.message.en


def test_losses_say_where_and_why(small: SemanticModel, tmp_path: Path) -> None:
    def change(data) -> None:
        data["custom_extensions"].append({"vendor_name": "DBT", "data": "{}"})

    found = read_ossie(changed(small, tmp_path, change))
    (loss,) = found.losses
    assert isinstance(loss, Loss)
    assert "DBT" in loss.why.zh
    assert "DBT" in loss.why.en
