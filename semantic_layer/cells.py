"""Cells that came back from an engine, read as what they are known to be."""

from __future__ import annotations

from datetime import date

from semantic_layer.model.types import ColumnType, Scalar
from semantic_layer.table import Cell


def whole(cell: Cell) -> int:
    """A count. Raises `TypeError` for anything else, which is a fault of the statement."""
    if not isinstance(cell, int):
        raise TypeError(f"a count came back as {cell!r}")
    return cell


def scalar(cell: Cell) -> Scalar | None:
    """A value as plans hold it: days and moments as ISO text, decimals as numbers."""
    if cell is None or isinstance(cell, str | int | float | bool):
        return cell
    return cell.isoformat() if isinstance(cell, date) else float(cell)


def typed(value: Cell, kind: ColumnType) -> Scalar | None:
    """A value that came back as text, in the type of its field."""
    if value is None:
        return None
    text = str(value)
    match kind:
        case ColumnType.BOOLEAN:
            return text == "true"
        case ColumnType.INTEGER:
            return int(text)
        case ColumnType.DECIMAL | ColumnType.FLOAT:
            return float(text)
        case _:
            return text
