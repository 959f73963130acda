"""What lies at a path or an address, found out for a person who is about to connect it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.addresses import database_address
from semantic_layer.ingestion.sources.databases import Database, DatabaseSource, TableFound
from semantic_layer.ingestion.sources.dialects import find_dialect
from semantic_layer.ingestion.sources.encodings import SAMPLE
from semantic_layer.ingestion.sources.excel_files import WorkbookReader
from semantic_layer.ingestion.sources.excel_markup import OLE
from semantic_layer.ingestion.sources.files import FileReader, unreadable
from semantic_layer.ingestion.sources.guessing import source_columns
from semantic_layer.ingestion.sources.json_files import JsonReader, json_encoding
from semantic_layer.ingestion.sources.opening import open_database
from semantic_layer.ingestion.sources.parquet_files import ParquetReader
from semantic_layer.ingestion.sources.port import Part, Source, SourceColumn
from semantic_layer.ingestion.sources.retrying import Wait
from semantic_layer.ingestion.sources.sqlite_files import SqliteDatabase
from semantic_layer.ingestion.sources.types import SourceKind

ROWS: Final = 20
_TEXT_ENDINGS: Final = (".csv", ".tsv", ".txt")
_PACKED: Final = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")

Rows = tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was found: enough to declare a source by. `header` is how many rows make the header, where there are rows.

    `sheets` are those of a workbook, `tables` those of a database; `columns` and `rows` (at most `ROWS`) are of the sheet or
    table asked for, else of the first.
    """

    kind: SourceKind
    columns: tuple[SourceColumn, ...]
    rows: Rows
    encoding: str = ""
    delimiter: str = ""
    header: int | None = None
    sheets: tuple[str, ...] = ()
    tables: tuple[TableFound, ...] = ()


def inspect(path: Path, *, inside: str = "") -> Inspected:
    """A file by its content, whatever its name. `inside` is a sheet, a table, or the path of a list in JSON.

    Raises:
        DataError: when it is not there, empty, packed, locked by a password, or of no kind that can be read.
    """
    place = path.name
    try:
        with path.open("rb") as handle:
            head = handle.read(SAMPLE)
        return _inspected(path, place, head, inside)
    except OSError as error:
        raise unreadable(place, error) from error


def _inspected(path: Path, place: str, head: bytes, inside: str) -> Inspected:
    match _kind(path, head, place):
        case SourceKind.EXCEL:
            return _workbook(path, place, inside)
        case SourceKind.PARQUET:
            return _with_rows(SourceKind.PARQUET, ParquetReader(), path, place)
        case SourceKind.SQLITE:
            return _database(SourceKind.SQLITE, SqliteDatabase(path, place), inside, time.sleep)
        case SourceKind.JSON:
            return _with_rows(SourceKind.JSON, JsonReader(rows=inside), path, place, _encoding(head, place))
        case _:
            return _text(path, place)


def _kind(path: Path, head: bytes, place: str) -> SourceKind:
    if not head:
        raise faults.empty(place)
    if head.startswith(b"PAR1"):
        return SourceKind.PARQUET
    if head.startswith(b"SQLite format 3\0"):
        return SourceKind.SQLITE
    if head.startswith(OLE) or _is_workbook(path, head):
        return SourceKind.EXCEL
    if head.startswith(_PACKED):
        raise _packed(place)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return SourceKind.JSON if start in {b"{", b"["} and path.suffix.lower() not in _TEXT_ENDINGS else SourceKind.CSV


def _is_workbook(path: Path, head: bytes) -> bool:
    if not head.startswith(b"PK"):
        return False
    try:
        with ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist())
    except BadZipFile:
        return path.suffix.lower() in {".xlsx", ".xlsm"}


def _text(path: Path, place: str) -> Inspected:
    dialect = find_dialect(path, place)
    rows = dialect.data()
    return Inspected(
        kind=SourceKind.CSV,
        columns=source_columns(dialect.header.names, rows),
        rows=tuple(rows[:ROWS]),
        encoding=dialect.encoding.name,
        delimiter=dialect.delimiter,
        header=dialect.header.rows,
    )


def _encoding(head: bytes, place: str) -> str:
    return json_encoding(head, "", place).name


def _workbook(path: Path, place: str, sheet: str) -> Inspected:
    reader = WorkbookReader(sheet=sheet)
    sheets = reader.sheets(path, place)
    header, rows = reader.top(path, place, "")
    width = len(header.names)
    below = tuple(tuple(row[:width]) for row in rows[header.first :] if any(row))
    return Inspected(
        kind=SourceKind.EXCEL,
        columns=reader.columns(path, place, ""),
        rows=below[:ROWS],
        header=header.rows,
        sheets=sheets,
    )


def _with_rows(kind: SourceKind, reader: FileReader, path: Path, place: str, encoding: str = "") -> Inspected:
    columns = reader.columns(path, place, "")
    try:
        chunk = next(reader.read(path, place, "", ""), None)
    except DataError:
        chunk = None  # a header alone: the columns are what there is to show
    table = chunk.rows.slice(0, ROWS) if chunk is not None else None
    shown = list(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)) if table else []
    return Inspected(kind=kind, columns=columns, rows=tuple(shown), encoding=encoding)


def inspect_address(
    address: str, *, variables: Mapping[str, str], table: str = "", wait: Wait = time.sleep
) -> Inspected:
    """A database on a server: its tables, and the columns of one. Raises `DataError` as a source does."""
    found = database_address(address, variables, address.partition("@")[2] or "address")
    kind = SourceKind.POSTGRESQL if found.scheme.startswith("postgres") else SourceKind.MYSQL
    return _database(kind, open_database(found), table, wait)


def _database(kind: SourceKind, database: Database, table: str, wait: Wait) -> Inspected:
    session = database.connect()
    try:
        tables = session.tables()
    finally:
        session.close()
    wanted = table or (tables[0].name if tables else "")
    if not wanted:
        return Inspected(kind=kind, columns=(), rows=(), tables=tables)
    source: Source = DatabaseSource(database, wanted, wait=wait)
    part = Part(name=wanted, fingerprint="", size=0)
    chunk = next(source.read(part), None)
    rows: Rows = ()
    if chunk is not None:
        rows = tuple(zip(*(column.to_pylist() for column in chunk.rows.slice(0, ROWS).columns), strict=True))
    return Inspected(kind=kind, columns=source.columns(part), rows=rows, tables=tables)


def _packed(place: str) -> DataError:
    return faults.fault(
        place,
        "这是压缩包。请先解压，再连接里面的文件。",
        "this is a packed archive. Unpack it, and connect the files inside.",
    )
