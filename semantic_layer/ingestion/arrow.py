"""Numpy columns to and from Arrow and Parquet: the one place where bytes of columns are laid out. Knows no business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Column: TypeAlias = pa.Array
_MONEY = pa.decimal128(12, 2)


def money(cents: NDArray[np.int64]) -> Column:
    """Whole cents as DECIMAL(12, 2): the 64-bit number with its sign stretched to 128 bits, no rounding anywhere."""
    wide = np.empty((len(cents), 2), dtype=np.int64)
    wide[:, 0] = cents
    wide[:, 1] = cents >> 63
    return pa.Array.from_buffers(_MONEY, len(cents), [None, pa.py_buffer(wide.tobytes())])


def timestamps(seconds: NDArray[np.int64]) -> Column:
    """Seconds since 1970 of a local clock as TIMESTAMP without zone."""
    return pa.array(seconds.astype("datetime64[s]").astype("datetime64[us]"))


def dates(days: NDArray[np.int64], known: NDArray[np.bool_] | None = None) -> Column:
    """Days since 1970 as DATE; NULL where not `known`."""
    return pa.array(days.astype(np.int32), mask=None if known is None else ~known, type=pa.int32()).cast(pa.date32())


def integers(values: NDArray[np.int64], *, null: int | None = None, wide: bool = False) -> Column:
    """INTEGER (or BIGINT when `wide`); the value `null` becomes NULL."""
    kind = np.int64 if wide else np.int32
    return pa.array(values.astype(kind), mask=None if null is None else values == null)


def codes(values: NDArray[np.int64], names: Iterable[str]) -> Column:
    """Codes as text by a short list of names; negative codes become NULL."""
    index = pa.array(values.astype(np.int32), mask=values < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(list(names), pa.string()))


def texts(values: Iterable[str | None]) -> Column:
    """Text; `None` becomes NULL."""
    return pa.array(values, type=pa.string(), from_pandas=True)


def booleans(values: NDArray[np.bool_]) -> Column:
    """BOOLEAN."""
    return pa.array(values)


def decimals(values: Iterable[float]) -> Column:
    """DOUBLE."""
    return pa.array(np.asarray(list(values), dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Columns:
    """A table of Arrow columns by name."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def write(self, path: Path) -> None:
        """Write as Parquet; the same columns give the same bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(dict(self.columns)), path, compression="zstd", compression_level=1)
