"""What models cost: tokens, money, and the money that may go in a day."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from typing import Protocol

_ASCII_PER_TOKEN = 4  # of English words and JSON; rounded down by common tokenizers


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Money for a million tokens, and the most that may go in a day; 0 is no limit."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0
    currency: str = "USD"
    daily: float = 0.0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


class Spending(Protocol):
    """What went on which day. Safe for several threads."""

    def spent(self, day: date) -> float: ...

    def add(self, day: date, cost: float) -> None: ...


class SpendingInMemory:
    """Of this process, forgotten when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[date, float] = {}

    def spent(self, day: date) -> float:
        with self._lock:
            return self._days.get(day, 0.0)

    def add(self, day: date, cost: float) -> None:
        with self._lock:
            self._days = {day: self._days.get(day, 0.0) + cost}


def estimated_tokens(text: str) -> int:
    """About how many tokens `text` is: one for four letters of ASCII, one for any other. For endpoints that do not tell."""
    ascii_letters = sum(character.isascii() for character in text)
    return -(-ascii_letters // _ASCII_PER_TOKEN) + len(text) - ascii_letters
