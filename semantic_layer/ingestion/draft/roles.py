"""What tables are to the business: which holds the customers, when a row happened, which keep the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import duckdb

from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.types import ColumnProfile, Join, Key, Personal, TableProfile
from semantic_layer.ingestion.names import identifier
from semantic_layer.model.types import ColumnType

_TIMES: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})


def find_people(tables: Sequence[TableProfile], joins: Sequence[Join], lexicon: Lexicon) -> tuple[str, float, str]:
    """The table of customers, how sure that is, and why. Where nothing speaks for any, the one most pointed at."""

    def score(table: TableProfile) -> float:
        nouns = lexicon.nouns(table.name)
        named = next(
            (
                1.0 - 0.02 * at
                for at, word in enumerate(lexicon.people)
                if word in nouns or (not word.isascii() and word in table.name)
            ),
            0.0,
        )
        alone = 1.0 if named and len(nouns) <= 1 else 0.6
        pointed = sum(join.to_table == table.name for join in joins)
        personal = sum(column.personal is not None for column in table.columns)
        linked = sum(join.table == table.name for join in joins)
        return (
            3.0 * named * alone
            + 0.5 * min(pointed, 4)
            + 0.3 * min(personal, 3)
            - 0.2 * linked
            + 0.3 * bool(table.key.columns)
        )

    best = max(tables, key=score)
    named = any(word in lexicon.nouns(best.name) or word in best.name for word in lexicon.people)
    pointed = sum(join.to_table == best.name for join in joins)
    evidence = f"{'named after people' if named else 'not named after people'}; {pointed} joins lead to it"
    return best.name, 0.95 if named and pointed else 0.7 if named else 0.3, evidence


def find_when(table: TableProfile, joins: Sequence[Join], lexicon: Lexicon) -> str:
    """The column that says when a row happened. Rows that others point at from several tables are things, not events."""
    times = [column for column in table.columns if column.reading.type in _TIMES and column.distinct > 0]
    if not times or not any(join.table == table.name for join in joins):
        return ""
    best = max(times, key=lambda column: _fits(column, table, lexicon))
    return best.name if _fits(best, table, lexicon) > 0 else ""


def _fits(column: ColumnProfile, table: TableProfile, lexicon: Lexicon) -> float:
    if column.personal is Personal.BIRTHDAY:
        return -5.0
    pieces = lexicon.nouns(column.name)
    own = len(set(pieces) & set(lexicon.nouns(table.name)))
    later = 3.0 * lexicon.says("later_time", column.name)
    filled = 1.0 - column.nulls / max(column.rows, 1)
    return 1.0 + own + 2.0 * lexicon.says("event_time", column.name) + filled - later


def find_history(connection: duckdb.DuckDBPyConnection, table: TableProfile, lexicon: Lexicon) -> TableProfile:
    """Marks a table that has several rows a key, each with its own stretch of time, none over another."""
    times = {c.name.lower(): c.name for c in table.columns if c.reading.type in _TIMES}
    for start, end in lexicon.validity:
        if start in times and end in times:
            window = (times[start], times[end])
            for column in table.columns:
                if _is_kept_over_time(connection, table, column, window, lexicon):
                    evidence = f"several rows a {column.name}, each from {window[0]} to {window[1]}"
                    return replace(table, history=window, key=Key((column.name,), 0.8, evidence))
    return table


def _is_kept_over_time(
    connection: duckdb.DuckDBPyConnection,
    table: TableProfile,
    column: ColumnProfile,
    window: tuple[str, str],
    lexicon: Lexicon,
) -> bool:
    if not lexicon.ends_with("identifier", column.name) or column.nulls or column.distinct * 10 > column.rows * 9:
        return False
    if len([c for c in table.columns if lexicon.ends_with("identifier", c.name) and c.distinct == c.rows]) > 0:
        return False  # rows that have an id of their own are things that happened
    if not set(lexicon.nouns(column.name)[:-1]) & set(lexicon.nouns(table.name)):
        return False
    key = identifier(column.name)
    start, end = (f"({table.column(name).reading.sql})" for name in window)
    row = one_row(
        connection,
        f"SELECT count(*) FILTER (WHERE until > next), count(*) FILTER (WHERE next IS NOT NULL) FROM (SELECT {end} AS until, "
        f"lead({start}) OVER (PARTITION BY {key} ORDER BY {start}) AS next FROM {identifier(table.name)})",
    )
    return row is not None and int(row[1]) > 0 and int(row[0]) == 0
