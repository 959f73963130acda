"""The files of a folder as they are, for a review: what does not fit the definitions is counted instead of refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.compiler.probes import readable_copy, unreadable_counts
from semantic_layer.compiler.text import for_the_load
from semantic_layer.ingestion.snapshot import damaged_file, publishing
from semantic_layer.model.types import Column, SemanticModel

_ENDINGS: Final = (".csv", ".parquet")
_SOURCE: Final = "source"


def build_as_found(data: Path, target: Path, models: Sequence[SemanticModel]) -> Mapping[tuple[str, str], int]:
    """Fill `target` with the tables that are there, as the last of `models` declares their columns.

    Returns how many values of each (table, column) do not fit the declared type; these are missing in `target`. Of what
    is not declared only the names are kept, to be suggested.

    Raises:
        DataError: when a file is damaged, or the disk is full.
    """
    unreadable: dict[tuple[str, str], int] = {}
    with publishing(target) as unfinished, duckdb.connect(str(unfinished)) as connection:
        declared = _declared(models)
        for table, file in _files(data).items():
            for column, count in _fill(connection, file, table, declared.get(table, {})):
                unreadable[(table, column)] = count
    return unreadable


def _files(data: Path) -> Mapping[str, Path]:
    """The file of each table; a Parquet file is taken before a CSV one."""
    found = sorted(path for path in data.glob("*") if path.suffix in _ENDINGS and path.is_file())
    return {path.stem: path for path in found}


def _declared(models: Sequence[SemanticModel]) -> dict[str, dict[str, Column]]:
    found: dict[str, dict[str, Column]] = {}
    for model in models:
        for entity in model.entities:
            found.setdefault(entity.table, {}).update({column.name.casefold(): column for column in entity.columns})
    return found


def _fill(
    connection: duckdb.DuckDBPyConnection, file: Path, table: str, declared: Mapping[str, Column]
) -> list[tuple[str, int]]:
    try:
        rows = (
            connection.read_parquet(str(file))
            if file.suffix == ".parquet"
            else connection.read_csv(str(file), all_varchar=True)
        )
        columns = [declared[name.casefold()] for name in rows.columns if name.casefold() in declared]
        others = [name for name in rows.columns if name.casefold() not in declared]
        kept = rows if columns else rows.limit(0)
        copied = kept.query(_SOURCE, for_the_load(readable_copy(_SOURCE, columns, others)))
        assert copied is not None
        copied.create(table)
        counted = rows.query(_SOURCE, for_the_load(unreadable_counts(_SOURCE, columns))) if columns else None
        counts = counted.fetchall()[0] if counted is not None else ()
    except duckdb.Error as error:
        raise damaged_file(file, str(error).splitlines()[0]) from error
    return [(column.name, int(count)) for column, count in zip(columns, counts, strict=True) if count]
