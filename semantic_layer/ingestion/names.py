"""Names inside the statements of a load. Values are never written into a statement: they are parameters."""

from __future__ import annotations


def identifier(name: str) -> str:
    """A table or column name as SQL writes it, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, table: str) -> str:
    """`schema.table`, both quoted."""
    return f"{identifier(schema)}.{identifier(table)}"
