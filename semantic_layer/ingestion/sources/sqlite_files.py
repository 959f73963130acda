"""SQLite files: a table or statement of each, read as it was at one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.chunks import as_text
from semantic_layer.ingestion.sources.databases import DatabaseSource, Row, TableFound, batches_of, typed
from semantic_layer.ingestion.sources.files import Stamp, files_of, fingerprint, unreadable
from semantic_layer.ingestion.sources.guessing import guess_type
from semantic_layer.ingestion.sources.keyset import Scalar
from semantic_layer.ingestion.sources.port import Chunk, Part, SourceColumn
from semantic_layer.ingestion.sources.retrying import LostError, Wait
from semantic_layer.model.types import ColumnType

_GUESSED: Final = 200  # rows by which the types of columns without one are told
_WORDS: Final = (  # of declared types, as SQLite itself looks for them
    ("INT", ColumnType.INTEGER),
    ("BOOL", ColumnType.BOOLEAN),
    ("TIMESTAMP", ColumnType.TIMESTAMP),
    ("DATETIME", ColumnType.TIMESTAMP),
    ("DATE", ColumnType.DATE),
    ("DEC", ColumnType.DECIMAL),
    ("NUMERIC", ColumnType.DECIMAL),
    ("REAL", ColumnType.FLOAT),
    ("DOUB", ColumnType.FLOAT),
    ("FLOA", ColumnType.FLOAT),
    ("CHAR", ColumnType.STRING),
    ("TEXT", ColumnType.STRING),
)


class SqliteDatabase:
    """One file, opened for reading only."""

    nulls_last = False
    keeps_order = True
    gives_texts = False

    def __init__(self, path: Path, place: str) -> None:
        self._path = path
        self.place = place

    def connect(self) -> SqliteSession:
        return SqliteSession(self._path, self.place)

    def quoted(self, name: str) -> str:
        return identifier(name)

    def mark(self, number: int) -> str:
        return "?"

    def listed(self, columns: Sequence[str]) -> str:
        return ", ".join(columns)

    def parameter(self, value: Scalar, kind: ColumnType) -> object:
        found = typed(value, kind)
        return found if isinstance(found, str | int | float | None) else float(str(found))


class SqliteSession:
    """One connection to a file."""

    def __init__(self, path: Path, place: str) -> None:
        self._place = place
        with self._explained():
            if not path.is_file():
                raise faults.vanished(place)
            self._connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
            self._connection.text_factory = _decoded

    def tables(self) -> tuple[TableFound, ...]:
        with self._explained():
            found = self._connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                " ORDER BY name"
            ).fetchall()
            return tuple(TableFound(name=name, rows=self._count(name)) for (name,) in found)

    def _count(self, name: str) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {identifier(name)}").fetchone()[0])

    def describe(self, relation: str) -> tuple[tuple[str, ColumnType], ...]:
        with self._explained():
            cursor = self._connection.execute(f"SELECT * FROM {relation} AS q LIMIT {_GUESSED}")
            names = [each[0] for each in cursor.description]
            rows = cursor.fetchall()
            declared = dict(
                self._connection.execute("SELECT name, type FROM pragma_table_info(?)", (_unquoted(relation),))
            )
        return tuple((name, _kind(declared.get(name, ""), [row[at] for row in rows])) for at, name in enumerate(names))

    def stream(self, statement: str, values: Sequence[object]) -> Iterator[Sequence[Row]]:
        with self._explained():
            cursor = self._connection.execute(statement, tuple(values))
            yield from batches_of(cursor.fetchmany)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise LostError(str(error)) from error
            raise faults.damaged(self._place, str(error)) from error
        except sqlite3.Error as error:
            raise faults.damaged(self._place, str(error)) from error


def _decoded(value: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", "backslashreplace")


def _unquoted(relation: str) -> str:
    return relation[1:-1].replace('""', '"') if relation.startswith('"') else ""


def _kind(declared: str, values: Sequence[object]) -> ColumnType:
    upper = declared.upper()
    return next((kind for word, kind in _WORDS if word in upper), guess_type(as_text(value) for value in values))


class SqliteSource:
    """SQLite files below a folder; a part is a file. A file that is written to meanwhile is read as it was."""

    def __init__(  # what a source of a database declares
        self,
        folder: Path,
        address: str,
        table: str,
        *,
        key: Sequence[str] = (),
        watermark: str = "",
        since: str = "",
        wait: Wait,
    ) -> None:
        self._folder = folder
        self._address = address
        self._table = table
        self._key = key
        self._watermark = watermark
        self._since = since
        self._wait = wait

    def parts(self) -> Sequence[Part]:
        return [part for path in files_of(self._folder, self._address) for part in self.parts_of(path)]

    def parts_of(self, path: Path) -> Sequence[Part]:
        """The part of one file. Raises `DataError` when it cannot be read."""
        name = path.relative_to(self._folder).as_posix()
        try:
            log = path.with_name(f"{path.name}-wal")
            mark = fingerprint(path) + (f"+{fingerprint(log)}" if log.is_file() else "")
            part = Part(name=name, fingerprint=mark, size=path.stat().st_size)
        except OSError as error:
            raise unreadable(name, error) from error
        self._inner(name).parts()
        return (part,)

    def _inner(self, name: str) -> DatabaseSource:
        return DatabaseSource(
            SqliteDatabase(self._folder / name, name),
            self._table,
            key=self._key,
            watermark=self._watermark,
            since=self._since,
            wait=self._wait,
        )

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        return self._inner(part.name).columns(part)

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        path = self._folder / part.name
        try:
            number = Stamp.of(path).number
            for chunk in self._inner(part.name).read(part, after=after):
                if Stamp.of(path).number != number:
                    raise faults.replaced(part.name)
                yield chunk
            if Stamp.of(path).number != number:
                raise faults.replaced(part.name)
        except OSError as error:
            raise unreadable(part.name, error) from error
