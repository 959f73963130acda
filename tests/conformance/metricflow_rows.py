"""Compares rows as multisets: numbers within a millionth, days and midnights alike, order only where it is promised."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

Rows = Sequence[tuple[object, ...]]
Cell = tuple[str, object]  # a kind and a value that can be compared

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?)?")
_CLOSE = 1e-6


def difference(ours: Rows, gold: Rows, case: Mapping[str, Any]) -> str:
    """What differs, in words; empty when nothing does."""
    if len(ours) != len(gold):
        return f"{len(ours)} rows, not {len(gold)}; {_first(ours, gold)}"
    if case.get("check_order"):
        for place, (mine, theirs) in enumerate(zip(ours, gold, strict=True)):
            if not _alike(_numbers(mine), _numbers(theirs)) or _words(mine) != _words(theirs):
                return f"row {place + 1}: {mine}, not {theirs}"
        return ""
    mine, theirs = _grouped(ours), _grouped(gold)
    return "" if all(_same(mine.get(key, []), theirs[key]) for key in theirs) else _first(ours, gold)


def _same(mine: Sequence[tuple[float, ...]], theirs: Sequence[tuple[float, ...]]) -> bool:
    return len(mine) == len(theirs) and all(map(_alike, mine, theirs))


def _first(ours: Rows, gold: Rows) -> str:
    mine, theirs = _grouped(ours), _grouped(gold)
    wrong = [key for key in theirs if not _same(mine.get(key, []), theirs[key])]
    found = [f"{_shown(key)}: {mine.get(key, 'missing')}, not {theirs[key]}" for key in wrong]
    found += [f"{_shown(key)}: {mine[key]} is too much" for key in mine if key not in theirs]
    return " | ".join(found[:3])


def _shown(key: tuple[Cell, ...]) -> str:
    return str(tuple(str(value) for _, value in key))


def _grouped(rows: Rows) -> Mapping[tuple[Cell, ...], list[tuple[float, ...]]]:
    """The numbers of rows by everything else in them, each group in order."""
    found: dict[tuple[Cell, ...], list[tuple[float, ...]]] = defaultdict(list)
    for row in rows:
        found[_words(row)].append(_numbers(row))
    return {key: sorted(values) for key, values in found.items()}


def _words(row: tuple[object, ...]) -> tuple[Cell, ...]:
    """All cells that are no numbers, with their places; a number leaves its place."""
    return tuple(cell for cell in map(_cell, row))


def _cell(value: object) -> Cell:
    if value is None:
        return "nothing", None
    if isinstance(value, bool):
        return "flag", value
    if isinstance(value, datetime):
        return "moment", value.replace(tzinfo=None)
    if isinstance(value, date):
        return "moment", datetime.combine(value, time.min)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return "moment", datetime.fromisoformat(value)
    if isinstance(value, int | float | Decimal):
        return "number", None
    return "text", value


def _numbers(row: tuple[object, ...]) -> tuple[float, ...]:
    return tuple(float(value) for value in row if _cell(value)[0] == "number")  # type: ignore[arg-type]


def _alike(mine: tuple[float, ...], theirs: tuple[float, ...]) -> bool:
    return len(mine) == len(theirs) and all(
        math.isclose(one, other, rel_tol=_CLOSE, abs_tol=1e-12) for one, other in zip(mine, theirs, strict=True)
    )
