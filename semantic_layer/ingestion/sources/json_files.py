"""JSON files: one object a line, a list, or a list inside of an object. Nested objects become columns with dots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.chunks import chunks
from semantic_layer.ingestion.sources.encodings import SAMPLE, Encoding, find_encoding, open_bytes, to_utf8
from semantic_layer.ingestion.sources.guessing import columns_of
from semantic_layer.ingestion.sources.json_stream import ItemStream
from semantic_layer.ingestion.sources.json_values import DECODER, NO_OBJECT, Json, flat, why_broken, written
from semantic_layer.ingestion.sources.lines import BLOCK, MOST_LINE, Block, position, resumed
from semantic_layer.ingestion.sources.port import MOST_ROWS, BadRow, Chunk, SourceColumn

_SEEN: Final = 1000  # records by which the columns are told


class Records:
    """Records gathered for one chunk: the columns seen so far come first, new ones after them."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._names: dict[str, None] = {}
        self._rows: list[Mapping[str, str | None]] = []
        self._places: list[int] = []
        self._bad: list[tuple[int, BadRow]] = []
        self.size = 0  # characters of all values

    @property
    def count(self) -> int:
        """How many there are, good and bad."""
        return len(self._rows) + len(self._bad)

    def add(self, place: int, text: str, value: Json) -> None:
        """One record; what is no object is a bad row."""
        if not isinstance(value, dict):
            self.refuse(place, text or written(value), NO_OBJECT)
            return
        row = flat(value)
        if not row.keys() <= self._names.keys():
            self._names.update(dict.fromkeys(row))
        self._rows.append(row)
        self._places.append(place)
        self.size += len(text) or sum(len(each or "") for each in row.values())

    def refuse(self, place: int, text: str, why: Text) -> None:
        """A record that cannot be read."""
        self.hold(place, faults.broken_json(self._part, place, text, why))

    def hold(self, place: int, row: BadRow) -> None:
        """A bad row."""
        self._bad.append((place, row))

    def given(self, following: int, position: Callable[[int], str]) -> Iterator[Chunk]:
        """What was gathered, and begin anew. `following` is the place to be read next."""
        columns = [pa.array([row.get(name) for row in self._rows], pa.string()) for name in self._names]
        table = pa.Table.from_arrays(columns, names=list(self._names))
        places = np.array(self._places, np.int64)
        bad = sorted(self._bad, key=lambda held: held[0])
        yield from chunks(table, places, bad, following=following, position=position)
        self._rows, self._places, self._bad, self.size = [], [], [], 0


class JsonReader:
    """JSON files of one declaration. `rows` is the path of the list inside of an object; found out when empty."""

    def __init__(self, *, rows: str = "", encoding: str = "") -> None:
        self._rows = rows
        self._encoding = encoding

    def insides(self, path: Path, part: str) -> tuple[str, ...]:
        return ("",)

    def columns(self, path: Path, part: str, inside: str) -> tuple[SourceColumn, ...]:
        tables: list[pa.Table] = []
        for chunk in self._read(path, part, "", _SEEN):
            tables.append(chunk.rows)
            if sum(table.num_rows for table in tables) >= _SEEN:
                break
        if not any(table.num_rows for table in tables):
            return ()
        return columns_of(pa.concat_tables(tables, promote_options="default"))

    def read(self, path: Path, part: str, inside: str, after: str) -> Iterator[Chunk]:
        is_empty = not after
        for chunk in self._read(path, part, after, MOST_ROWS):
            is_empty = False
            yield chunk
        if is_empty:
            raise faults.header_only(part)

    def _read(self, path: Path, part: str, after: str, most: int) -> Iterator[Chunk]:
        with path.open("rb") as handle:
            sample = handle.read(SAMPLE)
        if not sample.strip(b"\xef\xbb\xbf \t\r\n"):
            raise faults.empty(part)
        encoding = json_encoding(sample, self._encoding, part)
        if not self._rows and are_lines(sample, encoding):
            yield from _by_lines(path, part, encoding, after)
        else:
            yield from _by_items(path, part, encoding, int(after or 0), self._rows, most)


def json_encoding(sample: bytes, declared: str, part: str) -> Encoding:
    """JSON is in UTF-8, or here in GB 18030; other bytes are faults of single lines rather than an encoding."""
    found = find_encoding(sample, declared, part)
    is_usual = found.is_wide or found.name in {"utf-8", "gb18030"}
    return found if declared or is_usual else Encoding("utf-8")


def are_lines(sample: bytes, encoding: Encoding) -> bool:
    """Whether most lines of the beginning are objects of their own, rather than pieces of one value."""
    if encoding.is_wide:
        return False
    text, _ = to_utf8(sample, encoding)
    lines = [line for line in text.decode("utf-8", "replace").removeprefix("\ufeff").split("\n") if line.strip()]
    if len(lines) > 1 and len(sample) >= SAMPLE:
        lines.pop()
    return len(lines) > 1 and sum(_is_object(line) for line in lines) * 2 >= len(lines)


def _is_object(line: str) -> bool:
    try:
        return isinstance(DECODER.decode(line), dict)
    except (ValueError, RecursionError):
        return False


def _by_lines(path: Path, part: str, encoding: Encoding, after: str) -> Iterator[Chunk]:
    offset, line = resumed(after)
    stream = open_bytes(path, encoding, offset)
    offset, rest = offset or encoding.mark, b""
    records = Records(part)
    try:
        while True:
            more = stream.read(BLOCK)
            content = rest + more
            cut = content.rfind(b"\n") + 1 if more else len(content)
            if len(content) - cut > MOST_LINE:
                raise faults.endless_line(part, line + content.count(b"\n"), MOST_LINE)
            block = Block(content[:cut], offset, line, is_last=not more)
            _take(records, block, encoding, part)
            yield from records.given(line + block.count, partial(position, block.starts(), line))
            offset, line, rest = offset + cut, line + block.count, content[cut:]
            if not more:
                return
    finally:
        stream.close()


def _take(records: Records, block: Block, encoding: Encoding, part: str) -> None:
    content, undecodable = to_utf8(block.content, encoding)
    lines = block.content.split(b"\n") if undecodable else []
    for number in undecodable:
        place = block.line + number
        records.hold(place, faults.undecodable_line(part, place, lines[number], encoding.name))
    for place, line in enumerate(content.decode().split("\n"), block.line):
        if not line.strip():
            continue
        try:
            records.add(place, line, DECODER.decode(line))
        except (ValueError, RecursionError) as error:
            records.refuse(place, line, why_broken(error))


def _by_items(  # where, how far, how much
    path: Path, part: str, encoding: Encoding, given: int, rows: str, most: int
) -> Iterator[Chunk]:
    records = Records(part)
    stream = open_bytes(path, encoding, 0)
    place = 0
    try:
        name = "utf-8" if encoding.is_wide else encoding.name
        for place, value in enumerate(ItemStream(stream, name, part).find(rows), 1):
            if place <= given:
                continue
            records.add(place, "", value)
            if records.count >= most or records.size > MOST_LINE:
                yield from records.given(place + 1, _ordinal)
    except DataError:
        yield from records.given(place + 1, _ordinal)
        raise
    finally:
        stream.close()
    yield from records.given(place + 1, _ordinal)


def _ordinal(following: int) -> str:
    return str(following - 1)
