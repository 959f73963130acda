"""Writes a model in the format of Apache Ossie. What the format has no place for stands in our own extensions.

Other tools see datasets, fields, relationships and metrics; `ossie_read` gets an equal model back. Columns that are no
field of ours are written as fields too, because metrics there may only name fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from semantic_layer.errors import DataError, Text
from semantic_layer.interchange.native.entities import dataset_form, field_form, relationship_form
from semantic_layer.interchange.native.folder import as_yaml
from semantic_layer.interchange.native.forms import Form, FormValue, form, some
from semantic_layer.interchange.native.metrics import metric_form
from semantic_layer.interchange.native.model import company_forms, head_form, tag_forms
from semantic_layer.interchange.native.policy import policy_form
from semantic_layer.interchange.ossie_expressions import OssieExpressions, quoted
from semantic_layer.interchange.ossie_file import FORMAT, VENDOR, WRITTEN_VERSION
from semantic_layer.model.types import (
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Metric,
    Relationship,
    SemanticModel,
    Words,
)
from semantic_layer.policy.types import Policy

DATATYPES: Final = {
    ColumnType.STRING: "String",
    ColumnType.INTEGER: "Integer",
    ColumnType.DECIMAL: "Decimal",
    ColumnType.FLOAT: "Float",
    ColumnType.BOOLEAN: "Boolean",
    ColumnType.DATE: "Date",
    ColumnType.TIMESTAMP: "DateTime",
}
IS_COLUMN: Final = "column"  # in our extension of a field that only stands for a column
OF_DATASET: Final = ("name", "source", "primary_key", "fields")  # keys of ours that the format itself holds
OF_RELATIONSHIP: Final = ("name", "from", "to", "from_columns", "to_columns")
OF_OTHERS: Final = ("name",)


def write_ossie(model: SemanticModel, path: Path, *, policy: Policy | None = None) -> None:
    """Raises `DataError` when the file cannot be written."""
    text = as_yaml(ossie_form(model, policy=policy))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(
            Text(
                zh=f"文件「{path}」写不进去：{error.strerror}。请换一个可以写的位置。",
                en=f"The file {str(path)!r} cannot be written: {error.strerror}. Name a place that can be.",
            )
        ) from error


def ossie_form(model: SemanticModel, *, policy: Policy | None = None) -> Form:
    """The whole file as data."""
    expressions = OssieExpressions(model)
    written = {metric.name: expressions.of_metric(metric.name) for metric in model.metrics}
    hidden = [metric_form(metric) for metric in model.metrics if written[metric.name] is None]
    extension = {
        "format": FORMAT,
        **_besides(head_form(model), OF_OTHERS),
        **company_forms(model),
        "tags": tag_forms(model),
        "metrics": hidden or None,
        "order_of_metrics": [metric.name for metric in model.metrics] if hidden else None,
        "policies": policy_form(policy) if policy else None,
    }
    return form(
        {
            "version": WRITTEN_VERSION,
            "name": model.name,
            **_context(model.words),
            "datasets": [_dataset(entity, model, expressions) for entity in model.entities],
            "relationships": some([_relationship(relation) for relation in model.relationships]),
            "metrics": some([_metric(one, text) for one in model.metrics if (text := written[one.name]) is not None]),
            "custom_extensions": [_extension(form(extension))],
        }
    )


def _besides(whole: Mapping[str, FormValue], keys: Iterable[str]) -> Form:
    return {key: value for key, value in whole.items() if key not in keys}


def _extension(data: Form) -> Form:
    return {"vendor_name": VENDOR, "data": json.dumps(data, ensure_ascii=False)}


def _context(words: Words) -> Form:
    """What the format has for words: one description, and labels among the synonyms, as it has no place for them."""
    names = dict.fromkeys(word for word in (words.label.zh, words.label.en, *words.synonyms) if word)
    return form(
        {
            "description": words.description.in_("en") or None,
            "ai_context": form(
                {
                    "instructions": words.instructions or None,
                    "synonyms": some(list(names)),
                    "examples": some(words.examples),
                }
            )
            or None,
        }
    )


def _expression(sql: str) -> Form:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": sql}]}


def _dataset(entity: Entity, model: SemanticModel, expressions: OssieExpressions) -> Form:
    fields = [field for field in model.dimensions if field.entity == entity.name]
    columns = expressions.columns_besides(entity.name)
    written = [_field(field, entity, expressions) for field in fields]
    return form(
        {
            "name": entity.name,
            "source": entity.table,
            "primary_key": some(entity.primary_key),
            **_context(entity.words),
            "fields": some([*written, *(_column(name, column, entity) for name, column in columns.items())]),
            "custom_extensions": [_extension(_besides(dataset_form(entity, ()), OF_DATASET))],
        }
    )


def _field(field: Dimension, entity: Entity, expressions: OssieExpressions) -> Form:
    return {
        "name": field.name,
        "expression": _expression(expressions.of_field(field.expr)),
        "dimension": {"is_time": field.kind is DimensionKind.TIME},
        "datatype": DATATYPES[field.type],
        **_context(field.words),
        "custom_extensions": [_extension(_besides(field_form(field, entity), OF_OTHERS))],
    }


def _column(name: str, column: str, entity: Entity) -> Form:
    found = entity.column(column)
    return form(
        {
            "name": name,
            "expression": _expression(quoted(column)),
            "datatype": DATATYPES[found.type] if found else None,
            "custom_extensions": [_extension({IS_COLUMN: True})],
        }
    )


def _relationship(relation: Relationship) -> Form:
    whole = {**relationship_form(relation), "name": relation.name}
    besides = _besides(whole, OF_RELATIONSHIP)
    names = dict.fromkeys(word for word in (relation.label.zh, relation.label.en) if word)
    return form(
        {
            **{key: whole[key] for key in OF_RELATIONSHIP},
            "ai_context": {"synonyms": list(names)} if names else None,
            "custom_extensions": [_extension(besides)] if besides else None,
        }
    )


def _metric(metric: Metric, sql: str) -> Form:
    return {
        "name": metric.name,
        "expression": _expression(sql),
        **_context(metric.words),
        "custom_extensions": [_extension(_besides(metric_form(metric), OF_OTHERS))],
    }
