"""How far each part of a source was read, and what is to be done with it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Final

import duckdb

from semantic_layer.ingestion.landing.merging import RULES, Reading, part_of
from semantic_layer.ingestion.landing.tables import body, prepare, raw_columns, raw_table
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.port import Part
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec

FILES: Final = frozenset({SourceKind.CSV, SourceKind.EXCEL, SourceKind.JSON, SourceKind.PARQUET})
"""Kinds whose rows have a place of their own inside the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far a part was read. `again`: for a second time, so that rows it lacks now will go."""

    path: str
    fingerprint: str
    position: str
    rows: int
    done: bool
    again: bool
    load: int


class Step(Enum):
    """What is to be done with a part."""

    SKIP = auto()  # it is as it was when it was read to its end
    BEGIN = auto()  # nothing of it has landed
    GO_ON = auto()  # from where reading stopped
    AGAIN = auto()  # from the beginning: what landed of it came from other content


@dataclass(frozen=True, slots=True)
class Planned:
    """A part and where to begin."""

    part: Part
    step: Step
    after: str = ""
    again: bool = False
    rows: int = 0  # read of it before


def reached(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[Reached, ...]:
    """All parts of which something was read."""
    rows = connection.execute(
        "SELECT path, fingerprint, position, rows, done, again, load FROM work.files WHERE source = ? ORDER BY path",
        [source],
    ).fetchall()
    names = ("path", "fingerprint", "position", "rows", "done", "again", "load")
    return tuple(Reached(**dict(zip(names, row, strict=True))) for row in rows)


def planned(parts: Sequence[Part], known: Iterable[Reached], *, load: int, goes_on: bool) -> tuple[Planned, ...]:
    """What is to be done with each part. `goes_on`: of a part that was read to its end the source gives what came after."""
    before = {one.path: one for one in known}
    return tuple(_planned(part, before.get(part.name), load, goes_on=goes_on) for part in parts)


def _planned(part: Part, before: Reached | None, load: int, *, goes_on: bool) -> Planned:
    if before is None:
        return Planned(part, Step.BEGIN)
    is_same = part.fingerprint == before.fingerprint
    if before.done:
        if is_same and part.fingerprint:
            return Planned(part, Step.SKIP)
        if goes_on:
            return Planned(part, Step.GO_ON, rows=before.rows)
        return Planned(part, Step.AGAIN, again=True)
    # What was seen in a second reading is known for the load that began it only.
    if is_same and (not before.again or before.load == load):
        return Planned(part, Step.GO_ON, before.position, before.again, before.rows)
    return Planned(part, Step.AGAIN, again=True)


def moved(parts: Sequence[Part], known: Iterable[Reached]) -> tuple[tuple[str, str], ...]:
    """Files that have another name now: (before, now). Logs move when a new one begins under the old name."""
    now = {part.name: part.fingerprint for part in parts}
    before = tuple(known)
    there = {one.path for one in before}
    found: list[tuple[str, str]] = []
    for part in parts:
        for one in before:
            is_it = one.fingerprint == part.fingerprint != "" and _inside(one.path) == _inside(part.name)
            if part.name not in there and is_it and now.get(one.path) != one.fingerprint:
                found.append((one.path, part.name))
                before = tuple(other for other in before if other is not one)
                break
    return tuple(found)


def _inside(path: str) -> str:
    """What inside of a file is meant: a sheet has the fingerprint of its whole workbook."""
    return path.rpartition("#")[2] if "#" in path else ""


def copies(parts: Sequence[Part], known: Iterable[Reached]) -> frozenset[str]:
    """Parts that hold what another part of now holds, which was read to its end, or is earlier in the list."""
    read = {one.path for one in known}
    first: dict[tuple[str, str], str] = {}
    for part in sorted(parts, key=lambda part: part.name not in read):
        first.setdefault((part.fingerprint, _inside(part.name)), part.name)
    return frozenset(
        part.name
        for part in parts
        if part.fingerprint and part.name not in read and first[part.fingerprint, _inside(part.name)] != part.name
    )


def rename(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, was: str, now: str, *, load: int) -> None:
    """The rows of a part under its new name; without a key they are called by it."""
    rows = ", _row = concat(?::VARCHAR, substr(_row, length(?) + 1)), _load = ?" if not spec.key else ""
    numbered = spec.kind in FILES
    place = "left(_place, length(_place) - strpos(reverse(_place), ':'))" if numbered else "_place"
    connection.execute(
        f"UPDATE {raw_table(spec.name)} SET _place = concat(?::VARCHAR, substr(_place, length(?) + 1)){rows} WHERE {place} = ?",
        [now, was, *([] if spec.key else [now, was, load]), was],
    )
    for table in ("files", "watermarks", "elsewhere"):
        connection.execute(f"UPDATE work.{table} SET path = ? WHERE source = ? AND path = ?", [now, spec.name, was])


def watermark_of(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    """The highest value of the watermark column that has landed, to open the source with; "" before the first load."""
    prepare(connection)
    rows = connection.execute(
        "SELECT watermark FROM work.watermarks WHERE source = ? ORDER BY updated_at DESC LIMIT 1", [source]
    ).fetchall()
    return str(rows[0][0]) if rows else ""


def known_files(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """The parts of a source that were read to their end, with their fingerprints."""
    prepare(connection)
    rows = connection.execute("SELECT path, fingerprint FROM work.files WHERE source = ? AND done", [source]).fetchall()
    return {str(path): str(fingerprint) for path, fingerprint in rows}


def keep_reached(connection: duckdb.DuckDBPyConnection, source: str, size: int, now: Reached, *, at: datetime) -> None:
    """Write down how far a part was read."""
    connection.execute("DELETE FROM work.files WHERE source = ? AND path = ?", [source, now.path])
    connection.execute(
        "INSERT INTO work.files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [source, now.path, now.fingerprint, size, now.position, now.rows, now.done, now.again, now.load, at],
    )


def keep_watermark(
    connection: duckdb.DuckDBPyConnection, source: str, path: str, watermark: str, *, load: int, at: datetime
) -> None:
    """Write down the highest value of the watermark column."""
    connection.execute("DELETE FROM work.watermarks WHERE source = ? AND path = ?", [source, path])
    connection.execute("INSERT INTO work.watermarks VALUES (?, ?, ?, ?, ?)", [source, path, watermark, load, at])


def begin_again(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """A second reading begins: what was said of the part the first time is found anew or does not hold any more."""
    connection.execute("DELETE FROM work.elsewhere WHERE source = ? AND path = ?", [reading.source, reading.part])
    marks = ", ".join("?" for _ in RULES)
    connection.execute(
        f"UPDATE work.quarantine SET settled_at = ? WHERE source = ? AND settled_at IS NULL AND rule IN ({marks}) "
        f"AND (place = ? OR {part_of('place', replace(reading, numbered=True))} = ?)",
        [reading.at, reading.source, *RULES, reading.part, reading.part],
    )


def end_again(connection: duckdb.DuckDBPyConnection, reading: Reading) -> int:
    """Rows that the part had and has no more go from raw, unless another part holds them; how many went."""
    table = raw_table(reading.source)
    missing = (
        f"{part_of('r._place', reading)} = ? AND r._load <> ? "
        "AND NOT EXISTS (SELECT 1 FROM work.seen s WHERE s.source = ? AND s.row = r._row)"
    )
    given = [reading.part, reading.load, reading.source]
    connection.execute(
        f"UPDATE {table} AS r SET _place = e.place FROM (SELECT row, min(path) || ? AS place FROM work.elsewhere "
        f"WHERE source = ? AND path <> ? GROUP BY row) e WHERE e.row = r._row AND {missing}",
        [":0" if reading.numbered else "", reading.source, reading.part, *given],
    )
    columns = raw_columns(connection, reading.source)
    whole = body(columns, tuple(f"r.{identifier(name)}" for name in columns))
    connection.execute(
        f"INSERT INTO work.raw_history SELECT ?, r._row, r._hash, r._place, r._load, {whole}, ?, ?, 'gone' "
        f"FROM {table} r WHERE {missing}",
        [reading.source, reading.load, reading.at, *given],
    )
    went = connection.execute(f"DELETE FROM {table} AS r WHERE {missing}", given).fetchall()
    return int(went[0][0])
