"""How a text file parts its rows and cells, found from its beginning."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.encodings import SAMPLE, Encoding, find_encoding, open_bytes, to_utf8
from semantic_layer.ingestion.sources.headers import Header, find_header
from semantic_layer.ingestion.sources.lines import MOST_LINE

DELIMITERS: Final = (",", "\t", ";", "|")
_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is to be known before rows can be read. `rows` are the first records, header and all."""

    encoding: Encoding
    delimiter: str
    header: Header
    rows: tuple[tuple[str, ...], ...]
    carriage: bool  # lines end with a carriage return alone

    def data(self) -> list[tuple[str, ...]]:
        """The first rows of data that are as wide as the header."""
        return [row for row in self.rows[self.header.first :] if len(row) == len(self.header.names)]


def find_dialect(  # what may be declared of a file
    path: Path,
    place: str,
    *,
    encoding: str = "",
    delimiter: str = "",
    header: int | None = None,
    known: Collection[str] = (),
) -> Dialect:
    """Look at the beginning of a file; what is declared is not looked for.

    Raises:
        DataError: when the file is empty or no text, its first line does not end, or the declared delimiter is not in it.
        OSError: when it cannot be read.
    """
    with path.open("rb") as handle:
        sample = handle.read(SAMPLE)
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        if len(sample) < SAMPLE:
            raise faults.empty(place)
        raise faults.endless_line(place, 1, MOST_LINE) if b"\n" not in sample else faults.not_text(place)
    found = find_encoding(sample, encoding, place)
    text, is_whole = _beginning(path, found, place)
    carriage = "\n" not in text and "\r" in text
    lines = (text.replace("\r", "\n") if carriage else text).split("\n")
    if not is_whole:
        lines.pop()
    parted = {each: records(lines, each) for each in ((delimiter,) if delimiter else DELIMITERS)}
    best = max(parted, key=lambda each: _score(parted[each]))
    rows = parted[best]
    if delimiter:
        _check(place, lines, delimiter, rows)
    top = find_header(rows, header, known)
    return Dialect(found, best, top, tuple(tuple(row) for row in rows), carriage)


def _beginning(path: Path, encoding: Encoding, place: str) -> tuple[str, bool]:
    """The first whole lines, and whether they are all there is. A first line that is long is read up to its end."""
    stream = open_bytes(path, encoding, 0)
    try:
        block = stream.read(SAMPLE)
        is_whole = len(block) < SAMPLE
        while not is_whole and b"\n" not in block and b"\r" not in block:
            more = stream.read(SAMPLE)
            block, is_whole = block + more, not more
            if len(block) > MOST_LINE:
                raise faults.endless_line(place, 1, MOST_LINE)
    finally:
        stream.close()
    if not is_whole:
        block = block[: max(block.rfind(b"\n"), block.rfind(b"\r")) + 1]
    text, _ = to_utf8(block, encoding)
    return text.decode(), is_whole


def records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The first records of some lines; a line that the reader of CSV refuses ends them. Blank ones are left out."""
    found: list[list[str]] = []
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                found.append(row)
            if len(found) >= _ROWS:
                break
    except csv.Error:
        return found
    return found


def _score(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """How many records agree on having several cells, and on how many."""
    counts = Counter(len(row) for row in rows)
    if not counts:
        return (0.0, 0)
    width, agreeing = max(counts.items(), key=lambda each: (each[1] if each[0] > 1 else 0, each[0]))
    return (agreeing / len(rows), width) if width > 1 else (0.0, 1)


def _check(place: str, lines: Sequence[str], declared: str, rows: Sequence[Sequence[str]]) -> None:
    if _score(rows)[1] > 1:
        return
    others = {each: _score(records(lines, each)) for each in DELIMITERS if each != declared}
    best = max(others, key=lambda each: others[each])
    if others[best][1] > 1:
        raise faults.wrong_delimiter(place, declared, best)
