"""The seam between sources and what takes their rows in: parts, chunks of rows as text, and rows that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from semantic_layer.errors import DataError, Text
from semantic_layer.model.types import ColumnType

MOST_ROWS: Final = 50_000
MOST_BYTES: Final = 64_000_000


class ReplacedError(DataError):
    """The part changed while it was read. What was read of it is of no use: look at `parts` again and begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is read in one go: a file, a sheet, a table, all pages of an address.

    `fingerprint` changes when the content does; it is "" where that cannot be told without reading. `size` is in bytes for
    files, in rows (an estimate) for tables, and 0 where unknown.
    """

    name: str
    fingerprint: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that could not be read. `place` is "part:number", `text` what stands there (cut when very long)."""

    place: str
    text: str
    reason: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Rows that follow each other: at most `MOST_ROWS` of them and about `MOST_BYTES`.

    `rows` has columns of strings only, exactly as found; NULL is what the source itself calls missing. `places` is an int64
    array as long as `rows`: the line of a text file, the row of a sheet, elsewhere the ordinal; no two rows of a part share
    one. `position` is what `Source.read` resumes after. `watermark` is the highest value of the watermark column up to here,
    "" without one. Chunks of one part may differ in their columns where records do (JSON, HTTP).
    """

    rows: pa.Table
    places: pa.Array
    position: str
    bad: tuple[BadRow, ...] = ()
    watermark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumn:
    """A column as it was found. The type is declared by a database and guessed elsewhere; `examples` are distinct values.

    Without examples the column was empty, and its type says nothing.
    """

    name: str
    type: ColumnType
    examples: tuple[str, ...] = ()


class Source(Protocol):
    """A source that can be read."""

    def parts(self) -> Sequence[Part]:
        """What there is to read, in order. Raises `DataError` when there is nothing or it cannot be reached."""

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        """The columns of a part by its beginning. Raises `DataError` as `read` does."""

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        """All rows of a part, or those after the `position` of an earlier chunk.

        A source of a database may give the last row before `position` once more: rows are told apart by their key.

        Raises:
            ReplacedError: when the part is no longer what `part.fingerprint` says.
            DataError: when it cannot be read on; says where and what would mend it.
        """


class ScriptedSource:
    """A source for tests: rows by part, in chunks of `chunk` rows. The fingerprint of a part is given beside its rows.

    `fails_after` (part, rows) raises `DataError` once that many rows of the part were given, once only.
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Mapping[str, Sequence[Sequence[str | None]]],
        *,
        fingerprints: Mapping[str, str] | None = None,
        bad: Mapping[str, Sequence[BadRow]] | None = None,
        chunk: int = 2,
        watermark: str = "",
        fails_after: tuple[str, int] | None = None,
    ) -> None:
        self._columns = tuple(columns)
        self._rows = dict(rows)
        self._fingerprints = dict(fingerprints or {})
        self._bad = dict(bad or {})
        self._chunk = chunk
        self._watermark = watermark
        self._fails_after = fails_after

    def parts(self) -> Sequence[Part]:
        return tuple(
            Part(name=name, fingerprint=self._fingerprints.get(name, name), size=len(rows))
            for name, rows in self._rows.items()
        )

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        return tuple(
            SourceColumn(
                name=name, type=ColumnType.STRING, examples=_distinct(row[at] for row in self._rows[part.name])
            )
            for at, name in enumerate(self._columns)
        )

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        rows = self._rows[part.name]
        for start in range(int(after or 0), len(rows), self._chunk):
            self._stumble(part, start)
            end = min(start + self._chunk, len(rows))
            taken = rows[start:end]
            table = pa.table(
                {name: pa.array([row[at] for row in taken], pa.string()) for at, name in enumerate(self._columns)}
            )
            yield Chunk(
                rows=table,
                places=pa.array(np.arange(start + 1, end + 1)),
                position=str(end),
                bad=tuple(self._bad.get(part.name, ())) if start == 0 else (),
                watermark=(table.column(self._watermark)[-1].as_py() or "") if self._watermark else "",
            )

    def _stumble(self, part: Part, given: int) -> None:
        if self._fails_after is not None and self._fails_after[0] == part.name and given >= self._fails_after[1]:
            self._fails_after = None
            raise DataError(
                Text(zh=f"「{part.name}」读到一半时断开。请重试。", en=f"{part.name!r} broke off. Try again.")
            )


def _distinct(values: Iterator[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:5]
