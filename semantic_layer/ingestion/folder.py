"""Build a snapshot from a folder with one Parquet or CSV file a table, with the columns and types of the definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.names import SQL_TYPES, identifier
from semantic_layer.ingestion.snapshot import Progress, damaged_file, missing_file, publishing
from semantic_layer.model.grain import TimeSpine
from semantic_layer.model.types import SemanticModel

_ENDINGS: Final = (".parquet", ".csv")
_INCOMING: Final = "incoming_file"


def build_from_folder(data: Path, target: Path, model: SemanticModel, *, progress: Progress) -> None:
    """Fill `target` with the tables of all entities and time spines. `target` appears only when everything is in it.

    Raises:
        DataError: when a file is missing or damaged, lacks a column, holds a value of another type, or the disk is full.
    """
    tables = {spine.table: columns_of_spine(spine) for spine in model.time_spines}
    tables |= {entity.table: [(one.name, SQL_TYPES[one.type]) for one in entity.columns] for entity in model.entities}
    with publishing(target) as unfinished, duckdb.connect(str(unfinished)) as connection:
        for done, (name, columns) in enumerate(sorted(tables.items())):
            progress(name, done, len(tables))
            fill_from_file(connection, data, identifier(name), columns, name)
    progress("", len(tables), len(tables))


def _file_of(data: Path, table: str) -> Path:
    for ending in _ENDINGS:
        if (data / f"{table}{ending}").is_file():
            return data / f"{table}{ending}"
    raise missing_file(data / f"{table}.parquet")


def columns_of_spine(spine: TimeSpine) -> list[tuple[str, str]]:
    at = "TIMESTAMP" if spine.grain.is_within_day else "DATE"
    return [(spine.column, at), *((period.column, "VARCHAR") for period in spine.periods)]


def fill_from_file(
    connection: duckdb.DuckDBPyConnection, data: Path, target: str, columns: list[tuple[str, str]], table: str
) -> None:
    """Make `target` (a quoted name) from the file of `table` in the folder `data`.

    Raises:
        DataError: when the file is missing or damaged, lacks a column, or holds a value of another type.
    """
    file = _file_of(data, table)
    try:
        rows = (
            connection.read_parquet(str(file))
            if file.suffix == ".parquet"
            else connection.read_csv(str(file), all_varchar=True)
        )
        missing = [name for name, _ in columns if name not in rows.columns]
        if missing:
            raise _lacks(file, missing, rows.columns)
        typed = [duckdb.ColumnExpression(name).cast(kind).alias(name) for name, kind in columns]
        rows.select(*typed).create_view(_INCOMING, replace=True)
        connection.execute(f"CREATE TABLE {target} AS SELECT * FROM {_INCOMING}")
        connection.execute(f"DROP VIEW {_INCOMING}")
    except duckdb.Error as error:
        raise damaged_file(file, str(error).splitlines()[0]) from error


def _lacks(file: Path, missing: list[str], there: list[str]) -> DataError:
    return DataError(
        Text(
            zh=f"数据文件「{file.name}」缺少定义中的列：{'、'.join(missing)}。文件里有：{'、'.join(there)}。请补上列，或改正定义中的 columns。",
            en=f"{file.name!r} lacks columns of the definitions: {', '.join(missing)}. It has: {', '.join(there)}. "
            "Add them, or correct `columns` in the definitions.",
        )
    )
