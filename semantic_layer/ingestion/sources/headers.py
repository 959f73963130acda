"""Which rows at the top of a table name its columns. Shared by text files and sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from semantic_layer.ingestion.sources.guessing import looks_like_data

JOINED = " / "


@dataclass(frozen=True, slots=True)
class Header:
    """Names of all columns, distinct and never blank; `first` is the index of the first row of data."""

    names: tuple[str, ...]
    first: int
    rows: int  # that make the names; 0 where names were made up


def find_header(rows: Sequence[Sequence[str]], declared: int | None = None, known: Collection[str] = ()) -> Header:
    """The header of a table by its first rows.

    `declared` rows make it, below any title; without it one row does where it looks like names, and `known` names (those
    that the source declares) settle the matter.
    """
    width = _width(rows)
    titles = _titles(rows, width)
    if declared == 0:
        return Header(_made_up(width), 0, 0)
    if declared is None and titles < len(rows) and _is_data(rows, titles, known):
        return Header(_made_up(width), titles, 0)
    count = declared or 1
    return Header(named(joined(rows[titles : titles + count], width)), titles + count, count)


def _width(rows: Sequence[Sequence[str]]) -> int:
    lengths = Counter(len(row) for row in rows if any(row))
    return max(lengths, key=lambda length: (lengths[length], length), default=0)


def _titles(rows: Sequence[Sequence[str]], width: int) -> int:
    """Rows above the header that fill one cell only: the title of an export, the day it was made."""
    if width < 2:
        return 0
    count = 0
    while count < len(rows) - 1 and sum(bool(cell.strip()) for cell in rows[count]) <= 1:
        count += 1
    return count


def _is_data(rows: Sequence[Sequence[str]], at: int, known: Collection[str]) -> bool:
    """Whether the first row holds values: most cells are numbers or dates, or recur below in their columns."""
    cells = [cell.strip() for cell in rows[at]]
    if set(cells) & set(known):
        return False
    filled = [cell for cell in cells if cell]
    below = [
        row for row in rows[at + 1 :] if len(row) == len(cells) and row != rows[at]
    ]  # files put together repeat it
    recurring = sum(any(row[column].strip() == cell for row in below) for column, cell in enumerate(cells) if cell)
    telling = sum(looks_like_data(cell) and not _is_year(cell) for cell in filled)
    if not filled:
        return False
    return telling + recurring > len(filled) / 2 or (telling > 0 and recurring > 0)


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.startswith(("19", "20")) and cell.isdigit()


def joined(rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """One name a column from several rows: a name above stretches over the blank cells to its right."""
    stretched = [_stretched(row, width) if at < len(rows) - 1 else _padded(row, width) for at, row in enumerate(rows)]
    return tuple(
        JOINED.join(dict.fromkeys(part for part in (row[column] for row in stretched) if part))
        for column in range(width)
    )


def _stretched(row: Sequence[str], width: int) -> list[str]:
    found: list[str] = []
    for cell in _padded(row, width):
        found.append(cell or (found[-1] if found else ""))
    return found


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [cell.strip() for cell in row[:width]] + [""] * (width - len(row))


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """Names as they stand; a blank one is called by its column, and of equal ones the later are numbered."""
    found: list[str] = []
    taken = {cell.strip() for cell in cells}
    for at, cell in enumerate(cells):
        name = wanted = cell.strip() or f"column_{at + 1}"
        number = 2
        while name in found or (name != wanted and name in taken):
            name = f"{wanted} ({number})"
            number += 1
        found.append(name)
    return tuple(found)


def _made_up(width: int) -> tuple[str, ...]:
    return tuple(f"column_{at + 1}" for at in range(width))
