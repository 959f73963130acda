"""Rows into CSV and XLSX, safely: nothing in a cell is ever run as a formula, nothing too long is cut in silence."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final

from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.table import Cell, ResultColumn

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

XLSX_ROWS: Final = 1_048_575  # besides the header
_XLSX_TEXT: Final = 32_767
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_EXACT_DIGITS: Final = 10**15  # Excel keeps fifteen digits of a number
_FORMATS: Final = {
    Unit.PERCENT: "0.0%",
    Unit.CURRENCY: "#,##0.00",
    Unit.COUNT: "#,##0",
}

Rows = Iterable[Sequence[tuple[Cell, ...]]]
"""Rows in batches, so that progress can be told and work stopped between them."""


def write_csv(
    file: BinaryIO,
    columns: Sequence[ResultColumn],
    batches: Rows,
    language: Language,
    *,
    bom: bool,
    tick: Callable[[int], None],
) -> int:
    """CSV in UTF-8, with a byte-order mark for Excel when `bom`; returns the number of rows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig" if bom else "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(column.label.in_(language)) for column in columns])
    written = 0
    for batch in batches:
        writer.writerows([_csv_cell(cell, language) for cell in row] for row in batch)
        written += len(batch)
        tick(written)
    text.flush()
    text.detach()
    return written


def write_xlsx(
    file: BinaryIO,
    columns: Sequence[ResultColumn],
    batches: Rows,
    language: Language,
    *,
    about: Sequence[tuple[str, str]],
    tick: Callable[[int], None],
) -> int:
    """A workbook with the rows on its first sheet and `about` (name, value) on its second; returns the number of rows."""
    import xlsxwriter  # noqa: PLC0415  # needed for few answers, and slow to load

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("数据" if language == "zh" else "Data")
    bold = book.add_format({"bold": True})
    formats = [book.add_format({"num_format": _FORMATS[c.unit]}) if c.unit in _FORMATS else None for c in columns]
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, max(10, min(40, 2 * len(column.label.in_(language)) + 2)))
        sheet.write_string(0, at, column.label.in_(language), bold)
    written = 0
    for batch in batches:
        for row in batch:
            written += 1
            if written > XLSX_ROWS:
                raise too_many_rows(written)
            for at, cell in enumerate(row):
                chosen = moment if isinstance(cell, datetime) else day if isinstance(cell, date) else formats[at]
                _xlsx_cell(sheet, written, at, cell, chosen, language)
        tick(written)
    notes = book.add_worksheet("说明" if language == "zh" else "About")
    notes.set_column(0, 0, 18)
    notes.set_column(1, 1, 80)
    for at, (name, value) in enumerate(about):
        notes.write_string(at, 0, name, bold)
        notes.write_string(at, 1, value[:_XLSX_TEXT])
    book.close()
    return written


def neutral(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def too_many_rows(rows: int) -> InvalidPlanError:
    return InvalidPlanError(
        Text(
            zh=f"Excel 文件最多 {XLSX_ROWS:,} 行，这里有 {rows:,} 行或更多。请改用 CSV。",
            en=f"An Excel file holds at most {XLSX_ROWS:,} rows; here are {rows:,} or more. Use CSV.",
        ),
        suggestions=("csv",),
    )


def _csv_cell(cell: Cell, language: Language) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, bool):
        return Text("是" if cell else "否", "yes" if cell else "no").in_(language)
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _xlsx_cell(sheet: Worksheet, row: int, at: int, cell: Cell, style: object, language: Language) -> None:
    if cell is None or (isinstance(cell, (float, Decimal)) and not math.isfinite(cell)):
        sheet.write_blank(row, at, None, style)
    elif isinstance(cell, bool):
        sheet.write_string(row, at, Text("是" if cell else "否", "yes" if cell else "no").in_(language))
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, cell, style)
    elif isinstance(cell, str):
        if len(cell) > _XLSX_TEXT:
            raise InvalidPlanError(
                Text(
                    "有单元格超过 Excel 的 32,767 字上限，请改用 CSV。",
                    "A cell is longer than Excel's 32,767 characters. Use CSV.",
                ),
                suggestions=("csv",),
            )
        sheet.write_string(row, at, cell)
    elif -_EXACT_DIGITS < cell < _EXACT_DIGITS:
        sheet.write_number(row, at, cell, style)
    else:
        sheet.write_string(row, at, f"{cell:f}" if isinstance(cell, Decimal) else str(cell))
