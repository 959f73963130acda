"""Which columns of a source fill which fields of the standard, by which chains of steps."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceSpec
from semantic_layer.ingestion.standard.step import DayOrder, StepContext
from semantic_layer.ingestion.standard.steps import Chain, all_steps, chain_of
from semantic_layer.ingestion.standard.types import FieldStandard, StandardField
from semantic_layer.model.nearest import nearest

_LOOK_PLACES_UP: Final = frozenset({"address", "city", "province"})
_TOLD_BY_THE_COLUMN: Final = frozenset({"date", "timestamp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanColumn:
    """One column of the source on its way into a field. `cell` is SQL over the raw table; `held` says that a row whose
    value cannot be read is kept out of what is published.
    """

    mapping: ColumnMapping
    field: StandardField
    cell: str
    steps: tuple[str, ...]
    held: bool

    @property
    def tells_day_order(self) -> bool:
        """Whether the column as a whole must say which of day and month comes first."""
        return not _TOLD_BY_THE_COLUMN.isdisjoint(self.steps)

    @property
    def needs_places(self) -> bool:
        """Whether a step looks places up."""
        return not _LOOK_PLACES_UP.isdisjoint(self.steps)

    def chain(self, context: StepContext, order: DayOrder | None) -> Chain:
        """The steps of the column, ready to read."""
        return chain_of(self.steps, replace(context, field=self.field, day_order=order), all_steps())


def columns_of(spec: SourceSpec, standard: FieldStandard, present: Collection[str]) -> tuple[CleanColumn, ...]:
    """Every mapped column. One that the raw table does not have (under any of its names) is empty.

    Raises:
        UnknownNameError: when a mapping names a field or a step that does not exist.
    """
    found: list[CleanColumn] = []
    for mapping in spec.columns:
        field = standard.field(mapping.field)
        if field is None:
            kind = Text(f"标准字段（来源「{spec.name}」的列「{mapping.column}」）", f"field of the standard (column {mapping.column!r} of {spec.name!r})")  # fmt: skip
            raise UnknownNameError(kind, mapping.field, nearest(mapping.field, [each.name for each in standard.fields]))
        found.append(
            CleanColumn(
                mapping=mapping,
                field=field,
                cell=_cell([name for name in (mapping.column, *mapping.names) if name in present]),
                steps=mapping.steps or field.steps,
                held=mapping.column in spec.key,
            )
        )
    return tuple(found)


def _cell(names: list[str]) -> str:
    if len(names) < 2:
        return identifier(names[0]) if names else "NULL::VARCHAR"
    return f"coalesce({', '.join(f'''nullif({identifier(name)}, '')''' for name in names)})"


def outputs(
    columns: tuple[CleanColumn, ...], chains: tuple[Chain, ...], standard: FieldStandard
) -> tuple[StandardField, ...]:
    """The fields of the clean table in their order: those mapped, then those that steps find beside them."""
    names = dict.fromkeys(column.field.name for column in columns)
    names |= dict.fromkeys(name for chain in chains for name in chain.gives)
    return tuple(field for field in map(standard.field, names) if field is not None)


def fingerprint(columns: tuple[CleanColumn, ...], standard: FieldStandard, context: StepContext) -> str:
    """Changes whenever what the clean table holds for the same raw rows may change."""
    said = [
        (
            each.mapping.column,
            each.cell,
            each.steps,
            each.held,
            each.field.name,
            each.field.words.label,
            each.field.values,
        )
        for each in columns
    ]
    others = [(field.name, field.type) for field in standard.fields]
    text = repr((said, others, context.zone, context.home, hashlib.sha256(context.key).hexdigest()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
