"""What type a column of texts seems to have. A guess for people and for proposals: nothing is converted by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pyarrow as pa

from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.model.types import ColumnType

EXAMPLES: Final = 5
_MOST: Final = 0.9  # of the values must fit: a column of dates with a few bad ones is still one of dates
_DAY: Final = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}/\d{4}|(?:19|20)\d{2}[01]\d[0-3]\d)"
)
_PATTERNS: Final[Mapping[ColumnType, re.Pattern[str]]] = {
    ColumnType.BOOLEAN: re.compile(r"true|false|yes|no|是|否", re.IGNORECASE),
    ColumnType.DATE: re.compile(_DAY),
    ColumnType.TIMESTAMP: re.compile(
        _DAY + r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|UTC|[+-]\d{2}:?(?:\d{2})?)?)?"
    ),
    ColumnType.INTEGER: re.compile(r"[+-]?(?:0|[1-9]\d{0,17})"),
    ColumnType.DECIMAL: re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.\d{1,12})?"),
    ColumnType.FLOAT: re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"),
}


def guess_type(values: Iterable[str | None]) -> ColumnType:
    """The narrowest type that nine in ten of the values that are there could be read as; text without any."""
    there = [value.strip() for value in values if value and value.strip()]
    if not there:
        return ColumnType.STRING
    if any(re.fullmatch(r"0\d+", value) for value in there):
        return ColumnType.STRING  # a leading zero belongs to a code
    for kind, pattern in _PATTERNS.items():
        if sum(pattern.fullmatch(value) is not None for value in there) >= _MOST * len(there):
            return kind
    return ColumnType.STRING


def looks_like_data(cell: str) -> bool:
    """Whether a cell is hardly the name of a column: a number, a date, a phone number, an address of e-mail or the web."""
    text = cell.strip()
    if "@" in text and "." in text:
        return True
    return any(pattern.fullmatch(text) for kind, pattern in _PATTERNS.items() if kind is not ColumnType.BOOLEAN)


def source_columns(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> tuple[SourceColumn, ...]:
    """Columns with guessed types and examples, from some rows that are as wide as the names."""
    return tuple(guessed(name, [row[at] for row in rows]) for at, name in enumerate(names))


def columns_of(table: pa.Table) -> tuple[SourceColumn, ...]:
    """Columns with guessed types and examples, from a table of texts."""
    return tuple(guessed(name, table.column(name).to_pylist()) for name in table.column_names)


def guessed(name: str, values: Sequence[str | None]) -> SourceColumn:
    """One column of texts."""
    return SourceColumn(name=name, type=guess_type(values), examples=examples_of(values))


def examples_of(values: Iterable[str | None]) -> tuple[str, ...]:
    """The first distinct values that are there, shortened."""
    there = dict.fromkeys(value.strip()[:80] for value in values if value and value.strip())
    return tuple(there)[:EXAMPLES]
