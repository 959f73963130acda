"""Numbers as conditions show them: sign and currency, percent, thousands. For reading, not for computing."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from semantic_layer.errors import Language
from semantic_layer.model.types import Unit
from semantic_layer.query.predicate import Op

_CURRENCIES: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
SIGNS: Final[dict[Op, str]] = {"=": "=", "!=": "≠", ">": ">", ">=": "≥", "<": "<", "<=": "≤"}


def symbol(currency: str) -> str:
    """The sign of a currency by its ISO code; the code itself and a space where it has no common sign."""
    return _CURRENCIES.get(currency, f"{currency} ")


def amount(value: float, unit: Unit | None, language: Language, currency: str) -> str:
    """The number whole, with its unit: ¥1,500, 30%, 7 天."""
    match unit:
        case Unit.PERCENT:
            return percent(value)
        case Unit.CURRENCY:
            sign = symbol(currency)
            return f"-{sign}{plain(-value)}" if value < 0 else f"{sign}{plain(value)}"
        case Unit.DAYS:
            noun = " 天" if language == "zh" else (" day" if value == 1 else " days")
            return plain(value) + noun
        case _:
            return plain(value)


def percent(fraction: float) -> str:
    return f"{plain(float(Decimal(str(fraction)) * 100))}%"


def plain(value: float) -> str:
    """Thousands separated, without a decimal point where there is nothing behind it."""
    exact = Decimal(str(value))
    return f"{int(exact):,}" if exact == int(exact) else f"{exact:,f}"
