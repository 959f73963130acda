"""Writing exports: CSV in an encoding, Parquet, NDJSON; dates and times as text. Knows no system."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from semantic_layer.examples.retail.company import Ints, Texts


def write_csv(path: Path, table: Mapping[str, Texts], encoding: str) -> None:
    """Text columns as CSV; `None` is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    arrow = pa.table({name: pa.array(values, pa.string(), from_pandas=True) for name, values in table.items()})
    pa_csv.write_csv(arrow, buffer)
    path.write_bytes(buffer.getvalue().decode("utf-8").encode(encoding))


def write_lines(path: Path, lines: Texts) -> None:
    """One text a line, UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n" if len(lines) else "").encode())


def day_texts(days: Ints) -> Texts:
    """Days since 1970 as 2026-10-31."""
    return np.datetime_as_string(days.astype("datetime64[D]")).astype(object)


def second_texts(seconds: Ints) -> Texts:
    """Seconds since 1970 as 2026-10-31 08:00:00."""
    text: Texts = np.char.replace(np.datetime_as_string(seconds.astype("datetime64[s]")), "T", " ").astype(object)
    return text


def yuan_texts(cents: Ints) -> Texts:
    """Cents as yuan with two places."""
    sign = np.where(cents < 0, "-", "").astype(object)
    whole = (np.abs(cents) // 100).astype(str).astype(object)
    rest = np.char.zfill((np.abs(cents) % 100).astype(str), 2).astype(object)
    text: Texts = sign + whole + "." + rest
    return text


def number_texts(values: Ints) -> Texts:
    """Whole numbers as text."""
    return values.astype(str).astype(object)
