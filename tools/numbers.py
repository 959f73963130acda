"""How a number is written: short for headlines and charts, exact for tables and hover; in both languages, unit always.

Percentages are stored as fractions. Rounding is half up, as people do it.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.restate.amounts import symbol
from semantic_layer.table import Cell

Number = int | float | Decimal

NOTHING: Final = "–"
_SCALES: Final[dict[Language, tuple[tuple[int, str], ...]]] = {
    "zh": ((10**8, "亿"), (10**4, "万")),
    "en": ((10**9, "B"), (10**6, "M"), (10**3, "K")),
}
_SHORTEN_FROM: Final = 10_000  # below it, both languages show the whole number


def compact(value: Number | None, unit: Unit | None, language: Language, currency: str = "CNY") -> str:
    """Short: 1.2万, ¥3.4亿, 25.0%; 1.2M, $34.5K. A missing value is a dash."""
    if not usable(value):
        return NOTHING
    number = _decimal(value)
    match unit:
        case Unit.PERCENT:
            return f"{_rounded(number * 100, 1):,.1f}%"
        case Unit.CURRENCY:
            return _signed(number, symbol(currency) + _short(abs(number), language, money=True))
        case Unit.DAYS:
            return f"{_signed(number, _short(abs(number), language))}{_days(language)}"
        case _:
            return _signed(number, _short(abs(number), language))


def exact(value: Number | None, unit: Unit | None, language: Language, currency: str = "CNY") -> str:
    """Whole: thousands separators, money with two decimals, percentages with one, other numbers with up to four."""
    if not usable(value):
        return NOTHING
    number = _decimal(value)
    match unit:
        case Unit.PERCENT:
            return f"{_rounded(number * 100, 1):,.1f}%"
        case Unit.CURRENCY:
            return _signed(number, f"{symbol(currency)}{_rounded(abs(number), 2):,.2f}")
        case Unit.DAYS:
            return f"{_trimmed(number, 4)}{_days(language)}"
        case _:
            return _trimmed(number, 4)


def percent(fraction: Number | None) -> str:
    """A fraction as a percentage with one decimal."""
    return NOTHING if not usable(fraction) else f"{_rounded(_decimal(fraction) * 100, 1):,.1f}%"


def change(
    now: Number | None, before: Number | None, unit: Unit | None, language: Language, currency: str = "CNY"
) -> str:
    """The difference with its sign; for two rates in percentage points."""
    if not usable(now) or not usable(before):
        return NOTHING
    difference = _decimal(now) - _decimal(before)
    if unit is Unit.PERCENT:
        points = _rounded(difference * 100, 1)
        return f"{points:+,.1f} {'个百分点' if language == 'zh' else 'percentage points'}"
    sign = "+" if difference >= 0 else ""
    return sign + compact(difference, unit, language, currency)


def change_rate(now: Number | None, before: Number | None) -> str:
    """The relative change with its sign; a dash when there is nothing to divide by."""
    if not usable(now) or not usable(before) or _decimal(before) == 0:
        return NOTHING
    rate = (_decimal(now) - _decimal(before)) / abs(_decimal(before))
    return f"{_rounded(rate * 100, 1):+,.1f}%"


def cell(value: Cell, unit: Unit | None, language: Language, currency: str = "CNY") -> str:
    """Any cell of a table in its exact form."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return Text("是" if value else "否", "yes" if value else "no").in_(language)
    if isinstance(value, (int, float, Decimal)):
        return exact(value, unit, language, currency)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def axis_expression(unit: Unit | None, language: Language, currency: str = "CNY") -> str:
    """A Vega expression that writes an axis tick the way `compact` writes a number."""
    if unit is Unit.PERCENT:
        return "format(datum.value * 100, ',~r') + '%'"
    sign = symbol(currency) if unit is Unit.CURRENCY else ""
    tail = _days(language) if unit is Unit.DAYS else ""
    written = "format(abs(datum.value), ',.6~r')"
    for size, name in reversed(_SCALES[language]):
        least = max(size, _SHORTEN_FROM)
        written = f"abs(datum.value) >= {least} ? format(abs(datum.value) / {size}, ',.4~r') + '{name}' : {written}"
    return f"(datum.value < 0 ? '-' : '') + '{sign}' + ({written}) + '{tail}'"


def usable(value: Number | None) -> bool:
    """Whether there is a finite number to write."""
    return value is not None and math.isfinite(value)


def day(value: date, language: Language) -> str:
    """A day as it is written in sentences."""
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B} {value.year}"


def _short(size: Decimal, language: Language, *, money: bool = False) -> str:
    whole = _rounded(size, 0)
    if whole >= _SHORTEN_FROM:
        larger: tuple[int, str] | None = None
        for scale, name in _SCALES[language]:
            scaled = _rounded(size / scale, 1)
            # 99,999,999 is 1亿 when rounded, not 10000万.
            if larger is not None and scaled * scale >= larger[0]:
                return f"1{larger[1]}"
            if whole >= scale:
                return f"{_trimmed(scaled, 1)}{name}"
            larger = (scale, name)
    if money:
        return f"{whole:,}" if size >= 1000 or size == whole else f"{_rounded(size, 2):,.2f}"
    return f"{whole:,}" if size == whole or size >= 1000 else _trimmed(size, 2)


def _days(language: Language) -> str:
    return " 天" if language == "zh" else " days"


def _signed(number: Decimal, written: str) -> str:
    return f"-{written}" if number < 0 and any(digit in "123456789" for digit in written) else written


def _trimmed(number: Decimal, places: int) -> str:
    written = f"{_rounded(number, places):,.{places}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _rounded(number: Decimal, places: int) -> Decimal:
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return rounded or abs(rounded)  # never "-0"


def _decimal(value: Number | None) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))
