"""Which column of raw each header of a part lands in, and what is known of the columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import duckdb

from semantic_layer.ingestion.landing.tables import RAW_COLUMNS, SYSTEM_COLUMNS, raw_columns, raw_table
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.model.types import ColumnType


def other_names(spec: SourceSpec) -> Mapping[str, str]:
    """Other headers that mapped columns have had, and the columns they stand for."""
    return {name: mapping.column for mapping in spec.columns for name in mapping.names}


def needed(spec: SourceSpec) -> frozenset[str]:
    """Columns without which a part cannot be taken in: those that are mapped, the key, the watermark."""
    mapped = (mapping.column for mapping in spec.columns)
    return frozenset((*mapped, *spec.key, *((spec.watermark,) if spec.watermark else ())))


def known_names(connection: duckdb.DuckDBPyConnection, source: str) -> Mapping[str, str]:
    """Every header that the source has had, and the column of raw it lands in."""
    rows = connection.execute("SELECT name, column_name FROM work.columns WHERE source = ?", [source]).fetchall()
    return dict(rows)


def landing_places(headers: Sequence[str], known: Mapping[str, str], others: Mapping[str, str]) -> tuple[str, ...]:
    """A column of raw for each header, no two alike.

    A header goes where it went before; one that stands for another column goes there, unless that one is in the part as
    well; others get a column of their own name, numbered where raw could not tell it from one that it has.
    """
    there, places = set(headers), set(known.values())
    taken: list[str] = []
    for header in headers:
        place = known.get(header) or known.get(others.get(header, header), others.get(header, header))
        if place != header and place in there:
            place = header
        if place in taken:
            place = _free(header, (*taken, *places))
        elif place not in places:
            place = _free(place, (*taken, *places))
        taken.append(place)
    return tuple(taken)


def _free(wanted: str, taken: Iterable[str]) -> str:
    used = {name.casefold() for name in (*taken, *SYSTEM_COLUMNS)}
    place, number = wanted, 2
    while place.casefold() in used:
        place = f"{wanted} ({number})"
        number += 1
    return place


def known_columns(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[SourceColumn, ...]:
    """The columns of raw with the types and examples that were accepted, in the order they came."""
    rows = connection.execute(
        "SELECT column_name, any_value(type), any_value(examples) FROM work.columns WHERE source = ? "
        "GROUP BY column_name ORDER BY min(ordinal)",
        [source],
    ).fetchall()
    return tuple(
        SourceColumn(name=name, type=ColumnType(kind), examples=tuple(json.loads(examples)))
        for name, kind, examples in rows
    )


def note_columns(
    connection: duckdb.DuckDBPyConnection,
    spec: SourceSpec,
    found: Sequence[SourceColumn] | Sequence[str],
    *,
    at: datetime,
) -> tuple[str, ...]:
    """Make a column of raw for each header that is new, and keep what is known of it; the columns that they land in."""
    columns = tuple(_as_column(one) for one in found)
    known = known_names(connection, spec.name)
    places = landing_places([column.name for column in columns], known, other_names(spec))
    _make(connection, spec.name, tuple(dict.fromkeys(places)))
    new = [(column, place) for column, place in zip(columns, places, strict=True) if column.name not in known]
    if new:
        connection.execute(
            "INSERT INTO work.columns SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
            "unnest(?::VARCHAR[]), unnest(?::INTEGER[]), ?",
            [
                spec.name,
                [column.name for column, _ in new],
                [place for _, place in new],
                [column.type.value for column, _ in new],
                [as_json(column.examples) for column, _ in new],
                list(range(len(known), len(known) + len(new))),
                at,
            ],
        )
    _learn_types(connection, spec.name, dict(zip(places, columns, strict=True)))
    return places


def _make(connection: duckdb.DuckDBPyConnection, source: str, places: Sequence[str]) -> None:
    there = raw_columns(connection, source)
    if not there:  # then it has no rows either
        own = "".join(f", {identifier(place)} VARCHAR" for place in places)
        connection.execute(f"CREATE OR REPLACE TABLE {raw_table(source)} ({RAW_COLUMNS}{own})")
        return
    for place in places:
        if place not in there:
            connection.execute(f"ALTER TABLE {raw_table(source)} ADD COLUMN {identifier(place)} VARCHAR")


def _learn_types(connection: duckdb.DuckDBPyConnection, source: str, found: Mapping[str, SourceColumn]) -> None:
    """Columns that were empty until now have a type."""
    rows = connection.execute(
        "SELECT DISTINCT column_name FROM work.columns WHERE source = ? AND examples = '[]'", [source]
    ).fetchall()
    for (place,) in rows:
        column = found.get(place)
        if column is not None and column.examples:
            connection.execute(
                "UPDATE work.columns SET type = ?, examples = ? WHERE source = ? AND column_name = ?",
                [column.type.value, as_json(column.examples), source, place],
            )


def as_json(examples: Sequence[str]) -> str:
    """Examples as tables keep them."""
    return json.dumps(examples, ensure_ascii=False)


def _as_column(found: SourceColumn | str) -> SourceColumn:
    return SourceColumn(name=found, type=ColumnType.STRING) if isinstance(found, str) else found
