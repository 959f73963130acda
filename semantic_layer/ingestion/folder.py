"""Build a snapshot from a folder with one Parquet or CSV file a table, with the columns and types of the definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.snapshot import Progress, damaged_file, missing_file, publishing
from semantic_layer.model.types import ColumnType, Entity, SemanticModel

_TYPES: Final = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DECIMAL(18,4)",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.TIMESTAMP: "TIMESTAMP",
}
_ENDINGS: Final = (".parquet", ".csv")


def build_from_folder(data: Path, target: Path, model: SemanticModel, *, progress: Progress) -> None:
    """Fill `target` with the tables of all entities. `target` appears only when everything is in it.

    Raises:
        DataError: when a file is missing or damaged, lacks a column, holds a value of another type, or the disk is full.
    """
    tables = {entity.table: entity for entity in model.entities}
    with publishing(target) as unfinished, duckdb.connect(str(unfinished)) as connection:
        for done, (name, entity) in enumerate(sorted(tables.items())):
            progress(name, done, len(tables))
            _fill(connection, _file_of(data, name), entity)
    progress("", len(tables), len(tables))


def _file_of(data: Path, table: str) -> Path:
    for ending in _ENDINGS:
        if (data / f"{table}{ending}").is_file():
            return data / f"{table}{ending}"
    raise missing_file(data / f"{table}.parquet")


def _fill(connection: duckdb.DuckDBPyConnection, file: Path, entity: Entity) -> None:
    try:
        rows = (
            connection.read_parquet(str(file))
            if file.suffix == ".parquet"
            else connection.read_csv(str(file), all_varchar=True)
        )
        missing = [column.name for column in entity.columns if column.name not in rows.columns]
        if missing:
            raise _lacks(file, missing, rows.columns)
        typed = [duckdb.ColumnExpression(c.name).cast(_TYPES[c.type]).alias(c.name) for c in entity.columns]
        rows.select(*typed).create(entity.table)
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
