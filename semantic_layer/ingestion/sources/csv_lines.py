"""Records of a text file line by line: quoted line breaks, and what to do about rows that are not as they should be."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.port import BadRow

_QUOTE: Final = ord('"')


def are_quotes_whole(content: bytes, delimiter: str) -> bool:
    """Whether every quotation mark opens a cell, closes one, or is doubled inside of one, and none is open at the end."""
    if b'"' not in content:
        return True
    codes = np.frombuffer(content, np.uint8)
    marks = np.flatnonzero(codes == _QUOTE)
    if len(marks) % 2 or len(delimiter.encode()) != 1:
        return False
    around = np.zeros(256, np.bool_)
    around[[ord(delimiter), ord("\n"), _QUOTE]] = True
    opening, closing = marks[0::2], marks[1::2]
    before = codes[opening[opening > 0] - 1]
    after = codes[closing[closing < len(codes) - 1] + 1]
    return bool(around[before].all() and (around[after] | (after == ord("\r"))).all())


@dataclass(slots=True)
class Records:
    """Rows as wide as the header, the line (from 0) that each begins on, bad ones, and how many lines were used."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: list[tuple[int, BadRow]] = field(default_factory=list)
    used: int = 0


class _Feed:
    """Lines handed out one by one; remembers that more were asked for than there are."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        self._lines = lines
        self.at = start
        self.is_dry = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            self.is_dry = True
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1] + "\n"


class LineReader:
    """Reads the records of one block. `first` is the number of its first line in the file.

    A row that is not as wide as the header and takes several lines is most likely a quotation mark that opens by mistake:
    only its first line is held back, and reading goes on with the second.
    """

    def __init__(self, lines: Sequence[str], *, part: str, first: int, delimiter: str, width: int) -> None:
        self._lines = lines
        self._part = part
        self._first = first
        self._delimiter = delimiter
        self._width = width

    def after(self, count: int) -> int:
        """How many lines the first `count` records take."""
        feed = _Feed(self._lines, 0)
        reader = csv.reader(feed, delimiter=self._delimiter)
        while count and next(reader, None) is not None:
            count -= self._lines[feed.at - 1].strip("\r") != ""
        return feed.at

    def records(self, most: int) -> Records:
        """All records, but for one at the end that is still open: that one is held back when longer than `most`."""
        found = Records()
        at = 0
        while at < len(self._lines):
            at, is_open = self._run(found, at)
            if not is_open:
                break
            if sum(map(len, self._lines[at:])) <= most:
                break
            found.bad.append((at, faults.unclosed_quote(self._part, self._first + at, self._lines[at])))
            at += 1
        found.used = at
        return found

    def _run(self, found: Records, at: int) -> tuple[int, bool]:
        """Read on from a line until the end or an open record; where it got to, and whether a record is open there."""
        feed = _Feed(self._lines, at)
        reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
        while at < len(self._lines):
            try:
                row = next(reader)
            except csv.Error as error:
                row, why = None, str(error)
            else:
                why = ""
            if feed.is_dry:
                return at, True
            if row is None or len(row) not in {0, self._width}:
                found.bad.append((at, self._refused(at, feed.at, row, why)))
                if feed.at > at + 1:
                    feed.at = at + 1
                    reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
            elif row:
                found.rows.append(row)
                found.lines.append(at)
            at = feed.at
        return at, False

    def _refused(self, at: int, end: int, row: Sequence[str] | None, why: str) -> BadRow:
        number, text = self._first + at, self._lines[at].rstrip("\r")
        if end > at + 1:
            return faults.unclosed_quote(self._part, number, text)
        if row is None:
            return faults.unreadable_line(self._part, number, text, why)
        return faults.ragged(self._part, number, text, len(row), self._width)
