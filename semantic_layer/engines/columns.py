"""A result as arrays, one a column: for what is reckoned with rather than shown. Missing values have one form a type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semantic_layer.engines.base import RawResult

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = Mapping[str, Array]
"""Arrays of one length by the name of their column, in the order of the statement."""


def plain(values: ArrayLike) -> Array:
    """The column without a mask: numbers with gaps are floats with NaN, times have NaT, anything else holds `None`."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    gaps = np.ma.getmaskarray(values)
    if not gaps.any():
        return np.asarray(values.data)
    if values.dtype.kind in "iuf":
        found = values.data.astype(np.float64)
        found[gaps] = np.nan
        return found
    if values.dtype.kind in "mM":
        times = np.array(values.data)
        times[gaps] = np.timedelta64("NaT") if values.dtype.kind == "m" else np.datetime64("NaT")
        return times
    objects = values.data.astype(object)
    objects[gaps] = None
    return np.asarray(objects)


def of_rows(result: RawResult) -> dict[str, Array]:
    """The columns of rows that are in memory; the fake's way, slow and exact."""
    cells: Sequence[Sequence[object]] = list(zip(*result.rows, strict=True)) or [() for _ in result.names]
    return {name: _column(column) for name, column in zip(result.names, cells, strict=True)}


def _column(cells: Sequence[object]) -> Array:
    known = [cell for cell in cells if cell is not None]
    if known and all(isinstance(cell, bool) for cell in known):
        return np.array(cells, dtype=bool if len(known) == len(cells) else object)
    if all(isinstance(cell, int) for cell in known) and len(known) == len(cells):
        return np.array(cells, dtype=np.int64)
    if known and all(isinstance(cell, int | float) for cell in known):
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found
