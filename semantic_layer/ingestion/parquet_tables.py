"""Build one DuckDB snapshot by SELECT statements over Parquet files, whole or not at all. The statements come from code only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from semantic_layer.ingestion.snapshot import BuildLimits, Progress, damaged_file, missing_file, publishing


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedTable:
    """One table of the snapshot and the statement that gives its rows, over the names of the sources."""

    name: str
    select: str


def build_from_parquet(
    sources: Mapping[str, Path],
    tables: Sequence[DerivedTable],
    target: Path,
    *,
    progress: Progress,
    limits: BuildLimits | None = None,
) -> None:
    """Fill `target` with `tables`; `sources` gives the names that their statements select from.

    Raises:
        DataError: when a file is missing or damaged, or the disk is full; nothing is left behind.
    """
    limits = limits or BuildLimits()
    for path in sources.values():
        if not path.exists():
            raise missing_file(path)
    with publishing(target) as unfinished:
        _write(sources, tables, unfinished, progress, limits)


def _write(
    sources: Mapping[str, Path], tables: Sequence[DerivedTable], path: Path, progress: Progress, limits: BuildLimits
) -> None:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": f"{path}.spill",
    }
    with duckdb.connect(str(path), config=settings) as connection:
        for name, file in sources.items():
            try:
                connection.read_parquet(str(file)).create_view(name)
            except duckdb.Error as error:
                raise damaged_file(file, str(error).splitlines()[0]) from error
        for done, table in enumerate(tables):
            progress(table.name, done, len(tables))
            connection.sql(table.select).create(table.name)
        for name in sources:
            connection.execute(f'DROP VIEW "{name}"')
        connection.execute("CHECKPOINT")
    progress("", len(tables), len(tables))
