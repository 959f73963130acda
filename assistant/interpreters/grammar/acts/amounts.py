"""Numbers, shares and lengths of time in what was said."""

from __future__ import annotations

from assistant.interpreters.grammar.numbers import NumberKind, find_numbers
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.query.time import Grain, Rolling, TimeRange

_HALVES = {"半年": (6, Grain.MONTH), "半个月": (15, Grain.DAY), "half a year": (6, Grain.MONTH)}
_UNITS = {
    "天": Grain.DAY,
    "日": Grain.DAY,
    "day": Grain.DAY,
    "周": Grain.WEEK,
    "星期": Grain.WEEK,
    "week": Grain.WEEK,
    "季度": Grain.QUARTER,
    "quarter": Grain.QUARTER,
    "月": Grain.MONTH,
    "month": Grain.MONTH,
    "年": Grain.YEAR,
    "year": Grain.YEAR,
}
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 30, Grain.QUARTER: 90, Grain.YEAR: 365}


def number_in(text: str) -> float | None:
    """The one number of a text."""
    found = [one for one in find_numbers(text) if one.kind in (NumberKind.PLAIN, NumberKind.CURRENCY)]
    return found[0].value if len(found) == 1 else None


def whole_in(text: str) -> int | None:
    value = number_in(text)
    return int(value) if value is not None and value == int(value) and value > 0 else None


def share_in(text: str) -> float | None:
    """A share as a fraction."""
    found = [one for one in find_numbers(text) if one.kind is NumberKind.PERCENT]
    return found[0].value if len(found) == 1 else None


def length_in(text: str) -> tuple[int, Grain] | None:
    """A length of time and nothing else: 三个月, 12 months, half a year."""
    text = text.strip()
    if text in _HALVES:
        return _HALVES[text]
    numbers = find_numbers(text)
    if text.startswith("a "):
        count, unit = 1, text[2:]
    elif len(numbers) == 1 and numbers[0].start == 0 and numbers[0].whole and numbers[0].value > 0:
        count, unit = int(numbers[0].value), text[numbers[0].number_end :].strip(" -个")
    else:
        return None
    grain = _UNITS.get(unit.removesuffix("s"))
    return None if grain is None else (count, grain)


def days_of(length: tuple[int, Grain]) -> int:
    count, unit = length
    return count * _DAYS.get(unit, 1)


def days_back(text: str, times: TimeFinder) -> int | None:
    """How many days "the last 7 days" or "two weeks" goes back."""
    text = text.strip()
    for found in times.find(text):
        if found.start == 0 and found.end == len(text) and isinstance(found.time, Rolling):
            return days_of((found.time.count, found.time.unit))
    length = length_in(text)
    return None if length is None else days_of(length)


def time_in(text: str, times: TimeFinder) -> tuple[int, int, TimeRange] | None:
    """The longest time that is named, and its place."""
    found = [one for one in times.find(text) if one.time is not None and one.confidence > 0.5]
    if not found:
        return None
    best = max(found, key=lambda one: (one.end - one.start, one.confidence))
    assert best.time is not None
    return best.start, best.end, best.time
