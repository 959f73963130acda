"""Workbooks: one sheet or all of them, headers over two rows, values as text. Knows nothing about what columns mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Final, Protocol
from zipfile import BadZipFile

import numpy as np
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from semantic_layer.errors import Text
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.chunks import as_text, chunks, text_table
from semantic_layer.ingestion.sources.excel_markup import Merged, check_archive, look_through
from semantic_layer.ingestion.sources.guessing import source_columns
from semantic_layer.ingestion.sources.headers import Header, find_header, joined, named
from semantic_layer.ingestion.sources.port import MOST_ROWS, BadRow, Chunk, SourceColumn

ALL_SHEETS: Final = "*"
_TOP: Final = 100  # rows in which a header is looked for
_SHEET: Final = Text(zh="工作表", en="sheet")


class _Sheet(Protocol):
    def iter_rows(self, *, min_row: int, values_only: bool) -> Iterator[Sequence[object]]: ...


class WorkbookReader:
    """Workbooks of one declaration. `sheet` is a name, "" for the first sheet, or `ALL_SHEETS` for a sheet a part, without blank ones."""

    def __init__(self, *, sheet: str = "", header: int | None = None, known: Collection[str] = ()) -> None:
        self._sheet = sheet
        self._header = header
        self._known = frozenset(known)

    def insides(self, path: Path, part: str) -> tuple[str, ...]:
        if self._sheet != ALL_SHEETS:
            return ("",)
        with _opened(path, part) as book:
            return tuple(sheet.title for sheet in book.wb.worksheets if any(map(any, _first_rows(sheet))))

    def sheets(self, path: Path, part: str) -> tuple[str, ...]:
        """The names of all sheets of cells, in order. Raises `DataError` when the file is no workbook that opens."""
        with _opened(path, part) as book:
            return tuple(sheet.title for sheet in book.wb.worksheets)

    def columns(self, path: Path, part: str, inside: str) -> tuple[SourceColumn, ...]:
        header, rows = self.top(path, part, inside)
        below = [row for row in rows[header.first :] if any(row)]
        width = len(header.names)
        return source_columns(header.names, [[*row[:width], *[""] * (width - len(row))] for row in below])

    def top(self, path: Path, part: str, inside: str) -> tuple[Header, list[list[str]]]:
        """The header of a sheet and its first rows, header and all."""
        with self._sheet_of(path, part, inside) as (sheet, merged):
            rows = _first_rows(sheet)
        if not any(any(row) for row in rows):
            raise faults.empty(part)
        return self._header_of(rows, merged), rows

    def read(self, path: Path, part: str, inside: str, after: str) -> Iterator[Chunk]:
        header, _ = self.top(path, part, inside)
        start = int(after) if after else header.first + 1
        is_empty = not after
        with self._sheet_of(path, part, inside) as (sheet, _):
            for chunk in _chunks(sheet, part, header.names, start):
                is_empty = False
                yield chunk
        if is_empty:
            raise faults.header_only(part)

    def _header_of(self, rows: Sequence[Sequence[str]], merged: Sequence[Merged]) -> Header:
        header = _cut(find_header(rows, self._header, self._known), rows)
        top = header.first - header.rows
        across = [each for each in merged if each.top == top + 1 and each.right > each.left]
        if self._header is not None or header.rows != 1 or not across:
            return header
        last = max((each.bottom for each in merged if each.top == top + 1), default=top + 1)
        count = max(2, last - top)
        filled = _filled(rows[top : top + count], top, merged)
        names = joined(filled, max(len(header.names), *(len(_trimmed(row)) for row in filled)))
        return Header(named(names), top + count, count)

    @contextmanager
    def _sheet_of(self, path: Path, part: str, inside: str) -> Iterator[tuple[_Sheet, tuple[Merged, ...]]]:
        wanted = inside or ("" if self._sheet == ALL_SHEETS else self._sheet)
        with _opened(path, part) as book:
            titles = [sheet.title for sheet in book.wb.worksheets]
            if not titles or (wanted and wanted not in titles):
                raise faults.no_such(part, _SHEET, wanted, titles)
            title = wanted or titles[0]
            markup = {sheet.name: relation.target for sheet, relation in book.parser.find_sheets()}
            yield book.wb[title], look_through(path, part, markup[title])


@contextmanager
def _opened(path: Path, part: str) -> Iterator[ExcelReader]:
    check_archive(path, part)
    book: ExcelReader | None = None
    try:
        book = ExcelReader(path, read_only=True, data_only=True)
        book.read()
        yield book
    except (BadZipFile, KeyError, InvalidFileException, ValueError, SyntaxError, EOFError) as error:
        raise faults.damaged(part, str(error)[:200]) from error
    finally:
        if book is not None:
            book.archive.close()


def _first_rows(sheet: _Sheet) -> list[list[str]]:
    return [_texts(row) for row in islice(sheet.iter_rows(min_row=1, values_only=True), _TOP)]


def _cut(header: Header, rows: Sequence[Sequence[str]]) -> Header:
    """Without the columns at the right that have neither a name nor, in most rows, a value."""
    top = rows[header.first - header.rows : header.first]
    wide = Counter(len(_trimmed(row)) for row in rows[header.first :] if any(row))
    width = max([wide.most_common(1)[0][0] if wide else 0, *(len(_trimmed(row)) for row in top)])
    return replace(header, names=header.names[:width])


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def _filled(rows: Sequence[Sequence[str]], top: int, merged: Sequence[Merged]) -> list[list[str]]:
    """Header rows in which each cell of a merged area holds its value; others stay blank."""
    found = [list(row) for row in rows]
    for area in merged:
        if top < area.top <= top + len(rows):
            value = _at(rows[area.top - top - 1], area.left)
            for row in range(area.top, min(area.bottom, top + len(rows)) + 1):
                line = found[row - top - 1]
                line += [""] * (area.right - len(line))
                line[area.left - 1 : area.right] = [value] * (area.right - area.left + 1)
    return found


def _at(row: Sequence[str], column: int) -> str:
    return row[column - 1] if column <= len(row) else ""


def _chunks(sheet: _Sheet, part: str, names: Sequence[str], start: int) -> Iterator[Chunk]:
    rows: list[list[str]] = []
    places: list[int] = []
    bad: list[tuple[int, BadRow]] = []

    def given(following: int) -> Iterator[Chunk]:
        yield from chunks(
            text_table(names, rows), np.array(places, np.int64), tuple(bad), following=following, position=str
        )
        for held in (rows, places, bad):
            held.clear()

    number = start - 1
    for number, cells in enumerate(sheet.iter_rows(min_row=start, values_only=True), start):
        row = _trimmed(_texts(cells))
        if not any(row):
            continue
        if len(row) > len(names):
            bad.append((number, faults.ragged(part, number, "\t".join(row), len(row), len(names))))
        else:
            rows.append([*row, *[""] * (len(names) - len(row))])
            places.append(number)
        if len(rows) + len(bad) >= MOST_ROWS:
            yield from given(number + 1)
    yield from given(number + 1)


def _texts(row: Sequence[object]) -> list[str]:
    return [_text(cell) for cell in row]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return as_text(value) or ""
