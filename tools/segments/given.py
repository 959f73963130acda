"""Identifiers as people give them: a column of a CSV or workbook, lines of text, or something pasted. Nothing is left out."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from zipfile import BadZipFile

from semantic_layer.errors import DataError, InvalidPlanError, Text
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Dimension

MOST_ROWS: Final = 2_000_000
_SEPARATORS: Final = ",;\t|，；、"
_ENCODINGS: Final = ("utf-8-sig", "gb18030")

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Values with the rows they stand in, from 1 as the file shows them, blanks too. `column` is the heading they stood under."""

    values: tuple[tuple[int, str], ...]
    source: str = ""
    column: str = ""


def pasted(text: str) -> Given:
    """One value a line, or several with separators between; empty ones are kept as blanks."""
    lines = text.splitlines()
    if len(lines) == 1:
        for separator in _SEPARATORS:
            lines = [part for line in lines for part in line.split(separator)]
    return Given(values=tuple((at, line) for at, line in enumerate(lines, start=1)))


def of_file(name: str, content: bytes, field: Dimension, column: str = "") -> Given:
    """The column of a file that holds `field`: the one called `column`, or like the field, or the only one.

    Raises `DataError` for a file that cannot be read, and `InvalidPlanError`, naming the columns, when it is not clear which.
    """
    ending = PurePath(name).suffix.lower()
    if ending in {".xlsx", ".xlsm"}:
        rows = list(_workbook(name, content))
    elif ending in {".csv", ".txt", ".tsv", ""}:
        rows = _text_rows(_decoded(name, content))
    else:
        raise DataError(
            Text(
                f"不能读取「{ending}」文件，请用 CSV、XLSX 或 TXT。",
                f"{ending!r} files cannot be read; use CSV, XLSX or TXT.",
            ),
            suggestions=(".csv", ".xlsx", ".txt"),
        )
    if len(rows) > MOST_ROWS:
        raise DataError(
            Text(
                f"文件超过 {MOST_ROWS:,} 行，请分开导入。",
                f"The file has more than {MOST_ROWS:,} rows; import it in parts.",
            )
        )
    if not rows:
        raise DataError(Text(f"文件「{name}」是空的。", f"The file {name!r} is empty."))
    return _picked(name, rows, field, column)


def plain(value: str) -> str:
    """A value without what exports put around it: spaces, an apostrophe against formulas, full-width forms."""
    return unicodedata.normalize("NFKC", value).strip().removeprefix("'").strip()


def _picked(name: str, rows: Sequence[Row], field: Dimension, column: str) -> Given:
    words = {_folded(one) for one in (*field.words.synonyms, field.words.label.zh, field.words.label.en, field.name)}
    (_, head), width = rows[0], max(len(cells) for _, cells in rows)
    folded = [_folded(cell) for cell in head]
    wanted = {_folded(column)} if column else words
    at = next((place for place, cell in enumerate(folded) if cell in wanted), None)
    if at is not None:
        return _column(name, rows[1:], at, head[at])
    if width == 1 and not column:
        return _column(name, rows, 0, "")
    raise InvalidPlanError(
        Text(
            zh=f"文件「{name}」里没有名为「{column or field.words.label.zh}」的列，有的是：{'、'.join(head)}。",
            en=f"The file {name!r} has no column called {column or field.words.label.en!r}. It has: {', '.join(head)}.",
        ),
        suggestions=nearest(column or field.words.label.zh, head) or tuple(head[:5]),
    )


def _column(name: str, rows: Iterable[Row], at: int, heading: str) -> Given:
    values = tuple((number, cells[at] if at < len(cells) else "") for number, cells in rows)
    return Given(values=values, source=name, column=heading)


def _text_rows(text: str) -> list[Row]:
    """Rows with the numbers of their first lines; a last line that is only an end is none."""
    first = text.split("\n", 1)[0]
    counts = {separator: first.count(separator) for separator in ",;\t|"}
    separator = max(counts, key=lambda one: counts[one])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator if counts[separator] else ",")
    rows: list[Row] = []
    try:
        begun = 1
        for cells in reader:
            rows.append((begun, cells or [""]))
            begun = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            Text(f"第 {reader.line_num} 行读不了：{error}。", f"Line {reader.line_num} cannot be read: {error}.")
        ) from error
    return rows


def _decoded(name: str, content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(
        Text(
            f"文件「{name}」的文字编码不认识，请另存为 UTF-8。",
            f"The encoding of {name!r} is not known; save it as UTF-8.",
        )
    )


def _workbook(name: str, content: bytes) -> Iterable[Row]:
    import openpyxl  # noqa: PLC0415  # only for workbooks
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_shown(cell) for cell in cells]
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        raise DataError(
            Text(f"工作簿「{name}」打不开：{error}。", f"The workbook {name!r} cannot be opened: {error}.")
        ) from error


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace("_", "").split())
