"""A board as it is taken out of the house: one sheet for each tile, with nothing on it that names a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Language
from semantic_layer.model.types import Sensitivity
from semantic_layer.table import ResultColumn, Table
from tools.chart import ChartSpec

MOST_ROWS = 14
MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One tile. `title` is the finding, `small` the small print (as-of, filters, when it was computed), `restated` what was
    asked in words; `fault` says why there is no picture, or that it is an old one.
    """

    title: str
    sentence: str = ""
    big: str = ""
    big_label: str = ""
    chart: ChartSpec | None = None
    table: Table | None = None
    note: str = ""
    small: tuple[str, ...] = ()
    restated: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A board in one language. `made` says who made the file and when; `currency` is an ISO code."""

    name: str
    sheets: tuple[Sheet, ...]
    language: Language
    made: str
    currency: str = "CNY"


def without_persons(table: Table | None) -> Table | None:
    """The table, or nothing where a row is one person or a column tells something about one."""
    if table is None or any(_personal(column) for column in table.columns):
        return None
    return table


def _personal(column: ResultColumn) -> bool:
    return column.masked or column.sensitivity is not Sensitivity.NONE or column.role == "key"


def shown_part(table: Table) -> tuple[Sequence[ResultColumn], Sequence[tuple[object, ...]], int]:
    """The columns and rows that have room on a sheet, and how many rows there are in all."""
    columns = table.columns[:MOST_COLUMNS]
    rows = [row[: len(columns)] for row in table.rows[:MOST_ROWS]]
    return columns, rows, table.total_rows if table.total_rows is not None else len(table)
