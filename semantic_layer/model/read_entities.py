"""`datasets` and `relationships` of the definition files as entities, dimensions and relationships."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semantic_layer.errors import Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode
from semantic_layer.model.types import (
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Origin,
    Relationship,
    Sensitivity,
    Unit,
    Validity,
    Value,
    ValueGroup,
)

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
KIND_OF_TYPE = {
    ColumnType.DATE: DimensionKind.TIME,
    ColumnType.TIMESTAMP: DimensionKind.TIME,
    ColumnType.INTEGER: DimensionKind.NUMERIC,
    ColumnType.DECIMAL: DimensionKind.NUMERIC,
    ColumnType.FLOAT: DimensionKind.NUMERIC,
    ColumnType.STRING: DimensionKind.CATEGORICAL,
    ColumnType.BOOLEAN: DimensionKind.CATEGORICAL,
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """One entity with its fields, and the section each was read from."""

    entity: Entity
    section: Section
    fields: tuple[tuple[Dimension, Section], ...]


def read_name(section: Section) -> str:
    """The `name` of a definition: letters, digits and underscores, because it also names a column of results."""
    name = section.text_of("name", required=True)
    if name and not _PLAIN_NAME.fullmatch(name):
        remedy = "Use letters, digits and underscores, e.g. average_order_value; the words people say go into label."
        section.report("name", f"{name!r} is not a usable name.", remedy)
    return name


def read_origin(section: Section) -> Origin:
    return Origin(
        file=section.place.file,
        line=section.place.line,
        owner=section.text_of("owner"),
        version=section.whole("version", default=1),
        deprecated=section.text_of("deprecated"),
        replaced_by=section.text_of("replaced_by"),
    )


def read_dataset(section: Section) -> Dataset:
    name = read_name(section)
    columns = _columns(section)
    entity = Entity(
        name=name,
        words=section.words(),
        table=section.text_of("source", required=True),
        primary_key=section.texts("primary_key", required=True),
        columns=columns,
        time=section.text_of("time") or None,
        label_column=section.text_of("label_column") or None,
        verbs=section.texts("verbs"),
        validity=_validity(section),
        partition=section.text_of("partition") or None,
        origin=read_origin(section),
    )
    fields = tuple((_dimension(field, entity), field) for field in section.sections("fields"))
    section.finish()
    return Dataset(entity, section, fields)


def _validity(section: Section) -> Validity | None:
    """`validity: {start: valid_from, end: valid_to}`: the table is a history."""
    inner = section.section("validity")
    if inner is None:
        return None
    found = Validity(
        inner.text_of("start", required=True),
        inner.text_of("end", required=True),
        end_inside=inner.flag("end_inside", default=False),
    )
    inner.finish()
    return found


def _columns(section: Section) -> tuple[Column, ...]:
    found: list[Column] = []
    if not section.has("columns"):
        section.report("columns", "The key 'columns' is missing.", "Add columns: with one 'name: type' a line.")
    for name, node in section.named("columns"):
        if isinstance(node, LeafNode):
            kinds = [kind.value for kind in ColumnType]
            if node.value not in kinds:
                section.report(
                    "columns", f"Column {name!r} has the type {node.value!r}.", f"Use one of {', '.join(kinds)}."
                )
                continue
            found.append(Column(name=name, type=ColumnType(str(node.value))))
            continue
        inner = section.inner(node, f"{section.key('columns')}.{name}")
        if inner is None:
            section.report("columns", f"Column {name!r} is a list.", "Write 'name: type'.")
            continue
        column = Column(
            name=name,
            type=inner.choice("type", ColumnType),
            sensitivity=inner.choice("sensitivity", Sensitivity, default=Sensitivity.NONE),
        )
        inner.finish()
        found.append(column)
    return tuple(found)


def _dimension(section: Section, entity: Entity) -> Dimension:
    name = read_name(section)
    expr = section.text_of("expr") or name
    column = entity.column(expr)
    column_type = section.choice("type", ColumnType, default=column.type if column else ColumnType.STRING)
    kind = section.choice("kind", DimensionKind, default=KIND_OF_TYPE[column_type])
    if column is None and "type" not in section.node.entries:
        remedy = f"Add type: (one of {', '.join(t.value for t in ColumnType)}), or name a column of {entity.table!r} in expr."
        section.report("type", f"The field {name!r} is not a column, so its type is not known.", remedy)
    dimension = Dimension(
        name=name,
        entity=entity.name,
        words=section.words(),
        kind=kind,
        type=column_type,
        expr=expr,
        values=tuple(read_value(value) for value in section.sections("values", lone="value")),
        groups=tuple(_group(group) for group in section.sections("groups")),
        ordered=section.flag("ordered", default=False),
        index_values=section.flag("index_values", default=False),
        value_suffixes=section.texts("value_suffixes"),
        sensitivity=section.choice(
            "sensitivity", Sensitivity, default=column.sensitivity if column else Sensitivity.NONE
        ),
        unit=section.choice("unit", Unit) if section.has("unit") else None,
        grain=section.choice("grain", Grain) if section.has("grain") else None,
        origin=read_origin(section),
    )
    section.finish()
    return dimension


def read_value(section: Section) -> Value:
    """`{value: 金卡, en: gold, aliases: [金卡会员]}`; a side without a label shows the stored value."""
    value = section.scalar("value")
    found = Value(
        value=value,
        label=Text(section.text_of("zh", default=str(value)), section.text_of("en", default=str(value))),
        aliases=section.texts("aliases"),
    )
    section.finish()
    return found


def _group(section: Section) -> ValueGroup:
    group = ValueGroup(
        name=section.text_of("name", required=True),
        words=section.words(),
        members=section.scalars("members"),
        low=section.number("low"),
        high=section.number("high"),
    )
    if not group.members and group.low is None and group.high is None:
        section.report("members", f"The group {group.name!r} is empty.", "Add members: [...], or low: and high:.")
    section.finish()
    return group


def read_relationship(section: Section) -> Relationship:
    source = section.text_of("from", required=True)
    target = section.text_of("to", required=True)
    relationship = Relationship(
        name=section.text_of("name") or f"{source}_{target}",
        from_entity=source,
        to_entity=target,
        from_columns=section.texts("from_columns", required=True),
        to_columns=section.texts("to_columns", required=True),
        label=section.bilingual("label"),
    )
    section.finish()
    return relationship
