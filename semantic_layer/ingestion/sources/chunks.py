"""Tables of texts in pieces of bounded size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from semantic_layer.ingestion.sources.port import MOST_BYTES, MOST_ROWS, BadRow, Chunk


def chunks(
    rows: pa.Table,
    places: NDArray[np.int64],
    bad: Sequence[tuple[int, BadRow]],
    *,
    following: int,
    position: Callable[[int], str],
) -> Iterator[Chunk]:
    """A table as chunks. `bad` are rows between its rows, by their places; `following` is the place to be read next.

    `position` is what resumes at a place. Without any row there is one chunk if there are bad ones, else none.
    """
    step = rows_within(rows)
    for start in range(0, max(rows.num_rows, min(len(bad), 1)), step):
        is_last = start + step >= rows.num_rows
        since, upto = int(places[start]) if start else 0, following if is_last else int(places[start + step])
        held = tuple(row for place, row in bad if since <= place < upto)
        taken = pa.array(places[start : start + step])
        yield Chunk(rows=rows.slice(start, step), places=taken, position=position(upto), bad=held)


def rows_within(rows: pa.Table) -> int:
    """How many rows of the table make one chunk."""
    if rows.nbytes <= MOST_BYTES:
        return MOST_ROWS
    return int(max(1, min(MOST_ROWS, rows.num_rows * MOST_BYTES // rows.nbytes)))


def text_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> pa.Table:
    """Rows of texts as a table, however many there are."""
    columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.Table.from_arrays([pa.array(column, pa.string()) for column in columns], names=list(names))


def as_text(value: object) -> str | None:
    """A value of a database or a sheet as text, without loss; days and times in ISO form."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_as_text(bytes(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _bytes_as_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
