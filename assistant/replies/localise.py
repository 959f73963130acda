"""A result in the language of the question: stored values become their labels, periods become their names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import assert_never

from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar, Tag, Value
from semantic_layer.query.time import Grain
from semantic_layer.table import Cell, ResultColumn, Table

UNKNOWN = Text("未知", "unknown")


def with_labels(table: Table, index: ModelIndex, language: Language) -> Table:
    """The table with the labels of values that the definitions name; a group without a value is called unknown."""
    names = [_labels(column, index, language) for column in table.columns]
    groups = [column.role == "group" for column in table.columns]
    if not any(names) and not any(groups):
        return table
    unknown = UNKNOWN.in_(language)

    def shown(cell: Cell, labels: dict[Scalar, str], *, group: bool) -> Cell:
        if cell is None:
            return unknown if group else None
        return labels.get(cell, cell) if labels and isinstance(cell, Scalar) else cell

    return replace(
        table,
        rows=tuple(
            tuple(shown(cell, labels, group=group) for cell, labels, group in zip(row, names, groups, strict=True))
            for row in table.rows
        ),
    )


def with_periods(table: Table, grain: Grain | None, language: Language) -> Table:
    """The table with the first day of each period replaced by the period's name; days stay dates."""
    columns = [i for i, column in enumerate(table.columns) if column.role == "time"]
    if grain is None or not columns:
        return table
    return replace(
        table,
        rows=tuple(
            tuple(period_name(cell, grain, language) if i in columns else cell for i, cell in enumerate(row))
            for row in table.rows
        ),
    )


def period_name(start: Cell, grain: Grain, language: Language) -> Cell:
    """2026-09, 2026 Q3, 2026; a week by its first day."""
    if not isinstance(start, date):
        return start
    match grain:
        case Grain.MONTH:
            return f"{start:%Y-%m}"
        case Grain.QUARTER:
            return f"{start.year} Q{(start.month + 2) // 3}"
        case Grain.YEAR:
            return f"{start.year}"
        case Grain.WEEK:
            return f"{start:%Y-%m-%d} 周" if language == "zh" else f"week of {start:%Y-%m-%d}"
        case Grain.DAY:
            return f"{start:%Y-%m-%d}"
        case Grain.HOUR | Grain.MINUTE:
            return f"{start:%Y-%m-%d %H:%M}"
        case Grain.SECOND | Grain.MILLISECOND:
            return f"{start:%Y-%m-%d %H:%M:%S}"
        case _:
            assert_never(grain)


def _labels(column: ResultColumn, index: ModelIndex, language: Language) -> dict[Scalar, str]:
    if column.role not in ("group", "attribute") or column.masked:
        return {}
    found: dict[Scalar, str] = {v.value: v.label.in_(language) for v in _values(index, column.source)}
    if not found and column.source in {tag.qualified for tag in index.model.tags}:
        tag = index.tag(column.source)
        if not tag.values and tag.type == "boolean":
            name = tag.words.label.in_(language)
            return {True: name, False: f"非{name}" if language == "zh" else f"not {name}"}
    return found


def _values(index: ModelIndex, field: str) -> tuple[Value, ...]:
    if "." not in field:
        return ()
    found = index.field(field)
    if isinstance(found, Tag):
        return found.values
    return found.values
