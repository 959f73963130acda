"""CSV files of any size in bounded memory: whole blocks where each line is a row, line by line where that is not so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.chunks import chunks, text_table
from semantic_layer.ingestion.sources.csv_lines import LineReader, are_quotes_whole
from semantic_layer.ingestion.sources.dialects import Dialect, find_dialect
from semantic_layer.ingestion.sources.encodings import Bytes, open_bytes, to_utf8
from semantic_layer.ingestion.sources.guessing import source_columns
from semantic_layer.ingestion.sources.lines import BLOCK, MOST_LINE, Block, position, resumed
from semantic_layer.ingestion.sources.port import BadRow, Chunk, SourceColumn

_NOTHING: Final = pa.table({})


@dataclass(frozen=True, slots=True)
class _Read:
    """What a block gave: rows, the line of the block each begins on (from 0), bad ones by line of the file, lines used."""

    rows: pa.Table
    lines: NDArray[np.int64]
    bad: tuple[tuple[int, BadRow], ...]
    used: int


class CsvReader:
    """Text files of one declaration. What is not declared is found for each file, as exports differ from month to month."""

    def __init__(
        self, *, encoding: str = "", delimiter: str = "", header: int | None = None, known: Collection[str] = ()
    ) -> None:
        self._encoding = encoding
        self._delimiter = delimiter
        self._header = header
        self._known = frozenset(known)

    def insides(self, path: Path, part: str) -> tuple[str, ...]:
        return ("",)

    def columns(self, path: Path, part: str, inside: str) -> tuple[SourceColumn, ...]:
        dialect = self._dialect(path, part)
        return source_columns(dialect.header.names, dialect.data())

    def read(self, path: Path, part: str, inside: str, after: str) -> Iterator[Chunk]:
        dialect = self._dialect(path, part)
        offset, line = resumed(after)
        to_skip = 0 if after else dialect.header.first
        is_empty = not after
        stream = open_bytes(path, dialect.encoding, offset)
        try:
            for chunk in _Reading(dialect, part, to_skip).chunks(stream, offset or dialect.encoding.mark, line):
                is_empty = False
                yield chunk
        finally:
            stream.close()
        if is_empty:
            raise faults.header_only(part)

    def _dialect(self, path: Path, part: str) -> Dialect:
        return find_dialect(
            path, part, encoding=self._encoding, delimiter=self._delimiter, header=self._header, known=self._known
        )


class _Reading:
    """One pass over a file. `to_skip` records of the header are yet to come."""

    def __init__(self, dialect: Dialect, part: str, to_skip: int) -> None:
        self._dialect = dialect
        self._part = part
        self._to_skip = to_skip

    def chunks(self, stream: Bytes, offset: int, line: int) -> Iterator[Chunk]:
        rest = b""
        while True:
            more = stream.read(BLOCK)
            content = rest + (more.replace(b"\r", b"\n") if self._dialect.carriage else more)
            if not content:
                return
            cut = content.rfind(b"\n") + 1 if more else len(content)
            if len(content) - cut > MOST_LINE:
                raise faults.endless_line(self._part, line + content.count(b"\n"), MOST_LINE)
            block = Block(content[:cut], offset, line, is_last=not more)
            read = self._read(block) if cut else _Read(_NOTHING, np.zeros(0, np.int64), (), 0)
            starts = block.starts()
            yield from chunks(
                read.rows,
                read.lines + line,
                read.bad,
                following=line + read.used,
                position=partial(position, starts, line),
            )
            used = int(starts[read.used]) - offset
            offset, line, rest = offset + used, line + read.used, content[used:]

    def _read(self, block: Block) -> _Read:
        content, undecodable = to_utf8(block.content, self._dialect.encoding)
        if self._to_skip:
            used = self._lines(content, block).after(self._to_skip)
            self._to_skip = 0
            return _Read(_NOTHING, np.zeros(0, np.int64), (), used)
        at_once = None if undecodable else self._at_once(content, block)
        if at_once is not None:
            return at_once
        found = self._lines(content, block).records(-1 if block.is_last else MOST_LINE)
        lines = block.content.split(b"\n")
        held = [
            (
                number,
                faults.undecodable_line(self._part, block.line + number, lines[number], self._dialect.encoding.name),
            )
            for number in undecodable
            if number < found.used
        ]
        bad = tuple((number + block.line, row) for number, row in sorted((*found.bad, *held), key=lambda each: each[0]))
        rows = text_table(self._dialect.header.names, found.rows)
        return _Read(rows, np.array(found.lines, np.int64), bad, found.used)

    def _lines(self, content: bytes, block: Block) -> LineReader:
        lines = content.decode().split("\n")
        if not lines[-1]:
            lines.pop()
        width = len(self._dialect.header.names)
        return LineReader(lines, part=self._part, first=block.line, delimiter=self._dialect.delimiter, width=width)

    def _at_once(self, content: bytes, block: Block) -> _Read | None:
        """All lines of a block, if each is a row of its own."""
        if not are_quotes_whole(content, self._dialect.delimiter):
            return None
        refused: list[pa_csv.InvalidRow] = []

        def refuse(row: pa_csv.InvalidRow) -> str:
            refused.append(row)
            return "skip"

        names = self._dialect.header.names
        try:
            rows = pa_csv.read_csv(
                pa.BufferReader(content),
                pa_csv.ReadOptions(column_names=list(names), use_threads=False, block_size=len(content) + 1),
                pa_csv.ParseOptions(
                    delimiter=self._dialect.delimiter, newlines_in_values=True, invalid_row_handler=refuse
                ),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        if rows.num_rows + len(refused) != block.count:
            return None
        bad = tuple((place, self._ragged(place, row)) for row in refused for place in (block.line + row.number - 1,))
        lines = np.delete(np.arange(block.count, dtype=np.int64), [row.number - 1 for row in refused])
        return _Read(rows, lines, bad, block.count)

    def _ragged(self, place: int, row: pa_csv.InvalidRow) -> BadRow:
        return faults.ragged(self._part, place, row.text, row.actual_columns, row.expected_columns)
