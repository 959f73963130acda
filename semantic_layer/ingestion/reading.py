"""Read exports into raw columns: CSV in any usual encoding, workbooks, Parquet, NDJSON. Mends nothing.

Every way in which a file can be unreadable ends in a `DataError` that names the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from zipfile import BadZipFile

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pq
from numpy.typing import NDArray
from openpyxl.utils.exceptions import InvalidFileException

from semantic_layer.ingestion.snapshot import damaged_file, disk_error, missing_file

Encoding = Literal["utf-8", "gb18030"]
NOTHING = -1
"""What a missing whole number is read as."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """Columns as a file holds them, and accessors that turn one column into one type or name the file that is wrong."""

    arrow: pa.Table
    path: Path

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in the file's order."""
        return tuple(self.arrow.column_names)

    def renamed(self, names: Mapping[str, str]) -> RawTable:
        """With some columns under other names."""
        return RawTable(self.arrow.rename_columns([names.get(name, name) for name in self.names]), self.path)

    def take(self, rows: NDArray[np.int64]) -> RawTable:
        """Some rows."""
        return RawTable(self.arrow.take(pa.array(rows)), self.path)

    def text(self, name: str) -> NDArray[np.object_]:
        """A column as text, untouched; empty cells are `None`."""
        column = self._column(name).cast(pa.string())
        values = column.to_numpy(zero_copy_only=False)
        empty = pc.equal(column, "").fill_null(True).to_numpy(zero_copy_only=False)
        result: NDArray[np.object_] = values.astype(object)
        result[empty] = None
        return result

    def integer(self, name: str) -> NDArray[np.int64]:
        """A column as whole numbers, from numbers or text; empty cells are `NOTHING`."""
        column = self._stripped(name)
        return cast(
            "NDArray[np.int64]", self._cast(name, column, pa.int64()).fill_null(NOTHING).to_numpy(zero_copy_only=False)
        )

    def cents(self, name: str) -> NDArray[np.int64]:
        """An amount in yuan as whole cents, exact."""
        column = self._cast(name, self._stripped(name), pa.decimal128(18, 2)).fill_null(0)
        wide = np.frombuffer(column.buffers()[1], dtype=np.int64).reshape(-1, 2)[:, 0]
        return wide[column.offset : column.offset + len(column)].copy()

    def seconds(self, name: str) -> NDArray[np.int64]:
        """A time as seconds since 1970 of the clock it was written by (a trailing Z or a zone is not applied)."""
        column = self._stripped(name)
        if pa.types.is_string(column.type):
            column = pc.utf8_rtrim(column, "Z")
        column = self._cast(name, column, pa.timestamp("us"))
        micro = column.cast(pa.int64()).fill_null(NOTHING).to_numpy(zero_copy_only=False)
        return cast("NDArray[np.int64]", micro // 1_000_000)

    def days(self, name: str) -> NDArray[np.int64]:
        """A date as days since 1970; empty cells are `NOTHING`, which no date of a company is."""
        column = self._cast(name, self._stripped(name), pa.date32()).cast(pa.int32()).cast(pa.int64())
        return cast("NDArray[np.int64]", column.fill_null(NOTHING).to_numpy(zero_copy_only=False))

    def truth(self, name: str) -> NDArray[np.bool_]:
        """A yes/no column: BOOLEAN, or text where `是`, `true`, `1`, `yes` mean yes."""
        column = self._column(name)
        if pa.types.is_boolean(column.type):
            return cast("NDArray[np.bool_]", column.fill_null(False).to_numpy(zero_copy_only=False))
        return np.isin(self.text(name).astype(str), ("是", "true", "1", "yes"))

    def number(self, name: str) -> NDArray[np.float64]:
        """A column as floating numbers."""
        column = self._cast(name, self._stripped(name), pa.float64())
        return cast("NDArray[np.float64]", column.to_numpy(zero_copy_only=False))

    def _column(self, name: str) -> pa.Array:
        if name not in self.names:
            raise damaged_file(self.path, f"缺少列 / no column {name!r}; {', '.join(self.names)}")
        column = self.arrow.column(name).combine_chunks()
        return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

    def _stripped(self, name: str) -> pa.Array:
        column = self._column(name)
        if pa.types.is_null(column.type):
            return column.cast(pa.string())
        if not pa.types.is_string(column.type):
            return column
        column = pc.utf8_trim_whitespace(column)
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)

    def _cast(self, name: str, column: pa.Array, kind: pa.DataType) -> pa.Array:
        try:
            return column.cast(kind)
        except pa.ArrowInvalid as error:
            raise damaged_file(self.path, f"{name}: {error}") from error


def together(tables: Sequence[RawTable]) -> RawTable:
    """Tables of the same columns, one after another."""
    return RawTable(
        pa.concat_tables([table.arrow for table in tables], promote_options="permissive"), tables[0].path.parent
    )


def files_in(folder: Path, pattern: str) -> tuple[Path, ...]:
    """The files of a source, in order of name.

    Raises:
        DataError: when there is none.
    """
    files = tuple(sorted(folder.glob(pattern)))
    if not files:
        raise missing_file(folder / pattern)
    return files


def read_bytes(path: Path) -> bytes:
    """The whole file.

    Raises:
        DataError: when it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise missing_file(path) from error
    except OSError as error:
        raise disk_error(error, path) from error


def read_csv(path: Path) -> tuple[RawTable, Encoding]:
    """A CSV with every column as text, and the encoding it was in.

    UTF-8 (with or without BOM) is tried first: Chinese text in GBK is practically never valid UTF-8.
    """
    content = read_bytes(path)
    encoding: Encoding = "utf-8"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding = "gb18030"
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise damaged_file(path, "既不是 UTF-8 也不是 GBK / neither UTF-8 nor GBK") from error
    header = next(iter(text.splitlines()), "")
    names = [name.strip().strip('"') for name in header.split(",")]
    try:
        table = pa_csv.read_csv(
            io.BytesIO(text.encode()),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        raise damaged_file(path, str(error)) from error
    return RawTable(table, path), encoding


def read_workbook(path: Path) -> RawTable:
    """The first sheet of a workbook, first row as header, every cell as text."""
    content = read_bytes(path)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows: Iterable[tuple[object, ...]] = book.worksheets[0].iter_rows(values_only=True)
        header, *body = [tuple(row) for row in rows]
    except (BadZipFile, KeyError, InvalidFileException, ValueError, IndexError) as error:
        raise damaged_file(path, str(error)) from error
    columns = list(zip(*body, strict=False)) if body else [()] * len(header)
    table = pa.table(
        {
            str(name): pa.array([None if value is None else str(value) for value in values], pa.string())
            for name, values in zip(header, columns, strict=True)
        }
    )
    return RawTable(table, path)


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> RawTable:
    """A Parquet file, or some of its columns."""
    content = read_bytes(path)
    try:
        return RawTable(pq.read_table(io.BytesIO(content), columns=list(columns) if columns else None), path)
    except (pa.ArrowException, OSError) as error:
        raise damaged_file(path, str(error).splitlines()[0]) from error


def read_ndjson(path: Path, fields: Mapping[str, Literal["text", "integer"]]) -> RawTable:
    """One JSON object a line; `fields` may be absent from a line, others are left out."""
    content = read_bytes(path)
    kinds = {"text": pa.string(), "integer": pa.int64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in fields.items()])
    if not content.strip():
        return RawTable(schema.empty_table(), path)
    try:
        table = pa_json.read_json(
            io.BytesIO(content),
            parse_options=pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid as error:
        raise damaged_file(path, str(error).splitlines()[0]) from error
    return RawTable(table, path)
