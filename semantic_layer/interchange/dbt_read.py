"""Reads the documents of dbt's semantic layer into values. Every fault becomes an issue, everything unread a loss."""

from __future__ import annotations

import re
from typing import Literal, cast

from semantic_layer.errors import Text
from semantic_layer.interchange.dbt_files import Documents, check_version
from semantic_layer.interchange.dbt_read_measures import read_measure
from semantic_layer.interchange.dbt_read_metrics import read_metric
from semantic_layer.interchange.dbt_types import (
    DbtDimension,
    DbtEntity,
    DbtManifest,
    DbtModel,
    EntityType,
)
from semantic_layer.interchange.dbt_values import FINER, expression, grain, left_over, place_of, word
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.grain import Grain, OwnPeriod, TimeSpine
from semantic_layer.model.section import Section

_ENTITY_TYPES = ("primary", "unique", "foreign", "natural")
_REF = re.compile(r"""ref\(\s*(?:['"][^'"]*['"]\s*,\s*)?['"]([^'"]+)['"]\s*(?:,[^)]*)?\)""")


def read_documents(documents: Documents) -> DbtManifest:
    losses = documents.losses
    models = tuple(_model(section, losses) for section in documents.semantic_models)
    metrics = tuple(read_metric(section, losses) for section in documents.metrics)
    spines = tuple(spine for section in documents.project_configuration for spine in _spines(section, losses))
    for section in documents.saved_queries:
        why = Text("保存的查询不是定义，未读取。", "A saved query is a question, not a definition; it was not read.")
        losses.append(Loss(place_of(section), f"saved_query {section.text_of('name')}", why))
    return DbtManifest(models, metrics, spines)


def _model(section: Section, losses: list[Loss]) -> DbtModel:
    defaults = section.section("defaults")
    entities = tuple(_entity(item, losses) for item in section.sections("entities"))
    primary = next((entity.name for entity in entities if entity.type == "primary"), "")
    found = DbtModel(
        name=section.text_of("name", required=True),
        table=_table(section, losses),
        label=section.text_of("label"),
        description=section.text_of("description").strip(),
        primary=section.text_of("primary_entity") or primary,
        time=defaults.text_of("agg_time_dimension") if defaults else "",
        entities=entities,
        dimensions=tuple(_dimension(item, losses) for item in section.sections("dimensions")),
        measures=tuple(read_measure(item, losses) for item in section.sections("measures")),
        section=section,
    )
    known = (
        "name", "node_relation", "model", "label", "description", "primary_entity", "defaults", "entities",
        "dimensions", "measures",
    )  # fmt: skip
    left_over(section, known, losses)
    return found


def _table(section: Section, losses: list[Loss]) -> str:
    """The table's own name: `alias`, or the model behind `ref('…')`. Schema and database are settings of dbt."""
    relation = section.section("node_relation")
    if relation is not None:
        left_over(relation, ("alias", "schema_name", "database", "relation_name"), losses)
        return relation.text_of("alias", required=True)
    model = section.text_of("model")
    if match := _REF.fullmatch(model.strip().removeprefix("{{").removesuffix("}}").strip()):
        return match[1]
    if model:
        section.report("model", f"{model!r} is not a reference to a model.", "Write model: ref('name').")
    else:
        message = "The semantic model does not say which table it is about."
        section.report(
            "node_relation", message, "Add node_relation: with alias: and schema_name:, or model: ref('name')."
        )
    return ""


def _entity(section: Section, losses: list[Loss]) -> DbtEntity:
    name = section.text_of("name", required=True)
    left_over(section, ("name", "type", "expr", "label", "description", "entity"), losses)
    return DbtEntity(
        name=name,
        type=cast("EntityType", word(section, "type", _ENTITY_TYPES)),
        expr=expression(section, "expr", name),
    )


def _dimension(section: Section, losses: list[Loss]) -> DbtDimension:
    name = section.text_of("name", required=True)
    is_time = word(section, "type", ("categorical", "time")) == "time"
    params = section.section("type_params")
    validity = params.section("validity_params") if params else None
    left_over(section, ("name", "type", "type_params", "expr", "label", "description", "is_partition"), losses)
    if params is not None:
        left_over(params, ("time_granularity", "validity_params"), losses)
    finest = grain(params, "time_granularity", losses, default=Grain.DAY) if params else Grain.DAY
    return DbtDimension(
        name=name,
        expr=expression(section, "expr", name),
        label=section.text_of("label"),
        description=section.text_of("description").strip(),
        grain=finest if is_time else None,
        is_partition=section.flag("is_partition", default=False),
        valid=_valid(validity) if validity else None,
    )


def _valid(section: Section) -> Literal["start", "end"] | None:
    if section.flag("is_start", default=False):
        return "start"
    return "end" if section.flag("is_end", default=False) else None


def _spines(section: Section, losses: list[Loss]) -> tuple[TimeSpine, ...]:
    """Tables with one row a moment. The older key is read where the newer one does not name the same table."""
    check_version(section)
    left_over(section, ("time_spines", "time_spine_table_configurations", "dsi_package_version"), losses)
    found = [spine for item in section.sections("time_spines") if (spine := _spine(item, losses)) is not None]
    tables = {spine.table for spine in found}
    for item in section.sections("time_spine_table_configurations"):
        table = item.text_of("location", required=True).rpartition(".")[2]
        finest = grain(item, "grain", losses, default=Grain.DAY)
        if table not in tables and finest is not None:
            found.append(TimeSpine(table=table, column=item.text_of("column_name", required=True), grain=finest))
    return tuple(found)


def _spine(section: Section, losses: list[Loss]) -> TimeSpine | None:
    column = section.section("primary_column")
    if column is None:
        section.report("primary_column", "The column of moments is not named.", "Add primary_column: with its name.")
        return None
    if column.text_of("time_granularity").lower() in FINER:
        why = Text(
            "没有比毫秒更细的粒度，未读取。", "Nothing is finer than a millisecond here; the table was not read."
        )
        losses.append(Loss(place_of(section), section.key("node_relation"), why))
        return None
    finest = grain(column, "time_granularity", losses, default=Grain.DAY)
    periods = tuple(_own_period(item) for item in section.sections("custom_granularities"))
    left_over(section, ("node_relation", "primary_column", "custom_granularities", "name", "description"), losses)
    return TimeSpine(
        table=_table(section, losses),
        column=column.text_of("name", required=True),
        grain=finest or Grain.DAY,
        periods=periods,
    )


def _own_period(section: Section) -> OwnPeriod:
    name = section.text_of("name", required=True)
    return OwnPeriod(name=name, column=section.text_of("column_name") or name, label=Text(name, name))
