"""Which columns tell the rows of a table apart: declared ones first, then columns with names and values of a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import duckdb

from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.types import ColumnProfile, Key
from semantic_layer.ingestion.names import identifier
from semantic_layer.model.types import ColumnType

MOST_TOGETHER: Final = 3  # columns that make one key
_MOST_TRIED: Final = 40
_NO_KEY: Final = Key((), 0.0, "no columns tell the rows apart")
_UNFIT: Final = frozenset({ColumnType.FLOAT, ColumnType.DECIMAL, ColumnType.BOOLEAN})


def find_key(  # all but the last say which table
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: int,
    columns: Sequence[ColumnProfile],
    declared: tuple[str, ...],
    lexicon: Lexicon,
) -> Key:
    """The key of a table; what is declared is believed only when the rows bear it out."""
    if not rows:
        return Key(tuple(c.name for c in columns if c.name.lower() in declared), 0.3, "declared; the table is empty")
    by_name = {column.name.lower(): column for column in columns}
    if declared and all(name in by_name for name in declared):
        names = tuple(by_name[name].name for name in declared)
        if _holds(connection, table, rows, names):
            return Key(names, 1.0, "declared, and no two rows have the same")
    for column, confidence in _singles(table, columns, lexicon):
        if _holds(connection, table, rows, (column.name,)):
            return Key((column.name,), confidence, f"no two of {rows} rows have the same {column.name}")
    for tried, names in enumerate(_together(columns, lexicon)):
        if tried >= _MOST_TRIED:
            break
        if _holds(connection, table, rows, names):
            return Key(names, 0.7, f"no two of {rows} rows have the same {' and '.join(names)}")
    return _NO_KEY


def _singles(table: str, columns: Sequence[ColumnProfile], lexicon: Lexicon) -> Iterator[tuple[ColumnProfile, float]]:
    """Columns that are unique and named like a key, best first."""
    fitting = [
        column
        for at, column in enumerate(columns)
        if column.is_unique and column.reading.type not in _UNFIT and _is_named_key(column.name, lexicon, first=at == 0)
    ]
    nouns = set(lexicon.nouns(table))

    def rank(column: ColumnProfile) -> tuple[bool, bool, int]:
        pieces = lexicon.nouns(column.name)
        own = set(pieces[:-1]) <= nouns  # id, customer_id in customers
        return (not own, pieces[-1:] != ("id",), len(pieces))

    for column in sorted(fitting, key=rank):
        yield column, 0.95 if set(lexicon.nouns(column.name)[:-1]) <= nouns else 0.75


def _is_named_key(name: str, lexicon: Lexicon, *, first: bool) -> bool:
    return lexicon.ends_with("identifier", name) or (first and lexicon.pieces(name)[-1:] == ("name",))


def _together(columns: Sequence[ColumnProfile], lexicon: Lexicon) -> Iterator[tuple[str, ...]]:
    """Sets of columns that may be a key: those of identifiers, then with times, in the order of the table."""
    ids = [
        c for c in columns if lexicon.ends_with("identifier", c.name) and not c.nulls and c.reading.type not in _UNFIT
    ]
    times = [c for c in columns if c.reading.type in (ColumnType.DATE, ColumnType.TIMESTAMP) and not c.nulls]
    for size in range(2, MOST_TOGETHER + 1):
        yield from (tuple(c.name for c in group) for group in combinations(ids, size))
    for size in range(1, MOST_TOGETHER):
        for group in combinations(ids, size):
            yield from ((*(c.name for c in group), time.name) for time in times)


def _holds(connection: duckdb.DuckDBPyConnection, table: str, rows: int, names: tuple[str, ...]) -> bool:
    listed = ", ".join(identifier(name) for name in names)
    there = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in names)
    row = one_row(
        connection,
        f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {identifier(table)} WHERE {there})",  # quoted
    )
    return row is not None and int(row[0]) == rows
