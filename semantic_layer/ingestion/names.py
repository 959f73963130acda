"""Names inside the statements of a load. Values are never written into a statement: they are parameters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from semantic_layer.model.types import ColumnType

SQL_TYPES: Final[Mapping[ColumnType, str]] = MappingProxyType(
    {
        ColumnType.STRING: "VARCHAR",
        ColumnType.INTEGER: "BIGINT",
        ColumnType.DECIMAL: "DECIMAL(18,4)",
        ColumnType.FLOAT: "DOUBLE",
        ColumnType.BOOLEAN: "BOOLEAN",
        ColumnType.DATE: "DATE",
        ColumnType.TIMESTAMP: "TIMESTAMP",
    }
)
"""What a column of each type is in tables of a load and of what is published."""


def identifier(name: str) -> str:
    """A table or column name as SQL writes it, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, table: str) -> str:
    """`schema.table`, both quoted."""
    return f"{identifier(schema)}.{identifier(table)}"
