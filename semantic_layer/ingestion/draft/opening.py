"""Opens what is to be drafted as tables of one DuckDB connection: a folder of files, a SQLite or DuckDB file, a database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pyarrow as pa

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.draft.servers import read_server
from semantic_layer.ingestion.draft.types import DeclaredLink, Described
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.snapshot import BuildLimits, damaged_file, missing_file

_FILES: Final = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
_SQLITE: Final = (".sqlite", ".sqlite3", ".db")
_DUCKDB: Final = (".duckdb", ".ddb")
_BATCH: Final = 50_000


@dataclass(frozen=True, slots=True)
class Opened:
    """Tables to be looked at, and what is told about them."""

    connection: duckdb.DuckDBPyConnection
    tables: tuple[str, ...]
    described: Described


@contextmanager
def open_tables(
    place: Path | str, *, variables: Mapping[str, str] | None = None, limits: BuildLimits | None = None
) -> Iterator[Opened]:
    """The tables at `place`, a path or the address of a PostgreSQL or MySQL server; the source is read only and closed again.

    `variables` hold what an address names as `${NAME}`.

    Raises:
        DataError: when nothing is there, nothing of it can be read, or a file is damaged.
    """
    limits = limits or BuildLimits()
    with duckdb.connect(config={"memory_limit": limits.memory, "threads": limits.threads}) as connection:
        try:
            if isinstance(place, str) and "://" in place:
                described = Described()
                read_server(connection, place, variables or {})
            else:
                described = _fill(connection, Path(place))
        except (duckdb.Error, sqlite3.Error, UnicodeDecodeError) as error:
            raise damaged_file(Path(place), str(error).splitlines()[0]) from error
        found = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY table_oid").fetchall()
        tables = tuple(str(name) for (name,) in found)
        if not tables:
            raise _nothing(Path(place))
        yield Opened(connection, tables, described)


def _fill(connection: duckdb.DuckDBPyConnection, place: Path) -> Described:
    if place.is_dir():
        for file in sorted(one for one in place.iterdir() if one.is_file() and one.suffix.lower() in _FILES):
            _file(connection, file)
        return Described()
    if not place.exists():
        raise missing_file(place)
    ending = place.suffix.lower()
    if ending in _DUCKDB:
        return _duckdb(connection, place)
    if ending in _SQLITE:
        return _sqlite(connection, place)
    if ending in _FILES:
        _file(connection, place)
        return Described()
    raise _nothing(place)


def _nothing(place: Path) -> DataError:
    kinds = ", ".join((*_FILES, *_SQLITE, *_DUCKDB))
    return DataError(
        Text(
            zh=f"「{place}」里没有可以读的表。可以给一个放数据文件的文件夹，或一个数据库文件：{kinds}。",
            en=f"There is no table to read at {str(place)!r}. Name a folder with data files, or a database file: {kinds}.",
        )
    )


# ---- files


def _file(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    match file.suffix.lower():
        case ".parquet":
            connection.read_parquet(str(file)).create(identifier(file.stem))
        case ".xlsx":
            _workbook(connection, file)
        case _:
            _text_file(connection, file)


def _text_file(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Every cell as text. What is not UTF-8 is read as GB 18030, which holds GBK."""
    if file.stat().st_size == 0:
        return
    delimiter = "\t" if file.suffix.lower() == ".tsv" else None
    for encoding in ("utf-8", "gb18030"):
        if _is_encoded(file, encoding):
            break
    else:
        raise damaged_file(file, "its encoding is neither UTF-8 nor GB 18030")
    with TemporaryDirectory() as folder:
        source = file
        if encoding != "utf-8":
            source = Path(folder) / "as_utf8.csv"
            with (
                file.open(encoding=encoding, newline="") as text,
                source.open("w", encoding="utf-8", newline="") as copy,
            ):
                shutil.copyfileobj(text, copy)
        rows = (
            connection.read_csv(str(source), all_varchar=True, header=True)
            if delimiter is None
            else connection.read_csv(str(source), all_varchar=True, header=True, delimiter=delimiter)
        )
        rows.create(identifier(file.stem))


