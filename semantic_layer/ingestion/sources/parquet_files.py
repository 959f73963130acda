"""Parquet files: every column as text, a part of a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.chunks import as_text, chunks
from semantic_layer.ingestion.sources.guessing import examples_of
from semantic_layer.ingestion.sources.headers import named
from semantic_layer.ingestion.sources.port import MOST_BYTES, MOST_ROWS, Chunk, SourceColumn
from semantic_layer.model.types import ColumnType

_SEEN: Final = 1000  # rows that examples are taken from


class ParquetReader:
    """Parquet files."""

    def insides(self, path: Path, part: str) -> tuple[str, ...]:
        return ("",)

    def columns(self, path: Path, part: str, inside: str) -> tuple[SourceColumn, ...]:
        with _opened(path, part) as file:
            first = next(file.iter_batches(batch_size=_SEEN), None)
            schema = file.schema_arrow
        table = texts_of(pa.Table.from_batches([first]) if first is not None else schema.empty_table())
        return tuple(
            SourceColumn(name=name, type=type_of(kind.type), examples=examples_of(table.column(at).to_pylist()))
            for at, (name, kind) in enumerate(zip(table.column_names, schema, strict=True))
        )

    def read(self, path: Path, part: str, inside: str, after: str) -> Iterator[Chunk]:
        done = int(after or 0)
        with _opened(path, part) as file:
            if file.metadata.num_rows == 0:
                raise faults.header_only(part)
            group, skip = _group_of(file.metadata, done)
            groups = range(group, file.metadata.num_row_groups)
            for batch in file.iter_batches(batch_size=_batch(file.metadata), row_groups=list(groups)):
                taken = pa.Table.from_batches([batch]).slice(min(skip, batch.num_rows))
                skip -= min(skip, batch.num_rows)
                places = np.arange(done + 1, done + taken.num_rows + 1, dtype=np.int64)
                done += taken.num_rows
                yield from chunks(texts_of(taken), places, (), following=done + 1, position=_ordinal)


def _ordinal(following: int) -> str:
    return str(following - 1)


@contextmanager
def _opened(path: Path, part: str) -> Iterator[pq.ParquetFile]:
    if path.stat().st_size == 0:
        raise faults.empty(part)
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except pa.ArrowException as error:
        raise faults.damaged(part, str(error).splitlines()[0][:200]) from error


def _group_of(metadata: pq.FileMetaData, done: int) -> tuple[int, int]:
    """The row group to go on with, and how many of its rows were given."""
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if done < rows:
            return group, done
        done -= rows
    return metadata.num_row_groups, 0


def _batch(metadata: pq.FileMetaData) -> int:
    """Rows that are read at once, by the size of the largest rows."""
    sizes = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    widest = max((each.total_byte_size // max(each.num_rows, 1) for each in sizes), default=0)
    return max(1, min(MOST_ROWS, MOST_BYTES // max(widest, 1)))


def texts_of(table: pa.Table) -> pa.Table:
    """The same rows with every column as text; what is missing stays missing."""
    names = named(table.column_names)
    return pa.Table.from_arrays([_texts(table.column(at)) for at in range(table.num_columns)], names=list(names))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.chunked_array([pa.array([as_text(value) for value in column.to_pylist()], pa.string())])
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")
    return text


def type_of(kind: pa.DataType) -> ColumnType:
    """The type that a column of Arrow has for definitions."""
    if pa.types.is_dictionary(kind):
        return type_of(kind.value_type)
    tests = (
        (pa.types.is_boolean, ColumnType.BOOLEAN),
        (pa.types.is_integer, ColumnType.INTEGER),
        (pa.types.is_decimal, ColumnType.DECIMAL),
        (pa.types.is_floating, ColumnType.FLOAT),
        (pa.types.is_date, ColumnType.DATE),
        (pa.types.is_timestamp, ColumnType.TIMESTAMP),
    )
    return next((found for test, found in tests if test(kind)), ColumnType.STRING)
