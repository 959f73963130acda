"""All that a data set says about its loads: definitions, sources, the field standard, rules of quality and identity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.identity.rules import IdentityRules, rules_of
from semantic_layer.ingestion.quality.reading import read_rules
from semantic_layer.ingestion.quality.rules import Rule
from semantic_layer.ingestion.sources.declared import read_sources
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.reading import read_standard
from semantic_layer.ingestion.standard.types import FieldStandard, StandardField
from semantic_layer.model.types import Column, ColumnType, Entity, SemanticModel, Words

SOURCES_FOLDER: Final = "sources"
_STEPS: Final = {
    ColumnType.STRING: ("trim", "blank"),
    ColumnType.INTEGER: ("trim", "width", "blank", "number"),
    ColumnType.DECIMAL: ("trim", "width", "blank", "money"),
    ColumnType.FLOAT: ("trim", "width", "blank", "number"),
    ColumnType.BOOLEAN: ("trim", "width", "blank", "boolean"),
    ColumnType.DATE: ("trim", "width", "blank", "date"),
    ColumnType.TIMESTAMP: ("trim", "width", "blank", "timestamp"),
}
"""How a column of the definitions is read that the field standard does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """One data set's folder, read whole."""

    folder: Path
    model: SemanticModel
    standard: FieldStandard
    specs: tuple[SourceSpec, ...]
    rules: tuple[Rule, ...]
    identity: IdentityRules

    def spec(self, name: str) -> SourceSpec | None:
        return next((spec for spec in self.specs if spec.name == name), None)

    def entity_of(self, spec: SourceSpec) -> Entity | None:
        """The entity whose table the rows of a source go to."""
        return next((entity for entity in self.model.entities if entity.table == spec.into), None)

    def fields_of(self, spec: SourceSpec) -> FieldStandard:
        """The standard as this source needs it: a field that is a column of its table has that column's type."""
        entity = self.entity_of(spec)
        return self.standard if entity is None else with_columns(self.standard, entity, self.model)

    def time_of(self, spec: SourceSpec) -> str:
        """The field that says when a row of a source happened; empty when none is mapped that does."""
        entity = self.entity_of(spec)
        if entity is None or entity.time is None:
            return ""
        found = next((d for d in self.model.dimensions if d.entity == entity.name and d.name == entity.time), None)
        mapped = {mapping.field for mapping in spec.columns}
        return found.expr if found is not None and found.expr in mapped else ""


def has_sources(folder: Path) -> bool:
    """Whether a data set's folder declares sources; without any, its tables are the files in `data`."""
    return any((folder / SOURCES_FOLDER).glob("*.yml"))


def read_blueprint(folder: Path, model: SemanticModel) -> Blueprint:
    """What `folder` says, checked against the definitions.

    Raises:
        DefinitionError: with every fault of the file that has some.
    """
    standard = read_standard(folder)
    everything = standard
    for entity in model.entities:
        everything = with_columns(everything, entity, model)
    specs = read_sources(folder, everything, tables=[entity.table for entity in model.entities])
    return Blueprint(
        folder=folder,
        model=model,
        standard=everything,
        specs=specs,
        rules=read_rules(folder, everything, specs),
        identity=rules_of(folder),
    )


def with_columns(standard: FieldStandard, entity: Entity, model: SemanticModel) -> FieldStandard:
    """The standard in which every column of an entity is a field of the column's type."""
    words = {each.expr: each.words for each in model.dimensions if each.entity == entity.name}
    own = {
        column.name: _field(standard.field(column.name), column, words.get(column.name)) for column in entity.columns
    }
    kept = [own.pop(field.name, field) for field in standard.fields]
    return replace(standard, fields=(*kept, *own.values()))


def _field(known: StandardField | None, column: Column, words: Words | None) -> StandardField:
    if known is not None and known.type is column.type:
        return known
    steps = _STEPS[column.type]
    if known is not None:
        return replace(known, type=column.type, steps=steps, pattern="", values=())
    return StandardField(
        name=column.name,
        words=words or Words(label=Text(column.name, column.name)),
        type=column.type,
        steps=steps,
        sensitivity=column.sensitivity,
    )