def _is_encoded(file: Path, encoding: str) -> bool:
    try:
        with file.open(encoding=encoding, newline="") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _workbook(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """One table a sheet, with its first row as header."""
    import openpyxl  # noqa: PLC0415  # only for workbooks

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # what the library raises for a locked or damaged workbook is not of one kind
        raise damaged_file(file, str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    with closing(book):
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in sheets:
            rows = [tuple(row) for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
            if len(rows) > 1:
                name = file.stem if len(sheets) == 1 else f"{file.stem}_{sheet.title}"
                header = [str(cell) if cell is not None else f"column_{at + 1}" for at, cell in enumerate(rows[0])]
                _take(connection, name, _as_arrow(header, rows[1:]))


# ---- databases


def _duckdb(connection: duckdb.DuckDBPyConnection, file: Path) -> Described:
    connection.execute(f"ATTACH '{str(file).replace(chr(39), chr(39) * 2)}' AS source (READ_ONLY)")
    found = connection.execute(
        "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = 'source' AND NOT internal "
        "ORDER BY table_oid"
    ).fetchall()
    for schema, table, _ in found:
        source = ".".join(identifier(part) for part in ("source", schema, table))
        connection.execute(f"CREATE TABLE {identifier(table)} AS SELECT * FROM {source}")  # quoted names
    keys = connection.execute(
        "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
        "WHERE database_name = 'source' AND constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    foreign = connection.execute(
        "SELECT table_name, constraint_column_names, referenced_table, referenced_column_names FROM duckdb_constraints() "
        "WHERE database_name = 'source' AND constraint_type = 'FOREIGN KEY'"
    ).fetchall()
    comments = connection.execute(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'source' AND comment IS NOT NULL"
    ).fetchall()
    described = Described(
        tables={str(table).lower(): str(comment) for _, table, comment in found if comment},
        columns={(str(table).lower(), str(column).lower()): str(comment) for table, column, comment in comments},
        keys={str(table).lower(): _lower(columns) for table, columns in keys},
        links=tuple(
            DeclaredLink(str(table).lower(), _lower(columns), str(to).lower(), _lower(to_columns))
            for table, columns, to, to_columns in foreign
        ),
    )
    connection.execute("DETACH source")
    return described


def _lower(names: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(name).lower() for name in names)


def _sqlite(connection: duckdb.DuckDBPyConnection, file: Path) -> Described:
    keys: dict[str, tuple[str, ...]] = {}
    links: list[DeclaredLink] = []
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
        source.text_factory = _decoded
        names = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in names.fetchall():
            _sqlite_table(connection, source, table)
            columns = source.execute(f"PRAGMA table_info({identifier(table)})").fetchall()
            key = tuple(str(row[1]).lower() for row in sorted(columns, key=lambda row: int(row[5])) if row[5])
            if key:
                keys[table.lower()] = key
            links.extend(_sqlite_links(source, table))
    return Described(keys=keys, links=tuple(links))


def _sqlite_links(source: sqlite3.Connection, table: str) -> Iterator[DeclaredLink]:
    rows = source.execute(f"PRAGMA foreign_key_list({identifier(table)})").fetchall()
    for number in sorted({row[0] for row in rows}):
        parts = sorted((row for row in rows if row[0] == number), key=lambda row: int(row[1]))
        if all(row[4] for row in parts):
            columns, to_columns = _lower([row[3] for row in parts]), _lower([row[4] for row in parts])
            yield DeclaredLink(table.lower(), columns, str(parts[0][2]).lower(), to_columns)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def _sqlite_table(connection: duckdb.DuckDBPyConnection, source: sqlite3.Connection, table: str) -> None:
    """Row by row in batches; a column has the type that its values have, for SQLite's declarations bind nobody."""
    cursor = source.execute(f"SELECT * FROM {identifier(table)}")  # a quoted name
    header = [str(column[0]) for column in cursor.description]
    parts = ", ".join(
        f"max(CASE typeof({identifier(name)}) WHEN 'text' THEN 3 WHEN 'blob' THEN 3 WHEN 'real' THEN 2 ELSE 1 END)"
        for name in header
    )
    kinds = source.execute(f"SELECT {parts} FROM {identifier(table)}").fetchone()  # quoted names
    types = [{3: "VARCHAR", 2: "DOUBLE"}.get(kind, "BIGINT") for kind in kinds or ()]
    columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in zip(header, types, strict=True))
    connection.execute(f"CREATE TABLE {identifier(table)} ({columns})")
    kinds_of = {"VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BIGINT": pa.int64()}
    while rows := cursor.fetchmany(_BATCH):
        arrays = [pa.array([_as(row[at], kind) for row in rows], type=kinds_of[kind]) for at, kind in enumerate(types)]
        batch = pa.table(arrays, names=[f"c{at}" for at in range(len(header))])
        connection.register("batch", batch)
        connection.execute(f"INSERT INTO {identifier(table)} SELECT * FROM batch")  # a quoted name
        connection.unregister("batch")


def _as(value: object, kind: str) -> object:
    if value is None or kind != "VARCHAR" or isinstance(value, str):
        return float(value) if kind == "DOUBLE" and isinstance(value, int) else value
    return _decoded(value) if isinstance(value, bytes) else str(value)


def _as_arrow(header: Sequence[str], rows: Sequence[Sequence[object]]) -> pa.Table:
    """Columns of one type where all values have it, else text."""
    arrays = []
    for at in range(len(header)):
        values = [row[at] if at < len(row) else None for row in rows]
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            arrays.append(pa.array([None if value is None else str(value) for value in values], type=pa.string()))
    return pa.table(arrays, names=list(header))


def _take(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("taken", table)
    connection.execute(f"CREATE TABLE {identifier(name)} AS SELECT * FROM taken")  # a quoted name
    connection.unregister("taken")
