"""Looks at tables that nobody has described: types, keys, joins, times, units, personal data. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import duckdb

from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.joins import find_joins
from semantic_layer.ingestion.draft.keys import find_key
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.personal import personal_kind
from semantic_layer.ingestion.draft.readings import readings_of
from semantic_layer.ingestion.draft.roles import find_history, find_people, find_when
from semantic_layer.ingestion.draft.types import (
    ColumnProfile,
    DatabaseProfile,
    Described,
    Join,
    Personal,
    Reading,
    TableProfile,
)
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.snapshot import Progress
from semantic_layer.model.types import ColumnType

SAMPLE: Final = 300_000  # rows of a table that columns are looked at in
MOST_VALUES: Final = 60  # commonest values that are kept
_SEED: Final = 20260101


def profile_database(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[str],
    described: Described,
    lexicon: Lexicon,
    *,
    progress: Progress,
) -> DatabaseProfile:
    """What the tables hold and how they hang together. A large table is looked at in a sample of `SAMPLE` rows."""
    found: list[TableProfile] = []
    for done, table in enumerate(tables):
        progress(table, done, len(tables))
        found.append(_table(connection, table, described, lexicon))
    joins = find_joins(connection, found, described, lexicon)
    found = [_with_same_types(table, found, joins) for table in found]
    found = [replace(table, when=find_when(table, joins, lexicon)) for table in found]
    people, confidence, evidence = find_people(found, joins, lexicon)
    progress("", len(tables), len(tables))
    return DatabaseProfile(
        tables=tuple(found),
        joins=tuple(joins),
        people=people,
        people_confidence=confidence,
        people_evidence=evidence,
    )


def _table(connection: duckdb.DuckDBPyConnection, name: str, described: Described, lexicon: Lexicon) -> TableProfile:
    rows = _number(connection, f"SELECT count(*) FROM {identifier(name)}")  # a quoted name
    stored = connection.execute(f"DESCRIBE {identifier(name)}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in stored]
    with _looked_at(connection, name, rows) as source:
        readings = readings_of(connection, source, columns, lexicon)
        if source != identifier(name):
            readings = _holding_for_all(connection, name, readings, columns)
        profiles = tuple(_columns(connection, source, readings))
    profiles = tuple(
        replace(one, comment=described.columns.get((name.lower(), one.name.lower()), "")) for one in profiles
    )
    profiles = tuple(replace(one, personal=_personal(one, name, lexicon)) for one in profiles)
    key = find_key(connection, name, rows, profiles, described.keys.get(name.lower(), ()), lexicon)
    table = TableProfile(
        name=name,
        rows=rows,
        columns=profiles,
        key=key,
        sampled=rows > SAMPLE,
        comment=described.tables.get(name.lower(), ""),
    )
    return find_history(connection, table, lexicon)


@contextmanager
def _looked_at(connection: duckdb.DuckDBPyConnection, table: str, rows: int) -> Iterator[str]:
    """The table, or a sample of a large one, as a relation."""
    if rows <= SAMPLE:
        yield identifier(table)
        return
    sample = identifier("looked at")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {sample} AS SELECT * FROM {identifier(table)} "  # a quoted name
        f"USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE ({_SEED})"
    )
    try:
        yield sample
    finally:
        connection.execute(f"DROP TABLE {sample}")


def _holding_for_all(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    readings: dict[str, Reading],
    columns: Sequence[tuple[str, str]],
) -> dict[str, Reading]:
    """A form that the sample has must hold for all rows, or the values stay as they are stored."""
    read = [name for name, kind in columns if kind == "VARCHAR" and readings[name].type is not ColumnType.STRING]
    if not read:
        return readings
    lost = ", ".join(
        f"count(*) FILTER (WHERE length(trim({identifier(name)})) > 2 AND ({readings[name].sql}) IS NULL)"
        for name in read
    )
    row = one_row(connection, f"SELECT {lost} FROM {identifier(table)}")  # quoted names
    plain = {
        name: Reading(type=ColumnType.STRING, sql=f"CAST({identifier(name)} AS VARCHAR)")
        for name, count in zip(read, row, strict=True)
        if count
    }
    return readings | plain


def _columns(
    connection: duckdb.DuckDBPyConnection, source: str, readings: dict[str, Reading]
) -> Iterator[ColumnProfile]:
    """Two statements for all columns: the counts, and the commonest values."""
    each = [
        f"count(c{at}), count(DISTINCT c{at}), CAST(min(c{at}) AS VARCHAR), CAST(max(c{at}) AS VARCHAR), "
        f"avg(length(CAST(c{at} AS VARCHAR)))"
        for at in range(len(readings))
    ]
    read = ", ".join(f"{reading.sql} AS c{at}" for at, reading in enumerate(readings.values()))
    inner = f"(SELECT {read} FROM {source})"  # quoted names
    row = one_row(connection, f"SELECT count(*), {', '.join(each)} FROM {inner}")
    rows, rest = int(row[0]), row[1:]
    for at, (name, reading) in enumerate(readings.items()):
        there, distinct, low, high, length = rest[at * 5 : at * 5 + 5]
        top = connection.execute(
            f"SELECT CAST(v AS VARCHAR), count(*) FROM (SELECT {reading.sql} AS v FROM {source}) WHERE v IS NOT NULL "
            f"GROUP BY v ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"
        ).fetchall()
        yield ColumnProfile(
            name=name,
            reading=_exact(reading, low, high, [value for value, _ in top]),
            rows=rows,
            nulls=rows - int(there),
            distinct=int(distinct),
            low=str(low) if low is not None else "",
            high=str(high) if high is not None else "",
            top=tuple((str(value), int(count)) for value, count in top),
            length=float(length or 0.0),
        )


def _exact(reading: Reading, low: object, high: object, top: Sequence[str]) -> Reading:
    """Moments that are all at midnight are days."""
    if reading.type is not ColumnType.TIMESTAMP or low is None:
        return reading
    if all(str(one).endswith(" 00:00:00") for one in (low, high, *top)):
        return replace(reading, type=ColumnType.DATE, sql=f"CAST({reading.sql} AS DATE)")
    return reading


def _number(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = one_row(connection, statement)
    return int(row[0]) if row else 0


def _personal(column: ColumnProfile, table: str, lexicon: Lexicon) -> Personal | None:
    values = [value for value, _ in column.top]
    return personal_kind(column.name, column.reading.type, values, table, lexicon)


def _with_same_types(table: TableProfile, tables: Sequence[TableProfile], joins: Sequence[Join]) -> TableProfile:
    """Columns that are joined are read alike: as text where their types differ."""
    by_name = {one.name: one for one in tables}
    mixed: set[str] = set()
    for join in joins:
        for name, to_name in zip(join.columns, join.to_columns, strict=True):
            pair = by_name[join.table].column(name), by_name[join.to_table].column(to_name)
            if pair[0].reading.type is not pair[1].reading.type:
                mixed |= {one for holder, one in ((join.table, name), (join.to_table, to_name)) if holder == table.name}
    columns = tuple(
        replace(one, reading=Reading(type=ColumnType.STRING, sql=f"CAST({one.reading.sql} AS VARCHAR)"))
        if one.name in mixed
        else one
        for one in table.columns
    )
    return replace(table, columns=columns)
